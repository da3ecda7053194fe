"""Time carries nothing and is asked nothing: a table that says more of a lapse than a lapse does is refused.

The loan of the made-up measures is of Mon 2 March 2026; seven working days after it end on Wed 11 March.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import gongxiang
from gongxiang import rules
from gongxiang.workflow import auditing, docket
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.soundness import faults_in

MADE_UP = Path(__file__).parent / "made_up"
SAID: dict[str, Any] = {
    "payload": {"facts": "text"},
    "exactly_one": ["facts"],
    "when": {"medium": "disk"},
    "guards": ["checked"],
    "flags": ["checked"],
    "starts": ["return"],
    "meets": ["return"],
    "stops": ["return"],
    "resumes": ["return"],
    "voids": ["return"],
    "restarts": ["return"],
    "restores": ["return"],
    "remember": {"was": "state"},
    "forget": ["was"],
    "mark": {"field": "facts", "since": ["borrow"]},
    "names": {"competent_organ": "facts"},
    "releases": ["competent_organ"],
    "follows": [{"relation": "origin", "step": "borrow"}],
    "document": "notice.md",
}


def made_up() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the document of the made-up measures, and the table of the loan in it."""
    document = copy.deepcopy(json.loads(json.dumps(rules.open_instrument(MADE_UP).book.document)))
    return document, next(table for table in document["procedures"] if table["procedure"] == "loan")


def step(table: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in table["step"] if entry["id"] == name)


@pytest.mark.parametrize("key", SAID)
def test_what_no_lapse_does_is_refused_on_a_row_of_the_clock(key: str) -> None:
    document, table = made_up()
    step(table, "keep")[key] = SAID[key]
    place = ("procedures", 1, "step", table["step"].index(step(table, "keep")), key)

    found = [fault for fault in faults_in(document) if fault.place == place and "the clock's" in fault.text.en]

    assert [f"remove '{key}'" in fault.mend.en and bool(fault.mend.zh) for fault in found] == [True]


def test_a_row_is_the_clocks_or_somebodys_but_not_both() -> None:
    document, table = made_up()
    step(table, "keep")["by"] = ["clock", "provider"]

    found = [fault for fault in faults_in(document) if fault.place[-1] == "by"]

    assert [fault.text.en for fault in found] == ["the step 'keep' is the clock's and somebody's"]
    assert "two rows" in found[0].mend.en


def test_a_lapse_cannot_end_a_case_whose_limit_it_leaves_unmet() -> None:
    document, table = made_up()
    step(table, "keep")["to"] = "returned"

    found = [fault for fault in faults_in(document) if "while the limit 'return' still runs" in fault.text.en]

    assert [fault.place for fault in found] == [("procedures", 1, "state", 2)]
    assert "a lapse by itself ends no case" in found[0].mend.en


def department(name: str) -> dict[str, Any]:
    entry = {"id": name, "name": name, "region": "210100", "level": "city", "kind": "government"}
    return {"at": "2021-01-01T00:00:00+08:00", "do": "register", "department": entry}


def test_a_lapse_takes_no_step_of_a_department_that_has_the_name_of_the_clocks(url: str) -> None:
    document, table = made_up()
    table["state"].append({"id": "extended", "title": {"zh": "延期", "en": "extended"}})
    said = {"by": "requester", "own": True, "title": {"zh": "延期", "en": "extend"}}
    table["step"] += [
        {**said, "id": "extend", "from": "lent", "to": "extended"},
        {**said, "id": "keep", "from": "extended", "to": "kept"},
    ]
    engine = gongxiang.open_engine(url, rules=rule_book(document))
    loan = {"case": "L-1", "by": "user"}
    opening = {"procedure": "loan", "provider": "owner", "payload": {"medium": "硬盘"}}
    lines = [
        department("user"),
        department("owner"),
        {"at": "2026-03-02T09:00:00+08:00", "do": "open", **loan, **opening},
        {"at": "2026-03-03T09:00:00+08:00", "do": "extend", **loan},
        {"at": "2026-03-12T08:00:00+08:00", "do": "sweep"},
    ]

    played = docket.play(engine, [("docket", [json.dumps(line) for line in lines])])

    assert (played.lapses, engine.case("L-1").state) == (1, "extended")
    assert auditing.verify(engine).findings == ()
