"""What the driver says, as an error a coordinator can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, TimeoutError

from gongxiang.errors import DatabaseReadOnly, ForeignDatabase, Reason, StoreError, Text
from gongxiang.workflow.store.turns import locked

# SQLite's primary result codes (sqlite.org/rescode.html).
BUSY, LOCKED, READ_ONLY, CORRUPT, CANNOT_OPEN, NOT_A_DATABASE = 5, 6, 8, 11, 14, 26


def is_busy(error: Any) -> bool:
    """Return whether SQLite says that somebody else holds the database."""
    return _code(error) in (BUSY, LOCKED)


def _code(error: Any) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Turn what the driver says into a StoreError with its mend."""
    try:
        yield
    except TimeoutError as error:
        raise locked(url) from error
    except DBAPIError as error:
        raise _plain(error, url) from error


def _plain(error: DBAPIError, url: str) -> StoreError:
    code, said = _code(error.orig), str(error.orig).lower()
    if code in (BUSY, LOCKED):
        return locked(url)
    if code == READ_ONLY or "read-only" in said:
        return DatabaseReadOnly(
            Reason(
                "database_read_only",
                Text(f"数据库只读，无法写入：{url}", f"the database is read-only: {url}"),
                None,
                Text("请检查文件及其目录的写权限", "check that the file and its folder may be written"),
            )
        )
    if code in (CORRUPT, NOT_A_DATABASE):
        return ForeignDatabase(
            Reason(
                "not_a_database",
                Text(f"该文件不是完好的 SQLite 数据库：{url}", f"the file is not a sound SQLite database: {url}"),
                None,
                Text("请核对 --db，或从备份恢复", "check --db, or restore a backup"),
            )
        )
    if code == CANNOT_OPEN or "connect" in said:
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
