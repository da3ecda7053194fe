"""The workalendar door: equal to the library's own algorithm on the same data, and right where it goes wrong."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workalendar.asia import China
from workalendar.core import SAT, SUN, Calendar

from gongxiang import calendars
from gongxiang.calendars.workalendar import ChinaNotices
from gongxiang.errors import BadInput, BeyondHorizon

DAY = timedelta(days=1)
CHINA = ChinaNotices()
NOTICES = [notice for notice in calendars.shipped_notices() if notice.amends is None]


class Injected(Calendar):  # type: ignore[misc]  # workalendar has no types
    """The library's own methods, given the notices as data; what the caller adds comes before what the notices say."""

    WEEKEND_DAYS = (SAT, SUN)
    OFF = frozenset(
        holiday.first + DAY * n
        for notice in calendars.shipped_notices()
        for holiday in notice.holidays
        for n in range((holiday.last - holiday.first).days + 1)
    )
    MAKE_UP = frozenset(day for notice in calendars.shipped_notices() for day in notice.workdays) - {date(2020, 2, 1)}

    def get_calendar_holidays(self, year: int) -> list[tuple[date, str]]:
        return [(day, "off") for day in self.OFF if day.year == year]

    def is_working_day(
        self,
        day: date,
        extra_working_days: Collection[date] | None = None,
        extra_holidays: Collection[date] | None = None,
    ) -> bool:
        if day in self.MAKE_UP and day not in (extra_holidays or ()):
            return True
        works: bool = super().is_working_day(day, extra_working_days, extra_holidays)
        return works


OWN = Injected()
DAYS = st.dates(date(2019, 6, 1), date(2026, 6, 1))
DELTAS = st.integers(-60, 60)


def near(day: date) -> st.SearchStrategy[frozenset[date]]:
    return st.frozensets(st.integers(-100, 100).map(lambda n: day + DAY * n), max_size=20)


@given(DAYS, DELTAS)
def test_adding_is_what_workalendar_itself_would_do(day: date, delta: int) -> None:
    assert CHINA.add_working_days(day, delta) == OWN.add_working_days(day, delta)
    assert CHINA.sub_working_days(day, delta) == OWN.sub_working_days(day, delta)


@given(st.data(), DAYS, DELTAS)
def test_extra_days_do_what_workalendar_itself_would_do(data: st.DataObject, day: date, delta: int) -> None:
    working, holidays = data.draw(near(day)), data.draw(near(day))

    assert CHINA.add_working_days(day, delta, working, holidays) == OWN.add_working_days(day, delta, working, holidays)
    assert CHINA.is_working_day(day, working, holidays) == OWN.is_working_day(day, working, holidays)
    end = day + DAY * (abs(delta) - 20)
    for include in (False, True):
        expected = OWN.get_working_days_delta(day, end, include, working, holidays)
        assert CHINA.get_working_days_delta(day, end, include, working, holidays) == expected


@given(DAYS)
def test_holidays_are_those_of_the_notices(day: date) -> None:
    assert CHINA.is_holiday(day) == OWN.is_holiday(day)
    assert CHINA.is_holiday(day, [day])


@pytest.mark.parametrize("year", range(2019, 2027))
def test_the_holidays_of_a_year_are_the_announced_days_with_their_names(year: int) -> None:
    announced = {day for day in Injected.OFF if day.year == year}

    assert {day for day, _ in CHINA.holidays(year)} == announced
    assert CHINA.get_holiday_label(date(year, 10, 2)).endswith("国庆节") or year in (2020, 2025)
    assert CHINA.holidays(year) == sorted(CHINA.holidays(year))


def test_extra_days_at_the_ends_of_a_span_count_as_the_ends_do() -> None:
    """Of a span the last day counts; the first only where it is included. 7 and 14 March 2026 are Saturdays."""
    ends = [date(2026, 3, 7), date(2026, 3, 14)]

    assert CHINA.get_working_days_delta(date(2026, 3, 7), date(2026, 3, 14)) == 5
    assert CHINA.get_working_days_delta(date(2026, 3, 7), date(2026, 3, 14), False, ends) == 6
    assert CHINA.get_working_days_delta(date(2026, 3, 7), date(2026, 3, 14), True, ends) == 7
    assert CHINA.get_working_days_delta(date(2026, 3, 6), date(2026, 3, 13), False, None, [date(2026, 3, 6)]) == 5
    assert CHINA.get_working_days_delta(date(2026, 3, 6), date(2026, 3, 13), True, None, [date(2026, 3, 6)]) == 5
    assert CHINA.get_working_days_delta(date(2026, 3, 6), date(2026, 3, 13), False, None, [date(2026, 3, 13)]) == 4


