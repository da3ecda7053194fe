"""What stands inside one transaction: the register, the calendar and the cases, as read and as staged so far.

It is the world that guards look at (`facts.World`). What is staged is written whole by `flush`, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Counting, Edition
from gongxiang.canonical import canonical
from gongxiang.errors import Reason, Text, UnknownCase
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.case import Case, apply
from gongxiang.workflow.deadline import Deadline, beijing
from gongxiang.workflow.ledger import Event, seal
from gongxiang.workflow.opening import need_department
from gongxiang.workflow.procedure import Procedure, RuleBook
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.register import ALWAYS, Register, refuse_entry
from gongxiang.workflow.store import Changes, Ruling, Transaction
from gongxiang.workflow.twins import twin_of, twin_text
from gongxiang.workflow.vocabulary import Department, Kind


class Staging:
    """Cases and events staged in one transaction. `flush` writes them.

    `gathers`: several acts are written together, so none of them writes at its end.
    """

    def __init__(
        self,
        transaction: Transaction,
        register: Register,
        editions: Callable[[Register, date], Edition],
        books: Callable[[Transaction, str], RuleBook],
        counting: Counting,
        recorded_at: datetime,
        *,
        writes: bool,
    ) -> None:
        self.gathers = False
        self.transaction = transaction
        self.register = register
        self.counting = counting
        self.recorded_at = recorded_at
        self.events: list[Event] = []
        self._before = 0
        self._keys: dict[str, tuple[str, str, str]] = {}
        self._books = books
        self._editions = editions
        self._writes = writes
        self._found: dict[str, Case | None] = {}
        self._staged: dict[str, Case] = {}
        self._turns: dict[str, int] = {}
        self._undo: list[tuple[str, Case | None]] = []
        self.new_books: dict[str, RuleBook] = {}

    # What guards look at

    def department(self, name: str, at: datetime) -> Department | None:
        """Return the department as the register has it at `at`."""
        return self.register.department(name, at)

    def seat(self, kind: Kind, level: str, region: str, at: datetime) -> Department | None:
        """Return who has the seat of that kind in a place at `at`."""
        return self.register.seat(kind, level, region, at)

    def edition(self, known_on: date) -> Edition:
        """Return the calendar published by `known_on`, with the notices staged here."""
        return self._editions(self.register, known_on)

    def procedure_of(self, case: str) -> str | None:
        """Return the procedure of a case, or None when there is no such case."""
        found = self.find(case)
        return found.procedure if found else None

    def open_twin(self, case: Case, role: str, keys: tuple[str, ...], values: Mapping[str, str]) -> str | None:
        """Return a case of the same procedure, party and remembered `keys` that was not closed when this one opens."""
        twin = twin_text(case.procedure, case.parties.get(role, ""), keys, values)
        if self._writes:
            self._turns[twin] = self.transaction.turn(twin)
        staged = (other for other in self._staged.values() if self._twin(other) == twin)
        same = (other for other in self.transaction.cases(twin=twin) if other.case not in self._staged)
        return next(
            (
                other.case
                for other in (*staged, *same)
                if other.case != case.case and not self._closed_by(other, case.opened_at)
            ),
            None,
        )

    def _twin(self, case: Case) -> str | None:
        return twin_of(case, self.procedure(case))

    def _closed_by(self, case: Case, at: datetime) -> bool:
        if not self.procedure(case).states[case.state].final or case.opened_at > at:
            return False
        if case.last_at <= at:
            return True
        for event in self.events_of(case.case):
            # The states of an event are those of the rule book that it was recorded under.
            states = self.book_at(event).procedures[case.procedure].states
            if event.at <= at and states[event.content["to"]].final:
                return True
        return False

    # Cases

    def events_of(self, case: str) -> list[Event]:
        """Return the events of a case, those staged here included."""
        return [*self.transaction.events(case), *(event for event in self.events if event.case == case)]

    def alarms(self, now: datetime) -> list[str]:
        """Return the cases with a deadline that ended at or before `now`, unmet and unrecorded, stored or staged."""
        staged = [
            (min(passed), name)
            for name, case in self._staged.items()
            if (passed := [one.ends_before for one in _running(case) if one.ends_before <= now])
        ]
        stored = (name for name in self.transaction.alarms(now) if name not in self._staged)
        return [*stored, *(name for _, name in sorted(staged))]

    def find(self, name: str) -> Case | None:
        """Return the case as staged so far, or None."""
        if name in self._staged:
            return self._staged[name]
        if name not in self._found:
            self._found[name] = self.transaction.case(name)
        return self._found[name]

    def need(self, name: str) -> Case:
        """Return the case. Raises UnknownCase with the nearest name."""
        case = self.find(name)
        if case is None:
            near = did_you_mean(name, [*self.transaction.like(name), *self._staged])
            raise UnknownCase(
                Reason(
                    "unknown_case",
                    Text(f"没有案件“{name}”{near.zh}", f"there is no case '{name}'{near.en}"),
                    None,
                    Text("请核对案件编号（case list）", "check the name (case list)"),
                )
            )
        return case

    def book(self, case: Case) -> RuleBook:
        """Return the rule book that the case is pinned to."""
        return self.new_books.get(case.rules) or self._books(self.transaction, case.rules)

    def book_at(self, event: Event) -> RuleBook:
        """Return the rule book that an event was recorded under; a migration changes that of its case."""
        return self._books(self.transaction, event.rules)

    def procedure(self, case: Case) -> Procedure:
        """Return the table that the case runs under."""
        return self.book(case).procedures[case.procedure]

    def too_late(self, case: Case, at: datetime) -> Reason | None:
        """Return why nothing of the moment `at` can be recorded in the case any more, or None."""
        if at >= case.last_at:
            return None
        last, act = f"{case.last_at:%Y-%m-%d %H:%M}", f"{beijing(at):%Y-%m-%d %H:%M}"
        return Reason(
            "out_of_order",
            Text(
                f"案件{case.case}的最后一个事件在{last}，不能再记录{act}的行为",
                f"the last event of {case.case} is of {last}; an act of {act} comes too late to be recorded",
            ),
            None,
            Text(
                "请按时间先后记录；遗漏的以更正事件说明",
                "record acts in order of time; state what was missed in a correction",
            ),
        )

    def stage(
        self,
        case: Case,
        *,
        at: datetime,
        kind: str,
        name: str,
        by: str,
        body: Mapping[str, Any],
        rules: str | None = None,
    ) -> Case:
        """Append an event to the case's chain, to be written by `flush`; return the case after it, pinned to `rules`
        where they change.
        """
        event = seal(
            case=case.case,
            seq=case.version + 1,
            at=at,
            recorded_at=self.recorded_at,
            kind=kind,
            name=name,
            by=by,
            rules=rules or case.rules,
            body=body,
            prev=case.head,
        )
        self.events.append(event)
        after = apply(case, event)
        self._undo.append((case.case, self._staged.get(case.case)))
        self._staged[case.case] = after
        return after

    @property
    def recorded(self) -> list[Event]:
        """The events of the act in hand."""
        return self.events[self._before :]

    def begin_act(self, recorded_at: datetime) -> None:
        """Begin another act, to be written together with those before it."""
        self.recorded_at, self._before = recorded_at, len(self.events)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Stage all of what is staged inside or, where it raises, nothing."""
        events, register, undo, books = len(self.events), self.register, len(self._undo), dict(self.new_books)
        done = False
        try:
            yield
            done = True
        finally:
            if not done:
                del self.events[events:]
                self.register, self.new_books = register, books
                while len(self._undo) > undo:
                    name, before = self._undo.pop()
                    if before is None:
                        del self._staged[name]
                    else:
                        self._staged[name] = before

    # The register

    def enter_department(self, department: Department, at: datetime | None, by: str) -> datetime:
        """Stage an entry of the register; return since when it holds.

        Raises UnknownDepartment for a `by` that the register does not have, AlreadyDone, OutOfOrder, or BadInput
        without a date.
        """
        self.need_registrar(by, at)
        last = self.register.last(department.id)
        if last is not None:
            refuse_entry(department, last, at)
        return self.append_to_register(
            "department", department.id, {"department": department.as_record()}, at or ALWAYS, by
        )

    def need_registrar(self, by: str, at: datetime | None) -> None:
        """Refuse an entry `by` a department that does not take part at its moment (without one, at its recording).

        Nobody (an empty `by`) may enter: the first department of a register has none before it.
        """
        if by:
            need_department(self.register, by, at or self.recorded_at)

    def append_to_register(
        self, kind: str, name: str, body: Mapping[str, Any], at: datetime | None, by: str
    ) -> datetime:
        """Stage an event of the registers' chain; return its moment."""
        moment = at or self.recorded_at
        event = seal(
            case="",
            seq=self.register.seq + 1,
            at=moment,
            recorded_at=self.recorded_at,
            kind=kind,
            name=name,
            by=by,
            rules="",
            body=body,
            prev=self.register.head,
        )
        self.register = self.register.with_event(event)
        self.events.append(event)
        return moment

    # Writing

    def finish(self, receipt: Receipt, key: str | None, digest: str) -> Receipt:
        """Stage the key with its receipt and, unless more acts are to be written with this one, write everything
        staged; return the receipt.
        """
        if key is not None:
            self._keys[key] = (key, digest, canonical(receipt.as_record()))
        if not self.gathers:
            self.flush()
        return receipt

    def has_staged(self, key: str | None) -> bool:
        """Return whether the key was staged here and is not written yet."""
        return key in self._keys

    def flush(self) -> None:
        """Write everything staged: all of it or nothing."""
        changes = Changes(keys=list(self._keys.values()))
        changes.append(self.events)
        # In the order of names: who moves a case and its linked one locks them as everybody does.
        for name, case in sorted(self._staged.items()):
            changes.project(case, self._found.get(name), self.ruling(case))
        for book in self.new_books.values():
            if not self.transaction.has_rule_book(book.hash):
                changes.books.append((book.hash, book.id, canonical(book.document)))
        opened = {self._twin(case) for name, case in self._staged.items() if self._found.get(name) is None}
        changes.turns += [(twin, seen) for twin, seen in self._turns.items() if twin in opened]
        self.transaction.write(changes)

    def ruling(self, case: Case) -> Ruling:
        """Return what the rule book of a case says about its row."""
        procedure = self.procedure(case)
        return Ruling(procedure.is_done(case.state, case.memory), self._twin(case), procedure.proposes)


def _running(case: Case) -> list[Deadline]:
    return [deadline for deadline in case.deadlines.values() if deadline.may_lapse]
