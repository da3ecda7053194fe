"""Events and their chain of hashes. One chain a case; the registers have a chain of their own, named "".

The hash covers every stored field: SHA-256 over a domain tag and the length-prefixed parts, times as UTC
microseconds, the body as its canonical JSON text. It can be recomputed with a dozen lines in any language
(docs/reference/ledger.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from gongxiang.canonical import canonical

DOMAIN = b"gongxiang/event/1"
GENESIS = "0" * 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Event:
    """One line of the ledger. `at` is when it happened, `recorded_at` when it was written down; both aware.

    `body` is canonical JSON: role, from, to, payload, guards with their inputs, effects, calendar edition.
    """

    case: str
    seq: int
    at: datetime
    recorded_at: datetime
    kind: str
    name: str
    by: str
    rules: str
    body: str
    prev: str
    hash: str

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The body as values."""
        return json.loads(self.body)  # type: ignore[no-any-return]  # the body is always an object


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970-01-01T00:00Z, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def digest(*parts: str) -> str:
    """Return the SHA-256 of the domain tag and the parts, each preceded by its length in bytes."""
    data = [part.encode() for part in parts]
    return hashlib.sha256(b"".join((DOMAIN, *(len(one).to_bytes(8, "big") + one for one in data)))).hexdigest()


def seal(
    *,
    case: str,
    seq: int,
    at: datetime,
    recorded_at: datetime,
    kind: str,
    name: str,
    by: str,
    rules: str,
    body: Mapping[str, Any],
    prev: str,
) -> Event:
    """Return the event chained to `prev`, the hash of the one before it (GENESIS for the first)."""
    told = (case, seq, at.astimezone(UTC), recorded_at.astimezone(UTC), kind, name, by, rules, canonical(body), prev)
    event = Event(*told, _hash(*told))
    vars(event)["content"] = body  # what was just written need not be read back
    return event


def is_sealed(event: Event, prev: str) -> bool:
    """Return whether the event is as it was sealed, and chained to `prev`."""
    told = (event.case, event.seq, event.at, event.recorded_at, event.kind, event.name, event.by, event.rules)
    return event.prev == prev and event.hash == _hash(*told, event.body, prev)


def _hash(case: str, seq: int, at: datetime, recorded_at: datetime, *told: str) -> str:
    return digest(case, str(seq), str(microseconds(at)), str(microseconds(recorded_at)), *told)
