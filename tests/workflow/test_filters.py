"""A question that nothing could answer to is refused: an empty list would read as "all is well"."""

from __future__ import annotations

from typing import Any

import acts
import pytest
from acts import at

from gongxiang import Engine, Phase
from gongxiang.errors import BadInput
from gongxiang.workflow.store import Transaction

NOW = at("2026-02-13T09:00")


@pytest.fixture
def engine(url: str) -> Engine:
    opened = acts.engine(url)
    acts.request(opened)
    return opened


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ({"state": "awaiting_replay"}, "awaiting_reply"),
        ({"state": "awaiting_reply", "procedure": "incident"}, "such as|for instance"),
        ({"procedure": "share_requests"}, "share_request"),
        ({"owes": "polise"}, "police"),
        ({"phase": "over_due"}, "overdue"),
        ({"state": ""}, "for 'state'"),
    ],
)
def test_a_word_that_no_case_could_answer_to_is_refused_with_the_nearest(
    asked: dict[str, Any], nearest: str, engine: Engine
) -> None:
    with pytest.raises(BadInput) as caught:
        engine.cases(**asked, now=NOW)

    (reason,) = caught.value.reasons
    assert reason.code == "unknown_filter"
    assert reason.mend is not None
    assert any(word in reason.text.en + reason.mend.en for word in nearest.split("|"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": "awaiting_reply"}, ["R-1"]),
        ({"state": "granted"}, []),
        ({"procedure": "share_request", "owes": "police"}, ["R-1"]),
        ({"owes": "labour"}, []),
        ({"phase": Phase.RUNNING}, ["R-1"]),
        ({"phase": "running"}, ["R-1"]),
        ({"phase": "overdue"}, []),
    ],
)
def test_a_word_that_a_case_could_answer_to_is_answered(
    asked: dict[str, Any], found: list[str], engine: Engine
) -> None:
    assert [view.case for view in engine.cases(**asked, now=NOW)] == found


def test_a_question_locks_no_case(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[bool] = []
    read = Transaction.case

    def watched(transaction: Transaction, name: str) -> Any:
        locked.append(transaction._locks)
        return read(transaction, name)

    monkeypatch.setattr(Transaction, "case", watched)

    engine.case("R-1", now=NOW)
    engine.options("R-1", by="police", now=NOW)
    engine.explain("R-1", now=NOW)
    engine.history("R-1")
    engine.sweep(now=at("2026-03-20T10:00"), dry_run=True)
    assert set(locked) == {False}
