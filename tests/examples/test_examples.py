"""Each of the jurists' examples (see worked.py), played through the docket reader on a database of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
import worked

import gongxiang
from gongxiang import rules
from gongxiang.workflow import docket
from gongxiang.workflow.docket import Played
from gongxiang.workflow.engine import Engine

EXAMPLES = worked.examples()
DECREE = [example for example in EXAMPLES if example.folder == "decree_330"]
LATER_LAW = ("order_809", "liaoning_2022", "shenyang_2020", "boundaries", "conflicts")
LATER = [example for example in EXAMPLES if example.folder in LATER_LAW]

# Every article of the decree that lays a duty on somebody whom a case can name, or bars an act.
CREATES_A_DUTY = {
    *("2", "3.2", "5.1", "5.2", "5.3", "6", "7", "9.1", "9.2", "10", "12.1", "12.2", "14.4", "15.1", "16"),
    *("17.1", "17.2", "17.3", "18.1", "18.2", "18.3", "19.2", "22", "23", "24.1", "24.2", "26", "27", "28"),
}
# Every article of Order 809 that lays a duty on somebody whom a case can name, sets a limit or bars an act. Left out:
# purpose, principles and organisation (1, 4 to 11, 18, 20.1, 22.2, 23, 24.2, 26.1, 28.1, 30, 32, 33, 34.1, 36.2, 37.1,
# 38.1, 43), which open no case and have no item of their own in Articles 39 to 41; 13.2, 17.1 and 25.2, which other
# paragraphs carry out; and 42, which sanctions without a step.
BINDS = {
    *("2", "3.1", "3.2", "12.2", "13.1", "14", "15.1", "15.2", "16.1", "16.2", "17.2", "17.3", "19.1", "19.2", "20.2"),
    *("20.3", "21.1", "21.2", "22.1", "24.1", "25.1", "26.2", "27.1", "27.2", "27.3", "28.2", "29.1", "29.2", "31"),
    *("34.2", "35.1", "35.2", "35.3", "36.1", "37.2", "38.2", "39", "40", "41", "44"),
}
# The days on which the law changed in Liaoning, in Shenyang and in the nation, and the day before each.
BOUNDARIES = {
    *("2019-12-31T23:59", "2020-01-01T00:00", "2020-09-30T23:59", "2020-10-01T00:00"),
    *("2022-07-31T23:59", "2022-08-01T00:00", "2025-07-31T23:59", "2025-08-01T00:00"),
}
GROUNDS = {"26.1", "26.2", "26.3", "26.4", "26.5", "26.6", "26.7"}


def play(example: worked.Example, url: str) -> tuple[Engine, Played]:
    engine = gongxiang.open_engine(url, rules=worked.RULES.get(example.folder))
    lines = [json.dumps(line, ensure_ascii=False) for line in (*worked.cast(example.folder), *example.lines)]
    return engine, docket.play(engine, [("example", lines)], keep_going=True)


def standing(engine: Engine, outcome: Mapping[str, Any], last: datetime) -> dict[str, Any]:
    """Return what stands of the case, under the keys that the outcome has."""
    now = worked.moment(outcome.get("at")) or last
    case = engine.case(outcome["case"], now=now).as_record()
    limits = {one["limit"]: one for one in case["deadlines"]}
    found: dict[str, Any] = {"case": case["case"], "state": case["state"], "at": outcome.get("at")}
    found["phases"] = {limit: one["phase"] for limit, one in limits.items()}
    for key in ("due", "original_due", "provisional"):
        found[key] = {limit: one[key] for limit, one in limits.items()}
    for key in ("met_at", "lapsed_at"):
        found[key] = {limit: worked.moment(one[key]) for limit, one in limits.items()}
    found["lapsed"] = sorted(limit for limit, one in limits.items() if one["lapsed_at"])
    found["flags"] = sorted(case["flags"])
    found["links"] = sorted(link["case"] for link in case["links"])
    found["rules"], found["retained"] = case["rules"].partition("@")[0], case["retained"]
    today = engine.today(now=now).as_record()
    found["owed"] = sorted(
        f"{group['owes']}: {item['duty']}"
        for group in today["groups"]
        for item in group["items"]
        if item["case"] == case["case"]
    )
    proposals = today["proposals"]
    found["proposals"] = sorted(one["ground"] for one in proposals if one["case"] == case["case"])
    return {key: found[key] for key in outcome}


def wanted(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome with its moments as instants and its sets in order."""
    return {
        key: {limit: worked.moment(text) for limit, text in value.items()}
        if key in ("met_at", "lapsed_at")
        else sorted(value)
        if key in ("lapsed", "flags", "links", "owed", "proposals")
        else value
        for key, value in outcome.items()
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.folder}: {example.name}")
def test_what_the_jurists_worked_out_is_what_stands(example: worked.Example, url: str) -> None:
    engine, played = play(example, url)

    last = len(worked.cast(example.folder)) + len(example.lines)
    reasons = [reason for one in played.refused for reason in one.error.reasons]
    assert [one.line for one in played.refused] == ([last] if example.refused else []), reasons
    if example.refused:
        assert reasons
        said = "".join(f"{one.error.code} " for one in played.refused)
        said += "".join(f"{one.code} {one.text.zh}\n" for one in reasons)
        assert [word for word in example.refused["refused"] if word not in said] == [], said
        if "article" in example.refused:
            assert worked.full(example.folder, example.refused["article"]) in [one.article for one in reasons]
    moment = max(datetime.fromisoformat(line["at"]) for line in example.lines)
    for outcome in example.stands:
        assert standing(engine, outcome, moment) == wanted(outcome)


