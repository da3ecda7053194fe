"""The Merkle log in the database: the events that wait for a place in it, its leaves, its seals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from gongxiang.errors import DamagedRecord, Reason, Text
from gongxiang.workflow.store.changes import SEALER
from gongxiang.workflow.store.driver import Overtaken, Server, say
from gongxiang.workflow.store.schema import EVENT as LEDGER
from gongxiang.workflow.store.schema import LEAF, OUTBOX, SEAL

Event = tuple[str, int]
"""The name of an event: case and seq."""
Entry = tuple[str, int, str]
"""An event as the log has it: case, seq, hash."""
Leaf = tuple[int, str, int, str]
"""An entry behind its place, from 0."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal as it stands. `root` and `peaks` in hexadecimal, the largest subtree's peak first; the moment is UTC."""

    number: int
    sealed_at: datetime
    size: int
    root: str
    peaks: tuple[str, ...]


class Seals:
    """The log of one transaction."""

    def __init__(self, connection: Connection, server: Server) -> None:
        self._connection = connection
        self._server = server

    # Seals

    def newest(self) -> Sealed | None:
        """Return the last seal."""
        return self._one(_NEWEST)

    def hold(self) -> Sealed | None:
        """Return the last seal; nobody else adds one until this transaction ends.

        Where there is none yet nothing can be held: then of two who add the first, one is overtaken.
        """
        while True:
            # Who waited for the row gets the one that was the last before: it is looked for again.
            held, newest = self._one(_NEWEST.with_for_update()), self.newest()
            if held == newest:
                return held

    def numbered(self, number: int) -> Sealed | None:
        """Return the seal of that number."""
        return self._one(select(SEAL).where(SEAL.c.number == number))

    def all(self) -> list[Sealed]:
        """Return every seal, the first one first."""
        with _readable():
            return [_seal(row) for row in self._connection.execute(select(SEAL).order_by(SEAL.c.number))]

    def sizes(self) -> list[tuple[int, int]]:
        """Return the size of the log after each seal, with the seal's number, the first one first."""
        query = select(SEAL.c.size, SEAL.c.number).order_by(SEAL.c.number)
        with _readable():
            return [_typed((size, number), int, int) for size, number in self._connection.execute(query)]

    # Leaves

    def append(self, size: int, after: Event, most: int) -> tuple[list[Leaf], Event | None]:
        """Move about `most` events that wait behind the event `after`, in the database's own order, to the end of the
        log of that size.

        Return them by place, in the order of code points, which is the same everywhere, and the event behind which more
        wait, if any. Raises Overtaken where somebody else has added leaves.
        """
        bound = next(iter(self._say(_BOUND, (*after, most - 1))), None)
        until = bound[1:] if bound and bound[0] == SEALER else None
        where = (after[0], *after, *((until[0], *until) if until else ()))
        try:
            moved = self._move(size, until is not None, where)
        except IntegrityError as error:
            raise Overtaken from error
        with _readable():
            return [_typed(one, int, str, int, str) for one in moved], until

    def add(self, seal: Sealed) -> None:
        """Add a seal over the leaves so far. Raises Overtaken where somebody else has added one of that number."""
        values = {"number": seal.number, "sealed_at": seal.sealed_at, "size": seal.size, "root": seal.root}
        try:
            self._connection.execute(SEAL.insert().values(**values, peaks=" ".join(seal.peaks)))
        except IntegrityError as error:
            raise Overtaken from error

    def _move(self, size: int, bounded: bool, where: tuple[Any, ...]) -> list[Leaf]:
        if self._server.locks_rows:
            return self._say(_MOVE[bounded], (*where, size))
        say(self._connection, _COPY[bounded], (size, *where))
        say(self._connection, _REMOVE[bounded], where)
        return self._say(_COPIED, (size,))

    def leaves(self, start: int, end: int) -> list[Entry]:
        """Return the leaves from place `start` to `end` (without), in order: fewer where some are gone."""
        query = select(LEAF.c.case_id, LEAF.c.seq, LEAF.c.hash).where(LEAF.c.place >= start, LEAF.c.place < end)
        with _readable():
            return [_typed(tuple(row), str, int, str) for row in self._connection.execute(query.order_by(LEAF.c.place))]

    def last_of(self, case: str, size: int) -> tuple[int, Entry] | None:
        """Return place and entry of the case's last event within the log of that size."""
        query = select(LEAF).where(LEAF.c.case_id == case, LEAF.c.place < size).order_by(LEAF.c.seq.desc()).limit(1)
        row = self._connection.execute(query).first()
        with _readable():
            return (_typed(tuple(row), int, str, int, str)[0], (row.case_id, row.seq, row.hash)) if row else None

    def length_of(self, case: str) -> int:
        """Return the seq of the last event that the ledger has of a case, 0 where it has none."""
        return self._connection.execute(select(func.max(LEDGER.c.seq)).where(LEDGER.c.case_id == case)).scalar() or 0

    # As they stand, whoever wrote there: untyped

    def stored_seals(self) -> Iterator[tuple[Any, ...]]:
        """Yield number, moment, size, root and peaks of each seal."""
        return self._stream(f"SELECT number, sealed_at, size, root, peaks FROM {SEAL.name} ORDER BY number")

    def stored_leaves(self) -> Iterator[tuple[Any, ...]]:
        """Yield place, case, seq and hash of each leaf, by place."""
        return self._stream(f"SELECT place, case_id, seq, hash FROM {LEAF.name} ORDER BY place")

    def stored_waiting(self) -> Iterator[tuple[Any, ...]]:
        """Yield case, seq and hash of each event that waits."""
        return self._stream(f"SELECT case_id, seq, hash FROM {OUTBOX.name} WHERE consumer = '{SEALER}'")

    def stored_events(self) -> Iterator[tuple[Any, ...]]:
        """Yield case, seq and hash of each event of the ledger."""
        return self._stream(f"SELECT case_id, seq, hash FROM {LEDGER.name}")

    def _stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        for row in self._connection.execute(sql(statement).execution_options(stream_results=True)):
            yield tuple(row)

    def _say(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        return [tuple(row) for row in self._server.say(self._connection, statement, values)]

    def _one(self, query: Select[Any]) -> Sealed | None:
        with _readable():
            row = self._connection.execute(query).first()
            return _seal(row) if row else None


_NEWEST = select(SEAL).order_by(SEAL.c.number.desc()).limit(1)

# Both are found through the key alone, whatever the server thinks of a table that was empty when it last looked.
_BOUND = (
    f"SELECT consumer, case_id, seq FROM {OUTBOX.name} WHERE (consumer, case_id, seq) > ('{SEALER}', ?, ?)"
    " ORDER BY consumer, case_id, seq LIMIT 1 OFFSET ?"
)
_BEHIND = f"FROM {OUTBOX.name} WHERE consumer = '{SEALER}' AND case_id >= ? AND (case_id, seq) > (?, ?)"
_WAITING = {False: _BEHIND, True: f"{_BEHIND} AND case_id <= ? AND (case_id, seq) <= (?, ?)"}
_LEAF = "place, case_id, seq, hash"

# On a server one statement: what is removed is what is added, whoever writes meanwhile.
_MOVE = {
    bounded: f"""
        WITH taken AS (DELETE {waiting} RETURNING case_id, seq, hash),
        added AS (
            INSERT INTO {LEAF.name} ({_LEAF})
            SELECT ? - 1 + row_number() OVER (ORDER BY convert_to(case_id, 'UTF8'), seq), case_id, seq, hash FROM taken
            RETURNING {_LEAF}
        )
        SELECT {_LEAF} FROM added ORDER BY place
    """
    for bounded, waiting in _WAITING.items()
}

# In SQLite nobody else writes meanwhile, and it orders text by code points.
_COPY = {
    bounded: f"INSERT INTO {LEAF.name} ({_LEAF})"
    f" SELECT ? - 1 + row_number() OVER (ORDER BY case_id, seq), case_id, seq, hash {waiting}"
    for bounded, waiting in _WAITING.items()
}
_REMOVE = {bounded: f"DELETE {waiting}" for bounded, waiting in _WAITING.items()}
_COPIED = f"SELECT {_LEAF} FROM {LEAF.name} WHERE place >= ? ORDER BY place"


def _seal(row: Any) -> Sealed:
    _typed((row.number, row.sealed_at, row.size, row.root, row.peaks), int, datetime, int, str, str)
    peaks = tuple(row.peaks.split())
    for one in (row.root, *peaks):
        bytes.fromhex(one)  # raises ValueError for what is no hash
    return Sealed(row.number, row.sealed_at, row.size, row.root, peaks)


def _typed(values: Any, *kinds: type) -> Any:
    """Return the values. Raises TypeError where one is not of its kind: SQLite keeps in any column what it is given."""
    if tuple(map(type, values)) != kinds:
        raise TypeError(repr(values))
    return values


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what reading a row raises that somebody has spoiled into a StoreError with its mend."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise DamagedRecord(
            Reason(
                "damaged_seal",
                Text("封存日志的记录无法读取", "a row of the log of seals cannot be read"),
                None,
                Text("请运行 audit verify 核验，并从备份恢复", "run audit verify, and restore a backup"),
            )
        ) from error
