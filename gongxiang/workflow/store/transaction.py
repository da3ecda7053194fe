"""Reads and writes of one unit of work. What every step needs is said to the driver, the rest in SQLAlchemy's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from gongxiang.workflow.case import Case
from gongxiang.workflow.ledger import GENESIS, Event
from gongxiang.workflow.store.attempts import Attempts
from gongxiang.workflow.store.changes import Changes
from gongxiang.workflow.store.driver import Overtaken, Server, Unchained
from gongxiang.workflow.store.rows import case_of, detached, document_of, event_of
from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT, KEY, RULE_BOOK, TWIN
from gongxiang.workflow.store.seals import Seals
from gongxiang.workflow.store.stored import Stored
from gongxiang.workflow.store.workers import Workers

Head = tuple[int, str]
"""The number and the hash of the last event of a chain."""

AROUND = 100
"""How many names are read before another in the alphabet, and how many behind it."""

AT_ONCE = 500
"""How many names one question asks for: the drivers take so many values in one statement."""


class Transaction:
    """What one unit of work reads and writes.

    `locks`: a case that is read stays as it is until the end; without it, `write` fails where it did not. `writing` is
    what surrounds the one write of a unit that reads without a transaction. `kept` are rule books known to be kept.
    `wrote` says whether it came to that write.
    """

    def __init__(
        self,
        connection: Connection,
        server: Server,
        *,
        locks: bool = False,
        writing: Callable[[], AbstractContextManager[object]] = nullcontext,
        kept: set[str] | None = None,
    ) -> None:
        self._connection = connection
        self._server = server
        self._locks = locks and server.locks_rows
        self._writing = writing
        self._kept = kept if kept is not None else set()
        self.wrote = False
        self._cases: dict[str, str | None] = {}
        self._keys: dict[str, tuple[str, str] | None] = {}
        self._head: Head | None = None

    @property
    def stored(self) -> Stored:
        """The tables as they stand, whoever wrote there."""
        return Stored(self._connection, self._server)

    @property
    def attempts(self) -> Attempts:
        """What sweeps take up."""
        return Attempts(self._connection, self._server, locks=self._locks)

    @property
    def workers(self) -> Workers:
        """Who works, what is done once, and what says whether they keep up."""
        return Workers(self._connection, self._server)

    @property
    def seals(self) -> Seals:
        """The Merkle log: what waits for a seal, the leaves, the seals."""
        return Seals(self._connection, self._server)

    def preload(self, names: Sequence[str]) -> None:
        """Read several cases at once, in the order of names, to be asked for one by one."""
        query = select(CASE.c.case_id, CASE.c.snapshot).order_by(CASE.c.case_id)
        query = query.with_for_update() if self._locks else query
        self._cases.update(dict.fromkeys(names))
        for some in batches(sorted(names)):  # in order, so that of two that lock the same one waits for the other
            for row in self._connection.execute(query.where(CASE.c.case_id.in_(some))):
                self._cases[row.case_id] = row.snapshot

    def forget(self) -> None:
        """Hold the cases read so far no longer: whoever goes through many holds a page of them at a time."""
        self._cases.clear()

    def preload_keys(self, keys: Sequence[str]) -> None:
        """Read what several idempotency keys stand for at once, to be asked for one by one."""
        self._keys.update(dict.fromkeys(keys))
        for some in batches(keys):
            for row in self._connection.execute(select(KEY).where(KEY.c.key.in_(some))):
                self._keys[row.key] = (row.digest, row.receipt)

    def look_up(self, case: str | None, key: str | None) -> None:
        """Read in one go what an act on `case` under the idempotency key `key` begins with."""
        if self._locks:
            return
        # A case that another has opened is named after it, and most of its acts ask for the other too.
        stem = case.rsplit("/", 1)[0] if case else None
        for what, first, second in self._say(_LOOK_UP, (case, stem, key)):
            if what == 1:
                self._cases[first] = second
            elif what == 2:
                self._keys[str(key)] = (first, second)
            else:
                self._head = (int(first), second)
        if case is not None:
            self._cases.setdefault(case, None)
        if key is not None:
            self._keys.setdefault(key, None)
        self._head = self._head or (0, GENESIS)

    # The ledger

    def events(self, case: str) -> list[Event]:
        """Return the chain of a case ("" for the registers), in order."""
        return [event_of(row) for row in self._connection.execute(_ledger().where(EVENT.c.case_id == case))]

    def all_events(self) -> Iterator[Event]:
        """Yield every event, chain by chain, without holding them all in memory."""
        for row in self._connection.execute(_ledger().execution_options(stream_results=True)):
            yield event_of(row)

    def register_head(self) -> Head:
        """Return where the registers' chain stands."""
        if self._head is None:
            query = select(EVENT.c.seq, EVENT.c.hash).where(EVENT.c.case_id == "").order_by(EVENT.c.seq.desc()).limit(1)
            row = self._connection.execute(query).first()
            self._head = (row.seq, row.hash) if row else (0, GENESIS)
        return self._head

    def register_events(self, since: int) -> list[Event]:
        """Return the registers' events from seq `since` on."""
        return [
            event_of(row)
            for row in self._connection.execute(_ledger().where(EVENT.c.case_id == "", EVENT.c.seq >= since))
        ]

    def has_event(self, case: str, seq: int, kind: str, name: str) -> bool:
        """Return whether the ledger has that event."""
        where = (EVENT.c.case_id == case, EVENT.c.seq == seq, EVENT.c.kind == kind, EVENT.c.name == name)
        return self._connection.execute(select(EVENT.c.seq).where(*where)).first() is not None

    def has_hash(self, case: str, hash_: str) -> bool:
        """Return whether an event of the chain has that hash."""
        where = (EVENT.c.case_id == case, EVENT.c.hash == hash_)
        return self._connection.execute(select(EVENT.c.seq).where(*where)).first() is not None

    # Cases

    def case(self, name: str) -> Case | None:
        """Return the case as it stands, locked until the end of the transaction where this one locks."""
        if name not in self._cases:
            row = next(iter(self._say(_LOCK_CASE if self._locks else _CASE, (name,))), None)
            self._cases[name] = row[0] if row else None
        snapshot = self._cases[name]
        return None if snapshot is None else case_of(name, snapshot)

    def cases(self, **equal: Any) -> Iterator[Case]:
        """Yield the cases whose columns equal the given values, in order of opening."""
        query = select(CASE.c.case_id, CASE.c.snapshot).where(*(CASE.c[name] == value for name, value in equal.items()))
        for row in self._connection.execute(query.order_by(CASE.c.opened_at, CASE.c.case_id)):
            yield case_of(row.case_id, row.snapshot)

    def like(self, name: str) -> list[str]:
        """Return the names of up to two hundred cases around `name` in the alphabet, for "did you mean"."""
        names = select(CASE.c.case_id)
        before = names.where(CASE.c.case_id < name).order_by(CASE.c.case_id.desc()).limit(AROUND)
        after = names.where(CASE.c.case_id >= name).order_by(CASE.c.case_id).limit(AROUND)
        return [found for query in (before, after) for found in self._connection.execute(query).scalars()]

    def turn(self, twin: str) -> int:
        """Return how often a case was opened that may have no open twin (`CaseRow.twin`)."""
        return self._connection.execute(select(TWIN.c.turn).where(TWIN.c.twin == twin)).scalar() or 0

    # Deadlines

    def alarms(self, now: datetime) -> list[str]:
        """Return the cases with a deadline that ended at or before `now`, unmet and unrecorded, the earliest first."""
        return list(dict.fromkeys(self.passed(now, None)))

    def passed(self, now: datetime, most: int | None) -> list[str]:
        """Return the case of each such deadline, at most so many deadlines."""
        query = select(DEADLINE.c.case_id).where(DEADLINE.c.alarm.is_not(None), DEADLINE.c.alarm <= now)
        ordered = query.order_by(DEADLINE.c.alarm, DEADLINE.c.case_id).limit(most)
        return list(self._connection.execute(ordered).scalars())

    # Keys and rule books

    def key(self, key: str) -> tuple[str, dict[str, Any]] | None:
        """Return what an idempotency key stands for: the digest of its content and the receipt."""
        if key not in self._keys:
            row = self._connection.execute(select(KEY.c.digest, KEY.c.receipt).where(KEY.c.key == key)).first()
            self._keys[key] = (row.digest, row.receipt) if row else None
        found = self._keys[key]
        return (found[0], json.loads(found[1])) if found else None

    def has_key_now(self, key: str) -> bool:
        """Return whether the key stands for anything by now, whatever was read before."""
        self._keys.pop(key, None)
        return self.key(key) is not None

    def rule_book(self, hash_: str) -> dict[str, Any] | None:
        """Return the document of a rule book that some case is pinned to."""
        row = self._connection.execute(select(RULE_BOOK.c.document).where(RULE_BOOK.c.hash == hash_)).first()
        return document_of(hash_, row.document) if row else None

    def has_rule_book(self, hash_: str) -> bool:
        """Return whether the database keeps the rule book of that hash."""
        if hash_ not in self._kept:
            query = select(RULE_BOOK.c.hash).where(RULE_BOOK.c.hash == hash_)
            self._kept.update(self._connection.execute(query).scalars())
        return hash_ in self._kept

    def rule_books(self) -> dict[str, dict[str, Any]]:
        """Return the documents of all rule books in use, by hash."""
        return {row.hash: document_of(row.hash, row.document) for row in self._connection.execute(select(RULE_BOOK))}

    # Writing

    def write(self, changes: Changes) -> None:
        """Write everything or nothing. Raises Overtaken when somebody else has written first, DamagedRecord where the
        row of a case says another last event than the ledger.
        """
        self.wrote = True
        try:
            with self._writing():
                self._server.write(self._connection, changes)
        except Overtaken as error:
            case, seq, *_ = changes.events[0] if changes.events else ("", 0)
            raise Overtaken(case, seq) from error
        except Unchained as error:
            raise detached([event[0] for event in changes.events]) from error

    def forget_case(self, name: str) -> None:
        """Remove the projection of a case, to be rebuilt from its events."""
        self._connection.execute(CASE.delete().where(CASE.c.case_id == name))
        self._connection.execute(DEADLINE.delete().where(DEADLINE.c.case_id == name))

    def _say(self, statement: str, values: Sequence[Any]) -> Any:
        return self._server.say(self._connection, statement, values)


_CASE = f"SELECT snapshot FROM {CASE.name} WHERE case_id = ?"
_LOCK_CASE = f"{_CASE} FOR UPDATE"
_LOOK_UP = (
    f"SELECT 1, case_id, snapshot FROM {CASE.name} WHERE case_id IN (?, ?)"
    f" UNION ALL SELECT 2, digest, receipt FROM {KEY.name} WHERE key = ?"
    f" UNION ALL SELECT * FROM (SELECT 3, CAST(seq AS VARCHAR), hash FROM {EVENT.name}"
    " WHERE case_id = '' ORDER BY seq DESC LIMIT 1) AS head"
)


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield the names, each once and in their order, as many at a time as one question asks for."""
    wanted = list(dict.fromkeys(names))
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]


def _ledger() -> Select[Any]:
    return select(EVENT).order_by(EVENT.c.case_id, EVENT.c.seq)
