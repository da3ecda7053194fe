"""Points of the tables that a lawyer would press on, each played through the engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from scenes import DISPUTE, ORDER, REQUEST, VERIFY, at, payload

import gongxiang
from gongxiang.calendars import Notice
from gongxiang.errors import BadInput, Refused, StepNotAllowed, UnknownCase
from gongxiang.workflow.engine import Engine

OFFICE = {"id": "office", "name": "原管理部门", "region": "210100", "level": "city", "kind": "authority"}
FIRST = datetime.fromisoformat("2026-01-01T00:00:00+08:00")

LENGTHENED = Notice.from_record(
    {
        "year": 2026,
        "id": "2026-amend-made-up",
        "number": "国办发明电〔2026〕99号（虚构）",
        "signed": "2026-02-20",
        "published": "2026-02-20",
        "source": "made up for the tests",
        "workdays": [],
        "holiday": [
            {
                "name": "春节",
                "from": "2026-02-15",
                "to": "2026-03-08",
                "statutory": ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19"],
            }
        ],
        "amends": "2026",
        "amends_names": ["春节"],
        "cancels_workdays": ["2026-02-28"],
    }
)


@pytest.fixture
def engine(url: str) -> Engine:
    opened = gongxiang.open_engine(url, rules="decree-330")
    opened.register(OFFICE, at=FIRST)
    for name in ("user", "owner", "unit"):
        opened.register({**OFFICE, "id": name, "name": name, "kind": "government"}, at=FIRST)
    return opened


def start(engine: Engine, opening: dict[str, Any], case: str, **more: Any) -> None:
    told = {**opening, **more}
    procedure = told.pop("procedure")
    first = {"share_request": "submit", "verification": "file", "dispute": "raise", "rectification": "find"}[procedure]
    engine.open(procedure, case=case, at=at("02T09:00"), payload=payload(procedure, first), **told)


def order(engine: Engine) -> None:
    """Serve an order of ten working days on Tue 3 March: it ends on Tue 17 March."""
    start(engine, {"procedure": "rectification", "by": "office", "against": "unit"}, "X-1")
    engine.fire("X-1", "order", by="office", at=at("03T09:00"), payload={**ORDER, "working_days": 10})


def test_a_dispute_over_a_share_request_is_raised_in_that_request(engine: Engine) -> None:
    start(engine, REQUEST, "R-1")

    with pytest.raises(Refused) as refused:
        start(engine, DISPUTE, "D-1", about="R-1")

    (reason,) = refused.value.reasons
    assert (reason.code, reason.article) == ("wrong_matter", "decree-330/17.3")
    assert reason.mend is not None
    assert "raise_dispute" in reason.mend.en


def test_a_dispute_about_nothing_is_no_dispute(engine: Engine) -> None:
    with pytest.raises(BadInput) as refused:
        start(engine, {key: value for key, value in DISPUTE.items() if key != "resource"}, "D-1")

    assert refused.value.reasons[0].article == "decree-330/17.3"


def test_a_dispute_about_a_verification_needs_no_resource(engine: Engine) -> None:
    start(engine, VERIFY, "V-1")

    start(engine, {"procedure": "dispute", "by": "owner"}, "D-1", about="V-1")

    view = engine.case("D-1", now=at("03T09:00"))
    assert view.parties == {"requester": "user", "provider": "owner", "raised_by": "owner"}


def test_a_new_case_names_an_old_one_that_exists(engine: Engine) -> None:
    with pytest.raises(UnknownCase):
        start(engine, REQUEST, "R-2", about="R-1")


def test_an_order_lengthened_while_a_timely_report_waits_lets_it_wait_on(engine: Engine) -> None:
    order(engine)
    engine.fire("X-1", "report_correction", by="unit", at=at("04T09:00"), payload=payload("", "report_correction"))

    engine.fire("X-1", "amend_order", by="office", at=at("05T09:00"), payload={**ORDER, "working_days": 15})

    # Fifteen working days after Thu 5 March end on Thu 26 March.
    assert engine.sweep(now=at("30T09:00")).lapses == ()
    (deadline,) = engine.case("X-1", now=at("30T09:00")).deadlines
    assert (deadline.due.isoformat(), deadline.phase.value) == ("2026-03-26", "stopped")
    engine.fire("X-1", "accept_correction", by="office", at=at("30T10:00"), payload={})
    (deadline,) = engine.case("X-1", now=at("30T11:00")).deadlines
    assert (deadline.phase.value, deadline.met_at) == ("met", at("04T09:00"))


def test_a_timely_report_that_is_rejected_after_the_lengthened_limit_lets_it_lapse_from_that_limit(
    engine: Engine,
) -> None:
    order(engine)
    engine.fire("X-1", "report_correction", by="unit", at=at("04T09:00"), payload=payload("", "report_correction"))
    engine.fire("X-1", "amend_order", by="office", at=at("05T09:00"), payload={**ORDER, "working_days": 15})

    engine.fire("X-1", "reject_correction", by="office", at=at("30T10:00"), payload=payload("", "reject_correction"))

    view = engine.case("X-1", now=at("30T11:00"))
    assert view.state == "in_default"
    assert view.deadlines[0].lapsed_at == at("27T00:00")


@pytest.mark.parametrize("step", ["accept_correction", "amend_order", "refer", "revoke"])
def test_a_department_that_became_the_authority_decides_nothing_in_its_own_case(engine: Engine, step: str) -> None:
    order(engine)
    engine.register({**OFFICE, "id": "unit", "name": "unit"}, at=at("04T00:00"))

    with pytest.raises(StepNotAllowed) as refused:
        engine.fire("X-1", step, by="unit", at=at("05T09:00"), payload=payload("rectification", step))

    assert ("against_itself", "decree-330/26") in {(one.code, one.article) for one in refused.value.reasons}


def test_a_limit_is_restored_when_a_notice_that_was_out_shows_that_it_had_not_passed(engine: Engine) -> None:
    # Five working days after Thu 12 February end on Thu 26 (13, Sat 14, 24, 25, 26); with Spring Festival lengthened to
    # 8 March by a notice of 20 February that reached the register late, on Wed 11 March (13, Sat 14, 9, 10, 11).
    february = datetime.fromisoformat("2026-02-12T09:00:00+08:00")
    told = {"ground": "26.2", "facts": "未提供数据"}
    engine.open("rectification", case="X-1", by="office", against="unit", at=february, payload=told)
    engine.fire("X-1", "order", by="office", at=february, payload={**told, "working_days": 5})
    assert [one.state for one in engine.sweep(now=at("01T09:00")).lapses] == ["in_default"]
    restored = {"reasons": "假期已延长", "notice": "国办发明电〔2026〕99号（虚构）"}
    with pytest.raises(StepNotAllowed) as refused:
        engine.fire("X-1", "restore_limit", by="office", at=at("02T09:00"), payload=restored)
    assert {one.code for one in refused.value.reasons} == {"notice_does_not_move"}

    engine.import_notice(LENGTHENED, at=at("02T10:00"))
    engine.fire("X-1", "restore_limit", by="office", at=at("02T11:00"), payload=restored)

    view = engine.case("X-1", now=at("02T12:00"))
    (deadline,) = view.deadlines
    assert (view.state, deadline.due.isoformat(), deadline.phase.value) == ("ordered", "2026-03-11", "running")
    assert (deadline.original_due.isoformat(), deadline.lapsed_at) == ("2026-02-26", None)


def test_a_change_may_be_entered_before_its_day_and_the_limit_runs_from_that_day(engine: Engine) -> None:
    engine.open(
        "catalogue_update",
        case="C-1",
        by="unit",
        at=at("02T09:00"),
        payload={"change": "法规修订，3月16日施行", "date": "2026-03-16"},
    )

    # Ten working days after Mon 16 March end on Mon 30 March.
    (deadline,) = engine.case("C-1", now=at("03T09:00")).deadlines
    assert (deadline.due.isoformat(), deadline.phase.value) == ("2026-03-30", "running")
    engine.fire("C-1", "submit", by="unit", at=at("05T09:00"), payload={})
    (deadline,) = engine.case("C-1", now=at("20T09:00")).deadlines
    assert deadline.phase.value == "met"


def test_before_an_order_a_correction_rests_on_article_23(engine: Engine) -> None:
    start(engine, {"procedure": "rectification", "by": "office", "against": "unit"}, "X-1")

    offered = {one.step: one for one in engine.options("X-1", by="office", now=at("03T09:00"))}

    assert offered["accept_correction"].article == "decree-330/23"
    order_after = [one for one in offered.values() if one.step == "order"]
    assert order_after[0].article == "decree-330/26"
