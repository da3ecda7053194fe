"""What a unit of work writes, as rows: the same for every database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gongxiang.workflow import case as cases
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.store.schema import CASE

Values = tuple[Any, ...]
"""The values of one row, in the order of the table's columns."""

SEALER = "seal"
"""The consumer of the outbox that appends events to the Merkle log."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule book says about the row of a case: whether nothing is owed any more, what no second open case may
    share with it, and which procedure a lapse of each limit proposes.
    """

    final: bool
    twin: str | None
    proposes: Mapping[str, str]


@dataclass(slots=True)
class Changes:
    """Rows to be written together or not at all.

    `moved` are the columns `MOVED` of cases with the version that was seen; `turns` are (twin, turn seen).
    """

    events: list[Values] = field(default_factory=list)
    opened: list[Values] = field(default_factory=list)
    moved: list[Values] = field(default_factory=list)
    started: list[Values] = field(default_factory=list)
    changed: list[Values] = field(default_factory=list)
    keys: list[Values] = field(default_factory=list)
    books: list[Values] = field(default_factory=list)
    turns: list[Values] = field(default_factory=list)
    outbox: list[Values] = field(default_factory=list)

    def append(self, events: Iterable[Event]) -> None:
        """Add events to the ledger, each with its place in the outbox."""
        for event in events:
            self.events.append(event_row(event))
            self.outbox.append((SEALER, event.case, event.seq, event.hash))

    def project(self, case: Case, before: Case | None, ruling: Ruling) -> None:
        """Add the rows of a case; `before` is what they say now, None when there are none."""
        row = case_row(case, ruling)
        if before is None:
            self.opened.append(row)
        else:
            self.moved.append((*(row[column] for column in _MOVABLE), before.version))
        old = before.deadlines if before else {}
        # Another book may say otherwise what a lapse of the same deadline proposes.
        same_book = before is not None and case.rules == before.rules
        for limit, deadline in case.deadlines.items():
            if not same_book or old.get(limit) != deadline:
                row = deadline_row(case.case, deadline, ruling)
                (self.changed if limit in old else self.started).append(row)


MOVED = tuple(one for one in CASE.columns if one.name not in ("procedure", "about", "opened_at"))
"""The columns of a case that an act may change, behind its name."""

_MOVABLE = tuple(list(CASE.columns).index(one) for one in MOVED)


def event_row(event: Event) -> Values:
    """Return the row of an event."""
    return (
        event.case,
        event.seq,
        event.at,
        event.recorded_at,
        event.kind,
        event.name,
        event.by,
        event.rules,
        event.body,
        event.prev,
        event.hash,
    )


def case_row(case: Case, ruling: Ruling) -> Values:
    """Return the row of a case."""
    return (
        case.case,
        case.procedure,
        case.state,
        ruling.final,
        case.version,
        case.rules,
        min((one.due for one in case.deadlines.values() if one.is_open), default=None),
        ruling.twin,
        case.about,
        case.opened_at,
        case.last_at,
        cases.as_text(case),
    )


def deadline_row(case: str, deadline: Deadline, ruling: Ruling) -> Values:
    """Return the row of a deadline."""
    return (
        case,
        deadline.limit,
        deadline.owed_by,
        deadline.due,
        deadline.is_open,
        deadline.ends_before if deadline.may_lapse else None,
        deadline.lapsed_at,
        ruling.proposes.get(deadline.limit) if deadline.lapsed_at else None,
        deadline.edition,
    )
