"""Reads and writes, each one Core statement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.exc import IntegrityError

from gongxiang.errors import Conflict, Reason, StoreError, Text
from gongxiang.workflow import case as cases
from gongxiang.workflow.case import Case
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.procedure import canonical
from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT, KEY, RULE_BOOK
from gongxiang.workflow.store.stored import Stored, case_values, deadline_values


class Transaction:
    """What one unit of work reads and writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def stored(self) -> Stored:
        """The tables as they stand, whoever wrote there."""
        return Stored(self._connection)

    # The ledger

    def events(self, case: str) -> list[Event]:
        """Return the chain of a case ("" for the registers), in order."""
        return [_event(row) for row in self._connection.execute(_ledger().where(EVENT.c.case_id == case))]

    def all_events(self) -> Iterator[Event]:
        """Yield every event, chain by chain, without holding them all in memory."""
        for row in self._connection.execution_options(stream_results=True).execute(_ledger()):
            yield _event(row)

    def register_events(self, since: int) -> list[Event]:
        """Return the registers' events from seq `since` on."""
        return [
            _event(row)
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

    def append(self, events: Sequence[Event]) -> None:
        """Append to the ledger. Raises Conflict when another process has appended first."""
        try:
            self._connection.execute(EVENT.insert(), [_event_row(event) for event in events])
        except IntegrityError as error:
            raise _conflict(events[0].case, events[0].seq) from error

    # Cases

    def case(self, name: str, *, lock: bool = False) -> Case | None:
        """Return the case as it stands, locked until the end of the transaction where the database can."""
        query = select(CASE.c.snapshot).where(CASE.c.case_id == name)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return _case(name, row.snapshot) if row else None

    def save(self, case: Case, *, final: bool, anchor: str, was: int) -> None:
        """Write the projection of a case whose version was `was`. Raises Conflict when it no longer is."""
        values = case_values(case, final=final, anchor=anchor)
        if was == 0:
            try:
                self._connection.execute(CASE.insert().values(case_id=case.case, **values))
            except IntegrityError as error:
                raise _conflict(case.case, 1) from error
        else:
            done = self._connection.execute(
                CASE.update().where(CASE.c.case_id == case.case, CASE.c.version == was).values(**values)
            )
            if done.rowcount != 1:
                raise _conflict(case.case, was + 1)

    def save_deadlines(self, case: Case, before: Case | None) -> None:
        """Write the rows of the deadlines that changed."""
        old = before.deadlines if before else {}
        for limit, deadline in case.deadlines.items():
            if old.get(limit) == deadline:
                continue
            values = deadline_values(deadline)
            if limit in old:
                where = (DEADLINE.c.case_id == case.case, DEADLINE.c.limit_id == limit)
                self._connection.execute(DEADLINE.update().where(*where).values(**values))
            else:
                self._connection.execute(DEADLINE.insert().values(case_id=case.case, limit_id=limit, **values))

    def forget_case(self, name: str) -> None:
        """Remove the projection of a case, to be rebuilt from its events."""
        self._connection.execute(CASE.delete().where(CASE.c.case_id == name))
        self._connection.execute(DEADLINE.delete().where(DEADLINE.c.case_id == name))

    def cases(self, **equal: Any) -> Iterator[Case]:
        """Yield the cases whose columns equal the given values, in order of opening."""
        query = select(CASE.c.case_id, CASE.c.snapshot).order_by(CASE.c.opened_at, CASE.c.case_id)
        for column, value in equal.items():
            query = query.where(CASE.c[column] == value)
        for row in self._connection.execute(query):
            yield _case(row.case_id, row.snapshot)

    def like(self, name: str) -> list[str]:
        """Return some names of cases near `name` in the alphabet, for "did you mean"."""
        around = select(CASE.c.case_id).where(CASE.c.case_id >= name[:1]).order_by(CASE.c.case_id).limit(200)
        return list(self._connection.execute(around).scalars())

    # Deadlines

    def alarms(self, now: datetime) -> list[str]:
        """Return the cases with a deadline that ended at or before `now`, unmet and unrecorded, the earliest first."""
        first = func.min(DEADLINE.c.alarm)
        query = (
            select(DEADLINE.c.case_id)
            .where(DEADLINE.c.alarm.is_not(None), DEADLINE.c.alarm <= now)
            .group_by(DEADLINE.c.case_id)
            .order_by(first, DEADLINE.c.case_id)
        )
        return list(self._connection.execute(query).scalars())

    def with_open_deadlines(self) -> list[str]:
        """Return the cases in which something is still owed."""
        query = select(DEADLINE.c.case_id).where(DEADLINE.c.open).distinct().order_by(DEADLINE.c.case_id)
        return list(self._connection.execute(query).scalars())

    def lapsed(self) -> list[str]:
        """Return the cases in which a recorded lapse stands."""
        query = (
            select(DEADLINE.c.case_id).where(DEADLINE.c.lapsed_at.is_not(None)).distinct().order_by(DEADLINE.c.case_id)
        )
        return list(self._connection.execute(query).scalars())

    # Keys and rule books

    def key(self, key: str) -> tuple[str, dict[str, Any]] | None:
        """Return what an idempotency key stands for: the digest of its content and the receipt."""
        row = self._connection.execute(select(KEY.c.digest, KEY.c.receipt).where(KEY.c.key == key)).first()
        return (row.digest, json.loads(row.receipt)) if row else None

    def put_key(self, key: str, digest: str, receipt: Mapping[str, Any]) -> None:
        """Keep a key with its receipt."""
        self._connection.execute(KEY.insert().values(key=key, digest=digest, receipt=canonical(receipt)))

    def rule_book(self, hash_: str) -> dict[str, Any] | None:
        """Return the document of a rule book that some case is pinned to."""
        row = self._connection.execute(select(RULE_BOOK.c.document).where(RULE_BOOK.c.hash == hash_)).first()
        return _document(hash_, row.document) if row else None

    def rule_books(self) -> dict[str, dict[str, Any]]:
        """Return the documents of all rule books in use, by hash."""
        return {row.hash: _document(row.hash, row.document) for row in self._connection.execute(select(RULE_BOOK))}

    def put_rule_book(self, hash_: str, name: str, document: str) -> None:
        """Keep a rule book's document, once."""
        known = self._connection.execute(select(RULE_BOOK.c.hash).where(RULE_BOOK.c.hash == hash_)).first()
        if known is None:
            self._connection.execute(RULE_BOOK.insert().values(hash=hash_, id=name, document=document))


def _case(name: str, snapshot: str) -> Case:
    """Read a row of the projection. Raises StoreError where somebody has spoiled it: the ledger has what it said."""
    try:
        return cases.from_text(snapshot)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            Reason(
                "unreadable_case",
                Text(f"案件{name}的状态记录无法读取", f"the row of {name} cannot be read"),
                None,
                Text("请由账本重建（rebuild）", "rebuild it from the ledger (`rebuild`)"),
            )
        ) from error


