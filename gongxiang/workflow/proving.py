"""Proofs from the Merkle log, for whoever holds a root and not the database: what stands in it, that it only grew."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from gongxiang.errors import BadInput, Reason, Refused, Text
from gongxiang.workflow import merkle
from gongxiang.workflow.sealing import Seal, damaged, seal_of
from gongxiang.workflow.store.seals import Sealed, Seals

AT_ONCE = 1024
"""Up to so many leaves are read in one go, and hashed anew."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That an event of that case, seq and hash is the leaf at `place` under the seal (docs/reference/ledger.md).

    `path`: the hashes beside the leaf's way to the root, lowest first, in hexadecimal. `later`: how many further events
    the case has that the seal does not cover.
    """

    case: str
    seq: int
    hash: str
    place: int
    path: tuple[str, ...]
    seal: Seal
    later: int

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "case": self.case,
            "seq": self.seq,
            "hash": self.hash,
            "place": self.place,
            "path": list(self.path),
            "seal": _record(self.seal),
            "later": self.later,
        }


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the log under the seal begins with the log as it was when it had `size` leaves and the root `root`."""

    size: int
    root: str
    path: tuple[str, ...]
    seal: Seal

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {"size": self.size, "root": self.root, "path": list(self.path), "seal": _record(self.seal)}


def inclusion(seals: Seals, case: str, number: int | None = None) -> Inclusion | None:
    """Return the proof for the last event of a case that the seal of that number (None: the last seal) covers, or None
    where it covers none.

    Raises BadInput for a number that no seal has, StoreError where the log is spoiled.
    """
    sealed = _need(seals, number)
    found = seals.last_of(case, sealed.size)
    if found is None:
        return None
    place, (_, seq, hash_) = found
    path = merkle.inclusion(place, sealed.size, _Subtrees(seals, sealed.number))
    hashed = merkle.leaf(merkle.content(case, seq, hash_))
    if not merkle.includes(bytes.fromhex(sealed.root), sealed.size, place, hashed, path):
        raise damaged(sealed.number)
    later = max(0, seals.length_of(case) - seq)
    return Inclusion(case, seq, hash_, place, _hexadecimal(path), seal_of(sealed), later)


def consistency(seals: Seals, size: int, number: int | None = None) -> Consistency:
    """Return the proof that the log under the seal of that number (None: the last seal) only grew since it had `size`
    leaves.

    Raises BadInput for a size or number that the log does not have, StoreError where it is spoiled.
    """
    sealed = _need(seals, number)
    if not 0 < size <= sealed.size:
        raise BadInput(
            Reason(
                "no_such_size",
                Text(
                    f"第{sealed.number}号封存的日志没有{size}个叶的时候",
                    f"the log under seal {sealed.number} never had {size} leaves",
                ),
                None,
                Text(f"请给出 1 至 {sealed.size} 的长度", f"give a size from 1 to {sealed.size}"),
            )
        )
    subtrees = _Subtrees(seals, sealed.number)
    before = merkle.root_of(0, size, subtrees)
    path = merkle.consistency(size, sealed.size, subtrees)
    if not merkle.extends(size, before, sealed.size, bytes.fromhex(sealed.root), path):
        raise damaged(sealed.number)
    return Consistency(size, before.hex(), _hexadecimal(path), seal_of(sealed))


class _Subtrees:
    """The roots of complete subtrees: a peak of some seal where it is one, else of its halves, else of its leaves.

    So a proof reads about as many leaves as stand between two seals, however long the log is.
    """

    def __init__(self, seals: Seals, number: int) -> None:
        self._seals = seals
        self._number = number
        self._sizes = seals.sizes()

    def __call__(self, start: int, end: int) -> bytes:
        width = end - start
        if width <= AT_ONCE:
            leaves = self._seals.leaves(start, end)
            if len(leaves) != width:
                raise damaged(self._number)
            return merkle.over([merkle.leaf(merkle.content(*one)) for one in leaves])(0, width)
        # A subtree is a peak from the leaf that completes it until its sister is complete too: the left one only.
        after = bisect_left(self._sizes, (end, 0))
        is_left = start % (2 * width) == 0
        if is_left and after < len(self._sizes) and self._sizes[after][0] < end + width:
            return self._peak(self._sizes[after][1], start, end)
        middle = start + width // 2
        return merkle.node(self(start, middle), self(middle, end))

    def _peak(self, number: int, start: int, end: int) -> bytes:
        sealed = self._seals.numbered(number)
        if sealed is None:
            raise damaged(number)
        places = list(merkle.peaks_of(sealed.size))
        try:
            return bytes.fromhex(sealed.peaks[places.index((start, end))])
        except (ValueError, IndexError) as error:
            raise damaged(number) from error


def _need(seals: Seals, number: int | None) -> Sealed:
    newest = seals.newest()
    if newest is None:
        raise Refused(
            Reason(
                "not_sealed",
                Text("台账尚未封存", "the ledger has not been sealed yet"),
                None,
                Text("请运行 audit seal", "run audit seal"),
            )
        )
    if number is None:
        return newest
    sealed = seals.numbered(number) if 0 < number <= newest.number else None
    if sealed is None:
        raise BadInput(
            Reason(
                "no_such_seal",
                Text(f"没有第{number}号封存", f"there is no seal {number}"),
                None,
                Text("audit seals 列出所有封存", "audit seals lists those that there are"),
            )
        )
    return sealed


def _hexadecimal(path: list[bytes]) -> tuple[str, ...]:
    return tuple(one.hex() for one in path)


def _record(seal: Seal) -> dict[str, Any]:
    return {key: value for key, value in seal.as_record().items() if key != "appended"}
