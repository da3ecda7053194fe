"""However the files of an instrument are damaged, the check says what is wrong and does not fall over."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from layering import HERE, NAMES

from gongxiang.located import Located
from gongxiang.rules.composing import compose
from gongxiang.rules.instrument import findings_in
from gongxiang.rules.source import Source

DAMAGE: list[Any] = [None, 1, True, "", "any", [], [1], ["any"], {}, {"any": "any"}, [{}], [[]]]
FILES = ["instrument", "conflicts", "grounds", "share_request", "verification", "layers"]


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if place:
        yield place
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(entry, (*place, key))


def files(source: Source) -> list[Located]:
    return [source.main, source.conflicts, source.grounds, *source.tables, *source.layers]


def reopened(source: Source) -> Source:
    """Return a copy whose data may be damaged, as it was before anything was asked of it."""
    fresh = copy.copy(source)
    for name in ("articles", "head", "qualified_tables", "qualified_grounds", "parameters", "laid"):
        fresh.__dict__.pop(name, None)
    return fresh


@pytest.mark.parametrize("name", NAMES)
def test_no_damage_to_the_files_makes_the_check_fall_over(name: str) -> None:
    source = Source(HERE / name)
    others = [Source(HERE / other) for other in NAMES if other != name]
    head = source.head
    damage = 0
    for located in files(source):
        for place in list(places(located.data))[:: 1 if "over_" in located.path or "conflicts" in located.path else 3]:
            record: Any = located.data
            for key in place[:-1]:
                record = record[key]
            for kind in range(3):
                damage += 1
                whole, record[place[-1]] = record[place[-1]], DAMAGE[(damage * 5 + kind) % len(DAMAGE)]
                try:
                    fresh = reopened(source)
                    if not findings_in(fresh):
                        compose("any-2023-01-01", head, head.since, [fresh, *others]).all_findings()
                finally:
                    record[place[-1]] = whole
    assert findings_in(reopened(source)) == []
    assert damage > 100


def test_a_folder_without_layers_conflicts_or_grounds_is_whole(tmp_path: Path) -> None:
    source = Source(HERE / "nation_1")

    assert (source.layers, source.conflicts.data) == ([], {})
    assert findings_in(source) == []
