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

# What each field may carry. A date is given as days from the act; a wrong one stands among the right ones.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "outcome": st.sampled_from(["grant", "refuse", "sanction", "none"]),
    "ground": st.sampled_from(["26.2", "26.2", "26.2", "26.7"]),
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
    """Return what a row of the step carries: all it must, or all it may, or with a field blank, missing or unknown."""
    row = draw(st.sampled_from(BOOK.procedures[procedure].by_name[step]))
    kind = draw(st.sampled_from(["must", "must", "must", "may", "may", "blank", "missing", "unknown"]))
    payload: dict[str, Any] = {}
    for name, type_ in row.payload.items():
        optional = type_.endswith("?") and (kind == "must" or name in ("about", "issued_on"))
        if optional or name in row.exactly_one:
            continue
        if type_ == "flag?":
            payload[name] = True
        elif type_.startswith("date"):
            payload[name] = (moment.date() - timedelta(days=draw(st.integers(0, 20)))).isoformat()
        else:
            payload[name] = draw(FIELDS.get(name, TEXT))
    if row.exactly_one:
        due = (moment.date() + timedelta(days=draw(st.integers(0, 30)))).isoformat()
        lengths: list[dict[str, Any]] = [{"working_days": 1}, {"working_days": 20}, {"due": due}]
        payload |= draw(st.sampled_from(lengths))
    if kind == "unknown":
        payload["nonsense"] = "x"
    elif kind in ("blank", "missing") and payload:
        field = next(iter(payload))
        payload = {name: value for name, value in payload.items() if name != field}
        if kind == "blank":
            payload[field] = "  "
    return payload


def opened(
    engine: Engine, procedure: str, step: str, case: str, by: str, other: str, at: datetime, payload: dict[str, Any]
) -> Receipt:
    """Open a case: `other` is the other side, where the procedure has one."""
    sides: dict[str, dict[str, Any]] = {
        "share_request": {"provider": other, "resource": acts.RESOURCE},
        "verification": {"provider": other},
        "dispute": {"provider": other, "resource": acts.RESOURCE},
        "rectification": {"against": other},
        "catalogue_update": {} if by == other else {"against": other},
        "incident": {},
    }
    return engine.open(procedure, case=case, step=step, by=by, at=at, payload=payload, **sides[procedure])


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
