"""The coordinator's screens of cases: a list of them, one of them, a played docket, a sweep; and why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from gongxiang.errors import Reason
from gongxiang.page import Block, Column, Facts, Grid, Heading, Phrase, Sentence, Tone, Words
from gongxiang.workflow.docket import Played
from gongxiang.workflow.labels import Labels, moment
from gongxiang.workflow.sweeping import Swept
from gongxiang.workflow.views import CaseView, DeadlineView
from gongxiang.workflow.vocabulary import Phase


def case_list(views: Iterable[CaseView], labels: Labels, *, more: bool = False) -> Iterator[Block]:
    """Yield the cases, a line each: where it stands and the deadline that matters most. `more`: these are the newest
    only.
    """
    views = list(views)
    say = labels.say
    if not views:
        yield Sentence(say("没有符合条件的案件。", "No case answers to that."))
        return
    columns = (
        Column(say("案件", "Case"), most=22, gives=True),
        Column(say("程序", "Procedure"), most=16, gives=True),
        Column(say("状态", "State"), most=16, gives=True),
        Column(say("期限", "Due"), most=20),
        Column(say("情形", "Phase")),
    )
    yield Grid(columns, [_case_row(view, labels) for view in views])
    count = len(views)
    if more:
        told = say(
            f"只列出了最新的案件（--limit {count}），还有更早的：加大 --limit 可列出更多，0 为全部。",
            f"Only the newest are shown (--limit {count}), there are older ones: a larger --limit shows more, 0 all.",
        )
        yield Sentence(Words("! " + told, "warn"), hang=2)
    else:
        yield Sentence(Words(say(f"共 {count} 件", f"{count} cases" if count != 1 else "1 case"), "dim"))


_WEIGHT = (Phase.OVERDUE, Phase.DUE_TODAY, Phase.STOPPED, Phase.RUNNING, Phase.MET_LATE, Phase.MET, Phase.VOID)


def _case_row(view: CaseView, labels: Labels) -> list[Phrase]:
    tone: Tone = "dim" if view.final else ""
    row: list[Phrase] = [
        Words(view.case, tone or "accent"),
        Words(labels.procedure(view.rules, view.procedure), tone),
        Words(labels.state(view.rules, view.procedure, view.state), tone),
    ]
    if not view.deadlines:
        return [*row, Words("—", "dim"), Words("—", "dim")]
    first = min(view.deadlines, key=lambda deadline: (_WEIGHT.index(deadline.phase), deadline.due))
    return [*row, Words(due_day(first, labels), tone), labels.phase(first.phase)]


def due_day(deadline: DeadlineView, labels: Labels) -> str:
    """Return the due day; marked where it is provisional."""
    return f"{deadline.due.isoformat()}{labels.say('（暂定）', ' (prov.)') if deadline.provisional else ''}"


def case(view: CaseView, labels: Labels, now: datetime) -> Iterator[Block]:
    """Yield one case: where it stands, who takes part, its deadlines, what hangs on it."""
    say = labels.say
    yield Heading(
        [Words(view.case, "accent"), Words("  "), Words(labels.procedure(view.rules, view.procedure), "strong")],
        say(f"截至 {moment(now)}", f"as of {moment(now)}"),
    )
    state = labels.state(view.rules, view.procedure, view.state)
    pairs: list[tuple[str, Phrase]] = [
        (
            say("状态", "State"),
            [Words(state, "strong"), Words(say("（终结）", " (final)") if view.final else "", "dim")],
        )
    ]
    pairs += [(labels.role(role), labels.named(party)) for role, party in view.parties.items()]
    if view.resource:
        basis = say("；", "; ").join(view.resource.get("legal_basis") or ()) or say("未注明", "none cited")
        pairs.append((say("数据", "Data"), f"{view.resource['name']} ({view.resource['code']})"))
        pairs.append((say("共享依据", "Legal basis"), basis))
    pairs.append((say("立案", "Opened"), moment(view.opened_at)))
    pairs.append((say("规则", "Rules"), labels.book(view.rules)))
    pairs.append((say("版本", "Version"), say(f"第 {view.version} 版", str(view.version))))
    if view.flags:
        told = [labels.flag(view.rules, view.procedure, flag) for flag in view.flags]
        pairs.append((say("标记", "Flags"), Words(say("；", "; ").join(told), "warn")))
    if view.links:
        pairs.append((say("关联", "Linked"), say("、", ", ").join(case for _, case in view.links)))
    yield Facts(pairs)
    if view.deadlines:
        yield Heading(say("期限", "Deadlines"))
        yield from deadlines(view, labels)


def deadlines(view: CaseView, labels: Labels) -> Iterator[Block]:
    """Yield the deadlines of a case: basis, due day, where it moved from, how it stands; an outer limit behind the
    stricter one.
    """
    say = labels.say
    rows: list[list[Phrase]] = []
    for one in in_pairs(view, labels):
        rows.append(
            [
                labels.limit(view.rules, view.procedure, one.limit),
                labels.department(one.owed_by),
                labels.cite(one.article),
                str(one.working_days) if one.working_days else say("定日", "fixed"),
                due_day(one, labels),
                labels.phase(one.phase),
            ]
        )
    yield Grid(
        (
            Column(say("期限", "Limit"), most=20, wraps=True, least=14, gives=True),
            Column(say("义务人", "Owed by"), gives=True),
            Column(say("依据", "Basis"), wraps=True, least=10, gives=True),
            Column(say("工作日", "Days"), right=True),
            Column(say("到期日", "Due")),
            Column(say("情形", "Phase")),
        ),
        rows,
        indent=2,
    )
    yield from _two_clocks(view, labels)
    for one in in_pairs(view, labels):
        title = labels.limit(view.rules, view.procedure, one.limit)
        if one.original_due != one.due:
            yield Sentence(
                Words(
                    say(
                        f"“{title}”原到期日 {one.original_due}，已改为 {one.due}",
                        f"'{title}' was due on {one.original_due}, now {one.due}",
                    ),
                    "warn",
                ),
                indent=2,
            )
        if one.lapsed_at:
            yield Sentence(
                Words(
                    say(
                        f"“{title}”于 {moment(one.lapsed_at)} 届满未办",
                        f"'{title}' passed unmet at {moment(one.lapsed_at)}",
                    ),
                    "bad",
                ),
                indent=2,
            )
        if one.met_at:
            yield Sentence(
                say(f"“{title}”于 {moment(one.met_at)} 办结", f"'{title}' was met at {moment(one.met_at)}"), indent=2
            )


def running(view: CaseView) -> set[str]:
    """Return the limits of a case that have started and are not void."""
    return {one.limit for one in view.deadlines if one.phase is not Phase.VOID}


def in_pairs(view: CaseView, labels: Labels) -> list[DeadlineView]:
    """Return the deadlines in their order, but an outer limit right behind the stricter one."""
    outer = labels.outer(view.rules, view.procedure)
    place = {one.limit: number for number, one in enumerate(view.deadlines)}
    return sorted(
        view.deadlines, key=lambda one: (place.get(outer.get(one.limit, ""), place[one.limit]), one.limit in outer)
    )


def _two_clocks(view: CaseView, labels: Labels) -> Iterator[Block]:
    """Yield, for each duty with two limits, which of them is due and which is the outer one."""
    at_hand = {one.limit: one for one in view.deadlines if one.limit in running(view)}
    for name, strict in labels.outer(view.rules, view.procedure).items():
        if name in at_hand and strict in at_hand:
            due, outer = at_hand[strict], at_hand[name]
            title, behind = (labels.limit(view.rules, view.procedure, limit) for limit in (strict, name))
            said = labels.say(
                f"“{title}”以较严的 {due_day(due, labels)} 为准（{labels.cite(due.article)}）；"
                f"法定外限 {due_day(outer, labels)}，即“{behind}”（{labels.cite(outer.article)}）",
                f"'{title}' is due on {due_day(due, labels)}, the stricter day ({labels.cite(due.article)}); "
                f"the outer limit is {due_day(outer, labels)}, '{behind}' ({labels.cite(outer.article)})",
            )
            yield Sentence(Words(said, "accent"), indent=2)


def reasons(given: Iterable[Reason], labels: Labels, indent: int = 2) -> Iterator[Block]:
    """Yield reasons with their article and mend."""
    for reason in given:
        said: list[str | Words] = [Words("✗ ", "bad"), labels.of(reason.text)]
        if reason.article:
            about = labels.cite(reason.article)
            said.append(Words(labels.say(f"（{about}）", f" ({about})"), "accent"))
        yield Sentence(said, indent=indent, hang=2)
        if reason.mend:
            yield Sentence([Words("→ ", "good"), labels.of(reason.mend)], indent=indent + 2, hang=2)


def played(result: Played, labels: Labels) -> Iterator[Block]:
    """Yield what a played docket did."""
    say = labels.say
    when = moment(result.now) if result.now else "—"
    yield Heading(
        say("卷宗已播放", "Docket played") if not result.refused else say("卷宗播放结果", "Docket"),
        say(f"截至 {when}", f"as of {when}"),
    )
    if result.cases:
        yield from case_list(result.cases, labels)
    yield Facts(
        (
            (say("事件", "Events"), str(result.events)),
            (say("逾期", "Lapses"), str(result.lapses)),
            (say("拒绝", "Refused"), Words(str(len(result.refused)), "bad" if result.refused else "")),
        )
    )
    for refused in result.refused:
        yield Heading(
            Words(say(f"第 {refused.line} 行被拒绝", f"Line {refused.line} refused"), "bad"), refused.error.code
        )
        yield from reasons(refused.error.reasons, labels)


def swept(result: Swept, labels: Labels, *, applied: bool) -> Iterator[Block]:
    """Yield what a sweep found, and what a known notice holds back."""
    say = labels.say
    yield Heading(
        say("清查逾期", "Sweep") + ("" if applied else say("（试算，未写入）", " (dry run, nothing written)")),
        say(f"截至 {moment(result.now)}", f"up to {moment(result.now)}"),
    )
    if result.lapses:
        yield Grid(
            (
                Column(say("案件", "Case"), most=24, gives=True),
                Column(say("期限", "Limit"), most=12),
                Column(say("义务人", "Owed by"), most=30, gives=True),
                Column(say("届满", "Passed")),
            ),
            [
                [
                    Words(one.case, "accent"),
                    labels.any_limit(one.limit),
                    labels.department(one.owed_by),
                    moment(one.at),
                ]
                for one in result.lapses
            ],
            indent=2,
        )
    else:
        yield Sentence(say("没有新的逾期。", "Nothing new has lapsed."))
    for held in result.held:
        why = (
            say("到期日尚属暂定", "the date is provisional")
            if held.provisional
            else say("已公布的通知将移动到期日", "a published notice moves the date")
        )
        yield Sentence(
            Words(
                say(
                    f"{held.case} 暂不认定逾期：{held.due} → {held.would_be}，{why}；先办理 calendar recalculate",
                    f"{held.case} is held back: {held.due} -> {held.would_be}, {why}; see calendar recalculate",
                ),
                "warn",
            ),
            indent=2,
            hang=2,
        )
    if result.lapses and not applied:
        yield Sentence(Words(say("加 --apply 写入。", "Add --apply to record them."), "dim"))
