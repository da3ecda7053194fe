"""Each word of the tables is derived a second time: what an engine wrote is in order, and a lie about it is found.

The docket and what it does stand in layered.py, its rule book in layered.toml.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import layered
import pytest
from going_on import From
from hands import body, deadline, doubled, dropped, effect, field, moment, without
from tampering import Ledger
from test_leaves import FREE, another, get, leaves, put

from gongxiang.workflow.verify.deciding import decisive
from gongxiang.workflow.verify.event import Event
from gongxiang.workflow.verify.guards import _TESTS, look
from gongxiang.workflow.verify.limits import corresponding
from gongxiang.workflow.verify.places import Place, above, lowest_common
from gongxiang.workflow.verify.tables import Table

NEW_TESTS = {
    *("basis_not_only", "kind_is", "carries_all", "says", "not_among", "at_most", "not_taken", "retention_over"),
    *("parties_in_territory", "begins_in_force", "as_remembered"),
}


WORDS = FREE - {"scope"} | {"classified", "without_limit"}
"""What no row of this rule book asks for. What it asks of the scope, it remembers."""


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    database = tmp_path_factory.mktemp("layered") / "layered.db"
    layered.played(database)
    return Ledger.read(database, rules=layered.book())


@pytest.fixture
def ledger(honest: Ledger) -> Ledger:
    return honest.copy()


def test_what_the_engine_wrote_is_derived_a_second_time_without_a_difference(honest: Ledger) -> None:
    assert [(one.case, one.seq, one.text.en) for one in honest.verify().findings] == []


def test_every_new_test_stands_in_the_rule_book() -> None:
    used = {guard["test"] for table in layered.book().document["procedures"] for guard in table.get("guard", ())}

    assert used >= NEW_TESTS
    assert set(_TESTS) >= NEW_TESTS


def test_the_docket_comes_out_as_its_dates_and_places_say(honest: Ledger) -> None:
    cases = {row["case"]: row for row in honest.projections}

    def due(case: str) -> dict[str, tuple[str, str]]:
        return {name: (one["owed_by"], one["due"]) for name, one in cases[case]["deadlines"].items()}

    # Each date is counted in layered.py.
    assert due("S-1") == {
        "reply": ("b-office", "2026-03-12"),
        "outer_reply": ("b-office", "2026-03-19"),
        "review": ("c-auth", "2026-03-13"),
        "supplement": ("a-office", "2026-03-09"),
    }
    assert due("S-3")["review"] == ("p-auth", "2026-03-10")
    assert "review" not in due("S-2")
    assert due("S-4")["outer_reply"] == ("b-office", "2026-03-18")
    assert due("S-4")["review"] == ("c-auth", "2026-03-10")
    assert cases["S-1"]["retained"] == {"use_records": "2028-03-10"}
    assert {name: row["state"] for name, row in cases.items()} == {
        "S-1": "destroyed",
        "S-1/C": "settled",
        "S-2": "answered",
        "S-3": "silent",
        "S-4": "answered",
        "O-1": "closed",
        "O-2": "closed",
        "O-3": "closed",
        "O-4": "found",
        "O-5": "found",
    }


class Lie(NamedTuple):
    """What was rewritten, where it must be found, under which code, and the guard that says so."""

    what: str
    case: str
    seq: int
    code: str
    change: Callable[[Ledger], None]
    guard: str = ""


def said(case: str, seq: int, **values: Any) -> Callable[[Ledger], None]:
    """Return the rewriting of what an act carries, the chain made to fit."""
    return body(case, seq, lambda one: one["payload"].update(values))


def registered(name: str, **values: str) -> Callable[[Ledger], None]:
    """Return the rewriting of an entry of the register."""

    def rewrite(ledger: Ledger) -> None:
        seq = next(row["seq"] for row in ledger.rows if not row["case"] and row["name"] == name)
        body("", seq, lambda one: one["department"].update(values))(ledger)

    return rewrite


def resource(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda one: one["opening"]["resource"].update(values)


def swapped(first: int, second: int) -> Callable[[dict[str, Any]], object]:
    def change(one: dict[str, Any]) -> None:
        effects = one["effects"]
        effects[first], effects[second] = effects[second], effects[first]

    return change


def another_ground(ledger: Ledger) -> None:
    """The ground of O-2 made one of the superior text, where it is carried and where it is remembered."""

    def change(one: dict[str, Any]) -> None:
        one["payload"]["ground"] = one["effects"][0]["value"] = "u.1"

    body("O-2", 1, change)(ledger)


def of_places() -> list[Lie]:
    """Who is competent, and who owes by the place."""
    return [
        Lie("a review by one of two counties", "S-1", 7, "wrong_party", field("S-1", 7, by="a-auth")),
        Lie("a review by the province over one city", "S-1", 7, "wrong_party", field("S-1", 7, by="p-auth")),
        Lie("an answer by one of two cities", "S-2", 5, "wrong_party", field("S-2", 5, by="c-auth")),
        Lie(
            "a limit of the authority laid on the provider",
            "S-1",
            2,
            "wrong_deadline",
            body("S-1", 2, deadline(0, owed_by="b-office")),
        ),
        Lie(
            "a limit laid on nobody, where the city has no authority",
            "S-3",
            2,
            "wrong_deadline",
            body("S-3", 2, deadline(0, owed_by="")),
        ),
        Lie(
            "a limit laid two levels up",
            "S-3",
            2,
            "wrong_deadline",
            body("S-3", 2, deadline(0, owed_by="n-auth")),
        ),
        Lie("a department overseen by the government", "O-1", 1, "wrong_party", field("O-1", 1, by="c-gov")),
        Lie("an authority that oversees itself", "O-2", 1, "wrong_party", field("O-2", 1, by="c-auth")),
        Lie("the nation's authority two levels up", "O-2", 1, "wrong_party", field("O-2", 1, by="n-auth")),
        Lie("an authority overseen from below", "O-3", 1, "wrong_party", field("O-3", 1, by="c-auth")),
        Lie(
            "a government that closes as overseer",
            "O-2",
            4,
            "wrong_role",
            body("O-2", 4, lambda one: one.update(role="overseer")),
        ),
        Lie(
            "an overseer that closes as government",
            "O-1",
            4,
            "wrong_role",
            body("O-1", 4, lambda one: one.update(role="people_government")),
        ),
        Lie("a government that became a utility", "O-2", 1, "wrong_party", registered("c-gov", kind="utility")),
    ]


def of_rows() -> list[Lie]:
    """Which row an act takes, by the resource and by the instrument of the ground."""
    return [
        Lie(
            "filed, where a review was due",
            "S-2",
            2,
            "effect_missing",
            body("S-2", 1, resource(sharing="conditional")),
        ),
        Lie(
            "reviewed, where it was filed", "S-1", 2, "effect_extra", body("S-1", 1, resource(sharing="unconditional"))
        ),
        Lie("silence that is no consent", "S-2", 4, "lapse_state", body("S-2", 1, resource(sharing="conditional"))),
        Lie("silence taken as consent", "S-3", 5, "lapse_state", body("S-3", 1, resource(sharing="unconditional"))),
        Lie("a report under the superior text", "O-2", 2, "effect_extra", another_ground),
        Lie("a lapse reported under the superior text", "O-2", 3, "lapse_state", another_ground),
    ]


def too_late(ledger: Ledger) -> None:
    """The review of S-3 extended on the 12th by the days that the case remembers: it was due on the 10th."""
    extension = dict(ledger.row("S-1", 6), case="S-3", by="p-auth")
    for name in ("at", "recorded_at"):
        extension[name] = datetime.fromisoformat("2026-03-12T09:00:00+08:00")
    ledger.rows.insert(ledger.index("S-3", 4) + 1, extension)
    said("S-3", 5, days=4)(ledger)


def of_limits() -> list[Lie]:
    """What starts, what is extended, and for how long."""
    return [
        Lie(
            "a limit that started untold", "S-1", 4, "effect_extra", body("S-1", 4, lambda one: one["payload"].clear())
        ),
        Lie("a limit told and not started", "S-1", 4, "effect_missing", body("S-1", 4, without("effects", 0))),
        Lie("a limit told twice", "S-1", 4, "payload", said("S-1", 4, due="2026-03-20")),
        Lie("an extension that says one day less", "S-1", 5, "wrong_length", said("S-1", 5, days=2)),
        Lie(
            "an extended limit of its old length", "S-1", 5, "wrong_length", body("S-1", 5, deadline(0, working_days=5))
        ),
        Lie("an extended limit due earlier", "S-1", 5, "wrong_due", body("S-1", 5, deadline(0, due="2026-03-11"))),
        Lie(
            "an extended limit that never had another date",
            "S-1",
            5,
            "wrong_deadline",
            body("S-1", 5, deadline(0, original_due="2026-03-12")),
        ),
        Lie("an extension on other grounds", "S-1", 5, "effect_altered", body("S-1", 5, effect(0, why="recalculate"))),
        Lie("an extension left out", "S-1", 6, "effect_missing", body("S-1", 6, without("effects", 1))),
        Lie(
            "an extension by days remembered otherwise",
            "S-1",
            6,
            "wrong_length",
            body("S-1", 5, lambda one: one["effects"][1].update(value="2")),
        ),
        Lie(
            "an extension by days remembered as no number",
            "S-1",
            6,
            "wrong_length",
            body("S-1", 5, lambda one: one["effects"][1].update(value="some")),
        ),
        Lie("an extension of what had lapsed", "S-3", 5, "extended_too_late", too_late),
        Lie("extended before it was answered", "S-1", 5, "effect_altered", body("S-1", 5, swapped(0, 1))),
    ]


def of_keeping() -> list[Lie]:
    """What is kept, and until when."""
    return [
        Lie("records kept for a day less", "S-1", 1, "effect_altered", body("S-1", 1, effect(2, until="2028-03-01"))),
        Lie("records of another sort kept", "S-1", 1, "effect_extra", body("S-1", 1, effect(2, retention="books"))),
        Lie("records not kept", "S-1", 1, "effect_missing", body("S-1", 1, without("effects", 2))),
        Lie("remembered before it was kept", "S-1", 1, "effect_altered", body("S-1", 1, swapped(2, 3))),
    ]


def fails(what: str, case: str, seq: int, guard: str, change: Callable[[Ledger], None]) -> Lie:
    return Lie(what, case, seq, "guard_fails", change, f"{guard} ")


def of_guards() -> list[Lie]:
    """What each new test asks, made not so; and the law of the day."""
    internal = resource(legal_basis=["内部通知", "工作需要"])
    return [
        fails("only internal bases", "S-1", 1, "law_behind_it", body("S-1", 1, internal)),
        fails("a party from elsewhere", "S-1", 1, "in_the_city", registered("a-office", region="220102")),
        fails("a need before the inferior text", "S-1", 1, "since_the_lower_text", said("S-1", 1, arose="2026-01-20")),
        Lie("a need before the law", "S-1", 1, "law_of_the_day", said("S-1", 1, arose="2026-01-09")),
        Lie("a need that is to arise under the law", "S-2", 1, "law_of_the_day", moment("S-2", 1, days=-52)),
        Lie("a need on no day", "S-1", 1, "payload", said("S-1", 1, arose="2026-02-30")),
        Lie("an order before the law", "O-1", 1, "law_of_the_day", moment("O-1", 1, days=-52)),
        fails("not all that must be said", "S-1", 1, "all_said", said("S-1", 1, purpose=None)),
        fails("a provider of another kind", "S-1", 1, "of_a_government_body", registered("b-office", kind="central")),
        fails("a second extension", "S-1", 6, "once", doubled("S-1", 5)),
        fails("an extension that is too long", "S-3", 3, "not_too_long", said("S-3", 3, days=5)),
        fails("an extension of what is simple", "S-1", 5, "complex", said("S-1", 5, matter="simple")),
        fails("an extension without a reason", "S-1", 5, "a_reason", said("S-1", 5, because="人手不足")),
        fails("an extension by other days", "S-1", 6, "the_same_days", said("S-1", 6, days=2)),
        fails("extended again, not at first", "S-1", 5, "the_same_days", dropped("S-1", 5)),
        fails("destroyed too early", "S-1", 11, "kept_long_enough", moment("S-1", 11, days=-1)),
    ]


LIES = [*of_places(), *of_rows(), *of_limits(), *of_keeping(), *of_guards()]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.what)
def test_a_lie_is_found_at_its_event_with_its_code(ledger: Ledger, lie: Lie) -> None:
    lie.change(ledger)

    found = [one for one in ledger.verify(projected=False).findings if one.detail.en.startswith(lie.guard)]

    assert (lie.case, lie.seq, lie.code) in {(one.case, one.seq, one.code) for one in found}


def test_a_value_changed_anywhere_in_a_body_is_found(honest: Ledger) -> None:
    unseen = []
    for row in [row for row in honest.rows if row["case"]]:
        case, seq, content = row["case"], row["seq"], json.loads(row["body"])
        verification = From(honest.around(case), case, seq)
        for path in leaves(content):
            if path[-1] in WORDS or "legal_basis" in path:
                continue
            if not verification.finds(lambda one, path=path: put(one, path, another(get(one, path)))):
                unseen.append((case, seq, path))

    assert unseen == []


def test_a_case_row_that_keeps_records_for_less_long_is_found(ledger: Ledger) -> None:
    row = next(one for one in ledger.projections if one["case"] == "S-1")
    row["retained"]["use_records"] = "2027-03-10"

    assert [(one.case, one.code) for one in ledger.verify().findings] == [("S-1", "projection_differs")]


def test_a_case_that_another_brings_about_stands_under_its_law_whatever_the_day(ledger: Ledger) -> None:
    opened = json.loads(ledger.row("S-1/C", 1)["body"])

    assert opened["payload"]["since"] < layered.book().in_force.isoformat()
    assert ledger.verify().ok


@pytest.mark.parametrize(
    ("day", "years", "last"),
    [
        # 民法典第二百零二条: the corresponding day, or the end of the month where there is none
        ("2026-03-10", 2, "2028-03-10"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2024-02-29", 3, "2027-02-28"),
        ("2026-02-28", 2, "2028-02-28"),
        ("2026-12-31", 1, "2027-12-31"),
    ],
)
def test_years_end_on_the_corresponding_day(day: str, years: int, last: str) -> None:
    assert corresponding(date.fromisoformat(day), years).isoformat() == last


@pytest.mark.parametrize(
    ("places", "common"),
    [
        ([], None),
        ([("county", "210102")], ("county", "210102")),
        ([("county", "210102"), ("county", "210102")], ("county", "210102")),
        ([("county", "210102"), ("county", "210103")], ("city", "210100")),
        ([("county", "210102"), ("city", "210100")], ("city", "210100")),
        ([("county", "210100"), ("city", "210100")], ("city", "210100")),
        ([("county", "210102"), ("county", "210202")], ("province", "210000")),
        ([("city", "210100"), ("city", "210200")], ("province", "210000")),
        ([("county", "210102"), ("province", "210000")], ("province", "210000")),
        ([("city", "210100"), ("city", "330100")], ("nation", "000000")),
        ([("county", "210102"), ("nation", "000000")], ("nation", "000000")),
    ],
)
def test_the_competent_place_is_the_lowest_in_which_all_lie(places: list[Place], common: Place | None) -> None:
    assert lowest_common(places) == common
    assert lowest_common(reversed(places)) == common


def test_over_a_county_are_its_city_its_province_and_the_nation() -> None:
    assert above(("county", "210102")) == [("city", "210100"), ("province", "210000"), ("nation", "000000")]
    assert above(("nation", "000000")) == []


@pytest.mark.parametrize(
    ("step", "state", "fields"),
    [
        ("ask", "", {"arose", "purpose", "scope"}),
        ("ask_back", "asked", {"working_days", "due", "without_limit"}),
        ("extend", "asked", {"days", "matter", "because"}),
    ],
)
def test_what_a_row_rests_on_is_not_corrected(step: str, state: str, fields: set[str]) -> None:
    document = json.loads(json.dumps(layered.book().document))
    table = Table(document, document["procedures"][0])
    line = table.rows(step, state)[0]

    assert decisive(table, line) & set(line.said["payload"]) == fields


def test_a_database_of_the_layered_book_is_verified_by_the_command_too(tmp_path: Path) -> None:
    from gongxiang import open_engine
    from gongxiang.workflow import auditing

    layered.played(tmp_path / "layered.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'layered.db'}", rules=layered.book())

    assert auditing.verify(engine).ok
    engine.close()


class Seats:
    """A register in which two offices are known, and authorities sit in the places given."""

    def __init__(self, *places: Place) -> None:
        self._places = places

    def department(self, name: str | None, _at: object, _place: object) -> dict[str, str] | None:
        regions = {"one": "210302", "two": "210303"}
        return {"level": "county", "region": regions[name], "kind": "government"} if name in regions else None

    def seat(self, _kind: str, level: str, region: str, _at: object, _place: object) -> str | None:
        return region if (level, region) in self._places else None


@pytest.mark.parametrize(
    ("parties", "seats", "competent"),
    [
        (("one", "two"), [("city", "210300"), ("province", "210000")], ("city", "210300")),
        (("one", "two"), [("province", "210000"), ("nation", "000000")], ("province", "210000")),
        (("one", "two"), [("nation", "000000")], ("nation", "000000")),
        (("one", "two"), [], ("city", "210300")),
        # One place itself, whoever sits there; and nobody's where one of the parties is not known
        (("one", "one"), [("city", "210300")], ("county", "210302")),
        (("one", "three"), [("city", "210300")], None),
    ],
)
def test_of_several_places_the_next_one_that_has_an_authority_is_competent(
    parties: tuple[str, str], seats: list[Place], competent: Place | None
) -> None:
    case: Any = SimpleNamespace(parties=dict(zip(("provider", "requester"), parties, strict=True)))
    table: Any = SimpleNamespace(anchors=["provider", "requester"])
    register, row, nothing = Seats(*seats), SimpleNamespace(at=None), cast("Any", None)
    event = Event(case, cast("Any", row), {}, table, cast("Any", register), 0, nothing, nothing, nothing)

    assert event.competent == competent


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        ({"arose": "2026-01-31"}, (False, {"day": "2026-01-31", "in_force": "2026-02-01"})),
        ({"arose": None}, (True, {"day": "2026-03-02", "in_force": "2026-02-01"})),
        ({}, (True, {"day": "2026-03-02", "in_force": "2026-02-01"})),
    ],
)
def test_where_no_day_is_named_the_day_of_the_act_must_be_under_the_law(payload: dict[str, Any], answer: Any) -> None:
    scene: Any = SimpleNamespace(payload=payload, row=SimpleNamespace(day=date(2026, 3, 2)))

    assert look("begins_in_force", scene, {"field": "arose", "since": "2026-02-01"}) == answer
