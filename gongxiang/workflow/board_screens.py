"""The coordinator's first screen: what is owed today, by whom, the most urgent first; and what the lapses propose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gongxiang.errors import Text
from gongxiang.page import Block, Column, Grid, Heading, Phrase, Sentence, Words
from gongxiang.workflow.board import Board, Group
from gongxiang.workflow.labels import Labels, moment, weekday
from gongxiang.workflow.owing import Item
from gongxiang.workflow.proposing import ProposalItem
from gongxiang.workflow.vocabulary import Phase

SOON = 2
"""Working days left from which a duty counts as due soon."""

NAMED = 8
"""How many of the cases that cannot be read are named on the screen."""


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
    if not shown.groups and not shown.unreadable:
        yield Sentence(say("没有未了事项。", "Nothing is owed."))
    yield from _unreadable(shown, labels)
    if any(item.elapsed is not None and item.elapsed < 0 for group in shown.groups for item in group.items):
        early = say(
            "所给时刻早于已有的记录：以下是案件现在的情形，不是当时的情形。",
            "That moment is before acts on record: cases are shown as they stand now, not as they stood then.",
        )
        yield Sentence(Words("! " + early, "warn"), hang=2)
    rows: list[list[Phrase] | Heading] = []
    for group in shown.groups:
        rows.append(_whose(group, labels))
        rows += [_item_row(item, labels, shown.now.year) for item in _by_urgency(group.items)]
    columns = (
        Column(most=18, gives=True),
        Column(most=28, gives=True),
        Column(most=22, gives=True),
        Column(),
        Column(),
    )
    yield Grid(columns, rows, indent=2)
    yield from _left_out("groups", shown, labels)
    yield from _proposals(shown.proposals, labels)
    yield from _left_out("proposals", shown, labels)
    yield from _left_out("held", shown, labels)


def _unreadable(shown: Board, labels: Labels) -> Iterator[Block]:
    """Yield a warning that names the cases of which nobody knows what is owed there, and the mend."""
    names = [one.case for one in shown.unreadable]
    if not names:
        return
    more = len(names) - NAMED
    zh, en = "、".join(names[:NAMED]), ", ".join(names[:NAMED])
    if more > 0:
        zh, en = f"{zh} 等", f"{en} and {more} more"
    said = labels.say(
        f"{len(names)} 件案件无法读取，未列入：{zh}。请由台账重建（audit rebuild）；原因见 --json。",
        f"Cases that cannot be read and are left out here: {len(names)} ({en}). Rebuild them from the ledger "
        "(audit rebuild); --json tells why.",
    )
    yield Sentence(Words("! " + said, "warn"), hang=2)


def _left_out(what: str, shown: Board, labels: Labels) -> Iterator[Block]:
    """Yield a warning where that part of the board is not whole."""
    if what in shown.left_out:
        yield Sentence(Words("! " + labels.of(_MORE[what]).format(shown.limit), "warn"), hang=2)


_MORE = {
    "groups": Text(
        "只看了最先到期的未结案件（--limit {}），还有其他未结案件：加大 --limit 可看更多，0 为全部。",
        "Only the open cases due first were looked at (--limit {}), there are more: a larger --limit looks at more, "
        "0 at all.",
    ),
    "proposals": Text(
        "建议只看了最近的逾期，还有更早的：加大 --limit 可看更多，0 为全部。",
        "Only the newest lapses were looked at for proposals, there are older ones: a larger --limit looks at more, "
        "0 at all.",
    ),
    "held": Text(
        "还有许多期限届满而未记录：请运行 sweep --apply 记录。",
        "Many limits have passed and are not on record yet: sweep --apply records them.",
    ),
}


def _whose(group: Group, labels: Labels) -> Heading:
    if group.owes is None:
        return Heading(labels.unregistered(group.place))
    name = group.name or group.owes
    return Heading(name, group.owes if name != group.owes else "")


def _tally(shown: Board, labels: Labels) -> str:
    phases = [item.phase for group in shown.groups for item in group.items]
    soon = sum(_is_soon(item) for group in shown.groups for item in group.items)
    counts = (
        (phases.count(Phase.OVERDUE), labels.say("逾期", "overdue")),
        (phases.count(Phase.DUE_TODAY), labels.say("今日到期", "due today")),
        (soon, labels.say("两日内到期", "due in two days")),
    )
    said = [f"{name} {number}" if labels.language == "zh" else f"{number} {name}" for number, name in counts if number]
    total = labels.say(f"共 {len(phases)} 项", f"{len(phases)} in all")
    if "groups" in shown.left_out or shown.unreadable:
        total = labels.say(f"至少 {len(phases)} 项", f"at least {len(phases)}")
    return labels.say("，", ", ").join([total, *said])


def _is_soon(item: Item) -> bool:
    return item.phase is Phase.RUNNING and item.days_left is not None and item.days_left <= SOON


def _by_urgency(items: Iterable[Item]) -> list[Item]:
    order = {Phase.OVERDUE: 0, Phase.DUE_TODAY: 1, Phase.RUNNING: 2, Phase.STOPPED: 3, None: 4}
    return sorted(items, key=lambda item: (order.get(item.phase, 5), item.due is None, item.due, item.case))


def _item_row(item: Item, labels: Labels, this_year: int) -> list[Phrase]:
    duty = (
        labels.limit(item.rules, item.procedure, item.limit)
        if item.limit
        else labels.step(item.rules, item.procedure, item.duty, item.state)
    )
    due: Phrase = ""
    if item.due is not None:
        mark = labels.say("暂", "?") if item.provisional else ""
        told = f"{item.due:%m-%d}" if item.due.year == this_year else item.due.isoformat()
        due = f"{told} {weekday(item.due, labels.language)}{mark}"
    return [
        Words(item.case, "accent"),
        labels.procedure(item.rules, item.procedure),
        duty,
        due,
        _standing(item, labels),
    ]


def _standing(item: Item, labels: Labels) -> Words:
    """How a duty stands, in words; the outer limit of the law behind a stricter one."""
    told = _by_its_date(item, labels)
    if item.outer is None:
        return told
    return Words(told.text + labels.say(f"（最迟 {item.outer:%m-%d}）", f" (outer {item.outer:%m-%d})"), told.tone)


def _by_its_date(item: Item, labels: Labels) -> Words:
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
        authority = labels.department(one.authority) if one.authority else labels.unregistered(None)
        limit = labels.limit(one.rules, one.procedure, one.limit)
        others = say(" 或 ", " or ").join(one.alternatives)
        ground = one.ground + (
            say(f"（事实如此时用 {others}）", f" ({others} where the facts say so)") if others else ""
        )
        yield Sentence(
            [
                Words(f"{number}. "),
                Words(one.case, "accent"),
                say(
                    f"：{labels.department(one.against)}的“{limit}”已逾期（{moment(one.lapsed_at)}）。"
                    f"{authority}可依{labels.cite(one.article)}立案，事由 {ground}：",
                    f": {labels.department(one.against)} missed '{limit}' "
                    f"({moment(one.lapsed_at)}). "
                    f"{authority} may open a case under {labels.cite(one.article)}, ground {ground}:",
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
