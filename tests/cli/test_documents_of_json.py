"""With --json each command prints one document with the keys of the published interface."""

from __future__ import annotations

from pathlib import Path

import pytest
from commanding import LONG_CASE, NOW, run

CASE = {"case", "procedure", "state", "version", "parties", "opened_at", "rules", "deadlines", "flags", "links"}
DEADLINE = {
    "limit",
    "article",
    "started_at",
    "working_days",
    "due",
    "original_due",
    "phase",
    "met_at",
    "lapsed_at",
    "provisional",
    "edition",
}
DUE = {
    "received",
    "working_days",
    "due",
    "ends_before",
    "provisional",
    "earliest",
    "latest",
    "edition",
    "known_on",
    "days",
}


def test_a_due_date_has_the_published_keys() -> None:
    answer = run("calendar", "due", "2026-02-12T09:00:00+08:00", "5", "--known-on", "2026-02-01", "--json")

    assert answer.code == 0
    document = answer.document
    assert set(document) >= DUE
    assert document["received"] == "2026-02-12T09:00:00+08:00"
    assert document["working_days"] == 5
    # 国办发明电〔2025〕7号: 13 and Saturday 14 February work, 15 to 23 are off, so the fifth day is the 26th.
    assert document["due"] == document["earliest"] == document["latest"] == "2026-02-26"
    assert document["ends_before"] == "2026-02-27T00:00:00+08:00"
    assert document["provisional"] is False
    assert document["known_on"] == "2026-02-01"
    assert all(set(day) >= {"date", "counted", "number", "why", "source"} for day in document["days"])
    assert [day["date"] for day in document["days"] if day["counted"]] == [
        "2026-02-13",
        "2026-02-14",
        "2026-02-24",
        "2026-02-25",
        "2026-02-26",
    ]


def test_a_case_has_the_published_keys(played: str) -> None:
    document = run("case", "show", LONG_CASE, "--json", database=played).document

    assert set(document) >= CASE
    assert document["procedure"] == "share_request"
    assert document["state"] == "awaiting_reply"
    assert document["parties"] == {"requester": "klq-hrss", "provider": "sy-mps"}
    (deadline,) = document["deadlines"]
    assert set(deadline) >= DEADLINE
    assert deadline["article"] == "decree-330/17.2"
    # 28, 29, 30, 31 December; 1 January is a statutory holiday; Monday 4 January is the fifth, by the law alone.
    assert deadline["due"] == deadline["original_due"] == "2027-01-04"
    assert deadline["provisional"] is True
    assert deadline["phase"] == "running"


def test_a_played_docket_has_the_published_keys(world: str, tmp_path: Path) -> None:
    docket = tmp_path / "one.jsonl"
    docket.write_text('{"at": "2026-12-30T09:00:00+08:00", "do": "urge", "case": "nobody", "by": "sy-auth"}\n', "utf-8")

    answer = run("docket", "play", str(docket), "--json", database=world)

    assert answer.code == 1
    assert set(answer.document) >= {"cases", "refused", "events", "lapses"}
    (refused,) = answer.document["refused"]
    assert refused["line"] == 1
    assert refused["code"] == "unknown_case"
    assert refused["reasons"]
    assert set(refused["reasons"][0]) >= {"code", "text", "article"}


def test_today_has_the_published_keys(played: str) -> None:
    document = run("today", "--now", "2026-02-27T09:30:00+08:00", "--json", database=played).document

    assert document["now"] == "2026-02-27T09:30:00+08:00"
    assert set(document) >= {"now", "groups", "proposals"}
    for group in document["groups"]:
        assert set(group) >= {"owes", "items"}
        for item in group["items"]:
            assert set(item) >= {"case", "procedure", "duty", "due", "phase", "days_left"}


