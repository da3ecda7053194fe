"""What decided anything is set right by a step, the rest by a correction; which is which is said by the row it took.

The answers are read off the tables: a field on which a guard, a flag, a mark, a memory, a named role or a date rests.
"""

from __future__ import annotations

import json
from typing import Any

import acts
import pytest
from acts import at

from gongxiang import rules
from gongxiang.errors import BadInput
from gongxiang.workflow import auditing
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.law import OneBook
from gongxiang.workflow.store import Store

NOW = "2026-04-20T10:00"


@pytest.fixture
def engine(url: str) -> Engine:
    opened = acts.engine(url)
    acts.request(opened, payload={**acts.REQUEST, "method": None})
    refusal = {"reasons": "涉及个人隐私", "legal_basis": "某法第一条"}
    opened.fire("R-1", "refuse", by="police", at=at("2026-02-13T09:00"), payload=refusal)
    opened.fire("R-1", "raise_dispute", by="labour", at=at("2026-02-14T09:00"), payload={"grounds": "理由不足"})
    acts.finding(opened)
    acts.order(opened)
    opened.fire("X-1", "refer", by="bureau", at=at("2026-03-04T09:00"), payload={"facts": "严重", "to": "discipline"})
    objection = {"person": "王某", "objection": "出生日期有误"}
    verification = {"by": "labour", "provider": "police", "at": at("2026-03-02T09:00")}
    opened.open("verification", case="V-1", step="record_objection", payload=objection, **verification)
    filed = {"objection": "出生日期有误", "proof": True}
    opened.fire("V-1", "file", by="labour", at=at("2026-03-03T09:00"), payload=filed)
    opened.open("incident", case="I-1", by="police", at=at("2026-03-02T09:00"), payload={"facts": "入侵"})
    reported = {"to": "省网信办", "note": "先行"}
    opened.fire("I-1", "report_early", by="police", at=at("2026-03-02T10:00"), payload=reported)
    return opened


def correct(engine: Engine, case: str, seq: int, by: str, **corrected: Any) -> None:
    engine.correct(case, seq, by=by, at=at(NOW), corrected=corrected, reasons="笔误")


@pytest.mark.parametrize(
    ("case", "seq", "by", "field", "value"),
    [
        pytest.param("R-1", 2, "police", "legal_basis", "某法第二条", id="a flag looked at it"),
        pytest.param("R-1", 3, "labour", "grounds", "另一理由", id="it marks the point in dispute"),
        pytest.param("V-1", 1, "labour", "person", "李某", id="the case remembers it"),
        pytest.param("X-1", 3, "bureau", "to", "police", id="it names who holds a role"),
        pytest.param("X-1", 1, "bureau", "ground", "26.3", id="it is the ground"),
        pytest.param("X-1", 2, "bureau", "working_days", 20, id="it is the length of the limit"),
    ],
)
def test_what_decided_anything_is_not_corrected(
    engine: Engine, case: str, seq: int, by: str, field: str, value: object
) -> None:
    with pytest.raises(BadInput) as refused:
        correct(engine, case, seq, by, **{field: value})

    assert [reason.code for reason in refused.value.reasons] == ["decisive_field"]


@pytest.mark.parametrize(
    ("case", "seq", "by", "field", "value"),
    [
        pytest.param("I-1", 2, "police", "to", "市网信办", id="a text, whatever another table calls so"),
        pytest.param("R-1", 1, "labour", "method", "接口", id="a field left empty"),
        pytest.param("V-1", 2, "labour", "proof", False, id="a yes that was a no"),
        pytest.param("V-1", 2, "labour", "proof", None, id="an optional field that should be empty"),
    ],
)
def test_what_decided_nothing_is_corrected_to_anything_the_table_admits(
    engine: Engine, case: str, seq: int, by: str, field: str, value: object
) -> None:
    correct(engine, case, seq, by, **{field: value})

    assert acts.chains(engine)[case][-1].content["payload"]["corrected"] == {field: value}
    assert auditing.verify(engine).findings == ()


@pytest.mark.parametrize(
    ("case", "seq", "by", "field", "value", "code"),
    [
        ("V-1", 2, "labour", "proof", "yes", "bad_field"),
        ("V-1", 2, "labour", "objection", None, "bad_field"),
        ("I-1", 2, "police", "note", " ", "blank_field"),
    ],
)
def test_a_correction_is_of_the_type_that_the_table_gives_the_field(
    engine: Engine, case: str, seq: int, by: str, field: str, value: object, code: str
) -> None:
    before = acts.heads(engine)

    with pytest.raises(BadInput) as refused:
        correct(engine, case, seq, by, **{field: value})

    assert [reason.code for reason in refused.value.reasons] == [code]
    assert acts.heads(engine) == before


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"when": {"seriousness": "grave"}}, id="when"),
        pytest.param({"payload": {"facts": "text", "seriousness": "one of grave, slight"}}, id="one of several words"),
        pytest.param({"payload": {"facts": "text", "seriousness": "case"}}, id="a case"),
        pytest.param({"payload": {"facts": "text", "seriousness": "text?"}, "exactly_one": ["seriousness"]}, id="one"),
    ],
)
def test_a_field_that_the_decree_does_not_know_decides_by_its_place_in_the_table(
    more: dict[str, Any], url: str
) -> None:
    document = json.loads(json.dumps(rules.rule_book().document))
    incident = next(table for table in document["procedures"] if table["procedure"] == "incident")
    incident["step"][0] |= {"payload": {"facts": "text", "seriousness": "text"}, **more}
    engine = Engine(Store(url), OneBook(rule_book(document)), lambda: at(acts.RECORDED))
    acts.enter_cast(engine)
    payload = {"facts": "入侵", "seriousness": "grave"}
    engine.open("incident", case="I-1", by="police", at=at("2026-03-02T09:00"), payload=payload)

    with pytest.raises(BadInput) as refused:
        correct(engine, "I-1", 1, "police", seriousness="slight")

    assert [reason.code for reason in refused.value.reasons] == ["decisive_field"]
