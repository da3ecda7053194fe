"""Which deadlines of a case have passed unmet: each found once, dated at its legal moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gongxiang.calendars import Counting, Edition
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline, held_back, legal_end
from gongxiang.workflow.facts import asked
from gongxiang.workflow.machine import Walker, walk
from gongxiang.workflow.procedure import Row, RuleBook
from gongxiang.workflow.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Lapse:
    """A limit that passed: `at` is the legal moment (its end, by the notices known), `to` the state it brings."""

    limit: str
    at: datetime
    to: str
    guards: list[dict[str, Any]]
    effects: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Held:
    """A lapse that is not recorded: a known notice gives the deadline another date, or its date is provisional."""

    case: str
    limit: str
    due: str
    would_be: str
    edition: str
    provisional: bool

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return asdict(self)


def lapses_of(case: Case, book: RuleBook, now: datetime, edition: Edition, counting: Counting) -> Iterator[Lapse]:
    """Yield the lapses of the case up to `now`, the earliest first, each at its legal end by `edition`.

    Those that `edition` holds back are not among them.
    """
    state, procedure = case.state, book.procedures[case.procedure]
    for deadline in _passed(case, now):
        if held_back(deadline, edition, counting, now) is not None:
            continue
        end = legal_end(deadline, edition, counting)
        step = procedure.limits[deadline.limit].on_lapse
        if step:
            walker = Walker(state, lambda row: _is_the_clocks(row, case, book))
            walk(procedure, step, walker)
            state = walker.state
        yield Lapse(
            limit=deadline.limit,
            at=end,
            to=state,
            guards=[
                {
                    "guard": "limit_passed",
                    "holds": True,
                    "inputs": {
                        "limit": deadline.limit,
                        "ends_before": end.isoformat(),
                        "met_at": None,
                        "stopped_at": None,
                    },
                }
            ],
            effects=[{"do": "lapse", "limit": deadline.limit, "at": end.isoformat()}],
        )


def held_in(case: Case, now: datetime, edition: Edition, counting: Counting) -> Iterator[Held]:
    """Yield the deadlines of the case that have passed by their stored date and are held back by `edition`."""
    for deadline in _passed(case, now):
        due = held_back(deadline, edition, counting, now)
        if due is not None:
            yield Held(
                case.case,
                deadline.limit,
                deadline.due.isoformat(),
                due.date.isoformat(),
                edition.id,
                deadline.provisional,
            )


def _is_the_clocks(row: Row, case: Case, book: RuleBook) -> bool:
    """Time is asked nothing but which case it is: a table whose clock rows have conditions is refused (`lapsing`)."""
    return Role.CLOCK in row.by and all(str(asked(key, {}, case, book)) == value for key, value in row.when.items())


def _passed(case: Case, now: datetime) -> list[Deadline]:
    passed = [deadline for deadline in case.deadlines.values() if deadline.may_lapse and deadline.ends_before <= now]
    return sorted(passed, key=lambda deadline: (deadline.ends_before, deadline.limit))
