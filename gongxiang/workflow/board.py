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
class Board:
    """What is owed at a moment, by department, the most urgent first; `held` are lapses that wait for a recalculation.

    `limit` is how many open cases were looked at, the soonest due, None for all of them. `left_out` names what is not
    whole because there are more: groups, proposals, held.
    """

    now: datetime
    groups: tuple[Group, ...]
    proposals: tuple[ProposalItem, ...]
    held: tuple[Held, ...]
    limit: int | None = None
    left_out: tuple[str, ...] = ()

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
        }


def board(work: Work, now: datetime, limit: int | None, lapses: int | None) -> Board:
    """Return what stands open at `now`: of the `limit` open cases that are due the soonest, those without a date last,
    and what the `lapses` newest lapses propose; all of them where it is None.
    """
    groups, more = _groups(work, now, limit)
    proposed, older = proposals(work, now, lapses)
    held, later = _held(work, now, lapses)
    left_out = {"groups": more, "proposals": older, "held": later}
    cut = tuple(name for name, is_cut in left_out.items() if is_cut)
    return Board(now, groups, tuple(proposed), held, limit, cut)


def _groups(work: Work, now: datetime, limit: int | None) -> tuple[tuple[Group, ...], bool]:
    """Return what each department owes, and whether open cases were left out."""
    edition = work.edition(beijing(now).date())
    groups: dict[tuple[str | None, Place | None], list[Item]] = {}
    more = False
    with closing(Lists(work.transaction).soonest(None if limit is None else limit + 1)) as soonest:
        for seen, case in enumerate(soonest):
            if seen == limit:
                more = True
                break
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
    return tuple(shown), more


def _held(work: Work, now: datetime, most: int | None) -> tuple[tuple[Held, ...], bool]:
    """Return the lapses that a sweep at `now` would hold back, in the order of the stored due dates, and whether later
    ones were left out: `most` of what has passed unrecorded is looked at.
    """
    lists, edition = Lists(work.transaction), work.edition(beijing(now).date())
    passed = lists.passed(now, None if most is None else most + 1)
    names = list(dict.fromkeys(passed[:most]))
    cases = lists.named(names)
    found = [
        held for name in names for held in held_in(cases.get(name) or work.need(name), now, edition, work.counting)
    ]
    return tuple(found), most is not None and len(passed) > most
