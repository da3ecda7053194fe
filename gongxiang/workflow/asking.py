"""Why, and why not: each step of a procedure as one department sees it at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from gongxiang.errors import BeyondHorizon, Reason
from gongxiang.workflow.case import Case
from gongxiang.workflow.decide import Act, of_its_kind, reasons_against
from gongxiang.workflow.effects import due_of
from gongxiang.workflow.facts import Facts, World
from gongxiang.workflow.procedure import Procedure, Row, RuleBook
from gongxiang.workflow.views import Option
from gongxiang.workflow.vocabulary import NOBODYS


def options_of(book: RuleBook, procedure: Procedure, case: Case, by: str, now: datetime, world: World) -> list[Option]:
    """Return every step and activity that a person may take somewhere, in the order of the table."""
    return list(_options(book, procedure, case, by, now, world))


def _options(
    book: RuleBook, procedure: Procedure, case: Case, by: str, now: datetime, world: World
) -> Iterator[Option]:
    for name, rows in procedure.by_name.items():
        if all(row.opens or row.by <= NOBODYS for row in rows):
            continue
        act = Act(name, by, now)
        if not of_its_kind(rows, case, act, book):
            continue  # a step for another kind of resource or of ground is no answer to what can be done here
        reasons, row = reasons_against(book, procedure, case, act, world)
        shown = row or next(iter(procedure.leading_from.get((name, case.state), ())), rows[0])
        due: dict[str, date] = {}
        if row is not None:
            due, beyond = _dates(Facts(book, procedure, row, case, by, now, {}, world, lambda _: None), row)
            reasons = [*reasons, *beyond]
        yield Option(
            step=name,
            title=shown.title.zh,
            title_en=shown.title.en,
            allowed=not reasons,
            reasons=tuple(reasons),
            article=shown.article,
            payload=shown.payload,
            due=due,
        )


def _dates(facts: Facts, row: Row) -> tuple[dict[str, date], list[Reason]]:
    """The due dates the row would create now, where they do not depend on what it will carry; or why none can be
    computed.
    """
    found: dict[str, date] = {}
    for limit in (*row.starts, *row.restarts, *row.restores, *row.extends):
        if limit not in (*row.restores, *row.extends) and facts.procedure.limits[limit].counted_from is not None:
            continue
        try:
            due = due_of(facts, limit)
        except BeyondHorizon as error:
            return {}, list(error.reasons)
        if due is not None:
            found[limit] = due.date
    return found, []
