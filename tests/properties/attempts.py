"""Acts as anybody might try them: any step of any procedure, by anybody, with right and wrong contents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import acts
from hypothesis import strategies as st

from gongxiang import rules
from gongxiang.errors import GongxiangError
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.receipt import Receipt

BOOK = rules.rule_book()
PEOPLE = tuple(name for name, *_ in acts.DEPARTMENTS)
CITIZENS = ("police", "labour", "bureau", "centre", "discipline", "harbour", "water")
TEXT = st.sampled_from(["理由", "另一理由", "事实"])
DAYS = st.sampled_from([1, 5, 10, 30])

# What each field may carry. A date is given as days from the act; a wrong one stands among the right ones.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "outcome": st.sampled_from(["grant", "refuse", "sanction", "none"]),
    "ground": st.sampled_from(["26.2", "26.2", "26.2", "26.7"]),
    "working_days": DAYS,
    "proof": st.just("身份证"),
    "to": st.sampled_from(["discipline", "discipline", "police"]),
}
WAITS = st.one_of(
    st.timedeltas(timedelta(0), timedelta(hours=8)),
    st.integers(0, 12).map(lambda days: timedelta(days=days)),
    st.just(timedelta(0)),
)
"""How long until the next act: no time at all, some hours, some days at the same hour."""


@st.composite
def payloads(draw: st.DrawFn, procedure: str, step: str, moment: datetime) -> dict[str, Any]:
    """Return what one row of the step carries, complete; one in ten times with a field missing, unknown or blank."""
    row = draw(st.sampled_from(BOOK.procedures[procedure].by_name[step]))
    payload: dict[str, Any] = {}
    for name, kind in row.payload.items():
        if name == "about" or (name == "issued_on" and kind.endswith("?")):
            continue
        if name in row.exactly_one:
            continue
        if kind == "flag?":
            payload[name] = draw(st.booleans())
        elif kind.startswith("date"):
            payload[name] = (moment.date() + timedelta(days=draw(st.integers(-20, 0)))).isoformat()
        elif not kind.endswith("?") or draw(st.booleans()):
            payload[name] = draw(FIELDS.get(name, TEXT))
    if row.exactly_one:
        due = (moment.date() + timedelta(days=draw(st.integers(0, 30)))).isoformat()
        payload |= draw(st.one_of(DAYS.map(lambda days: {"working_days": days}), st.just({"due": due})))
    flaw = draw(st.integers(0, 19))
    if flaw == 0:
        payload["nonsense"] = "x"
    elif flaw == 1 and payload:
        payload.pop(next(iter(payload)))
    elif flaw == 2 and payload:
        payload[next(iter(payload))] = "  "
    return payload


def opened(
    engine: Engine, procedure: str, step: str, case: str, by: str, other: str, at: datetime, payload: dict[str, Any]
) -> Receipt:
    """Open a case: `other` is the other side, where the procedure has one."""
    sides: dict[str, Any] = {
        "share_request": {"provider": other, "resource": acts.RESOURCE},
        "verification": {"provider": other},
        "dispute": {"provider": other, "resource": acts.RESOURCE},
        "rectification": {"against": other},
        "catalogue_update": {} if by == other else {"against": other},
        "incident": {},
    }[procedure]
    return engine.open(procedure, case=case, step=step, by=by, at=at, payload=payload, **sides)


def tried(act: Any) -> Receipt | GongxiangError:
    """Return the receipt or the refusal of an act."""
    try:
        result: Receipt = act()
    except GongxiangError as error:
        return error
    return result


def fired(
    engine: Engine, case: str, step: str, by: str, at: datetime, payload: dict[str, Any]
) -> Receipt | GongxiangError:
    """Return the receipt or the refusal of a step."""
    return tried(lambda: engine.fire(case, step, by=by, at=at, payload=payload))


OPENINGS = [(procedure.id, row.name) for procedure in BOOK.procedures.values() for row in procedure.openings]
