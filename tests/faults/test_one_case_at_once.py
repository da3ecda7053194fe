"""Two workers and a back end come to one case at the same instant: one is first, and the others learn what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

import acts
import pytest
from acts import at
from contenders import Call, Contenders, Met

from gongxiang.workflow.engine import Engine
from gongxiang.workflow.receipt import Receipt

ROUNDS = 50
AFTER = at("2026-03-02T09:00")
"""A request received on 12 February is due on the 26th; at this moment that has passed."""


@pytest.fixture
def engine(shared_url: str) -> Iterator[Engine]:
    opened = acts.engine(shared_url)
    yield opened
    opened.close()


@pytest.fixture
def three(shared_url: str, engine: Engine) -> Iterator[Contenders]:
    with Contenders(shared_url, 3) as contenders:
        yield contenders


def refusing(case: str, moment: datetime, reasons: str = "超出职权") -> Call:
    named = {"by": "police", "at": moment, "payload": {"reasons": reasons}, "expected_version": 1}
    return "fire", (case, "refuse"), named


def sweeping(worker: str) -> Call:
    return "sweep", (), {"now": AFTER, "worker": worker}


def test_a_lapse_is_found_by_one_of_two_workers_and_a_back_end(
    engine: Engine, three: Contenders, backend: str, counted: Callable[[str], None]
) -> None:
    first: Counter[str] = Counter()

    for number in range(ROUNDS):
        case = f"R-{number:02}"
        acts.request(engine, case)
        one, other, answered = three.at_once([sweeping("one"), sweeping("other"), refusing(case, AFTER)])

        found = [lapse.case for swept in (one, other) for lapse in swept.lapses]
        assert (one.failed, other.failed) == ((), ())
        if isinstance(answered, Receipt):
            first["the back end"] += 1
            assert found == []
            assert answered.recorded == ((case, 2, "lapse", "lapse"), (case, 3, "step", "refuse"))
        else:
            first["a worker"] += 1
            assert found == [case]
            assert (answered.kind, answered.names) == ("Conflict", (case, 2, "lapse"))
        kinds = [event.kind for event in acts.chains(engine)[case]]
        assert kinds[:2] == ["step", "lapse"]
        assert len(kinds) == (3 if isinstance(answered, Receipt) else 2)

    assert (acts.faults(engine), engine.incidents()) == ([], ())
    counted(f"{backend}: of {ROUNDS} lapses {dict(first)} was first")


def test_of_three_who_answer_one_request_one_is_heard_and_the_others_are_told_by_whom(
    engine: Engine, three: Contenders
) -> None:
    for number in range(ROUNDS):
        case = f"R-{number:02}"
        acts.request(engine, case)
        moment = at("2026-02-13T09:00")
        given = three.at_once([refusing(case, moment, reasons) for reasons in ("甲", "乙", "丙")])

        won = [one for one in given if isinstance(one, Receipt)]
        lost = [one for one in given if isinstance(one, Met)]
        assert [one.recorded for one in won] == [((case, 2, "step", "refuse"),)]
        assert [(one.kind, one.names) for one in lost] == [("Conflict", (case, 2, "refuse"))] * 2
        assert [event.hash for event in acts.chains(engine)[case]][1:] == [won[0].hash]

    assert acts.faults(engine) == []
