"""What an amendment does to one record: lists grow, tables get new keys, and what has a value is replaced by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gongxiang.errors import Text
from gongxiang.located import Located
from gongxiang.rules.parts import Part
from gongxiang.rules.source import Place
from gongxiang.workflow.procedure import as_tuple
from gongxiang.workflow.soundness import LIMIT_EFFECTS

LISTS = (
    "from",
    "except",
    "by",
    "guards",
    "flags",
    *LIMIT_EFFECTS,
    "retains",
    "forget",
    "releases",
    "exactly_one",
    "at_most_one",
    "kinds",
    "named_by",
    "about",
    "alternatives",
    "not_against",
    "anchor",
    "follows",
    "fields",
    "words",
    "values",
)
"""The keys that hold one entry or several. What is added to them, or to anything written as a list, comes last."""

Silent = Callable[[Place, Text, Text], None] | None
"""Notes a value that would be replaced in silence; None where a conflict is named."""


def added(part: Part, more: Mapping[str, Any], located: Located, place: Place, silent: Silent) -> Part:
    """Return a record with more in its lists and tables, and with keys that it did not have."""
    put: list[tuple[Place, Place]] = []
    record = _added(part.record, more, (), place, put, silent)
    for key, at in put:
        part = part.changed(record, [key], (located, at))
    return part


def _added(
    record: Mapping[str, Any],
    more: Mapping[str, Any],
    within: Place,
    place: Place,
    put: list[tuple[Place, Place]],
    silent: Silent,
) -> dict[str, Any]:
    new = dict(record)
    for key, value in more.items():
        at, old = (*place, key), record.get(key)
        if old is None:
            new[key] = value
        elif isinstance(old, Mapping) and isinstance(value, Mapping):
            new[key] = _added(old, value, (*within, key), at, put, silent)
            continue
        elif key in LISTS or isinstance(old, list):
            fresh = [entry for entry in as_tuple(value) if entry not in as_tuple(old)]
            new[key] = [*as_tuple(old), *fresh] if fresh else old
        elif old != value:
            new[key] = value
            if silent:
                silent(
                    at,
                    Text(
                        f"“{key}”已是“{old}”，不得默默改为“{value}”", f"'{key}' is '{old}' and would become '{value}'"
                    ),
                    Text('请列明冲突并写 conflict = "…"', 'list the conflict and write conflict = "…"'),
                )
        if new[key] != old:
            put.append(((*within, key), at))
    return new


def replaced(part: Part, values: Mapping[str, Any], located: Located, place: Place) -> Part:
    """Return a record with other values under some keys."""
    record = {**part.record, **values}
    for key in values:
        part = part.changed(record, [(key,)], (located, (*place, key)))
    return part
