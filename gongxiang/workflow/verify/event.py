"""One event with all that it is judged by: its case before it, its table, what was registered and known by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import Row
from gongxiang.workflow.verify.counting import PLAIN, Calendars, final_end, held_back
from gongxiang.workflow.verify.days import Days
from gongxiang.workflow.verify.findings import named
from gongxiang.workflow.verify.migrations import Migrations
from gongxiang.workflow.verify.places import Place, above, lowest_common
from gongxiang.workflow.verify.register import Register
from gongxiang.workflow.verify.standing import Standing
from gongxiang.workflow.verify.tables import Record, Table, Tables

Fault = tuple[str, Text]
"""A code of `findings.CODES`, and what exactly."""
AUTHORITY, WORKING_BODY, GOVERNMENT, OVERSEER = "authority", "working_body", "people_government", "overseer"
BY_PLACE = (AUTHORITY, WORKING_BODY, GOVERNMENT, OVERSEER)
"""Roles that departments have by the place of a case, whoever its parties are."""


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
    tables: Tables
    migrations: Migrations

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

    def unrecorded_lapses(self) -> Iterator[Fault]:
        """Yield a fault for each deadline that had ended by the act, held back by nothing, with no lapse on record."""
        for deadline in self.case.overdue(self.row.at):
            if not self.held(deadline):
                yield "missing_lapse", named(f"{deadline['limit']} {deadline['ends_before']}")

    def unsigned(self) -> Iterator[Fault]:
        """Yield why the event is not the act of an authority under a named person."""
        actor = self.who(self.row.by)
        if not actor or actor["kind"] != AUTHORITY or self.body["role"] != AUTHORITY:
            yield "not_an_authority", named(self.row.by)
        if not str(self.payload.get("signer") or "").strip():
            yield "no_signer", named(self.row.by)

    def final_end(self, deadline: Record) -> datetime:
        """Return the end by which the act was in time or late, by what was known on its day."""
        return final_end(deadline, self.calendar, self.settings(deadline["limit"]))

    def roles(self) -> set[str]:
        """Return the roles in the case of who acted, on the day of the act."""
        by, named = self.row.by, self.case.record["named"]
        roles = {role for role, name in self.case.parties.items() if name == by}
        roles |= {role for role, names in named.items() if by in names}
        roles |= {role for role in (AUTHORITY, GOVERNMENT, OVERSEER) if by in self.seated(role)}
        actor, place = self.who(by), self.competent
        if actor and actor["kind"] == WORKING_BODY and (actor["level"], actor["region"]) == place:
            roles.add(WORKING_BODY)
        return roles

    @cached_property
    def competent(self) -> Place | None:
        """The place that is competent: that of the parties at the table's anchors; where theirs differ, the lowest in
        which all lie, or the nearest one above it that has an authority, if any has.

        None where the register does not know one of them yet.
        """
        known = [who for role in self.table.anchors if (who := self.who(self.case.parties.get(role)))]
        if len(known) < len(self.table.anchors):
            return None
        places = {(who["level"], who["region"]) for who in known}
        lowest = lowest_common(places)
        if lowest is None or len(places) < 2:
            return lowest
        return next((place for place in (lowest, *above(lowest)) if self._seat(AUTHORITY, place)), lowest)

    def seated(self, role: str) -> list[str]:
        """Return who has a role by the competent place: its authority, working body, people's government, overseers.

        An authority at the first anchor is overseen by its people's government and by the nearest authority above it;
        any other department by the authority.
        """
        place = self.competent
        if place is None:
            return []
        anchor = self.who(self.case.parties.get(self.table.anchor))
        if role != OVERSEER:
            found = [self._seat(role, place)]
        elif not anchor or anchor["kind"] != AUTHORITY:
            found = [self._seat(AUTHORITY, place)]
        else:
            higher = (self._seat(AUTHORITY, one) for one in above(place))
            found = [self._seat(GOVERNMENT, place), next((one for one in higher if one), None)]
        return [one for one in found if one]

    def _seat(self, kind: str, place: Place) -> str | None:
        return self.register.seat(kind, *place, self.row.at, self.place)
