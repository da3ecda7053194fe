"""The record as a whole: who takes part, what a notice moves, whether the ledger holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gongxiang.errors import Language, Text
from gongxiang.page import Block, Column, Facts, Grid, Heading, Sentence, Tone, Words
from gongxiang.workflow.labels import KIND_NAMES, Labels
from gongxiang.workflow.recalculation import ALREADY_MET, Move, Recalculated
from gongxiang.workflow.sealing_screens import covered, uncovered
from gongxiang.workflow.vocabulary import LEVEL_NAMES, Department

MOVE_NAMES: Mapping[str, Text] = {
    "moves": Text("顺延", "moves later"),
    "earlier": Text("提前", "moves earlier"),
    "confirmed": Text("由暂定改为确定", "is confirmed"),
    "would_cease_to_be_late": Text("已记逾期，将不再逾期", "recorded late, would be in time"),
    "would_become_late": Text("提前，且将成为逾期", "moves earlier, would be late"),
    "sanction_rests_on_it": Text("已据以处理，由人决定（restore_limit）", "a person decides: restore_limit"),
    "already_met": Text("已办结，不移动", "met already, nothing moves"),
    "acted_since": Text("其间另有行为，留待下次", "acted on meanwhile: the next run"),
}


def departments(known: Iterable[Department], labels: Labels) -> Iterator[Block]:
    """Yield who takes part."""
    say = labels.say
    rows = [
        [
            Words(one.id, "accent"),
            one.name,
            one.region,
            labels.of(LEVEL_NAMES[one.level]),
            labels.of(KIND_NAMES[one.kind]),
        ]
        for one in sorted(known, key=lambda one: (one.region, one.level, one.kind, one.id))
    ]
    if not rows:
        yield Sentence(say("尚未登记任何部门。", "Nobody is registered."))
        return
    columns = (
        Column(say("代号", "Id"), most=20, gives=True),
        Column(say("名称", "Name"), gives=True),
        Column(say("区划", "Region")),
        Column(say("层级", "Level")),
        Column(say("类别", "Kind"), most=22, gives=True),
    )
    yield Grid(columns, rows)
    yield Sentence(Words(say(f"共 {len(rows)} 个部门", f"{len(rows)} departments"), "dim"))


def plan(moves: Iterable[Move], labels: Labels, *, imported: bool) -> Iterator[Block]:
    """Yield which open deadlines would move."""
    say = labels.say
    told = list(moves)
    moves = [move for move in told if move.kind != ALREADY_MET]
    met = [move for move in told if move.kind == ALREADY_MET]
    yield Heading(
        say("会移动的未了期限", "Open deadlines that would move"),
        say(f"{len(moves)} 项，尚未移动", f"{len(moves)}, none moved yet"),
    )
    if moves:
        yield from _to_decide(moves, labels, imported=imported)
    else:
        yield Sentence(say("没有。", "None."))
    if met:
        yield Heading(say("已办结、日期会不同的期限", "Met already, though the date would be another"), str(len(met)))
        yield _moves(met, labels)


def _to_decide(moves: Iterable[Move], labels: Labels, *, imported: bool) -> Iterator[Block]:
    say = labels.say
    yield _moves(moves, labels)
    verb = "calendar recalculate --apply --by … --signer …" if imported else "--apply [--by … --signer …]"
    yield Sentence(
        Words(say(f"移动期限须由具名的人决定：{verb}", f"a named person decides: {verb}"), "dim"), indent=2, hang=2
    )


def recalculated(done: Recalculated, labels: Labels) -> Iterator[Block]:
    """Yield what has been moved, and what was left to a person."""
    say = labels.say
    yield Heading(say("已重新计算", "Recalculated"), say(f"移动 {len(done.moved)} 项", f"{len(done.moved)} moved"))
    if done.moved:
        yield _moves(done.moved, labels)
    if done.left:
        yield Heading(say("未移动，留待人决定", "Left to a person"))
        yield _moves(done.left, labels)


def no_plan(language: Language) -> Iterator[Block]:
    """Yield that there is no database whose deadlines could move."""
    yield Sentence(
        Words(
            Text("没有数据库，因此没有期限可移动。", "There is no database, so no deadline that could move.").of(
                language
            ),
            "dim",
        )
    )


def _moves(moves: Iterable[Move], labels: Labels) -> Grid:
    say = labels.say
    tones: dict[str, Tone] = {"sanction_rests_on_it": "warn", "would_become_late": "bad", "earlier": "warn"}
    return Grid(
        (
            Column(say("案件", "Case"), most=24, gives=True),
            Column(say("期限", "Limit"), most=12, gives=True),
            Column(say("原到期日", "Was due")),
            Column(),
            Column(say("新到期日", "Is due")),
            Column(say("后果", "Effect"), wraps=True, gives=True),
        ),
        [
            [
                Words(move.case, "accent"),
                labels.any_limit(move.limit),
                str(move.old),
                "→",
                Words(str(move.new), "strong"),
                Words(labels.of(MOVE_NAMES[move.kind]), tones.get(move.kind, "")),
            ]
            for move in moves
        ],
        indent=2,
    )


def verification(found: Mapping[str, Any], language: Language) -> Iterator[Block]:
    """Yield whether the ledger, the states, the deadlines and the permissions hold."""
    say = Labels(language).say
    yield Heading(say("台账核验", "The ledger verified"))
    ok = found["ok"]
    yield Sentence(
        [Words("✓ ", "good"), Words(say("全部相符", "everything agrees"), "good")]
        if ok
        else [
            Words("✗ ", "bad"),
            Words(say(f"发现 {len(found['findings'])} 处不符", f"{len(found['findings'])} differences"), "bad"),
        ]
    )
    yield Facts(
        (
            (say("案件", "Cases"), str(found["cases"])),
            (say("事件", "Events"), str(found["events"])),
            (say("总哈希", "Head"), str(found["head"])),
            *covered(found["seal"], language),
        )
    )
    yield from uncovered(found["seal"], language)
    if found["unrecorded"]:
        late = say(
            f"有 {found['unrecorded']} 个期限已届满而未记录，请运行 sweep --apply",
            f"{found['unrecorded']} limits have passed and are not on record: run sweep --apply",
        )
        yield Sentence(Words("! " + late, "warn"), hang=2)
    for one in found["findings"]:
        whole = say("登记簿", "the registers") if one["seq"] else say("台账", "the ledger")
        place = one["case"] or whole
        number = say(f" 第 {one['seq']} 号", f" event {one['seq']}") if one["seq"] else ""
        yield Sentence(
            [Words(f"{place}{number}", "accent"), Words(f"  {one['code']}  ", "dim"), one["message"]], indent=2, hang=4
        )
