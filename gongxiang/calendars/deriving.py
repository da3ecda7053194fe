"""How a due date is derived: the day of receipt, the days counted from it, and where they are not settled, the
bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from gongxiang.calendars.counting import Counting, beijing_moment, refuse
from gongxiang.calendars.due import Day, Due
from gongxiang.calendars.explaining import explain
from gongxiang.calendars.open_days import Leaning
from gongxiang.calendars.refusals import beyond_law
from gongxiang.calendars.statutory import DAY

if TYPE_CHECKING:
    from gongxiang.calendars.edition import Edition


@dataclass(frozen=True, slots=True)
class Derivation:
    """One computation: what was received when, in which edition, by which settings."""

    edition: Edition
    received: datetime | date
    counting: Counting
    allow_provisional: bool

    def due(self, working_days: int) -> Due:
        """Return the due date of a period of `working_days`."""

        def end(receipt: date, leaning: Leaning) -> date:
            return self._nth_after(receipt, working_days, leaning)

        return self._derived(working_days, end)

    def due_on(self, day: date) -> Due:
        """Return the due date of a period fixed to end on `day`."""
        self.edition.check(day, self.allow_provisional)
        if day <= self._receipt("law"):
            refuse(
                "due_before_received",
                f"期限日 {day} 不晚于收到之日",
                f"the day fixed, {day}, is not after the day of receipt",
                "确定一个晚于收到之日的日期",
                "fix a day after the day of receipt",
            )

        def end(_: date, leaning: Leaning) -> date:
            return day if self._works(day, leaning) else self._nth_after(day, 1, leaning)

        return self._derived(None, end)

    def _derived(self, working_days: int | None, end: Callable[[date, Leaning], date]) -> Due:
        edition, receipt = self.edition, self._receipt("law")
        last = earliest = latest = end(receipt, "law")
        provisional = last > edition.horizon
        if provisional:
            earliest, latest = end(self._receipt("earliest"), "earliest"), end(self._receipt("latest"), "latest")
        return Due(
            received=self.received,
            received_day=receipt,
            working_days=working_days,
            date=last,
            ends_before=self.counting.ends_before(last),
            provisional=provisional,
            earliest=earliest,
            latest=latest,
            edition=edition.id,
            known_on=edition.known_on,
            notices=edition.notices,
            counting=self.counting,
            trace=partial(trace, edition, receipt, last),
        )

    def _receipt(self, leaning: Leaning) -> date:
        """Return the day of receipt by the settings."""
        day, hour = beijing_moment(self.received)
        self.edition.check(day, self.allow_provisional)
        if not self._works(day, leaning):
            rule = self.counting.rest_day_receipt
        elif hour is not None and hour >= self.counting.closes:
            rule = self.counting.after_hours_receipt
        else:
            rule = "same_day"
        return day if rule == "same_day" else self._nth_after(day, 1, leaning)

    def _works(self, day: date, leaning: Leaning) -> bool:
        table = self.edition.table
        return table.works[day] if day <= table.horizon else table.open_days.works(day, leaning)

    def _nth_after(self, day: date, n: int, leaning: Leaning) -> date:
        """Return the n-th working day after `day`, across the horizon where that is allowed."""
        table = self.edition.table
        if day <= table.horizon:
            place = table.rank[day] + n
            if place < len(table.nth):
                return table.nth[place]
            n = place - len(table.nth) + 1
            day = table.horizon
        if not self.allow_provisional:
            raise self.edition.beyond_horizon()
        found = table.open_days.nth(day, n, leaning)
        if found is None:
            raise beyond_law(self.edition.last_provisional)
        return found


@lru_cache(maxsize=1024)  # what is received on one day is counted alike
def trace(edition: Edition, receipt: date, last: date) -> tuple[Day, ...]:
    """Return every day after `receipt` through `last`, explained, the working days numbered from 1."""
    days = []
    number = 0
    day = receipt
    while day < last:
        day += DAY
        explained = explain(day, edition.table)
        if explained.counted:
            number += 1
            explained = replace(explained, number=number)
        days.append(explained)
    return tuple(days)
