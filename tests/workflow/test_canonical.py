"""The one text of a value: what is written alike in many records is made once and read the same."""

from __future__ import annotations

import json

import pytest
from acts import at

from gongxiang.workflow.ledger import GENESIS, seal
from gongxiang.workflow.procedure import Written, canonical

DAYS = [{"why": "工作日", "date": "2026-02-13"}, {"why": "调休上班", "date": "2026-02-14"}]
TEXT = '[{"date":"2026-02-13","why":"工作日"},{"date":"2026-02-14","why":"调休上班"}]'


def test_a_written_list_stands_in_the_text_where_the_list_would() -> None:
    one, other = Written(DAYS), Written([])

    text = canonical({"z": one, "b": [other, {"a": one}], "c": "x"})

    assert text == f'{{"b":[[],{{"a":{TEXT}}}],"c":"x","z":{TEXT}}}'


def test_a_written_list_is_read_as_the_list_it_is() -> None:
    written = Written(DAYS)

    assert (len(written), list(written), written[1]["why"]) == (2, DAYS, "调休上班")


def test_a_text_that_looks_like_the_place_of_a_written_list_stays_as_it_is() -> None:
    words = ['"\\u0000"', "\\u0000", '\\"\\u0000']

    found = json.loads(canonical({"days": Written(DAYS), "words": words}))

    assert found == {"days": DAYS, "words": words}


def test_what_is_no_json_value_has_no_text() -> None:
    with pytest.raises(TypeError):
        canonical({"days": {"2026-02-13"}})


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
