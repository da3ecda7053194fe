"""Mistakes in the record are corrected by a further dated event that leaves the mistake visible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gongxiang.errors import BadInput, Reason, StepNotAllowed, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.case import Case, fold
from gongxiang.workflow.competence import roles_of
from gongxiang.workflow.deciding import decisive_fields, row_taken
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.payload import payload_faults
from gongxiang.workflow.procedure import Procedure
from gongxiang.workflow.staging import Staging
from gongxiang.workflow.vocabulary import Role


def correction_effects(
    case: Case,
    procedure: Procedure,
    events: list[Event],
    seq: int,
    by: str,
    at: datetime,
    corrected: Mapping[str, Any],
    reasons: str,
    world: Staging,
) -> tuple[str, list[dict[str, Any]]]:
    """Return the role of who corrects, and the effect. Raises BadInput or StepNotAllowed with the reason."""
    event = _act(case, events, seq)
    if not isinstance(reasons, str) or not reasons.strip():
        raise _bad("missing_field", "更正缺少“reasons”", "a correction needs 'reasons'", "请说明更正的理由", "say why")
    carried = event.content["payload"]
    _refuse_unknown(seq, carried, corrected)
    before = fold(one for one in events if one.seq < seq)
    book = world.book_at(event)
    table = book.procedures[case.procedure]
    row = row_taken(book, table, event, before or replace(case, memory={}))
    decisive = decisive_fields(table, row)
    for name in corrected:
        if name in decisive:
            raise _bad(
                "decisive_field",
                f"“{name}”决定了状态、期限或条件，不能以更正改变",
                f"'{name}' decided a state, a date or a condition and is not changed by a correction",
                "请办理相应步骤，或撤销后另立新案",
                "take the step that sets it right, or open a new case",
            )
    if faults := list(payload_faults(row, {**carried, **corrected}, book)):
        raise BadInput(*faults)
    role = _role(case, procedure, event, by, at, world)
    was = {name: carried[name] for name in corrected}
    return role, [{"do": "note", "corrects": seq, "was": was, "is": dict(corrected)}]


def _act(case: Case, events: list[Event], seq: int) -> Event:
    """Return the step or activity of that number. Raises BadInput."""
    event = next((event for event in events if event.seq == seq), None)
    if event is None or event.kind not in ("step", "activity"):
        raise _bad(
            "no_such_event",
            f"案件{case.case}没有可更正的第{seq}号事件",
            f"{case.case} has no act with seq {seq}",
            "请核对序号（case history）",
            "check the seq (case history)",
        )
    return event


def _refuse_unknown(seq: int, carried: Mapping[str, Any], corrected: Mapping[str, Any]) -> None:
    """Refuse a correction of nothing, or of a field that the act did not carry."""
    if not corrected:
        raise _bad(
            "missing_field",
            "更正缺少“corrected”",
            "a correction needs 'corrected'",
            "请写明字段及正确内容",
            "give the fields and what is right",
        )
    for name in corrected:
        if name not in carried:
            near = did_you_mean(name, carried)
            raise _bad(
                "unknown_field",
                f"第{seq}号事件没有字段“{name}”{near.zh}",
                f"event {seq} has no field '{name}'{near.en}",
                f"可更正：{'、'.join(carried)}",
                f"it carries {', '.join(carried)}",
            )


def _role(case: Case, procedure: Procedure, event: Event, by: str, at: datetime, world: Staging) -> str:
    """Return the role in which `by` corrects the event. Raises StepNotAllowed."""
    if by == event.by:
        return str(event.content["role"])
    if Role.AUTHORITY in roles_of(case, procedure, by, at, world):
        return Role.AUTHORITY.value
    raise StepNotAllowed(
        case.case,
        "correct",
        case.state,
        Reason(
            "wrong_party",
            Text(
                f"第{event.seq}号事件由{event.by}记录，只有其本人或本案的管理部门可以更正",
                f"event {event.seq} is of {event.by}; only they or the case's authority may correct it",
            ),
            None,
            Text("请由记录者或管理部门办理", "let one of them do it"),
        ),
    )


def _bad(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> BadInput:
    return BadInput(Reason(code, Text(zh, en), None, Text(mend_zh, mend_en)))
