"""Which row of its table a recorded act took, and which of the fields it carried decided anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gongxiang.workflow.case import Case
from gongxiang.workflow.conditions import ARGUMENTS
from gongxiang.workflow.facts import asked
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.procedure import Procedure, Row, RuleBook, as_tuple

DECISIVE_KINDS = frozenset({"days", "date", "ground", "department", "case"})
"""Types of payload fields that stand for a period, a day, a breach, a part in the case or another case."""


def row_taken(book: RuleBook, procedure: Procedure, event: Event, before: Case) -> Row:
    """Return the row that the act took, by its name and the states it led from and to; where several fit, the one whose
    `when` holds for what the act carried and the case was before it.
    """
    body = event.content
    origin, target, payload = body["from"] or "", body["to"], body["payload"]
    rows = [
        row
        for row in procedure.by_name[event.name]
        if (origin in row.sources if origin else row.opens) and (row.to or origin) == target
    ]
    return next(
        row for row in rows if all(str(asked(key, payload, before, book)) == value for key, value in row.when.items())
    )


def decisive_fields(procedure: Procedure, row: Row) -> frozenset[str]:
    """Return the fields of the row on which a state, a date, a role, a condition or what the case remembers rests."""
    return frozenset(_decisive(procedure, row)) & row.payload.keys()


def _decisive(procedure: Procedure, row: Row) -> Iterator[str]:
    for name, written in row.payload.items():
        kind = written.removesuffix("?")
        if kind in DECISIVE_KINDS or kind.startswith("one of "):
            yield name
    yield from row.when
    yield from row.exactly_one
    yield from row.at_most_one
    yield from (row.extends_by,) if row.extends_by else ()
    yield from row.names.values()
    yield from (source.removeprefix("payload.") for source in row.remember.values() if source.startswith("payload."))
    if row.mark:
        yield row.mark["field"]
    for test in (*row.guards, *row.flags):
        yield from _fields_of(test.test, test.arguments)
    for limit in (procedure.limits[name] for name in (*row.starts, *row.restarts)):
        if limit.counted_from:
            yield limit.counted_from
        if limit.days is None:
            yield from ("working_days", "due")


def _fields_of(test: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    """Yield the payload fields that a test looks at: the arguments that `conditions` declares as fields."""
    for argument, means in ARGUMENTS[test].items():
        if means.removesuffix("?").endswith(("field", "fields")):
            yield from as_tuple(arguments.get(argument))
