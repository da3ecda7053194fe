"""A Merkle log: an append-only list whose one root stands for all of it (RFC 6962, 2.1; RFC 9162, 2.1).

A leaf hashes 0x00 and its content, a node 0x01 and its two children, so that none can pass for the other. `complete`
is whatever gives the root of leaves `start` to `end` (without) where they fill a subtree: their number a power of two,
`start` a multiple of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from struct import Struct

Complete = Callable[[int, int], bytes]

LEAF_TAG = b"gongxiang/leaf/1"
_framed = Struct(">Q").pack
EMPTY = sha256().digest()
"""The root of a log without leaves."""


def content(case: str, seq: int, hash_: str) -> bytes:
    """Return what the leaf of an event hashes: the tag, then the parts, each preceded by its length in bytes as eight
    big-endian bytes (docs/reference/ledger.md).
    """
    one, two, three = case.encode(), b"%d" % seq, hash_.encode()
    # Written out: it runs once an event.
    return b"".join((LEAF_TAG, _framed(len(one)), one, _framed(len(two)), two, _framed(len(three)), three))


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node."""
    return sha256(b"\x01" + left + right).digest()


class Log:
    """A log that grows. Of what it holds only the peaks are kept: the roots of its complete subtrees, the largest
    first, one for each binary digit 1 of its size.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a log of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    def append(self, hash_: bytes) -> None:
        """Add the hash of one more leaf."""
        full = self.size
        while full & 1:
            hash_ = node(self.peaks.pop(), hash_)
            full >>= 1
        self.peaks.append(hash_)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        if not self.peaks:
            return EMPTY
        *others, root = self.peaks
        for peak in reversed(others):
            root = node(peak, root)
        return root


def peaks_of(size: int) -> Iterator[tuple[int, int]]:
    """Yield the leaves under each peak of a log of that size, as (start, end), the largest first."""
    start = 0
    for digit in reversed(range(size.bit_length())):
        if size >> digit & 1:
            yield start, start + (1 << digit)
            start += 1 << digit


def over(leaves: Sequence[bytes]) -> Complete:
    """Return `complete` for leaf hashes that are all at hand."""

    def complete(start: int, end: int) -> bytes:
        log = Log()
        for one in leaves[start:end]:
            log.append(one)
        return log.root()

    return complete


def root_of(start: int, end: int, complete: Complete) -> bytes:
    """Return the root of leaves `start` to `end`, `start` being where a subtree of at least that size begins."""
    return Log(end - start, [complete(start + one, start + other) for one, other in peaks_of(end - start)]).root()


def inclusion(place: int, size: int, complete: Complete) -> list[bytes]:
    """Return the proof that leaf `place` stands in the log of that size: the roots beside its way up, lowest first."""
    if not 0 <= place < size:
        raise ValueError(f"no place {place} in a log of {size} leaves")
    beside: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _half(end - start)
        if place < middle:
            beside.append(root_of(middle, end, complete))
            end = middle
        else:
            beside.append(complete(start, middle))
            start = middle
    return beside[::-1]


def consistency(before: int, size: int, complete: Complete) -> list[bytes]:
    """Return the proof that the log of that size begins with the log as it was when it had `before` leaves."""
    if not 0 < before <= size:
        raise ValueError(f"no log of {before} leaves within one of {size}")
    beside: list[bytes] = []
    start, end, known = 0, size, True
    while before != end:
        middle = start + _half(end - start)
        if before <= middle:
            beside.append(root_of(middle, end, complete))
            end = middle
        else:
            beside.append(complete(start, middle))
            start, known = middle, False
    if not known:
        beside.append(root_of(start, end, complete))
    return beside[::-1]


def includes(root: bytes, size: int, place: int, hash_: bytes, beside: Sequence[bytes]) -> bool:
    """Return whether the proof shows the leaf of that hash at `place` of the log of that size and root."""
    if not 0 <= place < size:
        return False
    at, last = place, size - 1
    for other in beside:
        if last == 0:
            return False
        if at & 1 or at == last:
            hash_ = node(other, hash_)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hash_ = node(hash_, other)
        at, last = at >> 1, last >> 1
    return last == 0 and hash_ == root


def extends(before: int, root_before: bytes, size: int, root: bytes, beside: Sequence[bytes]) -> bool:
    """Return whether the proof shows that the log of `size` and `root` begins with that of `before`, `root_before`."""
    if before == size:
        return root_before == root and not beside
    if not 0 < before < size:
        return False
    # A log that was one complete subtree is its own first root, and the proof leaves it out.
    path = [root_before, *beside] if before & (before - 1) == 0 else list(beside)
    if not path:
        return False
    at, last = before - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node(other, old), node(other, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node(new, other)
        at, last = at >> 1, last >> 1
    return last == 0 and (old, new) == (root_before, root)


def _half(count: int) -> int:
    """Return the largest power of two below `count`: how many leaves stand in the left half (RFC 6962, 2.1)."""
    return 1 << (count - 1).bit_length() - 1
