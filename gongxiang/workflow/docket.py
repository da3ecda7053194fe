"""The docket: acts as JSON Lines, read with their line, played in their order, each recorded at its own `at`.

The machine's clock is never asked. A line's key is its place and content, so a docket played twice changes nothing the
second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from gongxiang.canonical import canonical
from gongxiang.errors import (
    Conflict,
    DamagedRecord,
    FaultyDocket,
    Finding,
    GongxiangError,
    Language,
    Reason,
    StoreError,
    Text,
)
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.given import aware, is_name, short
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.sweeping import Swept
from gongxiang.workflow.together import NotYetWritten, together
from gongxiang.workflow.views import CaseView

BATCH = 500
"""How many lines of a docket are one transaction."""

# Field -> (type, required), by what the line does; every other word of `do` is a step.
_COMMON = {"at": (str, True), "do": (str, True), "key": (str, False)}
_STEP = {"case": (str, True), "by": (str, True), "payload": (dict, False), "expected_version": (int, False)}
_FIELDS: Mapping[str, Mapping[str, tuple[type, bool]]] = {
    "register": {"department": (dict, True), "by": (str, False)},
    "open": {
        "procedure": (str, True),
        "case": (str, True),
        "by": (str, True),
        "step": (str, False),
        "provider": (str, False),
        "requester": (str, False),
        "against": (str, False),
        "about": (str, False),
        "resource": (dict, False),
        "payload": (dict, False),
    },
    "sweep": {},
    "recalculate": {"by": (str, True), "payload": (dict, True)},
    "correct_record": {"case": (str, True), "seq": (int, True), "by": (str, True), "payload": (dict, True)},
}
# What the payload of correct_record holds.
_CORRECTION = ("corrected", "reasons")
_TYPES = {str: Text("文字", "a text"), int: Text("整数", "a whole number"), dict: Text("对象", "an object")}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a docket: its physical number, from 1, and what it says. `at` is aware; `key` is the line's own, or
    its place and content.
    """

    number: int
    at: datetime
    do: str
    said: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that wrote nothing, and why; `path` is its docket's."""

    path: str
    line: int
    error: GongxiangError

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        reasons = [reason.as_json(language) for reason in self.error.reasons]
        # As a keyword, for as a text "file" is a step's name, and those stand only in the tables.
        return dict(file=self.path, line=self.line, code=self.error.code, reasons=reasons)  # noqa: C408  # said above


@dataclass(slots=True)
class Played:
    """What a play did: the cases it named or created as they stand at `now`, the refused lines, events and lapses
    written.
    """

    cases: list[CaseView] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    events: int = 0
    lapses: int = 0
    now: datetime | None = None

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "cases": [case.as_record() for case in self.cases],
            "refused": [refused.as_record(language) for refused in self.refused],
            "events": self.events,
            "lapses": self.lapses,
        }


def read_line(raw: str, number: int, path: str) -> Line:
    """Return one line. Raises FaultyDocket with the place, the reason and the mend; BadInput for a moment without a
    time zone.
    """

    def faulty(text: Text, mend: Text) -> FaultyDocket:
        return FaultyDocket([Finding(path, number, text, mend)])

    if not _is_text(raw):
        raise faulty(
            Text("这一行不是 UTF-8 文字", "the line is not UTF-8 text"), Text("请另存为 UTF-8", "save it as UTF-8")
        )
    try:
        said = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        mend = Text("请补全或改正这一行；一行一个 JSON 对象", "complete or correct the line: one JSON object a line")
        raise faulty(_why_unreadable(error), mend) from error
    if not isinstance(said, dict):
        raise faulty(
            Text("这一行不是 JSON 对象", "the line is not a JSON object"), Text("一行一个对象", "one object a line")
        )
    try:
        content = canonical(said)
    except TypeError as error:
        raise faulty(*_why_unwritable(said)) from error
    do = said.get("do")
    if not isinstance(do, str) or not do:
        raise faulty(
            Text("缺少“do”", "'do' is missing"), Text("请写明做什么，如 open", "say what is done, such as open")
        )
    if (fault := _fault_in_fields(do, said)) is not None:
        raise faulty(*fault)
    try:
        moment = datetime.fromisoformat(said["at"])
    except ValueError as error:
        raise faulty(
            Text(f"“{short(said['at'])}”不是 ISO 日期时间", f"'{short(said['at'])}' is not an ISO date-time"),
            Text("如 2026-02-12T09:00:00+08:00", "such as 2026-02-12T09:00:00+08:00"),
        ) from error
    key = said.get("key", f"line {number} {sha256(content.encode()).hexdigest()}")
    return Line(number, aware(moment), do, said, key)


