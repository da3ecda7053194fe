"""Every seal has the size, root and peaks that its leaves give, reckoned anew; so has what was noted outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import local
from gongxiang.workflow.verify.findings import Finding, Sealing, named, versus

NODE = b"\x01"
"""What a node hashes first; then its two children."""

Seal = tuple[Any, Any, Any, Any, Any]
"""Number, moment, size, root and peaks, as they stand; a moment that cannot be read is no date-time."""
Noted = tuple[int, str]
"""A size of the log and the root that it had then, as somebody wrote them down."""


class Roots:
    """A log as a binary number: at each digit the root of so many leaves, or nothing."""

    def __init__(self) -> None:
        self.size = 0
        self._digits: list[bytes | None] = []

    def take(self, carried: bytes) -> None:
        """Add the hash of a leaf: one is added to the number."""
        self.size += 1
        for digit, there in enumerate(self._digits):
            if there is None:
                self._digits[digit] = carried
                return
            self._digits[digit] = None
            carried = sha256(NODE + there + carried).digest()
        self._digits.append(carried)

    @property
    def peaks(self) -> str:
        """The roots of the digits, the highest first."""
        return " ".join(one.hex() for one in reversed(self._digits) if one is not None)

    @property
    def root(self) -> str:
        """The root of all leaves: from the lowest digit up, each beside what stands below it."""
        whole: bytes | None = None
        for one in self._digits:
            if one is not None:
                whole = one if whole is None else sha256(NODE + one + whole).digest()
        return (sha256().digest() if whole is None else whole).hex()


class Seals:
    """One pass over the leaves, stopping at each seal and at each size that was noted."""

    def __init__(self, leaves: Iterator[bytes], noted: Iterable[Noted]) -> None:
        self.found: list[Finding] = []
        self._leaves = leaves
        self._log = Roots()
        self._noted: dict[int, list[str]] = defaultdict(list)
        for size, root in noted:
            self._noted[size].append(root)
        self._look()

    def compare(self, seals: Iterable[Seal], waiting: int) -> Sealing:
        """Hold every seal against the leaves up to it; return the last, with the number of events that wait for one."""
        last = Sealing(0, None, 0, None, waiting)
        differing: list[tuple[int, Text]] = []
        for number, moment, size, root, peaks in seals:
            sealed_at = _readable(moment)
            if not (type(number) is type(size) is int and sealed_at and isinstance(root, str)):
                self._find(named(repr((number, moment, size, root))))
                continue
            if number != last.number + 1:
                self._find(versus(last.number + 1, number))
            if size <= last.size:
                differing.append((number, versus(f"> {last.size}", size)))
            elif said := self._against(size, root, peaks):
                differing.append((number, said))
            last = Sealing(number, sealed_at, size, root, waiting)
        self._read_to(None)
        if self._log.size > last.size:
            more = self._log.size - last.size
            self._find(Text(f"末次封存之后另有{more}个叶", f"{more} leaves stand behind the last one"))
        for said in _runs(differing):
            self._find(said)
        for size, roots in sorted(self._noted.items()):
            for root in roots:
                zh, en = f"日志只有{self._log.size}个叶", f"the log has only {self._log.size} leaves"
                self._find(Text(f"{size}:{root}，{zh}", f"{size}:{root}, {en}"), "seal_noted")
        return last

    def _against(self, size: int, root: str, peaks: Any) -> Text | None:
        """Return how the log of that size differs from the seal."""
        self._read_to(size)
        for wanted, stands in ((self._log.size, size), (self._log.root, root), (self._log.peaks, peaks)):
            if wanted != stands:
                return versus(wanted, stands)
        return None

    def _read_to(self, size: int | None) -> None:
        """Take in the leaves until the log has that size; None: all."""
        while self._log.size != size:
            leaf = next(self._leaves, None)
            if leaf is None:
                return
            self._log.take(leaf)
            self._look()

    def _look(self) -> None:
        """Hold the log, as far as it goes, against what was noted of it."""
        for root in self._noted.pop(self._log.size, ()) if self._noted else ():
            if root != self._log.root:
                self._find(versus(f"{self._log.size}:{root}", self._log.root), "seal_noted")

    def _find(self, said: Text, code: str = "seal_differs") -> None:
        self.found.append(Finding("", 0, code, said))


def _readable(moment: Any) -> str | None:
    try:
        return local(moment) if isinstance(moment, datetime) else None
    except OverflowError:  # the last hours of the year 9999
        return None


def _runs(differing: list[tuple[int, Text]]) -> Iterator[Text]:
    """Yield what differs, once for seals that follow each other: a leaf that is wrong makes every later one wrong."""
    for place, (number, said) in enumerate(differing):
        if place and differing[place - 1][0] == number - 1:
            continue
        after = place
        while after + 1 < len(differing) and differing[after + 1][0] == differing[after][0] + 1:
            after += 1
        end = differing[after][0]
        zh, en = ("", "") if end == number else (f"至第{end}号", f" to {end}")
        yield Text(f"第{number}号{zh}：{said.zh}", f"number {number}{en}: {said.en}")
