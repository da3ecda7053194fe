"""Where instruments stand: the folders of this package, and those that other distributions bring.

A distribution brings an instrument by an entry point of the group `gongxiang.rules`, whose name is the instrument's id
and whose value is the package that is its folder:

    [project.entry-points."gongxiang.rules"]
    zhejiang-2022 = "zhejiang_rules.zhejiang_2022"

The folder holds `instrument.toml` and the rest and needs no Python file. It is read from the file system.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gongxiang.errors import FaultyRules, Finding, Text
from gongxiang.rules.source import Source

GROUP = "gongxiang.rules"
_PACKAGE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@cache
def shipped() -> dict[str, Path]:
    """Return the folders of the instruments of this package by id."""
    here = Path(__file__).parent
    return {path.parent.name.replace("_", "-"): path.parent for path in sorted(here.glob("*/instrument.toml"))}


@cache
def brought() -> dict[str, Path]:
    """Return the folders that installed distributions bring, by id. Raises FaultyRules with those that bring none."""
    from importlib.metadata import entry_points  # looks at every distribution: only where one is asked for

    found: dict[str, Path] = {}
    findings: list[Finding] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        folder = _folder_of(entry.value)
        fault = _fault(entry.name, folder, {**shipped(), **found})
        if fault is not None:
            mend = _TWO if entry.name in {**shipped(), **found} else _MEND
            findings.append(Finding(f"{GROUP}:{entry.name} = {entry.value}", 0, fault, mend))
        elif folder is not None:
            found[entry.name] = folder
    if findings:
        raise FaultyRules(findings)
    return found


_NO_FOLDER = Text("不是含 instrument.toml 的包", "not a package whose folder holds instrument.toml")
_MEND = Text(
    "入口点请写：规则代号 = “包名”", "an entry point reads: the instrument's id = 'the package that is its folder'"
)

_TWO = Text("请改名，或卸载其中之一", "rename or uninstall one of the two")


def _fault(name: str, folder: Path | None, known: Mapping[str, Path]) -> Text | None:
    """Return what is wrong with an entry point; None where it brings an instrument of that id."""
    if folder is None:
        return _NO_FOLDER
    if name in known:
        return Text(f"“{name}”已有规则", f"'{name}' is the id of another instrument, in {known[name].name}")
    try:
        said = tomllib.loads((folder / "instrument.toml").read_text("utf-8-sig")).get("id", name)
    except (OSError, ValueError):
        return None  # for `check` to say
    return None if said == name else Text(f"其代号是“{said}”", f"the id of the instrument there is '{said}'")


def _folder_of(package: str) -> Path | None:
    """Return the folder of a package that is an instrument; None for anything else. Nothing of the package is run."""
    from importlib.util import find_spec

    first, *inner = package.split(".")
    try:
        found = find_spec(first) if _PACKAGE.fullmatch(package) else None
    except ValueError:  # a module that does not say where it came from
        found = None
    places = (found.submodule_search_locations or ()) if found else ()
    folders = (Path(place).joinpath(*inner) for place in places)
    return next((folder for folder in folders if (folder / "instrument.toml").is_file()), None)


@cache
def source(folder: Path) -> Source:
    """Return the files of an instrument of the shelf, read once. Raises FaultyRules."""
    return Source(folder)
