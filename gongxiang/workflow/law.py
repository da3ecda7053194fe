"""Which law governs a new case: the rule book of its place on its decisive day. The engine is told it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.opening import need_department
from gongxiang.workflow.procedure import Procedure, RuleBook
from gongxiang.workflow.register import Register


class Law(Protocol):
    """The rule books of places, by day."""

    @property
    def latest(self) -> RuleBook:
        """The newest rule book of the home place: what words mean where no case says more."""

    def book(self, region: str, day: date) -> RuleBook:
        """Return the rule book that governs at a region (GB/T 2260) on a day. Raises Refused where there is none."""


@dataclass(frozen=True, slots=True)
class OneBook:
    """The same rule book everywhere and always: a law played for comparison, or a host's own."""

    latest: RuleBook

    def book(self, region: str, day: date) -> RuleBook:  # noqa: ARG002  # it governs everywhere and always
        """Return the rule book."""
        return self.latest


@dataclass(slots=True)
class Asked:
    """A law that is read when it is first asked: a database is read and verified without it."""

    read: Callable[[], Law]

    @property
    def latest(self) -> RuleBook:
        """The newest rule book of the home place."""
        return self.read().latest

    def book(self, region: str, day: date) -> RuleBook:
        """Return the rule book that governs at a region on a day. Raises what reading the law raises."""
        return self.read().book(region, day)


def region_of(parties: Mapping[str, str | None], matter: Case | None, register: Register, at: datetime) -> str:
    """Return the region whose law governs a new case: that of the provider, or of the department proceeded against;
    of a case about another, that of the other's provider; else of who opens it. Raises UnknownDepartment.
    """
    lent = matter.parties if matter else {}
    names = (parties.get("provider"), parties.get("against"), lent.get("provider"), parties.get("by"))
    return need_department(register, next((name for name in names if name), ""), at).region


def decisive_day(procedure: Procedure, payload: Mapping[str, Any], at: datetime) -> date:
    """Return the day whose law governs: of the act that opens the case, or the earlier one that its payload names.

    Non-retroactivity: 立法法 Art. 104. A day that is none is refused later, with the rest of the payload.
    """
    opened = beijing(at).date()
    try:
        told = date.fromisoformat(str(payload.get(procedure.decisive or "")))
    except ValueError:
        return opened
    return min(told, opened)
