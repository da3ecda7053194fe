"""The one way in: register, open, fire, ask, sweep. Every call is one transaction; what is refused leaves nothing behind.

Times are told (`at`, `now`): aware date-times of any zone. `recorded_at` is the moment of writing; without it the clock given to
the engine is asked, and an act dated later than that is recorded at its own moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Counting, Edition, Notice
from gongxiang.errors import AlreadyDone, BadInput, Conflict, Reason, Text
from gongxiang.workflow import board, recalculation, sweeping
from gongxiang.workflow.almanac import Almanac
from gongxiang.workflow.asking import options_of
from gongxiang.workflow.case import Case, blank
from gongxiang.workflow.correcting import correction_effects
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.decide import Act
from gongxiang.workflow.keys import digest_of, replay
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.opening import (
    check_name,
    need_department,
    opening_row,
    parties_of,
    refuse_matter,
    resource_of,
)
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.receipt import Receipt, receipt_for
from gongxiang.workflow.register import ALWAYS, Register
from gongxiang.workflow.shelf import Shelf
from gongxiang.workflow.store import Store, Transaction
from gongxiang.workflow.views import CaseView, Explanation, HistoryEntry, Option, case_view, explanations, history_entry
from gongxiang.workflow.vocabulary import Department, Phase, Resource
from gongxiang.workflow.work import Work


class Engine:
    """A database, a rule book for new cases, and the calendar. Safe to share between threads when opened by URL."""

    def __init__(
        self, store: Store, book: RuleBook, clock: Callable[[], datetime], counting: Counting | None = None
    ) -> None:
        self._store = store
        self._shelf = Shelf(book)
        self._clock = clock
        self._counting = counting or Counting()
        self._almanac = Almanac()
        self._register = Register()

    # Who takes part, and the calendar

    def register(
        self,
        department: Department | Mapping[str, Any],
        *,
        at: datetime | None = None,
        by: str = "",
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Enter a department, or a change of one, from `at` on (without it: for all time, when it is new).

        Raises BadInput for ill-formed fields, AlreadyDone when the register says exactly this already, KeyReused.
        """
        entry = department if isinstance(department, Department) else Department.from_record(department)
        at = aware(at) if at else None
        with self._work(recorded_at, at) as work:
            key = digest_of("register", entry.as_record(), at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return done
            since = work.enter_department(entry, at, by)
            return work.finish(receipt_for(work.events, since), idempotency_key, key)

    def departments(self, now: datetime | None = None) -> dict[str, Department]:
        """Return everybody who takes part at `now`, by id."""
        with self._reading() as work:
            return work.register.departments(aware(now) if now else self._clock())

    def edition(self, known_on: date | None = None) -> Edition:
        """Return the calendar with the shipped notices and those imported here, published by `known_on` (None: all)."""
        with self._reading() as work:
            return self._almanac.edition(work.register, known_on)

    def import_notice(
        self, notice: Notice, *, at: datetime | None = None, by: str = "", recorded_at: datetime | None = None
    ) -> Receipt:
        """Enter a holiday notice. It changes no stored sheet; `recalculation_plan` says which deadlines it would move.

        Raises FaultyNotice when it does not fit the notices known, AlreadyDone when it is known.
        """
        with self._work(recorded_at, aware(at) if at else None) as work:
            self._almanac.check(work.register, notice)
            moment = work.append_to_register(
                "notice", notice.id, {"notice": notice.as_record()}, aware(at) if at else None, by
            )
            work.flush()
            return receipt_for(work.events, moment)

    # Acts

    def open(
        self,
        procedure: str,
        *,
        case: str,
        by: str,
        at: datetime,
        payload: Mapping[str, Any] | None = None,
        step: str | None = None,
        provider: str | None = None,
        requester: str | None = None,
        against: str | None = None,
        about: str | None = None,
        resource: Mapping[str, Any] | Resource | None = None,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Open a case under the rule book in force and perform its first step.

        Raises what `fire` raises; AlreadyDone when a case of that name exists; UnknownDepartment; BadInput.
        """
        at, payload = aware(at), dict(payload or {})
        named = {"by": by, "provider": provider, "requester": requester, "against": against}
        record = resource.as_record() if isinstance(resource, Resource) else resource
        with self._work(recorded_at, at) as work:
            key = digest_of("open", procedure, case, step, named, about, record, payload, at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return done
            if work.find(check_name(case)) is not None:
                raise AlreadyDone(
                    Reason(
                        "case_exists",
                        Text(f"案件“{case}”已经存在", f"the case '{case}' exists already"),
                        None,
                        Text(
                            "请用新的编号；同一行为重发请用同一个 key",
                            "choose a new name; to send the same act again use the same key",
                        ),
                    )
                )
            need_department(work.register, by, at)
            book = self._shelf.current
            table = self._shelf.procedure(book, procedure)
            row = opening_row(table, step)
            named_case = work.need(about) if about else None
            about = about or payload.get("about")
            matter = named_case if table.about else None
            if matter:
                refuse_matter(book, table, matter)
            parties = parties_of(table, named, matter, work.register, at)
            opening = {
                "procedure": table.id,
                "parties": parties,
                "resource": resource_of(table, record, matter),
                "about": about,
            }
            new = blank(case, table.id, book.hash, at, opening)
            links = (("about", matter.case),) if matter else ()
            work.open(new, book, Act(row.name, by, at, payload), opening, links)
            return work.finish(receipt_for(work.events, at, work.find(case)), idempotency_key, key)

    def fire(
        self,
        case: str,
        step: str,
        *,
        by: str,
        at: datetime,
        payload: Mapping[str, Any] | None = None,
        expected_version: int | None = None,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Take a step or activity. First every lapse of the case up to `at` is recorded, in the same transaction.

        Raises StepNotAllowed with every reason, OutOfOrder for an act dated before the case's last event, Conflict for a stale
        `expected_version` (it names the event that won), KeyReused, UnknownCase, UnknownStep, UnknownDepartment, BeyondHorizon.
        """
        at, payload = aware(at), dict(payload or {})
        with self._work(recorded_at, at) as work:
            key = digest_of("fire", case, step, by, payload, at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return done
            found = work.need(case)
            if expected_version is not None and found.version != expected_version:
                raise _stale(found, expected_version, work.transaction.events(case))
            need_department(work.register, by, at)
            work.act(found, Act(step, by, at, payload))
            return work.finish(receipt_for(work.events, at, work.find(case), step), idempotency_key, key)

    def correct(
        self,
        case: str,
        seq: int,
        *,
        by: str,
        at: datetime,
        corrected: Mapping[str, Any],
        reasons: str,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Correct what event `seq` carries (`corrected`: payload field and right value) by a further event; the mistake stays visible.

        Who recorded the event or the authority of the case may do it. States and dates are moved only by steps.
        """
        at = aware(at)
        with self._work(recorded_at, at) as work:
            key = digest_of("correct", case, seq, by, dict(corrected), reasons, at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return done
            found = work.need(case)
            need_department(work.register, by, at)
            events = work.transaction.events(case)
            role, effects = correction_effects(
                found, work.procedure(found), events, seq, by, at, corrected, reasons, work
            )
            payload = {"corrects": seq, "corrected": dict(corrected), "reasons": reasons}
            work.record(
                found, at=at, kind="correction", name="correct", by=by, role=role, payload=payload, effects=effects
            )
            return work.finish(receipt_for(work.events, at, work.find(case), "correct"), idempotency_key, key)

    # Time

    def sweep(self, *, now: datetime, dry_run: bool = False, recorded_at: datetime | None = None) -> sweeping.Swept:
        """Find and record what has lapsed up to `now`, each lapse once; say what a known notice holds back."""
        now = aware(now)
        with self._work(recorded_at, now) as work:
            swept = sweeping.sweep(work, now)
            if not dry_run:
                work.flush()
            return swept

    def recalculation_plan(self, *, now: datetime, notices: tuple[Notice, ...] = ()) -> list[recalculation.Move]:
        """Return which open deadlines the notices published by `now` (and `notices`, not yet imported) would move; moves nothing."""
        now = aware(now)
        with self._reading() as work:
            edition = self._almanac.edition(work.register, beijing(now).date(), extra=notices)
            return recalculation.plan(work, now, edition)

    def recalculate(
        self,
        *,
        by: str,
        at: datetime,
        payload: Mapping[str, Any],
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> recalculation.Recalculated:
        """Apply the plan that the notices published by the day of `at` bring, under the `signer` that the payload names.

        `by` is an authority. A deadline is made earlier only with `shorten: true` in the payload. One event per case.
        """
        at, payload = aware(at), dict(payload)
        with self._work(recorded_at, at) as work:
            key = digest_of("recalculate", by, payload, at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return recalculation.Recalculated((), (), done)
            result = recalculation.apply_plan(work, by, at, payload)
            receipt = work.finish(receipt_for(work.events, at), idempotency_key, key)
            return recalculation.Recalculated(result.moved, result.left, receipt)

    # Asking

    def case(self, case: str, *, now: datetime | None = None) -> CaseView:
        """Return the case with the phases of its deadlines at `now`. Raises UnknownCase."""
        with self._reading() as work:
            return self._view(work, work.need(case), self._told(now))

    def existing(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are cases, in the order given."""
        with self._store.read() as transaction:
            return [name for name in names if transaction.case(name) is not None]

    def cases(
        self,
        *,
        state: str | None = None,
        procedure: str | None = None,
        owes: str | None = None,
        phase: Phase | str | None = None,
        now: datetime | None = None,
    ) -> list[CaseView]:
        """Return the cases, in order of opening. `owes`: a department that still owes something there; `phase`: of any deadline."""
        moment = self._told(now)
        equal = {key: value for key, value in (("state", state), ("procedure", procedure)) if value}
        with self._reading() as work:
            views = []
            for case in work.transaction.cases(**equal):
                view = self._view(work, case, moment)
                if phase and all(deadline.phase != phase for deadline in view.deadlines):
                    continue
                if owes and owes not in board.owing(case, work.procedure(case), moment, work):
                    continue
                views.append(view)
            return views

    def history(self, case: str) -> list[HistoryEntry]:
        """Return every event of the case, in order. Raises UnknownCase."""
        with self._reading() as work:
            work.need(case)
            return [history_entry(event) for event in work.transaction.events(case)]

    def options(self, case: str, *, by: str, now: datetime | None = None) -> list[Option]:
        """Return every step of the procedure: allowed to `by` at `now`, or the reasons; and the due date it would create."""
        with self._reading() as work:
            moment = self._told(now)
            found = work.need(case)
            need_department(work.register, by, moment)
            found = work.settle_lapses(found, moment)
            return options_of(work.book(found), work.procedure(found), found, by, moment, work)

    def explain(self, case: str, *, now: datetime | None = None) -> list[Explanation]:
        """Return each deadline with its computation sheet as the event stored it; a later notice changes no old sheet."""
        with self._reading() as work:
            moment = self._told(now)
            found = work.need(case)
            events = work.transaction.events(case)
            return explanations(found, events, moment, work.edition(beijing(moment).date()), self._counting)

    def today(self, *, now: datetime | None = None) -> board.Board:
        """Return what is owed, by whom, grouped by whose move it is, and what the lapses propose."""
        with self._reading() as work:
            return board.board(work, self._told(now))

    # The record

    def ledger(self) -> Iterator[Event]:
        """Yield every event of the ledger, chain by chain, the registers' ("") first."""
        return self._store.stream(Transaction.all_events)

    def rule_books(self) -> dict[str, dict[str, Any]]:
        """Return the documents of the rule books that cases are pinned to, by hash."""
        with self._store.read() as transaction:
            return transaction.rule_books()

    def books(self) -> dict[str, RuleBook]:
        """Return the rule book for new cases and those that cases are pinned to, compiled, by the version that a case names."""
        with self._store.read() as transaction:
            kept = [self._shelf(transaction, version) for version in transaction.rule_books()]
        return {book.version: book for book in (self._shelf.current, *kept)}

    def projections(self) -> Iterator[Case]:
        """Yield every case as its row stands, for comparison with its events."""
        return self._store.stream(Transaction.cases)

    def rebuild(self) -> int:
        """Write every case row anew from the ledger; return how many differed from what stood there."""
        with self._work(None, None) as work:
            return work.rebuild()

    def close(self) -> None:
        """Give back the connections."""
        self._store.close()

    # Within

    def _told(self, now: datetime | None) -> datetime:
        return aware(now) if now else beijing(self._clock())

    def _view(self, work: Work, case: Case, now: datetime) -> CaseView:
        return case_view(case, work.book(case), now, work.edition(beijing(now).date()), self._counting)

    @contextmanager
    def _work(self, recorded_at: datetime | None, at: datetime | None) -> Iterator[Work]:
        moment = aware(recorded_at) if recorded_at else max(beijing(self._clock()), at or ALWAYS)
        with self._store.write() as transaction:
            yield self._begin(transaction, moment)

    @contextmanager
    def _reading(self) -> Iterator[Work]:
        with self._store.read() as transaction:
            yield self._begin(transaction, ALWAYS)

    def _begin(self, transaction: Transaction, recorded_at: datetime) -> Work:
        known = self._register
        events = transaction.register_events(known.seq)
        if known.seq and (not events or events[0].hash != known.head):
            known, events = Register(), transaction.register_events(0)
        register = self._register = known.after(events)
        return Work(transaction, register, self._almanac.on(register), self._shelf, self._counting, recorded_at)


def aware(moment: datetime) -> datetime:
    """Return the moment, Beijing time. Raises BadInput for a naive date-time: nobody can say which instant it means."""
    if not isinstance(moment, datetime) or moment.tzinfo is None or moment.utcoffset() is None:
        raise BadInput(
            Reason(
                "naive_datetime",
                Text(f"“{moment}”没有时区，无法确定时刻", f"'{moment}' has no time zone, so it names no instant"),
                None,
                Text(
                    "请写明偏移量，如 2026-02-12T09:00:00+08:00", "give the offset, such as 2026-02-12T09:00:00+08:00"
                ),
            )
        )
    return beijing(moment)


def _stale(case: Case, expected: int, events: list[Event]) -> Conflict:
    won = events[expected] if 0 <= expected < len(events) else events[-1]
    return Conflict(
        case.case,
        won.seq,
        won.name,
        Reason(
            "stale_version",
            Text(
                f"案件{case.case}已到第{case.version}版，您依据的是第{expected}版；其间由{won.by or '期限'}记录了“{won.name}”（第{won.seq}号）",
                f"{case.case} is at version {case.version}, not {expected}: '{won.name}' by {won.by or 'the clock'} (event {won.seq}) came first",
            ),
            None,
            Text("请重新读取案件后再办理", "read the case again and act on what it says now"),
        ),
    )
