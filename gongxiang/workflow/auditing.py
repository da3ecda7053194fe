"""The engine's database handed to the verifier as plain values of one snapshot."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

from gongxiang import calendars
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.given import aware
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.store import Transaction
from gongxiang.workflow.store.schema import CASE, DEADLINE
from gongxiang.workflow.verify import Verification, verify_ledger

_FIELDS = ("case", "seq", "at", "recorded_at", "kind", "name", "by", "rules", "body", "prev", "hash")
_NAMES = ("case_id", "limit_id", "snapshot")
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a row that somebody has tampered with can raise."""


def verify(engine: Engine, now: datetime | None = None, expected_head: str | None = None) -> Verification:
    """Verify the whole ledger of the engine's database. `expected_head` is the head that an auditor wrote down before.

    Without `now` it is judged up to the last event. What cannot be read is a finding, never an error; StoreError
    where the database itself cannot be used, BadInput for a `now` outside the calendar.
    """
    now = aware(now) if now else None
    # One snapshot: a case row read a moment after its events would differ from them without any fault.
    with engine._store.read() as transaction:
        return verify_ledger(
            _rows(transaction.all_events()),
            rule_books=_rule_books(transaction),
            notices=[notice.as_record() for notice in calendars.shipped_notices()],
            statutory=statutory_days(),
            projections=case_rows(transaction),
            now=now,
            expected_head=expected_head,
        )


def statutory_days() -> Mapping[str, Any]:
    """Return the statutory days as the data file has them, for whoever counts without the calendars."""
    return tomllib.loads((files("gongxiang.calendars") / "statutory.toml").read_text("utf-8"))


def _rows(events: Iterator[Event]) -> Iterator[Mapping[str, Any]]:
    """Yield events as plain rows; where one cannot be read, a row that says so, and nothing after it."""
    last: Mapping[str, Any] = {"case": "", "seq": 0}
    try:
        for event in events:
            last = {name: getattr(event, name) for name in _FIELDS}
            yield last
    except _UNREADABLE:
        yield {"case": last["case"], "seq": last["seq"] + 1, "at": None}


def _rule_books(transaction: Transaction) -> Mapping[str, Mapping[str, Any]]:
    try:
        return transaction.rule_books()
    except _UNREADABLE:
        return {}


def case_rows(transaction: Transaction) -> Iterator[Mapping[str, Any]]:
    """Yield what stands of every case, readable or not: the snapshot's keys, its columns, and its limits."""
    for name in transaction.all_names():
        found: dict[str, Any] = {}
        limits: dict[str, Any] = {}
        for row in transaction.rows_of(name):
            is_case = len(row) == len(CASE.columns)
            values = dict(zip((CASE if is_case else DEADLINE).columns.keys(), row, strict=True))
            plain = {key: _plain(key, value) for key, value in values.items() if key not in _NAMES}
            if is_case:
                found = {**_snapshot(values["snapshot"]), "columns": plain}
            else:
                limits[values["limit_id"]] = plain
        if found or limits:
            yield {**found, "case": name, "limits": limits}


def _snapshot(text: Any) -> Mapping[str, Any]:
    try:
        record = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _plain(key: str, value: Any) -> Any:
    """Return a column as JSON-able data, moments as ISO text in UTC; what cannot be read stays as it is written."""
    if key in ("final", "open"):
        return bool(value)
    if key in ("opened_at", "alarm", "lapsed_at") and value is not None:
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