def test_verification_has_the_published_keys(played: str) -> None:
    document = run("audit", "verify", "--json", "--now", "2026-12-25T12:00:00+08:00", database=played).document

    assert set(document) >= {"ok", "cases", "events", "findings", "head"}
    assert document["ok"] is True
    assert document["cases"] == 8


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("case", "list"), {"cases"}),
        (("case", "history", "X-1"), {"case", "events"}),
        (("case", "options", "X-9", "--by", "sy-auth"), {"case", "by", "options"}),
        (("case", "explain", "R-1"), {"case", "deadlines"}),
        (("sweep",), {"now", "lapses", "held", "applied"}),
        (("calendar", "show", "2026"), {"year", "edition", "months"}),
        (("calendar", "status"), {"edition", "horizon", "notices", "missing_year"}),
        (("calendar", "diff", "2020-01-20", "2020-01-28"), {"before", "after", "changes"}),
        (("calendar", "recalculate"), {"applied", "plan"}),
        (("rules", "list"), {"instruments", "rule_books"}),
        (("rules", "show", "decree-330", "17"), {"id", "articles"}),
        (("rules", "show", "liaoning-2025", "order-809/21"), {"id", "articles", "version"}),
        (("rules", "show", "liaoning-2025"), {"id", "version", "instruments", "numbers", "conflicts"}),
        (("rules", "on"), {"date", "region", "id", "version", "instruments", "numbers", "conflicts"}),
        (("rules", "diff", "liaoning-2020", "liaoning-2025"), {"a", "b", "same", "numbers", "procedures", "conflicts"}),
        (("rules", "check"), {"ok", "findings", "gaps", "readings", "conflicts"}),
        (("procedure", "list"), {"procedures", "rules"}),
        (("procedure", "show", "dispute"), {"procedure", "states", "limits", "steps"}),
        (("procedure", "show", "dispute", "--format", "svg"), {"procedure", "format", "text"}),
        (("department", "list"), {"departments"}),
        (("audit", "rebuild"), {"differing", "applied"}),
        (("demo",), {"boards", "sheet", "ladder", "verification"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_command_that_prints_data_prints_one_document(
    words: tuple[str, ...], keys: set[str], played: str
) -> None:
    answer = run(*words, "--json", database=played)

    assert set(answer.document) >= keys
    assert answer.error == ""


def test_the_demonstration_shows_three_boards_one_sheet_the_ladder_and_the_verified_ledger() -> None:
    document = run("demo", "--json").document

    assert [board["now"][:10] for board in document["boards"]] == ["2026-02-14", "2026-02-27", "2026-03-10"]
    items = {item["case"]: item for group in document["boards"][0]["groups"] for item in group["items"]}
    assert (items["R-1"]["due"], items["R-1"]["outer"]) == ("2026-02-26", "2026-03-04")
    assert document["boards"][1]["proposals"][0]["ground"] == "26.7"
    assert document["sheet"]["sheet"]["due"] == "2026-02-26"
    steps = [rung.get("name", "refused") for rung in document["ladder"]]
    assert steps == ["find", "order", "refused", "lapse", "record_refusal", "refer", "record_outcome"]
    refused = document["ladder"][2]["refused"]["reasons"]
    assert [(reason["code"], reason["article"]) for reason in refused] == [("not_grave", "order-809/39")]
    assert document["verification"]["ok"] is True


def test_options_say_what_a_step_would_set_and_why_another_is_refused(played: str) -> None:
    document = run("case", "options", "X-9", "--by", "sy-auth", "--json", database=played).document

    by_step = {one["step"]: one for one in document["options"]}
    assert by_step["revoke"]["allowed"] is True
    assert by_step["circulate"]["allowed"] is False
    assert "limit_not_passed" in [reason["code"] for reason in by_step["circulate"]["reasons"]]


def test_a_sweep_writes_only_when_it_is_applied(world: str, notice: Path) -> None:
    late = ("--now", "2027-03-30T09:00:00+08:00", "--json")
    signed = ("--apply", "--by", "sy-auth", "--signer", "王某")
    assert run("calendar", "import", str(notice), *signed, database=world).code == 0

    first = run("sweep", *late, database=world).document
    again = run("sweep", *late, database=world).document
    applied = run("sweep", "--apply", *late, database=world).document
    after = run("sweep", "--apply", *late, database=world).document

    assert first["applied"] is False
    assert first["lapses"] == again["lapses"] == applied["lapses"] != []
    assert after["lapses"] == []


def test_a_notice_moves_nothing_until_a_named_person_applies_the_plan(world: str, notice: Path) -> None:
    def due() -> str:
        return str(run("case", "show", "X-9", "--json", database=world).document["deadlines"][0]["due"])

    before = due()
    dry = run("calendar", "import", str(notice), "--json", database=world).document
    assert (dry["applied"], due()) == (False, before)
    moves = {move["case"]: move for move in dry["plan"]}
    assert moves[LONG_CASE]["kind"] == "confirmed"

    imported = run("calendar", "import", str(notice), "--apply", "--json", database=world).document
    assert (imported["applied"], due()) == (True, before)

    done = run(
        "calendar", "recalculate", "--apply", "--by", "sy-auth", "--signer", "王某", "--json", database=world
    ).document
    assert {move["case"] for move in done["moved"]} == set(moves)
    assert due() == moves["X-9"]["new"]
    explained = run("case", "explain", "X-9", "--json", database=world).document["deadlines"][0]
    assert explained["sheet"]["signer"] == "王某"
    assert [sheet["due"] for sheet in explained["earlier"]] == [before]
    assert "签发人 王某" in run("case", "explain", "X-9", database=world).out


def test_a_notice_stays_out_when_the_plan_it_brings_is_refused(world: str, notice: Path) -> None:
    words = ("calendar", "import", str(notice), "--apply", "--by", "sy-atuh", "--signer", "王某", "--json")
    refused = run(*words, database=world)

    assert (refused.code, refused.complaint["code"]) == (1, "unknown_department")
    assert "sy-auth" in refused.complaint["message"]
    assert "2027" not in run("calendar", "status", "--json", database=world).document["notices"]

    done = run(*words[:5], "sy-auth", *words[6:], database=world).document
    assert {"X-9"} <= {move["case"] for move in done["recalculated"]["moved"]}
    assert done["recalculated"]["receipt"]["by"] == "sy-auth"


def test_an_act_with_its_key_is_done_once(world: str) -> None:
    words = ("case", "fire", LONG_CASE, "grant", "--by", "sy-mps", "--at", NOW, "--field", "terms=接口", "--key", "k1")

    first = run(*words, "--json", database=world).document
    again = run(*words, "--json", database=world).document

    assert first["replayed"] is False
    assert again["replayed"] is True
    assert {**first, "replayed": True} == again
    assert first["to_state"] == "granted"


def test_a_case_is_opened_corrected_and_read_back(world: str) -> None:
    opened = run(
        *("case", "open", "rectification", "X-10", "--by", "sy-auth", "--against", "sy-mps", "--at", NOW),
        *("--field", "ground=26.2", "--field", "facts=两个月没有提供", "--json"),
        database=world,
    )
    ordered = run(
        *("case", "fire", "X-10", "order", "--by", "sy-auth", "--at", NOW, "--expected-version", "1"),
        *("--payload", '{"ground": "26.2", "facts": "没有提供"}', "--field", "working_days=10", "--json"),
        database=world,
    )
    corrected = run(
        *("case", "correct", "X-10", "1", "--by", "sy-auth", "--at", NOW, "--reasons", "笔误"),
        *("--field", "facts=三个月没有提供", "--json"),
        database=world,
    )

    assert [opened.code, ordered.code, corrected.code] == [0, 0, 0]
    assert ordered.document["deadlines"]["correction"]["working_days"] == 10
    events = run("case", "history", "X-10", "--json", database=world).document["events"]
    assert events[0]["payload"]["facts"] == "两个月没有提供"
    assert events[2]["payload"]["corrected"] == {"facts": "三个月没有提供"}