def play(
    engine: Engine,
    files: Iterable[tuple[str, Iterable[str]]],
    *,
    keep_going: bool = False,
    until: datetime | None = None,
    advance: Callable[[int], None] = lambda _: None,
    batch: int = BATCH,
) -> Played:
    """Play dockets, given as (path, lines), in order; stop at the first refused line unless `keep_going`.

    A fault of the database refuses no line: it is raised, with how many lines stand by then, for what was left out
    would be silence to the lines that follow. Lines after `until` are not played. Up to `batch` lines are one
    transaction; the events are the same as line by line, byte for byte, for a docket tells its own times. `advance` is
    told the number of lines done since it was last called.
    """
    played, names, until = Played(), dict[str, None](), aware(until) if until else None
    done = 0
    for lines in _batches(_read(files, until), batch):
        outcomes: list[tuple[_Read, Outcome]] = []
        try:
            _outcomes(engine, lines, outcomes, keep_going=keep_going)
        except StoreError as error:
            raise type(error)(*error.reasons, _played_so_far(done + len(outcomes))) from error
        for read, outcome in outcomes:
            _tally(played, names, read, outcome)
        done += len(outcomes)
        advance(len(outcomes))
        if played.refused and not keep_going:
            break
    played.now = until or played.now
    played.cases = engine.named(names, now=played.now)
    return played


@dataclass(frozen=True, slots=True)
class _Read:
    """One line as it was read: what it says, or why it cannot be read."""

    path: str
    number: int
    line: Line | GongxiangError

    @property
    def stands_alone(self) -> bool:
        """Whether it asks for more than its own case, and so is played when all before it is written."""
        return not isinstance(self.line, Line) or self.line.do == "recalculate"


Outcome = Receipt | Swept | GongxiangError | None


def _read(files: Iterable[tuple[str, Iterable[str]]], until: datetime | None) -> Iterator[_Read]:
    for number, raw, path in _numbered(files):
        try:
            line: Line | GongxiangError = read_line(raw, number, path)
        except GongxiangError as error:
            line = error
        if not isinstance(line, Line) or until is None or line.at <= until:
            yield _Read(path, number, line)


def _batches(lines: Iterable[_Read], most: int) -> Iterator[list[_Read]]:
    found: list[_Read] = []
    for read in lines:
        if found and (read.stands_alone or len(found) >= most):
            yield found
            found = []
        found.append(read)
        if read.stands_alone:
            yield found
            found = []
    if found:
        yield found


def _outcomes(engine: Engine, lines: list[_Read], outcomes: list[tuple[_Read, Outcome]], *, keep_going: bool) -> None:
    """Add what came of each line, up to the first that was refused unless `keep_going`."""
    if len(lines) > 1:
        said = [read.line for read in lines if isinstance(read.line, Line)]
        cases = sorted({name for line in said for name in _named(line)})
        try:
            with together(engine, cases, [line.key for line in said]) as gathered:
                _each(gathered, lines, outcomes, keep_going=keep_going)
        except (NotYetWritten, Conflict, StoreError):
            outcomes.clear()  # nothing of it was written: line by line it shows which one it is
        else:
            return
    _each(engine, lines, outcomes, keep_going=keep_going)


def _each(engine: Engine, lines: list[_Read], outcomes: list[tuple[_Read, Outcome]], *, keep_going: bool) -> None:
    for read in lines:
        outcome = _outcome(engine, read.line)
        outcomes.append((read, outcome))
        if isinstance(outcome, GongxiangError) and not keep_going:
            break


def _played_so_far(lines: int) -> Reason:
    return Reason(
        "play_broken_off",
        Text(f"播放中断：前 {lines} 行已处理完毕", f"the play was broken off: {lines} lines are done with"),
        None,
        Text(
            "排除故障后重新播放同一卷宗，即从此处继续",
            "mend that and play the same docket again: it goes on from there",
        ),
    )


def _outcome(engine: Engine, line: Line | GongxiangError) -> Outcome:
    if isinstance(line, GongxiangError):
        return line
    try:
        return engine.sweep(now=line.at, recorded_at=line.at) if line.do == "sweep" else _act(engine, line)
    except GongxiangError as error:
        if isinstance(error, StoreError) and not isinstance(error, DamagedRecord):
            raise
        return error


def _tally(played: Played, names: dict[str, None], read: _Read, outcome: Outcome) -> None:
    if isinstance(read.line, Line):
        played.now = max(read.line.at, played.now or read.line.at)
        names.update(dict.fromkeys(_named(read.line)))
    if isinstance(outcome, GongxiangError):
        played.refused.append(RefusedLine(read.path, read.number, outcome))
    elif isinstance(outcome, Swept):
        played.events += len(outcome.lapses)
        played.lapses += len(outcome.lapses)
    elif outcome is not None:
        for case, _, kind, _ in outcome.recorded:
            if case:
                names[case] = None
                played.events += not outcome.replayed
                played.lapses += kind == "lapse" and not outcome.replayed


