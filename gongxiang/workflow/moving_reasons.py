"""Why a case cannot be moved to another rule book, each with its mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gongxiang.calendars import Due
from gongxiang.errors import Reason, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline, beijing
from gongxiang.workflow.moving_document import MovingDocument
from gongxiang.workflow.procedure import Procedure


def merged(case: Case, landed: list[str]) -> Iterator[Reason]:
    """Yield the limits that two deadlines of the case would become."""
    for limit in dict.fromkeys(one for one in landed if landed.count(one) > 1):
        yield Reason(
            "deadline_lost",
            Text(f"案件{case.case}有两个期限同成“{limit}”", f"two deadlines of {case.case} would become {limit}"),
            None,
            Text("请让每个期限各有去处，或写 cancel", "let each become one of its own, or say cancel"),
        )


def missing(case: Case, document: MovingDocument, new: Procedure, at: datetime) -> Iterator[Reason]:
    """Yield what the case or the day lacks that the new rule book needs."""
    if beijing(at).date() < document.target.in_force:
        since = document.target.in_force
        yield Reason(
            "not_in_force",
            Text(f"新规则自{since}起施行", f"{document.target.id} is in force from {since} only"),
            document.target.in_force_article,
            Text("请在施行之日以后办理", "do it from that day on"),
        )
    for kept in case.retained:
        if kept not in new.retentions:
            yield Reason(
                "retention_lost",
                Text(f"案件{case.case}应保存的“{kept}”在新规则中没有对应", f"{case.case} keeps {kept}, unknown there"),
                None,
                Text("请把该程序列入 leave", "leave that procedure out (`leave`)"),
            )
    for party in new.parties:
        if party.role.value not in case.parties:
            yield Reason(
                "no_party",
                Text(f"案件{case.case}没有新规则所需的“{party.role}”", f"{case.case} has no {party.role} as it needs"),
                party.article,
                Text("请把该程序列入 leave，或另立新案", "leave that procedure out (`leave`), or open a new case"),
            )


def unknown_source(source: str, names: Sequence[str]) -> Reason:
    """No case here stands or stood under a rule book of that name."""
    near, ids = did_you_mean(source, names), names[::3]
    return Reason(
        "unknown_rule_book",
        Text(f"没有案件适用过“{source}”{near.zh}", f"no case here ever stood under '{source}'{near.en}"),
        None,
        Text(f"请核对“from”，可用：{'、'.join(ids) or '（无）'}", f"check 'from': {', '.join(ids) or '(none)'}"),
    )


def stranded(case: Case, state: str, limit: str) -> Reason:
    """The new table has no such limit open in that state, so that no step would ever end it."""
    return Reason(
        "deadline_lost",
        Text(
            f"新规则中“{state}”时没有期限“{limit}”，案件{case.case}的这一期限将无人能了结",
            f"no case is '{state}' with {limit} open under the new rules: nothing would end that of {case.case}",
        ),
        None,
        Text("请移到该期限在跑的状态，或写 cancel", "map to a state in which it runs, or say cancel"),
    )


def no_table(case: Case, document: MovingDocument) -> Reason:
    return Reason(
        "no_table",
        Text(
            f"迁移文件没有写程序“{case.procedure}”，而案件{case.case}未结",
            f"the document says nothing of {case.procedure}, and {case.case} is open",
        ),
        None,
        Text(
            f"请写 [[procedure]] id = “{case.procedure}”（新规则须有此程序），或列入 leave",
            f"write its [[procedure]] ({document.target.id} must have one of that name), or list it under `leave`",
        ),
    )


def no_image(case: Case, old: Procedure, state: str | None = None) -> Reason:
    state = state or case.state
    title = old.states[state].title
    return Reason(
        "no_image",
        Text(f"案件{case.case}的状态“{title.zh}”在新规则中没有对应", f"'{state}' of {case.case} has no image"),
        None,
        Text(f"请在 states 中写 {state} = “…”", f'write {state} = "…" under `states`'),
    )


def lost(case: Case, deadline: Deadline) -> Reason:
    return Reason(
        "deadline_lost",
        Text(
            f"案件{case.case}的期限“{deadline.limit}”（{deadline.due}）没有着落",
            f"what becomes of the deadline {deadline.limit} of {case.case} ({deadline.due}) is not said",
        ),
        deadline.article,
        Text(
            f"请在 deadlines 中写 {deadline.limit} = “keep”、“recompute”或“cancel”",
            f'write {deadline.limit} = "keep", "recompute" or "cancel" under `deadlines`',
        ),
    )


def no_limit(case: Case, deadline: Deadline, becomes: str) -> Reason:
    return Reason(
        "deadline_lost",
        Text(
            f"新规则没有期限“{becomes}”，案件{case.case}的“{deadline.limit}”将丢失",
            f"the new rule book has no limit '{becomes}': the {deadline.limit} of {case.case} would be lost",
        ),
        deadline.article,
        Text(
            "请写 recompute 并以 as 指明新期限，或写 cancel",
            "say recompute and name the new limit (`as`), or say cancel",
        ),
    )


def rests_on_it(case: Case, deadline: Deadline) -> Reason:
    return Reason(
        "sanction_rests_on_it",
        Text(
            f"案件{case.case}的期限“{deadline.limit}”已届满并据以处理，不能重新计算",
            f"{case.case} stands where it does because {deadline.limit} lapsed: it is not computed anew",
        ),
        deadline.article,
        Text("请写 keep", "say keep"),
    )


def shorter(case: Case, deadline: Deadline, due: Due) -> Reason:
    return Reason(
        "shorter",
        Text(
            f"案件{case.case}的期限将由{deadline.due}提前到{due.date}；已告知的期限不得自动缩短",
            f"the limit of {case.case} would move from {deadline.due} to {due.date}: one once told is not shortened",
        ),
        deadline.article,
        Text("请写 keep，或由具名的人明示 shorten = true", "say keep, or let the named person say shorten = true"),
    )
