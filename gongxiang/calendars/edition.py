"""An edition (版本): what a set of notices says of every day, compiled once and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Never

from gongxiang.calendars import counting as rule
from gongxiang.calendars.composing import compose, shipped_notices
from gongxiang.calendars.counting import Counting, refuse, whole_number
from gongxiang.calendars.deriving import Derivation, trace
from gongxiang.calendars.due import Day, Due
from gongxiang.calendars.explaining import explain
from gongxiang.calendars.notice import Notice
from gongxiang.calendars.refusals import beyond_horizon, beyond_law, refuse_day, refuse_early
from gongxiang.calendars.statutory import DAY, laws
from gongxiang.calendars.table import Table, compile_table
from gongxiang.errors import BeyondHorizon

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


def edition(known_on: date | None = None, notices: Iterable[Notice] | None = None) -> Edition:
    """Return the edition of `notices` (None: the shipped ones) published by `known_on` (None: all of them).

    Raise FaultyNotice if the notices do not fit together, BadInput for a day before the first one on record.
    Editions are cached: the same question gives the same object.
    """
    if known_on is not None and (not isinstance(known_on, date) or isinstance(known_on, datetime)):
        refuse("not_a_day", f"{known_on!r} 不是日期", f"{known_on!r} is not a date", "给出 date", "give a date")
    return _edition(known_on, None if notices is None else tuple(notices))


@lru_cache(maxsize=128)
def _edition(known_on: date | None, notices: tuple[Notice, ...] | None) -> Edition:
    ordered = shipped_notices() if notices is None else compose(notices)
    years = [notice.year for notice in ordered if notice.amends is None]
    if not years:
        refuse(
            "no_notice", "没有任何公告", "no notice at all", "至少给出一个年度公告", "give at least one yearly notice"
        )
    first_day = date(min(years) - 1, 12, 1)
    if known_on is not None and known_on < first_day:
        refuse(
            "out_of_range",
            f"没有 {first_day} 之前的公告记录",
            f"no notice is on record before {first_day}",
            f"known_on 不早于 {first_day}",
            f"ask for {first_day} or later",
        )
    known = tuple(notice for notice in ordered if known_on is None or notice.published <= known_on)
    return Edition(known, first_day, known_on)


class Edition:
    """Which days work, from `first_day` through `horizon`; immutable, so safe to share between threads.

    `horizon` is the last final day: 28 December of the last year with a notice, because the next year's notice may
    still move the days after it (as in 2018 and 2022). Before the first notice on record, the December that it may
    reach back into is covered through the 28th by the weekly rest days alone: no notice since 2004 has touched those
    days. So the shipped edition begins on 2018-12-01, and what was known before 2018-12-06 ends on 2018-12-28.

    `id` names the content: two editions with one id say the same of every day. `last_covered` is 31 December of the
    last year with a notice, `known` are the notices, `notices` their ids, in order of application. `table` is what
    they compile to.
    """

    __slots__ = (
        "_nth",
        "_rank",
        "_works",
        "first_day",
        "horizon",
        "id",
        "known",
        "known_on",
        "last_covered",
        "notices",
        "table",
    )

    first_day: date
    horizon: date
    id: str
    known: tuple[Notice, ...]
    known_on: date | None
    last_covered: date
    notices: tuple[str, ...]
    table: Table
    _nth: list[date]
    _rank: Mapping[date, int]
    _works: Mapping[date, bool]

    def __init__(self, known: tuple[Notice, ...], first_day: date, known_on: date | None) -> None:
        """Compile `known`, notices that fit together and are in order of application. Use `edition()`."""
        law = max((law.signed for law in laws() if known_on is None or law.signed <= known_on), default=date.min)
        table = compile_table(known, first_day, law)
        values = {
            "first_day": first_day,
            "horizon": table.horizon,
            "id": table.id,
            "known": known,
            "known_on": known_on,
            "last_covered": table.last_covered,
            "notices": tuple(notice.id for notice in known),
            "_nth": table.nth,
            "_rank": table.rank,
            "table": table,
            "_works": table.works,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"an edition does not change: {name}")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"an edition does not change: {name}")

    def __repr__(self) -> str:
        return f"<Edition {self.id} {self.first_day}..{self.horizon} known_on={self.known_on}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Edition, (self.known, self.first_day, self.known_on)

    @property
    def missing_year(self) -> int:
        """The year whose notice is the next to be wanted: the first without one, or with one that leaves festivals
        out.
        """
        incomplete = self.horizon < date(self.last_covered.year, 12, 28)
        return self.last_covered.year + (not incomplete)

    @property
    def last_provisional(self) -> date:
        """The last day for which a provisional answer can be had."""
        return max(self.horizon, self.table.open_days.last)

    def add(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, whether `day` works or not. n >= 1.

        Raise BeyondHorizon past the last final day, BadInput for anything but a date on record and a whole number >= 1.
        """
        if n.__class__ is int and n > 0:
            try:
                return self._nth[self._rank[day] + n]
            except (KeyError, IndexError, TypeError):
                pass
        return self._add_the_long_way(day, n)

    def _add_the_long_way(self, day: date, n: int) -> date:
        n = whole_number(n)
        self.check(day)
        place = self._rank[day] + n
        if place >= len(self._nth):
            raise self.beyond_horizon()
        return self._nth[place]

    def subtract(self, day: date, n: int) -> date:
        """Return the n-th working day before `day`, whether `day` works or not. n >= 1.

        Raise BadInput if it lies before the first day on record.
        """
        n = whole_number(n)
        self.check(day)
        place = self._rank[day] - self._works[day] + 1 - n
        if place < 1:
            refuse_early(self.first_day - DAY, self.first_day)
        return self._nth[place]

    def is_working_day(self, day: date) -> bool:
        """Say whether `day` is a working day. Raise BeyondHorizon or BadInput for a day that is not on record."""
        try:
            return self._works[day]
        except (KeyError, TypeError):
            self.check(day)
            raise

    def count(self, after: date, through: date) -> int:
        """Return the number of working days after `after` through `through`; negative where `through` is the
        earlier.
        """
        try:
            return self._rank[through] - self._rank[after]
        except (KeyError, TypeError):
            self.check(after)
            self.check(through)
            raise

    def next_working_day(self, day: date) -> date:
        """Return `day` if it works, else the first working day after it."""
        return day if self.is_working_day(day) else self.add(day, 1)

    def due_many(
        self, days: NDArray[numpy.datetime64] | NDArray[numpy.integer[Any]], working_days: int
    ) -> NDArray[Any]:
        """Return the n-th working day after each of `days`: datetime64[D] or proleptic ordinals in, the same kind
        out.
        """
        from gongxiang.calendars.batch import due_many

        return due_many(self, days, whole_number(working_days))

    def due(
        self,
        received: datetime | date,
        working_days: int,
        *,
        counting: Counting | None = None,
        allow_provisional: bool = False,
    ) -> Due:
        """Return the due date of a period of `working_days` begun by what was received at `received`.

        The day of receipt is not counted (Civil Code Art. 201). A plain date has no hour. Past the horizon:
        BeyondHorizon, or a provisional date where that is allowed and the law's own days are known.
        """
        return Derivation(self, received, counting or rule.DEFAULT, allow_provisional).due(whole_number(working_days))

    def due_on(
        self,
        day: date,
        *,
        received: datetime | date,
        counting: Counting | None = None,
        allow_provisional: bool = False,
    ) -> Due:
        """Return the due date of a period that an order fixed to end on `day`: on a rest day, the next working day.

        (Civil Code Art. 203.) `day` lies after the day of receipt, else BadInput.
        """
        return Derivation(self, received, counting or rule.DEFAULT, allow_provisional).due_on(day)

    def explain(self, day: date, *, allow_provisional: bool = False) -> Day:
        """Return why `day` counts or not, and the notice or statute that made it so."""
        self.check(day, allow_provisional)
        return explain(day, self.table)

    def trace(self, after: date, through: date) -> tuple[Day, ...]:
        """Return every day after `after` through `through`, explained, the working days numbered from 1; past the
        horizon by the law alone.
        """
        self.check(after, allow_provisional=True)
        self.check(through, allow_provisional=True)
        return trace(self, after, through)

    def check(self, day: object, allow_provisional: bool = False) -> None:
        """Raise BadInput or BeyondHorizon unless `day` is a date on record, or an open one where that is allowed."""
        if not isinstance(day, date) or isinstance(day, datetime):
            refuse_day(day)
        if day < self.first_day:
            refuse_early(day, self.first_day)
        if day > self.horizon and not allow_provisional:
            raise self.beyond_horizon()
        if day > self.last_provisional:
            raise beyond_law(self.last_provisional)

    def beyond_horizon(self) -> BeyondHorizon:
        """Return the error for a date past the last final day."""
        return beyond_horizon(self.missing_year, self.horizon, self.known_on)
