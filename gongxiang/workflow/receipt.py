"""What a caller gets for an act: proof that it stands in the ledger, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import as_record, beijing
from gongxiang.workflow.ledger import Event


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of one recorded act. Times are ISO with offset; `hash` is the hash of its event.

    `recorded` lists every event written with the act, as (case, seq, kind, name): lapses found on the way and what
    followed in linked cases. `deadlines` are those of the case that the act started, moved, met, stopped or voided, by
    limit. `replayed` says that this very act stood in the ledger already, under its idempotency key.
    """

    case: str
    version: int
    step: str
    from_state: str | None
    to_state: str
    by: str
    at: str
    recorded_at: str
    hash: str
    recorded: tuple[tuple[str, int, str, str], ...]
    deadlines: Mapping[str, Mapping[str, Any]]
    replayed: bool = field(default=False, compare=False)

    def as_record(self) -> dict[str, Any]:
        """Return the receipt as JSON-able values."""
        record = {name: getattr(self, name) for name in self.__slots__ if name != "replayed"}
        record["recorded"] = [list(entry) for entry in self.recorded]
        record["deadlines"] = {limit: dict(deadline) for limit, deadline in self.deadlines.items()}
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Receipt:
        """Read what `as_record` wrote."""
        return cls(**{**record, "recorded": tuple(tuple(entry) for entry in record["recorded"])})


def entry(event: Event) -> tuple[str, int, str, str]:
    """Return how a receipt names an event."""
    return (event.case, event.seq, event.kind, event.name)


def receipt_for(events: Sequence[Event], at: datetime, case: Case | None = None, step: str | None = None) -> Receipt:
    """Return the receipt for the events staged by one act: its own event is the one of `case` that names `step`."""
    mine = [event for event in events if case is None or event.case == case.case]
    own = next(
        (event for event in mine if event.kind != "lapse" and (step is None or event.name == step)),
        mine[0] if mine else None,
    )
    if own is None:
        return Receipt("", 0, "", None, "", "", beijing(at).isoformat(), beijing(at).isoformat(), "", (), {})
    body = own.content
    limits = {effect["limit"] for effect in body.get("effects", ()) if "limit" in effect}
    deadlines = {limit: as_record(case.deadlines[limit]) for limit in sorted(limits)} if case else {}
    return Receipt(
        case=own.case,
        version=case.version if case else own.seq,
        step=own.name,
        from_state=body.get("from"),
        to_state=body.get("to", ""),
        by=own.by,
        at=beijing(own.at).isoformat(),
        recorded_at=beijing(own.recorded_at).isoformat(),
        hash=own.hash,
        recorded=tuple(entry(event) for event in events),
        deadlines=deadlines,
    )
