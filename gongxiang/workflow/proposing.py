"""What a lapse proposes, to whom: nothing opens by itself, a person takes it up or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongxiang.workflow.case import Case, blank
from gongxiang.workflow.competence import BY_PLACE, holders
from gongxiang.workflow.deadline import Deadline
from gongxiang.workflow.facts import GROUND_INSTRUMENT
from gongxiang.workflow.owing import whose
from gongxiang.workflow.procedure import Proposal
from gongxiang.workflow.readable import Readable
from gongxiang.workflow.store.lists import Lists
from gongxiang.workflow.views import iso
from gongxiang.workflow.vocabulary import Department
from gongxiang.workflow.work import Work

MOST = 1000
"""How many lapses are looked at unless somebody asks for others, the newest ones: more than a person takes up in a day.
"""


@dataclass(frozen=True, slots=True)
class ProposalItem:
    """A lapse that an authority may take up: open `open` on `ground` against `against`, about `case`.

    Nothing opens by itself.
    """

    case: str
    rules: str
    procedure: str
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


def proposals(work: Work, now: datetime, most: int | None, readable: Readable) -> tuple[list[ProposalItem], bool]:
    """Return what the newest lapses on record propose at `now`, and whether older ones were left out: `most` lapses are
    looked at, all where it is None.
    """
    lists = Lists(work.transaction, readable.case)
    lapses = lists.proposing(now, None if most is None else most + 1)
    names = sorted(set(lapses[:most]))
    cases, about = lists.named(names), lists.about(names)
    found: list[ProposalItem] = []
    for name in names:
        with readable.apart(name):
            found += _of(cases.get(name) or work.need(name), about.get(name, []), now, work)
    return found, most is not None and len(lapses) > most


def _of(case: Case, taken: list[Case], now: datetime, work: Work) -> Iterator[ProposalItem]:
    """Yield what the lapses of a case propose; `taken` are the cases about it."""
    for deadline in case.deadlines.values():
        limit = work.procedure(case).limits.get(deadline.limit)  # a migration may have cancelled it
        if limit is None or limit.proposal is None or deadline.lapsed_at is None or deadline.lapsed_at > now:
            continue
        for owing in whose(deadline, limit.owed_by, case, now, work):
            debtor = work.department(owing, now) if owing else None
            if debtor and not _is_taken_up(limit.proposal, debtor, taken):
                yield from _proposal(case, deadline, limit.proposal, debtor, now, work)


def _is_taken_up(wanted: Proposal, debtor: Department, taken: list[Case]) -> bool:
    """Whether nothing is to be proposed: against a kind that the law exempts, or where a case is open on the matter."""
    return debtor.kind in wanted.not_against or any(
        other.procedure == wanted.procedure and debtor.id in other.parties.values() for other in taken
    )


def _proposal(
    case: Case, deadline: Deadline, wanted: Proposal, debtor: Department, now: datetime, work: Work
) -> Iterator[ProposalItem]:
    """Yield the proposal to whoever may open what it proposes; none where nobody but the debtor could."""
    table = work.book(case).procedures[wanted.procedure]
    new = blank("", table.id, case.rules, now, {"parties": {table.anchor.value: debtor.id}})
    instrument = work.book(case).instrument_of.get(wanted.ground)
    openings = (row for row in table.openings if row.when.get(GROUND_INSTRUMENT, instrument) == instrument)
    openers = {role for row in openings for role in row.by} & BY_PLACE
    able = [one for role in sorted(openers) for one in holders(role, new, table, work, now)]
    if able and all(one.id == debtor.id for one in able):
        return  # an authority finds nothing against itself, so there is nothing to take up
    yield ProposalItem(
        case=case.case,
        rules=work.book(case).version,
        procedure=case.procedure,
        limit=deadline.limit,
        against=debtor.id,
        authority=next((one.id for one in able if one.id != debtor.id), None),
        open=wanted.procedure,
        ground=wanted.ground,
        alternatives=wanted.alternatives,
        article=wanted.article,
        lapsed_at=deadline.lapsed_at or now,
    )
