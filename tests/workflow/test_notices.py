"""Notices are entered all or none, with the recalculation they bring or without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import acts
import pytest
from acts import at
from test_host_session import notice_2027

from gongxiang.calendars import Notice
from gongxiang.errors import AlreadyDone, BadInput, FaultyNotice, GongxiangError, StepNotAllowed, UnknownDepartment
from gongxiang.workflow.engine import Engine

NOTICE = notice_2027(7)
NOW = at("2026-12-29T09:00")


@pytest.fixture
def engine(url: str) -> Engine:
    opened = acts.engine(url)
    acts.request(opened, at=at("2026-12-28T09:00"))
    return opened


def test_a_signed_import_moves_the_deadlines_in_the_same_act(engine: Engine) -> None:
    done = engine.import_notices([NOTICE], at=NOW, by="bureau", signer="王某")

    # 29, 30, 31 December, then 8 and 11 January: 1 to 7 January are off by the notice, 9 and 10 are a weekend.
    assert [(move.case, move.old, move.new) for move in done.moved] == [("R-1", date(2027, 1, 5), date(2027, 1, 11))]
    assert [(case, kind) for case, _, kind, _ in done.receipt.recorded] == [
        ("", "notice"),
        ("R-1", "recalculation"),
        ("", "recalculation"),
    ]
    assert engine.case("R-1", now=NOW).deadlines[0].due == date(2027, 1, 11)
    assert engine.recalculation_plan(now=NOW) == []


def test_an_unsigned_import_moves_nothing(engine: Engine) -> None:
    done = engine.import_notices([NOTICE], at=NOW)

    assert (done.moved, done.left) == ((), ())
    assert engine.case("R-1", now=NOW).deadlines[0].due == date(2027, 1, 5)
    assert [move.case for move in engine.recalculation_plan(now=NOW)] == ["R-1"]


REFUSED: dict[str, tuple[list[Notice], dict[str, Any], type[GongxiangError]]] = {
    "an unknown authority": ([NOTICE], {"by": "nobody", "signer": "王某"}, UnknownDepartment),
    "an unknown clerk": ([NOTICE], {"by": "nobody"}, UnknownDepartment),
    "a department that is no authority": ([NOTICE], {"by": "police", "signer": "王某"}, StepNotAllowed),
    "a signer without an authority": ([NOTICE], {"signer": "王某"}, UnknownDepartment),
    "a signer without a name": ([NOTICE], {"by": "bureau", "signer": ""}, BadInput),
    "shortening that nobody signs": ([NOTICE], {"by": "bureau", "shorten": True}, BadInput),
    "the same notice twice": ([NOTICE, NOTICE], {"by": "bureau", "signer": "王某"}, AlreadyDone),
    "a second notice that does not fit": ([NOTICE, replace(NOTICE, id="other")], {"by": "bureau"}, FaultyNotice),
    "no notice": ([], {"by": "bureau"}, BadInput),
}


@pytest.mark.parametrize(("notices", "told", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_leaves_no_notice_behind(
    notices: list[Notice], told: dict[str, Any], error: type[GongxiangError], engine: Engine
) -> None:
    before = acts.heads(engine)

    with pytest.raises(error):
        engine.import_notices(notices, at=NOW, **told)

    assert acts.heads(engine) == before
    assert NOTICE not in engine.edition().known
    assert engine.import_notices([NOTICE], at=NOW, by="bureau", signer="王某").moved != ()


ENTRIES: dict[str, Callable[[Engine, str], object]] = {
    "a department": lambda engine, by: engine.register({**acts.department("water"), "name": "新名"}, at=NOW, by=by),
    "notices": lambda engine, by: engine.import_notices([NOTICE], at=NOW, by=by),
    "a notice": lambda engine, by: engine.import_notice(NOTICE, by=by),
}


@pytest.mark.parametrize("enter", ENTRIES.values(), ids=ENTRIES)
def test_who_enters_something_stands_in_the_register_at_that_moment(
    enter: Callable[[Engine, str], object], engine: Engine
) -> None:
    later = {**acts.department("bureau"), "id": "later"}
    engine.register(later, at=at("2027-06-01T09:00"))
    before = acts.heads(engine)

    for name, near in (("bureua", "bureau"), ("later", "2027-06-01")):
        with pytest.raises(UnknownDepartment, match=near):
            enter(engine, name)

    assert acts.heads(engine) == before
    enter(engine, "bureau")


def test_the_first_of_a_register_is_entered_by_nobody_and_the_next_by_the_first(url: str) -> None:
    engine = acts.gongxiang.open_engine(url, clock=lambda: NOW, rules="decree-330")

    with pytest.raises(UnknownDepartment):
        engine.register(acts.department("bureau"), by="bureau")
    engine.register(acts.department("bureau"))

    assert engine.register(acts.department("police"), by="bureau").by == "bureau"
