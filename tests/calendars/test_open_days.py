"""Past the horizon: refused by default, provisional and bounded where that is allowed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from gongxiang import calendars
from gongxiang.calendars import Counting
from gongxiang.errors import BadInput, BeyondHorizon

DAY = timedelta(days=1)
NOTICES = calendars.shipped_notices()


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice.id)
def test_what_was_computed_the_day_before_a_notice_bounds_what_came(notice: calendars.Notice) -> None:
    truth, before = calendars.edition(), calendars.edition(notice.published - DAY)
    crossing = 0
    for offset in range(-32, 1):
        start = before.horizon + DAY * offset
        for n in range(1, 21):
            if start < before.first_day:
                continue
            due = before.due(start, n, allow_provisional=True)
            if due.provisional:
                crossing += 1
                assert due.earliest <= truth.add(start, n) <= due.latest
                assert due.earliest <= due.date <= due.latest
                assert due.earliest > before.horizon
    assert crossing > 200


@pytest.mark.parametrize("notice", [n for n in NOTICES if n.amends is None], ids=lambda notice: notice.id)
def test_every_count_begun_in_the_year_of_a_notice_was_bounded_before_it_came(notice: calendars.Notice) -> None:
    truth, before = calendars.edition(), calendars.edition(notice.published - DAY)
    start = before.horizon
    while start < min(date(notice.year, 12, 1), date(2026, 11, 20)):
        start += DAY
        for n in (1, 2, 3, 5, 8, 13, 20):
            due = before.due(start, n, allow_provisional=True)
            assert due.provisional
            assert due.earliest <= truth.add(start, n) <= due.latest


@pytest.mark.parametrize("notice", [n for n in NOTICES if n.amends is None], ids=lambda notice: notice.id)
def test_a_day_fixed_in_the_year_of_a_notice_was_bounded_before_it_came(notice: calendars.Notice) -> None:
    truth, before = calendars.edition(), calendars.edition(notice.published - DAY)
    earlier_than_by_law = 0
    day = before.horizon
    while day < min(date(notice.year, 12, 1), date(2026, 11, 20)):
        day += DAY
        due = before.due_on(day, received=date(notice.year - 1, 12, 3), allow_provisional=True)
        assert due.earliest <= truth.next_working_day(day) <= due.latest
        earlier_than_by_law += due.earliest < due.date
    assert earlier_than_by_law >= 3


@pytest.mark.parametrize("notice", [n for n in NOTICES if n.amends is None], ids=lambda notice: notice.id)
def test_the_bounds_hold_where_receipt_moves_to_the_next_working_day(notice: calendars.Notice) -> None:
    truth, before = calendars.edition(), calendars.edition(notice.published - DAY)
    strict = Counting(after_hours_receipt="next_working_day", rest_day_receipt="next_working_day")
    for offset in range(1, 130):
        received = datetime.combine(before.horizon + DAY * offset, time(18), calendars.BEIJING)
        for n in (1, 5):
            due = before.due(received, n, counting=strict, allow_provisional=True)
            assert due.earliest <= truth.due(received, n, counting=strict).date <= due.latest


def test_the_bounds_are_of_use_where_the_notice_comes_late() -> None:
    """Five days over New Year 2027: 1 January is a Friday, and no notice has moved anything around such a day."""
    due = calendars.edition().due(date(2026, 12, 28), 5, allow_provisional=True)

    assert (due.date, due.earliest, due.latest) == (date(2027, 1, 5),) * 3
    assert due.provisional


def test_a_thursday_festival_leaves_its_friday_and_sunday_open() -> None:
    """New Year 2026 was a Thursday: known on 3 November 2025, the Friday may rest and the Sunday may work; both did."""
    due = calendars.edition(date(2025, 11, 3)).due(date(2025, 12, 31), 2, allow_provisional=True)

    assert (due.earliest, due.date, due.latest) == (date(2026, 1, 4), date(2026, 1, 5), date(2026, 1, 6))


def test_the_days_of_a_provisional_date_are_marked_and_carry_the_law() -> None:
    days = calendars.edition().due(date(2026, 12, 25), 6, allow_provisional=True).days

    assert next(str(day.date) for day in days if day.provisional) == "2026-12-29"
    new_year = next(day for day in days if day.date == date(2027, 1, 1))
    assert (new_year.counted, new_year.why.zh, new_year.source) == (
        False,
        "元旦放假（暂定）",
        "全国年节及纪念日放假办法第二条",
    )


def test_a_day_off_in_lieu_is_called_so() -> None:
    day = calendars.edition().explain(date(2027, 5, 3), allow_provisional=True)

    assert (day.counted, day.why.zh, day.source) == (False, "劳动节补假（暂定）", "全国年节及纪念日放假办法第六条")


def test_a_date_without_a_notice_is_refused_with_the_year_and_the_mend() -> None:
    with pytest.raises(BeyondHorizon) as refused:
        calendars.edition().due(date(2026, 12, 28), 5)

    (reason,) = refused.value.reasons
    assert refused.value.year == 2027
    assert "2027" in reason.text.zh
    assert reason.mend is not None
    assert "gongxiang calendar import FILE" in reason.mend.en


def test_every_answer_past_the_horizon_is_refused_alike() -> None:
    edition, day = calendars.edition(), date(2026, 12, 29)

    for ask in (
        lambda: edition.add(date(2026, 12, 28), 1),
        lambda: edition.add(date(2026, 12, 1), 10**9),
        lambda: edition.due(date(2026, 12, 1), 10**9),
        lambda: edition.is_working_day(day),
        lambda: edition.count(date(2026, 12, 1), day),
        lambda: edition.next_working_day(day),
        lambda: edition.explain(day),
        lambda: edition.due(day, 1),
        lambda: edition.due_on(day, received=date(2026, 12, 1)),
        lambda: edition.subtract(day, 1),
    ):
        with pytest.raises(BeyondHorizon) as refused:
            ask()
        assert refused.value.year == 2027


def test_the_last_final_day_is_answered() -> None:
    edition = calendars.edition()

    assert edition.horizon == date(2026, 12, 28)
    assert edition.last_covered == date(2026, 12, 31)
    assert edition.add(date(2026, 12, 25), 1) == date(2026, 12, 28)
    assert edition.explain(date(2026, 12, 28)).kind == "workday"
    assert edition.next_working_day(date(2026, 12, 27)) == date(2026, 12, 28)
    assert not edition.due(date(2026, 12, 25), 1).provisional


def test_past_the_statutory_days_nothing_is_given_even_provisionally() -> None:
    with pytest.raises(BeyondHorizon) as refused:
        calendars.edition().due(date(2030, 12, 20), 20, allow_provisional=True)

    assert refused.value.year == 2031


def test_a_day_fixed_past_the_horizon_has_bounds_too() -> None:
    """1 and 2 January 2027 rest; Monday 4 January is the next working day."""
    due = calendars.edition().due_on(date(2027, 1, 2), received=date(2026, 12, 1), allow_provisional=True)

    assert (due.date, due.provisional, due.working_days) == (date(2027, 1, 4), True, None)
    assert due.earliest <= due.date <= due.latest


def test_before_the_first_notice_on_record_december_2018_is_final_through_the_28th() -> None:
    edition = calendars.edition(date(2018, 12, 5))

    assert (edition.notices, edition.first_day, edition.horizon) == ((), date(2018, 12, 1), date(2018, 12, 28))
    assert edition.add(date(2018, 12, 3), 19) == date(2018, 12, 28)
    with pytest.raises(BeyondHorizon) as refused:
        edition.add(date(2018, 12, 3), 20)
    assert refused.value.year == 2019


def test_what_was_known_before_the_record_begins_is_refused() -> None:
    with pytest.raises(BadInput):
        calendars.edition(date(2018, 11, 30))
