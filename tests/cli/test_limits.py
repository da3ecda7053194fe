"""A list or a board that does not show everything says so, and how to see the rest."""

from __future__ import annotations

from typing import Any

import pytest
from commanding import LONG_CASE, run
from rich.cells import cell_len

OPENED = ["R-1", "R-2", "V-1", "C-1", "R-2/D", "X-1", LONG_CASE, "X-9"]
"""The cases of the world, in order of opening; of the last two and R-1 something may still come."""


def listed(*words: str, database: str) -> tuple[list[str], Any, Any]:
    document = run("case", "list", *words, "--json", database=database).document
    return [case["case"] for case in document["cases"]], document["limit"], document["more"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), (OPENED, 1000, False)),
        (("--limit", "8"), (OPENED, 8, False)),
        (("--limit", "7"), (OPENED[1:], 7, True)),
        (("--limit", "1"), (["X-9"], 1, True)),
        (("--limit", "0"), (OPENED, None, False)),
        (("--procedure", "share_request", "--limit", "2"), (["R-2", LONG_CASE], 2, True)),
        (("--owes", "sy-samr", "--limit", "1"), (["X-9"], 1, False)),
        (("--phase", "running", "--limit", "1"), (["X-9"], 1, True)),
        (("--about", "R-2"), (["R-2/D"], 1000, False)),
    ],
)
def test_a_list_has_the_newest_cases_and_says_whether_there_are_more(
    words: tuple[str, ...], found: Any, played: str
) -> None:
    assert listed(*words, database=played) == found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("case", "list", "--limit", "2"), "只列出了最新的案件（--limit 2）"),
        (("case", "list", "--limit", "2", "--lang", "en"), "Only the newest are shown (--limit 2)"),
        (("today", "--limit", "1"), "只看了最先到期的未结案件（--limit 1）"),
        (("today", "--limit", "1"), "至少 1 项"),
        (("today", "--limit", "1", "--lang", "en"), "Only the open cases due first were looked at (--limit 1)"),
        (("today", "--limit", "1", "--lang", "en"), "at least 1"),
    ],
)
def test_a_screen_that_is_cut_says_so_within_its_width(words: tuple[str, ...], said: str, played: str) -> None:
    screen = run(*words, database=played).out

    assert said in screen
    assert max(cell_len(line) for line in screen.splitlines()) <= 80


@pytest.mark.parametrize("words", [("case", "list"), ("case", "list", "--limit", "8"), ("today", "--limit", "3")])
def test_a_screen_that_is_whole_does_not_speak_of_more(words: tuple[str, ...], played: str) -> None:
    assert "--limit" not in run(*words, database=played).out


def test_a_board_names_what_it_left_out(played: str) -> None:
    cut, whole = (run("today", "--limit", limit, "--json", database=played).document for limit in ("1", "0"))

    assert (cut["limit"], cut["more"], cut["left_out"]) == (1, True, ["groups"])
    assert [item["case"] for group in cut["groups"] for item in group["items"]] == [LONG_CASE]
    assert (whole["limit"], whole["more"], whole["left_out"]) == (None, False, [])


@pytest.mark.parametrize("command", [("case", "list"), ("today",)])
@pytest.mark.parametrize("limit", ["-1", "many"])
def test_a_limit_that_is_none_is_wrong_usage(command: tuple[str, ...], limit: str, played: str) -> None:
    assert run(*command, "--limit", limit, database=played).code == 2
