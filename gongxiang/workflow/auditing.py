"""The engine's database handed to the verifier as plain values of one snapshot."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from gongxiang import calendars
from gongxiang.workflow.case import as_text
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.store import Transaction
from gongxiang.workflow.verify import Verification, verify_ledger

_FIELDS = ("case", "seq", "at", "recorded_at", "kind", "name", "by", "rules", "body", "prev", "hash")
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a row that somebody has tampered with can raise."""


def verify(engine: Engine, now: datetime | None = None, expected_head: str | None = None) -> Verification:
    """Verify the whole ledger of the engine's database. `expected_head` is the head that an auditor wrote down before.

    Without `now` it is judged up to the last event. What cannot be read is a finding, never an error; StoreError
    where the database itself cannot be used.
    """
    # One snapshot: a case row read a moment after its events would differ from them without any fault.
    with engine._store.read() as transaction:
        return verify_ledger(
            _rows(transaction.all_events()),
            rule_books=_rule_books(transaction),
            notices=[notice.as_record() for notice in calendars.shipped_notices()],
            statutory=tomllib.loads((files("gongxiang.calendars") / "statutory.toml").read_text("utf-8")),
            projections=_projections(transaction),
            now=now,
            expected_head=expected_head,
        )


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


def _projections(transaction: Transaction) -> Iterable[Mapping[str, Any]]:
    """Yield the case rows; where one cannot be read, the cases from there on have none."""
    try:
        for case in transaction.cases():
            yield json.loads(as_text(case))
    except _UNREADABLE:
        return
