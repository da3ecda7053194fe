"""Sealing: every event that is not in the Merkle log yet is appended to it, and the root says what the log now is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongxiang.errors import Conflict, DamagedRecord, Reason, Text, TransactionAborted
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.merkle import EMPTY, Log, content, leaf
from gongxiang.workflow.store import Overtaken, Store
from gongxiang.workflow.store.seals import Event, Sealed
from gongxiang.workflow.store.turns import pause, repeated

BATCH = 10_000
"""How many events are one transaction and one seal: about a tenth of a second."""

Batch = tuple[Sealed | None, int, Event | None]
"""The last seal, how many events were appended, and the event behind which more wait, if any."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The Merkle log after its seal of that number (0: there is none). `size` and `root` are what to keep outside.

    `appended` is how many events the call that returned it has added.
    """

    number: int
    sealed_at: datetime | None
    size: int
    root: str
    appended: int = 0

    @property
    def noted(self) -> str:
        """What to keep outside, as one word: SIZE:ROOT."""
        return f"{self.size}:{self.root}"

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "number": self.number,
            "sealed_at": self.sealed_at.isoformat() if self.sealed_at else None,
            "size": self.size,
            "root": self.root,
            "appended": self.appended,
        }


def seal_of(stood: Sealed | None, appended: int = 0) -> Seal:
    """Return the seal as callers get it; of the empty log where there is none."""
    if stood is None:
        return Seal(0, None, 0, EMPTY.hex(), appended)
    return Seal(stood.number, beijing(stood.sealed_at), stood.size, stood.root, appended)


def seal(store: Store, now: datetime, *, stop: Callable[[], bool] = lambda: False, batch: int = BATCH) -> Seal:
    """Append what is not sealed yet, a transaction and a seal for each `batch` events; return the last seal.

    Where nothing is new there is no new seal. What is committed meanwhile may be left to the next time. `stop` is asked
    between two batches. Raises StoreError where the last seal is spoiled, Conflict where others are always first.
    """
    after: Event | None = ("", 0)
    appended = 0
    while after is not None:
        last, moved, after = _patiently(store, now, after, batch)
        appended += moved
        if stop():
            break
        if after is not None:
            pause(1)  # SQLite lets one writer in at a time: the others have their turn
    return seal_of(last, appended)


def log_of(stood: Sealed | None) -> Log:
    """Return the log that a seal stands for. Raises StoreError where its row does not fit together."""
    if stood is None:
        return Log()
    try:
        log = Log(stood.size, [bytes.fromhex(peak) for peak in stood.peaks])
    except ValueError as error:
        raise damaged(stood.number) from error
    if log.root().hex() != stood.root:
        raise damaged(stood.number)
    return log


def damaged(number: int) -> DamagedRecord:
    """Return the error for a seal, or leaves under it, that are not as they were written."""
    return DamagedRecord(
        Reason(
            "damaged_seal",
            Text(f"第{number}号封存与其日志不符", f"seal {number} is not that of its log"),
            None,
            Text("请运行 audit verify 核验，并从备份恢复", "run audit verify, and restore a backup"),
        )
    )


def _patiently(store: Store, now: datetime, after: Event, most: int) -> Batch:
    """Seal one batch, again where somebody else has sealed meanwhile."""
    others = (Conflict, Overtaken)
    try:
        return repeated(lambda _: _batch(store, now, after, most), (*others, TransactionAborted))
    except others as error:
        raise Conflict(
            "",
            0,
            "",
            Reason(
                "conflict",
                Text("其他进程正在封存，多次未能轮到", "others were sealing whenever it was tried"),
                None,
                Text("请稍后重试；宿主事务请回滚后重做", "try again; a host rolls its transaction back first"),
            ),
        ) from error


def _batch(store: Store, now: datetime, after: Event, most: int) -> Batch:
    with store.write() as transaction:
        seals = transaction.seals
        last = seals.hold()
        log = log_of(last)
        moved, more = seals.append(log.size, after, most)
        if not moved:
            if seals.newest() != last:  # what there was to move went to who added the first seal
                raise Overtaken
            return last, 0, more
        for _, case, seq, hash_ in moved:
            log.append(leaf(content(case, seq, hash_)))
        peaks = tuple(peak.hex() for peak in log.peaks)
        new = Sealed(last.number + 1 if last else 1, now, log.size, log.root().hex(), peaks)
        seals.add(new)
        return new, len(moved), more
