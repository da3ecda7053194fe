"""What is owed today, by whom, grouped by whose move it is; and what the lapses propose to the authorities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Counting, Edition
from gongxiang.errors import BeyondHorizon
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline, beijing, held_back, phase
from gongxiang.workflow.lapse import Held
from gongxiang.workflow.procedure import Procedure
from gongxiang.workflow.sweeping import held_at
from gongxiang.workflow.views import iso
from gongxiang.workflow.vocabulary import Phase, Role
from gongxiang.workflow.work import Work

Place = tuple[str, str]
"""The level and region of an authority."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing owed: the duty (a step, or the limit that runs), when it is due, and how many working days are left.

    `days_left` is negative when overdue, None where there is no date. `elapsed` counts working days since the case got
    there, for duties without a number (policy, not law). `owes` is None where the authority of `place` is to move and
    none is registered there.
    """

    case: str
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
        }


@dataclass(frozen=True, slots=True)
class ProposalItem:
    """A lapse that an authority may take up: open `open` on `ground` against `against`, about `case`.

    Nothing opens by itself.
    """

    case: str
    limit: str
    against: str
    authority: str | None
    open: str
    ground: str
    alternatives: tuple[str, ...]
    article: str
    lapsed_at: datetime

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "case": self.case,
            "limit": self.limit,
            "against": self.against,
            "authority": self.authority,
            "open": self.open,
            "ground": self.ground,
            "alternatives": list(self.alternatives),
            "article": self.article,
            "lapsed_at": iso(self.lapsed_at),
        }


@dataclass(frozen=True, slots=True)
class Group:
    """What one department owes; with `owes` None, what waits for the authority of `place` to be registered."""

    owes: str | None
    name: str | None
    place: Place | None
    items: tuple[Item, ...]

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        place = {"level": self.place[0], "region": self.place[1]} if self.place else None
        items = [item.as_record() for item in self.items]
        return {"owes": self.owes, "name": self.name, "place": place, "items": items}


@dataclass(frozen=True, slots=True)
class Board:
    """Everything owed at a moment, by department, the most urgent first; `held` are lapses that wait for a
    recalculation.
    """

    now: datetime
    groups: tuple[Group, ...]
    proposals: tuple[ProposalItem, ...]
    held: tuple[Held, ...]

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "now": iso(self.now),
            "groups": [group.as_record() for group in self.groups],
            "proposals": [proposal.as_record() for proposal in self.proposals],
            "held": [held.as_record() for held in self.held],
        }


def board(work: Work, now: datetime) -> Board:
    """Return what stands open at `now`."""
    edition = work.edition(beijing(now).date())
    groups: dict[tuple[str | None, Place | None], list[Item]] = {}
    for case in work.transaction.cases(final=False):
        for item in _items(case, work.procedure(case), now, edition, work):
            groups.setdefault((item.owes, item.place), []).append(item)
    far = date.max
    for items in groups.values():
        items.sort(key=lambda item: (item.due or far, item.case))
    ordered = sorted(
        groups.items(), key=lambda group: (group[1][0].due or far, group[0][0] or "", group[0][1] or ("", ""))
    )
    shown = []
    for (owes, place), items in ordered:
        found = work.department(owes, now) if owes else None
        shown.append(Group(owes, found.name if found else owes, place, tuple(items)))
    return Board(now, tuple(shown), tuple(_proposals(work, now)), tuple(held_at(work, now)))


def owing(case: Case, procedure: Procedure, now: datetime, work: Work) -> set[str]:
    """Return the departments that owe something in the case."""
    if procedure.states[case.state].final:
        return set()
    items = _items(case, procedure, now, work.edition(beijing(now).date()), work)
    return {item.owes for item in items if item.owes}


def _items(case: Case, procedure: Procedure, now: datetime, edition: Edition, work: Work) -> Iterator[Item]:
    state = procedure.states[case.state]
    shown = False
    for deadline in case.deadlines.values():
        if not deadline.is_open:
            continue
        where = phase(deadline, now, edition, work.counting)
        if where is Phase.STOPPED or (deadline.lapsed_at is not None and procedure.limits[deadline.limit].on_lapse):
            continue  # whoever must act next is named by the state
        shown = shown or deadline.owed_by in _holders(case, procedure, state.owes, now, work)
        left = _days_left(deadline, where, now, edition, work.counting)
        yield Item(
            case.case,
            case.procedure,
            case.state,
            deadline.limit,
            deadline.limit,
            deadline.due,
            where,
            left,
            None,
            deadline.provisional,
            deadline.owed_by,
        )
    stopped = {deadline.limit for deadline in case.deadlines.values() if deadline.stopped_at is not None}
    waits = bool(stopped) or state.waits_on in case.memory
    role = state.owes_when_stopped if waits and state.owes_when_stopped else state.owes
    if shown or role is None:
        return
    since = beijing(case.last_at).date()
    elapsed = _count(edition, since, beijing(now).date())
    waiting = Phase.STOPPED if stopped else None
    duty = state.duty or state.id
    if waits:  # whoever made the report has done their part; the other side answers it
        answers = (row for row in procedure.rows if case.state in row.sources and role in row.by)
        duty = next((row.name for row in answers if state.waits_on in row.forget), duty)
    for holder in _holders(case, procedure, role, now, work):
        yield Item(
            case.case,
            case.procedure,
            case.state,
            duty,
            None,
            None,
            waiting,
            None,
            elapsed,
            False,
            holder,
            place=None if holder else _place(case, procedure, now, work),
        )


def _place(case: Case, procedure: Procedure, now: datetime, work: Work) -> Place | None:
    anchor = work.department(case.parties.get(procedure.anchor, ""), now)
    return (anchor.level.value, anchor.region) if anchor else None


def _holders(case: Case, procedure: Procedure, role: Role | None, now: datetime, work: Work) -> list[str | None]:
    """Return the departments that hold a role in the case; None for an authority that is not registered."""
    if role is None:
        return []
    if role is Role.AUTHORITY:
        place = _place(case, procedure, now, work)
        competent = work.authority(*place, now) if place else None
        return [competent.id if competent else None]
    if role in case.named:
        return list(case.named[role])
    return [case.parties[role]] if role in case.parties else []


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


def _proposals(work: Work, now: datetime) -> Iterator[ProposalItem]:
    for name in work.transaction.lapsed():
        case = work.need(name)
        taken = list(work.transaction.cases(about=name))
        for deadline in case.deadlines.values():
            wanted = work.procedure(case).limits[deadline.limit].proposal
            if wanted is None or deadline.lapsed_at is None or deadline.lapsed_at > now:
                continue
            debtor = work.department(deadline.owed_by, now)
            against = any(
                other.procedure == wanted.procedure and deadline.owed_by in other.parties.values() for other in taken
            )
            if debtor is None or debtor.kind in wanted.not_against or against:
                continue
            competent = work.authority(debtor.level, debtor.region, now)
            if competent and competent.id == debtor.id:
                continue  # an authority finds nothing against itself, so there is nothing to take up
            yield ProposalItem(
                case=name,
                limit=deadline.limit,
                against=debtor.id,
                authority=competent.id if competent else None,
                open=wanted.procedure,
                ground=wanted.ground,
                alternatives=wanted.alternatives,
                article=wanted.article,
                lapsed_at=deadline.lapsed_at,
            )
