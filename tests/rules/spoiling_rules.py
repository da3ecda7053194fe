"""Copies of the decree's folder with something spoiled in them, and what the check is to say of it."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from gongxiang import rules
from gongxiang.errors import Finding

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Spoil:
    """One change to one file of the folder, and the finding it is to make (see spoils.toml)."""

    name: str
    file: str
    old: str
    new: str
    says: str
    at: str
    mend: str = ""
    after: str = ""
    also: tuple[tuple[str, str], ...] = ()


SPOILS = [Spoil(**one) for one in tomllib.loads((HERE / "spoils.toml").read_text(encoding="utf-8"))["spoil"]]


def spoils_named(*names: str) -> list[Spoil]:
    """Return the spoils of those names; each must be there."""
    found = [one for one in SPOILS if one.name in names]
    assert len(found) == len(names), names
    return found


def copy_of_the_decree(tmp_path: Path) -> Path:
    """Return a fresh copy of the shipped folder."""
    folder = tmp_path / "decree_330"
    shutil.copytree(rules.folders()["decree-330"], folder)
    return folder


def spoil(folder: Path, one: Spoil) -> None:
    """Apply the change; it must apply."""
    path = folder / one.file
    text = path.read_text(encoding="utf-8")
    for old, new in one.also:
        assert old in text, (one.name, old)
        text = text.replace(old, new, 1)
    start = text.index(one.after)
    assert one.old in text[start:], (one.name, one.old)
    path.write_text(text[:start] + text[start:].replace(one.old, one.new, 1), encoding="utf-8")


def line_of(folder: Path, one: Spoil) -> int:
    """Return the line, from 1, of the first `at` after `after` in the spoiled file; 0 where `at` is empty."""
    if not one.at:
        return 0
    text = (folder / one.file).read_text(encoding="utf-8")
    return text.count("\n", 0, text.index(one.at, text.index(one.after))) + 1


def agrees(found: Finding, one: Spoil, line: int) -> bool:
    """Whether a finding is the one that is to be made."""
    return (
        found.path == f"decree_330/{one.file}"
        and found.line == line
        and one.says in found.text.en
        and one.mend in found.mend.en
        and bool(found.text.zh and found.mend.zh)
    )
