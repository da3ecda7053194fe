"""What a department is reminded of: what is overdue, due today, or due on the next working day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongxiang.calendars import Edition
from gongxiang.workflow.board import Board
from gongxiang.workflow.errands import next_working_day
from gongxiang.workflow.owing import Item, Place
from gongxiang.workflow.views import iso
from gongxiang.workflow.vocabulary import Phase

OVERDUE, DUE_TODAY, DUE_NEXT = "overdue", "due_today", "due_next_working_day"


@dataclass(frozen=True, slots=True)
class Reminder:
    """What one department is reminded of, by when it is due; with `department` None, what waits for the authority of
    `place` to be registered.
    """

    department: str | None
    name: str | None
    place: Place | None
    items: tuple[tuple[str, Item], ...]

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        when = [one for one, _ in self.items]
        return {
            "department": self.department,
            "name": self.name,
            "place": {"level": self.place[0], "region": self.place[1]} if self.place else None,
            **{each: when.count(each) for each in (OVERDUE, DUE_TODAY, DUE_NEXT)},
            "items": [
                {
                    "case": item.case,
                    "procedure": item.procedure,
                    "duty": item.duty,
                    "due": iso(item.due),
                    "when": one,
                    "days_left": item.days_left,
                    "provisional": item.provisional,
                }
                for one, item in self.items
            ],
        }


def reminders(board: Board, edition: Edition) -> Iterator[Reminder]:
    """Yield one reminder for each department that owes something by the next working day."""
    next_day = next_working_day(edition, board.now.date())
    for group in board.groups:
        items = tuple((when, item) for item in group.items if (when := _when(item, next_day)))
        if items:
            yield Reminder(group.owes, group.name, group.place, items)


def _when(item: Item, next_day: date) -> str:
    if item.phase is Phase.OVERDUE:
        return OVERDUE
    if item.phase is Phase.DUE_TODAY:
        return DUE_TODAY
    if item.phase is not Phase.RUNNING or item.due is None:
        return ""
    # Working days left count up to the later day of a notice that is known and not yet applied.
    soon = item.days_left <= 1 if item.days_left is not None else item.due <= next_day
    return DUE_NEXT if soon else ""
