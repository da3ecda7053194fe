"""The register as it stood is not changed by what is entered after it."""

from __future__ import annotations

from acts import at, department

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