def test_where_workalendar_has_data_it_differs_on_the_two_days_it_lacks() -> None:
    """Its China class lacks the notice of 27 January 2020."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = China()
        days = [date(2019, 1, 1) + DAY * n for n in range(365 * 5 - 5)]
        differing = [day for day in days if theirs.is_working_day(day) != CHINA.is_working_day(day)]

    assert differing == [date(2020, 1, 31), date(2020, 2, 1)]


def test_a_moment_is_taken_in_beijing_where_workalendar_drops_the_zone() -> None:
    """Sunday 16:30 in London is Monday 2 March in Beijing: five days on is the 9th, not the 6th."""
    received = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)

    assert OWN.add_working_days(received, 5) == date(2026, 3, 6)
    assert CHINA.add_working_days(received, 5) == date(2026, 3, 9)
    assert CHINA.is_working_day(received)


def test_a_date_time_kept_keeps_its_beijing_hour_and_its_zone() -> None:
    london = ZoneInfo("Europe/London")
    received = datetime(2026, 3, 27, 1, 30, tzinfo=london)  # 09:30 in Beijing; summer time begins on the 29th

    kept = CHINA.add_working_days(received, 1, keep_datetime=True)

    assert isinstance(kept, datetime)
    assert kept == datetime(2026, 3, 30, 9, 30, tzinfo=calendars.BEIJING)
    assert kept.tzinfo is london
    naive = datetime(2026, 3, 27, 9, 30)  # noqa: DTZ001 - as workalendar takes it
    assert CHINA.add_working_days(naive, 1, keep_datetime=True) == datetime(2026, 3, 30, 9, 30)  # noqa: DTZ001
    assert CHINA.add_working_days(date(2026, 3, 27), 1, keep_datetime=True) == date(2026, 3, 30)


def test_extra_working_days_do_not_drop_the_make_up_days() -> None:
    """Saturday 14 February 2026 is a make-up workday, whatever else is added."""
    assert CHINA.is_working_day(date(2026, 2, 14), extra_working_days=[date(2026, 3, 7)])
    assert CHINA.add_working_days(date(2026, 2, 13), 1, extra_working_days=[date(2026, 3, 7)]) == date(2026, 2, 14)


def test_extra_days_may_be_date_times_of_any_zone() -> None:
    extra = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)  # Saturday 7 March, 00:30 in Beijing

    assert CHINA.add_working_days(date(2026, 3, 6), 1, extra_working_days=[extra]) == date(2026, 3, 7)
    assert CHINA.is_working_day(extra, extra_working_days=[date(2026, 3, 7)])
    assert not CHINA.is_working_day(date(2026, 3, 9), None, [extra.astimezone(timezone(DAY / 8)) + DAY * 2])


def test_the_following_working_day_knows_holidays_and_make_up_days() -> None:
    assert CHINA.find_following_working_day(date(2026, 2, 17)) == date(2026, 2, 24)
    assert CHINA.find_following_working_day(date(2026, 2, 14)) == date(2026, 2, 14)
    assert CHINA.find_following_working_day(date(2026, 3, 7)) == date(2026, 3, 9)


def test_nothing_is_guessed_past_the_notices() -> None:
    """workalendar says of every weekend past its data that it rests, make-up day or not."""
    for ask in (
        lambda: CHINA.is_working_day(date(2027, 1, 9)),
        lambda: CHINA.add_working_days(date(2026, 12, 28), 1),
        lambda: CHINA.add_working_days(date(2026, 12, 28), 1, [date(2026, 12, 5)]),
        lambda: CHINA.holidays(2027),
    ):
        with pytest.raises(BeyondHorizon):
            ask()
    with pytest.raises(BadInput):
        CHINA.holidays(2018)


def test_an_edition_as_known_on_a_day_can_be_asked_too() -> None:
    before = ChinaNotices(calendars.edition(date(2020, 1, 26)))

    assert before.is_working_day(date(2020, 2, 1))
    assert not CHINA.is_working_day(date(2020, 2, 1))


@pytest.mark.parametrize("delta", [True, 1.5, "1", None])
def test_what_is_no_number_of_days_is_refused(delta: Any) -> None:
    for add in (CHINA.add_working_days, CHINA.sub_working_days):
        with pytest.raises(BadInput):
            add(date(2026, 3, 2), delta)


def test_what_is_no_day_is_refused() -> None:
    misuse: list[Any] = ["2026-03-02", None]
    for day in misuse:
        with pytest.raises(BadInput):
            CHINA.is_working_day(day)
