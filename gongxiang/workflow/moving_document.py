"""The document that moves running cases to another rule book: read whole, every fault at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gongxiang.errors import BadInput, Reason, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.fault import Fault, Place, unknown
from gongxiang.workflow.procedure import Procedure, RuleBook
from gongxiang.workflow.soundness import open_in

KEEP, RECOMPUTE, CANCEL = "keep", "recompute", "cancel"
_WORDS = (KEEP, RECOMPUTE, CANCEL)
_KEYS = ("from", "to", "reasons", "leave", "shorten", "procedure")
_TABLE = ("id", "states", "deadlines")


@dataclass(frozen=True, slots=True)
class Told:
    """What the document says of a limit: keep, recompute (perhaps as another limit of the new table) or cancel."""

    what: str
    becomes: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What the document says of one procedure: old state to new state, and of each limit what becomes of it."""

    states: Mapping[str, str]
    deadlines: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class MovingDocument:
    """A migration: from one rule book (id, version or hash) to another. `leave` are procedures whose cases stay.

    `shorten` is the named person's word that a communicated limit may become earlier. `running` are the limits that may
    be open in each state of the new tables.
    """

    source: str
    target: RuleBook
    reasons: str
    leave: tuple[str, ...]
    shorten: bool
    tables: Mapping[str, Table]
    said: Mapping[str, Any]
    running: Mapping[str, Mapping[str, set[str]]]

    def may_run(self, procedure: str, state: str, limit: str) -> bool:
        """Return whether the new table knows the limit as one that may be open in the state: some step then ends it."""
        return limit in self.running[procedure].get(state, ())


def read(said: Mapping[str, Any], target: RuleBook) -> MovingDocument:
    """Return the document. Raises BadInput with every fault: unknown keys, states or limits that are not in the new
    rule book, words that mean nothing.
    """
    if found := list(faults_in(said, target)):
        raise BadInput(*(Reason("bad_migration", fault.text, None, fault.mend) for fault in found))
    tables = {
        entry["id"]: Table(
            dict(entry.get("states", {})), {limit: _told(value) for limit, value in entry.get("deadlines", {}).items()}
        )
        for entry in said.get("procedure", ())
    }
    return MovingDocument(
        said["from"],
        target,
        said["reasons"],
        tuple(said.get("leave", ())),
        said.get("shorten", False),
        tables,
        dict(said),
        {one["procedure"]: open_in(one) for one in target.document["procedures"] if one["procedure"] in tables},
    )


def _told(value: Any) -> Told:
    return Told(value) if isinstance(value, str) else Told(value["do"], value.get("as"))


def faults_in(said: Mapping[str, Any], target: RuleBook) -> Iterator[Fault]:
    """Yield every fault of a document, with its place: unknown keys, what is missing, what is not in the new book."""
    yield from _unknown(said, _KEYS, ())
    for key in ("from", "to", "reasons"):
        if not isinstance(said.get(key), str) or not said[key].strip():
            yield _fault((key,), f"缺少“{key}”", f"'{key}' is missing", f"请写 {key}", f"give '{key}' a text")
    if isinstance(said.get("to"), str) and said["to"] not in (target.id, target.version, target.hash):
        zh, en = f"“to”是“{said['to']}”，所给规则是“{target.version}”", f"'to' is not {target.version}"
        yield _fault(("to",), zh, en, "请核对规则代号", "check the rule book's id")
    if not isinstance(said.get("shorten", False), bool):
        yield _wrong_type(("shorten",), "true 或 false", "true or false")
    leave = said.get("leave", [])
    if not isinstance(leave, list) or not all(isinstance(one, str) for one in leave):
        yield _wrong_type(("leave",), "程序的列表", "a list of procedures")
    entries = said.get("procedure", [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        yield _wrong_type(("procedure",), "[[procedure]] 的列表", "written [[procedure]]")
        return
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        yield from _table_faults(("procedure", number), entry, target, seen)


def _table_faults(place: Place, entry: Mapping[str, Any], target: RuleBook, seen: set[str]) -> Iterator[Fault]:
    name = entry.get("id")
    if isinstance(name, str) and name in seen:
        yield _fault((*place, "id"), f"“{name}”写了两次", f"'{name}' stands twice", "请合为一处", "make one of the two")
        return
    if not isinstance(name, str) or name not in target.procedures:
        what = Text("新规则的程序", "procedure of the new rule book")
        yield unknown((*place, "id"), what, "" if name is None else str(name), target.procedures)
        return
    seen.add(name)
    yield from _unknown(entry, _TABLE, place)
    for key in ("states", "deadlines"):
        if not isinstance(entry.get(key, {}), Mapping):
            yield _wrong_type((*place, key), "表", "a table")
            return
    new = target.procedures[name]
    states = [state.id for state in new.states.values() if not state.final]
    for old, state in entry.get("states", {}).items():
        if state not in states:
            what = Text("新规则中未终结的状态", "open state of the new rule book")
            yield unknown((*place, "states", old), what, str(state), states)
    for limit, told in entry.get("deadlines", {}).items():
        yield from _limit_faults((*place, "deadlines", limit), told, new)


def _limit_faults(place: Place, told: Any, new: Procedure) -> Iterator[Fault]:
    what = told.get("do") if isinstance(told, Mapping) else told
    if what not in _WORDS or (isinstance(told, Mapping) and not set(told) <= {"do", "as"}):
        near = did_you_mean(str(what), _WORDS)
        yield _fault(
            place,
            f"“{place[-1]}”不能是“{told}”{near.zh}",
            f"'{place[-1]}' cannot be '{told}'{near.en}",
            '可用：keep、recompute、cancel，或 { do = "recompute", as = "…" }',
            'use keep, recompute, cancel, or { do = "recompute", as = "…" }',
        )
    elif isinstance(told, Mapping) and "as" in told and what != RECOMPUTE:
        zh, en = "只有 recompute 可以另指新期限", "only recompute may name another limit"
        yield _fault(place, zh, en, "请删去 as", "leave `as` out")
    elif isinstance(told, Mapping) and "as" in told and str(told["as"]) not in new.limits:
        yield unknown(place, Text("新规则的期限", "limit of the new rule book"), str(told["as"]), new.limits)


def _unknown(said: Mapping[str, Any], known: tuple[str, ...], place: Place) -> Iterator[Fault]:
    for key in said:
        if key not in known:
            yield unknown((*place, key), Text("项", "key"), str(key), known)


def _wrong_type(place: Place, zh: str, en: str) -> Fault:
    return _fault(place, f"“{place[-1]}”应为{zh}", f"'{place[-1]}' is {en}", "请改正其类型", "correct its type")


def _fault(place: Place, zh: str, en: str, mend_zh: str, mend_en: str) -> Fault:
    return Fault(place, Text(zh, en), Text(mend_zh, mend_en))
