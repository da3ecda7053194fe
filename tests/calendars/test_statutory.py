"""The statutory days on record, against the note on holidays and independent computations."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import holidays
import pytest
from lunardate import LunarDate

from gongxiang import calendars
from gongxiang.calendars.statutory import festivals, rest_by_law, years

YEARS = range(2019, 2031)


def by_name(year: int) -> dict[str, list[date]]:
    return {festival.name: list(festival.days) for festival in festivals(year)}


def lunar(year: int, month: int, day: int) -> date:
    found: date = LunarDate(year, month, day).to_solar_date()
    return found


def clear_and_bright(year: int) -> date:
    """The Beijing day on which the sun's apparent longitude passes 15 degrees, to some minutes."""
    moment = datetime(year, 4, 2)  # noqa: DTZ001 - astronomical time, compared after adding eight hours
    while sun(moment) < 15:
        moment += timedelta(minutes=5)
    return (moment + timedelta(hours=8)).date()


def sun(moment: datetime) -> float:
    days = (moment - datetime(2000, 1, 1, 12)).total_seconds() / 86400  # noqa: DTZ001 - as above
    century = days / 36525
    mean = 280.46646 + 36000.76983 * century
    anomaly = math.radians(357.52911 + 35999.05029 * century)
    centre = (1.914602 - 0.004817 * century) * math.sin(anomaly) + 0.019993 * math.sin(2 * anomaly)
    node = math.radians(125.04 - 1934.136 * century)
    return (mean + centre - 0.00569 - 0.00478 * math.sin(node)) % 360


def test_the_years_on_record_are_2019_to_2030() -> None:
    assert list(years()) == list(YEARS)


@pytest.mark.parametrize("year", YEARS)
def test_the_festivals_that_move_stand_where_the_moon_and_the_sun_put_them(year: int) -> None:
    found = by_name(year)

    new_year = lunar(year, 1, 1)
    eve = [new_year - timedelta(days=1)] if year >= 2025 else []
    assert found["春节"] == [*eve, *(new_year + timedelta(days=n) for n in range(3))]
    assert found["端午节"] == [lunar(year, 5, 5)]
    assert found["中秋节"] == [lunar(year, 8, 15)]
    assert found["清明节"] == [clear_and_bright(year)]


@pytest.mark.parametrize("year", range(2027, 2031))
def test_the_statutory_days_without_a_notice_are_those_that_holidays_computes(year: int) -> None:
    china = holidays.country_holidays("CN", years=year, observed=False)

    assert {day for days in by_name(year).values() for day in days} == set(china)


def test_2027_has_the_thirteen_days_that_the_note_on_holidays_derives() -> None:
    derived = "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03"

    assert " ".join(sorted(day.strftime("%m-%d") for days in by_name(2027).values() for day in days)) == derived


@pytest.mark.parametrize("year", range(2019, 2027))
def test_the_notices_name_the_same_statutory_days(year: int) -> None:
    in_notices = {
        day
        for notice in calendars.shipped_notices()
        if notice.year == year
        for h in notice.holidays
        for day in h.statutory
    }

    assert {day for days in by_name(year).values() for day in days} == in_notices


def test_the_law_of_2024_is_known_from_the_day_it_was_signed() -> None:
    assert date(2025, 1, 28) not in rest_by_law(2025, known_on=date(2024, 11, 9))
    assert date(2025, 1, 28) in rest_by_law(2025, known_on=date(2024, 11, 10))
    assert len([day for day, (_, in_lieu) in rest_by_law(2024).items() if not in_lieu]) == 11


@pytest.mark.parametrize(
    ("year", "in_lieu"),
    # 2027: 初一 and 初二 on a weekend, 初三 the Monday; 1 and 2 May a weekend; 2 and 3 October a weekend.
    [(2027, ["2027-02-09", "2027-02-10", "2027-05-03", "2027-05-04", "2027-10-04", "2027-10-05"]), (2026, [
        "2026-04-06", "2026-05-04", "2026-10-05"])],
)  # fmt: skip
def test_a_statutory_day_on_a_weekend_is_made_up_on_the_next_working_day(year: int, in_lieu: list[str]) -> None:
    assert [str(day) for day, (_, stands_in) in sorted(rest_by_law(year).items()) if stands_in] == in_lieu
