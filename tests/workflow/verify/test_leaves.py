"""Any value in the body of any sort of event, changed, with every hash made to fit again, is found.

Words that prove nothing are free. The verifier never fails on what somebody wrote there, whatever it is.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from going_on import From
from tampering import Ledger

Place = tuple[str | int, ...]

FREE = {
    # What a person wrote, which nothing else in the ledger repeats
    *("facts", "text", "evidence", "reasons", "reference", "terms", "purpose", "basis", "scope", "note", "signer"),
    *("notice", "issued_on", "negotiation"),
    # Of the resource, what no rule asks for
    *("code", "name"),
    # The sentence beside a day of a sheet
    *("why", "why_en"),
}


def leaves(value: Any, path: Place = ()) -> Iterator[Place]:
    """Yield the place of every value; of a sheet's days the first and the last."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list) and path and path[-1] == "days" and len(value) > 2:
        yield from leaves(value[0], (*path, 0))
        yield from leaves(value[-1], (*path, len(value) - 1))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from leaves(one, (*path, number))
    else:
        yield path


def put(body: Any, path: Place, value: object) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = value


def get(body: Any, path: Place) -> Any:
    for step in path:
        body = body[step]
    return body


def another(value: Any) -> Any:
    """Return another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value[:2] == "20" and value[4:5] == "-":
            return value.replace("20", "19", 1)
        case str():
            return value + "x"
    return "x"


def sorts(ledger: Ledger) -> list[tuple[str, int]]:
    """Return an event of every kind and name in a case, with the fewest others around it."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for row in sorted(ledger.rows, key=lambda row: len(ledger.around(row["case"]).rows)):
        if row["case"]:
            found.setdefault((row["kind"], row["name"]), (row["case"], row["seq"]))
    return list(found.values())


def test_a_value_changed_anywhere_in_a_body_is_found(escalation: Ledger) -> None:
    unseen = []
    for case, seq in sorts(escalation):
        clean = escalation.around(case)
        assert clean.verify(projected=False).ok
        verification = From(clean, case, seq)
        for path in leaves(json.loads(clean.row(case, seq)["body"])):
            if path[-1] in FREE or "legal_basis" in path:
                continue
            if not verification.finds(lambda said, path=path: put(said, path, another(get(said, path)))):
                unseen.append((case, seq, path))

    assert unseen == []


def test_whatever_is_put_into_a_body_is_never_an_error(escalation: Ledger) -> None:
    chance = random.Random(330)
    strange: list[Any] = [
        None,
        "",
        "x",
        0,
        -1,
        1.5,
        True,
        [],
        [[]],
        {},
        {"do": "meet"},
        [{"do": "start"}],
        "9999-12-31",
    ]
    for case, seq in sorts(escalation):
        clean = escalation.around(case)
        verification, body = From(clean, case, seq), json.loads(clean.row(case, seq)["body"])
        places = [path[:length] for path in leaves(body) for length in range(1, len(path) + 1)]
        for path in chance.sample(sorted(set(places), key=str), min(25, len(set(places)))):
            found = verification.verify(lambda said, path=path: put(said, path, chance.choice(strange)))

            assert isinstance(found.ok, bool)


def test_what_is_verified_from_an_event_on_comes_out_as_the_whole_does(escalation: Ledger) -> None:
    chance = random.Random(809)
    for case, seq in sorts(escalation):
        verification = From(escalation.around(case), case, seq)
        path = chance.choice([*leaves(json.loads(escalation.row(case, seq)["body"]))])

        def change(said: Any, path: Place = path) -> None:
            put(said, path, another(get(said, path)))

        assert verification.verify(change) == verification.changed(change).verify(projected=False)
