"""A back end that embeds the package. It is never run: a type checker reads it against the installed package."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import assert_type

from sqlmodel import Session

import gongxiang
from gongxiang import (
    CaseView,
    Counting,
    DeadlineView,
    Department,
    Engine,
    Explanation,
    HistoryEntry,
    Kind,
    Level,
    Option,
    Phase,
    Receipt,
    Resource,
    Role,
    Sharing,
    calendars,
    errors,
)
from gongxiang.workflow.ledger import Event

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def by_url() -> Engine:
    return gongxiang.open_engine("sqlite:///cases.db", clock=lambda: NOW)


def in_the_hosts_session(session: Session) -> Engine:
    counting = Counting(cut_off="close_of_business")
    return gongxiang.open_engine(session=session, counting=counting)


def acts(engine: Engine) -> None:
    police = Department("sy-mps", "沈阳市公安局", "210100", Level.CITY, Kind.GOVERNMENT)
    assert_type(engine.register(police), Receipt)
    assert_type(
        engine.register({"id": "a", "name": "b", "region": "210100", "level": "city", "kind": "government"}), Receipt
    )
    receipt = engine.open(
        "share_request",
        case="R-1",
        by="sy-hrss",
        at=NOW,
        provider="sy-mps",
        resource=Resource("307-01", "人口", Sharing.CONDITIONAL, legal_basis=("居民身份证法",)),
        payload={"purpose": "x", "basis": "y", "scope": "z"},
        idempotency_key="k-1",
    )
    assert_type(receipt, Receipt)
    assert_type(receipt.version, int)
    assert_type(receipt.to_state, str)
    engine.fire("R-1", "refuse", by="sy-mps", at=NOW, payload={"reasons": "x"}, expected_version=receipt.version)


def questions(engine: Engine) -> None:
    case = engine.case("R-1", now=NOW)
    assert_type(case, CaseView)
    assert_type(case.deadlines[0], DeadlineView)
    assert_type(case.deadlines[0].due, date)
    assert_type(engine.cases(phase=Phase.OVERDUE), list[CaseView])
    assert_type(case.deadlines[0].phase, Phase)
    assert_type(engine.cases(state="awaiting_reply", owes="sy-mps", phase="overdue", now=NOW), list[CaseView])
    assert_type(engine.history("R-1"), list[HistoryEntry])
    assert_type(engine.options("R-1", by="sy-mps", now=NOW), list[Option])
    assert_type(engine.explain("R-1", now=NOW), list[Explanation])
    assert_type([Role(entry.role) for entry in engine.history("R-1")], list[Role])
    assert_type(engine.ledger(), Iterator[Event])
    for swept in engine.sweep(now=NOW).lapses:
        print(swept)


def refusals(engine: Engine) -> list[str]:
    try:
        engine.fire("R-1", "refuse", by="sy-mps", at=NOW)
    except errors.StepNotAllowed as refused:
        assert_type(refused.reasons, tuple[errors.Reason, ...])
        assert_type(refused.state, str)
        return [reason.text.zh for reason in refused.reasons]
    except errors.Conflict as conflict:
        return [f"{conflict.case} {conflict.seq} {conflict.step}"]
    except errors.FaultyData as faulty:
        return [finding.of("zh") for finding in faulty.findings]
    return []


def days(engine: Engine) -> date:
    edition = engine.edition(known_on=date(2026, 1, 5))
    due = edition.due(NOW, 5)
    assert_type(due, calendars.Due)
    assert_type(due.days, tuple[calendars.Day, ...])
    assert_type(edition.count(date(2026, 2, 13), date(2026, 2, 27)), int)
    assert_type(edition.is_working_day(date(2026, 2, 14)), bool)
    assert_type(calendars.edition().horizon, date)
    return edition.add(date(2026, 2, 13), 5)
