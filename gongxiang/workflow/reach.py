"""How far an edition reaches: from which due date on it can date a deadline otherwise than the edition before.

A deadline's date depends on the days up to its due date and on nothing after it. Where two editions say the same of
every day up to some day, and both are final there, no deadline due by that day moves from one to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from gongxiang import calendars
from gongxiang.calendars import Edition, Notice
from gongxiang.calendars.statutory import laws

DAY = timedelta(days=1)


def first_difference(one: Edition, other: Edition) -> date:
    """Return the first day of which the two say different things, or that is open in one of them. A limit that is due
    before it is due on the same day by both.
    """
    last = min(one.horizon, other.horizon)
    return next((day for day, works in one.table.works.items() if works != other.table.works.get(day)), last + DAY)


class Reach:
    """What `edition` can move. `notices` are those imported here, in order: dates on record are of an edition of some
    of them.
    """

    def __init__(self, edition: Edition, notices: Sequence[Notice]) -> None:
        self.edition = edition
        self._past = _past(tuple(notices))
        self._seen: dict[str, Edition] = {}
        self._first: dict[str, date] = {}

    def firsts(self, editions: Iterable[str]) -> Mapping[str, date]:
        """Return for each other edition from which due date on this one may give another date.

        All of its dates, where nobody knows any more what it said.
        """
        return {name: self._known(name) for name in editions if name != self.edition.id}

    def _known(self, name: str) -> date:
        if name not in self._first:
            found = self.find(name)
            self._first[name] = first_difference(found, self.edition) if found else date.min
        return self._first[name]

    def find(self, name: str) -> Edition | None:
        """Return the edition of that id, or None."""
        while name not in self._seen:
            edition = next(self._past, None)
            if edition is None:
                return None
            self._seen[edition.id] = edition
        return self._seen[name]


def _past(imported: tuple[Notice, ...]) -> Iterator[Edition]:
    """Yield the editions by which a date on record may have been computed, the newest first."""
    for count in range(len(imported), -1, -1):
        notices = (*calendars.shipped_notices(), *imported[:count]) if count else None
        whole = calendars.edition(None, notices)
        days = {notice.published for notice in whole.known} | {law.signed for law in laws()} | {whole.first_day}
        for day in sorted(days, reverse=True):
            yield calendars.edition(max(day, whole.first_day), notices)
