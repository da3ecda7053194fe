"""The machine takes exactly the rows of the table, from threads too, and guards answer yes or no."""

from __future__ import annotations

import json
import threading
from typing import Any

import acts
import pytest
from acts import at

from gongxiang import rules
from gongxiang.workflow import conditions, machine
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.law import OneBook
from gongxiang.workflow.machine import NEW, Walker, walk
from gongxiang.workflow.procedure import Procedure, Row

BOOK = rules.rule_book()
PROCEDURES = list(BOOK.procedures.values())


def yes(_: Row) -> bool:
    return True


def no(_: Row) -> bool:
    return False


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.id)
def test_from_every_state_every_name_leads_where_the_table_says_and_nowhere_else(procedure: Procedure) -> None:
    for state in (NEW, *procedure.states):
        for name in procedure.by_name:
            listed = [row for row in procedure.rows if row.name == name and state in (row.sources or (NEW,))]
            walker = Walker(state, yes)

            taken = walk(procedure, name, walker)

            assert taken is (listed[0] if listed else None), (state, name)
            assert walker.state == ((listed[0].to or state) if listed else state), (state, name)


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.id)
def test_a_row_that_does_not_admit_the_act_moves_nothing_and_the_next_one_is_asked(procedure: Procedure) -> None:
    for (name, state), listed in procedure.leading_from.items():
        asked: list[Row] = []

        def only_the_last(row: Row, asked: list[Row] = asked, last: Row = listed[-1]) -> bool:
            asked.append(row)
            return row is last

        refused, admitted = Walker(state, no), Walker(state, only_the_last)

        assert (walk(procedure, name, refused), refused.state) == (None, state)
        assert walk(procedure, name, admitted) is listed[-1]
        assert asked == list(listed)


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.id)
def test_the_machine_has_no_jumps_of_its_own_and_is_not_attached(procedure: Procedure) -> None:
    walk(procedure, procedure.rows[0].name, Walker(NEW, yes))
    built = machine._machines[procedure.version]

    assert set(built.events) == set(procedure.by_name)
    assert set(built.states) == {NEW, *procedure.states}
    assert built.models == []


@pytest.mark.parametrize("answer", [1, "yes", None, 1.5])
def test_a_guard_that_answers_anything_but_yes_or_no_is_a_fault(
    answer: Any, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(TypeError, match="not a bool"):
        walk(PROCEDURES[0], PROCEDURES[0].openings[0].name, Walker("", lambda _: answer))

    monkeypatch.setitem(conditions.TESTS, "not_classified", lambda *_: (answer, {}))
    engine = acts.engine(url)
    before = acts.heads(engine)
    with pytest.raises(TypeError, match="not a bool"):
        acts.request(engine)
    assert acts.heads(engine) == before


def test_threads_share_one_machine_and_never_each_other_s_case() -> None:
    procedure = BOOK.procedures["share_request"]
    machine._machines.clear()
    wrong: list[object] = []
    start = threading.Barrier(8)

    def work(state: str, name: str, target: str) -> None:
        start.wait()
        for _ in range(300):
            walker = Walker(state, yes)
            walk(procedure, name, walker)
            if walker.state != target:
                wrong.append((state, name, walker.state))

    moves = [("awaiting_reply", "grant", "granted"), ("refused", "grant", "granted"), ("granted", "close", "closed")]
    threads = [threading.Thread(target=work, args=moves[number % 3]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(machine._machines) == 1


def test_a_definition_is_the_same_after_its_machines_were_built_and_used() -> None:
    document = json.loads(json.dumps(BOOK.document))
    book = rule_book(document)
    before = json.dumps(document, sort_keys=True)
    for procedure in book.procedures.values():
        for name in procedure.by_name:
            for state in ("", *procedure.states):
                walk(procedure, name, Walker(state, yes))

    assert json.dumps(document, sort_keys=True) == before
    assert rule_book(document).hash == book.hash == BOOK.hash


def test_a_case_keeps_the_rule_book_it_was_opened_under_whatever_is_shipped_later(shared_url: str) -> None:
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.store import Store

    acts.request(acts.engine(shared_url))
    document = json.loads(json.dumps(BOOK.document))
    for parameter in document["parameters"]:
        if parameter["id"] == "reply":
            parameter["value"] = 7
    later = Engine(Store(shared_url), OneBook(rule_book(document)), lambda: at(acts.RECORDED))

    acts.request(later, "R-2")

    dues = {case.case: case.deadlines["reply"].due.isoformat() for case in later.projections()}
    assert dues == {"R-1": "2026-02-26", "R-2": "2026-02-28"}, "28 February is a make-up Saturday"
    assert later.case("R-1").rules == BOOK.version != later.case("R-2").rules
