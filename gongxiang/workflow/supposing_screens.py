"""A docket under two laws, side by side: the cases that come out otherwise, and the lines that only one refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gongxiang.page import Block, Column, Facts, Grid, Heading, Phrase, Sentence, Words
from gongxiang.workflow.labels import Labels, moment
from gongxiang.workflow.screens import due_day, in_pairs, reasons
from gongxiang.workflow.supposing import RefusedOnce, SupposedCase, Supposition
from gongxiang.workflow.views import CaseView, DeadlineView

NAMED = 12
"""How many of the lines refused under both laws are named; `--json` has them all."""
Sides = tuple[Labels, Labels]
"""What things are called under the one law and under the other."""


def supposition(found: Supposition, titles: tuple[str, str], sides: Sides) -> Iterator[Block]:
    """Yield what differs. `titles` are what the two laws are called."""
    labels = sides[1]
    say = labels.say
    when = moment(found.now) if found.now else "—"
    yield Heading(say("同一卷宗，两部规则", "One docket under two laws"), say(f"截至 {when}", f"as of {when}"))
    yield Facts(((say("甲", "A"), titles[0]), (say("乙", "B"), titles[1])))
    yield Sentence(_tally(found, labels))
    if found.refused_in_both:
        yield Sentence(Words(f"! {_both(found, labels)}", "warn"), hang=2)
        for refused in found.refused_in_both[:NAMED]:
            yield Sentence(Words(f"{Path(refused.path).name}:{refused.line}", "accent"), indent=2)
            yield from reasons(refused.error.reasons, labels, indent=4)
    for one in found.cases:
        yield from _case(one, sides)
    if found.refused:
        yield Heading(say("只被一方拒绝的行", "Lines that only one of the two refuses"))
    for line in found.refused:
        yield from _line(line, sides)


def _both(found: Supposition, labels: Labels) -> str:
    number, say = len(found.refused_in_both), labels.say
    more = say(f"，此处列出前 {NAMED} 行", f"; the first {NAMED} of them") if number > NAMED else ""
    return say(f"两部规则下都被拒绝 {number} 行{more}", f"{number} refused under both{more}")


def _tally(found: Supposition, labels: Labels) -> Words:
    say = labels.say
    if not found.compared:
        return Words(say("卷宗没有产生任何案件。", "The docket makes no case."), "warn")
    if found.same:
        return Words(
            say(
                f"没有差异：{found.compared} 件案件的状态、期限、标记都相同，没有只被一方拒绝的行。",
                f"Nothing differs: {found.compared} cases have the same states, deadlines and flags, and no line is "
                "refused by only one.",
            ),
            "good",
        )
    return Words(
        say(
            f"{found.compared} 件案件中 {len(found.cases)} 件不同；只被一方拒绝的行 {len(found.refused)}。",
            f"{len(found.cases)} of {found.compared} cases differ; {len(found.refused)} line(s) refused by only one.",
        )
    )


def _case(one: SupposedCase, sides: Sides) -> Iterator[Block]:
    labels, view = sides[1], one.view
    say = labels.say
    title = sides[1 if one.after else 0].procedure(view.rules, view.procedure)
    yield Heading([Words(view.case, "accent"), "  ", Words(title, "strong")])
    views = (one.before, one.after)
    rows: list[Sequence[Phrase]] = [
        [
            Words(say("规则", "Rules"), "dim"),
            *(Words(view.rules.partition("@")[0] if view else "—", "dim") for view in views),
        ],
        [_name(say("状态", "State"), "state" in one.differs), *map(_state, views, sides)],
    ]
    rows += [_limit_row(limit, one, sides) for limit in _limits(one, sides)]
    if one.before is not None and one.after is not None and "flags" in one.differs:
        rows.append([_name(say("标记", "Flags"), True), *map(_flags, views, views[::-1], sides)])
    columns = (
        Column(most=20, wraps=True),
        Column(say("甲", "A"), wraps=True, gives=True, least=12),
        Column(say("乙", "B"), wraps=True, gives=True, least=12),
    )
    yield Grid(columns, rows, indent=2)


def _name(text: str, differs: bool) -> Words:
    return Words(text, "warn" if differs else "dim")


def _state(view: CaseView | None, labels: Labels) -> Words:
    if view is None:
        return Words(labels.say("没有此案", "no such case"), "dim")
    return Words(labels.state(view.rules, view.procedure, view.state))


def _limits(one: SupposedCase, sides: Sides) -> list[str]:
    """Return the limits to show: those that differ, in the order of the second law, an outer one behind the stricter;
    all, where one of the cases is not there.
    """
    views = [(view, labels) for view, labels in ((one.after, sides[1]), (one.before, sides[0])) if view]
    order = [deadline.limit for view, labels in views for deadline in in_pairs(view, labels)]
    return [limit for limit in dict.fromkeys(order) if limit in one.limits or len(views) == 1]


def _limit_row(limit: str, one: SupposedCase, sides: Sides) -> Sequence[Phrase]:
    views = (one.before, one.after)
    named = [
        labels.limit(view.rules, view.procedure, limit)
        for view, labels in zip(views[::-1], sides[::-1], strict=True)
        if view and any(deadline.limit == limit for deadline in view.deadlines)
    ]
    return [_name(named[0], True), *(_deadline(limit, view, labels) for view, labels in zip(views, sides, strict=True))]


def _deadline(limit: str, view: CaseView | None, labels: Labels) -> Phrase:
    found: DeadlineView | None = next((one for one in view.deadlines if one.limit == limit), None) if view else None
    if found is None:
        return Words("—", "dim")
    moved = labels.say(f"（原 {found.original_due}）", f" (first {found.original_due})")
    return [
        due_day(found, labels) + (moved if found.original_due != found.due else "") + " ",
        labels.phase(found.phase),
        Words(f" {labels.cite(found.article)}", "dim"),
    ]


def _flags(view: CaseView | None, other: CaseView | None, labels: Labels) -> Phrase:
    assert view is not None
    assert other is not None
    own = [labels.flag(view.rules, view.procedure, flag) for flag in view.flags if flag not in other.flags]
    return labels.say("；", "; ").join(own) or Words("—", "dim")


def _line(one: RefusedOnce, sides: Sides) -> Iterator[Block]:
    say = sides[1].say
    yield Heading(say(f"第 {one.line} 行", f"Line {one.line}"), one.path)
    for letter, refused, labels in ((say("甲", "A"), one.before, sides[0]), (say("乙", "B"), one.after, sides[1])):
        told = Words(say("拒绝", "refused"), "bad") if refused else Words(say("受理", "taken"), "good")
        yield Sentence([f"{letter}  ", told], indent=2)
        if refused:
            yield from reasons(refused.error.reasons, labels, indent=5)
