"""The chain of hashes and the head of the ledger, recomputed from plain rows (recipe: docs/reference/ledger.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

EVENT_TAG = b"gongxiang/event/1"
HEAD_TAG = b"gongxiang/head/1"
FIRST_PREV = "0" * 64
CHINA = timezone(timedelta(hours=8))
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FIELDS = ("case", "seq", "at", "recorded_at", "kind", "name", "by", "rules", "body", "prev", "hash")


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it stands in the ledger. `at` and `recorded_at` are aware; `body` is the stored text."""

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

    @property
    def day(self) -> date:
        """The day of the act in Beijing."""
        return self.at.astimezone(CHINA).date()

    @property
    def moment(self) -> str:
        """The moment of the act as Beijing writes it, ISO with +08:00."""
        return local(self.at)


def row_of(values: Mapping[str, Any]) -> Row:
    """Return the row. Raises KeyError, TypeError, ValueError or OverflowError where a field is not of its kind."""
    row = Row(**{name: values[name] for name in FIELDS})
    for name in ("case", "kind", "name", "by", "rules", "body", "prev", "hash"):
        if not isinstance(getattr(row, name), str):
            raise TypeError(f"{name} is no text")
    if not isinstance(row.seq, int) or isinstance(row.seq, bool):
        raise TypeError("seq is no whole number")
    for moment in (row.at, row.recorded_at):
        if not isinstance(moment, datetime) or moment.utcoffset() is None:
            raise TypeError("a moment without its zone")
        moment.astimezone(CHINA)
    return row


def local(moment: datetime) -> str:
    """Return the instant as ISO text in Beijing time, offset +08:00."""
    return moment.astimezone(CHINA).isoformat()


def framed(tag: bytes, parts: Iterable[str]) -> str:
    """Return the SHA-256 of the tag and the parts, each preceded by its length in bytes as eight big-endian bytes."""
    whole = sha256(tag)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()


def hash_of(row: Row) -> str:
    """Return the hash that the row's content has."""
    moments = (str((moment - _EPOCH) // timedelta(microseconds=1)) for moment in (row.at, row.recorded_at))
    return framed(
        EVENT_TAG,
        (row.case, str(row.seq), *moments, row.kind, row.name, row.by, row.rules, row.body, row.prev),
    )


def head_of(ends: Iterable[tuple[str, int, str]]) -> str:
    """Return the head of a ledger: over (case, seq, hash) of each chain's last event, in the order of code points."""
    return framed(HEAD_TAG, (part for case, seq, end in sorted(ends) for part in (case, str(seq), end)))


def json_text(value: Any) -> str:
    """Return the canonical JSON text: sorted keys, no spaces, characters as they are."""
    return _ENCODER.encode(value)


def document_hash(document: Any) -> str:
    """Return the SHA-256 of a rule book's document: the version that cases are pinned to."""
    return sha256(json_text(document).encode()).hexdigest()
