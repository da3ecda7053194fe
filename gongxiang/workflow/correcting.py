"""Mistakes in the record are corrected by a further dated event that leaves the mistake visible."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongxiang.errors import BadInput, Reason, StepNotAllowed, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.case import Case
from gongxiang.workflow.decide import roles_of
from gongxiang.workflow.facts import World
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.procedure import Procedure
from gongxiang.workflow.vocabulary import Role

DECISIVE = frozenset({"working_days", "due", "date", "ground", "outcome", "to", "about"})
"""Payload fields that moved a state or a date: they are set right by a step (amend_order, revoke, a new case), not by a
correction.
"""


def correction_effects(
    case: Case,
    procedure: Procedure,
    events: list[Event],
    seq: int,
    by: str,
    at: datetime,
    corrected: Mapping[str, Any],
    reasons: str,
    world: World,
) -> tuple[str, list[dict[str, Any]]]:
    """Return the role of who corrects, and the effect. Raises BadInput or StepNotAllowed with the reason."""
    event = next((event for event in events if event.seq == seq), None)
    if event is None or event.kind not in ("step", "activity"):
        raise _bad(
            "no_such_event",
            f"案件{case.case}没有可更正的第{seq}号事件",
            f"{case.case} has no act with seq {seq}",
            "请核对序号（case history）",
            "check the seq (case history)",
        )
    if not isinstance(reasons, str) or not reasons.strip():
        raise _bad("missing_field", "更正缺少“reasons”", "a correction needs 'reasons'", "请说明更正的理由", "say why")
    carried = event.content["payload"]
    if not corrected:
        raise _bad(
            "missing_field",
            "更正缺少“corrected”",
            "a correction needs 'corrected'",
            "请写明字段及正确内容",
            "give the fields and what is right",
        )
    for name, value in corrected.items():
        if name not in carried:
            near = did_you_mean(name, carried)
            raise _bad(
                "unknown_field",
                f"第{seq}号事件没有字段“{name}”{near.zh}",
                f"event {seq} has no field '{name}'{near.en}",
                f"可更正：{'、'.join(carried)}",
                f"it carries {', '.join(carried)}",
            )
        if name in DECISIVE:
            raise _bad(
                "decisive_field",
                f"“{name}”决定了状态或期限，不能以更正改变",
                f"'{name}' decided a state or a date and is not changed by a correction",
                "请办理相应步骤，或撤销后另立新案",
                "take the step that sets it right, or open a new case",
            )
        if not isinstance(value, type(carried[name])) or (isinstance(value, str) and not value.strip()):
            raise _bad(
                "bad_field",
                f"“{name}”的更正内容不合要求",
                f"'{name}' is not corrected to a value of its kind",
                "请写同类的非空内容",
                "give a value of the same kind",
            )
    roles = roles_of(case, procedure, by, at, world)
    if by != event.by and Role.AUTHORITY not in roles:
        raise StepNotAllowed(
            case.case,
            "correct",
            case.state,
            Reason(
                "wrong_party",
                Text(
                    f"第{seq}号事件由{event.by}记录，只有其本人或本案的管理部门可以更正",
                    f"event {seq} is of {event.by}; only they or the case's authority may correct it",
                ),
                None,
                Text("请由记录者或管理部门办理", "let one of them do it"),
            ),
        )
    role = event.content["role"] if by == event.by else Role.AUTHORITY.value
    return role, [
        {"do": "note", "corrects": seq, "was": {name: carried[name] for name in corrected}, "is": dict(corrected)}
    ]


def _bad(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> BadInput:
    return BadInput(Reason(code, Text(zh, en), None, Text(mend_zh, mend_en)))
