"""Made-up worlds of notices for the laws of counting: any set of days off and make-up workdays, one notice a year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from hypothesis import strategies as st

from gongxiang import calendars

DAY = timedelta(days=1)
FIRST, LAST = date(1990, 12, 1), date(1992, 12, 28)  # years without statutory data: only the notices and the week speak
SPAN = (LAST - FIRST).days


def edition_of(off: Iterable[date], make_up: Iterable[date]) -> calendars.Edition:
    """Return the edition in which these days are off and these weekend days work, besides the week."""
    off, make_up = set(off), set(make_up)
    notices = []
    for year in (1991, 1992):

        def mine(day: date, year: int = year) -> bool:
            return day.year == year or (day.year == year - 1 == 1990)

        holidays = tuple(calendars.Holiday("某节", day, day) for day in sorted(off) if mine(day))
        notices.append(
            calendars.Notice(
                id=str(year),
                year=year,
                number=f"虚构〔{year}〕",
                signed=date(year - 1, 11, 1),
                published=date(year - 1, 11, 1),
                source="made up",
                holidays=holidays,
                workdays=tuple(sorted(day for day in make_up if mine(day))),
            )
        )
    return calendars.edition(notices=notices)


def days(first: date = FIRST, last: date = LAST) -> st.SearchStrategy[date]:
    """Return any day of the span."""
    return st.dates(first, last)


OFF = st.frozensets(days(), max_size=40)
WEEKENDS = st.frozensets(days().filter(lambda day: day.weekday() >= 5), max_size=20)
WORLDS = st.tuples(OFF, WEEKENDS).map(lambda both: (both[0] - both[1], both[1]))
EARLY = days(FIRST, date(1992, 6, 30))
LENGTHS = st.integers(1, 60)
