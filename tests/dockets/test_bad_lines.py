"""A bad line of a docket loses nothing of the answer about the good ones, and is not quoted whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playing import Played, lines_of, play_here

GOOD = lines_of("spring-festival-2026")
LATER = "2026-12-30T09:00:00+08:00"


def line(**said: Any) -> bytes:
    return json.dumps({"at": LATER, "do": "close", "case": "R-1", "by": "x", **said}).encode()


BAD = {
    "NUL in the case": line(case="R-\0"),
    "a case of 201 characters": line(case="x" * 201),
    "NUL in what it is about": line(payload={"about": "R-\0"}),
    "a moment that is of the year 9001 in Beijing": line(at="9000-12-31T23:59:59-12:00"),
    "the last moment of all": line(at="9999-12-31T23:59:59-01:00"),
    "the first moment of all": line(at="0001-01-01T00:00:00+14:00"),
}


@pytest.fixture(scope="module")
def good() -> Played:
    return play_here(GOOD, "sqlite://")


@pytest.mark.parametrize("what", BAD)
def test_a_bad_line_is_refused_by_its_line_and_the_rest_is_answered(what: str, good: Played, shared_url: str) -> None:
    played = play_here([*GOOD, BAD[what]], shared_url)

    assert played.exit_code == 1
    (refused,) = played.document["refused"]
    assert refused["line"] == len(GOOD) + 1
    assert Path(refused["file"]).name == "docket.jsonl"
    assert [one["case"] for one in played.document["cases"]] == [one["case"] for one in good.document["cases"]]
    assert played.document["events"] == good.document["events"]


@pytest.mark.parametrize(
    "bad",
    [
        line(do="x" * 1_000_000),
        line(at="x" * 1_000_000),
        line(**{"x" * 1_000_000: 1}),
        b'{"do": "' + b"x" * 1_000_000 + b'", "at": "2026-12-30T09:00:00+08:00"}',
        b"{" + b", ".join([b'"' + b"x" * 1_000_000 + b'": 1'] * 2) + b"}",
    ],
    ids=["do", "at", "field", "do that lacks", "field twice"],
)
def test_what_is_quoted_from_a_long_line_is_short(bad: bytes, shared_url: str) -> None:
    played = play_here([bad], shared_url)

    (refused,) = played.document["refused"]
    assert all(len(reason["text"]) < 400 for reason in refused["reasons"])


@pytest.mark.parametrize("said", [{"about": "R-1"}, {"payload": {"about": "R-1"}}], ids=["line", "payload"])
def test_a_case_that_a_line_is_about_is_in_the_answer(said: dict[str, Any], shared_url: str) -> None:
    known = play_here(GOOD, shared_url).document["cases"][0]["case"]
    about = {**said, "about": known} if "about" in said else {"payload": {"about": known}}
    opening = {"do": "open", "procedure": "no_such", "case": "Z-1", "by": "x", "at": LATER, **about}

    played = play_here([json.dumps(opening).encode()], shared_url)

    assert [one["case"] for one in played.document["cases"]] == [known]
