"""The Merkle log worked out from RFC 6962, 2.1 and docs/reference/ledger.md alone, word for word."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import raw

NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of no bytes at all (FIPS 180-4): the root of a log without leaves."""


def root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """Return the root over hashes of leaves."""
    if not leaves:
        return bytes.fromhex(NOTHING)
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + root_by_definition(leaves[:k]) + root_by_definition(leaves[k:])).digest()


def leaf_of(case: str, seq: int, hash_: str) -> bytes:
    """Return the hash of an event's leaf."""
    framed = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in (case, str(seq), hash_))
    return hashlib.sha256(b"\x00gongxiang/leaf/1" + framed).digest()


def log_at(url: str) -> list[tuple[str, int, str]]:
    """Return the leaves of a database, by place."""
    return [(case, seq, hash_) for case, seq, hash_ in raw.ask(url, LOG)]


def root_at(url: str, size: int | None = None) -> str:
    """Return the root that the leaves of a database give, or the first `size` of them."""
    return root_by_definition([leaf_of(*one) for one in log_at(url)[:size]]).hex()


LOG = "SELECT case_id, seq, hash FROM gongxiang_leaf ORDER BY place"
EVENTS = "SELECT case_id, seq, hash FROM gongxiang_event"
WAITING = "SELECT case_id, seq, hash FROM gongxiang_outbox WHERE consumer = 'seal'"
