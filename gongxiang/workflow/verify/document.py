"""The document of a migration read anew: which state becomes which, what becomes of each limit, whose cases stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from gongxiang.workflow.verify.chain import json_text
from gongxiang.workflow.verify.tables import Record, Table

KEEP, RECOMPUTE, CANCEL = "keep", "recompute", "cancel"
_KEYS = {"from", "to", "reasons", "leave", "shorten", "procedure"}
_TABLE = {"id", "states", "deadlines"}


def digest_of(document: Any) -> str:
    """Return the digest by which the events of a migration name its document: SHA-256 of its canonical JSON."""
    return sha256(json_text(document).encode()).hexdigest()


def names_of(version: str, book: Record) -> tuple[str, str, str]:
    """Return what a document may call a rule book: its id, the id with the first digits of its hash, its hash."""
    return str(book["id"]), f"{book['id']}@{version[:16]}", version


@dataclass(frozen=True, slots=True)
class Document:
    """What the document says, once it is known to have its form."""

    said: Record

    @property
    def source(self) -> str:
        """What it calls the rule book that cases are moved from."""
        return str(self.said["from"])

    def leaves(self, procedure: str) -> bool:
        """Whether the cases of a procedure stay under their rule book."""
        return procedure in self.said.get("leave", ())

    @property
    def shortens(self) -> bool:
        """Whether a limit may become earlier by the named person's word."""
        return self.said.get("shorten") is True

    def table(self, procedure: str) -> Record | None:
        """Return what it says of a procedure, or None where it says nothing."""
        return next((one for one in self.said.get("procedure", ()) if one["id"] == procedure), None)


def told_of(table: Record, limit: str) -> tuple[str, str] | None:
    """Return what becomes of a limit, and as which limit; None where nothing is said of it."""
    told = table.get("deadlines", {}).get(limit)
    if told is None:
        return None
    return (told, limit) if isinstance(told, str) else (told["do"], told.get("as") or limit)


def document_faults(said: Any, version: str, book: Record) -> Iterator[str]:
    """Yield a word for everything in a document that is not as it must be, or not of the rule book it leads to."""
    if not isinstance(said, Mapping):
        yield f"{said!r}"
        return
    yield from sorted(set(said) - _KEYS)
    yield from (key for key in ("from", "to", "reasons") if not _is_text(said.get(key)))
    if said.get("to") not in names_of(version, book):
        yield f"to = {said.get('to')}"
    if not isinstance(said.get("shorten", False), bool):
        yield f"shorten = {said['shorten']}"
    leave, entries = said.get("leave", []), said.get("procedure", [])
    if not isinstance(leave, list) or not all(isinstance(one, str) for one in leave):
        yield f"leave = {leave}"
    tables = {one["procedure"]: Table(book, one) for one in book["procedures"]}
    seen: set[str] = set()
    for entry in entries:
        if entry["id"] not in tables or entry["id"] in seen:
            yield f"procedure {entry['id']}"
            continue
        seen.add(entry["id"])
        yield from (f"{entry['id']}.{fault}" for fault in _table_faults(entry, tables[entry["id"]]))


def _table_faults(entry: Record, table: Table) -> Iterator[str]:
    yield from sorted(set(entry) - _TABLE)
    for old, new in entry.get("states", {}).items():
        if table.states.get(new) is not False:
            yield f"states.{old} = {new}"
    for limit, told in entry.get("deadlines", {}).items():
        said = {"do": told} if isinstance(told, str) else told
        bare = set(said) == {"do"} and said["do"] in (KEEP, RECOMPUTE, CANCEL)
        other = set(said) == {"do", "as"} and said["do"] == RECOMPUTE and said["as"] in table.limits
        if not (bare or other):
            yield f"deadlines.{limit} = {told}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""
