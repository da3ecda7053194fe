"""The acts that are measured: one request from its submission to its end, with the dispute that it leads to.

Seven acts on two cases, under the law that `open_engine` takes by itself: Shenyang's of spring 2026. `raise_dispute`
opens the dispute and `settle` moves the request too, so nine events are written.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import gongxiang

Engine = Any
"""What `gongxiang.open_engine` returns."""

CAST = {"sy-hrss": "government", "sy-mps": "government", "sy-data": "authority"}
RESOURCE = {
    "code": "307-01-000001",
    "name": "人口基础信息",
    "sharing": "conditional",
    "legal_basis": ["中华人民共和国居民身份证法第十九条"],
}
REQUEST = {"purpose": "待遇资格认证", "basis": "中华人民共和国社会保险法", "scope": "姓名、公民身份号码"}


def moment(text: str) -> datetime:
    """Return a moment of Beijing time in 2026."""
    return datetime.fromisoformat(f"2026-{text}+08:00")


FIRED: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("", "refuse", "sy-mps", "02-25T10:00", {"reasons": "范围超出职责", "legal_basis": ["某条例第五条"]}),
    ("", "raise_dispute", "sy-hrss", "02-26T10:00", {"grounds": "请求有法律依据"}),
    ("/D", "apply", "sy-hrss", "02-26T11:00", {"negotiation": "双方协商两次，未达成一致"}),
    ("/D", "accept", "sy-data", "02-27T10:00", {}),
    ("/D", "settle", "sy-data", "03-02T10:00", {"outcome": "grant", "opinion": "双方同意缩小范围"}),
    ("", "close", "sy-hrss", "03-03T10:00", {}),
)
STEPS = ("submit", *(step for _, step, *_ in FIRED))

DUE = moment("02-27T00:00").astimezone(UTC)
"""The moment by which a submitted request is overdue in one of its limits (the provider's five working days)."""


def opened(url: str) -> Engine:
    """Return an engine with the cast on it, as it opens by default."""
    engine = gongxiang.open_engine(url)
    for name, kind in CAST.items():
        engine.register(department(name, kind), idempotency_key=f"cast {name}")
    return engine


def department(name: str, kind: str) -> dict[str, str]:
    """Return what the register says of one of the cast."""
    return {"id": name, "name": name, "region": "210100", "level": "city", "kind": kind}


def begun(url: str) -> None:
    """Let the database hold the cast and one whole case, and with it all that a first case brings."""
    with closing(opened(url)) as engine:
        for act in acts(engine, name(998, 0)):
            act()


def acts(engine: Engine, case: str, submitted: str = "02-12T09:00") -> list[Callable[[], object]]:
    """Return the acts of a case in their order, each with an idempotency key of its own."""

    def submit() -> object:
        return engine.open(
            "share_request",
            case=case,
            by="sy-hrss",
            provider="sy-mps",
            at=moment(submitted),
            resource=RESOURCE,
            payload=REQUEST,
            idempotency_key=f"{case} submit",
        )

    def fired(suffix: str, step: str, by: str, at: datetime, payload: dict[str, Any]) -> Callable[[], object]:
        return lambda: engine.fire(case + suffix, step, by=by, at=at, payload=payload, idempotency_key=f"{case} {step}")

    rest = (fired(suffix, step, by, moment(at), payload) for suffix, step, by, at, payload in FIRED)
    return [submit, *rest]


def incident(engine: Engine, case: str) -> list[Callable[[], object]]:
    """Return the acts of a case that is done soon: an incident is detected and found to be none."""
    common = {"by": "sy-mps", "case": case}
    facts, reasons = {"facts": "接口访问量异常"}, {"reasons": "经核查为系统升级所致"}
    return [
        lambda: engine.open(
            "incident", **common, at=moment("02-12T09:00"), payload=facts, idempotency_key=f"{case} detect"
        ),
        lambda: engine.fire(
            **common, step="dismiss", at=moment("02-13T09:00"), payload=reasons, idempotency_key=f"{case} dismiss"
        ),
    ]


def name(worker: int, number: int) -> str:
    """Return the name of a case, of the same length for all of them."""
    return f"W{worker:03}N{number:09}"


PATTERN = name(999, 999_999_999)
"""The case whose rows the others are written after."""
