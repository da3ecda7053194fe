"""One case in depth: its history, what may be done next and why not, its computation sheets, an act's receipt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from gongxiang.calendars.screens import sheet
from gongxiang.page import BLANK, Block, Column, Facts, Grid, Heading, Phrase, Sentence, Words
from gongxiang.workflow.labels import Labels, moment
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.screens import in_pairs, reasons, running
from gongxiang.workflow.views import CaseView, Explanation, HistoryEntry, Option

SHOWN = 60
"""Cells of one payload value that a history shows; `--json` has it whole."""


def history(view: CaseView, entries: Iterable[HistoryEntry], labels: Labels) -> Iterator[Block]:
    """Yield every event of a case: when, who in which role, what, from where to where, and what it carried."""
    say = labels.say
    yield Heading(
        [Words(view.case, "accent"), "  ", Words(labels.procedure(view.rules, view.procedure), "strong")],
        say("全部记录", "everything on record"),
    )
    for entry, known in with_memory(entries):
        yield from _entry(view, entry, known, labels)


def with_memory(entries: Iterable[HistoryEntry]) -> Iterator[tuple[HistoryEntry, Mapping[str, Any]]]:
    """Yield each event of a case, in order, with what it carries over what the case remembered before it."""
    memory: dict[str, Any] = {}
    for entry in entries:
        yield entry, {**memory, **entry.payload}
        for effect in entry.effects:
            if effect["do"] == "remember":
                memory[effect["key"]] = effect["value"]
            elif effect["do"] == "forget":
                memory.pop(effect["key"], None)


def _entry(view: CaseView, entry: HistoryEntry, known: Mapping[str, Any], labels: Labels) -> Iterator[Block]:
    say = labels.say
    who = labels.department(entry.by) if entry.by else ""
    role = labels.role(entry.role)
    actor = who + (say(f"（{role}）", f" ({role})") if who else role)
    told = labels.told(view.rules, known, view.resource)
    what = labels.taken(view.rules, view.procedure, entry.name, entry.origin, entry.target, told)
    if entry.kind == "lapse":
        lapsed = next((effect["limit"] for effect in entry.effects if effect["do"] == "lapse"), entry.name)
        limit = labels.limit(view.rules, view.procedure, lapsed)
        what = say(f"“{limit}”届满未办", f"'{limit}' passed unmet")
    tone = {"lapse": "bad", "correction": "warn", "recalculation": "warn"}.get(entry.kind, "strong")
    line: list[str | Words] = [
        Words(f"{entry.seq:>3}  ", "dim"),
        f"{moment(entry.at)}  ",
        Words(what, "bad" if tone == "bad" else "warn" if tone == "warn" else "strong"),
    ]
    if entry.origin != entry.target:
        line.append(Words(f"  → {labels.state(view.rules, view.procedure, entry.target)}", "accent"))
    yield Sentence(line, hang=23)
    yield Sentence(Words(actor, "dim"), indent=23)
    if entry.recorded_at != entry.at:
        yield Sentence(
            Words(say(f"记录于 {moment(entry.recorded_at)}", f"recorded {moment(entry.recorded_at)}"), "dim"), indent=23
        )
    for name, value in entry.payload.items():
        called = labels.field(view.rules, name)
        yield Sentence(say(f"{called}：{_short(value)}", f"{called}: {_short(value)}"), indent=23, hang=2)
    for effect in entry.effects:
        if effect["do"] in ("start", "move"):
            due = effect["deadline"]["due"]
            limit = labels.limit(view.rules, view.procedure, effect["limit"])
            old = effect["deadline"]["original_due"]
            moved = effect["do"] == "move"
            said = (
                say(f"“{limit}”到期日改为 {due}（原 {old}）", f"'{limit}' now due {due} (first {old})")
                if moved
                else say(f"“{limit}”到期日 {due}", f"'{limit}' due {due}")
            )
            yield Sentence(Words(said, "good"), indent=23)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def options(view: CaseView, by: str, given: Iterable[Option], labels: Labels, now: datetime) -> Iterator[Block]:
    """Yield what a department may do, what that must carry and the date it would set; and why not the rest."""
    say = labels.say
    given = list(given)
    yield Heading(
        [
            Words(view.case, "accent"),
            "  ",
            say(f"{labels.department(by)}可办理的步骤", f"what {labels.department(by)} may do"),
        ],
        f"{labels.state(view.rules, view.procedure, view.state)}　{moment(now)}",
    )
    allowed = [one for one in given if one.allowed]
    if not allowed:
        yield Sentence(say("现在没有可办理的步骤。", "Nothing at this moment."))
    for one in allowed:
        yield Sentence([Words("✓ ", "good"), *_title(one, labels)], hang=2)
        carried = [f"{name}{'?' if kind.endswith('?') else ''}" for name, kind in one.payload.items()]
        if carried:
            yield Sentence(Words(say("内容：", "carries: ") + say("、", ", ").join(carried), "dim"), indent=4, hang=4)
        for limit, day in one.due.items():
            name = labels.limit(view.rules, view.procedure, limit)
            standing = labels.standing(limit, labels.outer(view.rules, view.procedure), one.due)
            note = say(f"（{standing}）", f" ({standing})") if standing else ""
            told = say(f"将产生期限“{name}”，到期日 {day}{note}", f"would set '{name}', due {day}{note}")
            yield Sentence(Words(told, "good"), indent=4)
    refused = [one for one in given if not one.allowed]
    if refused:
        yield Heading(say("不能办理的步骤与理由", "What it may not do, and why"))
    for one in refused:
        yield Sentence(_title(one, labels))
        yield from reasons(one.reasons, labels)


def _title(one: Option, labels: Labels) -> list[str | Words]:
    title = one.title if labels.language == "zh" else one.title_en
    about = labels.cite(one.article) if one.article else labels.say("程序所需", "own")
    return [Words(title, "strong"), Words(f"  {one.step}", "accent"), Words(f"  {about}", "dim")]


def explanation(view: CaseView, given: Iterable[Explanation], labels: Labels, now: datetime) -> Iterator[Block]:
    """Yield the computation sheet of each deadline as its event stored it, and below it the sheets it had before."""
    say = labels.say
    given = list(given)
    yield Heading(
        [Words(view.case, "accent"), "  ", Words(labels.procedure(view.rules, view.procedure), "strong")],
        say(f"截至 {moment(now)}", f"as of {moment(now)}"),
    )
    if not given:
        yield Sentence(say("本案没有期限。", "The case has no deadline."))
    order = [deadline.limit for deadline in in_pairs(view, labels)]
    outer, at_hand = labels.outer(view.rules, view.procedure), running(view)
    for one in sorted(given, key=lambda one: order.index(one.deadline.limit)):
        deadline = one.deadline
        title = labels.limit(view.rules, view.procedure, deadline.limit)
        standing = labels.standing(deadline.limit, outer, at_hand)
        about = say("；", "; ").join(filter(None, (labels.cite(deadline.article), standing)))
        yield from sheet(one.sheet, labels.language, say(f"{title}（{about}）", f"{title} ({about})"))
        yield BLANK
        pairs: list[tuple[str, Phrase]] = [
            (say("义务人", "Owed by"), labels.named(deadline.owed_by)),
            (say("情形", "Phase"), labels.phase(deadline.phase)),
        ]
        if deadline.met_at:
            pairs.append((say("办结", "Met at"), moment(deadline.met_at)))
        if deadline.lapsed_at:
            pairs.append((say("届满未办", "Passed unmet"), moment(deadline.lapsed_at)))
        pairs.append((say("依据记录", "Stored with"), _decided(view, one.sheet, labels)))
        yield Facts(pairs)
        for earlier in one.earlier:
            heading = say(f"此前的计算：到期日 {earlier['due']}", f"The sheet before: due {earlier['due']}")
            yield Heading(Words(heading, "dim"), _decided(view, earlier, labels))
            yield Sentence(
                Words(
                    say(
                        f"依据 {earlier['known_on']} 以前公布的通知，日历版本 {earlier['edition']}",
                        f"by the notices published by {earlier['known_on']}, edition {earlier['edition']}",
                    ),
                    "dim",
                ),
                indent=2,
            )


def _decided(view: CaseView, stored: Mapping[str, Any], labels: Labels) -> str:
    """Which event holds a sheet, who acted and, where a person signed, who signed."""
    say = labels.say
    told = labels.told(view.rules, {}, view.resource)
    what = labels.step(view.rules, view.procedure, stored["why"], told=told)
    who = labels.department(stored["by"])
    signed = say(f"，签发人 {stored['signer']}", f", signed by {stored['signer']}") if stored.get("signer") else ""
    when = moment(datetime.fromisoformat(stored["recorded_at"]))
    return say(
        f"第 {stored['seq']} 号“{what}”，{who}{signed}，{when}",
        f"event {stored['seq']} '{what}', {who}{signed}, {when}",
    )


def receipt(view: CaseView, given: Receipt, labels: Labels) -> Iterator[Block]:
    """Yield what an act has brought."""
    say = labels.say
    done = say("此前已经记录", "stood in the record already") if given.replayed else say("已记录", "recorded")
    told = labels.told(view.rules, {}, view.resource)
    what = labels.taken(view.rules, view.procedure, given.step, given.from_state, given.to_state, told)
    yield Heading([Words("✓ ", "good"), Words(view.case, "accent"), "  ", Words(what, "strong")], done)
    pairs: list[tuple[str, Phrase]] = [
        (say("状态", "State"), Words(labels.state(view.rules, view.procedure, given.to_state), "strong")),
        (say("版本", "Version"), str(given.version)),
        (say("时刻", "At"), moment(datetime.fromisoformat(given.at))),
        (say("办理", "By"), labels.named(given.by)),
        (say("哈希", "Hash"), Words(given.hash[:32] + "…", "dim")),
    ]
    yield Facts(pairs)
    rows: list[list[Phrase]] = [
        [labels.limit(view.rules, view.procedure, one.limit), one.due.isoformat(), labels.phase(one.phase)]
        for one in view.deadlines
        if one.limit in given.deadlines
    ]
    columns = (Column(say("期限", "Limit")), Column(say("到期日", "Due")), Column(say("情形", "Phase")))
    yield Grid(columns, rows, indent=2)
    for case, seq, kind, name in given.recorded:
        if (case, name) != (given.case, given.step):
            also = say("期限届满", "lapse") if kind == "lapse" else labels.step("", "", name)
            yield Sentence(
                Words(
                    say(f"同时记录：{case} 第 {seq} 号 {also}", f"recorded with it: {case} event {seq}, {also}"), "dim"
                ),
                indent=2,
            )
