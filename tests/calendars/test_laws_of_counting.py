"""Laws of counting, on the real notices and on made-up worlds of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from made_up_worlds import DAY, EARLY, LENGTHS, OFF, WEEKENDS, WORLDS, edition_of

from gongxiang import calendars

World = tuple[frozenset[date], frozenset[date]]
REAL = st.dates(date(2018, 12, 1), date(2026, 9, 1))
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def works(day: date, world: World) -> bool:
    off, make_up = world
    return day in make_up or (day.weekday() < 5 and day not in off)


@given(WORLDS, EARLY, st.integers(1, 30))
def test_the_nth_working_day_is_the_one_that_counting_day_by_day_reaches(world: World, day: date, n: int) -> None:
    found, left = day, n
    while left:
        found += DAY
        left -= works(found, world)

    assert edition_of(*world).add(day, n) == found


@given(REAL, LENGTHS)
def test_what_is_added_is_what_is_counted(day: date, n: int) -> None:
    edition = calendars.edition()
    due = edition.add(day, n)

    assert edition.count(day, due) == n
    assert edition.is_working_day(due)
    assert due > day


@given(WORLDS, EARLY, LENGTHS)
def test_what_is_added_is_what_is_counted_in_any_world(world: World, day: date, n: int) -> None:
    edition = edition_of(*world)
    due = edition.add(day, n)

    assert edition.count(day, due) == n
    assert works(due, world)


@given(WORLDS, EARLY, LENGTHS, st.integers(1, 40))
def test_a_longer_period_or_a_later_receipt_is_never_due_earlier(world: World, day: date, n: int, more: int) -> None:
    edition = edition_of(*world)

    assert edition.add(day, n) < edition.add(day, n + more)
    assert edition.add(day, n) <= edition.add(day + DAY * more, n)


@given(WORLDS, EARLY, LENGTHS, OFF)
def test_a_further_rest_day_never_makes_a_due_date_earlier(
    world: World, day: date, n: int, further: frozenset[date]
) -> None:
    off, make_up = world

    assert edition_of(off, make_up).add(day, n) <= edition_of(off | further - make_up, make_up - further).add(day, n)


@given(WORLDS, EARLY, LENGTHS, WEEKENDS)
def test_a_further_make_up_day_never_makes_a_due_date_later(
    world: World, day: date, n: int, further: frozenset[date]
) -> None:
    off, make_up = world

    assert edition_of(off - further, make_up | further).add(day, n) <= edition_of(off, make_up).add(day, n)


@given(WORLDS, WORLDS, EARLY, st.integers(1, 20))
def test_a_change_outside_the_counted_days_moves_nothing(world: World, other: World, day: date, n: int) -> None:
    due = edition_of(*world).add(day, n)
    span = {day + DAY * k for k in range(1, (due - day).days + 1)}
    mixed = [frozenset(b - span) | frozenset(a & span) for a, b in zip(world, other, strict=True)]

    assert edition_of(mixed[0] - mixed[1], mixed[1]).add(day, n) == due


@given(REAL, st.integers(1, 20))
def test_the_day_of_receipt_is_never_counted_and_the_sheet_counts_to_n(day: date, n: int) -> None:
    due = calendars.edition().due(day, n)

    assert [d.date for d in due.days] == [day + DAY * k for k in range(1, (due.date - day).days + 1)]
    assert [d.number for d in due.days if d.counted] == list(range(1, n + 1))
    assert all(d.number is None and d.source for d in due.days if not d.counted)
    assert due.days[-1].date == due.date
    assert due.days[-1].counted


@given(st.datetimes(datetime(2019, 1, 1), datetime(2026, 9, 1)), ZONES, st.integers(1, 20))  # noqa: DTZ001 - zone follows
def test_the_zone_in_which_a_moment_is_written_does_not_matter(moment: datetime, zone: timezone, n: int) -> None:
    received = moment.replace(tzinfo=calendars.BEIJING)

    here, there = (calendars.edition().due(at, n) for at in (received, received.astimezone(zone)))

    assert (here.date, here.received_day) == (there.date, there.received_day) == (here.date, moment.date())


@given(REAL, st.integers(1, 20))
def test_in_time_ends_at_midnight_after_the_due_day(day: date, n: int) -> None:
    due = calendars.edition().due(day, n)

    assert due.ends_before == datetime.combine(due.date + DAY, time(), calendars.BEIJING)


@given(st.dates(date(2019, 6, 1), date(2026, 9, 1)), LENGTHS)
def test_what_is_subtracted_works_and_has_as_many_working_days_after_it(day: date, n: int) -> None:
    edition = calendars.edition()
    before = edition.subtract(day, n)

    assert edition.is_working_day(before)
    assert edition.count(before, day) == (n if edition.is_working_day(day) else n - 1)
    assert before < day


@settings(max_examples=40)
@given(st.dates(date(2026, 11, 1), date(2029, 6, 1)), st.integers(1, 40))
def test_a_provisional_date_lies_within_its_bounds_and_works_by_the_law(day: date, n: int) -> None:
    due = calendars.edition().due(day, n, allow_provisional=True)
    assume(due.provisional)

    assert due.earliest <= due.date <= due.latest
    assert due.days[-1].counted
    assert sum(d.counted for d in due.days) == n


@given(REAL, st.integers(1, 20))
def test_an_amendment_known_later_is_not_known_earlier(day: date, n: int) -> None:
    """What is computed with the notices of a day stays what it was, whatever is published after."""
    edition = calendars.edition(known_on=date(2020, 1, 26))
    assume(day < date(2020, 11, 1))

    due = edition.due(day, n)

    assert set(edition.notices) == {"2019", "2019-amend-1", "2020"}
    assert "国办发明电〔2020〕1号" not in {d.source for d in due.days}


@pytest.mark.parametrize("known_on", [date(2018, 12, 5), date(2018, 12, 6), date(2020, 1, 27), date(2026, 1, 1)])
def test_the_same_question_gives_the_same_edition(known_on: date) -> None:
    assert calendars.edition(known_on) is calendars.edition(known_on)
    assert calendars.edition(known_on).id == calendars.edition(known_on, calendars.shipped_notices()).id
