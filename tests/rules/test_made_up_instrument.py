"""The law is data: under a made-up instrument the same docket comes out differently, with no code but its own tables.

March 2026 has no holiday. The request of Mon 2 March: five working days after it end on Mon 9 March (the decree);
registered on Tue 3 March, three end on Fri 6 March (made up). Seven working days after Mon 2 March end on Wed 11 March.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gongxiang
from gongxiang import rules
from gongxiang.workflow import docket
from gongxiang.workflow.docket import Played
from gongxiang.workflow.procedure import RuleBook

MADE_UP = Path(__file__).parent / "made_up"
RESOURCE = {"code": "307", "name": "人口基础信息", "sharing": "conditional", "legal_basis": ["某条例第一条"]}


def department(name: str, kind: str = "government") -> dict[str, Any]:
    entry = {"id": name, "name": name, "region": "210100", "level": "city", "kind": kind}
    return {"at": "2021-01-01T00:00:00+08:00", "do": "register", "department": entry}


def act(at: str, do: str, case: str = "", by: str = "", **more: Any) -> dict[str, Any]:
    named = {"case": case, "by": by} if case else {}
    return {"at": f"2026-03-{at}:00+08:00", "do": do, **named, **more}


DOCKET = [
    department("user"),
    department("owner"),
    department("authority", "authority"),
    act("02T09:00", "open", "R-1", "user", procedure="share_request", provider="owner", resource=RESOURCE,
        payload={"purpose": "核验", "basis": "某条例第一条", "scope": "全市"}),
    act("02T10:00", "open", "L-1", "user", procedure="loan", provider="owner", payload={"medium": "硬盘"}),
    act("03T09:00", "register_request", "R-1", "authority"),
    act("07T08:00", "sweep"),
    act("09T10:00", "grant", "R-1", "authority", payload={"terms": "限本案使用"}),
    act("09T16:00", "grant", "R-1", "owner", payload={"terms": "限本案使用"}),
    act("12T08:00", "sweep"),
    act("13T09:00", "give_back", "L-1", "user"),
]  # fmt: skip


def play(url: str, book: RuleBook | str) -> tuple[Played, dict[str, Any]]:
    engine = gongxiang.open_engine(url, rules=book)
    played = docket.play(engine, [("docket", [json.dumps(line) for line in DOCKET])], keep_going=True)
    return played, {case.case: case.as_record() for case in played.cases}


def limits(case: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["limit"], one["due"], one["phase"]) for one in case["deadlines"]]


def test_the_made_up_instrument_is_sound() -> None:
    assert rules.check(MADE_UP) == []


def test_under_the_decree_the_provider_replies_in_five_working_days_and_nobody_else_may(url: str) -> None:
    played, cases = play(url, "decree-330")

    assert cases["R-1"]["state"] == "granted"
    assert limits(cases["R-1"]) == [("reply", "2026-03-09", "met")]
    assert played.lapses == 0
    assert [(one.line, one.error.code, one.error.reasons[0].code) for one in played.refused] == [
        (5, "refused", "unknown_procedure"),
        (6, "unknown_step", "unknown_step"),
        (8, "step_not_allowed", "wrong_party"),
        (11, "unknown_case", "unknown_case"),
    ]


def test_under_the_made_up_instrument_the_same_docket_comes_out_differently(url: str) -> None:
    played, cases = play(url, rules.open_instrument(MADE_UP).book)

    assert cases["R-1"]["state"] == "granted"
    assert limits(cases["R-1"]) == [("reply", "2026-03-06", "met_late")]
    assert cases["R-1"]["deadlines"][0]["lapsed_at"] == "2026-03-07T00:00:00+08:00"
    assert cases["R-1"]["deadlines"][0]["article"] == "made-up/1.1"
    assert cases["L-1"]["state"] == "returned"
    assert limits(cases["L-1"]) == [("return", "2026-03-11", "met_late")]
    assert cases["L-1"]["deadlines"][0]["lapsed_at"] == "2026-03-12T00:00:00+08:00"
    assert played.lapses == 2
    assert [(one.line, one.error.code, one.error.reasons[0].code) for one in played.refused] == [
        (9, "step_not_allowed", "wrong_state"),
    ]


def test_each_case_is_pinned_to_the_rule_book_it_was_opened_under(url: str) -> None:
    _, under_decree = play("sqlite://", "decree-330")
    _, under_made_up = play(url, rules.open_instrument(MADE_UP).book)

    assert under_decree["R-1"]["rules"].startswith("decree-330@")
    assert under_made_up["R-1"]["rules"].startswith("made-up@")


def test_a_case_runs_on_under_its_own_law_when_another_governs_new_cases(shared_url: str) -> None:
    lines = [json.dumps(line) for line in DOCKET[:4]]
    docket.play(gongxiang.open_engine(shared_url, rules=rules.open_instrument(MADE_UP).book), [("docket", lines)])

    decree = gongxiang.open_engine(shared_url, rules="decree-330")
    receipt = decree.fire(
        "R-1", "register_request", by="authority", at=docket.read_line(json.dumps(DOCKET[5]), 6, "").at
    )

    assert receipt.to_state == "awaiting_reply"
    assert receipt.deadlines["reply"]["due"] == "2026-03-06"
