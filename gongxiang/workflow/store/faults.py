"""What the driver says, as an error a coordinator can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, TimeoutError

from gongxiang.errors import (
    Conflict,
    ConnectionLost,
    DatabaseReadOnly,
    ForeignDatabase,
    Reason,
    StoreError,
    Text,
    TransactionAborted,
)
from gongxiang.workflow.store.driver import Overtaken
from gongxiang.workflow.store.turns import locked

# SQLite's primary result codes (sqlite.org/rescode.html).
BUSY, LOCKED, READ_ONLY, CORRUPT, FULL, CANNOT_OPEN, NOT_A_DATABASE = 5, 6, 8, 11, 13, 14, 26
# PostgreSQL's (postgresql.org/docs/current/errcodes-appendix.html).
SERIALIZATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"
NO_ROOM_FOR_SHARED_MEMORY = 4874  # SQLITE_IOERR_SHMSIZE: whoever opens a file in WAL mode first makes one beside it
READ_ONLY_TRANSACTION, DISK_FULL = "25006", "53100"
NO_SUCH_DATABASE, NOT_ADMITTED, WRONG_PASSWORD, NOT_PERMITTED = "3D000", "28000", "28P01", "42501"

# While it connects, libpq keeps the server's words and not its state (libpq-exec.html, PQresultErrorField, is of
# results): they are known as PostgreSQL says them in English and in Chinese (src/backend/po/zh_CN.po).
_NO_DATABASE_SAID = r'(?:database|数据库)\s*"[^"]*"\s*(?:does not exist|不存在)'
_NOT_ADMITTED_SAID = (
    r'(?:role|角色)\s*"[^"]*"\s*(?:does not exist|is not permitted to log in|不存在|不允许登录)'
    r"|authentication failed|认证失败|no password supplied|pg_hba\.conf|permission denied for database"
)


def is_busy(error: Any) -> bool:
    """Return whether SQLite says that somebody else holds the database."""
    return _code(error) in (BUSY, LOCKED)


def sqlstate(error: Any) -> str | None:
    """Return the state that PostgreSQL gives an error, None where there is none."""
    # psycopg 3 has the one, psycopg 2, which a host may use, the other.
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)


def _code(error: Any) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code == NO_ROOM_FOR_SHARED_MEMORY:
        return FULL
    return code & 0xFF if isinstance(code, int) else None


def is_disconnected(error: DBAPIError) -> bool:
    """Return whether the connection to the server is gone."""
    return error.connection_invalidated


def is_to_repeat(error: DBAPIError) -> bool:
    """Return whether the server broke the transaction off and asks for it again (a deadlock or the like)."""
    return sqlstate(error.orig) in (SERIALIZATION_FAILURE, DEADLOCK)


def overtaken(error: Overtaken) -> Conflict:
    """Return the refusal of an act that others were always before."""
    where = Text(f"案件{error.case}", error.case) if error.case else Text("登记册", "the register")
    return Conflict(
        error.case,
        error.seq,
        "",
        Reason(
            "conflict",
            Text(
                f"{where.zh}的第{error.seq}号事件已由他人先行记录",
                f"event {error.seq} of {where.en} was recorded by somebody else first",
            ),
            None,
            Text("请重新读取后再办理", "read it again and act on what it says now"),
        ),
    )


def connection_lost(url: str) -> ConnectionLost:
    """Return the error for a connection that broke."""
    return ConnectionLost(
        Reason(
            "connection_lost",
            Text(f"与数据库的连接中断：{url}", f"the connection to the database broke: {url}"),
            None,
            Text(
                "正在写入的行为可能已记录，也可能没有；请用同一个 key 重发",
                "an act that was being written may be recorded or not; send it again with the same key",
            ),
        )
    )


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Turn what the driver says into a StoreError with its mend."""
    try:
        yield
    except TimeoutError as error:
        raise locked(url) from error
    except DBAPIError as error:
        raise _plain(error, url) from error


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a driver's error means: by SQLite's code, by PostgreSQL's state, or by what is said, as a pattern; `quotes`:
    to whoever has to mend it the server's own words are of use.
    """

    error: type[StoreError]
    code: str
    text: Text
    mend: Text
    codes: tuple[int, ...] = ()
    states: tuple[str, ...] = ()
    said: str = ""
    quotes: bool = False


_KINDS = (
    _Kind(
        TransactionAborted,
        "transaction_aborted",
        Text("数据库中止了事务（并发冲突）", "the database broke the transaction off, for another was in its way"),
        Text("请回滚整个事务，再从头执行一遍", "roll the whole transaction back and run it again from its beginning"),
        states=(SERIALIZATION_FAILURE, DEADLOCK),
    ),
    _Kind(
        DatabaseReadOnly,
        "database_read_only",
        Text("数据库只读，无法写入", "the database is read-only"),
        Text("请检查写权限，或改连主库", "check that it may be written, or connect to the primary"),
        codes=(READ_ONLY,),
        states=(READ_ONLY_TRANSACTION,),
        said="read-only",
    ),
    _Kind(
        ForeignDatabase,
        "not_a_database",
        Text("该文件不是完好的 SQLite 数据库", "the file is not a sound SQLite database"),
        Text("请核对 --db，或从备份恢复", "check --db, or restore a backup"),
        codes=(CORRUPT, NOT_A_DATABASE),
    ),
    _Kind(
        StoreError,
        "disk_full",
        Text("磁盘已满，未写入任何内容", "the disk is full, nothing was written"),
        Text("请腾出空间后重试", "make room and try again"),
        codes=(FULL,),
        states=(DISK_FULL,),
    ),
    _Kind(
        StoreError,
        "cannot_open_database",
        Text("数据库无法打开", "the database cannot be opened"),
        Text("请检查目录是否存在、是否有权限", "check that the folder exists and that it may be used"),
        codes=(CANNOT_OPEN,),
    ),
    _Kind(
        StoreError,
        "no_such_database",
        Text("服务器上没有该数据库", "the server has no such database"),
        Text("请核对 --db 或 GONGXIANG_DB，或新建（createdb）", "check --db or GONGXIANG_DB, or make it (createdb)"),
        states=(NO_SUCH_DATABASE,),
        said=_NO_DATABASE_SAID,
    ),
    _Kind(
        StoreError,
        "not_admitted",
        Text("数据库服务器拒绝该用户连接", "the database server does not admit this user"),
        Text(
            "请核对用户名、密码和服务器的 pg_hba.conf",
            "check the user's name, the password and the server's pg_hba.conf",
        ),
        states=(NOT_ADMITTED, WRONG_PASSWORD),
        said=_NOT_ADMITTED_SAID,
        quotes=True,
    ),
    _Kind(
        StoreError,
        "not_permitted",
        Text("数据库用户没有所需的权限", "the user of the database may not do this"),
        Text(
            "请授予权限，或由所有者运行 db upgrade 建表",
            "grant it the right, or let the owner run db upgrade to make the tables",
        ),
        states=(NOT_PERMITTED,),
        quotes=True,
    ),
)
_UNREACHABLE = _Kind(
    StoreError,
    "cannot_open_database",
    Text("无法连接数据库服务器", "the database server cannot be connected to"),
    Text(
        "请核对主机和端口，确认服务在运行、网络可达",
        "check the host and the port, that the server runs, and the network",
    ),
    quotes=True,
)


def lacks_database(error: DBAPIError, name: str | None) -> bool:
    """Return whether the server says that it has no database of that name."""
    found = re.search(_NO_DATABASE_SAID, str(error.orig))
    return sqlstate(error.orig) == NO_SUCH_DATABASE or (found is not None and f'"{name}"' in found.group())


def _of(kind: _Kind, said: str, url: str) -> StoreError:
    quoted = said.strip().splitlines()[:1] if kind.quotes else []
    zh, en = (f"（{quoted[0]}）", f" ({quoted[0]})") if quoted else ("", "")
    return kind.error(
        Reason(kind.code, Text(f"{kind.text.zh}：{url}{zh}", f"{kind.text.en}: {url}{en}"), None, kind.mend)
    )


def _plain(error: DBAPIError, url: str) -> StoreError:
    code, state, said = _code(error.orig), sqlstate(error.orig), str(error.orig)
    if code in (BUSY, LOCKED) or state == LOCK_NOT_AVAILABLE:
        return locked(url)
    if is_disconnected(error):
        return connection_lost(url)
    for kind in _KINDS:
        if code in kind.codes or state in kind.states or (kind.said and re.search(kind.said, said)):
            return _of(kind, said, url)
    # SQLAlchemy has no statement where it was still connecting.
    if code is None and (error.statement is None or "connect" in said.lower()):
        return _of(_UNREACHABLE, said, url)
    return StoreError(
        Reason(
            "database",
            Text(f"数据库报告：{error.orig}（{url}）", f"the database says: {error.orig} ({url})"),
            None,
            Text(
                "请检查磁盘空间与数据库文件，必要时从备份恢复",
                "check the disk and the file; if need be restore a backup",
            ),
        )
    )
