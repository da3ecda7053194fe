"""What is owed today, by whom, grouped by whose move it is; and what the lapses propose to the authorities."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.errors import StoreError
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.lapse import Held, held_in
from gongxiang.workflow.owing import Item, Place, items_of
from gongxiang.workflow.proposing import ProposalItem, _of, proposals
from gongxiang.workflow.store import Transaction
from gongxiang.workflow.store.lists import Lists
from gongxiang.workflow.store.transaction import _case
from gongxiang.workflow.sweeping import UNREADABLE, why
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


def board(work: Work, now: datetime, limit: int | None, lapses: int | None) -> Board:
    """Return what stands open at `now`: of the `limit` open cases that are due the soonest, those without a date last,
    and what the `lapses` newest lapses propose; all of them where it is None. A case that cannot be read is named and
    keeps no other off the board.
    """
    lists = _Readable(work.transaction)
    groups, more = _groups(work, lists, now, limit)
    proposed, older = _proposed(work, lists, now, lapses)
    held, later = _held(work, lists, now, lapses)
    left_out = {"groups": more, "proposals": older, "held": later}
    cut = tuple(name for name, is_cut in left_out.items() if is_cut)
    unreadable = tuple(Unreadable(name, lists.unreadable[name]) for name in sorted(lists.unreadable))
    return Board(now, groups, tuple(proposed), held, limit, cut, unreadable)


class _Readable(Lists):
    """The cases that can be read; why the others cannot stands in `unreadable`, by name. `read` counts the rows."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self.unreadable: dict[str, str] = {}
        self.read = 0

    @contextmanager
    def apart(self, name: str) -> Iterator[None]:
        """Let what this case raises stop nothing but what is done inside."""
        try:
            yield
        except UNREADABLE as error:
            self.unreadable.setdefault(name, why(error))

    def named(self, names: Iterable[str]) -> dict[str, Case]:
        """Return those of the names that are cases and can be read, by name."""
        names = list(names)
        try:
            return super().named(names)
        except StoreError:  # one of them
            found: dict[str, Case] = {}
            for name in names:
                with self.apart(name):
                    found |= super().named([name])
            return found

    def _cases(self, query: Any, *, stream: bool) -> Generator[Case, None, None]:
        with self._connection.execute(query, execution_options={"stream_results": stream}) as rows:
            for row in rows:
                self.read += 1
                found: list[Case] = []
                with self.apart(row.case_id):
                    found.append(_case(row.case_id, row.snapshot))
                yield from found


def _groups(work: Work, lists: _Readable, now: datetime, limit: int | None) -> tuple[tuple[Group, ...], bool]:
    """Return what each department owes, and whether open cases were left out."""
    edition = work.edition(beijing(now).date())
    groups: dict[tuple[str | None, Place | None], list[Item]] = {}
    with closing(lists.soonest(None if limit is None else limit + 1)) as soonest:
        for case in soonest:
            if limit is not None and lists.read > limit:
                break
            with lists.apart(case.case):
                for item in list(items_of(case, work.procedure(case), now, edition, work)):
                    groups.setdefault((item.owes, item.place), []).append(item)
    more = limit is not None and lists.read > limit
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


def _proposed(work: Work, lists: _Readable, now: datetime, most: int | None) -> tuple[list[ProposalItem], bool]:
    """Return what `proposals` does; where one of the cases cannot be read, what the others propose."""
    try:
        return proposals(work, now, most)
    except UNREADABLE:
        lapses = lists.proposing(now, None if most is None else most + 1)
        found: list[ProposalItem] = []
        for name in sorted(set(lapses[:most])):
            with lists.apart(name):
                found += _of(work.need(name), lists.about([name]).get(name, []), now, work)
        return found, most is not None and len(lapses) > most


def _held(work: Work, lists: _Readable, now: datetime, most: int | None) -> tuple[tuple[Held, ...], bool]:
    """Return the lapses that a sweep at `now` would hold back, in the order of the stored due dates, and whether later
    ones were left out: `most` of what has passed unrecorded is looked at.
    """
    edition = work.edition(beijing(now).date())
    passed = lists.passed(now, None if most is None else most + 1)
    names = list(dict.fromkeys(passed[:most]))
    cases = lists.named(names)
    found: list[Held] = []
    for name in names:
        if name not in lists.unreadable:
            with lists.apart(name):
                found += held_in(cases.get(name) or work.need(name), now, edition, work.counting)
    return tuple(found), most is not None and len(passed) > most