def test_every_article_that_creates_a_duty_has_an_example() -> None:
    shown = {article for example in DECREE for article in example.articles}

    assert CREATES_A_DUTY - shown == set()


def test_every_procedure_has_an_outcome_and_a_refusal() -> None:
    decided = {procedure for example in DECREE if not example.refused for procedure in example.procedures}
    refused = {procedure for example in DECREE if example.refused for procedure in example.procedures}

    assert decided == refused == set(worked.FIRST_STEPS)


def test_every_ground_of_article_26_is_found_at_least_once() -> None:
    found = {
        line["payload"]["ground"]
        for example in DECREE
        if not example.refused
        for line in example.lines
        if line.get("procedure") == "rectification"
    }

    assert found == GROUNDS


def qualified(example: worked.Example) -> set[str]:
    """The articles that an example shows, each with its instrument."""
    return {worked.full(example.folder, article) for article in example.articles}


def conflicts_listed() -> set[str]:
    """The conflicts that any rule book of Liaoning, Shenyang or the nation lists."""
    law = rules.law()
    books = [law.named(name) for name in law.known() if name.partition("-")[0] in ("liaoning", "shenyang", "nation")]
    return {conflict["id"] for book in books for conflict in book.document["conflicts"]}


def test_every_article_of_order_809_that_binds_has_an_example() -> None:
    shown = {article for example in LATER for article in qualified(example)}

    assert {f"order-809/{article}" for article in BINDS} - shown == set()


def test_every_procedure_of_order_809_has_an_outcome_and_a_refusal() -> None:
    order = [example for example in LATER if example.folder == "order_809"]
    decided = {procedure for example in order if not example.refused for procedure in example.procedures}
    refused = {procedure for example in order if example.refused for procedure in example.procedures}

    assert decided == refused == set(worked.FIRST_STEPS)


def test_every_conflict_has_an_example_and_no_example_names_another() -> None:
    shown = {conflict for example in LATER for conflict in example.conflicts}

    assert shown == conflicts_listed()


def test_an_example_of_a_conflict_shows_an_article_of_each_side_of_it() -> None:
    law = rules.law()
    sides = {
        conflict["id"]: {article.partition("/")[0] for article in conflict["between"]}
        for name in law.known()
        if not name.startswith("zhejiang")
        for conflict in law.named(name).document["conflicts"]
    }
    shown: dict[str, set[str]] = {}
    for example in LATER:
        for conflict in example.conflicts:
            shown.setdefault(conflict, set()).update(article.partition("/")[0] for article in qualified(example))

    assert {conflict: wanted - shown[conflict] for conflict, wanted in sides.items() if wanted - shown[conflict]} == {}


def test_every_day_on_which_the_law_changed_has_examples_to_the_minute() -> None:
    acts = {line["at"] for example in LATER if example.folder == "boundaries" for line in example.lines}

    assert {f"{moment}+08:00" for moment in BOUNDARIES} - acts == set()


@pytest.mark.parametrize("folder", LATER_LAW)
def test_an_example_names_articles_that_there_are(folder: str) -> None:
    shown = {article for example in LATER if example.folder == folder for article in qualified(example)}
    unknown = set()
    for article in shown:
        instrument, _, place = article.partition("/")
        number, _, paragraph = place.partition(".")
        text = rules.instrument(instrument).articles.get(int(number))
        if text is None or int(paragraph or 1) > len(text.paragraphs):
            unknown.add(article)

    assert unknown == set()


def test_the_later_law_has_at_least_ninety_examples() -> None:
    counted = {folder: sum(example.folder == folder for example in LATER) for folder in LATER_LAW}

    assert sum(counted.values()) >= 90, counted
    assert min(counted.values()) >= 10, counted


def test_examples_are_many_have_each_a_name_of_their_own_and_say_why() -> None:
    names = [example.name for example in EXAMPLES]

    assert len(names) >= 120
    assert len(set(names)) == len(names)
    assert [example.name for example in EXAMPLES if not example.why.strip()] == []
