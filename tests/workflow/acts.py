"""A cast of departments and the ordinary acts of every procedure, for the tests of the machinery."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import gongxiang
from gongxiang.workflow.case import Case, fold
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.receipt import Receipt

DEPARTMENTS = (
    ("police", "沈阳市公安局", "210100", "city", "government"),
    ("labour", "沈阳市人社局", "210100", "city", "government"),
    ("bureau", "沈阳市数据局", "210100", "city", "authority"),
    ("centre", "沈阳市大数据中心", "210100", "city", "working_body"),
    ("water", "沈阳水务集团", "210100", "city", "utility"),
    ("customs", "沈阳海关", "210100", "city", "central"),
    ("discipline", "沈阳市纪委监委", "210100", "city", "competent_organ"),
    ("dalian", "大连市数据局", "210200", "city", "authority"),
    ("harbour", "大连市交通局", "210200", "city", "government"),
    ("beijing", "北京市公安局", "110000", "city", "government"),
)
RESOURCE = {"code": "307-01-000001", "name": "人口基础信息", "sharing": "conditional", "legal_basis": ["某条例第三条"]}
REQUEST = {"purpose": "核验参保人员", "basis": "社会保险法", "scope": "姓名、身份证号"}
RECORDED = "2026-12-31T00:00"


def at(text: str) -> datetime:
    """Return a moment of Beijing time."""
    return datetime.fromisoformat(f"{text}+08:00")


def department(name: str) -> dict[str, str]:
    """Return the record of one of the cast."""
    row = next(row for row in DEPARTMENTS if row[0] == name)
    return dict(zip(("id", "name", "region", "level", "kind"), row, strict=True))


def engine(url: str = "sqlite://", clock: Callable[[], datetime] = lambda: at(RECORDED)) -> Engine:
    """Return an engine on which the cast is registered, once. The clock stands still."""
    opened = gongxiang.open_engine(url, clock=clock, rules="decree-330")
    enter_cast(opened)
    return opened


def enter_cast(opened: Engine) -> None:
    """Register the cast, once."""
    for name, *_ in DEPARTMENTS:
        opened.register(department(name), idempotency_key=f"cast {name}")


def request(opened: Engine, case: str = "R-1", **changes: Any) -> Receipt:
    """Submit an ordinary request; received on 12 February 2026, its reply is due on the 26th."""
    given = {
        "by": "labour",
        "provider": "police",
        "at": at("2026-02-12T09:00"),
        "resource": RESOURCE,
        "payload": REQUEST,
    }
    return opened.open("share_request", case=case, **{**given, **changes})


def finding(opened: Engine, case: str = "X-1", **changes: Any) -> Receipt:
    """Find that the police share nothing of what they must."""
    payload = {"ground": "26.2", "facts": "未按规定共享"}
    given = {"by": "bureau", "against": "police", "at": at("2026-03-02T09:00"), "payload": payload}
    return opened.open("rectification", case=case, **{**given, **changes})


def order(opened: Engine, case: str = "X-1", **changes: Any) -> Receipt:
    """Order the correction within ten working days of 3 March 2026: by the 17th."""
    payload = {"ground": "26.2", "facts": "未按规定共享", "working_days": 10}
    given = {"by": "bureau", "at": at("2026-03-03T09:00"), "payload": payload}
    return opened.fire(case, "order", **{**given, **changes})


def chains(opened: Engine) -> dict[str, list[Event]]:
    """Return the ledger, chain by chain."""
    found: dict[str, list[Event]] = {}
    for event in opened.ledger():
        found.setdefault(event.case, []).append(event)
    return found


def heads(opened: Engine) -> dict[str, str]:
    """Return the hash of the last event of every chain: equal heads, equal ledgers."""
    return {case: events[-1].hash for case, events in chains(opened).items()}


def faults(opened: Engine) -> list[str]:
    """Return what is wrong with the ledger or its projection: worked out here, from docs/reference/ledger.md alone."""
    found = []
    stood = {case.case: case for case in opened.projections()}
    told = chains(opened)
    for name, events in told.items():
        prev = "0" * 64
        for number, event in enumerate(events, start=1):
            if (event.seq, event.prev, event.hash) != (number, prev, _hash(event)):
                found.append(f"{name}: the chain breaks at {number}")
            prev = event.hash
        if name and stood.get(name) != fold(events):
            found.append(f"{name}: the projection is not the fold of its events")
    return found + [f"{name}: a row without events" for name in stood.keys() - told.keys()]


def projected(opened: Engine, case: str) -> Case:
    """Return the row of a case."""
    return next(one for one in opened.projections() if one.case == case)


def _hash(event: Event) -> str:
    epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    moments = []
    for moment in (event.at, event.recorded_at):
        since = moment - epoch
        moments.append(str((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds))
    parts = (
        event.case,
        str(event.seq),
        *moments,
        event.kind,
        event.name,
        event.by,
        event.rules,
        event.body,
        event.prev,
    )
    whole = b"gongxiang/event/1"
    for part in parts:
        whole += len(part.encode()).to_bytes(8, "big") + part.encode()
    return hashlib.sha256(whole).hexdigest()
