"""A procedure as a table: states, limits, guards, flags, steps and activities, in the order of the articles.

The tables are plain data (TOML in an instrument's folder, canonical JSON in the database). A rule book is such a
document; its SHA-256 is its version, and a case is pinned to it. What exists is valid: `compile.rule_book` refuses
an unsound table (`soundness`), so nothing later has to ask whether a name exists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from gongxiang.canonical import canonical
from gongxiang.errors import Text
from gongxiang.workflow.vocabulary import Kind, Role

ANY, OPEN = "any", "open"
"""In `from`: every state; every state that is not final."""

ORIGIN = "origin"
"""The relation of a case that a step of another opened to that other."""


def text_of(record: Mapping[str, str] | None, fallback: str = "") -> Text:
    """Return a `{zh, en}` record as a Text; `fallback` stands in for a missing language."""
    record = record or {}
    return Text(record.get("zh", fallback), record.get("en", fallback))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A legal number: value, unit, since when, by which article, from which source."""

    id: str
    value: int
    unit: str
    since: date
    article: str
    source: str


@dataclass(frozen=True, slots=True)
class Party:
    """A part in the procedure, which kinds of departments may play it, and which field of `open` names it (the first
    given).
    """

    role: Role
    kinds: frozenset[Kind]
    article: str
    named_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """Where a case can stand. `owes` is whose move it is; `duty` names the step that is owed.

    `owes_when_stopped`: whose move it is while the limit is stopped, or while the case remembers `waits_on`.
    """

    id: str
    title: Text
    final: bool = False
    owes: Role | None = None
    duty: str | None = None
    owes_when_stopped: Role | None = None
    waits_on: str | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a lapse proposes to whoever may take it up: open `procedure` on `ground` (or on one of `alternatives`)."""

    procedure: str
    ground: str
    alternatives: tuple[str, ...]
    not_against: frozenset[Kind]
    article: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A period that runs in a case. `days` comes from a parameter; None: the starting act sets it (`working_days` or
    `due`).

    `counted_from` is None for the starting act's own moment, or the payload field whose date starts the period. The
    starting day is never counted. `outer_of` names a stricter limit of the same duty, behind which this one is the
    outer legal limit: the stricter is shown as due, both are explained. `within` is how the region codes of the
    departments begin that it binds: it runs only where every party is one.
    """

    id: str
    title: Text
    article: str
    owed_by: Role
    days: int | None
    counted_from: str | None
    on_lapse: str | None
    proposal: Proposal | None
    outer_of: str | None = None
    within: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """What somebody owes while the case remembers `key` as `value`: the step `duty`, by the due day of limit `by`."""

    key: str
    value: str
    owes: Role
    duty: str
    by: str | None
    article: str | None


@dataclass(frozen=True, slots=True)
class Retention:
    """Records to be kept for `years` from the act that makes them, through the corresponding day (民法典 Art. 202)."""

    id: str
    title: Text
    article: str
    years: int


@dataclass(frozen=True, slots=True)
class Test:
    """A test by its registered name with its arguments; a guard refuses, a flag marks, where it fails."""

    id: str
    test: str
    arguments: Mapping[str, Any]
    article: str | None
    text: Text
    mend: Text | None