def _document(version: str, text: object) -> dict[str, Any]:
    """Read the document of a rule book. Raises StoreError where it is not the text whose hash cases are pinned to."""
    if not isinstance(text, str) or sha256(text.encode()).hexdigest() != version:
        raise StoreError(
            Reason(
                "damaged_rule_book",
                Text(
                    f"规则版本{version[:16]}的文本不是案件所依据的文本",
                    f"the rule book {version[:16]} is not the text that cases are pinned to",
                ),
                None,
                Text("请运行 audit verify 核验，并从备份恢复", "run audit verify, and restore a backup"),
            )
        )
    document: dict[str, Any] = json.loads(text)
    return document


def _ledger() -> Select[Any]:
    return select(EVENT).order_by(EVENT.c.case_id, EVENT.c.seq)


def _event(row: Row[Any]) -> Event:
    return Event(
        row.case_id,
        row.seq,
        row.happened_at,
        row.recorded_at,
        row.kind,
        row.name,
        row.actor,
        row.rules,
        row.body,
        row.prev,
        row.hash,
    )


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "case_id": event.case,
        "seq": event.seq,
        "happened_at": event.at,
        "recorded_at": event.recorded_at,
        "kind": event.kind,
        "name": event.name,
        "actor": event.by,
        "rules": event.rules,
        "body": event.body,
        "prev": event.prev,
        "hash": event.hash,
    }


def _conflict(case: str, seq: int) -> Conflict:
    return Conflict(
        case,
        seq,
        "",
        Reason(
            "conflict",
            Text(
                f"案件{case}的第{seq}号事件已由他人先行记录",
                f"event {seq} of {case} was recorded by somebody else first",
            ),
            None,
            Text("请重新读取案件后再办理", "read the case again and act on what it says now"),
        ),
    )
