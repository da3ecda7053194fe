"""Two rule books side by side: what one has that the other has not, and what both have differently, by their documents.

What a table says for its reader alone (notes, quotations, sources) is no difference of law.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from gongxiang.errors import Language, Text
from gongxiang.rules.parts import SECTIONS, identity
from gongxiang.workflow.procedure import RuleBook, as_tuple, text_of
from gongxiang.workflow.vocabulary import ROLE_NAMES, Role

Word = Literal["added", "removed", "changed"]
Record = Mapping[str, Any]

WHOLE = ("instrument", "number", "ground", "conflict")
"""What is compared of the books as wholes."""
_OF_THE_BOOK = {"instrument": "instruments", "number": "parameters", "ground": "grounds", "conflict": "conflicts"}
_FOR_THE_READER = frozenset({"note", "quote", "source"})
_ALIKE = ("from", "to", "by", "when", "title", "article", "payload")
"""By how many of these two rows of one name agree, so likely they are the same row."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A key of a record that the two books give different values; None stands for none."""

    key: str
    before: Any
    after: Any


class _Sides:
    """What two books say of one thing; one of them may say nothing."""

    __slots__ = ()
    before: Record | None
    after: Record | None

    @property
    def word(self) -> Word:
        """Whether it was added, removed or changed."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def record(self) -> Record:
        """The record as the second book has it, or else the first."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Change(_Sides):
    """A record that only one of the books has, or that both have differently."""

    kind: str
    before: Record | None
    after: Record | None
    details: tuple[Detail, ...] = ()

    @property
    def id(self) -> str:
        """What the record is known by."""
        return "=".join(str(part) for part in identity(self.kind, self.record))

    @property
    def title(self) -> Text:
        """What the record is called; a guard or flag by what it says, a conflict by its question."""
        record = self.record
        if self.kind == "party":
            return ROLE_NAMES[Role(record["role"])] if record["role"] in set(Role) else text_of(None, record["role"])
        words = {"guard": "text", "flag": "text", "conflict": "question"}.get(self.kind, "title")
        return text_of(record.get(words), record.get("duty", self.id))

    @property
    def articles(self) -> tuple[str, ...]:
        """The articles that it rests on: those of the first book, then those of the second."""
        found = [
            article
            for record in (self.before or {}, self.after or {})
            for article in as_tuple(record.get("between") or record.get("article"))
        ]
        return tuple(dict.fromkeys(found))

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        kept = {
            key: self.record[key]
            for key in ("value", "unit", "by", "from", "to", "parameter", "owed_by", "outer_of", "reading", "unsure")
            if key in self.record
        }
        return {
            "change": self.word,
            "id": self.id,
            "title": self.title.of(language),
            "articles": list(self.articles),
            **kept,
            "details": [{"key": one.key, "a": one.before, "b": one.after} for one in self.details],
        }


