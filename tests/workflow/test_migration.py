"""Running cases moved to another rule book: every state has an image, no deadline is lost, a named hand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import acts
import pytest
from acts import at

from gongxiang import rules
from gongxiang.errors import AlreadyDone, BadInput, Refused, StepNotAllowed
from gongxiang.workflow import auditing
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.vocabulary import Phase

MOVED = at("2026-03-04T09:00")


def variant() -> RuleBook:
    """Return Decree 330 with eight days for a reply, one state renamed, and a limit more that no case has."""
    document = json.loads(json.dumps(rules.rule_book("decree-330").document))
    document["id"] = "variant"
    next(one for one in document["parameters"] if one["id"] == "reply")["value"] = 8
    table = next(one for one in document["procedures"] if one["procedure"] == "share_request")
    text = json.dumps(table).replace('"disputed"', '"in_dispute"')
    document["procedures"][document["procedures"].index(table)] = json.loads(text)
    return rule_book(document)


def document(**changes: Any) -> dict[str, Any]:
    states = {name: name for name in ("awaiting_reply", "granted", "refused")}
    share = {"id": "share_request", "states": {**states, "disputed": "in_dispute"}, "deadlines": {"reply": "recompute"}}
    dispute = {"id": "dispute", "states": {"raised": "raised", "coordinating": "coordinating"}}
    said = {"from": "decree-330", "to": "variant", "reasons": "试行新规", "procedure": [share, dispute]}
    return {**said, **changes}


@pytest.fixture
def engine(url: str) -> Engine:
    """R-1 was received on Monday 2 March 2026: five working days end on the 9th, eight on the 12th."""
    opened = acts.engine(url)
    acts.request(opened, at=at("2026-03-02T10:00"))
    return opened


def migrate(engine: Engine, said: dict[str, Any], **changes: Any) -> None:
    given: dict[str, Any] = {"to": variant(), "by": "bureau", "at": MOVED, "signer": "王某"}
    engine.migrate(said, **{**given, **changes})


def test_a_plan_shows_old_and_new_and_moves_nothing(engine: Engine) -> None:
    (move,) = engine.migration_plan(document(), to=variant(), now=MOVED)

    (deadline,) = move.deadlines
    assert (move.state, move.becomes, move.reasons) == ("awaiting_reply", "awaiting_reply", ())
    assert (deadline.old, deadline.new) == (date(2026, 3, 9), date(2026, 3, 12))
    assert engine.case("R-1", now=MOVED).version == 1


@pytest.mark.parametrize(
    ("what", "due", "phase"),
    [
        ("keep", "2026-03-09", Phase.RUNNING),
        ("recompute", "2026-03-12", Phase.RUNNING),
        ("cancel", "2026-03-09", Phase.VOID),
    ],
)
def test_a_deadline_is_kept_recomputed_or_cancelled_as_the_document_says(
    engine: Engine, what: str, due: str, phase: Phase
) -> None:
    said = document()
    said["procedure"][0]["deadlines"] = {"reply": what}

    migrate(engine, said)

    case = engine.case("R-1", now=MOVED)
    (deadline,) = case.deadlines
    assert (case.rules.split("@")[0], case.version) == ("variant", 2)
    assert (deadline.due.isoformat(), deadline.original_due.isoformat(), deadline.phase) == (due, "2026-03-09", phase)


def test_a_lapse_proposes_what_the_new_book_says_though_its_deadline_is_kept(engine: Engine) -> None:
    passed = at("2026-03-10T09:00")  # the reply of R-1 was due on the 9th
    engine.sweep(now=passed)
    assert [one.case for one in engine.today(now=passed).proposals] == ["R-1"]
    said = document()
    said["procedure"][0]["deadlines"] = {"reply": "keep"}
    whole = variant().document
    share = next(one for one in whole["procedures"] if one["procedure"] == "share_request")
    for limit in share["limit"]:
        limit.pop("proposal", None)

    migrate(engine, said, to=rule_book(whole), at=passed)

    assert engine.today(now=passed).proposals == ()
    assert auditing.verify(engine, now=passed).findings == ()
    assert auditing.differing(engine) == 0

    said.update({"from": "variant", "to": "decree-330"})
    states = said["procedure"][0]["states"]
    del states["disputed"]
    states["in_dispute"] = "disputed"
    migrate(engine, said, to=rules.rule_book("decree-330"), at=passed)

    assert [one.case for one in engine.today(now=passed).proposals] == ["R-1"]
    assert auditing.differing(engine) == 0


def test_one_event_a_case_names_who_signed_and_why(engine: Engine) -> None:
    acts.request(engine, "R-2", at=at("2026-03-02T11:00"))

    migrate(engine, document())

    for case in ("R-1", "R-2"):
        event = engine.history(case)[-1]
        assert (event.kind, event.name, event.by, event.role) == ("migration", "migrate", "bureau", "authority")
        assert (event.payload["signer"], event.payload["reasons"]) == ("王某", "试行新规")
        assert event.rules == variant().hash


def test_a_case_goes_on_under_the_new_table(engine: Engine) -> None:
    migrate(engine, document())

    refusal = {"reasons": "涉及个人隐私", "legal_basis": "某法第一条"}
    receipt = engine.fire("R-1", "refuse", by="police", at=at("2026-03-12T23:59"), payload=refusal)
    engine.fire("R-1", "raise_dispute", by="labour", at=at("2026-03-13T09:00"), payload={"grounds": "理由不足"})

    assert receipt.deadlines["reply"]["lapsed_at"] is None
    assert engine.case("R-1", now=at("2026-03-13T09:00")).state == "in_dispute"


def test_a_state_that_is_remembered_is_moved_with_the_case(engine: Engine) -> None:
    refusal = {"reasons": "涉及个人隐私", "legal_basis": "某法第一条"}
    engine.fire("R-1", "refuse", by="police", at=at("2026-03-03T09:00"), payload=refusal)
    engine.fire("R-1", "raise_dispute", by="labour", at=at("2026-03-03T10:00"), payload={"grounds": "理由不足"})

    migrate(engine, document())

    engine.fire("R-1/D", "accept", by="bureau", at=at("2026-03-05T09:00"))
    engine.fire("R-1/D", "fail", by="bureau", at=at("2026-03-06T09:00"), payload={"opinion": "未达成一致"})
    assert engine.case("R-1", now=at("2026-03-06T09:00")).state == "refused"


def test_a_state_without_an_image_stops_the_whole_migration(engine: Engine) -> None:
    said = document()
    del said["procedure"][0]["states"]["awaiting_reply"]

    with pytest.raises(Refused) as refused:
        migrate(engine, said)

    assert [reason.code for reason in refused.value.reasons] == ["no_image"]
    assert engine.case("R-1", now=MOVED).version == 1


def test_a_deadline_of_which_nothing_is_said_is_not_lost(engine: Engine) -> None:
    said = document()
    said["procedure"][0]["deadlines"] = {}

    with pytest.raises(Refused) as refused:
        migrate(engine, said)

    assert [(reason.code, reason.article) for reason in refused.value.reasons] == [("deadline_lost", "decree-330/17.2")]


def test_a_limit_is_not_made_shorter_without_the_persons_word(engine: Engine) -> None:
    migrate(engine, document())
    back = document(**{"from": "variant", "to": "decree-330"})
    back["procedure"][0]["states"] = {"awaiting_reply": "awaiting_reply"}
    decree = rules.rule_book("decree-330")

    with pytest.raises(Refused) as refused:
        engine.migrate(back, to=decree, by="bureau", at=MOVED, signer="王某")
    engine.migrate({**back, "shorten": True}, to=decree, by="bureau", at=MOVED, signer="王某")

    assert [reason.code for reason in refused.value.reasons] == ["shorter"]
    assert engine.case("R-1", now=MOVED).deadlines[0].due == date(2026, 3, 9)


def test_cases_of_a_procedure_are_left_only_by_name(engine: Engine) -> None:
    acts.finding(engine)

    with pytest.raises(Refused) as refused:
        migrate(engine, document())
    migrate(engine, document(leave=["rectification"]))

    assert [reason.code for reason in refused.value.reasons] == ["no_table"]
    assert engine.case("X-1", now=MOVED).rules.split("@")[0] == "decree-330"


def test_a_migration_is_done_once_and_its_key_gives_the_same_receipt(engine: Engine) -> None:
    migrate(engine, document(), idempotency_key="m-1")
    migrate(engine, document(), idempotency_key="m-1")

    with pytest.raises(AlreadyDone):
        migrate(engine, document())
    assert engine.case("R-1", now=MOVED).version == 2


def test_a_case_is_not_moved_to_the_rule_book_that_it_stands_under(engine: Engine) -> None:
    said = document(to="decree-330")
    said["procedure"][0]["states"]["disputed"] = "disputed"

    with pytest.raises(AlreadyDone):
        migrate(engine, said, to=rules.rule_book("decree-330"))
    assert engine.case("R-1", now=MOVED).version == 1


def test_moved_there_and_back_and_there_again_at_one_moment_the_ledger_is_sound(engine: Engine) -> None:
    back = document(**{"from": "variant", "to": "decree-330"})
    back["procedure"][0]["states"] = {"awaiting_reply": "awaiting_reply"}
    back["shorten"] = True

    migrate(engine, document())
    migrate(engine, back, to=rules.rule_book("decree-330"))
    migrate(engine, document())

    assert auditing.verify(engine, now=MOVED).findings == ()
    assert engine.case("R-1", now=MOVED).version == 4


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("deadlines", {"reply": {"do": "recompute", "as": ["reply"]}}, "unknown limit of the new rule book"),
        ("deadlines", {"reply": {"do": "recompute", "as": {"reply": 1}}}, "unknown limit of the new rule book"),
        ("deadlines", {"reply": ["keep"]}, "'reply' cannot be"),
        ("states", {"awaiting_reply": ["awaiting_reply"]}, "unknown open state of the new rule book"),
        ("id", ["share_request"], "unknown procedure of the new rule book"),
        ("id", "dispute", "'dispute' stands twice"),
    ],
)
def test_a_word_of_another_type_is_a_fault_like_any_other(engine: Engine, name: str, given: Any, says: str) -> None:
    said = document()
    said["procedure"][0][name] = given

    with pytest.raises(BadInput) as refused:
        migrate(engine, said)

    assert any(says in reason.text.en for reason in refused.value.reasons)


def test_only_an_authority_moves_cases_and_a_person_signs(engine: Engine) -> None:
    with pytest.raises(StepNotAllowed):
        migrate(engine, document(), by="labour")
    with pytest.raises(BadInput):
        migrate(engine, document(), signer=" ")
    with pytest.raises(BadInput):
        migrate(engine, document(), signer="\ud800")

    assert engine.case("R-1", now=MOVED).version == 1


def test_every_fault_of_a_document_is_named_at_once(engine: Engine) -> None:
    said = document(colour="red")
    said["procedure"][0]["states"]["granted"] = "closed"
    said["procedure"][0]["deadlines"]["reply"] = "recompte"
    del said["reasons"]

    with pytest.raises(BadInput) as refused:
        migrate(engine, said)

    told = [reason.text.en for reason in refused.value.reasons]
    assert len(told) == 4
    assert any("'colour'" in one for one in told)
    assert any("'reasons'" in one for one in told)
    assert any("'closed'" in one for one in told)
    assert any("did you mean 'recompute'" in one for one in told)


def test_a_lapse_that_nobody_swept_is_recorded_before_the_case_moves(engine: Engine) -> None:
    said = document()
    said["procedure"][0]["deadlines"] = {"reply": "keep"}

    migrate(engine, said, at=at("2026-03-16T09:00"))

    assert [(entry.kind, entry.rules == variant().hash) for entry in engine.history("R-1")] == [
        ("step", False),
        ("lapse", False),
        ("migration", True),
    ]


def test_two_deadlines_never_become_one(url: str) -> None:
    order = json.loads(json.dumps(rules.rule_book("liaoning-2025").document))
    order["id"] = "order-variant"
    opened = acts.gongxiang.open_engine(url, rules="liaoning-2025", clock=lambda: at(acts.RECORDED))
    acts.enter_cast(opened)
    acts.request(opened, at=at("2026-03-02T10:00"))
    said = document(**{"from": "liaoning-2025-08-01", "to": "order-variant"})
    anew = {"do": "recompute", "as": "national_reply"}
    said["procedure"][0]["deadlines"] = {"reply": anew, "national_reply": "keep"}
    said["procedure"][0]["states"] = {"awaiting_reply": "awaiting_reply"}
    said["procedure"] = said["procedure"][:1]

    with pytest.raises(Refused) as refused:
        opened.migrate(said, to=rule_book(order), by="bureau", at=MOVED, signer="王某")

    assert [reason.code for reason in refused.value.reasons] == ["deadline_lost"]


def test_the_days_of_an_extension_are_kept_when_a_limit_is_counted_anew(url: str) -> None:
    """Ten working days from 2 March end on the 16th, extended by four on the 20th; twelve and four on the 24th."""
    order = json.loads(json.dumps(rules.rule_book("order-809").document))
    order["id"] = "order-variant"
    next(one for one in order["parameters"] if one["id"] == "national_reply")["value"] = 12
    opened = acts.gongxiang.open_engine(url, rules="order-809", clock=lambda: at(acts.RECORDED))
    acts.enter_cast(opened)
    acts.request(opened, at=at("2026-03-02T10:00"))
    days = {"working_days": 4}
    opened.fire("R-1", "request_extension", by="police", at=at("2026-03-02T11:00"), payload={"reasons": "量大", **days})
    opened.fire("R-1", "consent_extension", by="bureau", at=at("2026-03-02T12:00"))
    opened.fire("R-1", "extend", by="police", at=at("2026-03-02T13:00"), payload={"notice": "已函告", **days})
    said = document(**{"from": "order-809", "to": "order-variant"})
    table = {"states": {"awaiting_reply": "awaiting_reply"}, "deadlines": {"national_reply": "recompute"}}
    said["procedure"] = [{"id": "share_request", **table}]

    opened.migrate(said, to=rule_book(order), by="bureau", at=MOVED, signer="王某")

    (deadline,) = opened.case("R-1", now=MOVED).deadlines
    assert (deadline.due, deadline.working_days, deadline.original_due) == (
        date(2026, 3, 24),
        16,
        date(2026, 3, 16),
    )


def test_what_was_recorded_under_the_old_book_is_corrected_by_the_old_book(engine: Engine) -> None:
    refusal = {"reasons": "涉及个人隐私", "legal_basis": "某法第一条"}
    engine.fire("R-1", "refuse", by="police", at=at("2026-03-03T09:00"), payload=refusal)
    engine.fire("R-1", "raise_dispute", by="labour", at=at("2026-03-03T10:00"), payload={"grounds": "理由不足"})
    migrate(engine, document())

    engine.correct(
        "R-1", 2, by="police", at=at("2026-03-05T09:00"), corrected={"reasons": "涉及商业秘密"}, reasons="笔误"
    )

    assert engine.history("R-1")[-1].kind == "correction"


def test_a_limit_is_not_left_running_where_no_step_would_end_it(engine: Engine) -> None:
    """A case that is granted owes no reply: nothing there meets it."""
    said = document()
    said["procedure"][0]["states"]["awaiting_reply"] = "granted"
    said["procedure"][0]["deadlines"] = {"reply": "keep"}

    with pytest.raises(Refused) as refused:
        migrate(engine, said)

    assert [reason.code for reason in refused.value.reasons] == ["deadline_lost"]


def test_a_document_that_moves_from_an_unknown_rule_book_is_refused_and_not_found_empty(engine: Engine) -> None:
    with pytest.raises(BadInput) as planned:
        engine.migration_plan(document(**{"from": "decree-33"}), to=variant(), now=MOVED)
    with pytest.raises(BadInput):
        migrate(engine, document(**{"from": "decree-33"}))

    (reason,) = planned.value.reasons
    assert (reason.code, "did you mean 'decree-330'" in reason.text.en) == ("unknown_rule_book", True)