def _named(line: Line) -> list[str]:
    """Return the cases that a line names. It may still be refused: what no case can be called is none of them."""
    said = line.said
    named = (said.get("case"), said.get("about"), said.get("payload", {}).get("about"))
    return [name for name in named if isinstance(name, str) and is_name(name)]


def _fault_in_fields(do: str, said: Mapping[str, Any]) -> tuple[Text, Text] | None:
    """Return what is wrong with the fields of a line, and the mend; None when nothing is."""
    fields = {**_COMMON, **_FIELDS.get(do, _STEP)}
    for name, value in said.items():
        if name not in fields:
            return _no_such_field(do, name, fields)
        wanted = fields[name][0]
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            kind = _TYPES[wanted]
            return Text(f"“{name}”应为{kind.zh}", f"'{name}' is {kind.en}"), Text("请改正其类型", "correct its type")
    for name, (_, required) in fields.items():
        if required and name not in said:
            lacking = Text(f"“{short(do)}”缺少“{name}”", f"'{short(do)}' lacks '{name}'")
            return lacking, Text(f"请补上“{name}”", f"add '{name}'")
    for name in said["payload"] if do == "correct_record" else ():
        if name not in _CORRECTION:
            return _no_such_field(f"{do}.payload", name, _CORRECTION)
    return None


def _no_such_field(what: str, name: str, fields: Iterable[str]) -> tuple[Text, Text]:
    what, name = short(what), short(name)
    near = did_you_mean(name, fields)
    return (
        Text(f"“{what}”没有字段“{name}”{near.zh}", f"'{what}' has no field '{name}'{near.en}"),
        Text(f"可用的字段：{'、'.join(fields)}", f"its fields are {', '.join(fields)}"),
    )


def _numbered(files: Iterable[tuple[str, Iterable[str]]]) -> Iterator[tuple[int, str, str]]:
    for path, lines in files:
        for number, raw in enumerate(lines, start=1):
            if raw.strip("\ufeff \t\r\n"):
                yield number, raw.lstrip("\ufeff"), path


_HALF = re.compile("[\ud800-\udfff]")


def _is_text(text: str) -> bool:
    return _HALF.search(text) is None


class _Unreadable(ValueError):
    """What JSON allows, or Python's reader lets pass, and a docket does not."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def _no_number(word: str) -> None:
    raise _Unreadable(Text(f"{word} 不是 JSON 数值", f"{word} is no JSON number"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Unreadable(Text(f"字段“{short(name)}”重复", f"the field '{short(name)}' stands twice"))
        found[name] = value
    return found


def _why_unreadable(error: ValueError | RecursionError) -> Text:
    if isinstance(error, _Unreadable):
        return error.text
    if isinstance(error, json.JSONDecodeError):
        zh = f"不是完整的 JSON（第 {error.colno} 个字符处）"
        return Text(zh, f"not a complete JSON object: {error.msg} at character {error.colno}")
    return Text("不是可读的 JSON：数字过长或嵌套过深", "not readable JSON: a number too long, or nested too deeply")


def _why_unwritable(said: Any) -> tuple[Text, Text]:
    """Return why what was read has no canonical text, and the mend."""
    with suppress(RecursionError):
        if not _is_text(json.dumps(said, ensure_ascii=False)):
            return (
                Text("含不成字的代理码位（\\ud800 之类）", "half a character (such as \\ud800) stands in it"),
                Text("请写完整的字符", "write whole characters"),
            )
    return (
        Text("数字过长或嵌套过深", "a number is too long, or something is nested too deeply"),
        Text("请把长数写成文字，把嵌套写平", "write long numbers as text, and nest less"),
    )


def _act(engine: Engine, line: Line) -> Receipt | None:
    said, at = line.said, line.at
    told: dict[str, Any] = {"at": at, "recorded_at": at, "idempotency_key": line.key}
    if line.do == "register":
        return engine.register(said["department"], by=said.get("by", ""), **told)
    if line.do == "open":
        given = {name: said[name] for name in _FIELDS["open"] if name in said and name != "procedure"}
        return engine.open(said["procedure"], **given, **told)
    if line.do == "recalculate":
        return engine.recalculate(by=said["by"], payload=said["payload"], **told).receipt
    if line.do == "correct_record":
        payload = dict(said["payload"])
        corrected, reasons = payload.get("corrected", {}), payload.get("reasons", "")
        return engine.correct(said["case"], said["seq"], by=said["by"], corrected=corrected, reasons=reasons, **told)
    expected = said.get("expected_version")
    return engine.fire(
        said["case"], line.do, by=said["by"], payload=said.get("payload"), expected_version=expected, **told
    )
