"""`db …` says which version the tables are of, moves them, and finds what somebody changed."""

from __future__ import annotations

import re
from pathlib import Path

import earlier_release
import pytest
from commanding import Answer, run
from raw import is_sqlite, is_there, tell
from sqlalchemy.engine import make_url

EMPTY = {"before": None, "after": "0002", "steps": [], "losses": []}


@pytest.fixture
def left(empty_url: str) -> str:
    """A database as release 0.2.0 left it."""
    earlier_release.load(empty_url)
    return empty_url


def db(url: str, *words: str, language: str = "en") -> Answer:
    return run("--lang", language, "db", *words, database=url)


def test_a_database_goes_up_is_checked_and_goes_back(left: str) -> None:
    status = db(left, "status", "--json").document
    assert (status["present"], status["newest"]) == ("0001", "0002")
    assert [step["revision"] for step in status["pending"]] == ["0002"]
    assert status["rows"]["gongxiang_case"] == 21
    assert status["rows"]["gongxiang_event"] == 65
    before = db(left, "check", "--json")
    assert (before.code, before.document["ok"]) == (1, False)
    assert [one["code"] for one in before.document["differences"]] == ["version"]

    up = db(left, "upgrade", "--json")

    assert up.code == 0
    assert (up.document["before"], up.document["after"]) == ("0001", "0002")
    assert [step["revision"] for step in up.document["steps"]] == ["0002"]
    assert db(left, "upgrade", "--json").document["steps"] == []
    after = db(left, "check", "--json")
    assert (after.code, after.document) == (0, {"ok": True, "differences": []})
    assert db(left, "status", "--json").document["rows"]["gongxiang_outbox"] == 65
    assert run("audit", "verify", database=left).code == 0
    assert run("audit", "rebuild", database=left).code == 0
    down = db(left, "downgrade", "0001", "--json")
    assert (down.code, down.document["before"], down.document["after"]) == (0, "0002", "0001")
    assert db(left, "status", "--json").document["present"] == "0001"


def test_every_other_command_names_the_one_that_mends_the_tables(left: str) -> None:
    answer = run("case", "list", "--lang", "en", database=left)

    assert answer.code == 1
    assert re.search(r"of version 0001.*0002", answer.error)
    assert "db upgrade" in answer.error


def test_what_cannot_be_kept_is_listed_and_removed_only_with_yes(left: str) -> None:
    db(left, "upgrade")
    tell(left, "INSERT INTO gongxiang_seal VALUES (1, '2026-12-31 00:00:00+00:00', 65, 'root', '[]')")

    asked = db(left, "downgrade", "0001")
    told = db(left, "downgrade", "0001", "--json")

    assert (asked.code, told.code) == (1, 1)
    assert "This cannot be kept:" in asked.out
    assert "seals (1)" in asked.out
    assert "--yes" in asked.out
    assert told.document["before"] == told.document["after"] == "0002"
    assert len(told.document["losses"]) == 1
    done = db(left, "downgrade", "0001", "--yes")
    assert (done.code, "Removed for good:" in done.out) == (0, True)


def test_a_changed_table_is_named_and_the_exit_code_is_1(left: str) -> None:
    db(left, "upgrade")
    assert db(left, "check").out == "The tables are as this program makes them.\n"
    tell(left, "DROP INDEX gongxiang_case_state")

    english, chinese = db(left, "check"), db(left, "check", language="zh")

    assert (english.code, english.out) == (1, "✗ the index gongxiang_case_state is missing\n")
    assert (chinese.code, chinese.out) == (1, "✗ 缺少索引 gongxiang_case_state\n")


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (("status",), "To be done (db upgrade)", "待执行（db upgrade）"),
        (("check",), "the tables are of version 0001, the newest is 0002", "数据库的表是版本 0001，最新为 0002"),
        (("upgrade",), "0001 → 0002, done.", "0001 → 0002，完成。"),
        (("upgrade",), "They are of version 0002; nothing to do.", "已是版本 0002，无须变动。"),
        (("downgrade", "0001"), "0002 → 0001, done.", "0002 → 0001，完成。"),
    ],
)
def test_each_screen_speaks_both_languages(
    words: tuple[str, ...], english: str, chinese: str, left: str, request: pytest.FixtureRequest
) -> None:
    for language, wanted in (("en", english), ("zh", chinese)):
        if "nothing" in english or words[0] == "downgrade":
            db(left, "upgrade")
        elif words[0] == "upgrade":
            db(left, "downgrade", "0001")

        assert wanted in db(left, *words, language=language).out


def test_an_empty_database_is_said_to_have_no_tables_and_gets_them(empty_url: str) -> None:
    if is_sqlite(empty_url):
        tell(empty_url, "PRAGMA user_version = 0")
    assert db(empty_url, "status", "--json").document["present"] is None
    assert "no tables yet" in db(empty_url, "status").out
    assert db(empty_url, "check").code == 1

    assert db(empty_url, "upgrade", "--json").document == EMPTY
    assert db(empty_url, "check").code == 0


@pytest.mark.parametrize("words", [("status",), ("check",), ("upgrade",), ("downgrade", "0001")])
def test_a_mistyped_name_makes_no_database(words: tuple[str, ...], empty_url: str) -> None:
    url = make_url(empty_url)
    missing = url.set(database=f"{url.database}-typo").render_as_string(hide_password=False)

    answer = db(missing, *words, "--json")

    assert answer.code == 1
    assert answer.complaint["reasons"][0]["code"] == "no_such_database"
    assert is_there(missing) is False


def test_there_is_no_going_back_beyond_the_first_version(left: str) -> None:
    answer = db(left, "downgrade", "base", "--json")

    assert answer.code == 1
    assert answer.complaint["reasons"][0]["code"] == "no_version_before"


@pytest.mark.parametrize("version", ["'0009'", "'0001'), ('0002'", "NULL", "x'ff'"])
def test_tables_that_no_upgrade_brings_to_this_version_are_told_from_those_that_one_does(
    version: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'later.db'}"
    run("db", "upgrade", database=made(url))
    tell(url, "DROP TABLE gongxiang_version", "CREATE TABLE gongxiang_version (version_num)")
    tell(url, f"INSERT INTO gongxiang_version VALUES ({version})")

    for words in (("check",), ("status",), ("upgrade",), ("downgrade", "0001")):
        answer = run("db", *words, "--lang", "en", database=url)

        assert answer.code == 1
        assert "use the version that wrote it, or upgrade this program" in answer.error


@pytest.mark.parametrize("words", [("upgrade",), ("downgrade", "0001"), ("check",), ("status",)])
def test_another_programs_file_stays_byte_for_byte_what_it_was(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    tell(f"sqlite:///{path}", "CREATE TABLE users (a)")
    before = path.read_bytes()

    answer = run("db", *words, "--json", database=f"sqlite:///{path}")

    assert (answer.code, answer.complaint["code"]) == (1, "foreign_database")
    assert path.read_bytes() == before


def made(url: str) -> str:
    """Return the URL of a file that is there, and empty."""
    Path(url.removeprefix("sqlite:///")).touch()
    return url
