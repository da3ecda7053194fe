"""What a notice moves: a plan, before anything moves. What is done about it stands in `recalculating`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Due, Edition
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline, recomputed
from gongxiang.workflow.reach import Reach, first_difference
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.store.reached import Reached
from gongxiang.workflow.work import Work

MOVES, EARLIER, CONFIRMED = "moves", "earlier", "confirmed"
CEASES_TO_BE_LATE, WOULD_BE_LATE, SANCTION = "would_cease_to_be_late", "would_become_late", "sanction_rests_on_it"
ALREADY_MET = "already_met"
"""Nothing moves, for nothing is owed any more; it stands in a plan only."""
ACTED_SINCE = "acted_since"
"""What would move was left, for an act stands in the case that came after the moment of the recalculation."""


@dataclass(frozen=True, slots=True)
class Move:
    """One deadline that another edition dates otherwise. `kind` says what that would change."""

    case: str
    limit: str
    old: date
    new: date
    kind: str
    edition: str

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "case": self.case,
            "limit": self.limit,
            "old": self.old.isoformat(),
            "new": self.new.isoformat(),
            "kind": self.kind,
            "edition": self.edition,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Move:
        """Read what `as_record` wrote."""
        days = {name: date.fromisoformat(record[name]) for name in ("old", "new")}
        return cls(**{**record, **days})


Moves = tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A move of an open deadline, and the date that makes it."""

    move: Move
    deadline: Deadline
    due: Due


@dataclass(frozen=True, slots=True)
class Recalculated:
    """What was moved, and what was left to a person's decision. `finished`: nothing of the plan is still to be dealt
    with; without it the recalculation was stopped, and the next one goes on.
    """

    moved: Moves
    left: Moves
    receipt: Receipt
    finished: bool = True

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "moved": [move.as_record() for move in self.moved],
            "left": [move.as_record() for move in self.left],
            "receipt": self.receipt.as_record(),
            "finished": self.finished,
        }


def replayed(work: Work, receipt: Receipt) -> Recalculated:
    """Return the first result of a recalculation again, as the register holds it; of a mere import, no moves."""
    entered = [seq for case, seq, kind, _ in receipt.recorded if not case and kind == "recalculation"]
    if not entered:
        return Recalculated((), (), receipt)
    known = {event.seq: event for event in work.transaction.register_events(entered[0])}
    entries = [known[seq].content for seq in entered]
    moved, left = (
        tuple(Move.from_record(move) for entry in entries for move in entry[name]) for name in ("moved", "left")
    )
    return Recalculated(moved, left, receipt)


def plan(work: Work, now: datetime, edition: Edition) -> list[Move]:
    """Return what `edition` dates otherwise than its sheet: every open deadline, in order of case, then those that were
    met by `now` (`already_met`).

    Of the latter only those due on or after the first day that the notices since the last recalculation made different:
    the others stood in an earlier plan.
    """
    reach = Reach(edition, work.register.notices)
    reached = Reached(work.transaction)
    owing = reached.owing(reach.firsts(reached.editions()))
    owed = [change.move for case in owing for change in changes(work, case, now, edition)]
    return [*owed, *_met(work, now, reach, reached)]


def changes(work: Work, case: Case, now: datetime, edition: Edition) -> Iterator[Change]:
    """Yield the open deadlines of the case that `edition` dates otherwise."""
    for deadline in case.deadlines.values():
        due = recomputed(deadline, edition, work.counting) if deadline.is_open else None
        if due is None or (due.date == deadline.due and due.provisional == deadline.provisional):
            continue
        kind = _kind(work, case, deadline, due, now)
        yield Change(Move(case.case, deadline.limit, deadline.due, due.date, kind, edition.id), deadline, due)


def _kind(work: Work, case: Case, deadline: Deadline, due: Due, now: datetime) -> str:
    table = work.procedure(case).limits[deadline.limit]
    if deadline.lapsed_at is not None:
        if due.ends_before > deadline.lapsed_at:
            return SANCTION if table.on_lapse else CEASES_TO_BE_LATE
        return MOVES if due.date > deadline.due else EARLIER
    if due.date == deadline.due:
        return CONFIRMED
    if due.date > deadline.due:
        return MOVES
    return WOULD_BE_LATE if due.ends_before <= now else EARLIER


def _met(work: Work, now: datetime, reach: Reach, reached: Reached) -> Iterator[Move]:
    last, edition = next(reversed(work.register.recalculations), None), reach.edition
    if last == edition.id:
        return
    firsts = reach.firsts(reached.settled_editions())
    if last is not None and (base := reach.find(last)) is not None:
        news = first_difference(base, edition)
        firsts = {name: max(first, news) for name, first in firsts.items()}
    for case in reached.settled(firsts):
        for deadline in case.deadlines.values():
            if not _was_met(deadline, now) or deadline.due < firsts.get(deadline.edition, date.max):
                continue
            due = recomputed(deadline, edition, work.counting)
            if due is not None and due.date != deadline.due:
                yield Move(case.case, deadline.limit, deadline.due, due.date, ALREADY_MET, edition.id)


def _was_met(deadline: Deadline, now: datetime) -> bool:
    return deadline.void_at is None and deadline.met_at is not None and deadline.met_at <= now
