"""Whoever rewrites the ledger and makes every hash fit is still found, at the event, with what is wrong."""

from __future__ import annotations

import pytest
from migrated_lies import LIES as OF_MIGRATIONS
from rewriting import ESCALATION, NOTICE, Rewriting, rewritings
from tampering import Ledger
from test_layered import LIES as OF_THE_LAYERS

from gongxiang.workflow.verify import CODES

TABLE = list(rewritings())
ELSEWHERE = {
    "head",
    "projection_differs",
    "projection_missing",
    "projection_orphan",
    "leaf_orphan",
    "leaf_differs",
    "leaf_missing",
    "leaf_double",
    "leaf_place",
    "outbox_orphan",
    "seal_differs",
    "seal_noted",
    "key_differs",
    "key_orphan",
    "trigger",
}


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one.what)
def test_a_rewritten_ledger_is_found_at_the_event_with_its_code(ledgers: dict[str, Ledger], one: Rewriting) -> None:
    ledger = ledgers[one.ledger].copy()
    one.change(ledger)

    findings = {(finding.case, finding.seq, finding.code) for finding in ledger.verify(projected=False).findings}

    assert (one.case, one.seq, one.code) in findings


def test_every_code_has_a_rewriting_that_yields_it() -> None:
    told = {one.code for one in (*TABLE, *OF_MIGRATIONS, *OF_THE_LAYERS)}

    assert told | ELSEWHERE == set(CODES)
    assert not told & ELSEWHERE


def test_every_code_says_in_both_languages_what_it_means() -> None:
    assert all(text.zh and text.en for text in CODES.values())


@pytest.mark.parametrize("name", [ESCALATION, NOTICE])
def test_a_ledger_sealed_anew_without_a_change_is_in_order(ledgers: dict[str, Ledger], name: str) -> None:
    ledger = ledgers[name].copy()
    for case in {row["case"] for row in ledger.rows}:
        ledger.reseal(case)

    assert ledger.verify().ok


def test_the_first_broken_event_is_named_first(escalation: Ledger) -> None:
    for case, seq in (("E-X-05", 4), ("E-X-01", 9), ("E-X-01", 2)):
        escalation.edit(case, seq, lambda body: body["payload"].update(text="别的"))

    findings = escalation.verify().findings

    assert (findings[0].case, findings[0].seq) == ("E-X-01", 2)


def test_a_case_rewritten_to_its_end_is_found_by_the_head_alone(escalation: Ledger) -> None:
    noted = escalation.verify().head
    del escalation.rows[escalation.index("E-X-01", 13)]

    assert escalation.verify(projected=False).ok
    assert [one.code for one in escalation.verify(projected=False, expected_head=noted).findings] == ["head"]


def test_a_case_taken_out_whole_is_found_by_the_head_alone(escalation: Ledger) -> None:
    noted = escalation.verify().head
    escalation.rows = [row for row in escalation.rows if row["case"] != "E-X-09"]

    assert escalation.verify(projected=False).ok
    assert [one.code for one in escalation.verify(projected=False, expected_head=noted).findings] == ["head"]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("state", "corrected"),
        ("version", 3),
        ("head", "0" * 64),
        ("flags", ["utility"]),
        ("links", [["origin", "E-R-01"]]),
        ("parties", {"department": "sy-samr"}),
        ("memory", {"ground": "26.1"}),
        ("tally", {}),
        ("last_at", "2026-04-01T00:00:00+08:00"),
    ],
)
def test_a_case_row_that_says_something_else_is_found(escalation: Ledger, part: str, value: object) -> None:
    row = next(one for one in escalation.projections if one["case"] == "E-X-01")
    assert row[part] != value
    row[part] = value

    findings = escalation.verify().findings

    assert [(one.case, one.code) for one in findings] == [("E-X-01", "projection_differs")]


@pytest.mark.parametrize(
    "name", ["due", "ends_before", "met_at", "lapsed_at", "original_due", "owed_by", "provisional"]
)
def test_a_deadline_of_a_case_row_that_says_something_else_is_found(escalation: Ledger, name: str) -> None:
    row = next(one for one in escalation.projections if one["case"] == "E-X-01")
    row["deadlines"]["correction"][name] = "2027-01-01T00:00:00+08:00"

    findings = escalation.verify().findings

    assert [one.text.en for one in findings if one.case == "E-X-01"] == [
        "the case row differs from the fold of its events: deadlines"
    ]


def test_a_case_without_row_and_a_row_without_case_are_found(escalation: Ledger) -> None:
    row = next(one for one in escalation.projections if one["case"] == "E-X-01")
    row["case"] = "E-X-98"

    codes = {(one.case, one.code) for one in escalation.verify().findings}

    assert codes == {("E-X-01", "projection_missing"), ("E-X-98", "projection_orphan")}
