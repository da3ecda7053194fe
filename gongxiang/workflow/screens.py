"""The coordinator's screens of cases: what is owed today, a case, a list of cases, a played docket, a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from gongxiang.citation import cite
from gongxiang.errors import Reason
from gongxiang.page import Block, Column, Facts, Grid, Heading, Phrase, Sentence, Tone, Words
from gongxiang.workflow.board import Board, Item, ProposalItem
from gongxiang.workflow.docket import Played
from gongxiang.workflow.labels import Labels, moment, weekday
from gongxiang.workflow.sweeping import Swept
from gongxiang.workflow.views import CaseView, DeadlineView
from gongxiang.workflow.vocabulary import Phase

SOON = 2
"""Working days left from which a duty counts as due soon."""


def board(shown: Board, labels: Labels) -> Iterator[Block]:
    """Yield what is owed: by department, the most urgent first; then what the lapses propose."""
    say = labels.say
    yield Heading(
        say(
            f"今日待办　{moment(shown.now)}　{weekday(shown.now.date(), 'zh')}",
            f"Owed at {moment(shown.now)}, {weekday(shown.now.date(), 'en')}",
        ),
        _tally(shown, labels),
    )
    if not shown.groups:
        yield Sentence(say("没有未了事项。", "Nothing is owed."))
    if any(item.elapsed is not None and item.elapsed < 0 for _, items in shown.groups for item in items):
        early = say(
            "所给时刻早于已有的记录：以下是案件现在的情形，不是当时的情形。",
            "That moment is before acts on record: cases are shown as they stand now, not as they stood then.",
        )
        yield Sentence(Words("! " + early, "warn"), hang=2)
    rows: list[list[Phrase] | Heading] = []
    for owes, items in shown.groups:
        name = shown.names.get(owes, owes)
        rows.append(Heading(name, owes if name != owes else ""))
        rows += [_item_row(item, labels, shown.now.year) for item in _by_urgency(items)]
    columns = (
        Column(most=18, gives=True),
        Column(most=28, gives=True),
        Column(most=22, gives=True),
        Column(),
        Column(),
    )
    yield Grid(columns, rows, indent=2)
    yield from _proposals(shown.proposals, labels)


def _tally(shown: Board, labels: Labels) -> str:
    phases = [item.phase for _, items in shown.groups for item in items]
    soon = sum(_is_soon(item) for _, items in shown.groups for item in items)
    counts = (
        (phases.count(Phase.OVERDUE), labels.say("逾期", "overdue")),
        (phases.count(Phase.DUE_TODAY), labels.say("今日到期", "due today")),
        (soon, labels.say("两日内到期", "due in two days")),
    )
    said = [f"{name} {number}" if labels.language == "zh" else f"{number} {name}" for number, name in counts if number]
    total = labels.say(f"共 {len(phases)} 项", f"{len(phases)} in all")
    return labels.say("，", ", ").join([total, *said])


def _is_soon(item: Item) -> bool:
    return item.phase is Phase.RUNNING and item.days_left is not None and item.days_left <= SOON


def _by_urgency(items: Iterable[Item]) -> list[Item]:
    order = {Phase.OVERDUE: 0, Phase.DUE_TODAY: 1, Phase.RUNNING: 2, Phase.STOPPED: 3, None: 4}
    return sorted(items, key=lambda item: (order.get(item.phase, 5), item.due is None, item.due, item.case))


def _item_row(item: Item, labels: Labels, this_year: int) -> list[Phrase]:
    duty = labels.limit("", item.procedure, item.limit) if item.limit else labels.step("", item.procedure, item.duty)
    due: Phrase = ""
    if item.due is not None:
        mark = labels.say("暂", "?") if item.provisional else ""
        told = f"{item.due:%m-%d}" if item.due.year == this_year else item.due.isoformat()
        due = f"{told} {weekday(item.due, labels.language)}{mark}"
    return [Words(item.case, "accent"), labels.procedure("", item.procedure), duty, due, _standing(item, labels)]


def _standing(item: Item, labels: Labels) -> Words:
    """How a duty stands, in words."""
    say, left = labels.say, item.days_left
    if item.phase is Phase.OVERDUE:
        over = -left if left else 0
        late = say(f"逾期 {over} 个工作日", f"overdue {over} wd") if over else say("已逾期", "overdue")
        return Words(late, "bad")
    if item.phase is Phase.DUE_TODAY:
        return Words(say("今日到期", "due today"), "warn")
    if item.phase is Phase.STOPPED:
        return Words(say("期限暂停，待其处理", "limit stopped, their move"), "accent")
    if item.phase is Phase.RUNNING:
        ahead = (
            say("余期未定", "days left unknown") if left is None else say(f"还有 {left} 个工作日", f"{left} wd left")
        )
        mark = say("（暂定）", " (provisional)") if item.provisional else ""
        return Words(ahead + mark, "warn" if mark or _is_soon(item) else "")
    waiting = say(f"，已 {item.elapsed} 个工作日", f"; {item.elapsed} wd") if (item.elapsed or 0) > 0 else ""
    return Words(say("无期限", "no limit") + waiting, "dim")


def _proposals(proposals: Iterable[ProposalItem], labels: Labels) -> Iterator[Block]:
    proposals = list(proposals)
    if not proposals:
        return
    say = labels.say
    yield Heading(
        say("逾期后的建议", "What the lapses propose"),
        say("由人决定是否办理", "a person decides whether to take them up"),
    )
    for number, one in enumerate(proposals, start=1):
        authority = (
            labels.department(one.authority)
            if one.authority
            else say("（没有登记的管理部门）", "(no authority registered)")
        )
        others = say(" 或 ", " or ").join(one.alternatives)
        ground = one.ground + (
            say(f"（事实如此时用 {others}）", f" ({others} where the facts say so)") if others else ""
        )
        yield Sentence(
            [
                Words(f"{number}. "),
                Words(one.case, "accent"),
                say(
                    f"：{labels.department(one.against)}的“{labels.any_limit(one.limit)}”已逾期（{moment(one.lapsed_at)}）。"
                    f"{authority}可依{cite(one.article, 'zh')}立案，事由 {ground}：",
                    f": {labels.department(one.against)} missed '{labels.any_limit(one.limit)}' "
                    f"({moment(one.lapsed_at)}). "
                    f"{authority} may open a case under {cite(one.article, 'en')}, ground {ground}:",
                ),
            ],
            indent=2,
            hang=3,
        )
        for line in _command(one):
            yield Sentence(Words(line, "dim"), indent=5, hang=2)


def _command(one: ProposalItem) -> tuple[str, str]:
    """Return the command that would take a proposal up; the person adds the case's name and the facts."""
    return (
        f"gongxiang case open {one.open} … --by {one.authority or '…'} --against {one.against} \\",
        f"  --field ground={one.ground} --field about={one.case} --field facts=…",
    )


