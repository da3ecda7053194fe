"""A ledger whose cases were moved to another rule book and back: every word of a migration is taken at least once.

The old book is that of layered.toml with a step that remembers a state. The new one has eight days for a reply, fifteen
for the outer limit, and other names for two states and a limit. March 2026 has no holiday, and Sat 28 February is
worked: five working days after Tue 24 February end on Mon 2 March.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from layered import DOCKET, act, ask, find
from tampering import Ledger, canonical

from gongxiang import open_engine
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.docket import play
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.verify.document import digest_of

ASIDE = """
[[state]]
id = "aside"
title = { zh = "搁置", en = "aside" }
owes = "provider"
duty = "take_up_again"

[[step]]
id = "set_aside"
title = { zh = "搁置", en = "set aside" }
from = ["asked", "silent"]
to = "aside"
by = "provider"
article = "upper/3"
payload = { note = "text?" }
remember = { stood = "state" }

[[step]]
id = "take_up_again"
title = { zh = "恢复办理", en = "take up again" }
from = "aside"
to = "asked"
by = "provider"
when = { stood = "asked" }
article = "upper/3"
forget = "stood"

[[step]]
id = "take_up_again"
title = { zh = "恢复办理", en = "take up again" }
from = "aside"
to = "silent"
by = "provider"
when = { stood = "silent" }
article = "upper/3"
forget = "stood"
"""
RENAMED = {"asked": "pending", "silent": "overdue", "outer_reply": "outermost"}


@cache
def old() -> RuleBook:
    """Return the rule book under which cases are opened."""
    said = tomllib.loads((Path(__file__).parent / "layered.toml").read_text("utf-8"))
    for key, rows in tomllib.loads(ASIDE).items():
        said["procedures"][0][key] += rows
    return rule_book(json.loads(json.dumps(said)))


@cache
def new() -> RuleBook:
    """Return the rule book to which cases are moved."""
    said = json.loads(json.dumps(old().document))
    text = json.dumps(said["procedures"][0])
    for name, becomes in RENAMED.items():
        text = text.replace(f'"{name}"', f'"{becomes}"')
    said["procedures"][0] = json.loads(text)
    next(one for one in said["procedures"][0]["limit"] if one["id"] == "outermost")["article"] = "upper/4"
    for one in said["parameters"]:
        one["value"] = {"answer": 8, "outer": 15}.get(one["id"], one["value"])
    return rule_book({**said, "id": "renewed"})


def there() -> dict[str, Any]:
    """Return the document of the first migration: every open case, to the new rule book."""
    kept = ("taken_as_given", "answered", "aside")
    deadlines = {
        "reply": "recompute",
        "outer_reply": {"do": "recompute", "as": "outermost"},
        "review": "keep",
        "supplement": "cancel",
    }
    sharing = {**{name: name for name in kept}, "asked": "pending", "silent": "overdue"}
    ordering = {name: name for name in ("found", "ordered", "defaulted", "reported")}
    procedures = [
        {"id": "sharing", "states": sharing, "deadlines": deadlines},
        {"id": "complaint", "states": {"taken_up": "taken_up"}},
        {"id": "ordering", "states": ordering, "deadlines": {"correction": {"do": "keep"}}},
    ]
    return {"from": "layered", "to": "renewed", "reasons": "试行新规", "procedure": procedures}


def back() -> dict[str, Any]:
    """Return the document of the second: cases of sharing alone, back again, some limits made shorter."""
    states = {"pending": "asked", "overdue": "silent", "answered": "answered", "aside": "aside"}
    deadlines: dict[str, Any] = {
        "reply": "recompute",
        "outermost": {"do": "recompute", "as": "outer_reply"},
        "review": "keep",
    }
    deadlines["supplement"] = "recompute"
    return {
        "from": new().version,
        "to": old().hash,
        "reasons": "停止试行",
        "leave": ["ordering", "complaint"],
        "shorten": True,
        "procedure": [{"id": "sharing", "states": states, "deadlines": deadlines}],
    }


def at(text: str) -> datetime:
    """Return a day and an hour of March 2026."""
    return datetime.fromisoformat(f"2026-03-{text}:00:00+08:00")


BEFORE = [
    *(line for line in DOCKET if line["do"] == "register"),
    find("2026-02-24T08", "O-1", "c-auth", "c-office", "u.1"),
    find("2026-02-24T09", "O-2", "c-gov", "c-auth", "l.1"),
    act("2026-02-24T10", "order", "O-1", "c-auth"),
    act("2026-02-24T11", "order", "O-2", "c-gov"),
    act("2026-02-25T09", "close", "O-1", "c-auth"),
    ask("02T09", "M-1", "a-office", "b-office", "conditional"),
    ask("02T10", "M-2", "a-office", "b-office", "conditional"),
    ask("02T11", "M-3", "c-office", "a-office", "conditional"),
    find("02T12", "O-3", "c-auth", "c-office", "u.1"),
    act("02T13", "order", "O-3", "c-auth"),
    act("03T08", "answer", "M-3", "a-office"),
    act("03T09", "submit_to_review", "M-1", "b-office"),
    act("03T10", "ask_back", "M-1", "b-office", working_days=3),
    act("03T11", "set_aside", "M-2", "b-office", note="待核实"),
    act("03T12", "complain", "M-3", "c-office", since="2026-03-01"),
    act("04T09", "sweep"),
]
THERE = at("04T09")
"""The first migration; O-2 had lapsed by then."""
BETWEEN = [
    act("05T09", "review", "M-1", "c-auth"),
    act("05T10", "settle", "M-3/C", "a-auth"),
    # A Saturday; the limit ends on Monday the 23rd.
    act("05T11", "ask_back", "M-1", "b-office", due="2026-03-21"),
]
BACK = at("06T09")
AFTER = [
    act("07T09", "take_up_again", "M-2", "b-office"),
    act("09T09", "answer", "M-1", "b-office"),
    act("10T08", "sweep"),
    act("10T09", "close", "O-3", "c-auth"),
]


def played(database: Path) -> None:
    """Play the dockets and the two migrations into a new database."""
    engine = open_engine(f"sqlite:///{database}", rules=old())
    play_lines(engine, "before", BEFORE)
    move(engine, there(), new(), THERE)
    play_lines(engine, "between", BETWEEN)
    move(engine, back(), old(), BACK)
    play_lines(engine, "after", AFTER)
    engine.close()


def play_lines(engine: Engine, name: str, lines: list[dict[str, Any]]) -> None:
    """Play some lines of a docket."""
    result = play(engine, [(name, [json.dumps(line) for line in lines])])
    assert [one.error.reasons for one in result.refused] == []


def move(engine: Engine, document: dict[str, Any], to: RuleBook, moment: datetime) -> None:
    """Move the cases."""
    given: dict[str, Any] = {"by": "p-auth", "signer": "王某", "idempotency_key": document["reasons"]}
    engine.migrate(document, to=to, at=moment, recorded_at=moment, **given)


def entry(ledger: Ledger, number: int) -> int:
    """Return the place in the register of the first (0) or the second migration (1)."""
    return int([row["seq"] for row in ledger.rows if row["kind"] == "migration" and not row["case"]][number])


def redocumented(number: int, change: Callable[[dict[str, Any]], object]) -> Callable[[Ledger], None]:
    """Return the rewriting of the document of a migration, its digest made to fit everywhere."""

    def rewrite(ledger: Ledger) -> None:
        row = ledger.row("", entry(ledger, number))
        said = json.loads(row["body"])
        before = row["name"]
        change(said["document"])
        row["name"], row["body"] = digest_of(said["document"]), canonical(said)
        for one in ledger.rows:
            if one["case"] and one["kind"] == "migration":
                one["body"] = one["body"].replace(before, row["name"])
        for case in {one["case"] for one in ledger.rows}:
            ledger.reseal(case)

    return rewrite
