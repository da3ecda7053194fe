"""Idempotency: the same key for the same content gets the same receipt; for other content it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from gongxiang.errors import KeyReused, Reason, Text
from gongxiang.workflow.procedure import canonical
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.store import Transaction


def digest_of(verb: str, *content: Any) -> str:
    """Return the digest of what a call says: the verb and its arguments, moments as ISO text."""
    told = [part.isoformat() if isinstance(part, datetime) else part for part in content]
    return sha256(canonical([verb, *told]).encode()).hexdigest()


def replay(transaction: Transaction, key: str | None, digest: str) -> Receipt | None:
    """Return the receipt that `key` got for this very content, or None when it is new. Raises KeyReused for other
    content.
    """
    known = transaction.key(key) if key is not None else None
    if known is None:
        return None
    if known[0] != digest:
        raise KeyReused(
            Reason(
                "key_reused",
                Text(f"key“{key}”已用于另一行为", f"the key '{key}' already stands for another act"),
                None,
                Text("不同的行为请用不同的 key", "give each act a key of its own"),
            )
        )
    return replace(Receipt.from_record(known[1]), replayed=True)
