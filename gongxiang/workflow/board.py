"""What is owed today, by whom, grouped by whose move it is; and what the lapses propose to the authorities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.lapse import Held
from gongxiang.workflow.owing import Item, Place, items_of
from gongxiang.workflow.proposing import ProposalItem, proposals
from gongxiang.workflow.sweeping import held_at
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
        for item in items_of(case, work.procedure(case), now, edition, work):
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
    return Board(now, tuple(shown), tuple(proposals(work, now)), tuple(held_at(work, now)))
