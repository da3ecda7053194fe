"""Opening a database: its settings, whose it is, and its tables. Everything that only SQLite needs stands here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import StaticPool

from gongxiang.errors import BadInput, ForeignDatabase, Reason, Text, UnknownSchema
from gongxiang.workflow.store.faults import is_busy
from gongxiang.workflow.store.schema import APPEND_ONLY, METADATA, PROGRAM, SCHEMA, VERSION
from gongxiang.workflow.store.turns import tries

BUSY_SECONDS = 10.0
WRITES = "gongxiang_writes"


def open_database(url: str, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine for `url`. Raises BadInput for a URL that names no usable database; nothing is connected yet.

    `busy_seconds`: how long a writer waits for another process before DatabaseLocked.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed)
        engine = create_engine(
            parsed,
            connect_args={"timeout": busy_seconds, "check_same_thread": False},
            **({"poolclass": StaticPool} if is_in_memory(url) else {"max_overflow": -1}),
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        named = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)
        raise BadInput(
            Reason(
                "bad_database_url",
                Text(f"数据库地址“{named}”无法使用：{error}", f"the database URL '{named}' cannot be used: {error}"),
                None,
                Text("例如 sqlite:///cases.db", "for instance sqlite:///cases.db"),
            )
        ) from error
    _tune_sqlite(engine, busy_seconds, in_memory=is_in_memory(url))
    return engine


def shown(url: str) -> str:
    """Return the URL as it may be shown: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def is_in_memory(url: str) -> bool:
    """Return whether the URL names a database that lives in one connection of this process."""
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:")


def missing_file(url: str) -> str | None:
    """Return the SQLite file that `url` names and that does not exist, ":memory:" for one in memory, None for any
    other database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or (parsed.database or "").startswith("file:"):
        return None
    if parsed.database in (None, "", ":memory:"):
        return ":memory:"
    return None if Path(str(parsed.database)).exists() else str(parsed.database)


def _tune_sqlite(engine: Engine, busy_seconds: float, *, in_memory: bool) -> None:
    """WAL with full synchronisation: a commit that was acknowledged survives a kill at any instant.

    The driver's own transactions are switched off, for it begins them too late: a write transaction begins IMMEDIATE,
    so two writers never read the same row before one of them writes it; reads use a plain BEGIN and wait for nobody.
    A database of another program is left as it is: the journal mode would stay changed in its file.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        names = {name for (name,) in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not in_memory and (not names or SCHEMA.name in names):
            _switch_to_wal(cursor, connection, busy_seconds)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            _begin_writing(connection, busy_seconds)
        else:
            connection.exec_driver_sql("BEGIN")


def _switch_to_wal(cursor: Any, connection: Any, busy_seconds: float) -> None:
    """Several processes may create a database at once; SQLite does not wait for this switch, so we do."""
    for again in tries(busy_seconds):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except connection.OperationalError as error:
            if not again or not is_busy(error):
                raise
        else:
            return


def _begin_writing(connection: Connection, busy_seconds: float) -> None:
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        for again in tries(busy_seconds):
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if not again or not is_busy(error.orig):
                    raise
            else:
                return
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")


def begin_in_session(connection: Connection) -> None:
    """See that the host's transaction has really begun before we read what we are going to write.

    Python's SQLite driver begins one only at the first INSERT or UPDATE: what was read before may be stale by then,
    and a savepoint outside a transaction would commit when it is released.
    """
    if connection.dialect.name == "sqlite" and not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]  # sqlite3's own attribute
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def has_tables(connection: Connection, url: str, *, shared: bool) -> bool:
    """Return whether our tables stand there. Raises ForeignDatabase for another program's database, UnknownSchema.

    `shared`: the host opened the database and its tables belong there.
    """
    if not inspect(connection).has_table(SCHEMA.name):
        names = set() if shared else set(inspect(connection).get_table_names())
        if names:
            raise _foreign(", ".join(sorted(names)[:3]), url)
        return False
    row = connection.execute(select(SCHEMA.c.program, SCHEMA.c.version)).first()
    if row is None or row.program != PROGRAM or row.version != VERSION:
        raise _unknown_schema(f"{row.program} {row.version}" if row else "?")
    return True


def create_tables(connection: Connection) -> None:
    """Create our tables, and where the database can, the triggers that keep the ledger append-only."""
    METADATA.create_all(connection)
    if connection.dialect.name == "sqlite":
        for trigger in APPEND_ONLY:
            connection.execute(text(trigger))
    connection.execute(SCHEMA.insert().values(program=PROGRAM, version=VERSION))


def _foreign(tables: str, url: str) -> ForeignDatabase:
    return ForeignDatabase(
        Reason(
            "foreign_database",
            Text(
                f"数据库属于另一程序（含表 {tables}）：{url}",
                f"the database belongs to another program (tables {tables}): {url}",
            ),
            None,
            Text(
                "请另选文件；要与宿主程序共用，请在程序中传入 session",
                "choose another file; to share a host's database pass its session",
            ),
        )
    )


def _unknown_schema(found: str) -> UnknownSchema:
    return UnknownSchema(
        Reason(
            "unknown_schema",
            Text(
                f"数据库版本为“{found}”，本程序只认“{PROGRAM} {VERSION}”",
                f"the database is '{found}', this program knows '{PROGRAM} {VERSION}'",
            ),
            None,
            Text("请使用写入该数据库的版本，或升级本程序", "use the version that wrote it, or upgrade this program"),
        )
    )
