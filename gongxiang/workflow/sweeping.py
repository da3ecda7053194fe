"""The sweep: every lapse up to a moment found and recorded once. A missed, doubled or late sweep changes nothing but
moments of recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.lapse import Held, held_in
from gongxiang.workflow.views import iso
from gongxiang.workflow.work import Work


@dataclass(frozen=True, slots=True)
class Found:
    """A lapse: the case, the limit, its legal moment, who owed it, and the state it brought."""

    case: str
    limit: str
    at: datetime
    owed_by: str
    state: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found, and what it held back because a known notice moves it or its date is provisional."""

    now: datetime
    lapses: tuple[Found, ...]
    held: tuple[Held, ...]

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "now": iso(self.now),
            "lapses": [
                {
                    "case": found.case,
                    "limit": found.limit,
                    "at": iso(found.at),
                    "owed_by": found.owed_by,
                    "state": found.state,
                }
                for found in self.lapses
            ],
            "held": [held.as_record() for held in self.held],
        }


def held_at(work: Work, now: datetime) -> Iterator[Held]:
    """Yield every lapse that a sweep at `now` would hold back, in the order of the stored due dates."""
    edition = work.edition(beijing(now).date())
    for name in work.transaction.alarms(now):
        yield from held_in(work.need(name), now, edition, work.counting)


def sweep(work: Work, now: datetime) -> Swept:
    """Stage every lapse up to `now`, in the order of the legal moments of the cases; say what is held back."""
    found: list[Found] = []
    held: list[Held] = []
    edition = work.edition(beijing(now).date())
    for name in work.transaction.alarms(now):
        before = work.need(name)
        if before.last_at > now:
            # Swept for a moment before its last event: what had passed by then was recorded with that event.
            continue
        after = work.settle_lapses(before, now)
        for limit, deadline in after.deadlines.items():
            if deadline.lapsed_at is not None and before.deadlines[limit].lapsed_at is None:
                found.append(Found(name, limit, deadline.lapsed_at, deadline.owed_by, after.state))
        held.extend(held_in(after, now, edition, work.counting))
    return Swept(now, tuple(found), tuple(held))
