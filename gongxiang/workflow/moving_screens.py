"""A migration as people read it: case by case, state and new state, each deadline, and why one cannot move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gongxiang.errors import Text
from gongxiang.page import Block, Heading, Sentence, Words
from gongxiang.workflow.labels import Labels
from gongxiang.workflow.moving import CaseMove, DeadlineMove
from gongxiang.workflow.procedure import RuleBook

WHAT = {
    "keep": Text("不变", "kept"),
    "recompute": Text("重新计算", "computed anew"),
    "cancel": Text("取消", "cancelled"),
}


def plan(moves: Sequence[CaseMove], to: RuleBook, labels: Labels, *, applied: bool) -> Iterator[Block]:
    """Yield every case that moves, or would, and the reasons against it."""
    say = labels.say
    stuck = sum(bool(move.reasons) for move in moves)
    head = say("案件改用规则", "Cases moved to") if applied else say("案件拟改用规则", "Cases to be moved to")
    counted = say(f"共 {len(moves)} 件", f"{len(moves)} in all") + (
        say(f"，{stuck} 件不能迁移", f", {stuck} cannot move") if stuck else ""
    )
    yield Heading(f"{head} {labels.of(to.title)}", counted)
    if not moves:
        yield Sentence(say("没有涉及的未结案件。", "No open case is concerned."))
    for move in moves:
        yield from _case(move, to, labels)
    if moves and not applied and not stuck:
        yield Sentence(
            Words(
                say("加 --apply --by 部门 --signer 姓名 才写入。", "Written only with --apply --by ID --signer NAME."),
                "dim",
            )
        )


def _case(move: CaseMove, to: RuleBook, labels: Labels) -> Iterator[Block]:
    old = labels.state(move.source, move.procedure, move.state)
    table = to.procedures.get(move.procedure)
    new = labels.of(table.states[move.becomes].title) if table and move.becomes else labels.say("（无）", "(none)")
    yield Sentence(
        [
            Words("✗ " if move.reasons else "→ ", "bad" if move.reasons else "good"),
            Words(move.case, "accent"),
            f"  {labels.procedure(move.source, move.procedure)}  {old} → {new}",
        ],
        hang=2,
    )
    for one in move.deadlines:
        yield Sentence(_deadline(one, move, labels), indent=2, hang=2)
    for reason in move.reasons:
        yield Sentence([Words("✗ ", "bad"), labels.of(reason.text)], indent=2, hang=2)
        if reason.mend:
            yield Sentence([Words("→ ", "good"), labels.of(reason.mend)], indent=4, hang=2)


def _deadline(one: DeadlineMove, move: CaseMove, labels: Labels) -> list[str | Words]:
    named = labels.limit(move.source, move.procedure, one.limit)
    date = str(one.old) if one.new in (None, one.old) else f"{one.old} → {one.new}"
    other = f" → {one.becomes}" if one.becomes != one.limit else ""
    return [f"{named}{other}  ", Words(date, "strong"), f"  {labels.of(WHAT[one.what])}"]
