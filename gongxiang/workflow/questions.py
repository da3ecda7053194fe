"""What can be asked of a database: cases, histories, options, sheets, the day's list, the record. Nothing here
writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from gongxiang.calendars import Counting, Edition, Notice
from gongxiang.workflow import board, given, moving, moving_document, owing, recalculation
from gongxiang.workflow.almanac import Almanac
from gongxiang.workflow.asking import options_of
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.filters import limited, refuse_unknown
from gongxiang.workflow.given import aware
from gongxiang.workflow.law import Law, decisive_day, region_of
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.opening import need_department
from gongxiang.workflow.procedure import Procedure, RuleBook
from gongxiang.workflow.proposing import MOST
from gongxiang.workflow.register import ALWAYS, Register
from gongxiang.workflow.shelf import Shelf
from gongxiang.workflow.store import Store, Transaction
from gongxiang.workflow.store.lists import Lists
from gongxiang.workflow.views import CaseView, Explanation, HistoryEntry, Option, case_view, explanations, history_entry
from gongxiang.workflow.vocabulary import Department, Phase
from gongxiang.workflow.work import Work

OPEN_PHASES = (Phase.RUNNING, Phase.DUE_TODAY, Phase.OVERDUE, Phase.STOPPED)
"""Phases of a deadline that is neither met nor void."""


class Questions:
    """A database, the law for new cases, and the calendar, as far as they are only read."""

    def __init__(self, store: Store, law: Law, clock: Callable[[], datetime], counting: Counting | None = None) -> None:
        self._store = store
        self._shelf = Shelf(law)
        self._clock = clock
        self._counting = counting or Counting()
        self._almanac = Almanac()
        self._register = Register()

    # Who takes part, and the calendar

    def departments(self, now: datetime | None = None) -> dict[str, Department]:
        """Return everybody who takes part at `now`, by id."""
        with self._reading() as work:
            return work.register.departments(aware(now) if now else self._clock())

    def edition(self, known_on: date | None = None) -> Edition:
        """Return the calendar with the shipped notices and those imported here, published by `known_on` (None: all)."""
        known_on = given.day(known_on, "known_on")
        with self._reading() as work:
            return self._almanac.edition(work.register, known_on)

    def recalculation_plan(self, *, now: datetime, notices: tuple[Notice, ...] = ()) -> list[recalculation.Move]:
        """Return which open deadlines the notices published by `now` (and `notices`, not yet imported) would move;
        moves nothing.
        """
        now = aware(now)
        with self._reading() as work:
            edition = self._almanac.edition(work.register, beijing(now).date(), extra=notices)
            return recalculation.plan(work, now, edition)

    def migration_plan(self, document: Mapping[str, Any], *, to: RuleBook, now: datetime) -> list[moving.CaseMove]:
        """Return what a migration document would do to every open case it concerns, and why not; moves nothing.

        Raises BadInput for a faulty document.
        """
        now, told = aware(now), moving_document.read(given.record(document, "document"), to)
        with self._reading() as work:
            return moving.plan(work, told, now)

    def governing(
        self,
        procedure: str,
        *,
        at: datetime,
        by: str,
        provider: str | None = None,
        against: str | None = None,
        about: str | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> RuleBook:
        """Return the rule book that a new case would stand under: of its place on its decisive day.

        Raises Refused where no law on record governs there then, UnknownDepartment.
        """
        parties = {"by": by, "provider": provider, "against": against}
        named = {field: given.optional_name(value, field) for field, value in parties.items()}
        name, about = given.name(procedure, "procedure"), given.optional_name(about, "about")
        with self._reading() as work:
            return self._governing(work, name, named, about, given.record(payload, "payload"), aware(at))[0]

    # Cases

    def case(self, case: str, *, now: datetime | None = None) -> CaseView:
        """Return the case with the phases of its deadlines at `now`. Raises UnknownCase."""
        with self._reading() as work:
            return self._view(work, work.need(given.name(case, "case")), self._told(now))

    def existing(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are cases, in the order given."""
        names = given.names(names, "names")
        with self._store.read() as transaction:
            found = Lists(transaction).existing(names)
        return [name for name in names if name in found]

    def named(self, names: Iterable[str], *, now: datetime | None = None) -> list[CaseView]:
        """Return those of the names that are cases as they stand at `now`, in order of opening."""
        names, moment = given.names(names, "names"), self._told(now)
        with self._reading() as work:
            found = Lists(work.transaction).named(names)
            views = [self._view(work, found[name], moment) for name in names if name in found]
            return sorted(views, key=lambda view: view.opened_at)

    def cases(
        self,
        *,
        state: str | None = None,
        procedure: str | None = None,
        owes: str | None = None,
        phase: Phase | str | None = None,
        about: str | None = None,
        now: datetime | None = None,
        limit: int | None = None,
    ) -> list[CaseView]:
        """Return the cases, in order of opening; with a `limit` the last so many of them. `owes`: a department that
        still owes something there; `phase`: of any deadline; `about`: the case that they are about. Raises BadInput for
        a word that no case could answer to, UnknownCase.
        """
        moment, limit = self._told(now), limited(limit)
        asked = {"state": state, "procedure": procedure, "owes": owes, "phase": phase, "about": about}
        for field, value in asked.items():
            given.optional_name(value, field)
        equal = {key: asked[key] for key in ("state", "procedure", "about") if asked[key] is not None}
        with self._reading() as work:
            books = self._books(work.transaction).values() if state is not None or procedure is not None else ()
            departments = work.register.departments(moment)
            refuse_unknown(books, departments, state=state, procedure=procedure, owes=owes, phase=phase)
            if about is not None:
                work.need(about)
            # What no column says is asked of each case in turn, the newest first, until there are enough.
            most = limit if owes is None and phase is None else None
            open_at = moment if phase in OPEN_PHASES else None
            lists = Lists(work.transaction)
            with closing(lists.newest(most, only_open=owes is not None, open_at=open_at, **equal)) as newest:
                views = (
                    self._view(work, case, moment)
                    for case in newest
                    if owes is None or owes in owing.debtors(case, work.procedure(case), moment, work)
                )
                fits = (view for view in views if phase is None or any(one.phase == phase for one in view.deadlines))
                return list(islice(fits, limit))[::-1]

    def history(self, case: str) -> list[HistoryEntry]:
        """Return every event of the case, in order. Raises UnknownCase."""
        with self._reading() as work:
            work.need(given.name(case, "case"))
            return [history_entry(event) for event in work.transaction.events(case)]

    def options(self, case: str, *, by: str, now: datetime | None = None) -> list[Option]:
        """Return every step of the procedure: allowed to `by` at `now`, or the reasons; and the due date it would
        create.
        """
        with self._reading() as work:
            moment = self._told(now)
            found = work.need(given.name(case, "case"))
            need_department(work.register, given.name(by, "by"), moment)
            late = work.too_late(found, moment)
            found = work.settle_lapses(found, moment)
            options = options_of(work.book(found), work.procedure(found), found, by, moment, work)
            if late is None:
                return options
            return [replace(option, allowed=False, reasons=(*option.reasons, late), due={}) for option in options]

    def explain(self, case: str, *, now: datetime | None = None) -> list[Explanation]:
        """Return each deadline with its computation sheet as the event stored it; a later notice changes no old
        sheet.
        """
        with self._reading() as work:
            moment = self._told(now)
            found = work.need(given.name(case, "case"))
            events = work.transaction.events(case)
            edition = work.edition(beijing(moment).date())
            return explanations(found, work.procedure(found), events, moment, edition, self._counting)

    def today(
        self,
        *,
        now: datetime | None = None,
        limit: int | None = None,
        lapses: int | None = MOST,
        due_by: date | None = None,
    ) -> board.Board:
        """Return what is owed, by whom, grouped by whose move it is, and what the lapses propose.

        `limit`: of so many open cases only, the soonest due; `lapses`: what so many of the newest lapses propose, and
        what of the earliest unrecorded ones is held back. The answer says where there are more. None: all.
        `due_by`: only what is owed in cases in which something falls due that day at the latest, at the cost of these.
        """
        limit, lapses = limited(limit), limited(lapses, "lapses")
        with self._reading() as work:
            return board.board(work, self._told(now), limit, lapses, due_by=due_by)

    # The record

    def ledger(self) -> Iterator[Event]:
        """Yield every event of the ledger, chain by chain, the registers' ("") first."""
        return self._store.stream(Transaction.all_events)

    def rule_books(self) -> dict[str, dict[str, Any]]:
        """Return the documents of the rule books that cases are pinned to, by hash."""
        with self._store.read() as transaction:
            return transaction.rule_books()

    def books(self) -> dict[str, RuleBook]:
        """Return the rule books that cases are pinned to, compiled, by the version that a case names; without any
        case, the newest of the law.
        """
        with self._store.read() as transaction:
            return self._books(transaction)

    def projections(self) -> Iterator[Case]:
        """Yield every case as its row stands, for comparison with its events."""
        return self._store.stream(Transaction.cases)

    # Within

    def _governing(
        self,
        work: Work,
        procedure: str,
        parties: Mapping[str, str | None],
        about: str | None,
        payload: Mapping[str, Any],
        at: datetime,
    ) -> tuple[RuleBook, Procedure]:
        """Return the rule book and the table that govern a new case: those of its decisive day.

        Which day that is the table says. The first look is at the table of the opening's day; where the law of the day
        that it names has another table, that one's word counts.
        """
        matter = work.find(about) if about else None
        region = region_of(parties, matter, work.register, at)
        book = self._shelf.governing(region, beijing(at).date())
        for _ in range(2):
            day = decisive_day(self._shelf.procedure(book, procedure), payload, at)
            book = self._shelf.governing(region, day)
        return book, self._shelf.procedure(book, procedure)

    def _told(self, now: datetime | None) -> datetime:
        return aware(now) if now else beijing(self._clock())

    def _books(self, transaction: Transaction) -> dict[str, RuleBook]:
        kept = [self._shelf(transaction, version) for version in Lists(transaction).rule_books()]
        return {book.version: book for book in (*kept, *(() if kept else (self._shelf.latest,)))}

    def _view(self, work: Work, case: Case, now: datetime) -> CaseView:
        return case_view(case, work.book(case), now, work.edition(beijing(now).date()), self._counting)

    @contextmanager
    def _reading(self) -> Iterator[Work]:
        with self._store.read() as transaction:
            yield self._begin(transaction, ALWAYS, writes=False)

    def _begin(self, transaction: Transaction, recorded_at: datetime, *, writes: bool) -> Work:
        known = self._register
        if transaction.register_head() != (known.seq, known.head):
            events = transaction.register_events(known.seq)
            if known.seq and (not events or events[0].hash != known.head):
                known, events = Register(), transaction.register_events(0)
            known = self._register = known.after(events)
        editions = self._almanac.edition
        return Work(transaction, known, editions, self._shelf, self._counting, recorded_at, writes=writes)
