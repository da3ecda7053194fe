"""The settings of counting, and what is refused as input."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, date, datetime, time
from typing import Any

import numpy
import pytest

from gongxiang import calendars
from gongxiang.calendars import BEIJING, Counting
from gongxiang.errors import BadInput

EDITION = calendars.edition()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("received", "counting", "received_day", "due"),
    [
        # 18:30 on Friday 6 March 2026: that day, or Monday the 9th.
        ("2026-03-06T18:30", Counting(), "2026-03-06", "2026-03-13"),
        ("2026-03-06T18:30", Counting(after_hours_receipt="next_working_day"), "2026-03-09", "2026-03-16"),
        # 17:00 is after hours, a minute before is not; another office closes at 18:00 or later.
        ("2026-03-06T17:00", Counting(after_hours_receipt="next_working_day"), "2026-03-09", "2026-03-16"),
        ("2026-03-06T16:59", Counting(after_hours_receipt="next_working_day"), "2026-03-06", "2026-03-13"),
        (
            "2026-03-06T18:30",
            Counting(after_hours_receipt="next_working_day", closes=time(19)),
            "2026-03-06",
            "2026-03-13",
        ),
        # Saturday 7 March: that day, or Monday the 9th; its hour does not matter.
        ("2026-03-07T09:00", Counting(), "2026-03-07", "2026-03-13"),
        ("2026-03-07T18:30", Counting(after_hours_receipt="next_working_day"), "2026-03-07", "2026-03-13"),
        ("2026-03-07T09:00", Counting(rest_day_receipt="next_working_day"), "2026-03-09", "2026-03-16"),
        # A make-up Saturday is a working day.
        ("2026-02-14T09:00", Counting(rest_day_receipt="next_working_day"), "2026-02-14", "2026-02-28"),
    ],
)
def test_the_day_of_receipt_follows_the_setting(received: str, counting: Counting, received_day: str, due: str) -> None:
    answer = EDITION.due(at(received), 5, counting=counting)

    assert (str(answer.received_day), str(answer.date)) == (received_day, due)


def test_a_plain_date_has_no_hour() -> None:
    counting = Counting(after_hours_receipt="next_working_day", closes=time(0))

    assert EDITION.due(date(2026, 3, 6), 5, counting=counting).received_day == date(2026, 3, 6)


def test_close_of_business_ends_the_period_on_the_due_day_itself() -> None:
    due = EDITION.due(date(2026, 3, 2), 5, counting=Counting(cut_off="close_of_business", closes=time(17, 30)))

    assert due.ends_before == at("2026-03-09T17:30")
    assert EDITION.due(date(2026, 3, 2), 5).ends_before == at("2026-03-10T00:00")


def test_a_moment_is_taken_in_beijing_before_its_day_is() -> None:
    """16:30 on Sunday in London is 00:30 on Monday in Beijing."""
    due = EDITION.due(datetime(2026, 3, 1, 16, 30, tzinfo=UTC), 5)

    assert (due.received_day, due.date) == (date(2026, 3, 2), date(2026, 3, 9))


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-03-10", "2026-03-10"),
        ("2026-03-07", "2026-03-09"),  # a Saturday
        ("2026-02-14", "2026-02-14"),  # a make-up Saturday
        ("2026-02-16", "2026-02-24"),  # in Spring Festival
    ],
)
def test_a_day_that_an_order_fixed_moves_off_a_rest_day(day: str, due: str) -> None:
    answer = EDITION.due_on(date.fromisoformat(day), received=date(2026, 2, 2))

    assert (str(answer.date), answer.working_days, answer.provisional) == (due, None, False)
    assert answer.days[0].date == date(2026, 2, 3)
    assert answer.days[-1].date == answer.date


def test_a_day_fixed_no_later_than_the_receipt_is_refused() -> None:
    for day in (date(2026, 3, 2), date(2026, 3, 1)):
        with pytest.raises(BadInput):
            EDITION.due_on(day, received=date(2026, 3, 2))


@pytest.mark.parametrize("n", [0, -1, True, 1.0, "5", None, numpy.True_, numpy.float64(5)])
def test_what_is_no_number_of_days_is_refused_with_the_mend(n: Any) -> None:
    day = date(2026, 3, 2)
    for ask in (
        lambda: EDITION.add(day, n),
        lambda: EDITION.due(day, n),
        lambda: EDITION.subtract(day, n),
        lambda: EDITION.due_many(numpy.array(["2026-03-02"], "datetime64[D]"), n),
    ):
        with pytest.raises(BadInput) as refused:
            ask()
        assert refused.value.reasons[0].mend is not None


def test_a_whole_number_of_numpy_is_a_whole_number() -> None:
    five: Any = numpy.int64(5)

    assert EDITION.add(date(2026, 3, 2), five) == date(2026, 3, 9)


@pytest.mark.parametrize(
    "day",
    [
        "2026-03-02",
        None,
        739312,
        [],
        datetime(2026, 3, 2),  # noqa: DTZ001 - the misuse under test
        datetime(2026, 3, 2, tzinfo=BEIJING),
        date(2018, 11, 30),
        date.min,
    ],
)
def test_what_is_no_day_on_record_is_refused_with_the_mend(day: Any) -> None:
    for ask in (
        lambda: EDITION.add(day, 5),
        lambda: EDITION.subtract(day, 5),
        lambda: EDITION.is_working_day(day),
        lambda: EDITION.count(day, date(2026, 3, 2)),
        lambda: EDITION.count(date(2026, 3, 2), day),
        lambda: EDITION.next_working_day(day),
        lambda: EDITION.explain(day),
        lambda: EDITION.due_on(day, received=date(2018, 12, 1)),
    ):
        with pytest.raises(BadInput) as refused:
            ask()
        assert refused.value.reasons[0].mend is not None


@pytest.mark.parametrize(
    ("received", "code"),
    [
        (datetime(2026, 3, 2, 9), "naive_datetime"),  # noqa: DTZ001 - the misuse under test
        ("2026-03-02", "not_a_day"),
        (date(2018, 11, 30), "out_of_range"),
        (datetime.max.replace(tzinfo=UTC), "out_of_range"),
    ],
)
def test_what_is_no_moment_of_receipt_is_refused_with_the_mend(received: Any, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        EDITION.due(received, 5)

    assert refused.value.reasons[0].code == code
    assert refused.value.reasons[0].mend is not None


@pytest.mark.parametrize(
    "setting",
    [
        {"cut_off": "noon"},
        {"closes": "17:00"},
        {"closes": time(17, tzinfo=UTC)},
        {"after_hours_receipt": "never"},
        {"rest_day_receipt": ""},
    ],
)
def test_an_unknown_setting_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Counting(**setting)


def test_known_on_is_a_plain_day() -> None:
    for known_on in (at("2026-03-02T09:00"), "2026-03-02"):
        with pytest.raises(BadInput):
            calendars.edition(known_on)  # type: ignore[arg-type]  # the misuse under test


def test_a_sheet_has_the_agreed_keys_and_is_read_back_whole() -> None:
    counting = Counting("close_of_business", time(17, 30), "next_working_day", "next_working_day")
    due = calendars.edition(date(2020, 1, 27)).due(at("2020-01-21T18:00"), 5, counting=counting)

    sheet = json.loads(json.dumps(due.sheet()))

    keys = "received received_day working_days due ends_before provisional earliest latest edition known_on notices"
    assert " ".join(sheet) == f"{keys} counting days"
    assert {"date", "counted", "number", "why", "source"} <= set(sheet["days"][0])
    assert (sheet["due"], sheet["known_on"], sheet["notices"][-1]) == ("2020-02-06", "2020-01-27", "2020-amend-1")
    assert sheet["received"] == "2020-01-21T18:00:00+08:00"
    stored = calendars.Due.from_sheet(sheet)
    assert stored == due
    assert stored.days == due.days
    assert stored.sheet() == due.sheet()


def test_a_sheet_of_a_fixed_day_received_on_a_plain_date_is_read_back_whole() -> None:
    due = EDITION.due_on(date(2026, 2, 16), received=date(2026, 2, 2))

    stored = calendars.Due.from_sheet(json.loads(json.dumps(due.sheet())))

    assert stored == due
    assert stored.days == due.days


def test_an_edition_does_not_change() -> None:
    for name in ("id", "horizon", "known_on", "anything"):
        with pytest.raises(AttributeError):
            setattr(EDITION, name, None)
    with pytest.raises(AttributeError):
        del EDITION.id
    with pytest.raises(AttributeError):
        EDITION.due(date(2026, 3, 2), 5).date = date(2026, 1, 1)  # type: ignore[misc]  # the misuse under test


def test_an_edition_and_a_due_date_survive_pickling() -> None:
    due = EDITION.due(date(2026, 2, 13), 5)

    again = pickle.loads(pickle.dumps((EDITION, due)))

    assert again[0].id == EDITION.id
    assert again[1] == due
    assert again[1].days == due.days