@dataclass(frozen=True, slots=True)
class Follow:
    """What an act brings about in another case: a step there by the engine's hand, or a new case opened.

    A new case (`procedure`) has the parties that its own table lists: each is lent by the case it comes from; one that
    this case does not have, and `raised_by` always, is who took the step, where the table names it by `by`. The kinds
    of a lent party are among those the new table admits. The new case is about the one it comes from, has its resource
    if it takes one, and is linked to it by ORIGIN; the case it comes from is linked to it by `relation`.
    """

    relation: str
    step: str
    procedure: str | None = None
    suffix: str | None = None
    payload: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a step (it moves the case, or stays where `to` is the same state) or an activity (`to` is
    None).
    """

    name: str
    title: Text
    sources: tuple[str, ...]
    to: str | None
    by: frozenset[Role]
    article: str | None
    own: bool
    quote: str | None
    payload: Mapping[str, str]
    exactly_one: tuple[str, ...]
    at_most_one: tuple[str, ...]
    when: Mapping[str, str]
    guards: tuple[Test, ...]
    flags: tuple[Test, ...]
    starts: tuple[str, ...]
    meets: tuple[str, ...]
    stops: tuple[str, ...]
    resumes: tuple[str, ...]
    voids: tuple[str, ...]
    restarts: tuple[str, ...]
    restores: tuple[str, ...]
    extends: tuple[str, ...]
    extends_by: str | None
    retains: tuple[Retention, ...]
    remember: Mapping[str, str]
    forget: tuple[str, ...]
    mark: Mapping[str, Any] | None
    names: Mapping[str, str]
    releases: tuple[str, ...]
    follows: tuple[Follow, ...]
    document: str | None

    @property
    def opens(self) -> bool:
        """Whether this row opens a case."""
        return not self.sources

    @property
    def basis(self) -> str:
        """The article, or "own" for a step that any procedure needs and no article gives."""
        return self.article or "own"


@dataclass(frozen=True)
class Procedure:
    """One procedure of a rule book, compiled. Immutable; `version` is the hash of the rule book's document and its
    name.

    `anchors` are the parties whose level and region say which authority is competent: of several, that of the lowest
    place that covers all. `about` are the procedures whose case lends a new one its parties; `resource` is "required",
    "optional", "unless_about" (required of a case that is about no other) or None. `decisive` is the payload field
    whose date says which law governs a new case; None: the day of its opening. `opening` is the step that opens a case
    where none is named.
    """

    id: str
    title: Text
    article: str
    anchors: tuple[Role, ...]
    parties: tuple[Party, ...]
    states: Mapping[str, State]
    limits: Mapping[str, Limit]
    rows: tuple[Row, ...]
    about: tuple[str, ...] = ()
    resource: str | None = None
    decisive: str | None = None
    opening: str = ""
    pending: tuple[Pending, ...] = ()
    retentions: Mapping[str, Retention] = field(default_factory=dict)
    version: str = ""

    @property
    def anchor(self) -> Role:
        """The first of the anchors: whose region says under which law a case stands."""
        return self.anchors[0]

    def is_done(self, state: str, memory: Mapping[str, str]) -> bool:
        """Return whether nothing more is owed in a case: its state is final, and no act of it waits for another."""
        return self.states[state].final and all(memory.get(one.key) != one.value for one in self.pending)

    def running(self, limit: str, ran: Collection[str]) -> str:
        """Return the limit, or the outer one behind it where only that one ran in a case."""
        outer = next((one.id for one in self.limits.values() if one.outer_of == limit and one.id in ran), limit)
        return limit if limit in ran else outer

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows of each step or activity, in the order of the table."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.name, []).append(row)
        return {name: tuple(rows) for name, rows in found.items()}

    @cached_property
    def leading_from(self) -> Mapping[tuple[str, str], tuple[Row, ...]]:
        """The rows of a name that stand open in a state."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            for source in row.sources:
                found.setdefault((row.name, source), []).append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def proposes(self) -> Mapping[str, str]:
        """Which procedure a lapse proposes to open, by limit; limits that propose none are not among them."""
        return {name: limit.proposal.procedure for name, limit in self.limits.items() if limit.proposal}

    @cached_property
    def twin_of(self) -> tuple[str, tuple[str, ...]] | None:
        """The party and the remembered keys that no second open case may share, where an opening asks for that."""
        asked = (guard.arguments for row in self.openings for guard in row.guards if guard.test == "no_open_twin")
        found = next(asked, None)
        return (found["role"], tuple(found["keys"])) if found else None

    @cached_property
    def openings(self) -> tuple[Row, ...]:
        """The rows that open a case."""
        return tuple(row for row in self.rows if row.opens)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A legal text that a rule book is composed of, as it is cited and compared. `rank` is a word of the rules."""

    id: str
    title: Text
    short: Text
    rank: str
    since: date
    complete: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where two instruments of a rule book differ: the provisions, the reading chosen, by which authority, confirmed by
    whom.
    """

    id: str
    between: tuple[str, ...]
    question: Text
    reading: Text
    authority: str
    confirmed_by: Text
    unsure: bool


@dataclass(frozen=True)
class RuleBook:
    """The law that governs a case: an identified, immutable set of procedures with its parameters and grounds.

    `fields` are the titles of payload fields; one without a title goes by its name.

    `territory` is the leading digits that a party's region must have; `in_force` the first day whose acts it governs.
    """

    id: str
    title: Text
    in_force: date
    in_force_article: str
    territory: str
    territory_article: str
    procedures: Mapping[str, Procedure]
    parameters: Mapping[str, Parameter]
    grounds: Mapping[str, Text]
    ground_article: str
    fields: Mapping[str, Text]
    document: Mapping[str, Any] = field(repr=False)
    instruments: tuple[Instrument, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @cached_property
    def article_of(self) -> Mapping[str, str]:
        """The article that lists each ground."""
        return {record["id"]: record["article"] for record in self.document["grounds"]}

    @cached_property
    def instrument_of(self) -> Mapping[str, str]:
        """The instrument of each ground: the one whose article lists it."""
        return {ground: article.rpartition("/")[0] for ground, article in self.article_of.items()}

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical document, hexadecimal: the version that a case is pinned to."""
        return hashlib.sha256(canonical(self.document).encode()).hexdigest()

    def field_title(self, name: str) -> Text:
        """Return what a payload field is called: in Chinese its title, in English its name."""
        return Text(self.fields[name].zh if name in self.fields else name, name)

    @property
    def version(self) -> str:
        """The name a person reads: id and the first sixteen digits of the hash."""
        return f"{self.id}@{self.hash[:16]}"


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Return a list as a tuple, a single value as a tuple of one, None as an empty tuple."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def sources_of(entry: Mapping[str, Any], final: Mapping[str, bool]) -> tuple[str, ...]:
    """Return the states a row leads from: the listed ones, or all, or all open ones, less those in `except`."""
    listed = entry.get("from", ())
    if listed == ANY:
        listed = tuple(final)
    elif listed == OPEN:
        listed = tuple(state for state, is_final in final.items() if not is_final)
    return tuple(state for state in as_tuple(listed) if state not in as_tuple(entry.get("except")))
