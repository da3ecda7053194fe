"""The tables. The ledger is append-only; everything else but the keys and the rule books is a projection of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import DateTime, Dialect, Index, Table, Text, TypeDecorator
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

PROGRAM = "gongxiang"
VERSION = 1
PREFIX = "gongxiang_"


class Moment(TypeDecorator[datetime]):
    """An instant: stored as UTC, given and taken aware. Naive date-times never get this far."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite keeps no offset, so it gets none."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy calls it so
        """Return UTC, aware."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(SQLModel, registry=registry()):
    """Our own metadata, apart from the host's."""


class SchemaRow(Base, table=True):
    """Whose database this is, and in which version of the tables."""

    __tablename__ = f"{PREFIX}schema"

    program: str = Field(primary_key=True)
    version: int


class EventRow(Base, table=True):
    """The ledger: one chain a case; the registers' chain is named ""."""

    __tablename__ = f"{PREFIX}event"

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    happened_at: datetime = Field(sa_type=Moment)
    recorded_at: datetime = Field(sa_type=Moment)
    kind: str
    name: str
    actor: str
    rules: str
    body: str = Field(sa_type=Text)
    prev: str
    hash: str


class CaseRow(Base, table=True):
    """Where each case stands: a projection of its events. `snapshot` is the fold, the columns are what is searched
    by. `final`: nothing is owed any more, for the state is final and no act of the case waits for another.
    """

    __tablename__ = f"{PREFIX}case"
    __table_args__ = (
        Index(f"{PREFIX}case_anchor", "anchor", "procedure"),
        Index(f"{PREFIX}case_about", "about"),
        Index(f"{PREFIX}case_open", "final", "procedure", "state"),
    )

    case_id: str = Field(primary_key=True)
    procedure: str
    state: str
    final: bool
    version: int
    rules: str
    anchor: str
    about: str | None = None
    opened_at: datetime = Field(sa_type=Moment)
    snapshot: str = Field(sa_type=Text)


class DeadlineRow(Base, table=True):
    """One row a limit of a case, for the sweep and the lists. `alarm` is the end that nobody has met or recorded as
    passed.
    """

    __tablename__ = f"{PREFIX}deadline"
    __table_args__ = (
        Index(f"{PREFIX}deadline_alarm", "alarm", "case_id"),
        Index(f"{PREFIX}deadline_owed", "owed_by", "open"),
    )

    case_id: str = Field(primary_key=True)
    limit_id: str = Field(primary_key=True)
    owed_by: str
    due: date
    open: bool
    alarm: datetime | None = Field(default=None, sa_type=Moment)
    lapsed_at: datetime | None = Field(default=None, sa_type=Moment)
    edition: str


class KeyRow(Base, table=True):
    """Idempotency: what a key stood for, and the receipt it got."""

    __tablename__ = f"{PREFIX}key"

    key: str = Field(primary_key=True)
    digest: str
    receipt: str = Field(sa_type=Text)


class RuleBookRow(Base, table=True):
    """The rule books that cases are pinned to, by the hash of their document."""

    __tablename__ = f"{PREFIX}rule_book"

    hash: str = Field(primary_key=True)
    id: str
    document: str = Field(sa_type=Text)


def table(model: type[SQLModel]) -> Table:
    """Return the Core table of a model: writes are single Core statements, never attached objects."""
    return cast(Table, cast(Any, model).__table__)


SCHEMA, EVENT, CASE = table(SchemaRow), table(EventRow), table(CaseRow)
DEADLINE, KEY, RULE_BOOK = table(DeadlineRow), table(KeyRow), table(RuleBookRow)
METADATA = Base.metadata

APPEND_ONLY = (
    f"CREATE TRIGGER {PREFIX}event_no_update BEFORE UPDATE ON {PREFIX}event "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    f"CREATE TRIGGER {PREFIX}event_no_delete BEFORE DELETE ON {PREFIX}event "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    # INSERT OR REPLACE deletes without asking the trigger above (sqlite.org/pragma.html#pragma_recursive_triggers).
    f"CREATE TRIGGER {PREFIX}event_no_replace BEFORE INSERT ON {PREFIX}event "
    f"WHEN EXISTS (SELECT 1 FROM {PREFIX}event WHERE case_id = NEW.case_id AND seq = NEW.seq) "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
)
