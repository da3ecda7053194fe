"""The same key returns the same receipt, for other content it is refused; a stale version is a conflict that names
what won.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import acts
import pytest
from acts import at
from test_host_session import notice_2027

from gongxiang.errors import Conflict, KeyReused, StepNotAllowed
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.recalculation import Recalculated
from gongxiang.workflow.receipt import Receipt

Act = Callable[[Engine, str], Any]

NEW_YEAR, SPRING, *OTHERS = notice_2027(1).holidays
NOTICE = replace(
    notice_2027(1),
    workdays=(date(2027, 1, 2),),
    holidays=(NEW_YEAR, replace(SPRING, last=date(2027, 2, 12)), *OTHERS),
    signed=date(2026, 12, 29),
    published=date(2026, 12, 29),
)


def refuse(engine: Engine, key: str, **changes: Any) -> Receipt:
    told = {"by": "police", "at": at("2026-02-13T09:00"), "payload": {"reasons": "超出职权"}}
    return engine.fire("R-1", "refuse", idempotency_key=key, **{**told, **changes})


def correct(engine: Engine, key: str, reasons: str = "笔误") -> Receipt:
    corrected = {"purpose": "核验失业人员"}
    return engine.correct(
        "R-1", 1, by="labour", at=at("2026-02-12T10:00"), corrected=corrected, reasons=reasons, idempotency_key=key
    )


def announce(engine: Engine) -> None:
    if NOTICE not in engine.edition().known:
        engine.import_notice(NOTICE, at=at("2026-12-29T08:00"))


def recalculate(engine: Engine, key: str, signer: str = "王某") -> Recalculated:
    announce(engine)
    return engine.recalculate(by="bureau", at=at("2026-12-29T10:00"), payload={"signer": signer}, idempotency_key=key)


def import_notices(engine: Engine, key: str, signer: str | None = None) -> Recalculated:
    return engine.import_notices([NOTICE], at=at("2026-12-29T10:00"), by="bureau", signer=signer, idempotency_key=key)


def told_again(result: Receipt | Recalculated) -> Receipt | Recalculated:
    """Return the result as it is when it comes again."""
    if isinstance(result, Receipt):
        return replace(result, replayed=True)
    return replace(result, receipt=replace(result.receipt, replayed=True))


def is_replayed(result: Receipt | Recalculated) -> bool:
    return (result if isinstance(result, Receipt) else result.receipt).replayed


def register(engine: Engine, key: str, name: str = "沈阳市消防局") -> Receipt:
    return engine.register({**acts.department("police"), "id": "fire", "name": name}, idempotency_key=key)


# Each verb, and the same with other content.
VERBS: dict[str, tuple[Act, Act]] = {
    "open": (
        lambda engine, key: acts.request(engine, "R-2", idempotency_key=key),
        lambda engine, key: acts.request(engine, "R-2", provider="water", idempotency_key=key),
    ),
    "fire": (refuse, lambda engine, key: refuse(engine, key, payload={"reasons": "另一理由"})),
    "correct": (correct, lambda engine, key: correct(engine, key, "另一理由")),
    "recalculate": (recalculate, lambda engine, key: recalculate(engine, key, "李某")),
    "import_notices": (import_notices, lambda engine, key: import_notices(engine, key, "李某")),
    "import_notices, signed": (
        lambda engine, key: import_notices(engine, key, "王某"),
        lambda engine, key: import_notices(engine, key, "李某"),
    ),
    "register": (register, lambda engine, key: register(engine, key, "沈阳市消防救援局")),
}


@pytest.fixture
def engine(shared_url: str) -> Engine:
    """R-8 comes earlier by the notice, X-8 later."""
    opened = acts.engine(shared_url)
    acts.request(opened)
    acts.request(opened, "R-8", provider="customs", at=at("2026-12-28T09:00"))
    acts.finding(opened, "X-8", at=at("2026-12-28T09:00"), against="labour")
    acts.order(
        opened,
        "X-8",
        at=at("2026-12-28T10:00"),
        payload={"ground": "26.2", "facts": "未按规定共享", "working_days": 30},
    )
    return opened


@pytest.mark.parametrize("verb", VERBS)
def test_the_same_act_under_the_same_key_returns_the_first_receipt(verb: str, engine: Engine, shared_url: str) -> None:
    act, _ = VERBS[verb]
    first = act(engine, "key")
    before = acts.heads(engine)
    engine.close()

    for again in (engine, acts.engine(shared_url)):
        second = act(again, "key")
        assert (second, is_replayed(second), is_replayed(first)) == (first, True, False)
        assert second == told_again(first)
        assert acts.heads(again) == before


@pytest.mark.parametrize("verb", ["recalculate", "import_notices, signed"])
def test_a_recalculation_sent_again_says_again_what_it_moved_and_what_it_left(verb: str, engine: Engine) -> None:
    act, _ = VERBS[verb]
    act(engine, "key")

    again = act(engine, "key")

    # 29, 30, 31 December, 2 January (made up), 4 January; before the notice 4 and 5 January were the last two.
    (left,) = again.left
    assert (left.case, left.old, left.new, left.kind) == ("R-8", date(2027, 1, 5), date(2027, 1, 4), "earlier")
    # by 4 February 28 have passed, with 2 January; 5 to 14 February are off, so the 30th is the 16th. By the law
    # alone 27 had passed, and 5 to 10 February were off: 11, 12 and 15 February were the last three.
    (moved,) = again.moved
    assert (moved.case, moved.old, moved.new, moved.kind) == ("X-8", date(2027, 2, 15), date(2027, 2, 16), "moves")


@pytest.mark.parametrize("verb", VERBS)
def test_another_act_under_the_same_key_is_refused_and_changes_nothing(verb: str, engine: Engine) -> None:
    act, other = VERBS[verb]
    act(engine, "key")
    before = acts.heads(engine)

    with pytest.raises(KeyReused) as caught:
        other(engine, "key")

    assert caught.value.reasons[0].code == "key_reused"
    assert acts.heads(engine) == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_key_of_one_verb_serves_no_other(verb: str, engine: Engine) -> None:
    acts.finding(engine, idempotency_key="key")
    if verb == "recalculate":
        announce(engine)
    before = acts.heads(engine)

    with pytest.raises(KeyReused):
        VERBS[verb][0](engine, "key")

    assert acts.heads(engine) == before


def test_a_refused_act_leaves_its_key_free(engine: Engine) -> None:
    with pytest.raises(StepNotAllowed):
        refuse(engine, "key", by="labour")

    assert refuse(engine, "key").replayed is False


def test_the_same_instant_in_another_zone_is_the_same_act(engine: Engine) -> None:
    first = refuse(engine, "key")

    assert refuse(engine, "key", at=datetime.fromisoformat("2026-02-13T01:00:00+00:00")) == first


def test_a_key_holds_across_processes(engine: Engine, shared_url: str) -> None:
    first = refuse(engine, "key")
    program = (
        "import acts, sys, test_keys; receipt = test_keys.refuse(acts.engine(sys.argv[1]), 'key'); "
        "print(receipt.hash, receipt.replayed)"
    )
    here = Path(__file__).parent

    told = subprocess.run(
        [sys.executable, "-c", program, shared_url], cwd=here, capture_output=True, text=True, check=True
    ).stdout.split()

    assert told == [first.hash, "True"]


def test_a_receipt_that_comes_again_is_the_first_one_whatever_happened_since(engine: Engine) -> None:
    first = refuse(engine, "key")
    engine.fire("R-1", "close", by="labour", at=at("2026-02-14T09:00"))

    assert refuse(engine, "key", expected_version=1) == first
    assert first.to_state == "refused"


@pytest.mark.parametrize(
    ("expected", "won"), [(0, (1, "submit")), (1, (2, "refuse")), (9, (2, "refuse")), (-1, (2, "refuse"))]
)
def test_an_act_on_another_version_is_a_conflict_that_names_the_event_that_won(
    expected: int, won: tuple[int, str], engine: Engine
) -> None:
    refuse(engine, "key")
    before = acts.heads(engine)

    with pytest.raises(Conflict) as caught:
        engine.fire("R-1", "close", by="labour", at=at("2026-02-14T09:00"), expected_version=expected)

    assert (caught.value.case, caught.value.seq, caught.value.step) == ("R-1", *won)
    assert caught.value.reasons[0].code == "stale_version"
    assert acts.heads(engine) == before


def test_an_act_on_the_version_that_stands_is_taken_though_a_lapse_comes_first(engine: Engine) -> None:
    receipt = refuse(engine, "key", at=at("2026-02-27T09:00"), expected_version=1)

    assert [name for _, _, _, name in receipt.recorded] == ["lapse", "refuse"]
    assert receipt.version == 3
