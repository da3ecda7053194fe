"""Every screen fits 80 cells, lines up, keeps its language and is the same with and without colour."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from commanding import LONG_CASE, LONG_NAME, NOW, RESOURCE, run
from databases import only_sqlite
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gongxiang import terminal
from gongxiang.page import (
    Beside,
    Block,
    Column,
    Facts,
    Grid,
    Heading,
    Sentence,
    Words,
    as_text,
    cells,
    cut,
    lay_out,
    width_of,
    words_of,
    wrap,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
SCREENS = [
    ("demo",),
    ("today",),
    ("today", "--now", "2026-02-27T09:30:00+08:00"),
    ("sweep", "--now", "2027-03-01T09:00:00+08:00"),
    ("case", "list"),
    ("case", "show", "R-1"),
    ("case", "show", LONG_CASE),
    ("case", "history", "X-1"),
    ("case", "history", LONG_CASE),
    ("case", "options", "X-9", "--by", "sy-auth"),
    ("case", "options", LONG_CASE, "--by", "klq-hrss"),
    ("case", "explain", "R-1"),
    ("case", "explain", "X-9"),
    ("case", "explain", LONG_CASE),
    ("calendar", "due", "2026-02-12", "5"),
    ("calendar", "due", "2026-02-12T09:00:00+08:00", "60"),
    ("calendar", "due", "2026-12-25", "5", "--allow-provisional"),
    ("calendar", "show", "2026"),
    ("calendar", "show", "2019"),
    ("calendar", "show", "2027"),
    ("calendar", "status"),
    ("calendar", "diff", "2020-01-20", "2020-01-28"),
    ("calendar", "diff", "2026-01-01", "2026-01-02"),
    ("calendar", "recalculate"),
    ("rules", "list"),
    ("rules", "show", "decree-330"),
    ("rules", "show", "liaoning-2025-08-01"),
    ("rules", "show", "liaoning-2025", "order-809/21"),
    ("rules", "show", "liaoning-2022"),
    ("rules", "on"),
    ("rules", "on", "2026-01-05", "--region", "210100"),
    ("rules", "diff", "liaoning-2020", "liaoning-2025"),
    ("rules", "diff", "decree-330", "decree-330"),
    ("rules", "check"),
    ("what-if", "decree-330", "law", str(EXAMPLES / "spring-festival-2026.jsonl")),
    ("what-if", "law", "law", str(EXAMPLES / "contested-escalation.jsonl")),
    ("procedure", "list"),
    ("procedure", "list", "--rules", "decree-330"),
    *(
        ("procedure", "show", name, *book)
        for name in ("share_request", "verification", "dispute", "rectification", "catalogue_update", "incident")
        for book in ((), ("--rules", "decree-330"))
    ),
    ("department", "list"),
    ("audit", "verify"),
    ("audit", "rebuild"),
    ("--help",),
    ("case", "fire", "--help"),
    ("calendar", "import", "--help"),
]
LANGUAGES = ("zh", "en")


# What these print comes out of the database.
STORED = [words for words in SCREENS if words[0] in ("today", "sweep", "case", "calendar", "department", "audit")]


@cache
def screen(words: tuple[str, ...], language: str, database: str) -> str:
    answer = run("--lang", language, *words, database=database)
    assert answer.error == ""
    assert answer.code in (0, 1)
    return answer.out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", STORED, ids=" ".join)
def test_a_screen_is_the_same_whatever_database_its_cases_stand_in(
    words: tuple[str, ...], language: str, played_on: Callable[[str], str]
) -> None:
    assert screen(words, language, played_on("postgresql")) == screen(words, language, played_on("sqlite"))


# So the looks of a screen are judged on one of them.
@only_sqlite
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", SCREENS, ids=" ".join)
def test_no_line_of_a_screen_is_wider_than_80_cells(words: tuple[str, ...], language: str, played: str) -> None:
    shown = screen(words, language, played)

    assert [line for line in shown.splitlines() if cell_len(line) > 80] == []
    assert shown.strip()


@only_sqlite
@pytest.mark.parametrize("words", SCREENS, ids=" ".join)
def test_a_screen_that_is_no_terminal_carries_no_colour(words: tuple[str, ...], played: str) -> None:
    assert "\x1b" not in screen(words, "zh", played)


# What stays Chinese in an English screen: names, numbers of notices, the text of the law and what people wrote.
DATA = re.compile(r"[〇-鿿＀-￯、-〟]")


@only_sqlite
@pytest.mark.parametrize(
    "words",
    [
        ("calendar", "due", "2026-02-24", "5"),
        ("calendar", "status", "--now", "2026-12-29T09:00:00+08:00"),
        ("procedure", "list"),
        ("rules", "check"),
        ("audit", "verify"),
        ("audit", "rebuild"),
        ("case", "list"),
        ("--help",),
        ("case", "open", "--help"),
        ("case", "fire", "--help"),
        ("department", "register", "--help"),
        ("calendar", "import", "--help"),
        ("docket", "play", "--help"),
        ("what-if", "--help"),
        ("rules", "diff", "--help"),
        ("rules", "new", "--help"),
        ("rules", "diff", "liaoning-2020", "liaoning-2025", "--procedure", "share_request"),
        ("procedure", "list", "--rules", "decree-330"),
    ],
    ids=" ".join,
)
def test_an_english_screen_has_no_chinese_of_its_own(words: tuple[str, ...], played: str) -> None:
    shown = re.sub(r"国办发明电〔\d+〕\d+号", "", screen(words, "en", played))

    assert DATA.findall(shown) == []


# The authority of a conflict's reading is shown as its instrument writes it.
QUOTING = [
    ("rules", "show", "liaoning-2025-08-01"),
    ("rules", "on"),
    ("rules", "on", "2026-01-05", "--region", "210100"),
]


@only_sqlite
@pytest.mark.parametrize("words", [words for words in SCREENS if words not in QUOTING], ids=" ".join)
def test_a_chinese_screen_has_no_english_sentence(words: tuple[str, ...], played: str) -> None:
    shown = screen(words, "zh", played)

    # Three plain English words in a row make a sentence; ids, field names and commands do not.
    bare = re.sub(r"gongxiang [a-z].*|--[a-z-]+|[a-z]+_[a-z_]+", " # ", shown)
    assert re.findall(r"(?<![\w.-])[A-Za-z][a-z]+ [a-z]{2,} [a-z]{2,}(?![\w.-])", bare) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_act_prints_fits_80_cells_too(language: str, world: str, notice: Path, tmp_path: Path) -> None:
    docket = tmp_path / "faulty.jsonl"
    docket.write_text('{"at": "2026-12-29T08:00:00+08:00", "do": "sweep"}\n{"broken\n', "utf-8")
    act = ("--by", "sy-auth", "--at", NOW, "--field", "ground=26.2", "--field", f"facts={'没有提供' * 40}")
    shown = [
        run("--lang", language, *words, database=world)
        for words in (
            ("docket", "play", str(docket)),
            ("case", "open", "rectification", LONG_CASE.replace("DL", "SY"), "--against", "klq-hrss", *act),
            ("case", "open", "rectification", "X-10", "--against", "sy-mps", *act),
            ("case", "fire", "X-10", "order", *act, "--field", "working_days=20"),
            ("calendar", "import", str(notice)),
            ("calendar", "import", str(notice), "--apply"),
            ("calendar", "recalculate"),
            ("calendar", "recalculate", "--apply", "--by", "sy-auth", "--signer", "王某" * 30),
            ("case", "explain", "X-9"),
            ("sweep", "--now", "2027-06-01T09:00:00+08:00"),
            ("sweep", "--apply", "--now", "2027-06-01T09:00:00+08:00"),
            ("today", "--now", "2027-06-01T09:00:00+08:00"),
        )
    ]

    # The county has no authority in the register, so the city's may not open a case there; the rest goes through.
    assert [answer.code for answer in shown] == [1, 1, *[0] * 10]
    assert [line for answer in shown for line in (answer.out + answer.error).splitlines() if cell_len(line) > 80] == []


def test_the_board_says_whose_move_it_is_with_the_most_urgent_first(played: str) -> None:
    shown = run("today", "--now", "2027-01-08T09:00:00+08:00", database=played).out

    assert shown.index("沈阳市公安局  sy-mps") < shown.index("沈阳市市场监督管理局  sy-samr")
    assert LONG_CASE[:10] in shown


def test_a_limit_stopped_by_a_report_stands_on_the_authoritys_list_as_its_move(shared_url: str) -> None:
    docket = Path(__file__).parents[2] / "examples" / "contested-escalation.jsonl"
    database = shared_url
    now = ("--now", "2026-05-08T12:00:00+08:00")
    run("docket", "play", str(docket), "--until", now[1], database=database)

    # The department reported on the evening of 7 May, the last day; whether it has corrected is the authority's to say.
    document = run("today", "--json", *now, database=database).document
    groups = {group["owes"]: group["items"] for group in document["groups"]}
    (item,) = [item for item in groups["sy-auth"] if item["case"] == "E-X-01"]
    assert (item["duty"], item["phase"]) == ("accept_correction", "stopped")
    assert "E-X-01" not in {item["case"] for item in groups["sy-nr"]}
    shown = run("today", *now, database=database).out
    assert re.search(r"E-X-01 +责令改正 +认可改正 +期限暂停，待其处理", shown)


def test_a_sheet_numbers_each_counted_day_and_names_the_notice_of_each_other(played: str) -> None:
    shown = run("case", "explain", "R-1", database=played).out

    # 国办发明电〔2025〕7号: off from 15 through 23 February 2026; Saturday 14 February is a working day.
    for mark in ("12 起", "13 [1]", "14 [2]班", "15 假", "23 假", "24 [3]", "25 [4]", "26 [5]◀"):
        assert mark in shown
    assert re.search(r"02-14 周六 +2  调休上班  国办发明电〔2025〕7号", shown)
    assert re.search(r"02-15 周日 – 02-23 周一 +春节放假  国办发明电〔2025〕7号", shown)
    assert "第十七条第二款" in shown


def test_a_provisional_date_says_so_wherever_it_is_shown(played: str) -> None:
    for words in (("case", "list"), ("case", "show", LONG_CASE), ("case", "explain", LONG_CASE), ("today",)):
        assert "暂定" in run(*words, database=played).out


def test_a_name_too_long_for_its_column_is_cut_and_pushes_nothing(played: str) -> None:
    shown = run("department", "list", database=played).out.splitlines()

    row = next(line for line in shown if line.startswith("klq-hrss"))
    assert "…" in row
    assert LONG_NAME not in row
    where = [cell_len(line[: line.index("21")]) for line in shown if re.search(r" 21\d{4} ", line)]
    assert len(set(where)) == 1


def test_history_of_a_late_reply_shows_both_times(played: str) -> None:
    shown = run("case", "history", "R-1", database=played).out

    assert "2026-02-27 00:00  “答复”届满未办" in shown
    assert "记录于 2026-02-27 09:00" in shown


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("no such terminal")


BLOCKS: list[Block] = [
    Heading("标题", "note"),
    Sentence([Words("逾期 ", "bad"), "一二三四五" * 20, Words(" ok", "good")], indent=2, hang=3),
    Facts((("名称", LONG_NAME), ("b", Words("x", "dim")))),
    Grid((Column("甲"), Column("乙", wraps=True)), [[Words("一", "accent"), LONG_NAME * 2], ["[1]", ":warning:"]]),
    Beside(["左" * 30], [Words("右" * 30, "warn")]),
]


def test_colour_changes_nothing_but_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = Screen()
    terminal.show(BLOCKS, coloured)

    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured.getvalue())
    assert "\x1b[" in coloured.getvalue()
    assert bare.rstrip("\n") == as_text(BLOCKS, 80)


def test_no_colour_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = Screen()
    terminal.show(BLOCKS, shown)

    assert "\x1b" not in shown.getvalue()


TEXTS = st.text(st.sampled_from("一二放假（）“”，。、…[]()abc XYZ019-–→✓é　"), max_size=120)


@given(TEXTS, st.integers(8, 80), st.integers(0, 4))
def test_wrapping_never_passes_the_width_and_loses_no_sign(text: str, width: int, hang: int) -> None:
    lines = ["".join(one.text for one in line) for line in wrap(text, width, hang)]

    assert all(cell_len(line) <= (width if number == 0 else width - hang) for number, line in enumerate(lines))
    assert "".join(lines).replace(" ", "") == "".join(text.split())


@given(TEXTS, st.integers(2, 80))
def test_cutting_never_passes_the_width_and_says_that_it_cut(text: str, width: int) -> None:
    line = "".join(one.text for one in cut(words_of(text), width))

    assert cell_len(line) <= width
    assert (width_of("".join(one.text for one in words_of(text))) > width) == (line.endswith("…") and line != text)


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5), st.integers(40, 100))
def test_every_row_of_a_table_begins_its_columns_in_the_same_cell(rows: list[list[str]], width: int) -> None:
    columns = (Column(least=3, gives=True), Column(wraps=True, least=3), Column(right=True, least=3))
    laid = lay_out([Grid(columns, [[f"|{cell}" for cell in row] for row in rows])], width)

    assert all(sum(width_of(one.text) for one in line) <= width for line in laid)


@given(st.characters(codec="gb2312", exclude_categories=["Cc"]))
def test_a_character_fills_the_cells_that_the_terminal_library_gives_it(sign: str) -> None:
    assert cells(sign) == cell_len(sign)


def test_what_would_drive_a_terminal_is_not_printed() -> None:
    assert "\x1b" not in as_text([Sentence("\x1b[2Jname\x07")])
    assert as_text([Sentence("a\nb\tc")]) == "a b c"


def test_a_resource_is_named_with_its_code(played: str) -> None:
    shown = run("case", "show", LONG_CASE, database=played).out

    assert f"{RESOURCE['name']} ({RESOURCE['code']})" in shown
