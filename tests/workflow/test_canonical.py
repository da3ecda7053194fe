"""The one text of a value: what is written alike in many records is made once and read the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from acts import at
from hypothesis import given
from hypothesis import strategies as st

from gongxiang.canonical import Written, canonical
from gongxiang.workflow.given import LARGEST, SMALLEST, record
from gongxiang.workflow.ledger import GENESIS, seal

DAYS = [{"why": "工作日", "date": "2026-02-13"}, {"why": "调休上班", "date": "2026-02-14"}]
TEXT = '[{"date":"2026-02-13","why":"工作日"},{"date":"2026-02-14","why":"调休上班"}]'


WRITABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(WRITABLE, max_size=20)
FLOATS = st.floats(-float(LARGEST), LARGEST).filter(lambda one: one == 0 or abs(one) >= SMALLEST)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_the_text_of_whatever_may_be_recorded_is_that_of_the_standard_library(said: dict[str, Any]) -> None:
    text = canonical(record(said, "payload"))

    assert text == json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_a_written_list_stands_in_the_text_where_the_list_would() -> None:
    one, other = Written(DAYS), Written([])

    text = canonical({"z": one, "b": [other, {"a": one}], "c": "x"})

    assert text == f'{{"b":[[],{{"a":{TEXT}}}],"c":"x","z":{TEXT}}}'


def test_a_written_list_is_read_as_the_list_it_is() -> None:
    written = Written(DAYS)

    assert (len(written), list(written), written[1]["why"]) == (2, DAYS, "调休上班")


@pytest.mark.parametrize("value", [{"2026-02-13"}, "\ud800", 2**64, b"x", at("2026-02-12T09:00")], ids=repr)
def test_what_is_no_json_value_of_ours_has_no_text(value: object) -> None:
    with pytest.raises(TypeError):
        canonical({"days": value})


def test_an_event_says_what_it_was_sealed_with_and_what_its_text_says() -> None:
    body = {"to": "awaiting_reply", "effects": [{"do": "start", "sheet": {"days": Written(DAYS)}}]}
    moment = at("2026-02-12T09:00")

    event = seal(
        case="R-1",
        seq=1,
        at=moment,
        recorded_at=moment,
        kind="step",
        name="submit",
        by="labour",
        rules="",
        body=body,
        prev=GENESIS,
    )

    assert event.body == f'{{"effects":[{{"do":"start","sheet":{{"days":{TEXT}}}}}],"to":"awaiting_reply"}}'
    assert list(event.content["effects"][0]["sheet"]["days"]) == DAYS
