"""The tables. The ledger and its seals are append-only; cases and deadlines are projections of the ledger; keys and
rule books are kept beside it; the rest is the machinery's own: what is still to be delivered, tried or sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import BigInteger, DateTime, Dialect, Index, Table, Text, TypeDecorator, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from gongxiang import errors

REVISION = "0002"
"""The version of the tables that this program reads and writes."""
PREFIX = "gongxiang_"


def _partial(name: str, *columns: str, where: str) -> Index:
    """Return an index over some rows only, on either database."""
    return Index(f"{PREFIX}{name}", *columns, sqlite_where=text(where), postgresql_where=text(where))


class Moment(TypeDecorator[datetime]):
    """An instant: stored as UTC, given and taken aware. Naive date-times never get this far."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Store UTC; in SQLite as text without an offset, written as SQLAlchemy's own type writes it."""
        return _sqlite_moment if dialect.name == "sqlite" else _utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read a moment. Raises DamagedRecord for what somebody has put there that is none: SQLite keeps anything."""
        read = super().result_processor(dialect, coltype)
        if read is None:
            return None

        def moment(value: Any) -> Any:
            try:
                return read(value)
            except (TypeError, ValueError) as error:
                raise errors.DamagedRecord(
                    errors.Reason(
                        "unreadable_moment",
                        errors.Text(f"数据库中的“{value}”不是时刻", f"'{value}' in the database is no moment"),
                        None,
                        errors.Text(
                            "请运行 audit verify 核验；案件记录可由台账重建（rebuild）",
                            "run audit verify; rows of cases are rebuilt from the ledger (`rebuild`)",
                        ),
                    )
                ) from error

        return moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy calls it so
        """Return UTC, aware."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _sqlite_moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Base(SQLModel, registry=registry()):
    """Our own metadata, apart from the host's."""


class VersionRow(Base, table=True):
    """Which version of the tables stands here: Alembic's own table, under our name."""

    __tablename__ = f"{PREFIX}version"

    version_num: str = Field(primary_key=True, max_length=32)


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
    by. `final`: nothing is owed any more, for the state is final and no act of the case waits for another. `due`: the
    first due date that is still open. `twin`: what no second open case may have in common with this one. `last_at`:
    when its last event happened.
    """

    __tablename__ = f"{PREFIX}case"
    __table_args__ = (
        Index(f"{PREFIX}case_opened", "opened_at", "case_id"),
        Index(f"{PREFIX}case_state", "state", "opened_at", "case_id"),
        Index(f"{PREFIX}case_procedure", "procedure", "opened_at", "case_id"),
        Index(f"{PREFIX}case_last", "last_at"),
        _partial("case_about", "about", where="about IS NOT NULL"),
        _partial("case_twin", "twin", where="twin IS NOT NULL"),
        _partial("case_open", "due", "case_id", where="NOT final"),
    )

    case_id: str = Field(primary_key=True)
    procedure: str
    state: str
    final: bool
    version: int
    rules: str
    due: date | None = None
    twin: str | None = None
    about: str | None = None
    opened_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)
    snapshot: str = Field(sa_type=Text)


class DeadlineRow(Base, table=True):
    """One row a limit of a case, for the sweep and the lists. `alarm` is the end that nobody has met or recorded as
    passed; `proposes` the procedure that a recorded lapse of this limit proposes to open.
    """

    __tablename__ = f"{PREFIX}deadline"
    __table_args__ = (
        # By the moment and then by name: a herd that is due at one instant is read in order, not sorted.
        _partial("deadline_alarm", "alarm", "case_id", where="alarm IS NOT NULL"),
        _partial("deadline_edition", "edition", "case_id", where="open"),
        _partial("deadline_proposes", "lapsed_at", "case_id", where="proposes IS NOT NULL"),
    )

    case_id: str = Field(primary_key=True)
    limit_id: str = Field(primary_key=True)
    owed_by: str
    due: date
    open: bool
    alarm: datetime | None = Field(default=None, sa_type=Moment)
    lapsed_at: datetime | None = Field(default=None, sa_type=Moment)
    proposes: str | None = None
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


class OutboxRow(Base, table=True):
    """What a consumer has still to deal with: written with its event, removed with the consumer's own work."""

    __tablename__ = f"{PREFIX}outbox"

    consumer: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    hash: str


class TwinRow(Base, table=True):
    """How often a case was opened that may have no open twin: whoever opens the next one must have seen the last."""

    __tablename__ = f"{PREFIX}twin"

    twin: str = Field(primary_key=True)
    turn: int


class AttemptRow(Base, table=True):
    """A case that a sweep took up and has not finished: written before the work, removed with it. What stays is a
    failure, or the death of a worker.
    """

    __tablename__ = f"{PREFIX}attempt"

    case_id: str = Field(primary_key=True)
    tries: int
    worker: str
    tried_at: datetime = Field(sa_type=Moment)
    next_try: datetime = Field(sa_type=Moment)
    error: str | None = Field(default=None, sa_type=Text)
    aside: bool = False


class SealRow(Base, table=True):
    """The Merkle log of all events, sealed from time to time: its size and root after each seal. `peaks` are the roots
    of its complete subtrees, from which the next seal goes on.
    """

    __tablename__ = f"{PREFIX}seal"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sealed_at: datetime = Field(sa_type=Moment)
    size: int = Field(sa_type=BigInteger)
    root: str
    peaks: str = Field(sa_type=Text)


class LeafRow(Base, table=True):
    """At which place of the Merkle log an event stands, from 0."""

    __tablename__ = f"{PREFIX}leaf"
    __table_args__ = (Index(f"{PREFIX}leaf_case", "case_id", "seq"),)

    place: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    case_id: str
    seq: int
    hash: str


class WorkerRow(Base, table=True):
    """A long-running worker as it was last seen, for the health check."""

    __tablename__ = f"{PREFIX}worker"

    worker: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    stopped_at: datetime | None = Field(default=None, sa_type=Moment)
    told: str = Field(sa_type=Text)


class ErrandRow(Base, table=True):
    """What is done once however many workers run, as a reminder of an hour: who wrote the row does it."""

    __tablename__ = f"{PREFIX}errand"

    errand: str = Field(primary_key=True)
    worker: str
    taken_at: datetime = Field(sa_type=Moment)


def table(model: type[SQLModel]) -> Table:
    """Return the Core table of a model: writes are single Core statements, never attached objects."""
    return cast(Table, cast(Any, model).__table__)


EVENT, CASE, DEADLINE = table(EventRow), table(CaseRow), table(DeadlineRow)
KEY, RULE_BOOK, VERSION = table(KeyRow), table(RuleBookRow), table(VersionRow)
OUTBOX, TWIN, ATTEMPT = table(OutboxRow), table(TwinRow), table(AttemptRow)
SEAL, LEAF = table(SealRow), table(LeafRow)
WORKER, ERRAND = table(WorkerRow), table(ErrandRow)
METADATA = Base.metadata
