"""Idempotency: the same key for the same content gets the same receipt; for other content it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from gongxiang.canonical import canonical
from gongxiang.errors import DamagedRecord, KeyReused, Reason, Text
from gongxiang.workflow import given
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.staging import Staging
from gongxiang.workflow.store import Transaction


def digest_of(verb: str, *content: Any) -> str:
    """Return the digest of what a call says: the verb and its arguments, moments as ISO text."""
    told = [part.isoformat() if isinstance(part, datetime) else part for part in content]
    return sha256(canonical([verb, *told]).encode()).hexdigest()


class Call:
    """What a call says, and the idempotency key that it came with. Raises BadInput for a key that is no name."""

    def __init__(self, verb: str, content: Sequence[Any], key: str | None) -> None:
        self.key = given.optional_name(key, "idempotency_key")
        self._digest = digest_of(verb, *content)

    def replay(self, work: Staging) -> Receipt | None:
        """Return the receipt that the key got for this very content, or None when it is new; what `replay` raises."""
        return replay(work.transaction, self.key, self._digest)

    def finish(self, work: Staging, receipt: Receipt) -> Receipt:
        """Write everything staged together with the key and its receipt; return the receipt."""
        return work.finish(receipt, self.key, self._digest)


def replay(transaction: Transaction, key: str | None, digest: str) -> Receipt | None:
    """Return the receipt that `key` got for this very content, or None when it is new. Raises KeyReused for other
    content, StoreError for a receipt of what the ledger does not have.
    """
    if key is None:
        return None
    try:
        known = transaction.key(key)
    except (ValueError, TypeError, RecursionError) as error:
        raise _unknown_receipt(key) from error
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
    try:
        receipt = Receipt.from_record(known[1])
        stands = all(transaction.has_event(*entry) for entry in receipt.recorded)
    except (KeyError, TypeError, AttributeError) as error:
        raise _unknown_receipt(key) from error
    # An act that brought about nothing, as a recalculation may, has a receipt without events and without a hash.
    if not stands or ((receipt.recorded or receipt.hash) and not transaction.has_hash(receipt.case, receipt.hash)):
        raise _unknown_receipt(key)
    return replace(receipt, replayed=True)


def _unknown_receipt(key: str) -> DamagedRecord:
    """The key's row was tampered with, or the ledger was: an answer from it would be a receipt for nothing."""
    return DamagedRecord(
        Reason(
            "unknown_receipt",
            Text(f"key“{key}”的回执所指事件不在台账中", f"the ledger lacks what the receipt of key '{key}' names"),
            None,
            Text("记录曾被改动，请核验（audit verify）", "the record was changed; verify it (audit verify)"),
        )
    )
