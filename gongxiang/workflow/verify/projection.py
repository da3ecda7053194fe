"""The case rows compared with the fold of their events. Of each fold fingerprints are kept: rows come in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import json_text
from gongxiang.workflow.verify.findings import Finding

Record = Mapping[str, Any]
PARTS = ("state", "version", "head", "deadlines", "flags", "links", "parties")
"""What is told apart in a finding; whatever else the row holds is compared as one."""


class Projection:
    """What each case row must say."""

    def __init__(self) -> None:
        self._folded: dict[str, tuple[bool, int, tuple[int, ...]]] = {}

    def folded(self, record: Record, *, broken: bool) -> None:
        """Keep the fingerprints of a case as its events make it; of a broken chain, nothing but that it is there."""
        self._folded[record["case"]] = (broken, record["version"], () if broken else _prints(record))

    def compare(self, rows: Iterable[Record] | None) -> Iterator[Finding]:
        """Yield a finding for every row that differs from its events, has none, or is missing. None: not compared."""
        if rows is None:
            return
        for row in rows:
            name = str(row.get("case"))
            if name not in self._folded:
                yield Finding(name, 0, "projection_orphan", Text(name, name))
                continue
            broken, version, prints = self._folded.pop(name)
            if broken:
                continue
            differing = [
                part for part, one, other in zip((*PARTS, "…"), prints, _prints(row), strict=True) if one != other
            ]
            if differing:
                yield Finding(name, version, "projection_differs", Text("、".join(differing), ", ".join(differing)))
        for name in self._folded:
            yield Finding(name, 0, "projection_missing", Text(name, name))


def _prints(record: Record) -> tuple[int, ...]:
    rest = {key: value for key, value in record.items() if key not in PARTS}
    return tuple(hash(json_text(part)) for part in (*(record.get(name) for name in PARTS), rest))
