"""Opening a database: which kind it is, whose it is, and its tables."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from shlex import join

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SAWarning

from gongxiang.errors import BadInput, ForeignDatabase, Reason, Text, UnknownSchema
from gongxiang.workflow.store.driver import Server
from gongxiang.workflow.store.faults import lacks_database
from gongxiang.workflow.store.postgresql import PostgreSQL, open_server
from gongxiang.workflow.store.schema import METADATA, PREFIX, REVISION, VERSION
from gongxiang.workflow.store.sqlite import SQLite, bare_file, missing_file, open_file

BUSY_SECONDS = 10.0
FIRST_SCHEMA, FIRST_REVISION = f"{PREFIX}schema", "0001"
"""The table that said which version stood there before Alembic kept it, and what that version is called since."""

SPEAK_POSTGRESQL = ("postgresql", "cockroachdb")
"""What SQLAlchemy calls PostgreSQL and the engines that speak its protocol under a name of their own."""


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
        named = re.sub(r"(://[^:/]*):.*@", r"\1:***@", url)
        raise BadInput(
            Reason(
                "bad_database_url",
                Text(f"数据库地址“{named}”无法使用：{error}", f"the database URL '{named}' cannot be used: {error}"),
                None,
                Text(
                    "例如 sqlite:///cases.db 或 postgresql+psycopg://用户@主机/库名",
                    "for instance sqlite:///cases.db or postgresql+psycopg://user@host/database",
                ),
            )
        ) from error


def _engine_for(url: str, busy_seconds: float) -> Engine:
    if "\0" in url:
        raise ValueError("it holds the character U+0000")
    try:
        parsed = make_url(url)
    except ValueError:
        raise ValueError("its port is no number") from None  # what SQLAlchemy says of it may quote half a password
    # Half of a password would be taken for a host or a name, and shown as such.
    if parsed.get_backend_name() != "sqlite" and (url.partition("?")[0].count("@") > 1 or "@" in (parsed.host or "")):
        raise ValueError("an @ in a user's name or a password is written %40")
    if parsed.get_backend_name() == "sqlite":
        return open_file(parsed, busy_seconds)
    if parsed.get_backend_name() in SPEAK_POSTGRESQL:
        return open_server(with_driver(parsed))
    raise ValueError(f"{parsed.get_backend_name()} is neither sqlite nor postgresql")


def with_driver(url: URL) -> URL:
    """Return the URL of a server with the driver that we speak to. Raises ValueError where it names another: a host may
    use any driver in its session, but what we open ourselves is set up in psycopg's words.
    """
    name, _, driver = url.drivername.partition("+")
    if driver not in ("", "psycopg"):
        raise ValueError(f"the driver {driver} is not supported, psycopg is")
    return url.set(drivername=f"{name}+psycopg")  # some versions of SQLAlchemy would take another by default


def server_of(dialect: str, busy_seconds: float = BUSY_SECONDS, *, in_memory: bool = False) -> Server:
    """Return what a database of SQLAlchemy's dialect needs. Raises BadInput for one that is not known here."""
    if dialect == "sqlite":
        return SQLite(busy_seconds, in_memory=in_memory)
    if dialect in SPEAK_POSTGRESQL:
        return PostgreSQL()
    raise BadInput(
        Reason(
            "bad_database_url",
            Text(f"不支持数据库“{dialect}”", f"the database '{dialect}' is not supported"),
            None,
            Text("请用 SQLite 或 PostgreSQL", "use SQLite or PostgreSQL"),
        )
    )


@dataclass(frozen=True, slots=True)
class Absence:
    """A database that does not exist, or that holds no table of anybody's (`bare`)."""

    name: str
    bare: bool


def absence(url: str) -> Absence | None:
    """Return what is not there at `url`, or None. Nothing is written; a database that cannot be used is not absent:
    opening it says what is wrong with it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        missing, bare = missing_file(url), bare_file(url)
        return Absence(missing, bare=False) if missing else Absence(bare, bare=True) if bare else None
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            return None if inspect(connection).get_table_names() else Absence(str(parsed.database), bare=True)
    except DBAPIError as error:
        return Absence(str(parsed.database), bare=False) if lacks_database(error, parsed.database) else None
    finally:
        engine.dispose()


def shown(url: str) -> str:
    """Return the URL as it may be shown: without its password."""
    parsed = make_url(url)
    hidden = {name: "***" for name in parsed.query if "password" in name}
    return parsed.update_query_dict(hidden).render_as_string(hide_password=True)


def command(url: str | None, *words: str) -> Text:
    """Return the command that does this with the database at `url`, None: the one that is meant without naming any.

    It can be typed as it stands: a URL with a password, hidden or not, is left out, and said to be.
    """
    if url is None:
        said = join(["gongxiang", *words])
        return Text(said, said)
    parsed = make_url(url)
    if parsed.password is None and not any("password" in name for name in parsed.query):
        return command(None, "--db", url, *words)
    said = join(["gongxiang", *words])
    return Text(f"{said}（数据库仍以 --db 或 GONGXIANG_DB 指明）", f"{said} (with --db or GONGXIANG_DB as before)")


def has_tables(connection: Connection, url: str, *, shared: bool) -> bool:
    """Return whether our tables stand there. Raises ForeignDatabase for another program's database, UnknownSchema.

    `shared`: the host opened the database and its tables belong there.
    """
    found = revision_of(connection, url, shared=shared)
    if found not in (None, REVISION):
        raise unknown_schema(str(found), url)
    return found is not None


def revision_of(connection: Connection, url: str, *, shared: bool = False) -> str | None:
    """Return which version our tables are of, whether it is known or not, or None where there are none. Raises
    ForeignDatabase as `has_tables`.
    """
    looked_at = inspect(connection)
    if looked_at.has_table(VERSION.name):
        found = connection.execute(select(VERSION.c.version_num)).scalars().all()
        return ", ".join(sorted(map(str, found))) or "?"
    if looked_at.has_table(FIRST_SCHEMA):
        return FIRST_REVISION
    names = set() if shared else set(looked_at.get_table_names())
    if VERSION.name in names:  # somebody else has made them since we looked
        return revision_of(connection, url)
    if names:
        raise _foreign(", ".join(sorted(names)[:3]), url)
    return None


def create_tables(connection: Connection, server: Server) -> None:
    """Create our tables, and the triggers that keep the ledger and its seals append-only."""
    METADATA.create_all(connection)
    server.guard(connection)
    connection.execute(VERSION.insert().values(version_num=REVISION))


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


def is_upgradable(found: str) -> bool:
    """Return whether tables of that version are brought to this program's by an upgrade."""
    return found.isdigit() and FIRST_REVISION <= found < REVISION


def unknown_schema(found: str, url: str) -> UnknownSchema:
    """Return the refusal of tables of a version that this program does not write, with the command that mends it."""
    text = Text(
        f"数据库的表结构为版本 {found}，本程序使用 {REVISION}",
        f"the tables are of version {found}, this program uses {REVISION}",
    )
    mend = Text("请使用写入该数据库的版本，或升级本程序", "use the version that wrote it, or upgrade this program")
    if is_upgradable(found):
        hosted = Text("gongxiang --db 地址 db upgrade", "gongxiang --db URL db upgrade")
        run = hosted if url == "session" else command(url, "db", "upgrade")
        mend = Text(f"请运行 {run.zh}", f"run: {run.en}")
    return UnknownSchema(Reason("unknown_schema", text, None, mend))
