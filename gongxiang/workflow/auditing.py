"""The engine's database handed to the verifier as plain values of one snapshot."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

from gongxiang import calendars
from gongxiang.errors import Reason, Refused, Text
from gongxiang.workflow import proving
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.given import aware
from gongxiang.workflow.proving import Consistency, Inclusion
from gongxiang.workflow.rebuilding import rebuild
from gongxiang.workflow.sealing import Seal, seal_of
from gongxiang.workflow.store import Transaction
from gongxiang.workflow.store.schema import CASE, DEADLINE
from gongxiang.workflow.verify import Finding, Verification, verify_ledger
from gongxiang.workflow.verify.log import Kept, Log
from gongxiang.workflow.verify.surroundings import Receipts, altered_triggers, documents

_EVENT = {"case_id": "case", "happened_at": "at", "actor": "by"}
_NAMES = ("case_id", "limit_id", "snapshot")
_MOMENTS = ("opened_at", "last_at", "alarm", "lapsed_at", "happened_at", "recorded_at")


def verify(
    engine: Engine,
    now: datetime | None = None,
    expected_head: str | None = None,
    expected_seals: Iterable[tuple[int, str]] = (),
) -> Verification:
    """Verify the whole ledger of the engine's database. `expected_head` is the head that an auditor wrote down before,
    `expected_seals` are sizes of the Merkle log with the roots it then had.

    Without `now` it is judged up to the last event. What cannot be read is a finding, never an error; StoreError
    where the database itself cannot be used, BadInput for a `now` outside the calendar.
    """
    now = aware(now) if now else None
    # One snapshot: a case row read a moment after its events would differ from them without any fault.
    with engine._store.read() as transaction:
        receipts, log, around, stored = Receipts(), Log(), list[Finding](), transaction.stored
        verification = verify_ledger(
            log.passing(receipts.passing(_rows(transaction))),
            rule_books=documents(stored.rule_books(), around),
            notices=[notice.as_record() for notice in calendars.shipped_notices()],
            statutory=statutory_days(),
            projections=case_rows(transaction),
            now=now,
            expected_head=expected_head,
        )
        sealing, unlike = log.compare(_kept(transaction), expected_seals)
        around += [*receipts.compare(stored.keys()), *unlike, *altered_triggers(*stored.triggers())]
    return replace(verification, findings=(*verification.findings, *around), seal=sealing)


def seals(engine: Engine) -> list[Seal]:
    """Return every seal of the engine's database, the first one first; `appended` is what each added."""
    with engine._store.read() as transaction:
        found = transaction.seals.all()
    before = [0, *(one.size for one in found)]
    return [seal_of(one, one.size - size) for one, size in zip(found, before, strict=False)]


def prove(engine: Engine, case: str, seal: int | None = None) -> Inclusion:
    """Return the proof that the last event of `case` under a seal (None: the last one) stands in the Merkle log.

    Whoever has the seal's root can check it without the database. Raises UnknownCase, Refused where no event of the
    case is sealed, BadInput for a seal that is not there, StoreError where the log is spoiled.
    """
    with engine._reading() as work:
        found = proving.inclusion(work.transaction.seals, case, seal)
        if found is not None:
            return found
        if case:
            work.need(case)
    raise Refused(
        Reason(
            "not_sealed",
            Text(f"“{case}”没有已封存的事件", f"no event of '{case}' is sealed"),
            None,
            Text("请运行 audit seal，或另选封存", "run audit seal, or choose another seal"),
        )
    )


def prove_growth(engine: Engine, size: int, seal: int | None = None) -> Consistency:
    """Return the proof that the Merkle log under a seal (None: the last one) only grew since it had `size` leaves.

    Whoever has both roots can check it without the database. Raises BadInput for a size or a seal that is not there,
    Refused where nothing is sealed, StoreError where the log is spoiled.
    """
    with engine._store.read() as transaction:
        return proving.consistency(transaction.seals, size, seal)


def differing(engine: Engine) -> int:
    """Return how many case rows `Engine.rebuild` would write anew. Raises StoreError where it would."""
    with engine._reading() as work:
        return rebuild(work, apply=False)


def statutory_days() -> Mapping[str, Any]:
    """Return the statutory days as the data file has them, for whoever counts without the calendars."""
    return tomllib.loads((files("gongxiang.calendars") / "statutory.toml").read_text("utf-8"))


def _kept(transaction: Transaction) -> Kept:
    """Return the Merkle log as it stands, and what belongs in it."""
    seals = transaction.seals

    def dated() -> Iterator[tuple[Any, Any, Any, Any, Any]]:
        for number, moment, size, root, peaks in seals.stored_seals():
            yield number, _moment(moment), size, root, peaks

    return Kept(seals.stored_events, seals.stored_leaves, seals.stored_waiting, dated)


def _rows(transaction: Transaction) -> Iterator[Mapping[str, Any]]:
    """Yield events as plain rows; a moment that is not written as the engine writes one stays text."""
    for row in transaction.stored.events():
        yield {_EVENT.get(key, key): _moment(value) if key in _MOMENTS else value for key, value in row.items()}


def case_rows(transaction: Transaction) -> Iterator[Mapping[str, Any]]:
    """Yield what stands of every case, readable or not: the snapshot's keys, its columns, and its limits.

    Where a row stands twice, its columns are those of both, which no case has.
    """
    for name in transaction.stored.names():
        cases, deadlines = transaction.stored.rows_of(name)
        limits: dict[str, Any] = {}
        for row in deadlines:
            limit = str(row[DEADLINE.columns.keys().index("limit_id")])
            limits[limit] = [limits[limit]] if limit in limits else _plain(DEADLINE.columns.keys(), row)
        found: Mapping[str, Any] = {}
        if cases:
            columns = [_plain(CASE.columns.keys(), row) for row in cases]
            text = cases[0][CASE.columns.keys().index("snapshot")]
            found = {**_snapshot(text), "columns": columns[0] if len(columns) == 1 else columns}
        if found or limits:
            yield {**found, "case": name, "limits": limits}


def _snapshot(text: Any) -> Mapping[str, Any]:
    try:
        record = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _plain(names: list[str], row: tuple[Any, ...]) -> Mapping[str, Any]:
    """Return the columns as JSON-able data, moments as ISO text in UTC.

    What is not written exactly as the engine writes it is told apart: the database compares what is written.
    """
    return {key: _value(key, value) for key, value in zip(names, row, strict=True) if key not in _NAMES}


def _value(key: str, value: Any) -> Any:
    if value is None:
        return None
    if key in ("final", "open"):
        return bool(value) if repr(value) in ("0", "1", "False", "True") else {"written": repr(value)}
    if key in _MOMENTS:
        moment = _moment(value)
        return moment.isoformat() if isinstance(moment, datetime) else {"written": repr(value)}
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float) else {"written": repr(value)}


def _moment(value: Any) -> Any:
    """Return the instant in UTC; as it stands where it is not written as the engine writes it."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return value
    exact = moment.tzinfo is None and moment.isoformat(" ", "microseconds") == value
    return moment.replace(tzinfo=UTC) if exact else value
