"""A docket under the made-up rule book of layered.toml: every word of the tables is taken at least once.

March 2026 has no holiday. Five working days after Mon 2 March end on Mon 9 March, eight on Thu 12 March, ten on Mon 16
March, twelve on Wed 18 March, thirteen on Thu 19 March; five after Tue 3 March on Tue 10 March, eight on Fri 13 March.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from gongxiang import open_engine
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.docket import play
from gongxiang.workflow.procedure import RuleBook

PLACES = {
    "000000": "nation",
    "210000": "province",
    "210100": "city",
    "210102": "county",
    "210103": "county",
    "210200": "city",
    "210300": "city",
    "210302": "county",
    "210303": "county",
}
CAST = [
    ("n-auth", "authority", "000000"),
    ("p-auth", "authority", "210000"),
    ("p-gov", "people_government", "210000"),
    ("c-auth", "authority", "210100"),
    ("c-gov", "people_government", "210100"),
    ("c-office", "government", "210100"),
    ("a-auth", "authority", "210102"),
    ("a-gov", "people_government", "210102"),
    ("a-office", "government", "210102"),
    ("b-auth", "authority", "210103"),
    ("b-office", "government", "210103"),
    ("d-office", "government", "210200"),
    ("e-auth", "authority", "210302"),
    ("e-office", "government", "210302"),
    ("f-office", "government", "210303"),
]


@cache
def book() -> RuleBook:
    """Return the rule book, compiled."""
    return rule_book(tomllib.loads((Path(__file__).parent / "layered.toml").read_text("utf-8")))


def _register(name: str, kind: str, region: str) -> dict[str, Any]:
    said = {"id": name, "name": name, "kind": kind, "region": region, "level": PLACES[region]}
    return {"at": "2026-01-01T00:00:00+08:00", "do": "register", "department": said}


def act(at: str, do: str, case: str = "", by: str = "", **payload: Any) -> dict[str, Any]:
    """Return a line of the docket; `at` is a day and an hour of March 2026, or a whole moment."""
    moment = f"{at if len(at) > 5 else f'2026-03-{at}'}:00:00+08:00"
    given = {"case": case, "by": by} if case else {}
    return {"at": moment, "do": do, **given, **({"payload": payload} if payload else {})}


def ask(at: str, case: str, by: str, provider: str, sharing: str, **payload: Any) -> dict[str, Any]:
    """Return the line that opens a case of sharing."""
    resource = {"code": "1", "name": "人口", "sharing": sharing, "legal_basis": ["某条例第一条", "内部通知"]}
    said = {"purpose": "核验", "scope": "全市", "arose": "2026-02-10", **payload}
    return {**act(at, "open", case, by, **said), "procedure": "sharing", "provider": provider, "resource": resource}


def find(at: str, case: str, by: str, against: str, ground: str) -> dict[str, Any]:
    """Return the line that opens a case of ordering."""
    return {**act(at, "open", case, by, ground=ground), "procedure": "ordering", "against": against}


LONGER = {"matter": "complex", "because": "跨层级"}

DOCKET = [
    *(_register(*one) for one in CAST),
    # Two counties of one city: the city's authority is competent, and owes the review.
    ask("02T09", "S-1", "a-office", "b-office", "conditional"),
    # Two cities of one province; unconditional: what is submitted is filed, and silence is taken as consent.
    ask("02T10", "S-2", "c-office", "d-office", "unconditional"),
    # Two counties of a city of which nobody is registered as the authority: the province's is competent.
    ask("02T11", "S-3", "e-office", "f-office", "conditional"),
    # The review is over when the outer limit is extended: nothing is left of it to extend.
    ask("02T12", "S-4", "a-office", "b-office", "conditional"),
    # A department: its authority. An authority: its government, or the authority above it, were it the nation's.
    find("02T12", "O-1", "c-auth", "c-office", "u.1"),
    find("02T13", "O-2", "c-gov", "c-auth", "l.1"),
    find("02T14", "O-3", "n-auth", "p-auth", "u.1"),
    find("02T15", "O-4", "p-auth", "e-auth", "l.1"),
    find("02T16", "O-5", "c-auth", "a-auth", "u.1"),
    *(act("02T17", "order", f"O-{number}", by) for number, by in ((1, "c-auth"), (2, "c-gov"), (3, "n-auth"))),
    act("03T09", "submit_to_review", "S-1", "b-office"),
    act("03T10", "submit_to_review", "S-2", "d-office"),
    act("03T11", "submit_to_review", "S-3", "f-office"),
    act("03T12", "ask_back", "S-1", "b-office"),
    act("03T13", "submit_to_review", "S-4", "b-office"),
    act("03T14", "ask_back", "S-4", "b-office", without_limit="不设期限"),
    act("04T09", "ask_back", "S-1", "b-office", working_days=3),
    act("04T10", "ask_back", "S-2", "d-office", due="2026-03-20"),
    act("05T09", "extend", "S-1", "b-office", days=3, **LONGER),
    act("05T10", "extend", "S-3", "f-office", days=4, **LONGER),
    act("05T11", "close", "O-3", "p-auth"),
    act("05T12", "extend", "S-4", "b-office", days=2, **LONGER),
    act("05T13", "review", "S-4", "c-auth"),
    act("05T14", "extend_outer", "S-4", "c-auth", days=2),
    act("06T09", "extend_outer", "S-1", "c-auth", days=3),
    act("09T09", "review", "S-1", "c-auth"),
    act("09T10", "answer", "S-4", "b-office"),
    act("10T08", "sweep"),
    act("10T09", "answer", "S-1", "b-office"),
    act("10T10", "close", "O-1", "c-auth"),
    act("10T11", "close", "O-2", "c-gov"),
    act("11T09", "complain", "S-1", "a-office", since="2025-12-01"),
    act("12T09", "answer", "S-2", "p-auth"),
    act("12T10", "settle", "S-1/C", "b-auth"),
    act("16T08", "sweep"),
    act("2028-03-11T09", "destroy", "S-1", "a-office"),
]


def played(database: Path) -> None:
    """Play the docket into a new database."""
    engine = open_engine(f"sqlite:///{database}", rules=book())
    result = play(engine, [("layered", [json.dumps(line) for line in DOCKET])])
    assert [one.error.reasons for one in result.refused] == []
    engine.close()
