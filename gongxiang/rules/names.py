"""What instruments are called in short, read from the head of each instrument.toml alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

from gongxiang.errors import Text


def short_names(folders: Iterable[Path]) -> dict[str, Text]:
    """Return the short names of the instruments in `folders` by id. One that cannot be read has none."""
    found: dict[str, Text] = {}
    for folder in folders:
        try:
            said = tomllib.loads((folder / "instrument.toml").read_text("utf-8-sig"))
            found[said["id"]] = Text(said["short"]["zh"], said["short"]["en"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found
