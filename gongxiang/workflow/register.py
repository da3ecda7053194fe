"""The register: who takes part and which notices were imported, as its own chain of events says on any day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gongxiang.calendars import BEIJING, Notice
from gongxiang.errors import AlreadyDone, BadInput, OutOfOrder, Reason, Text
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.ledger import GENESIS, Event
from gongxiang.workflow.vocabulary import SEATED, Department, Kind

ALWAYS = datetime(1900, 1, 1, tzinfo=BEIJING)
"""Since when a department takes part that was registered without a date."""

Seat = tuple[Kind, str, str]
"""A kind, a level and a region."""


@dataclass(slots=True)
class Register:
    """The fold of the registers' chain. Entries are dated: what holds on a day is the last one entered for that day or
    before. `recalculations`: by edition the place of its last one in the chain, the newest last.
    """

    seq: int = 0
    head: str = GENESIS
    entries: dict[str, tuple[tuple[datetime, Department], ...]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    recalculations: dict[str, int] = field(default_factory=dict)
    _seats: dict[Seat, tuple[tuple[datetime, str], ...]] = field(default_factory=dict)

    def after(self, events: Sequence[Event]) -> Register:
        """Return the register with further events of the chain; `events` begins with the last one known, if any was."""
        further = events[1:] if self.seq else events
        return self._with(further) if further else self

    def with_event(self, event: Event) -> Register:
        """Return the register with one more event of its chain; this one stays as it was."""
        return self._with([event])

    def _with(self, events: Iterable[Event]) -> Register:
        copy = replace(
            self, entries=dict(self.entries), recalculations=dict(self.recalculations), _seats=dict(self._seats)
        )
        copy._take_in(events)
        return copy

    def _take_in(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.kind == "department":
                department = Department.from_record(event.content["department"])
                self.entries[event.name] = (*self.entries.get(event.name, ()), (event.at, department))
                if department.kind in SEATED:
                    seat = (department.kind, *department.place)
                    self._seats[seat] = (*self._seats.get(seat, ()), (event.at, event.name))
            elif event.kind == "notice":
                self.notices += (Notice.from_record(event.content["notice"]),)
            elif event.kind == "recalculation":
                self.recalculations.pop(event.name, None)  # the newest stands last
                self.recalculations[event.name] = event.seq
            self.seq, self.head = event.seq, event.hash

    def department(self, name: str, at: datetime) -> Department | None:
        """Return the department of that id as the register has it at `at`, or None."""
        for since, department in reversed(self.entries.get(name, ())):
            if since <= at:
                return department
        return None

    def seat(self, kind: Kind, level: str, region: str, at: datetime) -> Department | None:
        """Return who has the seat of that kind in a place at `at` (its authority, its government): the one entered
        last, if it still has it.
        """
        for since, name in reversed(self._seats.get((kind, level, region), ())):
            found = self.department(name, at) if since <= at else None
            if found and found.kind is kind and found.place == (level, region):
                return found
        return None

    def departments(self, at: datetime) -> dict[str, Department]:
        """Return everybody who takes part at `at`, by id."""
        return {name: found for name in self.entries if (found := self.department(name, at))}

    def last(self, name: str) -> tuple[datetime, Department] | None:
        """Return the last entry of a department and since when it holds."""
        entries = self.entries.get(name)
        return entries[-1] if entries else None


def refuse_entry(department: Department, last: tuple[datetime, Department], at: datetime | None) -> None:
    """Refuse an entry that says what the register says already, that has no date, or that is dated before the last
    one.
    """
    since, known = last
    if known == department:
        raise AlreadyDone(
            Reason(
                "already_registered",
                Text(f"部门“{department.id}”已如此登记", f"'{department.id}' stands in the register exactly so"),
                None,
                Text("无须再次登记", "there is nothing to enter"),
            )
        )
    if at is None:
        raise BadInput(
            Reason(
                "missing_date",
                Text(
                    f"部门“{department.id}”已登记，变更须注明自何时起",
                    f"'{department.id}' is registered; a change says from when",
                ),
                None,
                Text("请给出 at", "give `at`"),
            )
        )
    if at < since:
        day = beijing(since).date()
        raise OutOfOrder(
            Reason(
                "out_of_order",
                Text(
                    f"部门“{department.id}”的登记已到{day}",
                    f"the register of '{department.id}' already goes to {day}",
                ),
                None,
                Text("请按时间先后登记", "enter changes in order of time"),
            )
        )
