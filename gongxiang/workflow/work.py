"""One unit of work: what an act reads and what it will have written, staged and then written whole or not at all.

It is also the world that guards look at (`conditions.World`): the register, the calendar and other cases, as they stand inside
this transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Counting, Edition
from gongxiang.errors import AlreadyDone, OutOfOrder, Reason, Text, UnknownCase
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.case import Case, apply, blank
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.decide import Act, Decision, decide
from gongxiang.workflow.lapse import lapses_of
from gongxiang.workflow.ledger import Event, seal
from gongxiang.workflow.procedure import Follow, Procedure, RuleBook, canonical
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.register import ALWAYS, Register, refuse_entry
from gongxiang.workflow.store import Transaction
from gongxiang.workflow.vocabulary import Department, Role

MOST_FOLLOWS = 20
"""How many acts one act may bring about: a table whose cases answer each other for ever is stopped here."""


class Work:
    """Cases and events staged in one transaction. `flush` writes them."""

    def __init__(
        self,
        transaction: Transaction,
        register: Register,
        editions: Callable[[date], Edition],
        books: Callable[[Transaction, str], RuleBook],
        counting: Counting,
        recorded_at: datetime,
    ) -> None:
        self.transaction = transaction
        self.register = register
        self.edition = editions
        self.counting = counting
        self.recorded_at = recorded_at
        self.events: list[Event] = []
        self._books = books
        self._found: dict[str, Case | None] = {}
        self._staged: dict[str, Case] = {}
        self._new_books: dict[str, RuleBook] = {}

    # What guards look at

    def department(self, name: str, at: datetime) -> Department | None:
        """Return the department as the register has it at `at`."""
        return self.register.department(name, at)

    def authority(self, level: str, region: str, at: datetime) -> Department | None:
        """Return the authority of a place at `at`."""
        return self.register.authority(level, region, at)

    def procedure_of(self, case: str) -> str | None:
        """Return the procedure of a case, or None when there is no such case."""
        found = self.find(case)
        return found.procedure if found else None

    def open_twin(self, case: Case, role: str, keys: tuple[str, ...], values: Mapping[str, str]) -> str | None:
        """Return an open case of the same procedure whose party and remembered `keys` are the same, or None."""
        same = self.transaction.cases(anchor=case.parties.get(role, ""), procedure=case.procedure, final=False)
        return next(
            (
                other.case
                for other in same
                if other.case != case.case and all(other.memory.get(key, "") == values.get(key, "") for key in keys)
            ),
            None,
        )

    # Cases

    def find(self, name: str) -> Case | None:
        """Return the case as staged so far, locking it, or None."""
        if name in self._staged:
            return self._staged[name]
        if name not in self._found:
            self._found[name] = self.transaction.case(name, lock=True)
        return self._found[name]

    def need(self, name: str) -> Case:
        """Return the case. Raises UnknownCase with the nearest name."""
        case = self.find(name)
        if case is None:
            near = did_you_mean(name, self.transaction.like(name))
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
        return self._new_books.get(case.rules) or self._books(self.transaction, case.rules)

    def procedure(self, case: Case) -> Procedure:
        """Return the table that the case runs under."""
        return self.book(case).procedures[case.procedure]

    # Acts

    def settle_lapses(self, case: Case, now: datetime) -> Case:
        """Stage every lapse of the case whose legal moment is not after `now` and which no known notice holds back."""
        for lapse in lapses_of(case, self.procedure(case), now, self.edition(beijing(now).date()), self.counting):
            case = self._stage(
                case,
                at=lapse.at,
                kind="lapse",
                name="lapse",
                by="",
                body={
                    "role": Role.CLOCK.value,
                    "from": case.state,
                    "to": lapse.to,
                    "payload": {},
                    "guards": lapse.guards,
                    "effects": lapse.effects,
                    "edition": self.edition(beijing(now).date()).id,
                },
            )
        return case

    def act(self, case: Case, act: Act, depth: int = 0) -> Case:
        """Stage an act on a case that exists, with the lapses before and after it and what follows in linked cases."""
        return self._decided(self.settled(case, act.at), act, {}, depth, ())

    def open(
        self,
        case: Case,
        book: RuleBook,
        act: Act,
        opening: Mapping[str, Any],
        links: tuple[tuple[str, str], ...] = (),
        depth: int = 0,
    ) -> Case:
        """Stage the opening act of a new case under `book`, linked to other cases by (relation, case)."""
        self._new_books[book.hash] = book
        return self._decided(case, act, {"opening": dict(opening)}, depth, links)

    def record(
        self,
        case: Case,
        *,
        at: datetime,
        kind: str,
        name: str,
        by: str,
        role: str,
        payload: Any,
        effects: Any,
        guards: Any = (),
    ) -> Case:
        """Stage an event that no table row makes: a recalculation or a correction of the record."""
        if (late := self.too_late(case, at)) is not None:
            raise OutOfOrder(late)
        body = {
            "role": role,
            "from": case.state,
            "to": case.state,
            "payload": payload,
            "guards": list(guards),
            "effects": effects,
            "edition": self.edition(beijing(at).date()).id,
        }
        return self._stage(case, at=at, kind=kind, name=name, by=by, body=body)

    def _decided(
        self, case: Case, act: Act, more: Mapping[str, Any], depth: int, links: tuple[tuple[str, str], ...]
    ) -> Case:
        procedure = self.procedure(case)
        decision = decide(self.book(case), procedure, case, act, self)
        self._refuse_twice(case, act)
        before = case
        body = {
            "role": decision.role.value,
            "from": decision.origin or None,
            "to": decision.target,
            "payload": dict(act.payload),
            "guards": list(decision.guards),
            "effects": list(decision.effects),
            "edition": self.edition(beijing(act.at).date()).id,
            **more,
        }
        links += tuple(self._links(case, decision))
        body["effects"] = [
            *decision.effects,
            *({"do": "link", "relation": relation, "case": name} for relation, name in links),
        ]
        kind = "step" if decision.row.to else "activity"
        case = self._stage(case, at=act.at, kind=kind, name=act.step, by=act.by, body=body)
        for follow in decision.row.follows:
            self._follow(before, case, act, follow, depth)
        return self.settle_lapses(case, act.at)

    def _refuse_twice(self, case: Case, act: Act) -> None:
        """Refuse a person's act that stands in the case already, in the same words at the same moment: it was sent again."""
        if act.role is not None or act.at != case.last_at:
            return
        mine = (act.step, act.by, act.at, act.payload)
        for event in self.transaction.events(case.case):
            if (event.name, event.by, event.at, event.content["payload"]) == mine:
                raise AlreadyDone(
                    Reason(
                        "act_recorded",
                        Text(
                            f"案件{case.case}第{event.seq}号事件已记录同一行为",
                            f"event {event.seq} of {case.case} records this very act",
                        ),
                        None,
                        Text(
                            "重发请用同一个 key；确是另一行为的，请写明各自的时刻",
                            "to send it again use its key; if it is another act, give its own moment",
                        ),
                    )
                )

    def _links(self, case: Case, decision: Decision) -> list[tuple[str, str]]:
        return [
            (follow.relation, self._free_name(case.case, follow)) for follow in decision.row.follows if follow.procedure
        ]

    def _free_name(self, case: str, follow: Follow) -> str:
        """`R-1/D`, then `R-1/D2`, `R-1/D3`…"""
        number = 1
        while self.find(name := f"{case}/{follow.suffix}{number if number > 1 else ''}"):
            number += 1
        return name

    def _follow(self, before: Case, case: Case, act: Act, follow: Follow, depth: int) -> None:
        if depth >= MOST_FOLLOWS:
            raise RecursionError(f"{case.case}: the acts that follow {act.step} never end")
        payload = {name: act.payload[name] for name in follow.payload if name in act.payload}
        if follow.procedure:
            name = case.linked(follow.relation)
            assert name is not None
            self._open_linked(name, case, act, follow, payload, depth)
            return
        linked = before.linked(follow.relation)
        other = self.find(linked) if linked else None
        if other is not None:
            self.act(other, Act(follow.step, act.by, act.at, payload, Role.ENGINE), depth + 1)

    def _open_linked(
        self, name: str, case: Case, act: Act, follow: Follow, payload: Mapping[str, Any], depth: int
    ) -> None:
        assert follow.procedure is not None
        book = self.book(case)
        opening = {
            "procedure": follow.procedure,
            "parties": {**case.parties, "raised_by": act.by},
            "resource": case.resource,
            "about": case.case,
        }
        new = blank(name, follow.procedure, book.hash, act.at, opening)
        self.open(new, book, Act(follow.step, act.by, act.at, payload), opening, (("request", case.case),), depth + 1)

    def settled(self, case: Case, at: datetime) -> Case:
        """Return the case ready for something that happens at `at`: its lapses up to then staged. Raises OutOfOrder."""
        late = self.too_late(case, at)
        if late is not None:
            raise OutOfOrder(late)
        return self.settle_lapses(case, at)

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

    def _stage(self, case: Case, *, at: datetime, kind: str, name: str, by: str, body: Mapping[str, Any]) -> Case:
        event = seal(
            case=case.case,
            seq=case.version + 1,
            at=at,
            recorded_at=self.recorded_at,
            kind=kind,
            name=name,
            by=by,
            rules=case.rules,
            body=body,
            prev=case.head,
        )
        self.events.append(event)
        after = apply(case, event)
        self._staged[case.case] = after
        return after

    # The register

    def enter_department(self, department: Department, at: datetime | None, by: str) -> datetime:
        """Stage an entry of the register; return since when it holds. Raises AlreadyDone, OutOfOrder, or BadInput without a date."""
        last = self.register.last(department.id)
        if last is not None:
            refuse_entry(department, last, at)
        return self.append_to_register(
            "department", department.id, {"department": department.as_record()}, at or ALWAYS, by
        )

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
        """Write everything staged together with the key and its receipt; return the receipt."""
        self.flush()
        if key is not None:
            self.transaction.put_key(key, digest, receipt.as_record())
        return receipt

    def flush(self) -> None:
        """Write everything staged. Raises Conflict when another process changed one of the cases first."""
        for book in self._new_books.values():
            self.transaction.put_rule_book(book.hash, book.id, canonical(book.document))
        if self.events:
            self.transaction.append(self.events)
        for name, case in self._staged.items():
            self.project(case, self._found.get(name))

    def project(self, case: Case, before: Case | None) -> None:
        """Write the rows of a case; `before` is what they say now, None when there are none."""
        final = self.procedure(case).states[case.state].final
        anchor = case.parties.get(self.procedure(case).anchor, "")
        self.transaction.save(case, final=final, anchor=anchor, was=before.version if before else 0)
        self.transaction.save_deadlines(case, before)
