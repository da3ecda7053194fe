"""Lists and the day's board show what is newest or most urgent and say where there is more; they are read from the
indexes, so that their cost does not grow with what is stored.

By the notice of 2025 (国办发明电〔2025〕7号) 15 to 23 February 2026 are off and Saturdays 14 and 28 are worked: a
request received on 9, 10, 11, 12 or 13 February is to be answered, five working days on, by 14, 24, 25, 26 or 27
February.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import raw
from acts import at, engine, finding, order, request
from sqlalchemy import Connection, event, text

from gongxiang import Engine, rules
from gongxiang.errors import BadInput, UnknownCase
from gongxiang.workflow.board import Board
from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT
from gongxiang.workflow.vocabulary import Phase

RECEIVED = {"R-3": "2026-02-09", "R-1": "2026-02-10", "R-5": "2026-02-11", "R-2": "2026-02-12", "R-4": "2026-02-13"}
DUE = {"R-3": "2026-02-14", "R-1": "2026-02-24", "R-2": "2026-02-26", "R-4": "2026-02-27"}
NOW = at("2026-02-13T10:00")
LATER = at("2026-03-02T10:00")


@pytest.fixture
def asked(url: str) -> Engine:
    """Five requests, one a day; the police refuse R-5 on the fourth day, and nothing is owed there any more."""
    opened = engine(url)
    for case, day in RECEIVED.items():
        request(opened, case, at=at(f"{day}T09:00"))
    opened.fire("R-5", "refuse", by="police", at=at("2026-02-12T15:00"), payload={"reasons": "目录有误"})
    return opened


def names(opened: Engine, **asked_for: Any) -> list[str]:
    return [view.case for view in opened.cases(**{"now": NOW, **asked_for})]


def dispute(opened: Engine) -> None:
    """Raise a dispute about R-5: the authority is to take it up, and no limit says by when."""
    opened.fire("R-5", "raise_dispute", by="labour", at=at("2026-02-13T09:30"), payload={"grounds": "目录有据"})


def board(shown: Board) -> dict[str, str | None]:
    items = [item for group in shown.groups for item in group.items]
    return {item.case: item.due.isoformat() if item.due else None for item in items}


# Cases


def test_without_a_limit_all_cases_are_listed_in_order_of_opening(asked: Engine) -> None:
    assert names(asked) == ["R-3", "R-1", "R-5", "R-2", "R-4"]


@pytest.mark.parametrize(
    ("asked_for", "found"),
    [
        ({}, ["R-2", "R-4"]),
        ({"state": "awaiting_reply"}, ["R-2", "R-4"]),
        ({"state": "refused"}, ["R-5"]),
        ({"procedure": "share_request"}, ["R-2", "R-4"]),
        ({"procedure": "incident"}, []),
        ({"owes": "police"}, ["R-2", "R-4"]),
        ({"phase": "met"}, ["R-5"]),
        ({"phase": "running"}, ["R-2", "R-4"]),
        ({"phase": "overdue", "now": at("2026-02-26T10:00")}, ["R-3", "R-1"]),
        ({"owes": "police", "phase": "overdue", "now": at("2026-02-26T10:00")}, ["R-3", "R-1"]),
    ],
)
def test_a_limit_leaves_the_newest_of_those_that_fit_in_order_of_opening(
    asked_for: dict[str, Any], found: list[str], asked: Engine
) -> None:
    assert names(asked, limit=2, **asked_for) == found


def test_a_deadline_that_was_met_later_was_still_running_at_a_moment_before(asked: Engine) -> None:
    before = at("2026-02-12T14:00")

    assert names(asked, phase="running", now=before) == ["R-3", "R-1", "R-5", "R-2", "R-4"]
    assert names(asked, phase="met", now=before) == []


def test_a_list_by_phase_is_what_looking_at_every_case_finds_at_any_moment(asked: Engine) -> None:
    dispute(asked)
    order_after_finding(asked)
    asked.fire("R-1", "refuse", by="police", at=at("2026-02-24T09:00"), payload={"reasons": "目录有误"})
    asked.sweep(now=at("2026-02-25T09:00"))
    asked.fire("R-3", "refuse", by="police", at=at("2026-02-25T10:00"), payload={"reasons": "目录有误"})
    asked.fire("X-1", "report_correction", by="police", at=at("2026-02-25T11:00"), payload={"evidence": "已改"})
    asked.sweep(now=LATER)
    found: dict[Phase, set[str]] = {phase: set() for phase in Phase}

    for hours in range(0, 21 * 24, 12):  # at ten in the morning an act of that very moment has happened
        now = at("2026-02-09T10:00") + timedelta(hours=hours)
        every = asked.cases(now=now)
        for phase in Phase:
            fitting = [view.case for view in every if any(one.phase is phase for one in view.deadlines)]
            assert names(asked, phase=phase, now=now) == fitting
            assert names(asked, phase=phase, now=now, limit=2) == fitting[-2:]
            found[phase] |= set(fitting)

    assert [phase for phase, cases in found.items() if not cases] == [Phase.VOID]


def test_cases_are_listed_by_the_case_that_they_are_about(asked: Engine) -> None:
    finding(asked, "X-1", payload={"ground": "26.2", "facts": "未按规定共享", "about": "R-5"})
    dispute(asked)

    assert names(asked, about="R-5") == ["R-5/D", "X-1"]
    assert names(asked, about="R-5", procedure="dispute") == ["R-5/D"]
    assert names(asked, about="R-1") == []
    with pytest.raises(UnknownCase):
        names(asked, about="R-9")


@pytest.mark.parametrize("limit", [0, -1, "2", 1.5, True])
def test_a_limit_is_a_whole_number_of_at_least_one(limit: Any, asked: Engine) -> None:
    for ask in (lambda: asked.cases(limit=limit), lambda: asked.today(limit=limit), lambda: asked.today(lapses=limit)):
        with pytest.raises(BadInput):
            ask()


def test_names_that_are_cases_are_found_five_hundred_at_a_time(asked: Engine) -> None:
    wanted = ["R-4", *(f"N-{number}" for number in range(1200)), "R-1", "R-4"]

    with statements(asked) as said:
        found = asked.existing(wanted)

    assert found == ["R-4", "R-1", "R-4"]
    assert len(said) == 3


@pytest.mark.parametrize(("typed", "meant"), [("R-20399x", "R-20399"), ("R-9", "R-5")])
def test_of_many_names_that_begin_alike_the_nearest_is_suggested(typed: str, meant: str, shared_url: str) -> None:
    request(engine(shared_url), "R-5")
    copied(shared_url, "R-5", 20000, 20999)
    asked = engine(shared_url)

    with statements(asked) as said, pytest.raises(UnknownCase, match=f"did you mean '{meant}'"):
        asked.case(typed)

    assert_indexed(asked, said, set())


def test_a_dry_sweep_after_a_holiday_says_few_values_at_once_and_finds_what_the_sweep_then_records(
    shared_url: str,
) -> None:
    request(engine(shared_url), "R-10000", at=at("2026-02-09T09:00"))
    copied(shared_url, "R-10000", 10001, 11200)
    opened = engine(shared_url)

    with statements(opened) as said:
        dry = opened.sweep(now=LATER, dry_run=True)

    assert [one.case for one in dry.lapses] == [f"R-{number}" for number in range(10000, 11201)]
    assert max(len(values) for _, values in said) <= 500
    assert opened.sweep(now=LATER).as_record() == dry.as_record()


def test_as_many_cases_and_keys_as_anybody_asks_for_are_read_beforehand(shared_url: str) -> None:
    request(engine(shared_url), "R-1", idempotency_key="K-1")
    many = 70_000  # PostgreSQL takes 65,535 values in one statement, SQLite as it is built by default 32,766

    with engine(shared_url)._store.read() as transaction:
        transaction.preload(["R-1", *(f"N-{number}" for number in range(many))])
        transaction.preload_keys(["K-1", *(f"N-{number}" for number in range(many))])
        read = [(transaction.case(one), transaction.key(one)) for one in ("R-1", "N-69999", "K-1")]

    assert [(case is not None, key is not None) for case, key in read] == [(True, False), (False, False), (False, True)]


# The board


def test_the_board_of_all_open_cases_leaves_nothing_out(asked: Engine) -> None:
    dispute(asked)

    shown = asked.today(now=NOW)

    assert board(shown) == {**DUE, "R-5/D": None}
    assert (shown.left_out, shown.as_record()["more"]) == ((), False)


def test_a_limited_board_has_the_open_cases_that_are_due_first_and_says_that_there_are_more(asked: Engine) -> None:
    shown = asked.today(now=NOW, limit=2)

    assert board(shown) == {"R-3": "2026-02-14", "R-1": "2026-02-24"}
    record = shown.as_record()
    assert (record["limit"], record["more"], record["left_out"]) == (2, True, ["groups"])


def test_cases_without_a_date_come_last(asked: Engine) -> None:
    dispute(asked)

    assert board(asked.today(now=NOW, limit=4)) == DUE
    assert asked.today(now=NOW, limit=4).left_out == ("groups",)
    assert board(asked.today(now=NOW, limit=6)) == {**DUE, "R-5/D": None}
    assert asked.today(now=NOW, limit=6).left_out == ()


def test_the_newest_lapses_are_looked_at_for_proposals_and_older_ones_said_to_be_left_out(asked: Engine) -> None:
    asked.sweep(now=LATER)

    two, four = asked.today(now=LATER, lapses=2), asked.today(now=LATER, lapses=4)

    assert [one.case for one in two.proposals] == ["R-2", "R-4"]
    assert two.left_out == ("proposals",)
    assert [one.case for one in four.proposals] == ["R-1", "R-2", "R-3", "R-4"]
    assert four.left_out == ()


def test_lapses_after_the_moment_asked_about_take_no_place_on_the_board(asked: Engine) -> None:
    asked.sweep(now=LATER)

    shown = asked.today(now=at("2026-02-25T12:00"), lapses=2)

    assert [one.case for one in shown.proposals] == ["R-1", "R-3"]
    assert shown.left_out == ()


def test_a_lapse_is_taken_up_by_a_case_against_who_owed_and_by_no_other(asked: Engine) -> None:
    asked.sweep(now=LATER)
    about = {"ground": "26.7", "facts": "逾期未答复", "about": "R-1"}
    finding(asked, "X-1", against="labour", at=LATER, payload=about)

    assert "R-1" in [one.case for one in asked.today(now=LATER).proposals]

    finding(asked, "X-2", against="police", at=LATER, payload=about)

    assert "R-1" not in [one.case for one in asked.today(now=LATER).proposals]


def test_what_a_known_notice_holds_back_is_limited_and_said_to_be(url: str) -> None:
    opened = engine(url)
    for case in ("R-1", "R-2", "R-3"):
        # Due on 3 February 2020 by the notice of 2019; on the 5th by the one published on 27 January 2020.
        request(opened, case, at=at("2020-01-21T09:00"))
    between = at("2020-02-04T09:00")

    whole, two = opened.today(now=between), opened.today(now=between, lapses=2)

    assert [(held.case, held.due, held.would_be) for held in whole.held] == [
        (case, "2020-02-03", "2020-02-05") for case in ("R-1", "R-2", "R-3")
    ]
    assert ([held.case for held in two.held], two.left_out) == (["R-1", "R-2"], ("held",))


# What is read


def copied(url: str, case: str, first: int, last: int) -> None:
    """Copy the rows of a case and its deadlines, as R-`first` to R-`last`, and its events as they are."""
    for table in (EVENT, CASE, DEADLINE):
        columns = table.columns.keys()[1:]
        same = [
            f"replace(snapshot, '\"{case}\"', '\"R-' || n || '\"')" if one == "snapshot" else one for one in columns
        ]
        raw.tell(
            url,
            f"WITH RECURSIVE n (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {last})"
            f" INSERT INTO {table.name} (case_id, {', '.join(columns)})"
            f" SELECT 'R-' || n, {', '.join(same)} FROM {table.name} CROSS JOIN n WHERE case_id = '{case}'",
        )


@contextmanager
def statements(opened: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collect what is said to the database in SQLAlchemy's words."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        said.append((statement, values))

    database = opened._store._own
    event.listen(database, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(database, "before_cursor_execute", hear)


READ_WHOLE = re.compile(r"SCAN gongxiang_\w+$|.*Seq Scan on gongxiang_")


def plan(connection: Connection, statement: str, values: Any) -> list[str]:
    """Return how the database would find the rows, were the tables too large to be read whole."""
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values)]


QUESTIONS = [
    ({"limit": 2}, "case_opened"),
    ({"state": "refused", "limit": 2}, "case_state"),
    ({"about": "R-1", "limit": 2}, "case_about"),
    ({"owes": "police", "limit": 2}, "case_open"),
    ({"phase": "met", "limit": 2}, "case_opened"),
    ({"procedure": "share_request", "limit": 2}, "case_procedure"),
    ({"phase": "overdue", "limit": 2}, "case_last"),
    ({"phase": "due_today", "state": "awaiting_reply"}, "case_last"),
    ({"phase": "running"}, "deadline_edition"),
    ({"phase": "stopped", "limit": 2}, "deadline_edition"),
]


@pytest.mark.parametrize(("asked_for", "index"), QUESTIONS, ids=str)
def test_a_list_is_read_from_an_index(asked_for: dict[str, Any], index: str, asked: Engine) -> None:
    with statements(asked) as said:
        asked.cases(now=NOW, **asked_for)

    assert_indexed(asked, said, {index})


@pytest.mark.parametrize("narrowed", [{"state": "refused"}, {"procedure": "share_request"}], ids=str)
def test_the_database_sees_which_state_or_procedure_is_asked_for(narrowed: dict[str, str], asked: Engine) -> None:
    ((column, value),) = narrowed.items()
    with statements(asked) as said:
        found = asked.cases(now=NOW, **narrowed)  # type: ignore[arg-type]

    assert [view.case for view in found] == (["R-5"] if value == "refused" else sorted(RECEIVED, key=RECEIVED.get))
    assert [one for one, _ in said if f"{column} = '{value}'" in one]


def test_the_board_is_read_from_the_indexes_of_what_is_open_and_of_what_has_lapsed(asked: Engine) -> None:
    order_after_finding(asked)
    asked.sweep(now=LATER)
    with statements(asked) as said:
        asked.today(now=LATER, limit=2)

    assert_indexed(asked, said, {"case_open", "deadline_alarm", "deadline_proposes", "case_about"})


def test_a_migration_reads_the_open_cases_from_their_index(asked: Engine) -> None:
    book = rules.rule_book("decree-330")
    said_of = {"from": "decree-330", "to": "decree-330", "reasons": "试行", "procedure": [], "leave": ["share_request"]}
    with statements(asked) as said:
        assert asked.migration_plan(said_of, to=book, now=NOW) == []

    assert_indexed(asked, [one for one in said if "FROM gongxiang_rule_book" not in one[0]], {"case_open"})


def test_a_question_about_one_case_reads_no_table_whole(asked: Engine) -> None:
    with statements(asked) as said:
        asked.case("R-1", now=NOW)
        asked.options("R-1", by="police", now=NOW)
        asked.explain("R-1", now=NOW)
        asked.history("R-1")
        with pytest.raises(UnknownCase, match="R-1"):
            asked.case("R-11", now=NOW)

    assert_indexed(asked, said, set())


def order_after_finding(opened: Engine) -> None:
    finding(opened, at=at("2026-02-13T09:30"))
    order(opened, at=at("2026-02-13T09:40"))


def assert_indexed(opened: Engine, said: list[tuple[str, Any]], wanted: set[str]) -> None:
    used: set[str] = set()
    with opened._store._own.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))
            connection.execute(text("SET enable_bitmapscan = off"))
        for statement, values in said:
            steps = plan(connection, statement, values)
            used |= {index for index in wanted for step in steps if f"gongxiang_{index} " in f"{step} "}
            assert not [step for step in steps if READ_WHOLE.match(step)], steps
        if connection.dialect.name == "postgresql":
            connection.execute(text("RESET ALL"))
    assert used == wanted


def test_rule_books_at_hand_are_not_read_again(asked: Engine) -> None:
    asked.cases(state="refused", now=NOW)

    with statements(asked) as said:
        asked.cases(state="refused", procedure="share_request", now=NOW)
        asked.books()

    assert not [statement for statement, _ in said if "gongxiang_rule_book.document" in statement]
