"""The one door to `transitions`: a stateless machine per procedure version, a slotted walker per step, never attached.

A shared machine with `model=None` costs about 9 µs a step and 104 bytes a case; an attached model or a machine per case
costs fifty times that, leaks, and mixes threads. Guards are
callables of ours, never strings (a string would be imported), and answer bool or raise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transitions import EventData, Machine

from gongxiang.workflow.procedure import Procedure, Row

NEW = "(new)"
"""The state of a case before its opening step."""

_machines: dict[str, Machine] = {}


class Walker:
    """The case for the length of one step: where it stands, who decides whether a row admits it, and the row that
    did.
    """

    __slots__ = ("admits", "row", "state")

    def __init__(self, state: str, admits: Callable[[Row], bool]) -> None:
        self.state = state or NEW
        self.admits = admits
        self.row: Row | None = None


def walk(procedure: Procedure, name: str, walker: Walker) -> Row | None:
    """Trigger `name` on the walker; return the row taken, or None when no row from its state admits it.

    On success `walker.state` is the new state. The walker is thrown away after one step, whatever happens.
    """
    machine = _machines.get(procedure.version)
    if machine is None:
        machine = _machines.setdefault(procedure.version, _build(procedure))
    event = machine.events[name]
    if walker.state not in event.transitions:
        return None
    return walker.row if event.trigger(walker) else None


def _build(procedure: Procedure) -> Machine:
    machine = Machine(
        model=None,
        states=[NEW, *procedure.states],
        initial=NEW,
        auto_transitions=False,
        send_event=True,
        queued=False,
    )
    for row in procedure.rows:
        for source in row.sources or (NEW,):
            machine.add_transition(row.name, source, row.to, conditions=[_admits(row)])
    return machine


def _admits(row: Row) -> Callable[[EventData], bool]:
    def condition(event: EventData) -> bool:
        walker: Any = event.model
        admitted = walker.admits(row)
        if not isinstance(admitted, bool):
            raise TypeError(f"the guard of {row.name} answered {admitted!r}, not a bool")
        if admitted:
            walker.row = row
        return admitted

    return condition
