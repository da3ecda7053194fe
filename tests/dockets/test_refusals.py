"""Bad input that a docket line can carry is refused with its reason, its article and its line, and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playing import NAMES, copy, lines_of, play_here, refusals, standing

REFUSALS = refusals()
LINES = {f"{name}.jsonl": lines_of(name) for name in NAMES}


def place_of(refusal: dict[str, Any]) -> int:
    """Return behind how many lines of its docket the bad line stands: where it says, or where its `at` puts it."""
    if "after" in refusal:
        after: int = refusal["after"]
        return after
    at = datetime.fromisoformat(json.loads(refusal["line"])["at"])
    return sum(datetime.fromisoformat(json.loads(line)["at"]) <= at for line in LINES[refusal["docket"]])


def order_of(refusal: dict[str, Any]) -> tuple[str, int]:
    """Return the docket and the place in it."""
    return refusal["docket"], place_of(refusal)


IN_ORDER = sorted(REFUSALS, key=order_of)


@pytest.fixture(scope="module")
def played_to(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """A database on which the first lines of a docket were played; kept for the next who asks."""
    folder, kept = tmp_path_factory.mktemp("refusals"), dict[tuple[str, int], Path]()

    def give(docket: str, count: int) -> Path:
        if (docket, count) not in kept:
            nearest = max((had for name, had in kept if name == docket and had < count), default=None)
            database = folder / f"{Path(docket).stem}-{count}.db"
            if nearest is not None:
                copy(kept[docket, nearest], database)
            played = play_here(LINES[docket][:count], database)
            assert played.exit_code == 0, played.noise
            kept[docket, count] = database
        return kept[docket, count]

    return give


@pytest.mark.parametrize("refusal", IN_ORDER, ids=[one["name"] for one in IN_ORDER])
def test_bad_input_is_refused_with_its_reason_and_writes_nothing(
    refusal: dict[str, Any], played_to: Callable[[str, int], Path], tmp_path: Path
) -> None:
    count = place_of(refusal)
    before = [*LINES[refusal["docket"]][:count], *(line.encode() for line in refusal.get("given", []))]
    database = copy(played_to(refusal["docket"], count), tmp_path / "refused.db")
    assert play_here(before, database).exit_code == 0
    stood = standing(database)

    played = play_here([*before, refusal["line"].encode()], database, "--keep-going")

    assert played.exit_code == 1, played.noise
    (refused,) = played.document["refused"]
    reasons = refused["reasons"]
    assert refused["line"] == len(before) + 1
    assert refused["code"] == refusal["code"], reasons
    assert refusal.get("reason") in [None, *(reason["code"] for reason in reasons)], reasons
    assert refusal.get("article") in [None, *(reason["article"] for reason in reasons)], reasons
    assert refusal.get("says", "") in " ".join(f"{reason['text']} {reason.get('mend')}" for reason in reasons)
    assert all(reason["text"].strip() for reason in reasons)
    assert standing(database) == stood


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
    }
