"""What an act carries is held against the types of the table, by the verifier's own reading of them."""

from __future__ import annotations

from typing import Any

import pytest

from gongxiang.workflow.verify.acts import payload_faults
from gongxiang.workflow.verify.tables import Line

GROUNDS = {"26.1", "26.2"}


def faults(types: dict[str, str], payload: dict[str, Any], **row: Any) -> list[str]:
    line = Line("step", {"id": "act", "payload": types, **row}, frozenset(), frozenset())
    return list(payload_faults(line, payload, GROUNDS))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "内容"),
        ("texts", "内容"),
        ("texts", ["甲", "乙"]),
        ("flag", True),
        ("flag", False),
        ("days", 1),
        ("days", 1000),
        ("date", "2026-02-28"),
        ("ground", "26.1"),
        ("department", "sy-mps"),
        ("case", "R-1"),
        ("one of grant, refuse", "refuse"),
    ],
)
def test_a_field_of_its_type_is_in_order(kind: str, value: object) -> None:
    assert faults({"field": kind}, {"field": value}) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ""),
        ("text", " \t"),
        ("text", 7),
        ("text", None),
        ("texts", []),
        ("texts", ["甲", " "]),
        ("texts", {"甲": "乙"}),
        ("flag", 1),
        ("flag", "true"),
        ("days", 0),
        ("days", 1001),
        ("days", True),
        ("days", "5"),
        ("days", 1.0),
        ("date", "2026-02-29"),
        ("date", "20260228"),
        ("date", 20260228),
        ("ground", "26.3"),
        ("one of grant, refuse", "grant, refuse"),
    ],
)
def test_a_field_that_is_not_of_its_type_is_found(kind: str, value: object) -> None:
    assert len(faults({"field": kind}, {"field": value})) == 1


def test_a_field_that_may_be_left_out_may_be_empty_of_value_but_not_of_another_type() -> None:
    assert faults({"note": "text?"}, {}) == []
    assert faults({"note": "text?"}, {"note": None}) == []
    assert len(faults({"note": "text?"}, {"note": ""})) == 1


def test_a_field_that_is_missing_or_unknown_is_found() -> None:
    assert len(faults({"text": "text"}, {})) == 1
    assert len(faults({}, {"text": "内容"})) == 1


@pytest.mark.parametrize(
    ("payload", "found"),
    [({"working_days": 5}, 0), ({"due": "2026-03-02"}, 0), ({}, 1), ({"working_days": 5, "due": "2026-03-02"}, 1)],
)
def test_of_two_ways_to_set_a_limit_exactly_one_is_used(payload: dict[str, Any], found: int) -> None:
    types = {"working_days": "days?", "due": "date?"}

    assert len(faults(types, payload, exactly_one=["working_days", "due"])) == found


@pytest.mark.parametrize(
    ("payload", "found"),
    [({"working_days": 5}, 0), ({"due": "2026-03-02"}, 0), ({}, 0), ({"working_days": 5, "due": "2026-03-02"}, 1)],
)
def test_of_two_ways_to_set_a_limit_at_most_one_is_used(payload: dict[str, Any], found: int) -> None:
    types = {"working_days": "days?", "due": "date?"}

    assert len(faults(types, payload, at_most_one=["working_days", "due"])) == found
