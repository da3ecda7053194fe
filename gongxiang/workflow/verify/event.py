"""One event with all that it is judged by: its case before it, its table, what was registered and known by then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import Row
from gongxiang.workflow.verify.counting import PLAIN, Calendars, final_end, held_back
from gongxiang.workflow.verify.days import Days
from gongxiang.workflow.verify.register import Register
from gongxiang.workflow.verify.standing import Standing
from gongxiang.workflow.verify.tables import Table

Record = Mapping[str, Any]
Fault = tuple[str, Text]
"""A code of `findings.CODES`, and what exactly."""


@dataclass
class Event:
    """An event seen from `place` of the registers' chain: it can rest on what was entered and imported by then."""

    case: Standing
    row: Row
    body: Record
    table: Table
    register: Register
    place: int
    calendars: Calendars

    @property
    def payload(self) -> Record:
        """What the act carries."""
        payload: Record = self.body["payload"]
        return payload

    @cached_property
    def calendar(self) -> Days:
        """The calendar known on the day of the act."""
        return self.calendars.known(self.register.imported(self.place), self.row.day)

    def who(self, name: str | None) -> Record | None:
        """Return a department as registered at the moment of the act."""
        return self.register.department(name, self.row.at, self.place)

    def settings(self, limit: str) -> Mapping[str, str]:
        """Return the settings of counting that the limit's last sheet states."""
        return self.case.settings.get(limit, PLAIN)

    def held(self, deadline: Record) -> bool:
        """Return whether a lapse of the deadline was held back by what was known on the day of the act."""
        return held_back(deadline, self.calendar, self.settings(deadline["limit"]), self.row.at)

    def final_end(self, deadline: Record) -> datetime:
        """Return the end by which the act was in time or late, by what was known on its day."""
        return final_end(deadline, self.calendar, self.settings(deadline["limit"]))

    def roles(self) -> set[str]:
        """Return the roles in the case of who acted, on the day of the act."""
        by, named = self.row.by, self.case.record["named"]
        roles = {role for role, name in self.case.parties.items() if name == by}
        roles |= {role for role, names in named.items() if by in names}
        anchor, actor = self.who(self.case.parties.get(self.table.anchor)), self.who(by)
        if anchor and actor and (anchor["level"], anchor["region"]) == (actor["level"], actor["region"]):
            if self.register.authority(anchor["level"], anchor["region"], self.row.at, self.place) == by:
                roles.add("authority")
            if actor["kind"] == "working_body":
                roles.add("working_body")
        return roles
