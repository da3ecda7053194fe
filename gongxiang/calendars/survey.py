"""Views over whole editions: two compared, a year as a person reads it, what is covered and how long it lasts."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongxiang.calendars.counting import refuse
from gongxiang.calendars.due import Day
from gongxiang.calendars.edition import Edition
from gongxiang.calendars.statutory import DAY
from gongxiang.errors import Text


@dataclass(frozen=True, slots=True)
class Change:
    """A day that works in one edition and rests in another."""

    date: date
    before: Day
    after: Day

    def as_record(self) -> dict[str, Any]:
        """Return the change as JSON-able data."""
        return {"date": self.date.isoformat(), "before": self.before.as_record(), "after": self.after.as_record()}


def diff(before: Edition, after: Edition) -> tuple[Change, ...]:
    """Return the days that work in one edition and rest in the other, in order, each with both explanations.

    Compared are the days on record in both, through the later horizon; past its own horizon an edition is taken by
    the law alone (its explanations are then marked provisional).
    """
    day = max(before.first_day, after.first_day)
    last = min(max(before.horizon, after.horizon), before.last_provisional, after.last_provisional)
    changes = []
    while day <= last:
        one, other = (edition.explain(day, allow_provisional=True) for edition in (before, after))
        if one.counted != other.counted:
            changes.append(Change(day, one, other))
        day += DAY
    return tuple(changes)


@dataclass(frozen=True, slots=True)
class Month:
    """One month: every day on record explained, and how many of them work."""

    year: int
    month: int
    days: tuple[Day, ...]

    @property
    def working_days(self) -> int:
        """The number of working days."""
        return sum(day.counted for day in self.days)

    @property
    def provisional(self) -> bool:
        """True if a day of it is not settled by a known notice."""
        return any(day.provisional for day in self.days)

    def as_record(self) -> dict[str, Any]:
        """Return the month as JSON-able data."""
        return {
            "year": self.year,
            "month": self.month,
            "working_days": self.working_days,
            "provisional": self.provisional,
            "days": [day.as_record() for day in self.days],
        }


def year_rows(edition: Edition, year: int, *, allow_provisional: bool = True) -> tuple[Month, ...]:
    """Return the months of `year` that are on record, twelve but for the first and the last year.

    Days past the horizon are marked provisional; without `allow_provisional` they raise BeyondHorizon. A year with no
    day on record raises BadInput (before) or BeyondHorizon (after).
    """
    if isinstance(year, bool) or not isinstance(year, int) or not 1 <= year <= 9999:
        refuse("not_a_year", f"{year!r} 不是年份", f"{year!r} is not a year", "写成四位数字", "give four digits")
    first, last = date(year, 1, 1), date(year, 12, 31)
    edition.explain(
        last if last < edition.first_day else max(first, edition.first_day), allow_provisional=allow_provisional
    )
    months = []
    for month in range(1, 13):
        days = [date(year, month, number + 1) for number in range(calendar.monthrange(year, month)[1])]
        on_record = [
            day
            for day in days
            if edition.first_day <= day and (not allow_provisional or day <= edition.last_provisional)
        ]
        if on_record:
            explained = tuple(edition.explain(day, allow_provisional=allow_provisional) for day in on_record)
            months.append(Month(year, month, explained))
    return tuple(months)


@dataclass(frozen=True, slots=True)
class Status:
    """What an edition covers, seen on `today`.

    `days_left`: calendar days from `today` to the horizon, negative once it is past. `missing_year`: the year whose
    notice comes next. `warning`: given from October while the notice for the next year is missing, and whenever the
    horizon is past.
    """

    edition: str
    known_on: date | None
    today: date
    notices: tuple[dict[str, Any], ...]
    first_day: date
    last_covered: date
    horizon: date
    last_provisional: date
    days_left: int
    missing_year: int
    warning: Text | None

    def as_record(self) -> dict[str, Any]:
        """Return the status as JSON-able data; `warning` is Chinese, `warning_en` English."""
        return {
            "edition": self.edition,
            "known_on": self.known_on.isoformat() if self.known_on else None,
            "today": self.today.isoformat(),
            "notices": list(self.notices),
            "first_day": self.first_day.isoformat(),
            "last_covered": self.last_covered.isoformat(),
            "horizon": self.horizon.isoformat(),
            "last_provisional": self.last_provisional.isoformat(),
            "days_left": self.days_left,
            "missing_year": self.missing_year,
            "warning": self.warning.zh if self.warning else None,
            "warning_en": self.warning.en if self.warning else None,
        }


def status(edition: Edition, today: date) -> Status:
    """Return what `edition` covers, seen on `today`."""
    missing = edition.missing_year
    left = (edition.horizon - today).days
    warning = None
    if left < 0:
        warning = Text(
            f"日历已于 {edition.horizon} 到期：缺少 {missing} 年的放假通知",
            f"the calendar ended on {edition.horizon}: the notice for {missing} is missing",
        )
    elif missing == today.year or (missing == today.year + 1 and today.month >= 10):
        warning = Text(
            f"缺少 {missing} 年的放假通知，日历至 {edition.horizon} 为止（还有 {left} 天）",
            f"the notice for {missing} is missing; the calendar ends on {edition.horizon}, in {left} days",
        )
    return Status(
        edition=edition.id,
        known_on=edition.known_on,
        today=today,
        notices=tuple(
            {
                "id": notice.id,
                "year": notice.year,
                "number": notice.number,
                "signed": notice.signed.isoformat(),
                "published": notice.published.isoformat(),
                "amends": notice.amends,
                "source": notice.source,
            }
            for notice in edition.known
        ),
        first_day=edition.first_day,
        last_covered=edition.last_covered,
        horizon=edition.horizon,
        last_provisional=edition.last_provisional,
        days_left=left,
        missing_year=missing,
        warning=warning,
    )
