"""Opening a database and saying plainly why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import StaticPool

from gongxiang.errors import (
    BadInput,
    DatabaseLocked,
    DatabaseReadOnly,
    ForeignDatabase,
    Reason,
    StoreError,
    Text,
    UnknownSchema,
)
from gongxiang.workflow.store.schema import APPEND_ONLY, METADATA, PREFIX, PROGRAM, SCHEMA, VERSION

BUSY_SECONDS = 10.0
WRITES = "gongxiang_writes"


def open_database(url: str, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine for `url`. Raises BadInput for a URL that names no usable database; nothing is connected yet."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed)
        in_memory = parsed.database in (None, "", ":memory:")
        engine = create_engine(
            parsed,
            connect_args={"timeout": busy_seconds, "check_same_thread": False},
            **({"poolclass": StaticPool} if in_memory else {}),
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise BadInput(
            Reason(
                "bad_database_url",
                Text(f"数据库地址“{url}”无法使用：{error}", f"the database URL '{url}' cannot be used: {error}"),
                None,
                Text("例如 sqlite:///cases.db", "for instance sqlite:///cases.db"),
            )
        ) from error
    _tune_sqlite(engine, in_memory=in_memory)
    return engine


def _tune_sqlite(engine: Engine, *, in_memory: bool) -> None:
    """WAL with full synchronisation: a commit that was acknowledged survives a kill at any instant.

    The driver's own transactions are switched off, for it begins them too late: a write transaction begins IMMEDIATE, so two
    writers never read the same row before one of them writes it; reads use a plain BEGIN and wait for nobody.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        if not in_memory:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Turn what the driver says into an error a coordinator can act on."""
    try:
        yield
    except (OperationalError, DatabaseError) as error:
        raise _plain(error, url) from error


def _plain(error: DatabaseError, url: str) -> Exception:
    said = str(error.orig).lower()
    if "append-only" in said:
        return error
    if "locked" in said or "busy" in said:
        return DatabaseLocked(
            Reason(
                "database_locked",
                Text(f"数据库正被另一进程占用：{url}", f"another process holds the database: {url}"),
                None,
                Text(
                    "请稍后重试；若长期如此，请查找未结束的进程",
                    "try again; if it lasts, look for a process that does not end",
                ),
            )
        )
    if "readonly" in said or "read-only" in said:
        return DatabaseReadOnly(
            Reason(
                "database_read_only",
                Text(f"数据库只读，无法写入：{url}", f"the database is read-only: {url}"),
                None,
                Text("请检查文件及其目录的写权限", "check that the file and its folder may be written"),
            )
        )
    if "not a database" in said or "malformed" in said or "encrypted" in said:
        return ForeignDatabase(
            Reason(
                "not_a_database",
                Text(f"该文件不是完好的 SQLite 数据库：{url}", f"the file is not a sound SQLite database: {url}"),
                None,
                Text("请核对 --db，或从备份恢复", "check --db, or restore a backup"),
            )
        )
    if "unable to open" in said or "could not connect" in said or "connection" in said:
        return StoreError(
            Reason(
                "cannot_open_database",
                Text(f"数据库无法打开：{url}", f"the database cannot be opened: {url}"),
                None,
                Text(
                    "请检查目录是否存在、是否有权限、服务是否运行",
                    "check that the folder exists, that it may be used, that the server runs",
                ),
            )
        )
    return error


def prepare(connection: Connection, url: str, *, shared: bool) -> None:
    """Create our tables where there are none; refuse a database of another program or of an unknown version.

    `shared`: the host opened the database and its tables belong there.
    """
    names = set(inspect(connection).get_table_names())
    ours = {name for name in names if name.startswith(PREFIX)}
    if SCHEMA.name not in names:
        if (names or ours) and not shared:
            shown = ", ".join(sorted(names)[:3])
            raise ForeignDatabase(
                Reason(
                    "foreign_database",
                    Text(
                        f"数据库属于另一程序（含表 {shown}）：{url}",
                        f"the database belongs to another program (tables {shown}): {url}",
                    ),
                    None,
                    Text(
                        "请另选文件；要与宿主程序共用，请在程序中传入 session",
                        "choose another file; to share a host's database pass its session",
                    ),
                )
            )
        METADATA.create_all(connection)
        if connection.dialect.name == "sqlite":
            for trigger in APPEND_ONLY:
                connection.execute(text(trigger))
        connection.execute(SCHEMA.insert().values(program=PROGRAM, version=VERSION))
        return
    row = connection.execute(select(SCHEMA.c.program, SCHEMA.c.version)).first()
    if row is None or row.program != PROGRAM or row.version != VERSION:
        found = f"{row.program} {row.version}" if row else "?"
        raise UnknownSchema(
            Reason(
                "unknown_schema",
                Text(
                    f"数据库版本为“{found}”，本程序只认“{PROGRAM} {VERSION}”",
                    f"the database is '{found}', this program knows '{PROGRAM} {VERSION}'",
                ),
                None,
                Text(
                    "请使用写入该数据库的版本，或升级本程序", "use the version that wrote it, or upgrade this program"
                ),
            )
        )
