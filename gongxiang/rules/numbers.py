"""The numbers of a composed rule book, and those of several instruments that differ where no conflict says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.rules.conflicts import is_between
from gongxiang.rules.parts import Part, Table
from gongxiang.rules.source import Source

_RESTING = ("limit", "retention", "guard", "flag")
"""The kinds of records that rest on a number of the law."""


def numbers_of(
    sources: Sequence[Source], tables: Iterable[Table], conflicts: Sequence[Mapping[str, Any]]
) -> tuple[list[Part], list[Finding]]:
    """Return the numbers that the tables use, the superior's first, and what is undecided among all numbers in force.

    Of two numbers of one name and one value the superior's stands. Two of one matter differ only where a conflict names
    both their articles.
    """
    named = (part.record.get("parameter") for table in tables for part in table.parts(*_RESTING))
    used = {name for name in named if isinstance(name, str)}
    found: list[Part] = []
    findings: list[Finding] = []
    names: dict[str, Part] = {}
    matters: dict[str, list[Part]] = {}
    for source in sources:
        for number, record in enumerate(source.parameters):
            part = Part(record, (source.main, ("parameter", number)), source.id)
            first = names.setdefault(record["id"], part)
            if first is part and record["id"] in used:
                found.append(part)
            elif _value(first) != _value(part):
                findings.append(_same_name(part, first))
            others = matters.setdefault(source.main.data["parameter"][number].get("matter", record["id"]), [])
            findings.extend(_undecided(part, other) for other in others if not _is_decided(part, other, conflicts))
            others.append(part)
    return found, findings


def _value(part: Part) -> tuple[Any, Any]:
    return part.record["value"], part.record["unit"]


def _is_decided(part: Part, other: Part, conflicts: Iterable[Mapping[str, Any]]) -> bool:
    articles = part.record["article"], other.record["article"]
    agree = part.instrument == other.instrument or _value(part) == _value(other)
    return agree or any(is_between(conflict, articles) for conflict in conflicts)


def _same_name(part: Part, first: Part) -> Finding:
    name = part.record["id"]
    return part.finding(
        ("id",),
        Text(f"“{name}”也是“{first.instrument}”的参数，数值不同", f"'{name}' is another number of {first.instrument}"),
        Text("请另起代号，matter 写同一事项", "give it another id and the same `matter`"),
    )


def _undecided(part: Part, other: Part) -> Finding:
    own, theirs = part.record, other.record
    return part.finding(
        ("value",),
        Text(
            f"与“{other.instrument}”的数字不同（{own['value']}、{theirs['value']}），未列为冲突",
            f"{own['value']} here, {theirs['value']} by {other.instrument}, and no conflict lists it",
        ),
        Text(
            f"请在 conflicts.toml 列出 between = [“{own['article']}”、“{theirs['article']}”]",
            f"list it in conflicts.toml, between {own['article']} and {theirs['article']}",
        ),
    )
