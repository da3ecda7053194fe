"""Migrations are derived a second time: what an engine wrote is in order, and each lie about it is found."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import migrated
import pytest
from going_on import From
from hands import dropped
from layered import DOCKET, ask
from migrated_lies import LIES, Lie
from tampering import Ledger, canonical
from test_leaves import FREE, another, get, leaves, put

from gongxiang import open_engine
from gongxiang.workflow import auditing
from gongxiang.workflow.verify.migrated import length_of

WORDS = FREE - {"reasons", "signer", "scope"}
"""What nothing repeats; of a migration the reasons and the signer stand in two places."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("migrated") / "migrated.db"
    migrated.played(database)
    return database


@pytest.fixture(scope="module")
def honest(database: Path) -> Ledger:
    return Ledger.read(database, rules=migrated.old())


@pytest.fixture
def ledger(honest: Ledger) -> Ledger:
    return honest.copy()


def test_what_the_engine_wrote_is_derived_a_second_time_without_a_difference(honest: Ledger) -> None:
    assert [(one.case, one.seq, one.text.en) for one in honest.verify().findings] == []


def test_the_command_verifies_it_with_its_keys_and_triggers(database: Path) -> None:
    engine = open_engine(f"sqlite:///{database}", rules=migrated.old())

    assert auditing.verify(engine).findings == ()
    engine.close()


def test_the_docket_comes_out_as_its_documents_say(honest: Ledger) -> None:
    cases = {row["case"]: row for row in honest.projections}
    books = {migrated.old().hash: "old", migrated.new().hash: "new"}

    def stands(case: str, limit: str) -> tuple[str, bool, bool]:
        one = cases[case]["deadlines"][limit]
        return one["due"], bool(one["void_at"]), bool(one["lapsed_at"])

    # Five working days after Mon 2 March, eight, ten, fifteen: the 9th, 12th, 16th, 23rd.
    moved = json.loads(honest.row("M-1", 4)["body"])["effects"]
    assert [(one["do"], one["limit"], one.get("deadline", {}).get("due")) for one in moved] == [
        ("void", "outer_reply", None),
        ("move", "outermost", "2026-03-23"),
        ("move", "reply", "2026-03-12"),
        ("void", "supplement", None),
    ]
    assert stands("M-1", "review") == ("2026-03-10", False, False)
    assert stands("M-1", "supplement") == ("2026-03-23", True, False)
    assert stands("M-1", "outermost") == ("2026-03-23", True, False)
    assert stands("M-2", "outer_reply") == ("2026-03-16", False, False)
    assert stands("M-2", "reply") == ("2026-03-09", False, True)
    assert stands("O-2", "correction") == ("2026-03-02", False, True)
    assert {name: (row["state"], books[row["rules"]]) for name, row in cases.items()} == {
        "M-1": ("answered", "old"),
        "M-2": ("silent", "old"),
        "M-3": ("answered", "old"),
        "M-3/C": ("settled", "new"),
        "O-1": ("closed", "old"),
        "O-2": ("reported", "new"),
        "O-3": ("closed", "new"),
    }


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.what)
def test_a_lie_is_found_at_its_event_with_its_code(ledger: Ledger, lie: Lie) -> None:
    lie.change(ledger)

    found = {(one.case, one.seq, one.code) for one in ledger.verify(projected=False).findings}

    seq = lie.seq if lie.case else migrated.entry(ledger, lie.seq)
    assert (lie.case, seq, lie.code) in found


def test_a_limit_that_has_passed_by_its_shorter_date_lapses_with_the_migration_that_made_it_shorter(
    tmp_path: Path,
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'shorter.db'}", rules=migrated.old())
    cast = [line for line in DOCKET if line["do"] == "register"]
    migrated.play_lines(engine, "asked", [*cast, ask("02T09", "M-1", "a-office", "b-office", "conditional")])
    migrated.move(engine, migrated.there(), migrated.new(), migrated.THERE)
    migrated.move(engine, migrated.back(), migrated.old(), migrated.at("10T09"))
    engine.close()
    ledger = Ledger.read(tmp_path / "shorter.db", rules=migrated.old())
    assert ledger.verify().findings == ()
    assert [(row["seq"], row["kind"]) for row in ledger.rows if row["case"]][2:] == [(3, "migration"), (4, "lapse")]

    dropped("M-1", 4)(ledger)

    found = [(one.case, one.seq, one.code) for one in ledger.verify(projected=False).findings]
    assert found == [("M-1", 3, "missing_lapse")]


