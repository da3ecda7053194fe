"""A composed table, record by record, with the file and line that wrote each record and each key put to it later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.located import Located
from gongxiang.rules.source import Place, Source
from gongxiang.workflow.soundness import LIMIT_EFFECTS

ROWS = ("step", "activity")
SECTIONS = ("party", "state", "limit", "pending", "retention", "guard", "flag", *ROWS)
"""The kinds of records that a table has."""
WORDS = {
    "party": Text("当事方", "party"),
    "state": Text("状态", "state"),
    "limit": Text("期限", "limit"),
    "pending": Text("待办", "pending"),
    "retention": Text("保存事项", "retention"),
    "guard": Text("条件", "guard"),
    "flag": Text("标记", "flag"),
    "step": Text("步骤", "step"),
    "activity": Text("活动", "activity"),
    "table": Text("表", "table"),
}
"""What findings call them, and the table itself."""
NAMED_IN = {
    "guard": {"guards"},
    "flag": {"flags"},
    "limit": set(LIMIT_EFFECTS),
    "retention": {"retains"},
}
"""The keys of rows under which records of a kind are named."""

Origin = tuple[Located, Place]


@dataclass(slots=True)
class Part:
    """One record, which instrument wrote it, where, and where keys that were put to it since were written.

    The record is never changed in place: another composition may hold it too.
    """

    record: Mapping[str, Any]
    origin: Origin
    instrument: str
    put: dict[Place, Origin] = field(default_factory=dict)

    def locate(self, place: Place) -> Origin:
        """Return the file, and the place within it, that wrote what stands at `place` in the record."""
        for length in range(len(place), 0, -1):
            if (found := self.put.get(place[:length])) is not None:
                return found
        located, at = self.origin
        return self.put.get((), (located, at)) if not place else (located, (*at, *place))

    def changed(self, record: Mapping[str, Any], keys: Iterable[Place], origin: Origin) -> Part:
        """Return the part with another record, whose `keys` were written at `origin`."""
        return Part(record, self.origin, self.instrument, {**self.put, **dict.fromkeys((*keys, ()), origin)})

    def finding(self, place: Place, text: Text, mend: Text) -> Finding:
        """Return the finding of what stands at `place` in the record."""
        located, at = self.locate(place)
        return located.finding(at, text, mend)


@dataclass(slots=True)
class Table:
    """A procedure's table in parts: its head, and its records of each kind."""

    head: Part
    sections: dict[str, list[Part]]

    @property
    def procedure(self) -> str:
        """The procedure's name."""
        return str(self.head.record["procedure"])

    def parts(self, *kinds: str) -> Iterator[Part]:
        """Yield the records of some kinds, in their order."""
        for kind in kinds:
            yield from self.sections[kind]

    def record(self) -> dict[str, Any]:
        """Return the table as a rule book's document has it."""
        sections = {kind: [part.record for part in parts] for kind, parts in self.sections.items() if parts}
        return {**self.head.record, **sections}

    def locate(self, place: Place) -> Origin:
        """Return the file, and the place within it, of a place in the table."""
        kind, rest = place[0] if place else "", place[1:]
        if kind in self.sections and rest and int(rest[0]) < len(self.sections[str(kind)]):
            return self.sections[str(kind)][int(rest[0])].locate(rest[1:])
        return self.head.locate(place)


def identity(kind: str, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a record of a kind is known by."""
    if kind == "pending":
        return record.get("key"), record.get("value")
    return (record.get("role" if kind == "party" else "id"),)


def name_of(kind: str, record: Mapping[str, Any]) -> str:
    """Return the name by which a layer calls a record of a kind."""
    return str(identity(kind, record)[0])


def parts_of(source: Source, table: Mapping[str, Any], kind: str, located: Located) -> list[Part]:
    """Return the records of a kind that an instrument's file has."""
    return [
        Part(_told(source, kind, record), (located, (kind, number)), source.id)
        for number, record in enumerate(table.get(kind, ()))
    ]


def table_of(source: Source, table: Mapping[str, Any], located: Located) -> Table:
    """Return an instrument's whole table in parts."""
    head = {key: value for key, value in table.items() if key not in SECTIONS}
    return Table(
        Part(head, (located, ()), source.id), {kind: parts_of(source, table, kind, located) for kind in SECTIONS}
    )


def _told(source: Source, kind: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a guard or flag with the day or territory of the instrument that wrote it, where its test asks for one.

    Standing in a composed book, it would otherwise be answered from the day and the territory of the whole.
    """
    if kind in ("guard", "flag") and record.get("test") == "begins_in_force":
        return {"since": source.head.since.isoformat(), **record}
    if kind in ("guard", "flag") and record.get("test") == "parties_in_territory":
        return {"prefix": source.head.prefix, **record}
    return record
