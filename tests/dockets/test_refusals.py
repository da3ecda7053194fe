"""Bad input that a docket line can carry is refused with its reason, its article and its line, and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from keeper import Keeper
from playing import NAMES, Played, lines_of, play_here, refusals
from raw import standing

REFUSALS = refusals()
LINES = {f"{name}.jsonl": lines_of(name) for name in NAMES}


def place_of(refusal: dict[str, Any]) -> int:
    """Return behind how many lines of its docket the bad line stands: where it says, or where its `at` puts it."""
    if "after" in refusal:
        after: int = refusal["after"]
        return after
    at = datetime.fromisoformat(json.loads(refusal["line"])["at"])
    return sum(datetime.fromisoformat(json.loads(line)["at"]) <= at for line in LINES[refusal["docket"]])


def order_of(refusal: dict[str, Any]) -> tuple[str, str, int]:
    """Return the docket, the rules it is played under, and the place in it."""
    return refusal["docket"], refusal.get("rules", ""), place_of(refusal)


def options_of(rules: str) -> tuple[str, ...]:
    """Return what the command is told: under rules named for comparison a docket is refused in part."""
    return ("--keep-going", "--rules", rules) if rules else ("--keep-going",)


def refused_at(played: Played) -> list[int]:
    """Return the lines that a play refused."""
    return [one["line"] for one in played.document["refused"]]


IN_ORDER = sorted(REFUSALS, key=order_of)


PlayedTo = Callable[[str, str, int], str]


def blank(count: int) -> list[bytes]:
    """Empty lines, which say nothing, in the place of lines that were played before."""
    return [b""] * count


@pytest.fixture(scope="module")
def played_to(backend: str, keeper: Keeper) -> Iterator[PlayedTo]:
    """A database on which the first lines of a docket were played. Whoever asks for fewer lines than were asked for
    before waits longer.
    """
    kept = dict[tuple[str, str], tuple[int, str]]()

    def give(docket: str, rules: str, count: int) -> str:
        had, url = kept.get((docket, rules), (count + 1, ""))
        if had > count:
            had, url = 0, keeper.new(backend)
        refused = refused_at(play_here([*blank(had), *LINES[docket][had:count]], url, *options_of(rules)))
        assert rules or not refused
        kept[docket, rules] = count, url
        return url

    yield give
    for _, url in kept.values():
        keeper.give_back(url)


@pytest.mark.parametrize("refusal", IN_ORDER, ids=[one["name"] for one in IN_ORDER])
def test_bad_input_is_refused_with_its_reason_and_writes_nothing(
    refusal: dict[str, Any], played_to: PlayedTo, copy_of: Callable[[str], str]
) -> None:
    docket, rules, count = order_of(refusal)
    url = copy_of(played_to(docket, rules, count))
    given = [line.encode() for line in refusal.get("given", [])]
    if given:
        assert refused_at(play_here([*blank(count), *given], url, *options_of(rules))) == []
    before = count + len(given)
    stood = standing(url)

    played = play_here([*blank(before), refusal["line"].encode()], url, *options_of(rules))

    assert played.exit_code == 1, played.noise
    assert refused_at(played) == [before + 1]
    (refused,) = played.document["refused"]
    reasons = refused["reasons"]
    assert refused["code"] == refusal["code"], reasons
    assert refusal.get("reason") in [None, *(reason["code"] for reason in reasons)], reasons
    assert refusal.get("article") in [None, *(reason["article"] for reason in reasons)], reasons
    assert refusal.get("says", "") in " ".join(f"{reason['text']} {reason.get('mend')}" for reason in reasons)
    assert all(reason["text"].strip() for reason in reasons)
    assert standing(url) == stood


def test_the_refusals_cover_every_kind_of_bad_input_that_a_line_can_carry() -> None:
    assert {refusal["item"] for refusal in REFUSALS} == {
        "naive date-times",
        "unknown departments or roles",
        "a step by the wrong party or level",
        "a step out of order",
        "a missing or blank reason",
        "dates beyond the horizon",
        "acts before 2020-01-01",
        "unconditional, unshared or classified data",
        "an order against a utility",
        "a criticism before the limit has passed",
        "a criticism while a timely report waits",
        "a re-used key with other content",
        "a stale version",
        "a broken docket line",
        "an extension out of time, twice or without consent",
        "a supplement asked twice or too late",
        "a dispute past a rung of its ladder",
        "a referral without refusal or gravity",
        "an end of access or of a service before its conditions",
        "a delivery that is none",
        "a ground that superior law or another body has",
    }