def moves(ledger: Ledger) -> list[tuple[str, int]]:
    return [(row["case"], row["seq"]) for row in ledger.rows if row["kind"] == "migration"]


def test_a_value_changed_anywhere_in_a_migration_is_found(honest: Ledger) -> None:
    unseen = []
    for case, seq in moves(honest):
        said, verification = json.loads(honest.row(case, seq)["body"]), From(honest.around(case), case, seq)
        for path in leaves(said):
            if path[-1] in WORDS:
                continue
            if not verification.finds(lambda one, path=path: put(one, path, another(get(one, path)))):
                unseen.append((case, seq, path))

    assert unseen == []


def test_whatever_is_put_into_a_migration_is_never_an_error(honest: Ledger) -> None:
    chance = random.Random(809)
    strange: list[Any] = [None, "", "x", 0, -1, True, [], [[]], {}, {"do": "move"}, [{"do": "void"}], "9999-12-31"]
    for case, seq in moves(honest):
        said, verification = json.loads(honest.row(case, seq)["body"]), From(honest.around(case), case, seq)
        places = {path[:length] for path in leaves(said) for length in range(1, len(path) + 1)}
        for path in chance.sample(sorted(places, key=str), min(40, len(places))):
            found = verification.verify(lambda one, path=path: put(one, path, chance.choice(strange)))

            assert isinstance(found.ok, bool)


def test_whatever_is_put_into_a_document_is_never_an_error(honest: Ledger) -> None:
    chance = random.Random(2022)
    strange: list[Any] = [None, "", "x", 0, True, [], [[]], {}, {"do": "keep"}, [{"id": "sharing"}]]
    for number, document in enumerate((migrated.there(), migrated.back())):
        places = {path[:length] for path in leaves(document) for length in range(1, len(path) + 1)}
        for path in sorted(places, key=str):
            ledger = honest.copy()
            value = chance.choice(strange)
            migrated.redocumented(number, lambda one, path=path, value=value: put(one, path, value))(ledger)

            assert isinstance(ledger.verify(projected=False).ok, bool)


@pytest.mark.parametrize("name", [migrated.old().id, migrated.old().version, migrated.old().hash])
def test_a_rule_book_goes_by_its_id_its_version_or_its_hash(ledger: Ledger, name: str) -> None:
    migrated.redocumented(0, lambda one: one.update({"from": name}))(ledger)
    migrated.redocumented(1, lambda one: one.update(to=name))(ledger)

    assert ledger.verify(projected=False).ok


def test_a_correction_after_a_move_is_judged_by_the_table_of_the_act_that_it_corrects(ledger: Ledger) -> None:
    """The second event of M-2 led from a state that the new table does not have. The move back is left out here."""
    moved = ledger.row("M-2", 3)
    at = datetime.fromisoformat("2026-03-05T12:00:00+08:00")
    said = {
        "role": "provider",
        "from": "aside",
        "to": "aside",
        "payload": {"corrects": 2, "corrected": {"note": "待核"}, "reasons": "笔误"},
        "guards": [],
        "effects": [{"do": "note", "corrects": 2, "was": {"note": "待核实"}, "is": {"note": "待核"}}],
        "edition": json.loads(moved["body"])["edition"],
    }
    told = {"at": at, "recorded_at": at, "kind": "correction", "name": "correct", "by": "b-office"}
    ledger.rows = [row for row in ledger.rows if row["case"] != "M-2" or row["seq"] < 4]
    ledger.rows.insert(ledger.index("M-2", 3) + 1, {**moved, **told, "body": canonical(said)})
    ledger.reseal("M-2")

    assert [one.text.en for one in ledger.verify(projected=False).findings if one.case == "M-2"] == []


@pytest.mark.parametrize(
    ("days", "fixed", "number", "before", "length"),
    [
        (5, None, 8, 5, (8, None)),
        (9, None, 8, 5, (12, None)),
        (None, "2026-03-20", 8, None, (8, None)),
        (5, None, None, None, (5, None)),
        (None, "2026-03-20", None, None, (None, "2026-03-20")),
    ],
)
def test_a_limit_counted_anew_has_the_number_of_the_new_book_with_its_extension_or_what_the_act_gave_it(
    days: int | None, fixed: str | None, number: int | None, before: int | None, length: tuple[int | None, str | None]
) -> None:
    assert length_of({"working_days": days, "fixed_day": fixed}, number, before) == length
