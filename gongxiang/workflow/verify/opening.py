"""What a new case is opened with, judged: the law of its day, who takes part, the resource it is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gongxiang.workflow.verify.acts import LINKED
from gongxiang.workflow.verify.event import Event, Fault
from gongxiang.workflow.verify.findings import named, versus
from gongxiang.workflow.verify.tables import listed


def opening_faults(event: Event) -> Iterator[Fault]:
    """Yield what is wrong with the law of a new case, with who takes part in it, or with the resource it is about."""
    row, table, opening = event.row, event.table, event.body["opening"]
    parties = opening["parties"]
    # A case that another brings about stands under the law of that other, whatever the day.
    if not LINKED.search(row.case) and (day := _decisive_day(event)) < table.in_force:
        yield "law_of_the_day", versus(f"≥ {table.in_force}", str(day))
    if set(parties) != {party["role"] for party in table.parties}:
        yield "parties", versus(sorted(party["role"] for party in table.parties), sorted(parties))
        return
    lent = LINKED.search(row.case) or (table.about and opening.get("about"))
    for party in table.parties:
        role = party["role"]
        who = event.who(parties[role])
        if who is None or (not lent and who["kind"] not in party["kinds"]):
            yield "parties", named(f"{role} {parties[role]}")
        own = listed(party["named_by"]) == ["by"] and (not lent or role == "raised_by")
        if own and parties[role] != row.by:
            yield "parties", versus(row.by, parties[role], role)
    resource, wanted = opening.get("resource"), table.said.get("resource")
    needed = wanted == "required" or (wanted == "unless_about" and not lent)
    if (resource is None and needed) or (resource is not None and wanted is None):
        yield "parties", named(f"resource {resource}")


def _decisive_day(event: Event) -> date:
    """Return the day that says which law governs a new case: the act's own, or an earlier one that it names for it."""
    told = event.payload.get(event.table.said.get("decisive") or "")
    try:
        return min(date.fromisoformat(str(told)), event.row.day)
    except ValueError:  # no day is named; one that is none is a fault of the payload
        return event.row.day
