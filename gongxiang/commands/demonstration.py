"""The built-in docket played through simulated time: three days' boards, one sheet, one ladder, the proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from gongxiang.calendars.screens import sheet
from gongxiang.citation import cite
from gongxiang.errors import Text
from gongxiang.page import BLANK, Block, Heading, Sentence, Words
from gongxiang.workflow import auditing, docket, screens
from gongxiang.workflow.board_screens import board
from gongxiang.workflow.docket import RefusedLine, read_line
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.labels import Labels, moment
from gongxiang.workflow.record_screens import verification
from gongxiang.workflow.views import CaseView, HistoryEntry

NAME = "demo.jsonl"
LATE_REQUEST, LADDER = "R-1", "X-1"
MOMENTS = (
    (
        "2026-02-14T12:00:00+08:00",
        Text(
            "春节前的星期六，调休上班。请求已经提出，期限在跑；放假九天不计入。",
            "A make-up Saturday before Spring Festival. Requests are in, limits run; nine days off will not count.",
        ),
    ),
    (
        "2026-02-27T09:30:00+08:00",
        Text(
            "节后。公安局没有答复 R-1：逾期由清查发现，只提出建议，不自动立案。",
            "After the holiday. R-1 was not answered: the sweep finds the lapse and proposes; nothing opens by itself.",
        ),
    ),
    (
        "2026-03-10T09:30:00+08:00",
        Text(
            "责令改正的期限也过了：案件成为“逾期未改正”。是否通报，由人决定。",
            "The order's limit has passed too: the case is in default. Whether a circular follows is a person's act.",
        ),
    ),
)

PLACES = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Scene:
    """One screen of the demonstration, and the same as data under its name."""

    name: str
    blocks: list[Block]
    record: Any


def lines() -> list[str]:
    """Return the lines of the built-in docket."""
    return files("gongxiang.commands").joinpath(NAME).read_text("utf-8").splitlines()


def scenes(engine: Engine, labels: Labels) -> Iterator[Scene]:
    """Play the docket on `engine`, an empty database, and yield what there is to see, in order of time."""
    acts = lines()
    refused: dict[int, RefusedLine] = {}
    for number, (at, caption) in enumerate(MOMENTS, start=1):
        now = datetime.fromisoformat(at)
        _play(engine, acts, refused, now)
        named = Labels(labels.language, engine.departments(now), engine.books())
        shown = engine.today(now=now)
        yield Scene(
            "boards",
            [_caption(PLACES[number - 1], caption, named), *board(shown, named)],
            shown.as_record(),
        )
        if number == 2:
            yield _sheet(engine, named, now)
    _play(engine, acts, refused, None)
    now = datetime.fromisoformat(read_line(acts[-1], len(acts), NAME).at.isoformat())
    named = Labels(labels.language, engine.departments(now), engine.books())
    yield _ladder(engine, named, acts, refused)
    found = auditing.verify(engine).as_record(labels.language)
    yield Scene(
        "verification",
        [
            _caption(
                6,
                Text(
                    "另一套代码由台账重新推导每个状态、期限与权限，与记录逐项核对。",
                    "Other code derives every state, deadline and permission anew from the ledger and compares.",
                ),
                named,
            ),
            *verification(found, labels.language),
        ],
        found,
    )


def _play(engine: Engine, acts: list[str], refused: dict[int, RefusedLine], until: datetime | None) -> None:
    for one in docket.play(engine, [(NAME, acts)], keep_going=True, until=until).refused:
        refused.setdefault(one.line, one)  # played again later, the same act would be refused for coming too late


def _caption(number: int, text: Text, labels: Labels) -> Sentence:
    return Sentence([Words(f"[{number}/6] ", "dim"), Words(labels.of(text), "accent")], hang=6)


def _sheet(engine: Engine, labels: Labels, now: datetime) -> Scene:
    explained = engine.explain(LATE_REQUEST, now=now)[0]
    view = engine.case(LATE_REQUEST, now=now)
    title = labels.limit(view.rules, view.procedure, explained.deadline.limit)
    about = cite(explained.deadline.article, labels.language)
    told = labels.say(f"{LATE_REQUEST} {title}（{about}）", f"{LATE_REQUEST} {title} ({about})")
    caption = Text(
        "这个日期怎么来的？逐日计算，每个放假日与调休上班日都有通知文号。",
        "Where does that date come from? Day by day, each day off and make-up day with the number of its notice.",
    )
    return Scene(
        "sheet",
        [_caption(3, caption, labels), *sheet(explained.sheet, labels.language, told)],
        explained.as_record(),
    )


def _ladder(engine: Engine, labels: Labels, acts: list[str], refused: dict[int, RefusedLine]) -> Scene:
    """The rectification from finding to circular, with the attempt that came too early where it came."""
    rungs: list[tuple[datetime, int, HistoryEntry | RefusedLine]] = [
        (entry.at, entry.seq, entry) for entry in engine.history(LADDER)
    ]
    for number, one in refused.items():
        line = read_line(acts[number - 1], number, NAME)
        if line.said.get("case") == LADDER:
            rungs.append((line.at, 0, one))
    rungs.sort(key=lambda rung: (rung[0], rung[1]))
    view = engine.case(LADDER)
    caption = Text(
        "从发现问题到通报批评：每一级都有条文；过早的通报被拒绝，并说明理由。",
        "From finding to circular: each rung has its article; the circular tried too early is refused, and why.",
    )
    blocks: list[Block] = [
        _caption(5, caption, labels),
        Heading([Words(LADDER, "accent"), "  ", Words(labels.procedure(view.rules, view.procedure), "strong")]),
    ]
    record: list[dict[str, Any]] = []
    for at, _, what in rungs:
        when = Words(f"{moment(at)[5:16]}  ", "dim")
        if isinstance(what, RefusedLine):
            early = labels.say("通报批评：拒绝", "the circular: refused")
            blocks.append(Sentence([when, Words(f"✗ {early}", "bad")], indent=2))
            blocks += list(screens.reasons(what.error.reasons, labels, indent=15))
            record.append({"at": at.isoformat(), "refused": what.as_record(labels.language)})
            continue
        blocks.append(Sentence([when, *_rung(view, what, labels)], indent=2, hang=15))
        if what.payload.get("signer"):
            signer = what.payload["signer"]
            blocks.append(Sentence(labels.say(f"签发人：{signer}", f"signed by {signer}"), indent=15))
        record.append(what.as_record())
    blocks.append(BLANK)
    return Scene("ladder", blocks, record)


def _rung(view: CaseView, entry: HistoryEntry, labels: Labels) -> list[str | Words]:
    """One event of the ladder: what happened, by which article, and where the case came to stand."""
    lapsed = entry.kind == "lapse"
    table = labels.table(view.rules, view.procedure)
    rows = (table.leading_from.get((entry.name, entry.origin or "")) or table.by_name.get(entry.name)) if table else ()
    article = next((row.article for row in rows or () if row.article), None)
    step = labels.step(view.rules, view.procedure, entry.name, entry.origin or "")
    said: list[str | Words] = [
        Words("! " if lapsed else "✓ ", "bad" if lapsed else "good"),
        Words(labels.say("期限届满，未改正", "the limit passes, nothing corrected") if lapsed else step, "strong"),
        Words(f"  {cite(article, labels.language)}" if article else "", "dim"),
    ]
    if entry.origin != entry.target:
        said.append(Words(f"  → {labels.state(view.rules, view.procedure, entry.target)}", "accent"))
    return said
