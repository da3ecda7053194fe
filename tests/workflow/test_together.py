"""A docket played five hundred lines a transaction says the same as one played line by line, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import acts
import pytest
import raw
from acts import at
from databases import only_postgresql

import gongxiang
from gongxiang.errors import Conflict, StoreError
from gongxiang.workflow.docket import Played, play
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.together import together

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jsonl"))
Lines = list[str]


def played(url: str, lines: Lines, *, batch: int, **how: Any) -> tuple[Engine, Played]:
    engine = gongxiang.open_engine(url, clock=lambda: at(acts.RECORDED))
    return engine, play(engine, [("docket", lines)], batch=batch, **how)


def all_of_it(engine: Engine) -> list[tuple[str, int, str]]:
    return [(event.case, event.seq, event.hash) for event in engine.ledger()]


def submitting(case: str, **changes: Any) -> str:
    said = {
        "at": "2026-02-12T09:00:00+08:00",
        "do": "open",
        "procedure": "share_request",
        "case": case,
        "by": "labour",
        "provider": "police",
        "resource": acts.RESOURCE,
        "payload": acts.REQUEST,
    }
    return json.dumps({**said, **changes}, ensure_ascii=False)


def registering() -> Lines:
    said = {"at": "2026-01-05T08:00:00+08:00", "do": "register"}
    return [json.dumps({**said, "department": acts.department(name)}) for name in ("police", "labour", "bureau")]


@pytest.mark.parametrize("docket", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("batch", [2, 500])
def test_the_events_are_those_of_line_by_line_and_so_is_what_is_said_of_them(
    docket: Path, batch: int, url: str
) -> None:
    lines = docket.read_text("utf-8").splitlines()
    one, said_of_one = played("sqlite://", lines, batch=1, keep_going=True)
    many, said_of_many = played(url, lines, batch=batch, keep_going=True)

    assert all_of_it(many) == all_of_it(one)
    assert said_of_many.as_record() == said_of_one.as_record()
    assert acts.faults(many) == []


def test_a_refused_line_leaves_what_stood_before_it_and_nothing_of_itself(url: str) -> None:
    lines = [*registering(), submitting("R-1"), submitting("R-2", provider="nobody"), submitting("R-3")]

    engine, said = played(url, lines, batch=500)

    assert [(line.line, line.error.code) for line in said.refused] == [(5, "unknown_department")]
    assert [case.case for case in engine.cases()] == ["R-1"]
    assert (said.events, acts.faults(engine)) == (1, [])


@pytest.mark.parametrize("batch", [1, 2])
def test_a_fault_of_the_database_ends_the_play_and_the_next_one_goes_on_from_there(batch: int, shared_url: str) -> None:
    lines = [*registering(), *(submitting(f"R-{number}") for number in range(1, 6))]
    done = 0

    def away(lines: int) -> None:
        nonlocal done
        done += lines
        if done == 4:
            raw.tell(shared_url, "ALTER TABLE gongxiang_outbox RENAME TO somewhere_else")

    with pytest.raises(StoreError) as caught:
        played(shared_url, lines, batch=batch, keep_going=True, advance=away)
    raw.tell(shared_url, "ALTER TABLE somewhere_else RENAME TO gongxiang_outbox")
    told, stood = caught.value.reasons[-1], gongxiang.open_engine(shared_url).cases()
    engine, said = played(shared_url, lines, batch=batch, keep_going=True)

    assert (told.code, "4 lines" in told.text.en) == ("play_broken_off", True)
    assert [case.case for case in stood] == ["R-1"]
    assert (len(engine.cases()), said.refused, acts.faults(engine)) == (5, [], [])


def test_a_line_whose_key_came_a_moment_ago_is_the_same_act(url: str) -> None:
    lines = [*registering(), submitting("R-1", key="k"), submitting("R-1", key="k"), submitting("R-2")]

    engine, said = played(url, lines, batch=500)

    assert said.refused == []
    assert said.events == 2
    assert [case.case for case in engine.cases()] == ["R-1", "R-2"]


def test_a_docket_played_again_in_other_batches_changes_nothing(shared_url: str) -> None:
    lines = [*registering(), submitting("R-1"), submitting("R-2")]
    engine, _ = played(shared_url, lines, batch=2)
    before = all_of_it(engine)

    again, said = played(shared_url, lines, batch=500)

    assert all_of_it(again) == before
    assert (said.events, [case.case for case in said.cases]) == (0, ["R-1", "R-2"])


@only_postgresql  # on SQLite nobody else can write while acts are gathered
def test_acts_gathered_while_another_engine_opens_one_of_the_cases_are_written_all_or_none(shared_url: str) -> None:
    engine = acts.engine(shared_url)
    other = acts.engine(shared_url)

    def overtaken() -> None:
        with together(engine, ["R-1", "R-2"], []) as gathered:
            acts.request(gathered, "R-1")
            acts.request(gathered, "R-2")
            acts.request(other, "R-2")

    with pytest.raises(Conflict):
        overtaken()

    assert [case.case for case in other.cases()] == ["R-2"]
    assert acts.faults(other) == []