@dataclass(frozen=True, slots=True)
class ProcedureChange(_Sides):
    """What differs in one procedure. `before` or `after` is None where only one of the books has it."""

    id: str
    before: Record | None
    after: Record | None
    head: tuple[Detail, ...]
    sections: Mapping[str, tuple[Change, ...]]

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "change": self.word,
            "procedure": self.id,
            "title": text_of(self.record["title"]).of(language),
            "article": self.record["article"],
            "details": [{"key": one.key, "a": one.before, "b": one.after} for one in self.head],
            **{plural(kind): [one.as_record(language) for one in self.sections.get(kind, ())] for kind in SECTIONS},
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two rule books."""

    before: RuleBook
    after: RuleBook
    wholes: Mapping[str, tuple[Change, ...]]
    procedures: tuple[ProcedureChange, ...]

    @property
    def same(self) -> bool:
        """Whether no difference was found."""
        return not self.procedures and not any(self.wholes.values())

    def only(self, procedure: str) -> Comparison:
        """Return what differs in one procedure alone."""
        return replace(
            self,
            wholes=dict.fromkeys(self.wholes, ()),
            procedures=tuple(one for one in self.procedures if one.id == procedure),
        )

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            **{
                side: {
                    "id": book.id,
                    "title": book.title.of(language),
                    "version": book.version,
                    "in_force": book.in_force.isoformat(),
                }
                for side, book in (("a", self.before), ("b", self.after))
            },
            "same": self.same,
            **{plural(kind): [one.as_record(language) for one in self.wholes[kind]] for kind in WHOLE},
            "procedures": [one.as_record(language) for one in self.procedures],
        }


def plural(kind: str) -> str:
    """Return the key under which records of a kind are listed."""
    return {"party": "parties", "activity": "activities", "pending": "pendings"}.get(kind, f"{kind}s")


def compare(before: RuleBook, after: RuleBook) -> Comparison:
    """Return what differs between two rule books, each part in the order of the second, what is gone at its end."""
    one, other = before.document, after.document
    wholes = {
        kind: tuple(_changes(kind, one.get(listed, ()), other.get(listed, ()))) for kind, listed in _OF_THE_BOOK.items()
    }
    tables = [{table["procedure"]: table for table in document["procedures"]} for document in (one, other)]
    names = list(dict.fromkeys([*tables[1], *tables[0]]))
    procedures = (_procedure(name, tables[0].get(name), tables[1].get(name)) for name in names)
    return Comparison(before, after, wholes, tuple(one for one in procedures if one is not None))


def _procedure(name: str, before: Record | None, after: Record | None) -> ProcedureChange | None:
    one, other = before or {}, after or {}
    sections = {}
    for kind in SECTIONS:
        found = tuple(_changes(kind, one.get(kind, ()), other.get(kind, ())))
        if found:
            sections[kind] = found
    own = [{key: value for key, value in table.items() if key not in SECTIONS} for table in (one, other)]
    head = tuple(_details(*own)) if before and after else ()
    if before and after and not head and not sections:
        return None
    return ProcedureChange(name, before, after, head, sections)


def _changes(kind: str, before: Iterable[Record], after: Iterable[Record]) -> Iterator[Change]:
    """Yield what differs between two lists of records; of several rows of one name, those most alike are compared."""
    mine, theirs = _grouped(kind, before), _grouped(kind, after)
    for name in dict.fromkeys([*theirs, *mine]):
        for one, other in _paired(mine.get(name, []), theirs.get(name, [])):
            details = tuple(_details(one, other)) if one is not None and other is not None else ()
            if details or one is None or other is None:
                yield Change(kind, one, other, details)


def _grouped(kind: str, records: Iterable[Record]) -> dict[tuple[Any, ...], list[Record]]:
    found: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        found.setdefault(identity(kind, record), []).append(record)
    return found


def _paired(before: Sequence[Record], after: Sequence[Record]) -> Iterator[tuple[Record | None, Record | None]]:
    """Yield each record beside the one most like it in the other list, those without one beside None."""
    left, partners = list(before), dict[int, Record]()
    likeness = sorted(
        (-_likeness(one, other), place, number) for number, one in enumerate(left) for place, other in enumerate(after)
    )
    taken: set[int] = set()
    for _, place, number in likeness:
        if place not in partners and number not in taken:
            partners[place] = left[number]
            taken.add(number)
    yield from ((partners.get(place), other) for place, other in enumerate(after))
    yield from ((one, None) for number, one in enumerate(left) if number not in taken)


def _likeness(one: Record, other: Record) -> int:
    if next(_details(one, other), None) is None:
        return len(_ALIKE) + 1
    return sum(_value(one.get(key)) == _value(other.get(key)) for key in _ALIKE)


def _details(before: Record, after: Record) -> Iterator[Detail]:
    for key in dict.fromkeys([*before, *after]):
        one, other = before.get(key), after.get(key)
        if key not in _FOR_THE_READER and _value(one) != _value(other):
            yield Detail(key, one, other)


def _value(value: Any) -> Any:
    """Return a value so that a list of one is the same as its single entry, and no list's order counts."""
    if isinstance(value, list):
        return _value(value[0]) if len(value) == 1 else sorted(map(str, value))
    if isinstance(value, Mapping):
        return {key: _value(entry) for key, entry in value.items()}
    return value
