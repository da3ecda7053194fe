"""Who may recalculate, and under whose name: an authority acts, a person signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongxiang.errors import BadInput, Reason, StepNotAllowed, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.opening import need_department
from gongxiang.workflow.vocabulary import Kind
from gongxiang.workflow.work import Work


def signed(work: Work, by: str, at: datetime, payload: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the signer and whether deadlines may be made earlier.

    Raises StepNotAllowed for a `by` that is no authority, UnknownDepartment, BadInput for a payload without a signer.
    """
    actor = need_department(work.register, by, at)
    if actor.kind is not Kind.AUTHORITY:
        raise StepNotAllowed(
            "",
            "recalculate",
            "",
            Reason(
                "wrong_party",
                Text(
                    f"重新计算期限应由政务数据资源管理部门办理，不是{actor.name}",
                    f"deadlines are recalculated by an authority, not {by}",
                ),
                None,
                Text("请由管理部门指定的人员办理", "let a named person of an authority do it"),
            ),
        )
    for name in payload:
        if name not in ("signer", "shorten"):
            near = did_you_mean(name, ("signer", "shorten"))
            zh, en = f"重新计算没有字段“{name}”{near.zh}", f"a recalculation has no field '{name}'{near.en}"
            raise _bad("unknown_field", zh, en)
    signer, shorten = payload.get("signer"), payload.get("shorten", False)
    if not isinstance(signer, str) or not signer.strip():
        raise _bad("missing_field", "重新计算须写明签发人“signer”", "a recalculation names its 'signer'")
    if not isinstance(shorten, bool):
        raise _bad("bad_field", "“shorten”应为 true 或 false", "'shorten' is true or false")
    return signer, shorten


def _bad(code: str, zh: str, en: str) -> BadInput:
    return BadInput(
        Reason(
            code,
            Text(zh, en),
            None,
            Text("字段：signer（签发人姓名）、shorten?", "the fields are signer (a person's name) and shorten?"),
        )
    )
