"""What is owed today, by whom, grouped by whose move it is; and what the lapses propose to the authorities."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.lapse import Held, held_in
from gongxiang.workflow.owing import Item, Place, items_of
from gongxiang.workflow.proposing import ProposalItem, proposals
from gongxiang.workflow.readable import Readable
from gongxiang.workflow.store.lists import Lists
from gongxiang.workflow.views import iso
from gongxiang.workflow.work import Work


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
class Unreadable:
    """A case that stands in a row that cannot be read, and why: the ledger has what it said (`rebuild`)."""

    case: str
    error: str

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {"case": self.case, "error": self.error}


@dataclass(frozen=True, slots=True)
class Board:
    """What is owed at a moment, by department, the most urgent first; `held` are lapses that wait for a recalculation.

    `limit` is how many open cases were looked at, the soonest due, None for all of them. `left_out` names what is not
    whole because there are more: groups, proposals, held. What is owed in the `unreadable` cases nobody knows.
    """

    now: datetime
    groups: tuple[Group, ...]
    proposals: tuple[ProposalItem, ...]
    held: tuple[Held, ...]
    limit: int | None = None
    left_out: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "now": iso(self.now),
            "groups": [group.as_record() for group in self.groups],
            "proposals": [proposal.as_record() for proposal in self.proposals],
            "held": [held.as_record() for held in self.held],
            "limit": self.limit,
            "more": bool(self.left_out),
            "left_out": list(self.left_out),
            "unreadable": [one.as_record() for one in self.unreadable],
        }


def board(work: Work, now: datetime, limit: int | None, lapses: int | None, *, due_by: date | None = None) -> Board:
    """Return what stands open at `now`: of the `limit` open cases that are due the soonest, those without a date last,
    and what the `lapses` newest lapses propose; all of them where it is None. `due_by`: only cases in which something
    falls due that day at the latest. A case that cannot be read is named and keeps no other off the board.
    """
    readable = Readable()
    groups, more = _groups(work, readable, now, limit, due_by)
    proposed, older = proposals(work, now, lapses, readable)
    held, later = _held(work, readable, now, lapses)
    left_out = {"groups": more, "proposals": older, "held": later}
    cut = tuple(name for name, is_cut in left_out.items() if is_cut)
    unreadable = tuple(Unreadable(name, readable.unreadable[name]) for name in sorted(readable.unreadable))
    return Board(now, groups, tuple(proposed), held, limit, cut, unreadable)


def _groups(
    work: Work, readable: Readable, now: datetime, limit: int | None, due_by: date | None
) -> tuple[tuple[Group, ...], bool]:
    """Return what each department owes, and whether open cases were left out."""
    edition = work.edition(beijing(now).date())
    groups: dict[tuple[str | None, Place | None], list[Item]] = {}
    lists = Lists(work.transaction, readable.case)
    with closing(lists.soonest(None if limit is None else limit + 1, due_by=due_by)) as soonest:
        for case in soonest:
            if limit is not None and readable.rows > limit:
                break
            with readable.apart(case.case):
                for item in list(items_of(case, work.procedure(case), now, edition, work)):
                    groups.setdefault((item.owes, item.place), []).append(item)
    more = limit is not None and readable.rows > limit
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
    return tuple(shown), more


def _held(work: Work, readable: Readable, now: datetime, most: int | None) -> tuple[tuple[Held, ...], bool]:
    """Return the lapses that a sweep at `now` would hold back, in the order of the stored due dates, and whether later
    ones were left out: `most` of what has passed unrecorded is looked at.
    """
    edition = work.edition(beijing(now).date())
    lists = Lists(work.transaction, readable.case)
    passed = lists.passed(now, None if most is None else most + 1)
    names = list(dict.fromkeys(passed[:most]))
    cases = lists.named(names)
    found: list[Held] = []
    for name in names:
        if name not in readable.unreadable:
            with readable.apart(name):
                found += held_in(cases.get(name) or work.need(name), now, edition, work.counting)
    return tuple(found), most is not None and len(passed) > most
