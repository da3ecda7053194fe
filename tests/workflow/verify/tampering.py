"""A ledger as plain values, and the hand of somebody who changes it: with or without the hashes made to fit again.

The rows are read from the database file with sqlite3 alone, and hashes are computed here once more, so that a fault of
the package in either is not repeated by its own test.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gongxiang import calendars, open_engine
from gongxiang.workflow import auditing
from gongxiang.workflow.docket import play
from gongxiang.workflow.verify import Verification, verify_ledger

NAMES = ("spring-festival-2026", "notice-of-january-2020", "contested-escalation")
"""The dockets that are played."""
EXAMPLES = Path(__file__).parents[3] / "examples"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = ("case_id", "seq", "happened_at", "recorded_at", "kind", "name", "actor", "rules", "body", "prev", "hash")
FIELDS = ("case", "seq", "at", "recorded_at", "kind", "name", "by", "rules", "body", "prev", "hash")

NOTICES = [notice.as_record() for notice in calendars.shipped_notices()]
STATUTORY = auditing.statutory_days()

Row = dict[str, Any]


def played(name: str, database: Path) -> None:
    """Play one of the dockets under examples/ into a new database, and correct a slip of the pen in the escalation."""
    engine = open_engine(f"sqlite:///{database}")
    path = EXAMPLES / f"{name}.jsonl"
    result = play(engine, [(str(path), path.read_text("utf-8").splitlines())])
    assert not result.refused
    if name == "contested-escalation":
        at = datetime.fromisoformat("2026-07-01T10:00:00+08:00")
        engine.correct(
            "E-X-01", 2, by="sy-auth", at=at, corrected={"text": "更正后的督促内容"}, reasons="笔误", recorded_at=at
        )
    engine.close()


def verified(database: Path, **given: Any) -> Verification:
    """Verify a database as the command does."""
    engine = open_engine(f"sqlite:///{database}")
    try:
        return auditing.verify(engine, **given)
    finally:
        engine.close()


def row_hash(row: Row) -> str:
    """Return the hash of a row's content, by the recipe of docs/reference/ledger.md."""
    times = [str((row[name] - EPOCH) // timedelta(microseconds=1)) for name in ("at", "recorded_at")]
    parts = [row["case"], str(row["seq"]), *times, *(row[name] for name in FIELDS[4:10])]
    framed = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)
    return hashlib.sha256(b"gongxiang/event/1" + framed).hexdigest()


@dataclass
class Ledger:
    """Everything that the verifier is given."""

    rows: list[Row]
    rule_books: dict[str, Any]
    projections: list[dict[str, Any]]
    families: dict[str, set[str]] | None = field(default=None, compare=False, repr=False)
    """The cases that have to do with each, and under "" with the registers, once somebody asked."""

    @classmethod
    def read(cls, database: Path, **given: Any) -> Ledger:
        """Read a database file, row by row."""
        with sqlite3.connect(database) as connection:
            events = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM gongxiang_event ORDER BY case_id, seq")
            rows = [dict(zip(FIELDS, event, strict=True)) for event in events]
            books = connection.execute("SELECT hash, document FROM gongxiang_rule_book")
            rule_books = {version: json.loads(document) for version, document in books}
        connection.close()
        for row in rows:
            for name in ("at", "recorded_at"):
                row[name] = datetime.fromisoformat(row[name]).replace(tzinfo=UTC)
        engine = open_engine(f"sqlite:///{database}", **given)
        with engine._store.read() as transaction:
            projections = [dict(row) for row in auditing.case_rows(transaction)]
        engine.close()
        return cls(rows, rule_books, projections)

    def copy(self) -> Ledger:
        """Return a copy that can be changed without changing this one."""
        return Ledger([dict(row) for row in self.rows], self.rule_books, copy.deepcopy(self.projections))

    def around(self, case: str) -> Ledger:
        """Return a copy of the registers and of the chains that have to do with a case, which is in order as far as
        this one is and verified sooner; of everything where the case is the registers.
        """
        if not case:
            return self.copy()
        if self.families is None:
            self.families = _families(self.rows)
        near = self.families[""] | self.families[case]
        rows = [dict(row) for row in self.rows if row["case"] in near]
        used = {row["rules"] for row in rows}
        moved = any(row["kind"] == "migration" for row in rows)
        books = {version: book for version, book in self.rule_books.items() if moved or version in used}
        return Ledger(rows, books, copy.deepcopy([one for one in self.projections if one["case"] in near]))

    def verify(self, *, projected: bool = True, **given: Any) -> Verification:
        """Verify it; without `projected` as if whoever rewrote the chain had made the case rows fit too."""
        return verify_ledger(
            self.rows,
            rule_books=self.rule_books,
            notices=NOTICES,
            statutory=STATUTORY,
            projections=self.projections if projected else None,
            **given,
        )

    def index(self, case: str, seq: int) -> int:
        """Return where an event stands."""
        return next(n for n, row in enumerate(self.rows) if (row["case"], row["seq"]) == (case, seq))

    def row(self, case: str, seq: int) -> Row:
        """Return an event."""
        return self.rows[self.index(case, seq)]

    def edit(self, case: str, seq: int, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the body of an event; `reseal` makes the chain fit again."""
        row = self.row(case, seq)
        body = json.loads(row["body"])
        change(body)
        row["body"] = canonical(body)

    def reseal(self, case: str) -> None:
        """Number the chain anew and make every hash and link of it fit."""
        prev = "0" * 64
        for seq, row in enumerate((row for row in self.rows if row["case"] == case), start=1):
            row["seq"], row["prev"] = seq, prev
            prev = row["hash"] = row_hash(row)


def _families(rows: list[Row]) -> dict[str, set[str]]:
    """Return for each case, and for the registers, those that events and entries name together with it."""
    found = {case: {case} for case in ("", *(row["case"] for row in rows))}
    for row in rows:
        named = {name for name in found if name == row["case"] or (name and f'"{name}"' in row["body"])}
        whole = set[str]().union(*(found[name] for name in named))
        for name in whole:
            found[name] = whole
    return found


def canonical(value: Any) -> str:
    """Return the one JSON text of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
