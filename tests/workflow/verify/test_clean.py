"""Ledgers that nobody touched are found in order, and what the verifier answers has its stable shape."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from tampering import NAMES, Ledger, verified


@pytest.mark.parametrize("name", NAMES)
def test_a_docket_played_by_the_engine_is_derived_a_second_time_without_a_difference(
    databases: dict[str, Path], name: str
) -> None:
    verification = verified(databases[name])

    assert [finding.text.en for finding in verification.findings] == []
    assert verification.ok


@pytest.mark.parametrize("name", NAMES)
def test_every_event_and_case_is_counted(databases: dict[str, Path], ledgers: dict[str, Ledger], name: str) -> None:
    verification = verified(databases[name])

    assert verification.events + verification.entries == len(ledgers[name].rows)
    assert verification.cases == len({row["case"] for row in ledgers[name].rows} - {""})


def test_the_json_shape_is_that_of_the_interface(databases: dict[str, Path]) -> None:
    record = verified(databases["contested-escalation"], expected_head="0" * 64).as_record("en")

    assert {"ok", "cases", "events", "findings", "head"} <= set(record)
    assert record["ok"] is False
    assert [set(finding) for finding in record["findings"]] == [{"case", "seq", "code", "message"}]


def test_the_head_that_was_noted_is_found_again(databases: dict[str, Path]) -> None:
    head = verified(databases["contested-escalation"]).head

    assert verified(databases["contested-escalation"], expected_head=head).ok
    assert len(head) == 64


def test_the_head_is_the_same_whatever_order_the_chains_come_in(escalation: Ledger) -> None:
    head = escalation.verify().head
    registers = [row for row in escalation.rows if row["case"] == ""]
    cases = sorted((row for row in escalation.rows if row["case"]), key=lambda row: (row["case"][::-1], row["seq"]))
    escalation.rows = registers + cases

    assert escalation.verify().head == head


def test_a_limit_that_passed_after_the_last_sweep_is_no_finding_but_is_counted(escalation: Ledger) -> None:
    case = "E-X-09"
    escalation.rows = [
        row for row in escalation.rows if (row["case"] in ("", case) and row["seq"] <= 2) or not row["case"]
    ]

    verification = escalation.verify(projected=False, now=datetime.fromisoformat("2027-01-01T00:00:00+08:00"))

    assert verification.ok
    assert verification.unrecorded == 1


def test_a_limit_that_still_runs_at_the_moment_of_verification_is_not_counted(escalation: Ledger) -> None:
    escalation.rows = [
        row for row in escalation.rows if not row["case"] or (row["case"] == "E-X-09" and row["seq"] <= 2)
    ]
    service = escalation.row("E-X-09", 2)["at"]

    verification = escalation.verify(projected=False, now=service)

    assert verification.ok
    assert verification.unrecorded == 0


def test_an_empty_ledger_is_in_order() -> None:
    verification = Ledger([], {}, []).verify()

    assert (verification.ok, verification.cases, verification.events) == (True, 0, 0)
