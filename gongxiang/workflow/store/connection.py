"""Opening a database: its settings, whose it is, and its tables. Everything that only SQLite needs stands here."""

from __future__ import annotations

import os
import re
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SAWarning
from sqlalchemy.pool import StaticPool

from gongxiang.errors import BadInput, ForeignDatabase, Reason, Text, UnknownSchema
from gongxiang.workflow.store.faults import is_busy
from gongxiang.workflow.store.schema import APPEND_ONLY, METADATA, PROGRAM, SCHEMA, VERSION
from gongxiang.workflow.store.turns import tries

BUSY_SECONDS = 10.0
WRITES, WAL = "gongxiang_writes", "gongxiang_wal"


def open_database(url: str, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine for `url`. Raises BadInput for a URL that names no usable database; nothing is connected yet.

    `busy_seconds`: how long a writer waits for another process before DatabaseLocked.
    """
    try:
        with warnings.catch_warnings():
            # What SQLAlchemy would only warn of and then leave out, such as an option the driver does not know.
            warnings.simplefilter("error", SAWarning)
            return _engine_for(url, busy_seconds)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError, SAWarning) as error:
        named = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)
        raise BadInput(
            Reason(
                "bad_database_url",
                Text(f"数据库地址“{named}”无法使用：{error}", f"the database URL '{named}' cannot be used: {error}"),
                None,
                Text("例如 sqlite:///cases.db", "for instance sqlite:///cases.db"),
            )
        ) from error


def _engine_for(url: str, busy_seconds: float) -> Engine:
    if "\0" in url:
        raise ValueError("it holds the character U+0000")
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed)
    engine = create_engine(
        parsed,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        **({"poolclass": StaticPool} if is_in_memory(url) else {"max_overflow": -1}),
    )
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


def bare_file(url: str) -> str | None:
    """Return the SQLite file that `url` names and that holds no table of anybody's, None for any other database.

    Nothing is written. A file that is no sound database is not bare: opening it says what is wrong with it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or is_in_memory(url) or str(parsed.database).startswith("file:"):
        return None
    path = Path(str(parsed.database)).absolute()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        return None
    return None if tables else str(parsed.database)


def _tune_sqlite(engine: Engine, busy_seconds: float, *, in_memory: bool) -> None:
    """WAL with full synchronisation: a commit that was acknowledged survives a kill at any instant.

    The driver's own transactions are switched off, for it begins them too late: a write transaction begins IMMEDIATE,
    so two writers never read the same row before one of them writes it; reads use a plain BEGIN and wait for nobody.
    Only who writes sets the journal mode: it stays in the file, and a reader leaves the file as it is.
    """

    @event.listens_for(engine, "do_connect")
    def _on_opening(_dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        if not in_memory and is_sealed_copy(Path(str(arguments[0]))):
            arguments[0] = f"{Path(arguments[0]).absolute().as_uri()}?mode=ro&immutable=1"
            named["uri"] = True

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            if not in_memory and not connection.info.get(WAL):
                _switch_to_wal(connection, busy_seconds)
            _begin_writing(connection, busy_seconds)
        else:
            connection.exec_driver_sql("BEGIN")


def is_sealed_copy(path: Path) -> bool:
    """Return whether SQLite could not read the file though all of it is there.

    A file in WAL mode is read with the help of a second one, which cannot be made where neither the file nor its
    folder may be written (sqlite.org/wal.html#read_only_databases). Nobody else can write there either way, so it may
    be read as one that does not change; not with a write-ahead log beside it, for what that says would be left out.
    """
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except (OSError, ValueError):
        return False
    log = path.with_name(f"{path.name}-wal")
    if header[18:20] != b"\x02\x02" or (log.exists() and log.stat().st_size):
        return False
    effective = os.access in os.supports_effective_ids
    return not any(os.access(one, os.W_OK, effective_ids=effective) for one in (path, path.parent))


def _switch_to_wal(connection: Connection, busy_seconds: float) -> None:
    """Several processes may create a database at once; SQLite does not wait for this switch, so we do."""
    for again in tries(busy_seconds):
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if not again or not is_busy(error.orig):
                raise
        else:
            connection.info[WAL] = True
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
