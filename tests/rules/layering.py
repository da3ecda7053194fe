"""Three made-up instruments that lie on each other, copied to be spoiled: a nation's, a province's and a city's.

The province's measures begin on 1 January 2020, the city's regulation on 1 July 2021 and it ceases on 1 January 2024,
the nation's regulation begins on 1 January 2023. The nation outranks the city, and the city's regulation the province's
measures.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongxiang import rules
from gongxiang.errors import Finding

HERE = Path(__file__).parent / "layered"
NAMES = ("nation_1", "province_1", "city_1")


@dataclass(frozen=True, slots=True)
class Spoil:
    """One change to one file, and the finding it is to make (see layered_spoils.toml): in `path`, or in that file."""

    name: str
    file: str
    old: str
    new: str
    says: str
    at: str
    mend: str = ""
    after: str = ""
    path: str = ""
    also: tuple[tuple[str, str, str], ...] = ()


def copies(tmp_path: Path) -> list[Path]:
    """Return fresh copies of the three folders."""
    return [Path(shutil.copytree(HERE / name, tmp_path / name)) for name in NAMES]


def edit(tmp_path: Path, file: str, old: str, new: str, after: str = "") -> None:
    """Put `new` for the first `old` after `after` in a file; it must be there."""
    path = tmp_path / file
    text = path.read_text(encoding="utf-8")
    start = text.index(after)
    assert old in text[start:], (file, old)
    path.write_text(text[:start] + text[start:].replace(old, new, 1), encoding="utf-8")


def spoil(tmp_path: Path, one: Spoil) -> None:
    """Apply the change."""
    for file, old, new in one.also:
        edit(tmp_path, file, old, new)
    edit(tmp_path, one.file, one.old, one.new, one.after)


def line_of(tmp_path: Path, file: str, at: str, after: str = "") -> int:
    """Return the line, from 1, of the first `at` after `after` in a file."""
    text = (tmp_path / file).read_text(encoding="utf-8")
    return text.count("\n", 0, text.index(at, text.index(after))) + 1


def everything_found(folders: list[Path]) -> list[Finding]:
    """Return what is wrong with each folder alone and with all together."""
    return [*(finding for folder in folders for finding in rules.check(folder)), *rules.check_compositions(folders)]


def procedure(document: Any, name: str) -> Any:
    """Return a procedure of a rule book's document."""
    return next(table for table in document["procedures"] if table["procedure"] == name)


def entry(table: Any, kind: str, name: str) -> Any:
    """Return the first record of that id in a table."""
    return next(record for record in table[kind] if record["id"] == name)
