"""The built-in docket played through simulated time: three days' boards, one sheet, one ladder, the proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from gongxiang.calendars.screens import sheet
from gongxiang.errors import Text
from gongxiang.page import BLANK, Block, Heading, Sentence, Words
from gongxiang.workflow import auditing, docket, screens
from gongxiang.workflow.board_screens import board
from gongxiang.workflow.case_screens import with_memory
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
            "春节前的星期六，调休上班。同一申请有两个期限：办法的5个工作日到期，第809号令的10个工作日为法定外限。",
            "A make-up Saturday before Spring Festival. Two clocks on a request: due in five working days "
            "(Decree 330), the outer limit ten (Order 809).",
        ),
    ),
    (
        "2026-02-27T09:30:00+08:00",
        Text(
            "节后。R-1 没有答复：清查发现逾期，只提出建议。依第809号令，R-2 经同意延长，主管部门审核也有两日之限。",
            "After the holiday. R-1 was not answered: the sweep finds the lapse and only proposes. Under Order 809 "
            "R-2 is extended with consent, and the authority has two days to review C-1.",
        ),
    ),
    (
        "2026-03-10T09:30:00+08:00",
        Text(
            "外限也过了，依第809号令责令后仍未改：拒不改正。是否移送，由人决定。R-3 由政府决定，二十个工作日内提供。",
            "The outer limit passed too, then that of the order under Order 809: a refusal to correct, and a person "
            "decides whether to refer it. R-3 was decided by the government, to be delivered in twenty days.",
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
    explained = min(engine.explain(LATE_REQUEST, now=now), key=lambda one: one.deadline.due)
    view = engine.case(LATE_REQUEST, now=now)
    title = labels.limit(view.rules, view.procedure, explained.deadline.limit)
    about = labels.cite(explained.deadline.article)
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
    """The rectification from finding to referral, with the attempt that came too early where it came."""
    history = list(with_memory(engine.history(LADDER)))
    known = {entry.seq: told for entry, told in history}
    rungs: list[tuple[datetime, int, HistoryEntry | RefusedLine]] = [
        (entry.at, entry.seq, entry) for entry, _ in history
    ]
    for number, one in refused.items():
        line = read_line(acts[number - 1], number, NAME)
        if line.said.get("case") == LADDER:
            rungs.append((line.at, 0, one))
    rungs.sort(key=lambda rung: (rung[0], rung[1]))
    view = engine.case(LADDER)
    caption = Text(
        "从发现问题到移送：第809号令第三十九条以拒不改正或者情节严重为条件；过早的移送被拒绝，并说明理由。",
        "From finding to referral: Order 809 Art. 39 asks for refusal or gravity; the referral tried before either is "
        "refused, and why.",
    )
    blocks: list[Block] = [
        _caption(5, caption, labels),
        Heading([Words(LADDER, "accent"), "  ", Words(labels.procedure(view.rules, view.procedure), "strong")]),
    ]
    record: list[dict[str, Any]] = []
    for at, _, what in rungs:
        when = Words(f"{moment(at)[5:16]}  ", "dim")
        if isinstance(what, RefusedLine):
            early = labels.say("移送：拒绝", "the referral: refused")
            blocks.append(Sentence([when, Words(f"✗ {early}", "bad")], indent=2))
            blocks += list(screens.reasons(what.error.reasons, labels, indent=15))
            record.append({"at": at.isoformat(), "refused": what.as_record(labels.language)})
            continue
        blocks.append(Sentence([when, *_rung(view, what, known[what.seq], labels)], indent=2, hang=15))
        if what.payload.get("signer"):
            signer = what.payload["signer"]
            blocks.append(Sentence(labels.say(f"签发人：{signer}", f"signed by {signer}"), indent=15))
        record.append(what.as_record())
    blocks.append(BLANK)
    return Scene("ladder", blocks, record)


def _rung(view: CaseView, entry: HistoryEntry, known: Mapping[str, Any], labels: Labels) -> list[str | Words]:
    """One event of the ladder: what happened, by which article, and where the case came to stand."""
    lapsed = entry.kind == "lapse"
    told = labels.told(view.rules, known, view.resource)
    row = labels.row(view.rules, view.procedure, entry.name, entry.origin, entry.target, told)
    article = row.article if row else None
    step = labels.taken(view.rules, view.procedure, entry.name, entry.origin, entry.target, told)
    said: list[str | Words] = [
        Words("! " if lapsed else "✓ ", "bad" if lapsed else "good"),
        Words(labels.say("期限届满，未改正", "the limit passes, nothing corrected") if lapsed else step, "strong"),
        Words(f"  {labels.cite(article)}" if article else "", "dim"),
    ]
    if entry.origin != entry.target:
        said.append(Words(f"  → {labels.state(view.rules, view.procedure, entry.target)}", "accent"))
    return said
