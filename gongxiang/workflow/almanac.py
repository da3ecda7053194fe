"""The calendar of one database: the shipped notices and those imported into it, as published by a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from gongxiang import calendars
from gongxiang.calendars import Edition, Notice
from gongxiang.errors import AlreadyDone, Reason, Text
from gongxiang.workflow.register import Register

MOST_KEPT = 4096


class Almanac:
    """Editions by set of notices and day. Editions never change, so they are kept and shared."""

    def __init__(self) -> None:
        self._kept: dict[tuple[tuple[Notice, ...], date | None], Edition] = {}

    def edition(self, register: Register, known_on: date | None, extra: Iterable[Notice] = ()) -> Edition:
        """Return the edition of the notices published by `known_on` (None: all), `extra` being added to the known ones.

        A day before the first notice on record is answered with what was known then: nothing but the law's own days.
        """
        imported = (*register.notices, *extra)
        key = (imported, known_on)
        found = self._kept.get(key)
        if found is None or extra:
            notices = (*calendars.shipped_notices(), *imported) if imported else None
            first = calendars.edition(None, notices).first_day
            found = calendars.edition(max(known_on, first) if known_on else None, notices)
            if not extra:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = found
        return found

    def check(self, register: Register, notice: Notice) -> None:
        """Refuse a notice that is known (AlreadyDone) or does not fit the known ones (FaultyNotice)."""
        known = {one.id: one for one in (*calendars.shipped_notices(), *register.notices)}
        if notice.id in known and known[notice.id] == notice:
            raise already_known(notice)
        calendars.compose((*known.values(), notice))


def already_known(notice: Notice) -> AlreadyDone:
    """Return the refusal of a notice that is known."""
    return AlreadyDone(
        Reason(
            "notice_known",
            Text(f"通知“{notice.number}”已经收录", f"the notice {notice.number} is known already"),
            None,
            Text(
                "无须再次导入；尚未移动的期限由 calendar recalculate 移动",
                "there is nothing to import; what it has still to move, calendar recalculate moves",
            ),
        )
    )
