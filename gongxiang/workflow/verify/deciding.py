"""The row that an act on record took, and which fields it carried may be set right by a correction: those on which
nothing rests.
"""

from __future__ import annotations

from collections.abc import Iterator

from gongxiang.workflow.verify.standing import Act
from gongxiang.workflow.verify.tables import Line, Record, Table, listed

_RESTS = ("days", "date", "ground", "department", "case")
_ASKED = ("field", "fields", "keys")
"""Arguments of guards and flags that name fields of the payload."""


def line_of(table: Table, act: Act) -> Line | None:
    """Return the row that the act took, or None where the table has none that leads so."""
    for line in table.rows(act.name, act.origin):
        leads = (line.said.get("to") or act.origin) == act.target
        if leads and table.fits(line, act.payload, act.memory, act.resource):
            return line
    return None


def decisive(table: Table, line: Line) -> set[str]:
    """Return the fields on which a state, a date, a role, a condition or what the case remembers rests."""
    said = line.said
    found = {name for name, kind in said.get("payload", {}).items() if _rests(kind.removesuffix("?"))}
    found |= {*said.get("when", {}), *line.names("exactly_one"), *line.names("at_most_one")}
    found |= {*line.names("extends_by"), *said.get("names", {}).values()}
    kept = said.get("remember", {}).values()
    found |= {source.removeprefix("payload.") for source in kept if source.startswith("payload.")}
    if said.get("mark"):
        found.add(said["mark"]["field"])
    for test in _tests(table, line):
        found.update(name for key in _ASKED for name in listed(test.get(key)))
    for limit in (*line.names("starts"), *line.names("restarts")):
        found.update(listed(table.limits[limit].get("counted_from")))
        found.update(("working_days", "due") if table.days_of(limit) is None else ())
    return found


def _rests(kind: str) -> bool:
    return kind in _RESTS or kind.startswith("one of ")


def _tests(table: Table, line: Line) -> Iterator[Record]:
    yield from (table.guards[name] for name in line.names("guards"))
    yield from (table.flags[name] for name in line.names("flags"))
