"""Every event stands in the Merkle log once, as it was sealed, or waits to be sealed.

Events and leaves come in different orders, and are too many to be held. So each side is added up: a keyed hash of every
member, in 4096 sums. The key is drawn anew every time, so nobody can prepare two sides that differ and yet add up to
the same. Where sums differ, their members are read again, one by one.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import framed
from gongxiang.workflow.verify.findings import Finding, Sealing, named, versus
from gongxiang.workflow.verify.seals import Noted, Seal, Seals

LEAF = b"\x00gongxiang/leaf/1"
"""What a leaf hashes first: the byte that tells it from a node, and the tag."""
PARTS = 4096

Entry = tuple[Any, Any, Any]
"""Case, seq and hash of an event, as they stand."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database has, as it stands; each may be read again.

    `leaves`: place, case, seq, hash, by place. `waiting`: what no seal covers yet. `seals`: by number.
    """

    events: Callable[[], Iterable[Entry]]
    leaves: Callable[[], Iterable[tuple[Any, Any, Any, Any]]]
    waiting: Callable[[], Iterable[Entry]]
    seals: Callable[[], Iterable[Seal]]


class Log:
    """What went by of the ledger, to be held against the log."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._sums = [0] * PARTS
        self._found: list[Finding] = []

    def passing(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Yield the events as they come, adding them up."""
        for row in rows:
            self._add((row.get("case"), row.get("seq"), row.get("hash")), 1)
            yield row

    def compare(self, kept: Kept, noted: Iterable[Noted] = ()) -> tuple[Sealing, list[Finding]]:
        """Return how far the ledger is sealed, and what differs. `noted`: what the log must have been."""
        waiting = 0
        for entry in kept.waiting():
            self._add(entry, -1)
            waiting += 1
        seals = Seals(self._hashes(kept.leaves()), noted)
        sealing = seals.compare(kept.seals(), waiting)
        return sealing, [*self._found, *seals.found, *self._differences(kept)]

    def _hashes(self, leaves: Iterable[tuple[Any, Any, Any, Any]]) -> Iterator[bytes]:
        """Yield the hash that each leaf has, whatever its place says."""
        wanted = 0
        for place, *entry in leaves:
            case, seq, hash_ = entry
            self._add((case, seq, hash_), -1)
            whole = type(place) is int
            if not whole or place != wanted:
                self._found.append(Finding(*_where(case, seq), "leaf_place", versus(wanted, place)))
            wanted = place + 1 if whole else wanted + 1
            if isinstance(case, str) and type(seq) is int and isinstance(hash_, str):
                yield bytes.fromhex(framed(LEAF, (case, str(seq), hash_)))
            else:
                self._found.append(Finding(*_where(case, seq), "unreadable", named(repr(entry))))
                yield b""

    def _add(self, entry: Entry, sign: int) -> None:
        said = blake2b(repr(entry).encode("utf-8", "surrogatepass"), digest_size=16, key=self._key)
        self._sums[_part(entry)] += sign * int.from_bytes(said.digest(), "big")

    def _differences(self, kept: Kept) -> Iterator[Finding]:
        differing = {part for part, total in enumerate(self._sums) if total}
        if not differing:
            return
        found: dict[str, _Members] = defaultdict(_Members)
        leaves = ((case, seq, hash_) for _, case, seq, hash_ in kept.leaves())
        for name, rows in (("events", kept.events()), ("leaves", leaves), ("waiting", kept.waiting())):
            for entry in rows:
                if _part(entry) in differing:
                    members = found[repr(entry[:2])]
                    members.where = _where(*entry[:2])
                    getattr(members, name).append(entry[2])
        for members in sorted(found.values(), key=lambda one: one.where):
            if said := members.judged():
                yield Finding(*members.where, *said)


@dataclass(slots=True)
class _Members:
    """The hashes that stand under one case and seq."""

    where: tuple[str, int] = ("", 0)
    events: list[Any] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)

    def judged(self) -> tuple[str, Text] | None:
        """Return the code and what exactly, where they are not as they must be."""
        told = [*self.leaves, *self.waiting]
        if not self.events:
            return "leaf_orphan" if self.leaves else "outbox_orphan", named(told[0])
        if not told:
            return "leaf_missing", named(self.events[0])
        if others := [hash_ for hash_ in told if hash_ not in self.events]:
            return "leaf_differs", versus(others[0], self.events[0])
        return ("leaf_double", named(told[0])) if len(told) != len(self.events) else None


def _part(entry: Entry) -> int:
    return hash(entry[:2]) % PARTS


def _where(case: Any, seq: Any) -> tuple[str, int]:
    return str(case), seq if type(seq) is int else 0
