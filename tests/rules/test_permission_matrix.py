"""Who may do what where: the signed-off matrix, the tables, and the engine, tried cell by cell, say the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matrix
import pytest
import scenes
from scenes import BY_GUARD, PEOPLE, SCENES, Scene, at, payload
from sqlmodel import Session, create_engine
from sqlmodel.pool import StaticPool

import gongxiang
from gongxiang import rules
from gongxiang.errors import GongxiangError, Refused, StepNotAllowed
from gongxiang.workflow.engine import Engine

MATRIX = matrix.baseline()
BOOK = rules.rule_book()
FOR_SOMEBODY_ELSE = {"wrong_party", "wrong_level"}


def test_the_signed_off_matrix_is_what_the_tables_say() -> None:
    assert matrix.BASELINE.read_text(encoding="utf-8") == matrix.whole()


def test_the_signed_off_matrix_is_whole() -> None:
    head, _, body = matrix.BASELINE.read_text(encoding="utf-8").partition("procedure\t")

    assert hashlib.sha256(f"procedure\t{body}".encode()).hexdigest() in head


def test_every_state_of_every_procedure_has_its_scene() -> None:
    wanted = {(table.id, state) for table in BOOK.procedures.values() for state in table.states}

    assert {(scene.procedure, scene.state) for scene in SCENES} == wanted
    assert {key[:2] for key in MATRIX if key[1] != matrix.NEW} == wanted


@contextmanager
def staged(scene: Scene | None, url: str) -> Iterator[tuple[Engine, Session]]:
    """Yield an engine in a host's session, with the people registered and the case in its state, all committed."""
    with Session(create_engine(url, poolclass=StaticPool)) as session:
        engine = gongxiang.open_engine(session=session, rules="decree-330")
        for name, (kind, region) in PEOPLE.items():
            engine.register({"id": name, "name": name, "region": region, "level": "city", "kind": kind})
        if scene is not None:
            told = dict(scene.opening)
            procedure, step = told.pop("procedure"), told.pop("step", None)
            first = step or BOOK.procedures[procedure].openings[-1].name
            engine.open(procedure, case="C-1", at=at("02T09:00"), step=step, payload=payload(procedure, first), **told)
            for moment, who, act in scene.acts:
                name, _, to = act.partition(" ")
                if name == "sweep":
                    engine.sweep(now=at(moment))
                    continue
                carried = {**payload(procedure, name), **({"to": to} if to else {})}
                engine.fire("C-1", name, by=who, at=at(moment), payload=carried)
            assert engine.case(scene.case, now=at(scene.tried_at)).state == scene.state
        session.commit()
        yield engine, session


def codes(refused: GongxiangError) -> set[str]:
    """Return the codes of the reasons; one that says nothing in a language is a code of its own."""
    return {reason.code if reason.text.zh and reason.text.en else "silent" for reason in refused.reasons}


def attempt(engine: Engine, session: Session, scene: Scene, step: str, who: str) -> set[str] | None:
    """Try a step; return the codes of the reasons against it, or None when it was taken. Nothing stays behind."""
    carried = payload(scene.procedure, step)
    try:
        receipt = engine.fire(scene.case, step, by=who, at=at(scene.tried_at), payload=carried)
    except StepNotAllowed as refused:
        return codes(refused) if refused.state == scene.state else {f"refused in {refused.state}"}
    finally:
        session.rollback()
    assert (receipt.from_state, receipt.step) == (scene.state, step)
    assert receipt.to_state in MATRIX[scene.procedure, scene.state, step]["to"].split("|")
    return None


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.procedure} {scene.state} {scene.note}".strip())
def test_the_engine_allows_exactly_what_the_matrix_says(scene: Scene, url: str) -> None:
    wrong: list[Any] = []
    with staged(scene, url) as (engine, session):
        for (procedure, state, step), cells in MATRIX.items():
            if (procedure, state) != (scene.procedure, scene.state):
                continue
            for who in PEOPLE:
                said = {cells[role] for role in scene.roles.get(who, set()) | {"outsider"}}
                wanted = {"yes", "state", "party"}.intersection(said) & (
                    {"yes"} if "yes" in said else {"state", "party"}
                )
                found = attempt(engine, session, scene, step, who)
                guard = BY_GUARD.get((procedure, state, step))
                fits = (
                    (found is None if guard is None else found == {guard})
                    if wanted == {"yes"}
                    else found is not None
                    and ("wrong_state" in found if wanted == {"state"} else bool(found & FOR_SOMEBODY_ELSE))
                )
                if not fits:
                    wrong.append((step, who, wanted, found))

    assert wrong == []


OPENINGS: dict[str, dict[str, Any]] = {
    "share_request": {"provider": "owner", "resource": scenes.RESOURCE},
    "verification": {"provider": "owner"},
    "dispute": {"requester": "user", "provider": "owner", "resource": scenes.RESOURCE},
    "catalogue_update": {"against": "unit"},
    "incident": {},
    "rectification": {"against": "unit"},
}
SIDES, ONE = {"user": "requester", "owner": "provider"}, {"unit": "department"}
OPENERS = {name: ONE if table.anchor == "department" else SIDES for name, table in BOOK.procedures.items()}


@pytest.mark.parametrize(("procedure", "step"), [(key[0], key[2]) for key in MATRIX if key[1] == matrix.NEW])
def test_a_case_is_opened_exactly_by_whom_the_matrix_says(procedure: str, step: str, url: str) -> None:
    wrong: list[Any] = []
    cells = MATRIX[procedure, matrix.NEW, step]
    with staged(None, url) as (engine, session):
        for who, (kind, region) in PEOPLE.items():
            role = OPENERS[procedure].get(who, "outsider")
            if kind in ("authority", "working_body") and region == scenes.CITY:
                role = kind
            cell = cells[role]
            try:
                engine.open(
                    procedure,
                    case="C-1",
                    by=who,
                    at=at("02T09:00"),
                    step=step,
                    payload=payload(procedure, step),
                    **OPENINGS[procedure],
                )
                found: set[str] | None = None
                as_role = engine.history("C-1")[0].role
            except Refused as refused:
                found, as_role = codes(refused), ""
            finally:
                session.rollback()
            if cell == "yes":
                fits = found is None
            elif cell.startswith("as "):
                # Whoever opens becomes that party, unless no such kind may be it, or it is the other side already.
                barred = {"competent_organ": {"wrong_kind"}}.get(
                    kind, {"same_department"} if role == "provider" else None
                )
                fits = found == barred and (found is not None or as_role == cell.removeprefix("as "))
            else:
                fits = found is not None and bool(found & (FOR_SOMEBODY_ELSE | {"wrong_kind"}))
            if not fits:
                wrong.append((who, role, cell, found, as_role))

    assert wrong == []


def test_what_is_nobodys_is_taken_by_nobody() -> None:
    nobodys = {
        (row.name, table.id)
        for table in BOOK.procedures.values()
        for row in table.rows
        if row.by <= {"clock", "engine"}
    }

    assert {name for name, _ in nobodys} == {"lapse", "moot", "dispute_settled", "dispute_ended"}
    for (procedure, _, step), cells in MATRIX.items():
        if (step, procedure) in nobodys:
            assert "yes" not in {cells[role] for role in matrix.ROLES}
