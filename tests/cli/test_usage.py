"""What is typed wrongly and what the database refuses comes back as a sentence with its mend, never a traceback."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import raw
from commanding import LONG_CASE, NOW, run
from databases import only_postgresql, only_sqlite
from rich.cells import cell_len
from sqlalchemy.engine import make_url

DATA = re.compile(r"[一-鿿]")


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {key: value for key, value in os.environ.items() if not key.startswith("GONGXIANG")}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, encoding="utf-8", check=False, env={**told, **environment}
    )


WRONG = [
    (("todya",), "unknown_command"),
    (("case",), "usage"),
    (("case", "shwo", "R-1"), "unknown_command"),
    (("case", "show"), "usage"),
    (("case", "show", "R-1", "R-2"), "usage"),
    (("today", "--lnag", "en"), "usage"),
    (("today", "--lang", "fr"), "unknown_choice"),
    (("today", "--now", "2026-02-12T09:00:00"), "naive_datetime"),
    (("today", "--now", "yesterday"), "bad_datetime"),
    (("today", "--now"), "usage"),
    (("case", "list", "--phase", "late"), "unknown_choice"),
    (("case", "fire", "X-9", "revoke"), "usage"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--at", "2026-12-30T09:00:00"), "naive_datetime"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--field", "reasons"), "bad_field"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--payload", "{"), "bad_json"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--payload", "[]"), "not_an_object"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--payload", '{"a": "\\ud800"}'), "bad_json"),
    (("case", "correct", "X-9", "one", "--by", "sy-auth", "--reasons", "x"), "bad_number"),
    (("calendar", "due", "2026-02-12T09:00:00", "5"), "naive_datetime"),
    (("calendar", "due", "2026-02-30", "5"), "bad_date"),
    (("calendar", "due", "2026-02-12", "1.5"), "bad_number"),
    (("calendar", "show", "99999"), "bad_year"),
    (("calendar", "import", "x.toml", "--by", "sy-auth"), "by_and_signer"),
    (("calendar", "recalculate", "--apply"), "by_and_signer"),
    (("department", "register"), "one_record"),
    (("procedure", "show", "share"), "unknown_procedure"),
    (("procedure", "show", "dispute", "--format", "png"), "unknown_choice"),
    (("procedure", "show", "dispute", "--rules", "decree-330", "--on", "2026-01-01"), "one_rule_book"),
    (("procedure", "list", "--region", "21"), "bad_region"),
    (("rules", "on", "2026-02-30"), "bad_date"),
    (("rules", "on", "--region", "Shenyang"), "bad_region"),
    (("rules", "diff", "decree-330"), "usage"),
    (("rules", "diff", "2026-01-05@21", "decree-330"), "bad_region"),
    (("rules", "diff", "decree-330", "order-809", "--procedure", "share"), "unknown_procedure"),
    (("what-if", "decree-330", "law"), "usage"),
    (("rules", "new"), "usage"),
]
REFUSED = [
    (("case", "show", "R-99"), "unknown_case"),
    (("case", "list", "--state", "nonsense"), "bad_input"),
    (("case", "list", "--owes", "nobody"), "bad_input"),
    (("case", "list", "--procedure", "share"), "bad_input"),
    (("case", "options", "X-9", "--by", "nobody"), "unknown_department"),
    (("case", "fire", "X-9", "cirkulate", "--by", "sy-auth", "--at", NOW), "unknown_step"),
    (
        ("case", "fire", "X-9", "circulate", "--by", "sy-auth", "--at", NOW, "--field", "signer=王某"),
        "step_not_allowed",
    ),
    (("case", "fire", "X-9", "revoke", "--by", "sy-mps", "--at", NOW, "--field", "reasons=x"), "step_not_allowed"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--at", NOW, "--field", "reasons= "), "step_not_allowed"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--at", "2026-12-01T09:00:00+08:00"), "out_of_order"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--at", NOW, "--expected-version", "1"), "conflict"),
    (("case", "fire", "X-9", "revoke", "--by", "sy-auth", "--payload", "@no-such.json"), "system"),
    (("case", "open", "rectification", "X-9", "--by", "sy-auth", "--against", "sy-mps", "--at", NOW), "already_done"),
    (("case", "open", "share", "R-99", "--by", "sy-auth", "--at", NOW), "refused"),
    (("calendar", "due", "2027-02-12", "5"), "beyond_horizon"),
    (("calendar", "due", "2026-02-12", "0"), "bad_input"),
    (("calendar", "due", "1900-01-01", "5"), "bad_input"),
    (("calendar", "show", "2040"), "beyond_horizon"),
    (("calendar", "import", "no-such.toml"), "faulty_notice"),
    (("calendar", "import", "."), "faulty_notice"),
    (("docket", "play", "no-such.jsonl"), "system"),
    (("docket", "play", "."), "system"),
    (("docket", "play", "--rules", "decree-331", "x.jsonl"), "refused"),
    (("rules", "show", "decree-331"), "refused"),
    (("rules", "show", "decree-330", "29"), "refused"),
    (("rules", "show", "liaoning-2"), "refused"),
    (("rules", "show", "liaoning-2025", "21"), "refused"),
    (("rules", "show", "liaoning-2025", "order-808/21"), "refused"),
    (("rules", "show", "liaoning-2025", "order-809/99"), "refused"),
    (("rules", "on", "2019-12-31"), "refused"),
    (("rules", "diff", "decree-330", "decree-331"), "refused"),
    (("rules", "diff", "2019-12-31@210000", "decree-330"), "refused"),
    (("procedure", "list", "--on", "2019-12-31"), "refused"),
    (("what-if", "decree-330", "lwa", "x.jsonl"), "refused"),
    (("what-if", "decree-330", "law", "no-such.jsonl"), "system"),
    (("rules", "new", "Zhejiang 2022"), "bad_input"),
    (("rules", "new", "zhejiang"), "bad_input"),
    (("rules", "new", "../zhejiang-2022"), "bad_input"),
    (("rules", "check", "no-such-folder"), "bad_input"),
    (("department", "register", '{"id": "a"}'), "bad_input"),
]


def spoken(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else ""


@only_sqlite  # wrong usage is refused before any database is opened
@pytest.mark.parametrize(("words", "code"), WRONG, ids=spoken)
def test_wrong_usage_ends_with_2_and_says_how_it_is_written(
    words: tuple[str, ...], code: str, played: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chinese, english = run(*words, database=played), run("--lang", "en", *words, database=played)
    document = run("--json", *words, database=played)

    assert [chinese.code, english.code, document.code] == [2, 2, 2]
    assert [chinese.out, english.out, document.out] == ["", "", ""]
    assert DATA.search(chinese.error)
    assert DATA.search(english.error) is None or "fr" in words
    assert document.complaint["code"] == "usage"
    assert [reason["code"] for reason in document.complaint["reasons"]] == [code]
    assert "→" in chinese.error
    assert [line for line in (chinese.error + english.error).splitlines() if cell_len(line) > 80] == []


@pytest.mark.parametrize(("words", "code"), REFUSED, ids=spoken)
def test_a_refusal_ends_with_1_and_gives_reason_and_mend(
    words: tuple[str, ...], code: str, played: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.jsonl").write_text("", "utf-8")
    plain, document = run(*words, database=played), run(*words, "--json", database=played)

    assert [plain.code, document.code] == [1, 1]
    assert [plain.out, document.out] == ["", ""]
    assert document.complaint["code"] == code
    assert document.complaint["message"]
    for reason in document.complaint["reasons"]:
        assert reason["text"]
        assert set(reason) >= {"code", "text", "article"}
    assert "Traceback" not in plain.error
    assert [line for line in plain.error.splitlines() if cell_len(line) > 80] == []


def test_the_options_of_all_commands_may_stand_before_and_after(played: str) -> None:
    before = run("--lang", "en", "--now", NOW, "--json", "case", "list", database=played)
    between = run("case", "--lang", "en", "--json", "--now", NOW, "list", database=played)
    after = run("case", "list", "--json", "--lang", "en", "--now", NOW, "--db", played)

    assert before.document == between.document == after.document


def test_the_environment_names_the_database(played: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGXIANG_DB", played)

    assert len(run("case", "list", "--json").document["cases"]) == 8


asking = pytest.mark.parametrize(
    "words", [("today",), ("case", "list"), ("audit", "verify"), ("sweep", "--apply")], ids=" ".join
)


@asking
def test_asking_a_database_that_is_not_there_makes_none(words: tuple[str, ...], shared_url: str) -> None:
    missing = make_url(shared_url)
    missing = missing.set(database=f"{missing.database}-missing")
    url = missing.render_as_string(hide_password=False)
    answer, again = run(*words, "--json", database=url), run(*words, "--json", database=url)

    assert (answer.code, again.code) == (1, 1)
    assert [reason["code"] for reason in answer.complaint["reasons"]] == ["no_such_database"]
    assert again.complaint == answer.complaint
    assert raw.is_there(url) is False


@only_postgresql
@asking
def test_asking_a_database_with_nothing_of_ours_says_so_and_writes_nothing(
    words: tuple[str, ...], empty_url: str
) -> None:
    answer = run(*words, "--json", database=empty_url)

    assert answer.code == 1
    (reason,) = answer.complaint["reasons"]
    assert reason["code"] == "empty_database"
    assert "docket play" in reason["mend"]
    assert raw.ask(empty_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


@pytest.mark.parametrize("made_by", ["", "PRAGMA journal_mode=WAL; PRAGMA user_version=1"], ids=["empty", "tableless"])
@asking
def test_asking_a_file_with_nothing_of_ours_says_so_and_writes_nothing(
    words: tuple[str, ...], made_by: str, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.db"
    with contextlib.closing(sqlite3.connect(bare)) as connection:
        connection.executescript(made_by)
    before = bare.read_bytes()
    answer = run(*words, "--json", database=bare)

    assert answer.code == 1
    (reason,) = answer.complaint["reasons"]
    assert reason["code"] == "empty_database"
    assert "docket play" in reason["mend"]
    assert bare.read_bytes() == before


@only_postgresql
def test_the_calendar_answers_beside_an_empty_database_and_writes_nothing(empty_url: str) -> None:
    assert run("calendar", "due", "2026-02-12", "5", "--json", database=empty_url).document["due"] == "2026-02-26"
    assert raw.ask(empty_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


def test_the_calendar_answers_beside_an_empty_file_and_writes_nothing(tmp_path: Path) -> None:
    bare = tmp_path / "bare.db"
    bare.touch()

    assert run("calendar", "due", "2026-02-12", "5", "--json", database=bare).document["due"] == "2026-02-26"
    assert bare.read_bytes() == b""


def test_an_empty_database_may_become_ours(backend: str, empty_url: str, tmp_path: Path) -> None:
    docket = tmp_path / "x.jsonl"
    if backend == "sqlite":
        Path(empty_url.removeprefix("sqlite:///")).touch()
    docket.write_text('{"at": "2026-12-28T09:00:00+08:00", "do": "sweep"}\n', "utf-8")

    assert run("docket", "play", str(docket), database=empty_url).code == 0
    assert run("today", database=empty_url).code == 0


@only_sqlite  # wrong usage
@pytest.mark.parametrize("words", [("calendar", "status"), ("audit", "verify"), ("today",)], ids=" ".join)
@pytest.mark.parametrize("now", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "9000-12-31T23:59:59-12:00"])
def test_a_now_at_the_edge_of_what_can_be_named_is_wrong_usage(words: tuple[str, ...], now: str, played: str) -> None:
    answer = run(*words, "--now", now, "--json", database=played)

    assert answer.code == 2
    assert [reason["code"] for reason in answer.complaint["reasons"]] == ["impossible_moment"]


@pytest.mark.parametrize(
    "words",
    [
        ("today", "--now", "x" * 100_000),
        ("today", "--now", "２" * 100_000),
        ("calendar", "status", "--known-on", "x" * 100_000),
        ("calendar", "due", "2026-02-12", "9" * 100_000),
        ("case", "list", "--phase", "x" * 100_000),
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_what_is_quoted_from_a_long_word_is_short(words: tuple[str, ...], played: str) -> None:
    answer = run(*words, "--json", database=played)

    assert answer.code in (1, 2)
    assert len(answer.error) < 2000


@pytest.mark.parametrize(
    ("words", "code"),
    [("case list", 0), ("case list --json", 0), ("today", 0), ("--help", 0), ("case show R-none", 1), ("nonsense", 2)],
)
def test_a_closed_output_ends_as_an_open_one_does_without_a_traceback(words: str, code: int, played: str) -> None:
    line = f'"{sys.executable}" -m gongxiang --db "{played}" {words}'
    out = subprocess.run(["sh", "-c", f"{line} >&-"], capture_output=True, text=True, check=False)
    error = subprocess.run(["sh", "-c", f"{line} 2>&-"], capture_output=True, text=True, check=False)

    assert [out.returncode, error.returncode] == [code, code]
    assert "Traceback" not in out.stderr + error.stdout
    assert bool(error.stdout) is (code == 0)


@pytest.mark.parametrize(("words", "said"), [((), "已中断"), (("--lang", "en"), "interrupted")])
def test_an_interruption_while_the_program_is_loaded_ends_with_130(words: tuple[str, ...], said: str) -> None:
    done = python(
        "-c",
        "import runpy, sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'gongxiang.cli':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "runpy.run_module('gongxiang', run_name='__main__')",
        *words,
        PYTHONIOENCODING="utf-8",
    )

    assert done.returncode == 130
    assert done.stderr.strip() == said


def test_the_calendar_answers_without_a_database(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"

    assert run("calendar", "due", "2026-02-12", "5", "--json", database=missing).document["due"] == "2026-02-26"
    assert not missing.exists()


@pytest.mark.parametrize("url", ["cases.db", "nonsense://x", "mysql://x/y", "sqlite:////no/such/folder/x.db"])
def test_a_url_that_names_no_usable_database_is_refused(url: str, tmp_path: Path) -> None:
    docket = tmp_path / "x.jsonl"
    docket.write_text('{"at": "2026-12-30T09:00:00+08:00", "do": "sweep"}\n', "utf-8")
    answer = run("docket", "play", str(docket), "--db", url)

    assert answer.code == 1
    assert url in answer.error or "sqlite:///" in answer.error
    assert "Traceback" not in answer.error


def test_a_password_in_a_url_is_not_printed() -> None:
    answer = run("today", "--db", "nonsense://clerk:secret@host/x")

    assert answer.code == 1
    assert "secret" not in answer.error


def test_a_database_of_another_program_is_refused(empty_url: str) -> None:
    raw.tell(empty_url, "CREATE TABLE theirs (x INTEGER)")

    assert run("today", "--json", database=empty_url).complaint["code"] == "foreign_database"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    noise = tmp_path / "noise.db"
    noise.write_bytes(bytes(range(256)) * 20)

    assert run("today", "--json", database=noise).complaint["code"] == "foreign_database"


def test_a_database_of_a_newer_version_is_refused(world: str) -> None:
    raw.tell(world, "UPDATE gongxiang_version SET version_num = '9999'")

    assert run("today", "--json", database=world).complaint["code"] == "unknown_schema"


def test_a_docket_that_is_no_text_is_refused_by_its_line(world: str, tmp_path: Path) -> None:
    docket = tmp_path / "bytes.jsonl"
    docket.write_bytes(b'{"at": "2026-12-30T09:00:00+08:00", "do": "sweep"}\n\xff\xfe\n')
    answer = run("docket", "play", str(docket), "--json", database=world)

    assert answer.code == 1
    assert [(refused["line"], refused["code"]) for refused in answer.document["refused"]] == [(2, "faulty_docket")]


def test_a_faulty_notice_is_refused_with_every_line(tmp_path: Path) -> None:
    notice = tmp_path / "notice.toml"
    notice.write_text('[[notice]]\nyear = "x"\nfoo = 1\n', "utf-8")
    answer = run("calendar", "import", str(notice), "--json", database=tmp_path / "none.db")
    plain = run("calendar", "import", str(notice), database=tmp_path / "none.db")

    assert answer.code == 1
    assert answer.complaint["code"] == "faulty_notice"
    assert re.search(r"notice\.toml:2: ", plain.error)
    assert re.search(r"notice\.toml:3: ", plain.error)


def test_faulty_rules_are_listed_with_file_and_line_and_end_with_1(tmp_path: Path) -> None:
    (tmp_path / "instrument.toml").write_text('id = "x"\nbroken\n', "utf-8")
    answer = run("rules", "check", str(tmp_path))

    assert answer.code == 1
    assert re.search(r"instrument\.toml:2: ", answer.out)


def test_a_tampered_ledger_is_found_wanting_and_ends_with_1(world: str) -> None:
    raw.unguard(world)
    raw.tell(world, "UPDATE gongxiang_event SET body = replace(body, '接口方式', '文件方式') WHERE case_id = 'R-1'")
    answer = run("audit", "verify", "--json", "--now", "2026-12-25T12:00:00+08:00", database=world)

    assert answer.code == 1
    assert answer.document["ok"] is False
    assert answer.document["findings"][0]["case"] == "R-1"


def test_an_unexpected_head_is_found_wanting(played: str) -> None:
    answer = run("audit", "verify", "--expect-head", "0" * 64, database=played)

    assert answer.code == 1
    assert "✗" in answer.out


def test_a_refused_act_writes_nothing(world: str) -> None:
    before = run("case", "show", LONG_CASE, "--json", database=world).document
    refused = run("case", "fire", LONG_CASE, "grant", "--by", "sy-hrss", "--at", NOW, database=world)
    after = run("case", "show", LONG_CASE, "--json", database=world).document

    assert refused.code == 1
    assert before == after


def test_an_argument_that_is_no_text_is_refused() -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"gongxiang", b"case", b"show", b"\xff"], capture_output=True, check=False
    )

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_reader_that_goes_away_sees_no_traceback() -> None:
    done = python(
        "-c",
        "import subprocess, sys\n"
        "words = [sys.executable, '-m', 'gongxiang', 'demo']\n"
        "p = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "p.stdout.readline(); p.stdout.close()\n"
        "print(p.stderr.read().decode()); p.wait()",
    )

    assert "Traceback" not in done.stdout
    assert "Exception" not in done.stdout


def test_a_terminal_without_utf_8_gets_text_all_the_same(played: str) -> None:
    done = python("-m", "gongxiang", "--db", played, "case", "list", PYTHONIOENCODING="ascii", LC_ALL="C")

    assert done.returncode == 0
    assert "有条件共享请求" in done.stdout


HEAVY = ("sqlalchemy", "sqlmodel", "alembic", "psycopg", "workalendar", "numpy", "rich", "pydantic", "transitions")


@pytest.mark.parametrize("program", ["import gongxiang", "import gongxiang.cli", "import gongxiang.calendars"])
def test_importing_loads_no_heavy_library(program: str) -> None:
    done = python("-c", f"{program}\nimport sys\nprint([name for name in {HEAVY} if name in sys.modules])")

    assert done.stdout.strip() == "[]"


def test_a_public_name_is_loaded_when_it_is_asked_for_and_no_other_is_there() -> None:
    done = python(
        "-c",
        "import gongxiang, sys\n"
        "from gongxiang import Phase\n"
        f"print(Phase('met').name, [name for name in {HEAVY} if name in sys.modules])\n"
        "print([name for name in gongxiang.__all__ if getattr(gongxiang, name).__name__ != name])\n"
        "print(set(gongxiang.__all__) <= set(dir(gongxiang)))\n"
        "print([hasattr(gongxiang, name) for name in ('Enigne', 'LEVEL_NAMES')])\n",
    )

    assert done.stdout.splitlines() == ["MET []", "[]", "True", "[False, False]"]


def test_help_loads_no_heavy_library() -> None:
    done = python(
        "-c",
        "import sys\nfrom gongxiang.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)",
    )

    assert done.stderr.strip() == "[]"
    assert "用法" in done.stdout


def test_help_lists_every_command_of_the_published_interface() -> None:
    wanted = {
        (): (*("demo", "docket", "what-if", "calendar", "rules", "procedure", "case", "today", "sweep", "audit"),),
        ("calendar",): ("due", "show", "status", "import", "diff"),
        ("rules",): ("list", "show", "check", "on", "diff", "new"),
        ("procedure",): ("list", "show"),
        ("case",): ("list", "show", "history", "options", "explain", "fire"),
        ("audit",): ("verify",),
    }

    for group, names in wanted.items():
        shown = run(*group, "--help").out
        for name in names:
            assert re.search(rf"(?m)^  {name}\b", shown), (group, name)


def test_help_speaks_one_language_throughout() -> None:
    chinese, english = run("case", "fire", "--help").out, run("--lang", "en", "case", "fire", "--help").out
    groups = run("case", "--help").out

    for word in ("用法", "参数", "选项", "通用选项"):
        assert word in chinese
    assert "命令" in groups
    for word in ("Usage", "Arguments", "Options", "Commands"):
        assert word not in chinese + groups
    assert DATA.search(english) is None


@pytest.mark.parametrize(("into", "says"), [("file/in", "路径中有非文件夹"), ("长" * 300, "路径过长")])
def test_a_place_that_cannot_be_written_is_said_in_chinese_with_its_mend(into: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    refused = run("rules", "new", "jilin-2026", "--into", str(tmp_path / into))

    assert refused.code == 1
    assert says in refused.error.replace("\n  ", "")
    assert "→" in refused.error
