"""The shipped dockets against their outcomes, which were worked by hand from the decree and the notices."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from playing import EXAMPLES, NAMES, Played, command, expected, play, standing

import gongxiang

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
EXPECTED = {name: expected(name) for name in NAMES}
CASES = [(name, case["case"]) for name in NAMES for case in EXPECTED[name]["case"]]
PROOFS = [
    (name, case["case"])
    for name in NAMES
    for case in EXPECTED[name]["case"]
    if "notice" in str(case.get("deadline", ""))
]


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Played]]:
    """Each docket played once, on a database of its own."""
    folder = tmp_path_factory.mktemp("dockets")
    return {name: (folder / f"{name}.db", play(EXAMPLES / f"{name}.jsonl", folder / f"{name}.db")) for name in NAMES}


def moment(text: str | None) -> datetime.datetime | None:
    """Return the instant written, in Beijing time."""
    return datetime.datetime.fromisoformat(text).astimezone(BEIJING) if text else None


def case_of(played: Played, name: str) -> dict[str, Any]:
    """Return one case of the document."""
    found: dict[str, Any] = next(case for case in played.document["cases"] if case["case"] == name)
    return found


def names_of(links: list[dict[str, str]]) -> set[str]:
    """Return the names of the cases linked."""
    return {link["case"] for link in links}


def counted_in(sheet: Any) -> list[datetime.date]:
    """Return the days that a computation sheet counts, in order."""
    return [datetime.date.fromisoformat(day["date"]) for day in sheet["days"] if day["counted"]]


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_shipped_docket_is_legal(name: str, databases: dict[str, tuple[Path, Played]]) -> None:
    _, played = databases[name]

    assert (played.exit_code, played.error) == (0, None), played.noise
    assert played.document["refused"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_docket_makes_the_cases_lapses_and_events_that_the_law_makes_of_it(
    name: str, databases: dict[str, tuple[Path, Played]]
) -> None:
    _, played = databases[name]
    document, totals = played.document, EXPECTED[name]["totals"]

    assert [case["case"] for case in document["cases"]] == [case["case"] for case in EXPECTED[name]["case"]]
    assert document["lapses"] == totals["lapses"]
    assert document["events"] == totals["events"]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_case_of_a_docket_stands_where_the_law_puts_it(
    name: str, case: str, databases: dict[str, tuple[Path, Played]]
) -> None:
    want = next(entry for entry in EXPECTED[name]["case"] if entry["case"] == case)
    got = case_of(databases[name][1], case)

    assert (got["procedure"], got["state"], got["version"]) == (want["procedure"], want["state"], want["events"])
    assert {role: got["parties"][role] for role in want["parties"]} == want["parties"]
    assert sorted(got["flags"]) == want["flags"]
    assert set(want["links"]) <= names_of(got["links"])


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_deadline_of_a_docket_falls_where_the_notices_put_it(
    name: str, case: str, databases: dict[str, tuple[Path, Played]]
) -> None:
    want = next(entry for entry in EXPECTED[name]["case"] if entry["case"] == case).get("deadline", [])
    got = case_of(databases[name][1], case)["deadlines"]

    assert [deadline["limit"] for deadline in got] == [deadline["limit"] for deadline in want]
    for ours, worked in zip(got, want, strict=True):
        started = moment(ours["started_at"])
        assert ours["article"] == worked["article"]
        assert started is not None
        assert worked["started_at"] in (started, started.date())
        assert ours["working_days"] == worked.get("working_days")
        assert (ours["due"], ours["original_due"]) == (worked["due"].isoformat(), worked["original_due"].isoformat())
        assert ours["phase"] == worked["phase"]
        assert (moment(ours["met_at"]), moment(ours["lapsed_at"])) == (worked.get("met_at"), worked.get("lapsed_at"))
        assert ours["provisional"] is False


@pytest.mark.parametrize(("name", "case"), PROOFS)
def test_a_sheet_counts_the_days_that_were_counted_by_hand_and_names_the_notice(
    name: str, case: str, databases: dict[str, tuple[Path, Played]]
) -> None:
    (worked,) = next(entry for entry in EXPECTED[name]["case"] if entry["case"] == case)["deadline"]
    engine = gongxiang.open_engine(f"sqlite:///{databases[name][0]}")

    (proof,) = (told.as_record() for told in engine.explain(case, now=EXPECTED[name]["ends_at"]))

    assert "counted" not in worked or counted_in(proof["sheet"]) == worked["counted"]
    assert worked["notice"] in {day["source"] for day in proof["sheet"]["days"]}
    assert proof["sheet"].get("signer") == worked.get("moved_by")
    if "counted_first" in worked:
        assert counted_in(proof["earlier"][-1]) == worked["counted_first"]


@pytest.mark.parametrize("name", NAMES)
def test_a_docket_played_again_changes_nothing(name: str, databases: dict[str, tuple[Path, Played]]) -> None:
    database, first = databases[name]
    before = standing(database)

    second = play(EXAMPLES / f"{name}.jsonl", database)

    assert (second.exit_code, second.document["cases"]) == (0, first.document["cases"])
    assert (second.document["events"], second.document["lapses"]) == (0, 0)
    assert standing(database) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_ledger_of_a_docket_verifies(name: str, databases: dict[str, tuple[Path, Played]]) -> None:
    verified = command(databases[name][0], "audit", "verify")

    assert (verified.exit_code, verified.document["findings"]) == (0, [])
    assert verified.document["ok"] is True
    assert verified.document["cases"] == EXPECTED[name]["totals"]["cases"]
