"""The case rows compared with the fold of their events. Of each fold fingerprints are kept: rows come in any order.

A row is the snapshot's own keys, `columns` (what cases are searched by) and `limits` (one record a limit, by id); in
both, moments are ISO text in UTC. A row without `columns` is the rest of a case whose row is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import json_text
from gongxiang.workflow.verify.findings import Finding
from gongxiang.workflow.verify.standing import is_owed, is_running
from gongxiang.workflow.verify.tables import Table, listed

Record = Mapping[str, Any]
PARTS = ("state", "version", "head", "deadlines", "flags", "links", "parties", "columns", "limits")
"""What is told apart in a finding; whatever else the row holds is compared as one."""


class Projection:
    """What each case row must say."""

    def __init__(self) -> None:
        self._folded: dict[str, tuple[int, tuple[int, ...]]] = {}

    def folded(self, record: Record, table: Table, *, broken: bool) -> None:
        """Keep the fingerprints of a case as its events make it; of a broken chain, only that it is there."""
        whole = {} if broken else {**record, "columns": _columns(record, table), "limits": _limits(record, table)}
        self._folded[record["case"]] = (record["version"], _prints(whole) if whole else ())

    def compare(self, rows: Iterable[Record] | None) -> Iterator[Finding]:
        """Yield a finding for every row that differs from its events, has none, or is missing. None: not compared."""
        if rows is None:
            return
        for row in rows:
            name = str(row.get("case"))
            if name not in self._folded:
                yield Finding(name, 0, "projection_orphan", Text(name, name))
                continue
            if "columns" not in row:
                continue
            version, prints = self._folded.pop(name)
            parts = zip((*PARTS, "…"), prints, _prints(row), strict=True) if prints else ()
            differing = [part for part, one, other in parts if one != other]
            if differing:
                yield Finding(name, version, "projection_differs", Text("、".join(differing), ", ".join(differing)))
        for name in self._folded:
            yield Finding(name, 0, "projection_missing", Text(name, name))


def _prints(record: Record) -> tuple[int, ...]:
    rest = {key: value for key, value in record.items() if key not in PARTS}
    return tuple(hash(json_text(part)) for part in (*(record.get(name) for name in PARTS), rest))


def _utc(moment: str | None) -> str | None:
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat() if moment else None


def _columns(record: Record, table: Table) -> Record:
    return {
        "procedure": record["procedure"],
        "state": record["state"],
        "final": table.states[record["state"]] and not _waits(record, table),
        "version": record["version"],
        "rules": record["rules"],
        "due": min((one["due"] for one in record["deadlines"].values() if is_owed(one)), default=None),
        "twin": _twin(record, table),
        "about": record["about"],
        "opened_at": _utc(record["opened_at"]),
        "last_at": _utc(record["last_at"]),
    }


def _twin(record: Record, table: Table) -> str | None:
    """What an open twin would have in common with the case, where an opening of its table refuses one."""
    asked = {one["id"]: one for one in table.said.get("guard", ()) if one["test"] == "no_open_twin"}
    for step in table.said["step"]:
        for guard in () if step.get("from") else listed(step.get("guards")):
            if guard in asked:
                keys = {key: record["memory"].get(key, "") for key in listed(asked[guard]["keys"])}
                return json_text([record["procedure"], record["parties"].get(asked[guard]["role"], ""), keys])
    return None


def _waits(record: Record, table: Table) -> bool:
    """Whether an act of the case waits for another's: then something is owed, even in a final state."""
    pending = table.said.get("pending", ())
    return any(record["memory"].get(one["key"]) == one["value"] for one in pending)


def _limits(record: Record, table: Table) -> Record:
    proposals = {one["id"]: one["proposal"]["procedure"] for one in table.said.get("limit", ()) if one.get("proposal")}
    return {
        name: {
            "owed_by": deadline["owed_by"],
            "due": deadline["due"],
            "open": is_owed(deadline),
            "alarm": _utc(deadline["ends_before"]) if is_running(deadline) else None,
            "lapsed_at": _utc(deadline["lapsed_at"]),
            "proposes": proposals.get(name) if deadline["lapsed_at"] else None,
            "edition": deadline["edition"],
        }
        for name, deadline in record["deadlines"].items()
    }
