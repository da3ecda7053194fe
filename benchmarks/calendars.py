"""Working-day arithmetic side by side in one run: ours, the floor of the language, four libraries on the same days.

    python benchmarks/calendars.py [--quick]

Times are the best of several rounds, taken in turn, so that a busy moment hits all alike. First every library must give
the same due dates. Exit 1 if one does not, or if a ratio misses its bound; with --quick there are few rounds and the
ratios are only shown.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice

import chinese_calendar
import holidays
import numpy
from workalendar.core import SAT, SUN, Calendar

from gongxiang import calendars
from gongxiang.calendars.workalendar import ChinaNotices

EDITION = calendars.edition()
FIRST, LAST = date(2019, 1, 2), date(2025, 11, 1)
STARTS = [FIRST + timedelta(days=7 * n + n % 7) for n in range((LAST - FIRST).days // 7)]
EVERY_DAY = [EDITION.first_day + timedelta(days=n) for n in range((EDITION.horizon - EDITION.first_day).days + 1)]
OFF = [day for day in EVERY_DAY if not EDITION.is_working_day(day)]
MAKE_UP = [day for day in EVERY_DAY if day.weekday() >= 5 and EDITION.is_working_day(day)]

Add = Callable[[date, int], date]


class Injected(Calendar):  # type: ignore[misc]  # workalendar has no types
    """workalendar's own algorithm over the same days, the make-up workdays given the way its China class gives them."""

    WEEKEND_DAYS = (SAT, SUN)

    def get_calendar_holidays(self, year: int) -> list[tuple[date, str]]:
        return [(day, "off") for day in OFF if day.year == year and day.weekday() < 5]

    def add_working_days(self, day: date, delta: int) -> date:
        found: date = super().add_working_days(day, delta, extra_working_days=MAKE_UP)
        return found


def add_by_chinesecalendar(day: date, n: int) -> date:
    for found in following(day):
        n -= chinese_calendar.is_workday(found)
        if not n:
            return found
    raise AssertionError


CHINA = holidays.country_holidays("CN", years=range(2018, 2027))


def add_by_holidays(day: date, n: int) -> date:
    for found in following(day):
        n -= CHINA.is_working_day(found)
        if not n:
            return found
    raise AssertionError


BUSDAYS = numpy.busdaycalendar(weekmask="1111111", holidays=numpy.array(OFF, "datetime64[D]"))


def add_by_busday_offset(day: date, n: int) -> date:
    found = numpy.busday_offset(day, n, roll="backward", busdaycal=BUSDAYS).item()
    assert isinstance(found, date)
    return found


def following(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        yield day


def best_of(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Return the best time of each work in seconds, each done once a round, in turn."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for number, work in enumerate(works):
            begun = time.perf_counter()
            work()
            best[number] = min(best[number], time.perf_counter() - begun)
    return best


def scalar(rounds: int, n: int) -> dict[str, float]:
    """Return nanoseconds per call of adding `n` working days, and of one dict look-up, the loop included in each."""
    look_up = {date.fromordinal(day.toordinal()): day for day in EVERY_DAY}  # equal keys, not the same objects
    add, many = EDITION.add, STARTS * 20
    slow = {
        "chinesecalendar": add_by_chinesecalendar,
        "workalendar, same data": Injected().add_working_days,
        "holidays": add_by_holidays,
        "numpy busday_offset": add_by_busday_offset,
        "ChinaNotices": ChinaNotices().add_working_days,
    }

    def bare() -> None:
        for day in many:
            look_up[day]

    def ours() -> None:
        for day in many:
            add(day, n)

    def calls(adding: Add, starts: list[date]) -> Callable[[], None]:
        def work() -> None:
            for day in starts:
                adding(day, n)

        return work

    few = list(islice(STARTS, 0, None, max(1, n // 2)))
    works = {name: calls(adding, few) for name, adding in slow.items()}
    times = best_of(rounds * 20, bare, ours)
    slow_times = best_of(rounds, *works.values())
    found = {"dict look-up": times[0] / len(many), "add": times[1] / len(many)}
    found.update((name, seconds / len(few)) for name, seconds in zip(works, slow_times, strict=True))
    return {name: seconds * 1e9 for name, seconds in found.items()}


def batch(rounds: int, size: int) -> tuple[float, float]:
    """Return the seconds that `size` due dates in one batch take, ours and numpy's; the answers must be equal."""
    chosen = numpy.random.default_rng(1).integers(0, (LAST - FIRST).days, size)
    starts = numpy.datetime64(FIRST, "D") + chosen
    mine, theirs = EDITION.due_many(starts, 5), numpy.busday_offset(starts, 5, roll="backward", busdaycal=BUSDAYS)
    if not numpy.array_equal(mine, theirs):
        raise SystemExit("the batches disagree")
    ours, busday = best_of(
        rounds,
        lambda: EDITION.due_many(starts, 5),
        lambda: numpy.busday_offset(starts, 5, roll="backward", busdaycal=BUSDAYS),
    )
    return ours, busday


def agree() -> None:
    """Stop unless all give the same due dates."""
    reference = Injected()
    for day in STARTS:
        expected = EDITION.add(day, 5)
        others = (
            reference.add_working_days(day, 5),
            add_by_chinesecalendar(day, 5),
            add_by_holidays(day, 5),
            add_by_busday_offset(day, 5),
            ChinaNotices().add_working_days(day, 5),
        )
        if any(other != expected for other in others):
            raise SystemExit(f"{day} + 5: {expected}, others {others}")


def main(arguments: list[str]) -> int:
    warnings.simplefilter("ignore")
    quick = "--quick" in arguments
    rounds = 1 if quick else 5
    agree()
    lengths = (1, 5) if quick else (1, 5, 60, 250)
    columns = {n: scalar(rounds, n) for n in lengths}
    print(f"{'nanoseconds a call':28}" + "".join(f"{f'add {n}':>13}" for n in lengths))
    for name in columns[lengths[0]]:
        print(f"{name:28}" + "".join(f"{columns[n][name]:13,.0f}" for n in lengths))
    ours, busday = batch(max(rounds, 3), 200_000 if quick else 1_000_000)
    print(f"\n{'a batch of due dates, ms':28}{ours * 1e3:13,.1f}   numpy busday_offset {busday * 1e3:,.1f}\n")

    def times(n: int, name: str) -> float:
        return columns[n][name] / columns[n]["add"]

    bounds = [(f"add {n} : one dict look-up", 1 / times(n, "dict look-up"), "<=", 3.5) for n in lengths]
    bounds += [("workalendar : add, n = 5", times(5, "workalendar, same data"), ">=", 400.0)]
    if not quick:
        bounds += [("workalendar : add, n = 60", times(60, "workalendar, same data"), ">=", 4000.0)]
    bounds += [("chinesecalendar : add, n = 5", times(5, "chinesecalendar"), ">=", 1000.0)]
    bounds += [("busday_offset : due_many", busday / ours, ">=", 20.0)]
    missed = 0
    print(f"{'ratio':32}{'measured':>12}{'bound':>12}")
    for name, ratio, sign, bound in bounds:
        met = ratio <= bound if sign == "<=" else ratio >= bound
        missed += not met
        print(f"{name:32}{ratio:12,.1f}{f'{sign} {bound:,g}':>12}  {'met' if met else 'MISSED'}")
    return 0 if quick or not missed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
