"""The shipped dockets, each under each of its laws, against outcomes worked by hand from the law and the notices."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from keeper import Keeper
from playing import EXAMPLES, PLAYS, Played, command_here, expected, lines_of, play, play_here
from raw import standing

import gongxiang
from gongxiang import Engine

OBJECTED = "record_objection"
"""The other step that opens a verification."""
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
EXPECTED = {name: expected(one.outcome) for name, one in PLAYS.items()}
CASES = [(name, case["case"]) for name in PLAYS for case in EXPECTED[name]["case"]]
PROOFS = [
    (name, case["case"], deadline["limit"])
    for name in PLAYS
    for case in EXPECTED[name]["case"]
    for deadline in case.get("deadline", [])
    if "notice" in deadline
]
MOMENTS = [(name, at) for name in PLAYS for at in dict.fromkeys(owed["at"] for owed in EXPECTED[name].get("owed", []))]


Plays = Callable[[str], tuple[str, Played]]


@pytest.fixture(scope="module")
def databases(backend: str, keeper: Keeper) -> Plays:
    """Each play once on each kind of database, by its name: where it was played and what it came to."""

    @cache
    def played(name: str) -> tuple[str, Played]:
        url, one = keeper.new(backend), PLAYS[name]
        return url, play(EXAMPLES / f"{one.docket}.jsonl", url, *one.options)

    return played


@pytest.fixture(scope="module")
def engines(databases: Plays) -> Iterator[Callable[[str], Engine]]:
    """An engine on the database of a play."""
    opened: dict[str, Engine] = {}

    def engine(name: str) -> Engine:
        return opened.setdefault(name, gongxiang.open_engine(databases(name)[0]))

    yield engine
    for one in opened.values():
        one.close()


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


def wanted(name: str, case: str) -> dict[str, Any]:
    """Return what a case must come to."""
    found: dict[str, Any] = next(entry for entry in EXPECTED[name]["case"] if entry["case"] == case)
    return found


def is_refused_for(refused: dict[str, Any], code: str, reason: str) -> bool:
    """Tell whether a line was refused with this code and, among others, for this reason."""
    return refused["code"] == code and reason in {one["code"] for one in refused["reasons"]}


@pytest.mark.parametrize("name", PLAYS)
def test_every_line_of_a_docket_is_legal_under_the_law_of_its_day(name: str, databases: Plays) -> None:
    _, played = databases(name)
    refused = EXPECTED[name].get("refused", [])

    assert (played.exit_code, played.error) == (1 if refused else 0, None), played.noise
    assert len(played.document["refused"]) == sum(one["lines"] for one in refused)
    for one in refused:
        found = [line for line in played.document["refused"] if is_refused_for(line, one["code"], one["reason"])]
        assert len(found) == one["lines"], one


@pytest.mark.parametrize("name", PLAYS)
def test_a_docket_makes_the_cases_lapses_and_events_that_the_law_makes_of_it(name: str, databases: Plays) -> None:
    _, played = databases(name)
    document, totals = played.document, EXPECTED[name]["totals"]

    assert [case["case"] for case in document["cases"]] == [case["case"] for case in EXPECTED[name]["case"]]
    assert document["lapses"] == totals["lapses"]
    assert document["events"] == totals["events"]


@pytest.mark.parametrize("name", PLAYS)
def test_the_totals_of_an_outcome_are_those_of_its_cases_and_of_its_docket(name: str) -> None:
    outcome, done = EXPECTED[name], Counter(line["do"] for line in map(json.loads, lines_of(PLAYS[name].docket)))

    assert outcome["totals"] == {
        "lines": done.total(),
        "acts": done.total() - sum(done[one] for one in ("register", "sweep", "recalculate")),
        "cases": len(outcome["case"]),
        "lapses": outcome["totals"]["lapses"],
        "events": sum(case["events"] for case in outcome["case"]),
    }


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_case_of_a_docket_stands_where_the_law_puts_it(name: str, case: str, databases: Plays) -> None:
    want, got = wanted(name, case), case_of(databases(name)[1], case)

    assert (got["procedure"], got["state"], got["version"]) == (want["procedure"], want["state"], want["events"])
    assert {role: got["parties"][role] for role in want["parties"]} == want["parties"]
    assert sorted(got["flags"]) == want["flags"]
    assert set(want["links"]) <= names_of(got["links"])
    assert got["retained"] == {kept: until.isoformat() for kept, until in want.get("retained", {}).items()}


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_case_is_governed_by_the_law_of_its_place_and_day_or_by_the_rules_named(
    name: str, case: str, databases: Plays
) -> None:
    governing = wanted(name, case).get("rules") or PLAYS[name].rules or "liaoning-2020-01-01"

    assert case_of(databases(name)[1], case)["rules"].partition("@")[0] == governing


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_deadline_of_a_docket_falls_where_the_notices_put_it(name: str, case: str, databases: Plays) -> None:
    want = {deadline["limit"]: deadline for deadline in wanted(name, case).get("deadline", [])}
    got = {deadline["limit"]: deadline for deadline in case_of(databases(name)[1], case)["deadlines"]}

    assert set(got) == set(want)
    for limit, ours in got.items():
        worked = want[limit]
        started = moment(ours["started_at"])
        assert started is not None
        assert worked["started_at"] in (started, started.date())
        assert ours["working_days"] == worked.get("working_days")
        assert (ours["due"], ours["original_due"]) == (worked["due"].isoformat(), worked["original_due"].isoformat())
        assert ours["phase"] == worked["phase"]
        assert (moment(ours["met_at"]), moment(ours["lapsed_at"])) == (worked.get("met_at"), worked.get("lapsed_at"))
        assert ours["provisional"] is False


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_deadline_rests_on_the_article_that_sets_it(name: str, case: str, databases: Plays) -> None:
    got = case_of(databases(name)[1], case)["deadlines"]

    assert {deadline["limit"]: deadline["article"] for deadline in got} == {
        deadline["limit"]: deadline["article"] for deadline in wanted(name, case).get("deadline", [])
    }


@pytest.mark.parametrize(("name", "case", "limit"), PROOFS)
def test_a_sheet_counts_the_days_that_were_counted_by_hand_and_names_the_notice(
    name: str, case: str, limit: str, engines: Callable[[str], Engine]
) -> None:
    worked = next(one for one in wanted(name, case)["deadline"] if one["limit"] == limit)

    told = (one.as_record() for one in engines(name).explain(case, now=EXPECTED[name]["ends_at"]))
    proof = next(one for one in told if one["limit"] == limit)

    assert "counted" not in worked or counted_in(proof["sheet"]) == worked["counted"]
    assert worked["notice"] in {day["source"] for day in proof["sheet"]["days"]}
    assert proof["sheet"].get("signer") == worked.get("moved_by")
    if "counted_first" in worked:
        assert counted_in(proof["earlier"][-1]) == worked["counted_first"]


@pytest.mark.parametrize(("name", "at"), MOMENTS, ids=str)
def test_who_owes_what_stands_on_their_list(name: str, at: datetime.datetime, shared_url: str) -> None:
    play_here(lines_of(PLAYS[name].docket), shared_url, *PLAYS[name].options, "--until", at.isoformat())

    groups = command_here(shared_url, "today", "--now", at.isoformat()).document["groups"]

    items = {(group["owes"], item["case"], item["duty"]): item for group in groups for item in group["items"]}
    for owed in (one for one in EXPECTED[name]["owed"] if one["at"] == at):
        item = items[owed["by"], owed["case"], owed["duty"]]
        assert item["phase"] == owed.get("phase")
        for day in ("due", "outer"):
            assert item[day] == (owed[day].isoformat() if day in owed else None)


@pytest.mark.parametrize("name", PLAYS)
def test_a_docket_played_again_changes_nothing(name: str, databases: Plays) -> None:
    database, first = databases(name)
    before = standing(database)

    second = play_here(lines_of(PLAYS[name].docket), database, *PLAYS[name].options)

    assert (second.exit_code, second.document["cases"]) == (first.exit_code, first.document["cases"])
    assert (second.document["events"], second.document["lapses"]) == (0, 0)
    assert standing(database) == before


@pytest.mark.parametrize("name", PLAYS)
def test_the_ledger_of_a_docket_verifies(name: str, databases: Plays) -> None:
    verified = command_here(databases(name)[0], "audit", "verify")

    assert (verified.exit_code, verified.document["findings"]) == (0, [])
    assert verified.document["ok"] is True
    assert verified.document["cases"] == EXPECTED[name]["totals"]["cases"]


@pytest.mark.parametrize("name", [name for name in PLAYS if not name.startswith("contested")])
def test_a_verification_opened_without_a_step_is_filed(name: str, shared_url: str) -> None:
    lines = [json.loads(line) for line in lines_of(PLAYS[name].docket)]
    filed = next(line for line in lines if line.get("procedure") == "verification" and line.get("step") != OBJECTED)
    filed.pop("step", None)
    before = [line for line in lines if line["do"] == "register" and line["at"] < filed["at"]]

    played = play_here([json.dumps(line).encode() for line in (*before, filed)], shared_url, *PLAYS[name].options)

    assert played.document["refused"] == []
    assert [case["state"] for case in played.document["cases"]] == ["verifying"]
