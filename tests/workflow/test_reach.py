"""No deadline is passed over that another edition would date otherwise, though only those it can reach are read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import combinations

import acts
import pytest
from acts import at
from test_host_session import notice_2027
from test_recalculation import AMENDMENT

from gongxiang import calendars
from gongxiang.calendars import BEIJING, Counting, Edition
from gongxiang.workflow.reach import Reach, first_difference

NOTICES = (*calendars.shipped_notices(), AMENDMENT, notice_2027(7))
EDITIONS = [calendars.edition(notice.published, NOTICES) for notice in NOTICES]
STRICT = Counting(rest_day_receipt="next_working_day", after_hours_receipt="next_working_day")


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        # The notice of 27 January 2020 makes Friday the 31st a day off.
        (date(2020, 1, 26), date(2020, 1, 27), date(2020, 1, 31)),
        # The notice of 22 March 2019 makes Sunday 28 April a day of work.
        (date(2019, 3, 21), date(2019, 3, 22), date(2019, 4, 28)),
        # Until the notice for 2026 nothing after 28 December 2025 is final, and up to then it changes nothing.
        (date(2025, 11, 3), date(2025, 11, 4), date(2025, 12, 29)),
        # The first edition in which 2020 stands, and the newest: they differ first where the amendment of 2020 does.
        (date(2019, 11, 21), date(2026, 1, 1), date(2020, 1, 31)),
    ],
)
def test_two_editions_say_the_same_up_to_a_day(before: date, after: date, first: date) -> None:
    one, other = calendars.edition(before), calendars.edition(after)

    assert first_difference(one, other) == first_difference(other, one) == first


@pytest.mark.parametrize("counting", [Counting(), STRICT], ids=["plain", "strict"])
def test_what_is_due_before_that_day_is_due_on_the_same_day_by_both(counting: Counting) -> None:
    wrong = []
    for one, other in combinations(EDITIONS, 2):
        first = first_difference(one, other)
        for received in _starts(one, first):
            for length in (1, 5, 20):
                due = one.due(received, length, counting=counting, allow_provisional=True)
                if due.date < first:
                    again = other.due(received, length, counting=counting, allow_provisional=True)
                    if (again.date, again.provisional) != (due.date, due.provisional):
                        wrong.append((one.id, other.id, received, length))

    assert wrong == []


def _starts(edition: Edition, first: date) -> list[datetime]:
    """Return an evening in five on which something could be received that is due before `first`."""
    days = (first - edition.first_day).days
    return [
        datetime.combine(edition.first_day + timedelta(days=number), time(20), BEIJING) for number in range(0, days, 5)
    ]


def test_every_edition_that_dated_something_is_known_again_by_its_id() -> None:
    imported = NOTICES[-2:]
    dated = [
        calendars.edition(day, (*calendars.shipped_notices(), *imported[:count]))
        for count in range(3)
        for day in (date(2019, 1, 2), date(2020, 1, 27), date(2024, 11, 10), date(2026, 6, 15), date(2026, 12, 30))
    ]
    reach = Reach(calendars.edition(notices=NOTICES), imported)

    assert [found.id for one in dated if (found := reach.find(one.id))] == [one.id for one in dated]


def test_nothing_is_passed_over_where_nobody_knows_any_more_what_an_edition_said() -> None:
    newest = calendars.edition()

    assert Reach(newest, ()).firsts(["cn-unknown", newest.id]) == {"cn-unknown": date.min}


def test_the_plan_names_what_counting_every_deadline_anew_would_name(url: str) -> None:
    engine = acts.engine(url)
    stored = {}
    for day in range(1, 32):
        name = f"R-{day:02}"
        received = at(f"2026-12-{day:02}T09:00")
        acts.request(engine, name, at=received)
        stored[name] = received, engine.case(name, now=received).deadlines[0].due
    notice = notice_2027(7)
    edition = calendars.edition(notices=(*calendars.shipped_notices(), notice))

    plan = engine.recalculation_plan(now=at("2026-12-31T10:00"), notices=(notice,))

    moving = {
        name: due.date for name, (received, old) in stored.items() if (due := edition.due(received, 5)).date > old
    }
    confirmed = {name for name, (_, old) in stored.items() if old > date(2026, 12, 28)} - moving.keys()
    assert {move.case: move.new for move in plan if move.kind == "moves"} == moving
    assert {move.case for move in plan if move.kind == "confirmed"} == confirmed
    assert len(plan) == len(moving) + len(confirmed)
    assert moving
    assert confirmed
