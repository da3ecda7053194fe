"""Days that no known notice has settled: what the law alone says of them, and how far a notice may still move them.

Three leanings answer "which day is the n-th working day":

- `law`: weekends, statutory days, and the days off in lieu of statutory days on a weekend (Art. 6). The provisional
  date.
- `earliest`: besides, days that may become make-up workdays work, as many and as early as a notice may order them.
- `latest`: besides, days that may become days off rest, as many and as early as a notice may order them.

What a notice may do is read from the notices 2019-2026, all of which keep these bounds (the tests hold every one of
them against the day before it was published):

- A festival of one day (元旦, 清明节, 端午节, 中秋节) on a Tuesday or Thursday makes the Monday or Friday between it
  and the weekend a day off, and the far day of that weekend a make-up workday. On other days it changes nothing but
  itself.
- A festival of several days (春节, 劳动节, 国庆节) has at most three days off beyond the law, inside a range no
  longer than the longest announced so far (`statutory.toml`), and at most three make-up workdays, within fourteen
  days of the statutory days, never next to one of them.

A State Council decision out of the ordinary (such as the extension of 2020-01-27) can go beyond them, and can move
final days too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal

from gongxiang.calendars.statutory import DAY, Festival, festivals, rest_by_law, years

Leaning = Literal["law", "earliest", "latest"]

_MOST_PER_LONG_FESTIVAL = 3
_MAKE_UP_WITHIN = 14 * DAY


class OpenDays:
    """The days after `horizon` through `last`, by the law known on a day.

    `off` and `make_up` are the days that a notice has settled already, should it leave out a festival before them.
    """

    __slots__ = ("_budgets", "_make_up", "_may_rest", "_may_work", "_off", "horizon", "last", "law_rest")

    def __init__(self, horizon: date, off: Collection[date], make_up: Collection[date], known_on: date | None) -> None:
        self.horizon = horizon
        self.last = date(years()[-1], 12, 28)
        self.law_rest: dict[date, tuple[Festival, bool]] = {}
        self._off = off
        self._make_up = make_up
        self._may_rest: dict[date, int] = {}
        self._may_work: dict[date, int] = {}
        self._budgets: list[int] = []
        open_festivals: list[Festival] = []
        for year in range(horizon.year, self.last.year + 1):
            open_festivals += [f for f in festivals(year, known_on) if not all(day in off for day in f.days)]
            self.law_rest.update(
                (day, why) for day, why in rest_by_law(year, known_on).items() if why[0] in open_festivals
            )
        for festival in sorted(open_festivals, key=lambda festival: festival.longest):
            self._allow(festival)

    def _allow(self, festival: Festival) -> None:
        """Note what a notice may still do around `festival`."""
        first, last = festival.days[0], festival.days[-1]
        number = len(self._budgets)
        if festival.longest == 1:
            self._budgets.append(1)
            side = {1: -DAY, 3: DAY}.get(first.weekday())
            rest, work = ([first + side], [first + 3 * side]) if side else ([], [])
        else:
            self._budgets.append(_MOST_PER_LONG_FESTIVAL)
            reach = (festival.longest - 1) * DAY
            rest = [day for day in _days(last - reach, first + reach) if day.weekday() < 5]
            work = [day for day in _days(first - _MAKE_UP_WITHIN, last + _MAKE_UP_WITHIN) if day.weekday() >= 5]
        statutory = {day for day, (_, in_lieu) in self.law_rest.items() if not in_lieu}
        for day in rest:
            if day not in self.law_rest:
                self._may_rest.setdefault(day, number)
        for day in work:
            if not {day - DAY, day, day + DAY} & statutory:
                self._may_work.setdefault(day, number)

    def works(self, day: date, leaning: Leaning) -> bool:
        """Say whether `day` works, or for `earliest` and `latest`, whether it must be taken to."""
        by_law = self._works_by_law(day)
        if leaning == "earliest":
            return by_law or day in self._may_work
        if leaning == "latest":
            return by_law and day not in self._may_rest
        return by_law

    def _works_by_law(self, day: date) -> bool:
        if day in self._make_up:
            return True
        return day.weekday() < 5 and day not in self.law_rest and day not in self._off

    def nth(self, after: date, n: int, leaning: Leaning) -> date | None:
        """Return the n-th working day after `after`; None if it lies past `last`. `after` is no earlier than
        `horizon`.
        """
        budgets = self._budgets.copy()
        day = after
        while n:
            if day >= self.last:
                return None
            day += DAY
            works = self._works_by_law(day)
            if leaning == "earliest" and not works:
                works = _spend(budgets, self._may_work.get(day))
            elif leaning == "latest" and works:
                works = not _spend(budgets, self._may_rest.get(day))
            n -= works
        return day


def _spend(budgets: list[int], number: int | None) -> bool:
    if number is None or not budgets[number]:
        return False
    budgets[number] -= 1
    return True


def _days(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]
