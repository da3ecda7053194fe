"""The days of a count, as the notice for 2026 has them: off from 15 to 23 February, at work on Saturday the 14th."""

from __future__ import annotations

from datetime import date

import pytest

from gongxiang import calendars
from gongxiang.errors import BadInput, BeyondHorizon


def february(day: int) -> date:
    return date(2026, 2, day)


def test_the_days_after_receipt_are_numbered_as_they_work() -> None:
    days = calendars.edition().trace(february(13), february(25))

    assert [day.date for day in days] == [february(day) for day in range(14, 26)]
    assert {day.date.day: day.number for day in days if day.counted} == {14: 1, 24: 2, 25: 3}


def test_days_that_no_notice_has_settled_are_traced_by_the_law_and_marked() -> None:
    days = calendars.edition(february(1)).trace(date(2026, 12, 28), date(2027, 1, 4))

    assert {day.date.isoformat() for day in days if not day.counted} == {"2027-01-01", "2027-01-02", "2027-01-03"}
    assert all(day.provisional for day in days)


@pytest.mark.parametrize(
    ("after", "through", "error"),
    [
        (date(2018, 11, 30), date(2019, 1, 2), BadInput),
        (february(13), date(9999, 12, 31), BeyondHorizon),
    ],
)
def test_days_that_are_not_on_record_are_refused(after: date, through: date, error: type[Exception]) -> None:
    with pytest.raises(error):
        calendars.edition().trace(after, through)
