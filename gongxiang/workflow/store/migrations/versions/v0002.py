"""Many workers: what a case is searched by, what is still to be sealed, tried or delivered, who works."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Connection, text

from gongxiang.errors import Text
from gongxiang.workflow.store.migrations import v0002_rows as rows

revision = "0002"
down_revision = "0001"

SAYS = Text(
    "供多个进程同时使用：下一到期日、同类案件、待封存、重试、封存、进程、定时事务",
    "for many workers: next due date, twins, what is to be sealed, attempts, seals, workers, errands",
)

LEDGER = "gongxiang_event"
FUNCTION, CONTINUES = "gongxiang_append_only", "gongxiang_continues"
REFUSED_BY_SQLITE = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
KINDS_OF_0_2_0 = "'department', 'notice', 'recalculation', 'migration', 'step', 'activity', 'lapse', 'correction'"
NEW_TABLES = ("outbox", "twin", "attempt", "seal", "leaf", "worker", "errand")


def upgrade() -> None:
    """Add columns, tables and guards, and fill what is derived from the ledger's projection."""
    # Whoever changes a table holds it to the end: from here on nobody writes what is being filled.
    with op.batch_alter_table("gongxiang_case") as case:
        for index in ("anchor", "about", "open"):
            case.drop_index(f"gongxiang_case_{index}")
        case.add_column(Column("due", sa.Date()))
        case.add_column(Column("twin", sa.String()))
        case.add_column(Column("last_at", sa.DateTime(timezone=True)))
    with op.batch_alter_table("gongxiang_deadline") as deadline:
        for index in ("alarm", "owed"):
            deadline.drop_index(f"gongxiang_deadline_{index}")
        deadline.add_column(Column("proposes", sa.String()))
    _make_tables()
    _guard()
    rows.fill(op.get_bind())
    with op.batch_alter_table("gongxiang_case") as case:
        case.drop_column("anchor")
        case.alter_column("last_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    _index("leaf_case", "case_id", "seq")
    _index("case_opened", "opened_at", "case_id")
    _index("case_state", "state", "opened_at", "case_id")
    _index("case_procedure", "procedure", "opened_at", "case_id")
    _index("case_last", "last_at")
    _index("case_about", "about", where="about IS NOT NULL")
    _index("case_twin", "twin", where="twin IS NOT NULL")
    _index("case_open", "due", "case_id", where="NOT final")
    _index("deadline_alarm", "alarm", "case_id", where="alarm IS NOT NULL")
    _index("deadline_edition", "edition", "case_id", where="open")
    _index("deadline_proposes", "lapsed_at", "case_id", where="proposes IS NOT NULL")
    op.drop_table("gongxiang_schema")


def downgrade() -> None:
    """Bring back what release 0.2.0 reads, and remove what it does not know."""
    op.create_table(
        "gongxiang_schema",
        Column("program", sa.String(), primary_key=True),
        Column("version", sa.Integer(), nullable=False),
    )
    op.execute("INSERT INTO gongxiang_schema (program, version) VALUES ('gongxiang', 1)")
    with op.batch_alter_table("gongxiang_case") as case:
        for index in ("opened", "state", "procedure", "last", "about", "twin", "open"):
            case.drop_index(f"gongxiang_case_{index}")
        case.add_column(Column("anchor", sa.String()))
    rows.fill_anchors(op.get_bind())
    with op.batch_alter_table("gongxiang_case") as case:
        case.alter_column("anchor", existing_type=sa.String(), nullable=False)
        case.drop_column("due")
        case.drop_column("twin")
        case.drop_column("last_at")
    with op.batch_alter_table("gongxiang_deadline") as deadline:
        for index in ("alarm", "edition", "proposes"):
            deadline.drop_index(f"gongxiang_deadline_{index}")
        deadline.drop_column("proposes")
    op.create_index("gongxiang_case_anchor", "gongxiang_case", ["anchor", "procedure"])
    op.create_index("gongxiang_case_about", "gongxiang_case", ["about"])
    op.create_index("gongxiang_case_open", "gongxiang_case", ["final", "procedure", "state"])
    op.create_index("gongxiang_deadline_alarm", "gongxiang_deadline", ["alarm", "case_id"])
    op.create_index("gongxiang_deadline_owed", "gongxiang_deadline", ["owed_by", "open"])
    for name in NEW_TABLES:
        op.drop_table(f"gongxiang_{name}")
    if _is_sqlite():
        op.execute("DROP TRIGGER gongxiang_event_continues")
        return
    for trigger in ("no_update", "no_truncate", "continues"):
        op.execute(f"DROP TRIGGER gongxiang_event_{trigger} ON {LEDGER}")
    op.execute(f"DROP FUNCTION {FUNCTION}()")
    op.execute(f"DROP FUNCTION {CONTINUES}()")


def losses(connection: Connection) -> tuple[Text, ...]:
    """Return what the downgrade would remove and no upgrade can bring back, and what 0.2.0 cannot read."""
    counted = [
        (
            "gongxiang_seal",
            "{} 次封存；已存于别处的根哈希将无从核对",
            "seals ({}): roots that are kept elsewhere can no longer be checked against the ledger",
        ),
        (
            "gongxiang_attempt",
            "{} 件案件清查失败的记录",
            "attempts ({}): what is recorded of cases that a sweep failed at",
        ),
        (
            "gongxiang_errand",
            "{} 项已办定时事务的记录；当日的可能重办",
            "errands ({}): those of today may be done again",
        ),
        (
            f"gongxiang_event WHERE kind NOT IN ({KINDS_OF_0_2_0})",
            "{} 条登记留在台账中，但 0.2.0 版不认识，其核验会报出",
            "entries ({}): they stay in the ledger, but release 0.2.0 does not know them, and its verification says so",
        ),
    ]
    found = [
        (connection.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one(), zh, en) for rows, zh, en in counted
    ]
    return tuple(Text(zh.format(count), en.format(count)) for count, zh, en in found if count)


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _index(name: str, *columns: str, where: str | None = None) -> None:
    table = f"gongxiang_{name.partition('_')[0]}"
    some: dict[str, Any] = {"sqlite_where": text(where), "postgresql_where": text(where)} if where else {}
    op.create_index(f"gongxiang_{name}", table, list(columns), **some)


def _guard() -> None:
    """Let nobody change or remove a leaf or a seal, nor, on PostgreSQL, an event (on SQLite the first version saw to
    that), nor add an event that does not follow the last one of its chain.
    """
    last = f"(SELECT hash FROM {LEDGER} WHERE case_id = NEW.case_id AND seq = NEW.seq - 1)"
    refusal = "'the event does not continue its chain'"
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER gongxiang_event_continues BEFORE INSERT ON {LEDGER}"
            f" WHEN NEW.prev IS NOT CASE NEW.seq WHEN 1 THEN '{'0' * 64}' ELSE {last} END"
            f" BEGIN SELECT RAISE(ABORT, {refusal}); END"
        )
        for table, key in (("gongxiang_leaf", "place"), ("gongxiang_seal", "number")):
            exists = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
            for name, when, condition in (
                ("update", "UPDATE", ""),
                ("delete", "DELETE", ""),
                ("replace", "INSERT", f"WHEN {exists} "),
            ):
                op.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {when} ON {table} {condition}{REFUSED_BY_SQLITE}")
        return
    op.execute(
        f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the ledger is append-only'; END$$"
    )
    for table in (LEDGER, "gongxiang_leaf", "gongxiang_seal"):
        for name, when, each in (("update", "DELETE OR UPDATE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {when} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION {FUNCTION}()"
            )
    schema = op.get_bind().scalar(text("SELECT quote_ident(current_schema())"))
    op.execute(
        f"CREATE FUNCTION {CONTINUES}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN IF NEW.prev IS DISTINCT FROM (CASE WHEN NEW.seq = 1 THEN '{'0' * 64}' ELSE"
        f" {last.replace(LEDGER, f'{schema}.{LEDGER}')} END)"
        f" THEN RAISE EXCEPTION {refusal}; END IF; RETURN NEW; END$$"
    )
    op.execute(
        f"CREATE TRIGGER gongxiang_event_continues BEFORE INSERT ON {LEDGER} "
        f"FOR EACH ROW EXECUTE FUNCTION {CONTINUES}()"
    )


def _make_tables() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "gongxiang_outbox",
        Column("consumer", sa.String(), primary_key=True),
        Column("case_id", sa.String(), primary_key=True),
        Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        Column("hash", sa.String(), nullable=False),
    )
    op.create_table(
        "gongxiang_twin",
        Column("twin", sa.String(), primary_key=True),
        Column("turn", sa.Integer(), nullable=False),
    )
    op.create_table(
        "gongxiang_attempt",
        Column("case_id", sa.String(), primary_key=True),
        Column("tries", sa.Integer(), nullable=False),
        Column("worker", sa.String(), nullable=False),
        Column("tried_at", moment, nullable=False),
        Column("next_try", moment, nullable=False),
        Column("error", sa.Text()),
        Column("aside", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "gongxiang_seal",
        Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        Column("sealed_at", moment, nullable=False),
        Column("size", sa.BigInteger(), nullable=False),
        Column("root", sa.String(), nullable=False),
        Column("peaks", sa.Text(), nullable=False),
    )
    op.create_table(
        "gongxiang_leaf",
        Column("place", sa.BigInteger(), primary_key=True, autoincrement=False),
        Column("case_id", sa.String(), nullable=False),
        Column("seq", sa.Integer(), nullable=False),
        Column("hash", sa.String(), nullable=False),
    )
    op.create_table(
        "gongxiang_worker",
        Column("worker", sa.String(), primary_key=True),
        Column("host", sa.String(), nullable=False),
        Column("pid", sa.Integer(), nullable=False),
        Column("started_at", moment, nullable=False),
        Column("seen_at", moment, nullable=False),
        Column("stopped_at", moment),
        Column("told", sa.Text(), nullable=False),
    )
    op.create_table(
        "gongxiang_errand",
        Column("errand", sa.String(), primary_key=True),
        Column("worker", sa.String(), nullable=False),
        Column("taken_at", moment, nullable=False),
    )
