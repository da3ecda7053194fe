"""Running cases moved to another rule book, by a document: which state becomes which, what becomes of each deadline.

A plan first, over every open case; then one event per case under a named person, all of them or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Due
from gongxiang.errors import BadInput, Reason
from gongxiang.workflow import deadline as clock
from gongxiang.workflow import moving_reasons as why
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline, beijing
from gongxiang.workflow.moving_document import CANCEL, KEEP, MovingDocument, Table
from gongxiang.workflow.procedure import Limit, Procedure
from gongxiang.workflow.store.lists import ALL, Lists
from gongxiang.workflow.views import iso
from gongxiang.workflow.work import Work


@dataclass(frozen=True, slots=True)
class DeadlineMove:
    """What becomes of one open deadline: kept, computed anew (perhaps as another limit), or cancelled (`new` None)."""

    limit: str
    what: str
    becomes: str
    old: date
    new: date | None

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "limit": self.limit,
            "what": self.what,
            "becomes": self.becomes,
            "old": iso(self.old),
            "new": iso(self.new),
        }


@dataclass(frozen=True, slots=True)
class CaseMove:
    """One open case as the document would move it; `reasons` are why it cannot."""

    case: str
    procedure: str
    source: str
    state: str
    becomes: str | None
    deadlines: tuple[DeadlineMove, ...]
    reasons: tuple[Reason, ...]

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "case": self.case,
            "procedure": self.procedure,
            "rules": self.source,
            "from": self.state,
            "to": self.becomes,
            "deadlines": [one.as_record() for one in self.deadlines],
            "reasons": [reason.as_json() for reason in self.reasons],
        }


def plan(work: Work, document: MovingDocument, now: datetime) -> list[CaseMove]:
    """Return what the document does to every open case pinned to the rule book that it moves from, in order of opening.

    Lapses up to `now` are reckoned first, as acting would record them. Raises BadInput where the document moves from a
    rule book that is unknown here.
    """
    refuse_unknown_source(work, document)
    return [moved(work, document, work.settle_lapses(case, now), now)[0] for case in concerned(work, document)]


def refuse_unknown_source(work: Work, document: MovingDocument) -> None:
    """Refuse a document that moves from a rule book under which no case was ever opened here: it is misspelt."""
    kept = work.transaction.rule_books()
    names = [name for hash_, said in kept.items() for name in (said["id"], f"{said['id']}@{hash_[:16]}", hash_)]
    if document.source not in names:
        raise BadInput(why.unknown_source(document.source, names))


def concerned(work: Work, document: MovingDocument) -> Iterator[Case]:
    """Yield the open cases under the rule book that the document moves from, but for the procedures that it leaves."""
    newest = Lists(work.transaction).newest(ALL, only_open=True)
    for case in reversed(list(newest)):
        book = work.book(case)
        if work.procedure(case).states[case.state].final or case.procedure in document.leave:
            continue
        if document.source in (book.id, book.version, book.hash) and book.hash != document.target.hash:
            yield case


def moved(work: Work, document: MovingDocument, case: Case, at: datetime) -> tuple[CaseMove, list[dict[str, Any]]]:
    """Return what the document does to one case, and the effects that its event has."""
    reasons: list[Reason] = []
    effects: list[dict[str, Any]] = []
    old, told = work.procedure(case), document.tables.get(case.procedure)
    new = document.target.procedures.get(case.procedure)
    source = work.book(case).version
    if told is None or new is None:
        return CaseMove(case.case, case.procedure, source, case.state, None, (), (why.no_table(case, document),)), []
    target = told.states.get(case.state)
    if target is None:
        reasons.append(why.no_image(case, old))
    reasons += why.missing(case, document, new, at)
    effects += _memory(case, old, told, reasons)
    moves: list[DeadlineMove] = []
    for deadline in case.deadlines.values():
        if deadline.is_open:
            move, more = _deadline(work, document, case, deadline, old, new, at, reasons)
            moves += [move] if move else []
            effects += more
    landed = [move.becomes for move in moves if move.what != CANCEL]
    reasons += why.merged(case, landed)
    if target is not None:
        ends = [limit for limit in landed if not document.may_run(case.procedure, target, limit)]
        reasons += [why.stranded(case, target, limit) for limit in ends]
    gone, set_ = ({one.get("limit") for one in effects if one["do"] == do} for do in ("void", "move"))
    if gone & set_:  # a limit takes the name of another: that one goes first
        effects.sort(key=lambda effect: effect["do"] != "void")
    found = CaseMove(case.case, case.procedure, source, case.state, target, tuple(moves), tuple(reasons))
    return found, effects


def _memory(case: Case, old: Procedure, told: Table, reasons: list[Reason]) -> Iterator[dict[str, Any]]:
    """Yield the states that the case remembers under their new names."""
    keys = {key for row in old.rows for key, source in row.remember.items() if source == "state"}
    for key in sorted(keys & case.memory.keys()):
        state = case.memory[key]
        if state not in old.states:
            continue
        if state not in told.states:
            reasons.append(why.no_image(case, old, state))
        elif told.states[state] != state:
            yield {"do": "remember", "key": key, "value": told.states[state]}


def _deadline(
    work: Work,
    document: MovingDocument,
    case: Case,
    deadline: Deadline,
    old: Procedure,
    new: Procedure,
    at: datetime,
    reasons: list[Reason],
) -> tuple[DeadlineMove | None, list[dict[str, Any]]]:
    told = document.tables[case.procedure].deadlines.get(deadline.limit)
    if told is None:
        reasons.append(why.lost(case, deadline))
        return None, []
    what, becomes = told.what, told.becomes or deadline.limit
    if what == CANCEL:
        effect = {"do": "void", "limit": deadline.limit, "at": beijing(at).isoformat()}
        return DeadlineMove(deadline.limit, what, deadline.limit, deadline.due, None), [effect]
    if becomes not in new.limits:
        reasons.append(why.no_limit(case, deadline, becomes))
        return None, []
    if what == KEEP:
        return DeadlineMove(deadline.limit, what, becomes, deadline.due, deadline.due), []
    ran_as = old.limits.get(deadline.limit)
    if deadline.lapsed_at is not None and ran_as is not None and ran_as.on_lapse:
        reasons.append(why.rests_on_it(case, deadline))
        return None, []
    due = _anew(work, deadline, ran_as, new.limits[becomes], at)
    if due.ends_before < deadline.ends_before and not document.shorten:
        reasons.append(why.shorter(case, deadline, due))
    move = DeadlineMove(deadline.limit, what, becomes, deadline.due, due.date)
    return move, _recomputed(case, deadline, new.limits[becomes], due, at)


def _anew(work: Work, deadline: Deadline, old: Limit | None, limit: Limit, at: datetime) -> Due:
    """Return the date by the new book's number of days from the same start, by the notices known on the day of `at`.

    Days by which the limit was extended over the old book's number are kept.
    """
    edition = work.edition(beijing(at).date())
    if limit.days is None:
        days, fixed = deadline.working_days, deadline.fixed_day
    else:
        more = 0
        if old is not None and old.days is not None and deadline.working_days is not None:
            more = deadline.working_days - old.days
        days, fixed = limit.days + more, None
    return clock.computed(edition, work.counting, deadline.started_at, days, fixed)


def _recomputed(case: Case, deadline: Deadline, limit: Limit, due: Due, at: datetime) -> list[dict[str, Any]]:
    seq = case.version + 1
    fixed = deadline.fixed_day if limit.days is None else None
    anew = clock.replaced(clock.moved(deadline, due, seq=seq), limit.id, limit.article, due, fixed)
    effect = {
        "do": "move",
        "limit": limit.id,
        "why": "migrate",
        "old": deadline.due.isoformat(),
        "deadline": clock.as_record(anew),
        "sheet": due.sheet(),
    }
    if limit.id == deadline.limit:
        return [effect]
    return [{"do": "void", "limit": deadline.limit, "at": beijing(at).isoformat()}, effect]
