"""A case that a step of another opens has parties of its own table, lent or acting, whatever the decree calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import gongxiang
from gongxiang import rules
from gongxiang.errors import Language
from gongxiang.workflow import auditing, docket
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.soundness import faults_in

MADE_UP = Path(__file__).parent / "made_up"
PARTY = {"kinds": ["government"], "article": "2.1"}


def titled(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": {"zh": name, "en": name}, **more}


def inspection() -> dict[str, Any]:
    """Return a table whose cases the loan opens: of the provider, which is lent, and of whoever acted."""
    return {
        "procedure": "inspection",
        "title": {"zh": "介质检验", "en": "Inspection of a medium"},
        "article": "2",
        "anchor": "provider",
        "party": [
            {**PARTY, "role": "department", "named_by": ["by"]},
            {**PARTY, "role": "provider", "named_by": ["provider"]},
        ],
        "state": [titled("open", owes="provider", duty="find_whole"), titled("whole", final=True)],
        "step": [
            titled("inspect", to="open", by="department", own=True),
            titled(
                "find_whole",
                **{"from": "open", "to": "whole", "by": "provider", "own": True},
                follows=[{"relation": "origin", "step": "note_whole"}],
            ),
        ],
    }


def made_up() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the made-up measures with the inspection, the table of the loan, and the act that opens the inspection."""
    document = json.loads(json.dumps(rules.open_instrument(MADE_UP).book.document))
    loan = next(table for table in document["procedures"] if table["procedure"] == "loan")
    document["procedures"].append(inspection())
    follow = {"relation": "inspection", "procedure": "inspection", "step": "inspect", "suffix": "I"}
    next(entry for entry in loan["step"] if entry["id"] == "give_back")["follows"] = [follow]
    loan["activity"] = [titled("note_whole", **{"from": "returned"}, by="engine", own=True)]
    return document, loan, follow


def said(document: dict[str, Any], language: Language = "en") -> list[str]:
    return [f"{fault.text.of(language)} ({fault.mend.of(language)})" for fault in faults_in(document)]


def department(name: str) -> dict[str, Any]:
    entry = {"id": name, "name": name, "region": "210100", "level": "city", "kind": "government"}
    return {"at": "2021-01-01T00:00:00+08:00", "do": "register", "department": entry}


def test_a_case_opened_by_a_step_has_the_parties_of_its_own_table_and_answers_to_its_origin(url: str) -> None:
    document, _, _ = made_up()
    engine = gongxiang.open_engine(url, rules=rule_book(document))
    opening = {"procedure": "loan", "provider": "owner", "payload": {"medium": "硬盘"}}
    lines = [
        department("user"),
        department("owner"),
        {"at": "2026-03-02T09:00:00+08:00", "do": "open", "case": "L-1", "by": "user", **opening},
        {"at": "2026-03-05T09:00:00+08:00", "do": "give_back", "case": "L-1", "by": "user"},
        {"at": "2026-03-06T09:00:00+08:00", "do": "find_whole", "case": "L-1/I", "by": "owner"},
    ]

    docket.play(engine, [("docket", [json.dumps(line) for line in lines])])

    inspected, loan = engine.case("L-1/I").as_record(), engine.case("L-1").as_record()
    assert inspected["parties"] == {"department": "user", "provider": "owner"}
    assert inspected["links"] == [{"relation": "origin", "case": "L-1"}]
    assert loan["links"] == [{"relation": "inspection", "case": "L-1/I"}]
    assert [event.name for event in engine.history("L-1")] == ["borrow", "give_back", "note_whole"]
    assert auditing.verify(engine).findings == ()


def test_a_party_that_is_neither_lent_nor_who_acts_is_refused() -> None:
    document, _, _ = made_up()
    document["procedures"][-1]["party"][0]["named_by"] = ["against"]

    found = said(document)

    assert len(found) == 1
    assert found[0].startswith("loan has no 'department' to lend to inspection (name 'department' by the one who")


def test_a_lent_party_is_of_a_kind_that_the_new_table_admits() -> None:
    document, loan, _ = made_up()
    next(party for party in loan["party"] if party["role"] == "provider")["kinds"] = ["government", "utility"]

    assert said(document) == [
        "the 'provider' of inspection cannot be of kind utility, and here it can "
        "(add utility to its kinds in inspection)"
    ]


def test_a_resource_that_the_new_table_requires_is_one_that_can_be_lent() -> None:
    document, _, _ = made_up()
    document["procedures"][-1]["resource"] = "required"

    assert said(document) == [
        'inspection needs a resource, and a case of this table may have none (write resource = "unless_about" there)'
    ]


@pytest.mark.parametrize("relation", ["origin", "about"])
def test_a_relation_that_means_something_already_is_refused(relation: str) -> None:
    document, _, follow = made_up()
    follow["relation"] = relation

    assert f"the relation '{relation}' has a meaning of its own (choose another name)" in said(document)
