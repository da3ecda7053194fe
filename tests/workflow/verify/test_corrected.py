"""A correction on record is of what decided nothing, to a value of its type, by the verifier's own reading of a row.

Event 13 of E-X-01 corrects the text of the urging (event 2); event 4 is the order.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tampering import Ledger

from gongxiang import rules
from gongxiang.workflow.verify.deciding import decisive
from gongxiang.workflow.verify.tables import Table


def corrected(ledger: Ledger, seq: int, field: str, value: object) -> set[str]:
    """Let the correction be of another field, its effect with it; return what is found of the event."""
    was = json.loads(ledger.row("E-X-01", seq)["body"])["payload"]

    def rewrite(said: dict[str, Any]) -> None:
        said["payload"].update(corrects=seq, corrected={field: value})
        said["effects"] = [{"do": "note", "corrects": seq, "was": {field: was[field]}, "is": {field: value}}]

    ledger.edit("E-X-01", 13, rewrite)
    ledger.reseal("E-X-01")
    found = ledger.verify(projected=False).findings
    return {one.code for one in found if (one.case, one.seq) == ("E-X-01", 13)}


def test_a_correction_of_the_facts_of_an_order_stands(escalation: Ledger) -> None:
    assert corrected(escalation, 4, "facts", "更正后的事实") == set()


@pytest.mark.parametrize(("seq", "field", "value"), [(4, "ground", "26.3"), (2, "text", " "), (2, "text", 7)])
def test_a_correction_of_what_decided_or_to_another_type_is_found(
    escalation: Ledger, seq: int, field: str, value: object
) -> None:
    assert corrected(escalation, seq, field, value) == {"correction"}


@pytest.mark.parametrize(
    ("procedure", "step", "state", "fields"),
    [
        ("share_request", "submit", "", set()),
        ("share_request", "refuse", "awaiting_reply", {"legal_basis"}),
        ("share_request", "raise_dispute", "refused", {"grounds"}),
        ("share_request", "dispute_settled", "disputed", {"outcome"}),
        ("verification", "record_objection", "", {"person"}),
        ("catalogue_update", "trigger", "", {"date"}),
        ("rectification", "find", "", {"ground", "about"}),
        ("rectification", "order", "found", {"ground", "working_days", "due", "issued_on"}),
        ("rectification", "refer", "criticised", {"to"}),
        ("incident", "report", "contained", set()),
    ],
)
def test_what_a_row_rests_on_is_read_off_the_row(procedure: str, step: str, state: str, fields: set[str]) -> None:
    book = json.loads(json.dumps(rules.rule_book().document))
    table = Table(book, next(one for one in book["procedures"] if one["procedure"] == procedure))
    line = table.rows(step, state)[0]

    assert decisive(table, line) & set(line.said["payload"]) == fields
