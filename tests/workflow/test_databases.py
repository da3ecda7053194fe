"""A database that cannot be used says so as a typed error with its mend, and is left as it was."""

from __future__ import annotations

import os
import shutil
import socketserver
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import acts
import pytest
import raw
from acts import at
from databases import only_sqlite

import gongxiang
from gongxiang import rules
from gongxiang.errors import (
    BadInput,
    DatabaseLocked,
    DatabaseReadOnly,
    FaultyRules,
    Finding,
    ForeignDatabase,
    GongxiangError,
    StoreError,
    Text,
    UnknownCase,
    UnknownSchema,
)
from gongxiang.workflow import auditing
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.law import OneBook
from gongxiang.workflow.store import Store, absence
from gongxiang.workflow.store.connection import command, open_database, shown, unknown_schema

NOBODY = 65534


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def impatient(url: str) -> Engine:
    """Return an engine that waits a tenth of a second for its turn."""
    from gongxiang import rules

    return Engine(Store(url, busy_seconds=0.1), OneBook(rules.rule_book()), lambda: at(acts.RECORDED))


@contextmanager
def without_privileges() -> Iterator[None]:
    """Give up the right to write everything, for whoever has it."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(mine)


@contextmanager
def closed_to_writing(folder: Path) -> Iterator[None]:
    """Make a folder and what stands in it readable to everybody and writable to nobody."""
    opened = [folder, *folder.iterdir()]
    for parent in folder.parents:
        if parent != Path(parent.root) and parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o055)
    for path in opened:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with without_privileges():
            yield
    finally:
        for path in opened:
            path.chmod(0o755 if path.is_dir() else 0o644)


def refused(error: GongxiangError, code: str) -> None:
    assert error.reasons[0].code == code
    assert error.reasons[0].mend is not None
    assert error.reasons[0].text.zh != error.reasons[0].text.en


def test_a_first_act_that_is_refused_leaves_a_database_that_works(empty_url: str) -> None:
    engine = gongxiang.open_engine(empty_url, rules="decree-330")
    with pytest.raises(UnknownCase):
        engine.fire("R-1", "grant", by="police", at=at("2026-02-12T09:00"), payload={"terms": "同意"})

    assert engine.register(acts.department("police")).step == "police"


def test_a_file_that_another_holds_is_locked_after_the_time_allowed(tmp_path: Path) -> None:
    acts.engine(url_of(tmp_path / "cases.db")).close()
    engine = impatient(url_of(tmp_path / "cases.db"))
    with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked) as caught:
            acts.request(engine)
        assert engine.departments(at("2026-02-12T09:00"))["police"].name == "沈阳市公安局", "who reads does not wait"
        other.execute("COMMIT")

    refused(caught.value, "database_locked")
    assert acts.request(engine).version == 1


def test_who_waits_in_a_thread_is_told_after_the_time_allowed(tmp_path: Path) -> None:
    from gongxiang.workflow.store.turns import Queue

    queue = Queue()
    with queue.turn(1, "u"), pytest.raises(DatabaseLocked) as caught, queue.turn(0.05, "u"):
        pass

    refused(caught.value, "database_locked")
    with queue.turn(0.05, "u"), pytest.raises(DatabaseLocked), queue.turn(0.05, "u"):
        pass  # the turn came back once, and only once


def test_a_file_opened_read_only_can_be_read_and_not_written(tmp_path: Path) -> None:
    engine = acts.engine(url_of(tmp_path / "cases.db"))
    acts.request(engine)
    reader = gongxiang.open_engine(f"sqlite:///file:{tmp_path / 'cases.db'}?mode=ro&uri=true")

    assert reader.case("R-1", now=at("2026-02-12T10:00")).state == "awaiting_reply"
    with pytest.raises(DatabaseReadOnly) as caught:
        acts.request(reader, "R-2")
    refused(caught.value, "database_read_only")
    assert "R-2" not in acts.heads(engine)


def test_a_folder_that_cannot_be_written_is_a_typed_error_for_writers(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    acts.engine(url_of(folder / "cases.db")).close()
    before = (folder / "cases.db").read_bytes()
    with closed_to_writing(folder):
        for path in ("cases.db", "new.db"):
            with pytest.raises(StoreError) as caught:
                acts.request(gongxiang.open_engine(url_of(folder / path), rules="decree-330"))
            assert caught.value.reasons[0].code in ("database_read_only", "cannot_open_database")

    assert (folder / "cases.db").read_bytes() == before
    assert not (folder / "new.db").exists()


def test_a_database_of_another_program_is_refused_and_left_as_it_was(empty_url: str) -> None:
    raw.tell(empty_url, "CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
    before = raw.standing(empty_url)

    for act in (acts.request, lambda engine: engine.case("R-1")):
        with pytest.raises(ForeignDatabase) as caught:
            act(gongxiang.open_engine(empty_url, rules="decree-330"))
        refused(caught.value, "foreign_database")
        assert "invoice" in caught.value.reasons[0].text.en
    assert raw.standing(empty_url) == before


def test_a_file_of_another_program_is_left_as_it_was_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
        theirs.commit()
    before = path.read_bytes()

    for act in (acts.request, lambda engine: engine.case("R-1")):
        with pytest.raises(ForeignDatabase):
            act(gongxiang.open_engine(url_of(path), rules="decree-330"))
    assert path.read_bytes() == before, "not even its journal mode was changed"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("version", ["0099", "0000", "next"])
def test_a_database_of_another_version_is_refused_and_left_as_it_was(version: str, shared_url: str) -> None:
    acts.engine(shared_url).close()
    raw.tell(shared_url, "UPDATE gongxiang_version SET version_num = :version", version=version)

    with pytest.raises(UnknownSchema) as caught:
        acts.request(gongxiang.open_engine(shared_url, rules="decree-330"))

    refused(caught.value, "unknown_schema")
    assert version in caught.value.reasons[0].text.en
    assert raw.ask(shared_url, "SELECT count(*) FROM gongxiang_case") == [(0,)]


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("这不是数据库" * 1000, encoding="utf-8")
    before = path.read_bytes()

    with pytest.raises(ForeignDatabase) as caught:
        acts.request(gongxiang.open_engine(url_of(path), rules="decree-330"))

    refused(caught.value, "not_a_database")
    assert path.read_bytes() == before


def test_a_database_with_spoiled_pages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    engine = acts.engine(url_of(path))
    acts.request(engine)
    engine.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with pytest.raises(ForeignDatabase) as caught:
        gongxiang.open_engine(url_of(path)).case("R-1")

    refused(caught.value, "not_a_database")


def with_a_rule_book_altered(url: str, document: str | bytes | None) -> None:
    """Play a case, and put that in the place of its rule book, None: a number of it changed; it is refused, and on the
    day's board the case stands among those that cannot be read.
    """
    engine = acts.engine(url)
    acts.request(engine)
    engine.close()
    ((text,),) = raw.ask(url, "SELECT document FROM gongxiang_rule_book")
    altered = text.replace('"value":5', '"value":6') if document is None else document
    assert altered != text
    with raw.unguarded(url):
        raw.tell(url, "UPDATE gongxiang_rule_book SET document = :altered", altered=altered)
    again = gongxiang.open_engine(url)

    for asked in (lambda: again.case("R-1"), again.books):
        with pytest.raises(StoreError) as caught:
            asked()
        refused(caught.value, "damaged_rule_book")
    assert [(one.case, one.error.partition(":")[0]) for one in again.today().unreadable] == [
        ("R-1", "damaged_rule_book")
    ]


@pytest.mark.parametrize("document", ["garbage", "[]", "{}", "", None])
def test_a_rule_book_that_is_not_what_cases_are_pinned_to_is_refused(document: str | None, shared_url: str) -> None:
    with_a_rule_book_altered(shared_url, document)


@only_sqlite
def test_a_rule_book_in_bytes_is_refused_where_the_column_takes_them(shared_url: str) -> None:
    with_a_rule_book_altered(shared_url, b"\xff")


@pytest.mark.parametrize("name", ["", "nowhere/cases.db"])
def test_a_folder_or_a_path_that_leads_nowhere_cannot_be_opened(name: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        acts.request(gongxiang.open_engine(url_of(tmp_path / name), rules="decree-330"))

    refused(caught.value, "cannot_open_database")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cases.db",
        "nosuch://host/db",
        "postgresql+pg8000://host/db",
        "postgresql+psycopg2://host/db",
        "postgresql+psycopg_async://host/db",
        "sqlite:/cases.db",
        "sqlite:///cases.db?timeout=x",
        "sqlite:///cases.db?foo=bar",
        "sqlite:///\0",
    ],
)
def test_a_url_that_names_no_database_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        gongxiang.open_engine(url)

    refused(caught.value, "bad_database_url")


@pytest.mark.parametrize(
    "named",
    [
        *("user:open@sesame", "user:open@sesame@", "user:@sesame", "user:a:b@sesame", "user:open@ss:sesame"),
        *("user@corp:open@sesame", "user@corp:opensesame", "user:open@sesame/x", "user:open?x@sesame"),
    ],
)
def test_a_password_in_which_an_at_sign_stands_is_refused_and_no_part_of_it_shown(named: str) -> None:
    with pytest.raises(BadInput) as caught:
        gongxiang.open_engine(f"postgresql://{named}@host/db")

    (reason,) = caught.value.reasons
    assert "%40" in reason.text.en or "port" in reason.text.en
    assert f"://{named.partition(':')[0]}:***@host/db" in reason.text.en
    assert not [said for said in (reason.text.zh, reason.text.en) if "sesame" in said or "open" in said]


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg_async", "asyncpg"])
def test_another_driver_than_psycopg_is_refused_by_its_name_installed_or_not(driver: str) -> None:
    with pytest.raises(BadInput) as caught:
        gongxiang.open_engine(f"postgresql+{driver}://host/db")

    (reason,) = caught.value.reasons
    assert f"the driver {driver} is not supported" in reason.text.en
    assert reason.mend is not None
    assert "postgresql+psycopg://" in reason.mend.en


def test_a_url_without_a_driver_is_opened_with_psycopg() -> None:
    database = open_database("postgresql://host/db")

    assert (database.driver, database.url.drivername) == ("psycopg", "postgresql+psycopg")
    database.dispose()


@pytest.mark.parametrize(
    "url", ["postgresql://a%40b:c%40d@host/db", "postgresql://u:p@/db?host=@abstract", "postgresql://u:p@[::1]:1/db"]
)
def test_an_at_sign_that_is_written_as_it_must_be_is_taken(url: str) -> None:
    open_database(url).dispose()


WITH_PASSWORD = ["postgresql+psycopg://user:sesame@host/db", "postgresql+psycopg://user@host/db?password=sesame"]


def test_no_error_shows_the_password_of_a_database() -> None:
    assert Store("sqlite://").url == "sqlite://"
    for url in WITH_PASSWORD:
        assert "sesame" not in shown(url)


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_the_command_that_mends_the_tables_can_be_typed_where_the_url_has_a_password(url: str) -> None:
    for told in (url, shown(url)):
        (reason,) = unknown_schema("0001", told).reasons

        assert reason.mend is not None
        assert reason.mend.en == "run: gongxiang db upgrade (with --db or GONGXIANG_DB as before)"
        assert reason.mend.zh == "请运行 gongxiang db upgrade（数据库仍以 --db 或 GONGXIANG_DB 指明）"
    (reason,) = unknown_schema("0001", "postgresql+psycopg://user@host/db?host=a&port=1").reasons
    assert reason.mend is not None
    assert reason.mend.en == "run: gongxiang --db 'postgresql+psycopg://user@host/db?host=a&port=1' db upgrade"
    assert command(url, "calendar", "recalculate").en == (
        "gongxiang calendar recalculate (with --db or GONGXIANG_DB as before)"
    )


# What a server says to who connects, in English (src/backend/utils/init/postinit.c and libpq/auth.c of PostgreSQL) and
# as its Chinese messages have it; C is the state (errcodes-appendix), which libpq does not keep.
SAID = [
    ("3D000", 'database "gx" does not exist', "no_such_database"),
    ("3D000", '数据库 "gx" 不存在', "no_such_database"),
    ("28000", 'role "gx" does not exist', "not_admitted"),
    ("28000", '角色 "gx" 不存在', "not_admitted"),
    ("28P01", 'password authentication failed for user "gx"', "not_admitted"),
    ("28P01", '用户 "gx" Password 认证失败', "not_admitted"),
    ("28000", 'no pg_hba.conf entry for host "::1", user "gx", database "gx", no encryption', "not_admitted"),
    ("42501", 'permission denied for database "gx"', "not_admitted"),
    ("53300", "sorry, too many clients already", "cannot_open_database"),
    ("57P03", "the database system is starting up", "cannot_open_database"),
]


@contextmanager
def answering(state: str, message: str) -> Iterator[str]:
    """Stand at a port as a server that answers every connection with that error (protocol-message-formats.html of
    PostgreSQL); give the URL.
    """

    class Refusal(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!i", self.rfile.read(4))
            self.rfile.read(length - 4)
            fields = b"".join(f"{one}\0".encode() for one in ("SFATAL", f"C{state}", f"M{message}", ""))
            self.wfile.write(b"E" + struct.pack("!i", len(fields) + 4) + fields)

    with socketserver.TCPServer(("127.0.0.1", 0), Refusal) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        options = "sslmode=disable&gssencmode=disable"
        yield f"postgresql+psycopg://gx:sesame@127.0.0.1:{server.server_address[1]}/gx?{options}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("state", "message", "code"), SAID, ids=[message for _, message, _ in SAID])
def test_what_a_server_says_to_who_connects_is_told_apart_in_english_and_chinese(
    state: str, message: str, code: str
) -> None:
    with answering(state, message) as url:
        absent = absence(url)
        with pytest.raises(StoreError) as caught:
            gongxiang.open_engine(url).case("R-1")

    refused(caught.value, code)
    assert (absent.name if absent else None) == ("gx" if code == "no_such_database" else None)
    assert "sesame" not in str(caught.value)
    assert (message in caught.value.reasons[0].text.en) == (code != "no_such_database")


def test_commits_are_synchronised_to_the_disk_and_the_driver_begins_nothing_by_itself(tmp_path: Path) -> None:
    store = Store(url_of(tmp_path / "cases.db"))
    with store.write() as transaction:
        connection = transaction._connection
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        driver = connection.connection.dbapi_connection

    assert settings == ["wal", 2], "2 is FULL: sqlite.org/pragma.html#pragma_synchronous"
    assert driver is not None
    assert driver.isolation_level is None


def test_a_copy_closed_to_writing_is_verified_and_left_as_it_was(tmp_path: Path) -> None:
    acts.request(engine := acts.engine(url_of(tmp_path / "cases.db")))
    assert auditing.verify(engine).ok
    engine.close()
    folder = tmp_path / "closed"
    folder.mkdir()
    copy = shutil.copy(tmp_path / "cases.db", folder / "cases.db")
    before = copy.read_bytes()
    assert before[18:20] == b"\2\2", "WAL: sqlite.org/fileformat.html#file_format_version_numbers"

    with closed_to_writing(folder):
        auditor = gongxiang.open_engine(url_of(copy))
        assert auditing.verify(auditor).ok
        auditor.close()

    assert copy.read_bytes() == before
    assert list(folder.iterdir()) == [copy]


def test_a_copy_with_a_log_beside_it_is_not_read_without_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    acts.request(engine := acts.engine(url_of(tmp_path / "cases.db")))
    engine.close()
    engine = gongxiang.open_engine(url_of(tmp_path / "cases.db"), rules="decree-330")
    acts.request(engine, "R-2")
    for path in (tmp_path / "cases.db", tmp_path / "cases.db-wal"):
        shutil.copy(path, folder / path.name)
    engine.close()

    with closed_to_writing(folder), pytest.raises(StoreError):
        gongxiang.open_engine(url_of(folder / "cases.db")).case("R-1", now=at("2026-02-12T10:00"))


def test_a_copy_made_by_vacuum_is_verified_and_left_as_it_was(tmp_path: Path) -> None:
    acts.request(engine := acts.engine(url_of(tmp_path / "cases.db")))
    engine.close()
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(tmp_path / "cases.db")) as original:
        original.execute(f"VACUUM INTO '{copy}'")
    before = copy.read_bytes()
    assert before[18:20] == b"\1\1", "no WAL"

    auditor = gongxiang.open_engine(url_of(copy))
    assert auditing.verify(auditor).ok
    auditor.close()

    assert copy.read_bytes() == before


def test_a_database_is_read_and_verified_where_the_law_at_hand_cannot_be_read(
    shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise FaultyRules([Finding("broken", 0, Text("不可读", "unreadable"), Text("请改正", "mend it"))])

    acts.request(acts.engine(shared_url))
    monkeypatch.setattr(rules, "law", broken)
    engine = gongxiang.open_engine(shared_url, clock=lambda: at(acts.RECORDED))

    assert [item.case for group in engine.today(now=at("2026-02-13T09:00")).groups for item in group.items] == ["R-1"]
    assert auditing.verify(engine).findings == ()
    with pytest.raises(FaultyRules):
        acts.request(engine, "R-2")
