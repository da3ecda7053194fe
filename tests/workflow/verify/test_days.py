"""The verifier's own walk over the notices gives the dates worked by hand, and the notices' own days."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from gongxiang import calendars
from gongxiang.workflow import auditing
from gongxiang.workflow.verify.counting import PLAIN, Calendars, count
from gongxiang.workflow.verify.findings import Found

GOLDEN = Path(__file__).parents[2] / "calendars" / "golden"
OUR_OWN = Calendars([notice.as_record() for notice in calendars.shipped_notices()], auditing.statutory_days())


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("deadlines.csv"), ids=lambda row: row["id"])
def test_a_due_date_worked_by_hand_is_the_one_walked_to(row: dict[str, str]) -> None:
    calendar = OUR_OWN.known((), date(2026, 11, 22))

    assert count(calendar, row["received"], int(row["working_days"]), None, PLAIN).due.isoformat() == row["due"]


@pytest.mark.parametrize("row", rows("deadlines_as_known.csv"), ids=lambda row: row["id"])
def test_a_due_date_as_known_on_a_day_is_the_one_walked_to(row: dict[str, str]) -> None:
    calendar = OUR_OWN.known((), date.fromisoformat(row["known_on"]))

    counted = count(calendar, row["received"], int(row["working_days"]), None, PLAIN)

    assert counted.due.isoformat() == row["due"]
    assert counted.provisional == (row["provisional"] == "yes")


def test_the_days_walked_before_spring_festival_2020_change_with_the_notice_of_the_27th() -> None:
    def walked(known_on: date) -> list[str]:
        counted = count(OUR_OWN.known((), known_on), "2020-01-22T10:00:00+08:00", 5, None, PLAIN)
        return [day["date"] for day in counted.days if day["counted"]]

    # 国办发明电〔2019〕16号; 国办发明电〔2020〕1号
    assert walked(date(2020, 1, 25)) == ["2020-01-23", "2020-01-31", "2020-02-01", "2020-02-03", "2020-02-04"]
    assert walked(date(2020, 1, 27)) == ["2020-01-23", "2020-02-03", "2020-02-04", "2020-02-05", "2020-02-06"]


def test_a_day_fixed_on_the_holiday_moves_to_the_first_working_day_after_it() -> None:
    calendar = OUR_OWN.known((), date(2026, 2, 1))

    counted = count(calendar, "2026-02-02T10:00:00+08:00", None, "2026-02-16", PLAIN)

    assert counted.due == date(2026, 2, 24)  # off 15 to 23 February: 国办发明电〔2025〕7号


def test_a_limit_that_ends_at_close_of_business_ends_at_that_hour() -> None:
    settings = {**PLAIN, "cut_off": "close_of_business", "closes": "17:30"}

    counted = count(OUR_OWN.known((), date(2026, 3, 2)), "2026-03-02T10:00:00+08:00", 5, None, settings)

    assert counted.ends_before.isoformat() == "2026-03-09T17:30:00+08:00"


def test_what_comes_on_a_rest_day_can_be_received_on_the_next_working_day() -> None:
    settings = {**PLAIN, "rest_day_receipt": "next_working_day"}

    counted = count(OUR_OWN.known((), date(2026, 3, 7)), "2026-03-07T09:00:00+08:00", 5, None, settings)

    assert (counted.received_day, counted.due) == (date(2026, 3, 9), date(2026, 3, 16))


def test_a_limit_that_starts_past_the_years_with_a_notice_is_not_counted() -> None:
    with pytest.raises(Found) as found:
        count(OUR_OWN.known((), date(2026, 11, 22)), "2027-02-01T09:00:00+08:00", 5, None, PLAIN)

    assert found.value.code == "beyond_horizon"
