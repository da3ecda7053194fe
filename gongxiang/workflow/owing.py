"""What is owed in a case at a moment, and whose move it is: by a date, by an act that waits, or by the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Counting, Edition
from gongxiang.errors import BeyondHorizon
from gongxiang.workflow.case import Case
from gongxiang.workflow.competence import BY_PLACE, competent_place, holders
from gongxiang.workflow.deadline import Deadline, beijing, held_back, phase
from gongxiang.workflow.procedure import Procedure
from gongxiang.workflow.views import iso
from gongxiang.workflow.vocabulary import NOBODYS, Department, Phase, Role
from gongxiang.workflow.work import Work

Place = tuple[str, str]
"""The level and region of an authority."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing owed: the duty (a step, or the limit that runs), when it is due, and how many working days are left.

    `days_left` is negative when overdue, None where there is no date. `elapsed` counts working days since the case got
    there, for duties without a number (policy, not law). `owes` is None where the authority of `place` is to move and
    none is registered there. `outer` is the outer legal limit, where a stricter one is the due date. `rules` is the
    version of the case's rule book.
    """

    case: str
    rules: str
    procedure: str
    state: str
    duty: str
    limit: str | None
    due: date | None
    phase: Phase | None
    days_left: int | None
    elapsed: int | None
    provisional: bool
    owes: str | None
    place: Place | None = None
    outer: date | None = None

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "case": self.case,
            "procedure": self.procedure,
            "state": self.state,
            "duty": self.duty,
            "limit": self.limit,
            "due": iso(self.due),
            "phase": self.phase.value if self.phase else None,
            "days_left": self.days_left,
            "elapsed": self.elapsed,
            "provisional": self.provisional,
            "outer": iso(self.outer),
        }


def debtors(case: Case, procedure: Procedure, now: datetime, work: Work) -> set[str]:
    """Return the departments that owe something in the case."""
    if procedure.is_done(case.state, case.memory):
        return set()
    items = items_of(case, procedure, now, work.edition(beijing(now).date()), work)
    return {item.owes for item in items if item.owes}


def items_of(case: Case, procedure: Procedure, now: datetime, edition: Edition, work: Work) -> Iterator[Item]:
    """Yield what is owed in the case, each duty once."""
    dated = list(_by_limit(case, procedure, now, edition, work))
    yield from dated
    yield from _pending(case, procedure, now, edition, work)
    mover = {one.id for role in (procedure.states[case.state].owes,) if role for one in _holders(case, role, now, work)}
    if not mover & {item.owes for item in dated}:
        yield from _by_state(case, procedure, now, edition, work)


def _by_limit(case: Case, procedure: Procedure, now: datetime, edition: Edition, work: Work) -> Iterator[Item]:
    """Yield what is owed by a date: each open limit, an outer one only where the stricter of the same duty is not."""
    owed = {name: one for name, one in case.deadlines.items() if one.is_open}
    outer = {limit.outer_of: owed[name] for name in owed if (limit := procedure.limits[name]).outer_of in owed}
    for name, deadline in owed.items():
        limit = procedure.limits[name]
        where = phase(deadline, now, edition, work.counting)
        if limit.outer_of in owed or where is Phase.STOPPED or (deadline.lapsed_at is not None and limit.on_lapse):
            continue  # told with the stricter one; or whoever must act next is named by the state
        for holder in whose(deadline, limit.owed_by, case, now, work):
            yield _item(
                case,
                work,
                now,
                name,
                holder,
                limit=name,
                due=deadline.due,
                phase=where,
                days_left=_days_left(deadline, where, now, edition, work.counting),
                provisional=deadline.provisional,
                outer=outer[name].due if name in outer else None,
            )


def whose(deadline: Deadline, role: Role, case: Case, now: datetime, work: Work) -> Sequence[str | None]:
    """Return who owes a limit: its party; of an authority's limit whoever is the authority now, None for nobody."""
    if role not in BY_PLACE:
        return [deadline.owed_by]
    return [one.id for one in _holders(case, role, now, work)] or [None]


