"""The notices for callers who speak workalendar: the one door to that library.

`ChinaNotices` answers as workalendar's own algorithm would on the same data, at the cost of a look-up, and departs
from it where it is known to go wrong: an aware date-time is taken in Beijing time, `extra_working_days` come on top
of the make-up workdays instead of replacing them, `find_following_working_day` knows holidays and make-up workdays,
and what no notice has settled raises BeyondHorizon instead of being guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from workalendar.core import SAT, SUN, Calendar

from gongxiang.calendars.counting import BEIJING, refuse
from gongxiang.calendars.edition import Edition
from gongxiang.calendars.edition import edition as shipped_edition

Days = Iterable[date] | None


class ChinaNotices(Calendar):  # type: ignore[misc]  # workalendar has no types
    """China, by the notices of an edition."""

    WEEKEND_DAYS = (SAT, SUN)

    def __init__(self, edition: Edition | None = None) -> None:
        """Speak for `edition`; without one, for the shipped notices."""
        super().__init__()
        self.edition = edition or shipped_edition()

    def get_calendar_holidays(self, year: int) -> list[tuple[date, str]]:
        """Return the days off by notice and statute, weekends inside an announced range included, with their names.

        Raise BeyondHorizon for a year without a notice, BadInput for one that is not wholly on record. The last days
        of the last year are listed as far as they are known.
        """
        self.edition.check(date(year, 1, 1))
        table = self.edition.table
        named = {day: name for day, name in table.law_days.items() if not table.works.get(day, True)}
        named.update((day, holiday.name) for day, (_, holiday) in table.composition.off.items())
        return sorted((day, name) for day, name in named.items() if day.year == year)

    def is_working_day(self, day: date, extra_working_days: Days = None, extra_holidays: Days = None) -> bool:
        """Say whether `day` works; extra working days come before extra holidays, both on top of the notices."""
        if not extra_working_days and not extra_holidays:
            return self.edition.is_working_day(_day(day))
        return self._works(_day(day), _days(extra_working_days), _days(extra_holidays))

    def _works(self, day: date, working: frozenset[date], holidays: frozenset[date]) -> bool:
        return day in working or (self.edition.is_working_day(day) and day not in holidays)

    def is_holiday(self, day: date, extra_holidays: Days = None) -> bool:
        """Say whether `day` is off by notice, statute or `extra_holidays`. An ordinary weekend is no holiday."""
        day = _day(day)
        return day in _days(extra_holidays) or self.edition.explain(day).kind == "holiday"

    def add_working_days(
        self,
        day: date,
        delta: int,
        extra_working_days: Days = None,
        extra_holidays: Days = None,
        keep_datetime: bool = False,
    ) -> date:
        """Return the day `delta` working days after `day`, before it if negative, itself if 0.

        With `keep_datetime` a date-time keeps its hour in Beijing, and its zone.
        """
        start = _day(day)
        found = self._moved(start, _whole(delta), _days(extra_working_days), _days(extra_holidays))
        if not keep_datetime or not isinstance(day, datetime):
            return found
        if day.utcoffset() is None:
            return day + (found - start)
        return (day.astimezone(BEIJING) + (found - start)).astimezone(day.tzinfo)

    def _moved(self, start: date, delta: int, working: frozenset[date], holidays: frozenset[date]) -> date:
        if not delta:
            return start
        if not working and not holidays:
            return self.edition.add(start, delta) if delta > 0 else self.edition.subtract(start, -delta)
        step = timedelta(days=1 if delta > 0 else -1)
        found = start
        while delta:
            found += step
            if self._works(found, working, holidays):
                delta -= step.days
        return found

    def sub_working_days(
        self,
        day: date,
        delta: int,
        extra_working_days: Days = None,
        extra_holidays: Days = None,
        keep_datetime: bool = False,
    ) -> date:
        """Return the day abs(`delta`) working days before `day`."""
        return self.add_working_days(day, -abs(_whole(delta)), extra_working_days, extra_holidays, keep_datetime)

    def find_following_working_day(self, day: date) -> date:
        """Return `day` if it works, else the first working day after it."""
        return self.edition.next_working_day(_day(day))

    def get_working_days_delta(
        self,
        start: date,
        end: date,
        include_start: bool = False,
        extra_working_days: Days = None,
        extra_holidays: Days = None,
    ) -> int:
        """Return the number of working days after the earlier day through the later, in either order.

        With `include_start` the earlier day counts too, unless both are the same day, which is 0.
        """
        first, last = sorted((_day(start), _day(end)))
        if first == last:
            return 0
        working, holidays = _days(extra_working_days), _days(extra_holidays)
        count = self.edition.count(first, last)
        # What the extra lists change inside the span; a day in both works.
        count += sum(first < day <= last and not self.edition.is_working_day(day) for day in working)
        count -= sum(first < day <= last and self.edition.is_working_day(day) for day in holidays - working)
        return count + (include_start and self._works(first, working, holidays))


def _day(day: object) -> date:
    """Return the day of `day` in Beijing; a naive date-time is taken to be Beijing time, as workalendar takes it."""
    if isinstance(day, datetime):
        return (day.astimezone(BEIJING) if day.utcoffset() is not None else day).date()
    if isinstance(day, date):
        return day
    return refuse(
        "not_a_day", f"{day!r} 不是日期", f"{day!r} is not a date", "给出 date 或 datetime", "give a date or datetime"
    )


def _days(days: Days) -> frozenset[date]:
    return frozenset(map(_day, days)) if days else frozenset()


def _whole(delta: object) -> int:
    if isinstance(delta, int) and not isinstance(delta, bool):
        return delta
    return refuse(
        "not_a_number_of_days",
        f"工作日数 {delta!r} 不是整数",
        f"{delta!r} is not a whole number of working days",
        "给出整数",
        "give a whole number",
    )
