"""The tables of release 0.2.0."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Connection

from gongxiang.errors import Text

revision = "0001"
down_revision = None

SAYS = Text(
    "0.2.0 版的表：台账、案件、期限、键、规则",
    "the tables of release 0.2.0: ledger, cases, deadlines, keys, rule books",
)

NEVER = "the ledger stops us: the tables of a first version are never removed"
APPEND_ONLY = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "gongxiang_schema",
        Column("program", sa.String(), primary_key=True),
        Column("version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "gongxiang_event",
        Column("case_id", sa.String(), primary_key=True),
        Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        Column("happened_at", moment, nullable=False),
        Column("recorded_at", moment, nullable=False),
        *(Column(name, sa.String(), nullable=False) for name in ("kind", "name", "actor", "rules")),
        Column("body", sa.Text(), nullable=False),
        Column("prev", sa.String(), nullable=False),
        Column("hash", sa.String(), nullable=False),
    )
    op.create_table(
        "gongxiang_case",
        Column("case_id", sa.String(), primary_key=True),
        Column("procedure", sa.String(), nullable=False),
        Column("state", sa.String(), nullable=False),
        Column("final", sa.Boolean(), nullable=False),
        Column("version", sa.Integer(), nullable=False),
        Column("rules", sa.String(), nullable=False),
        Column("anchor", sa.String(), nullable=False),
        Column("about", sa.String()),
        Column("opened_at", moment, nullable=False),
        Column("snapshot", sa.Text(), nullable=False),
    )
    op.create_index("gongxiang_case_anchor", "gongxiang_case", ["anchor", "procedure"])
    op.create_index("gongxiang_case_about", "gongxiang_case", ["about"])
    op.create_index("gongxiang_case_open", "gongxiang_case", ["final", "procedure", "state"])
    op.create_table(
        "gongxiang_deadline",
        Column("case_id", sa.String(), primary_key=True),
        Column("limit_id", sa.String(), primary_key=True),
        Column("owed_by", sa.String(), nullable=False),
        Column("due", sa.Date(), nullable=False),
        Column("open", sa.Boolean(), nullable=False),
        Column("alarm", moment),
        Column("lapsed_at", moment),
        Column("edition", sa.String(), nullable=False),
    )
    op.create_index("gongxiang_deadline_alarm", "gongxiang_deadline", ["alarm", "case_id"])
    op.create_index("gongxiang_deadline_owed", "gongxiang_deadline", ["owed_by", "open"])
    op.create_table(
        "gongxiang_key",
        Column("key", sa.String(), primary_key=True),
        Column("digest", sa.String(), nullable=False),
        Column("receipt", sa.Text(), nullable=False),
    )
    op.create_table(
        "gongxiang_rule_book",
        Column("hash", sa.String(), primary_key=True),
        Column("id", sa.String(), nullable=False),
        Column("document", sa.Text(), nullable=False),
    )
    if op.get_context().dialect.name == "sqlite":  # on PostgreSQL nothing guarded the ledger yet
        _guard()
    op.execute("INSERT INTO gongxiang_schema (program, version) VALUES ('gongxiang', 1)")


def _guard() -> None:
    exists = "EXISTS (SELECT 1 FROM gongxiang_event WHERE case_id = NEW.case_id AND seq = NEW.seq)"
    for name, when, condition in (
        ("update", "UPDATE", ""),
        ("delete", "DELETE", ""),
        ("replace", "INSERT", f"WHEN {exists} "),
    ):
        op.execute(
            f"CREATE TRIGGER gongxiang_event_no_{name} BEFORE {when} ON gongxiang_event {condition}{APPEND_ONLY}"
        )


def downgrade() -> None:
    """Nothing stands before the first version."""
    raise RuntimeError(NEVER)


def losses(_: Connection) -> tuple[Text, ...]:
    """Nothing stands before the first version."""
    raise RuntimeError(NEVER)