def _pending(case: Case, procedure: Procedure, now: datetime, edition: Edition, work: Work) -> Iterator[Item]:
    """Yield what somebody owes because of an act that waits for theirs, by the day of the limit that runs meanwhile."""
    for pending in procedure.pending:
        if case.memory.get(pending.key) != pending.value:
            continue
        deadline = case.deadlines.get(procedure.running(pending.by or "", case.deadlines))
        running = deadline is not None and deadline.is_open
        where = phase(deadline, now, edition, work.counting) if deadline and running else None
        if where in (Phase.OVERDUE, Phase.STOPPED):
            continue  # what had to come before that end can no longer be done, or need not be yet
        left = _days_left(deadline, where, now, edition, work.counting) if deadline and where else None
        nobody: Sequence[str | None] = [None]
        for holder in [one.id for one in _holders(case, pending.owes, now, work)] or nobody:
            yield _item(
                case,
                work,
                now,
                pending.duty,
                holder,
                due=deadline.due if deadline and running else None,
                phase=where,
                days_left=left,
                provisional=deadline.provisional if deadline and running else False,
            )


def _by_state(case: Case, procedure: Procedure, now: datetime, edition: Edition, work: Work) -> Iterator[Item]:
    """Yield whose move it is by the state, where no date says so already."""
    state = procedure.states[case.state]
    stopped = {deadline.limit for deadline in case.deadlines.values() if deadline.stopped_at is not None}
    waits = bool(stopped) or state.waits_on in case.memory
    role = state.owes_when_stopped if waits and state.owes_when_stopped else state.owes
    if role is None:
        return
    duty = state.duty or state.id
    if waits:  # whoever made the report has done their part; the other side answers it
        answers = (row for row in procedure.rows if case.state in row.sources and row.by - NOBODYS)
        duty = next((row.name for row in answers if state.waits_on in row.forget), duty)
    elapsed = _count(edition, beijing(case.last_at).date(), beijing(now).date())
    waiting = Phase.STOPPED if stopped else None
    nobody: Sequence[str | None] = [None] if role in BY_PLACE else []
    for holder in [one.id for one in _holders(case, role, now, work)] or nobody:
        yield _item(case, work, now, duty, holder, phase=waiting, elapsed=elapsed)


def _item(
    case: Case,
    work: Work,
    now: datetime,
    duty: str,
    owes: str | None,
    *,
    limit: str | None = None,
    due: date | None = None,
    phase: Phase | None = None,
    days_left: int | None = None,
    elapsed: int | None = None,
    provisional: bool = False,
    outer: date | None = None,
) -> Item:
    place = competent_place(case, work.procedure(case), work, now) if owes is None else None
    return Item(
        case=case.case,
        rules=work.book(case).version,
        procedure=case.procedure,
        state=case.state,
        duty=duty,
        limit=limit,
        due=due,
        phase=phase,
        days_left=days_left,
        elapsed=elapsed,
        provisional=provisional,
        owes=owes,
        place=(place[0].value, place[1]) if place else None,
        outer=outer,
    )


def _holders(case: Case, role: Role, now: datetime, work: Work) -> list[Department]:
    return holders(role, case, work.procedure(case), work, now)


def _days_left(deadline: Deadline, where: Phase, now: datetime, edition: Edition, counting: Counting) -> int | None:
    """Working days up to the due day, the later one of a known notice included; negative exactly when overdue."""
    today = beijing(now).date()
    if where is Phase.OVERDUE:
        over = _count(edition, deadline.due, today)
        return -max(over, 1) if over is not None else None
    held = held_back(deadline, edition, counting, now) if now >= deadline.ends_before else None
    return _count(edition, today, max(held.date, today) if held else deadline.due)


def _count(edition: Edition, after: date, through: date) -> int | None:
    try:
        return edition.count(after, through)
    except BeyondHorizon:
        return None
