"""The register as it stood is not changed by what is entered after it."""

from __future__ import annotations

import pytest
from acts import at, department, engine

from gongxiang.errors import OutOfOrder
from gongxiang.workflow.ledger import Event, seal
from gongxiang.workflow.register import Register
from gongxiang.workflow.vocabulary import Kind


def entry(register: Register, name: str, kind: str, since: str) -> Event:
    """Return the event that enters one of the cast as of that kind."""
    return seal(
        case="",
        seq=register.seq + 1,
        at=at(since),
        recorded_at=at(since),
        kind="department",
        name=name,
        by="",
        rules="",
        body={"department": {**department(name), "kind": kind}},
        prev=register.head,
    )


def test_a_register_stays_as_it_was_when_more_is_entered() -> None:
    first = Register().with_event(entry(Register(), "bureau", "authority", "2020-01-01T00:00"))

    later = first.with_event(entry(first, "bureau", "government", "2024-01-01T00:00"))

    now = at("2026-02-12T09:00")
    assert [one.department("bureau", now).kind for one in (first, later)] == [Kind.AUTHORITY, Kind.GOVERNMENT]  # type: ignore[union-attr]
    assert first.seat(Kind.AUTHORITY, "city", "210100", now) is not None
    assert later.seat(Kind.AUTHORITY, "city", "210100", now) is None
    assert (first.seq, later.seq) == (1, 2)


def test_a_change_dated_too_early_is_told_the_day_of_the_last_one_in_beijing(url: str) -> None:
    """Three in the morning of 1 June in Beijing is still 31 May in the time that a database keeps."""
    opened = engine(url)
    bureau = {**department("bureau"), "kind": "government"}
    opened.register(bureau, at=at("2026-06-01T03:00"))

    with pytest.raises(OutOfOrder, match="already goes to 2026-06-01"):
        opened.register({**bureau, "name": "沈阳市数据局（新）"}, at=at("2026-05-20T09:00"))


def test_a_register_read_at_once_is_the_one_read_event_by_event() -> None:
    register, events = Register(), list[Event]()
    for name, kind, since in (
        ("bureau", "authority", "2020-01-01T00:00"),
        ("centre", "working_body", "2020-01-01T00:00"),
        ("dalian", "authority", "2021-01-01T00:00"),
        ("bureau", "government", "2024-01-01T00:00"),
    ):
        events.append(entry(register, name, kind, since))
        register = register.with_event(events[-1])

    known = Register().after(events[:2])

    assert Register().after(events) == register == known.after(events[1:])
    assert known.after(events[1:2]) is known
