"""An event tried against one row of its table: what guards, flags and the derivation of effects look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gongxiang.workflow.verify.chain import Row
from gongxiang.workflow.verify.counting import Counted
from gongxiang.workflow.verify.event import BY_PLACE, Event
from gongxiang.workflow.verify.standing import Standing
from gongxiang.workflow.verify.tables import Line, Record, Table


@dataclass(slots=True)
class Scene:
    """An event tried against one row of its table.

    `stated` is what the ledger says the guard looked at (only for what other chains hold, which is settled once they
    are read); `counted` gives the date that the row gives a limit.
    """

    event: Event
    line: Line
    counted: Callable[[str], Counted | None]
    stated: Record

    @property
    def case(self) -> Standing:
        """The case before the event."""
        return self.event.case

    @property
    def row(self) -> Row:
        """The event as it stands in the ledger."""
        return self.event.row

    @property
    def payload(self) -> Record:
        """What the act carries."""
        return self.event.payload

    @property
    def table(self) -> Table:
        """The procedure."""
        return self.event.table

    def deadline(self, limit: str) -> Record | None:
        """Return the case's deadline of that limit."""
        return self.case.deadlines.get(limit)

    def owing(self, role: str) -> str:
        """Return who owes a limit of `role`: who has it by place or by a naming, else the party; "" for nobody."""
        named = self.case.record["named"].get(role, ())
        able = self.event.seated(role) if role in BY_PLACE else [name for name in named if self.event.who(name)]
        return able[0] if able else str(self.case.parties.get(role, ""))
