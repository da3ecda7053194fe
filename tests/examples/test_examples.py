"""Each of the jurists' examples (see worked.py), played through the docket reader on a database of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
import worked

import gongxiang
from gongxiang.workflow import docket
from gongxiang.workflow.docket import Played
from gongxiang.workflow.engine import Engine

EXAMPLES = worked.examples()

# Every article of the decree that lays a duty on somebody whom a case can name, or bars an act.
CREATES_A_DUTY = {
    *("2", "3.2", "5.1", "5.2", "5.3", "6", "7", "9.1", "9.2", "10", "12.1", "12.2", "14.4", "15.1", "16"),
    *("17.1", "17.2", "17.3", "18.1", "18.2", "18.3", "19.2", "22", "23", "24.1", "24.2", "26", "27", "28"),
}
GROUNDS = {"26.1", "26.2", "26.3", "26.4", "26.5", "26.6", "26.7"}


def play(example: worked.Example) -> tuple[Engine, Played]:
    engine = gongxiang.open_engine("sqlite://")
    lines = [json.dumps(line, ensure_ascii=False) for line in (*worked.cast(), *example.lines)]
    return engine, docket.play(engine, [("example", lines)], keep_going=True)


def standing(engine: Engine, outcome: Mapping[str, Any], last: datetime) -> dict[str, Any]:
    """Return what stands of the case, under the keys that the outcome has."""
    now = worked.moment(outcome.get("at")) or last
    case = engine.case(outcome["case"], now=now).as_record()
    limits = {one["limit"]: one for one in case["deadlines"]}
    found: dict[str, Any] = {"case": case["case"], "state": case["state"], "at": outcome.get("at")}
    found["phases"] = {limit: one["phase"] for limit, one in limits.items()}
    for key in ("due", "original_due", "provisional"):
        found[key] = {limit: one[key] for limit, one in limits.items()}
    for key in ("met_at", "lapsed_at"):
        found[key] = {limit: worked.moment(one[key]) for limit, one in limits.items()}
    found["lapsed"] = sorted(limit for limit, one in limits.items() if one["lapsed_at"])
    found["flags"] = sorted(case["flags"])
    found["links"] = sorted(link["case"] for link in case["links"])
    proposals = engine.today(now=now).as_record()["proposals"]
    found["proposals"] = [one["ground"] for one in proposals if one["case"] == case["case"]]
    return {key: found[key] for key in outcome}


def wanted(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome with its moments as instants and its sets in order."""
    return {
        key: {limit: worked.moment(text) for limit, text in value.items()}
        if key in ("met_at", "lapsed_at")
        else sorted(value)
        if key in ("lapsed", "flags", "links")
        else value
        for key, value in outcome.items()
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.file}: {example.name}")
def test_what_the_jurists_worked_out_is_what_stands(example: worked.Example) -> None:
    engine, played = play(example)

    last = len(worked.cast()) + len(example.lines)
    reasons = [reason for one in played.refused for reason in one.error.reasons]
    assert [one.line for one in played.refused] == ([last] if example.refused else []), reasons
    if example.refused:
        assert reasons
        said = "".join(f"{one.error.code} " for one in played.refused)
        said += "".join(f"{one.code} {one.text.zh}\n" for one in reasons)
        assert [word for word in example.refused["refused"] if word not in said] == [], said
        if "article" in example.refused:
            assert f"decree-330/{example.refused['article']}" in [one.article for one in reasons]
    moment = max(datetime.fromisoformat(line["at"]) for line in example.lines)
    for outcome in example.stands:
        assert standing(engine, outcome, moment) == wanted(outcome)


def test_every_article_that_creates_a_duty_has_an_example() -> None:
    shown = {article for example in EXAMPLES for article in example.articles}

    assert CREATES_A_DUTY - shown == set()


def test_every_procedure_has_an_outcome_and_a_refusal() -> None:
    decided = {procedure for example in EXAMPLES if not example.refused for procedure in example.procedures}
    refused = {procedure for example in EXAMPLES if example.refused for procedure in example.procedures}

    assert decided == refused == set(worked.FIRST_STEPS)


def test_every_ground_of_article_26_is_found_at_least_once() -> None:
    found = {
        line["payload"]["ground"]
        for example in EXAMPLES
        if not example.refused
        for line in example.lines
        if line.get("procedure") == "rectification"
    }

    assert found == GROUNDS


def test_examples_are_many_have_each_a_name_of_their_own_and_say_why() -> None:
    names = [example.name for example in EXAMPLES]

    assert len(names) >= 60
    assert len(set(names)) == len(names)
    assert [example.name for example in EXAMPLES if not example.why.strip()] == []
