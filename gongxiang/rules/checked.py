"""What a check of rule folders found: faults, gaps, and how many readings rest on nobody's word but ours."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongxiang.errors import Finding, Language
from gongxiang.rules import checking
from gongxiang.rules.head import Gap
from gongxiang.rules.instrument import Instrument, check, open_instrument
from gongxiang.rules.readings import AUTHORITIES

UNCONFIRMED = "尚无"
"""How `confirmed_by` says in Chinese that nobody competent has confirmed a reading."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `apart` are known instruments with faults of their own: compositions with them were not checked.

    `readings` counts the readings by the kind of their authority; `conflicts` those listed, unsure, and not confirmed.
    """

    folders: tuple[Path, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[tuple[str, Gap], ...]
    readings: Mapping[str, int]
    conflicts: Mapping[str, int]
    apart: tuple[str, ...] = ()

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "ok": not self.findings,
            "checked": [str(folder) for folder in self.folders],
            "findings": [
                {
                    "path": finding.path,
                    "line": finding.line,
                    "message": finding.text.of(language),
                    "mend": finding.mend.of(language),
                }
                for finding in self.findings
            ],
            "gaps": [
                {
                    "instrument": name,
                    "path": gap.path,
                    "line": gap.line,
                    "articles": gap.articles,
                    "what": gap.what.of(language),
                    "effect": gap.effect.of(language),
                }
                for name, gap in self.gaps
            ],
            "readings": dict(self.readings),
            "conflicts": dict(self.conflicts),
            "not_checked_with": list(self.apart),
        }


def checked(folders: Sequence[Path], beside: Mapping[str, Path]) -> Checked:
    """Check each of `folders` alone, and what they make together with the instruments `beside` them, by id.

    One of these that has the id of a checked one is left out: the checked one stands in its place.
    """
    own = {folder: check(folder) for folder in folders}
    ids = {_id_of(folder) for folder in folders}
    others = {name: folder for name, folder in beside.items() if name not in ids and folder not in own}
    apart = tuple(name for name, folder in others.items() if check(folder))
    together = checking.check_compositions([*folders, *others.values()])
    findings = {*(finding for found in own.values() for finding in found), *together}
    sound = [open_instrument(folder) for folder, found in own.items() if not found]
    return Checked(
        folders=tuple(folders),
        findings=tuple(sorted(findings)),
        gaps=tuple((one.id, gap) for one in sound for gap in one.gaps),
        readings=_readings(sound),
        conflicts=_conflicts(sound),
        apart=apart,
    )


def _id_of(folder: Path) -> str:
    try:
        return str(tomllib.loads((folder / "instrument.toml").read_text("utf-8-sig")).get("id"))
    except (OSError, ValueError):
        return ""


def _readings(known: Iterable[Instrument]) -> dict[str, int]:
    told = [reading.fields["Authority"] for one in known for reading in one.readings]
    return {kind: sum(said.startswith(kind) for said in told) for kind in AUTHORITIES}


def _conflicts(known: Iterable[Instrument]) -> dict[str, int]:
    count = Counter({"listed": 0, "unsure": 0, "unconfirmed": 0})
    for conflict in (conflict for one in known for conflict in one.conflicts):
        count["listed"] += 1
        count["unsure"] += bool(conflict.get("unsure"))
        count["unconfirmed"] += UNCONFIRMED in conflict["confirmed_by"]["zh"]
    return dict(count)