def case_list(views: Iterable[CaseView], labels: Labels) -> Iterator[Block]:
    """Yield the cases, a line each: where it stands and the deadline that matters most."""
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
    yield Sentence(Words(say(f"共 {len(views)} 件", f"{len(views)} cases" if len(views) != 1 else "1 case"), "dim"))


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
    pairs.append(
        (say("版本", "Version"), say(f"第 {view.version} 版，规则 {view.rules}", f"{view.version}, rules {view.rules}"))
    )
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
    """Yield the deadlines of a case: basis, due day, where it moved from, how it stands."""
    say = labels.say
    rows: list[list[Phrase]] = []
    for one in view.deadlines:
        rows.append(
            [
                labels.limit(view.rules, view.procedure, one.limit),
                labels.department(one.owed_by),
                cite(one.article, labels.language),
                str(one.working_days) if one.working_days else say("定日", "fixed"),
                due_day(one, labels),
                labels.phase(one.phase),
            ]
        )
    yield Grid(
        (
            Column(say("期限", "Limit"), most=20, gives=True),
            Column(say("义务人", "Owed by"), gives=True),
            Column(say("依据", "Basis")),
            Column(say("工作日", "Days"), right=True),
            Column(say("到期日", "Due")),
            Column(say("情形", "Phase")),
        ),
        rows,
        indent=2,
    )
    for one in view.deadlines:
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


def reasons(given: Iterable[Reason], labels: Labels, indent: int = 2) -> Iterator[Block]:
    """Yield reasons with their article and mend."""
    for reason in given:
        said: list[str | Words] = [Words("✗ ", "bad"), labels.of(reason.text)]
        if reason.article:
            about = cite(reason.article, labels.language)
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
