"""`scheduler …` as a person types it: usage, screens, documents, what is wanting, what a person decides."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import raw
from commanding import NOW, Answer, run
from rich.cells import cell_len

QUIET = ("--remind", "none", "--seal", "none", "--warn", "none")
# In the world, the notice that moves its last deadlines is not imported: they are held back from 30 December on.
AFTER = "2027-01-04T09:00:00+08:00"

WRONG = [
    (("run", "--every", "0"), "bad_interval"),
    (("run", "--every", "90000"), "bad_interval"),
    (("run", "--every", "often"), "bad_number"),
    (("run", "--remind", "8:30"), "bad_hour"),
    (("run", "--remind", "08:30,"), "bad_hour"),
    (("run", "--remind", "24:00"), "bad_hour"),
    (("run", "--seal", "02:60"), "bad_hour"),
    (("run", "--seal", "02:00,03:00"), "bad_hour"),
    (("run", "--warn", "never"), "bad_hour"),
    (("run", "--health", "localhost"), "bad_address"),
    (("run", "--health", "127.0.0.1:70000"), "bad_address"),
    (("run", "--once", "--health", "8080"), "once_and_health"),
    (("run", "--once", "--hook", "no-such-program"), "no_such_program"),
    (("run", "--once", "--hook", ""), "no_such_program"),
    (("run", "--once", "--name", " "), "no_name"),
    (("retry", "R-1", "--by", "sy-auth"), "usage"),
    (("set-aside", "--by", "sy-auth", "--reasons", "x"), "usage"),
    (("stats",), "unknown_command"),
]


def lines(answer: Answer) -> list[dict[str, Any]]:
    """What a worker logged."""
    return [json.loads(line) for line in answer.error.splitlines()]


def spoil(url: str) -> None:
    raw.tell(url, "UPDATE gongxiang_case SET snapshot = '{}' WHERE case_id = 'R-1'")
    raw.tell(url, "UPDATE gongxiang_deadline SET alarm = lapsed_at WHERE case_id = 'R-1'")


def given_up(url: str) -> list[Answer]:
    """Sweep a spoiled case until it is an incident, an hour apart."""
    spoil(url)
    hours = [f"2026-12-29T{hour:02}:00:00+08:00" for hour in range(9, 14)]
    return [run("scheduler", "run", "--once", *QUIET, "--now", hour, database=url) for hour in hours]


@pytest.mark.parametrize(("words", "code"), WRONG)
def test_what_is_typed_wrongly_is_told_with_its_mend(words: tuple[str, ...], code: str, played: str) -> None:
    answer = run("scheduler", *words, "--json", database=played)

    assert answer.code == 2
    (reason,) = answer.complaint["reasons"]
    assert reason["code"] == code
    assert reason["text"]
    assert reason["mend"]


def test_a_log_that_cannot_be_written_is_refused_before_anything_is_done(played: str, tmp_path: Path) -> None:
    answer = run("scheduler", "run", "--once", *QUIET, "--log", str(tmp_path / "no" / "log"), "--json", database=played)

    assert (answer.code, answer.complaint["code"]) == (1, "system")


def test_a_worker_makes_no_database(tmp_path: Path) -> None:
    answer = run("scheduler", "run", "--once", "--json", database=tmp_path / "none.db")

    assert (answer.code, answer.complaint["reasons"][0]["code"]) == (1, "no_such_database")
    assert list(tmp_path.iterdir()) == []


def test_one_run_does_all_that_is_due_and_says_so(world: str, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"

    first = run("scheduler", "run", "--once", "--log", str(log), "--name", "cron", "--json", database=world)
    again = run("scheduler", "run", "--once", "--log", str(log), "--name", "cron", "--json", database=world)

    assert (first.code, again.code, first.error) == (0, 0, "")
    assert (first.document["ok"], first.document["worker"]) == (True, "cron")
    told = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert {"moment", "worker", "level", "event"} <= set.intersection(*map(set, told))
    assert {line["moment"] for line in told} == {NOW}
    events = [line["event"] for line in told]
    # A Tuesday in December: reminders are due, the ledger is to be sealed, and the notice for 2027 is missing.
    assert [events.count(event) for event in ("sealed", "reminded", "notice_missing", "sweep")] == [1, 1, 1, 2]
    assert events[-3:] == ["started", "sweep", "stopped"]


def test_status_has_its_keys_and_ends_with_one_where_something_is_wanting(world: str) -> None:
    fine = run("scheduler", "status", "--json", database=world)
    run("scheduler", "run", "--once", *QUIET, database=world)
    spoil(world)
    wanting = run("scheduler", "status", "--json", "--now", "2026-12-29T09:06:00+08:00", database=world)

    assert fine.code == 0
    document = fine.document
    assert set(document) >= {"now", "ok", "wanting", "workers", "overdue", "incidents", "unsealed", "calendar"}
    assert list(document["overdue"]["lateness"]) == [
        "under_a_minute",
        "under_an_hour",
        "under_a_day",
        "under_a_week",
        "more",
    ]
    assert document["workers"] == []
    assert document["calendar"]["missing_year"] == 2027
    assert wanting.code == 1
    assert [one["code"] for one in wanting.document["wanting"]] == ["no_worker", "behind"]
    assert [one["standing"] for one in wanting.document["workers"]] == ["stopped"]


def test_a_case_that_could_not_be_swept_is_listed_tried_again_and_set_aside_by_an_authority(world: str) -> None:
    tries = given_up(world)
    listed = run("scheduler", "incidents", "--json", database=world).document["incidents"]
    decided = ("R-1", "--reasons", "由备份恢复", "--json")
    refused = run("scheduler", "retry", *decided, "--by", "sy-mps", database=world)
    retried = run("scheduler", "retry", *decided, "--by", "sy-auth", database=world)
    after = run("scheduler", "incidents", "--json", database=world).document["incidents"]
    aside = run("scheduler", "set-aside", *decided, "--by", "sy-auth", database=world)
    last = run("scheduler", "incidents", "--json", database=world).document["incidents"]
    nothing = run("scheduler", "set-aside", "X-9", *decided[1:], "--by", "sy-auth", database=world)

    assert [answer.code for answer in tries] == [1] * 5, "a sweep that could not read a case is found wanting"
    assert [line["incidents"] for answer in tries for line in lines(answer) if line["event"] == "sweep"] == [0] * 4 + [
        1
    ]
    assert [(one["case"], one["state"], one["tries"]) for one in listed] == [("R-1", "incident", 5)]
    assert listed[0]["error"]
    assert (refused.code, refused.complaint["reasons"][0]["code"]) == (1, "wrong_party")
    assert (retried.code, [one["state"] for one in after]) == (0, ["failing"])
    assert (aside.code, [one["state"] for one in last]) == (0, ["aside"])
    assert retried.document["by"] == "sy-auth"
    assert (nothing.code, nothing.complaint["reasons"][0]["code"]) == (1, "no_incident")


SCREENS = [
    ("status",),
    ("status", "--now", "2026-12-29T13:30:00+08:00"),
    ("status", "--now", AFTER),
    ("incidents",),
    ("retry", "R-1", "--by", "sy-auth", "--reasons", "由备份恢复"),
    ("set-aside", "R-1", "--by", "sy-auth", "--reasons", "由备份恢复"),
    ("--help",),
    ("run", "--help"),
    ("status", "--help"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_screen_fits_eighty_cells_and_keeps_its_language(world: str, language: str) -> None:
    given_up(world)

    for words in SCREENS:
        answer = run("scheduler", *words, "--lang", language, database=world)

        assert answer.out.strip(), words
        assert max(cell_len(line) for line in answer.out.splitlines()) <= 80, words
        if language == "en":
            known = answer.out.replace("沈阳市数据局", "")
            assert not re.search(r"[一-鿿]", known), words


def test_status_says_in_chinese_and_english_what_to_do(world: str) -> None:
    given_up(world)
    late = ("scheduler", "status", "--now", "2026-12-29T13:30:00+08:00")

    chinese, english = (run(*late, "--lang", language, database=world).out for language in ("zh", "en"))

    assert "scheduler incidents" in chinese
    assert "已放弃" in chinese
    assert "given up" in english
    assert "the notice for 2027 is missing" in english
    assert "缺少 2027 年的放假通知" in chinese


def test_an_address_that_another_has_is_refused_by_its_name(played: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        answer = run("scheduler", "run", *QUIET, "--health", f"127.0.0.1:{port}", "--json", database=played)

    (reason,) = answer.complaint["reasons"]
    assert (answer.code, reason["code"]) == (1, "address_not_had")
    assert f"127.0.0.1:{port}" in reason["text"]
