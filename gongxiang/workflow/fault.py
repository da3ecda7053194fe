"""A fault of a rule book's document: where it is, what is wrong, how to mend it; and how the checks read a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gongxiang.errors import Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.procedure import as_tuple, sources_of

Place = tuple[str | int, ...]
Table = Mapping[str, Any]

LIMIT_EFFECTS = ("starts", "meets", "stops", "resumes", "voids", "restarts", "restores", "extends")


class Fault(NamedTuple):
    """One fault: where in the document, what is wrong, how to mend it."""

    place: Place
    text: Text
    mend: Text


def unknown(place: Place, what: Text, name: str, known: Iterable[str]) -> Fault:
    """Return the fault of a name that stands for nothing, with the nearest one that does."""
    known = list(dict.fromkeys(known))
    near = did_you_mean(name, known)
    return Fault(
        place,
        Text(f"{what.zh}“{name}”不存在{near.zh}", f"unknown {what.en} '{name}'{near.en}"),
        Text(f"请使用：{'、'.join(known) or '（无）'}", f"use one of: {', '.join(known) or '(none)'}"),
    )


def rows_of(table: Table) -> Iterator[tuple[Place, Table]]:
    """Yield every step, then every activity, each with its place in the table."""
    for kind in ("step", "activity"):
        for number, entry in enumerate(table.get(kind, ())):
            yield (kind, number), entry


def leads_from(table: Table, entry: Table) -> tuple[str, ...]:
    """Return the states that a row leads from; none for a row that opens a case."""
    return sources_of(entry, {state["id"]: state.get("final", False) for state in table["state"]})


def ids(entries: Iterable[Table]) -> list[str]:
    """Return the ids of records, in their order."""
    return [entry["id"] for entry in entries]


def named(entry: Table, key: str) -> tuple[str, ...]:
    """Return the names under `key`: one, several or none."""
    return as_tuple(entry.get(key))


def roles_named(table: Table) -> set[str]:
    """Return the roles that rows of the table give to departments in the course of a case (`names`)."""
    return {role for _, entry in rows_of(table) for role in entry.get("names", {})}


def parties_of(table: Table) -> list[str]:
    """Return the roles of the parties, in the order of the table."""
    return [party["role"] for party in table["party"]]


def remembered(table: Table) -> dict[str, set[str]]:
    """Return what a case may remember: each key with the sources that rows give it."""
    found: dict[str, set[str]] = {}
    for _, entry in rows_of(table):
        for key, source in entry.get("remember", {}).items():
            found.setdefault(key, set()).add(source)
    return found
