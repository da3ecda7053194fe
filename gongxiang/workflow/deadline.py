"""A limit running in a case, and the one function that says where it stands.

Times are aware; due dates are Beijing calendar days. In time means strictly before `ends_before` (民法典 Art. 203;
docs/explanation/counting.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from gongxiang.calendars import BEIJING, Counting, Due, Edition
from gongxiang.workflow.vocabulary import Phase


def beijing(moment: datetime) -> datetime:
    """Return the same instant as Beijing shows it (+08:00)."""
    return moment.astimezone(BEIJING)


@dataclass(frozen=True, slots=True)
class Deadline:
    """One limit of one case as its events left it. `sheet_seq` names the event that holds the computation sheet.

    `working_days` is None where an order fixed a day; that day is then `fixed_day`. `held_until` is the later end that
    a notice known when the limit was met would have given it: it decides whether the act was in time. `generation`
    counts the computations.
    """

    limit: str
    article: str
    owed_by: str
    started_at: datetime
    working_days: int | None
    fixed_day: date | None
    due: date
    ends_before: datetime
    original_due: date
    provisional: bool
    edition: str
    known_on: date | None
    sheet_seq: int
    generation: int = 1
    met_at: datetime | None = None
    stopped_at: datetime | None = None
    void_at: datetime | None = None
    lapsed_at: datetime | None = None
    held_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the duty is still owed: neither met nor void (it may be stopped or lapsed)."""
        return self.met_at is None and self.void_at is None

    @property
    def may_lapse(self) -> bool:
        """Whether passing `ends_before` would be a lapse that nobody has recorded."""
        return self.is_open and self.stopped_at is None and self.lapsed_at is None


_NAMES = Deadline.__slots__
_values = attrgetter(*_NAMES)
_MOMENTS = ("started_at", "ends_before", "met_at", "stopped_at", "void_at", "lapsed_at", "held_until")
_DAYS = ("fixed_day", "due", "original_due", "known_on")
_DATED = (*_MOMENTS, *_DAYS)
_TEXTS = ("limit", "owed_by", "edition")
_NEEDED = ("started_at", "ends_before", "due", "original_due")


def as_record(deadline: Deadline) -> dict[str, Any]:
    """Return the deadline as JSON-able values; `from_record` reads it back."""
    record: dict[str, Any] = dict(zip(_NAMES, _values(deadline), strict=True))
    for name in _DATED:
        if (value := record[name]) is not None:
            record[name] = value.isoformat()
    return record


def from_record(record: Mapping[str, Any]) -> Deadline:
    """Read what `as_record` wrote. Raises ValueError, KeyError or TypeError for what it cannot have written."""
    values = dict(record)
    for name in _MOMENTS:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    for name in _DAYS:
        values[name] = date.fromisoformat(values[name]) if values.get(name) else None
    if any(values[name] is None for name in _NEEDED):
        raise ValueError("a deadline without its start or its end")
    if values["working_days"] is None and values["fixed_day"] is None:
        raise ValueError("a deadline with neither a period nor a fixed day")
    if not all(isinstance(values[name], str) for name in _TEXTS):
        raise TypeError("a deadline without its limit, its debtor or its edition")
    return Deadline(**values)


def computed(
    edition: Edition, counting: Counting, started_at: datetime, working_days: int | None, fixed_day: date | None
) -> Due:
    """Return the due date by `edition`: the n-th working day after the start, or the fixed day moved off a rest day.

    A date that touches a year without a notice comes back provisional. Raises BeyondHorizon when the start lies past
    the last year that has a notice.
    """
    provisional_ok = beijing(started_at).date() <= edition.last_covered
    if fixed_day is not None:
        return edition.due_on(fixed_day, received=started_at, counting=counting, allow_provisional=provisional_ok)
    assert working_days is not None
    return edition.due(started_at, working_days, counting=counting, allow_provisional=provisional_ok)


def start(
    due: Due, *, limit: str, article: str, owed_by: str, started_at: datetime, fixed_day: date | None, seq: int
) -> Deadline:
    """Return a deadline that starts to run with the computed `due`; event `seq` holds its sheet."""
    return Deadline(
        limit=limit,
        article=article,
        owed_by=owed_by,
        started_at=beijing(started_at),
        working_days=None if fixed_day else due.working_days,
        fixed_day=fixed_day,
        due=due.date,
        ends_before=due.ends_before,
        original_due=due.date,
        provisional=due.provisional,
        edition=due.edition,
        known_on=due.known_on,
        sheet_seq=seq,
    )


def moved(deadline: Deadline, due: Due, *, seq: int) -> Deadline:
    """Return the deadline with its date computed anew; a lapse on the old date no longer stands. `original_due`
    stays.
    """
    return replace(
        deadline,
        due=due.date,
        ends_before=due.ends_before,
        provisional=due.provisional,
        edition=due.edition,
        known_on=due.known_on,
        sheet_seq=seq,
        generation=deadline.generation + 1,
        lapsed_at=deadline.lapsed_at if deadline.lapsed_at and deadline.lapsed_at >= due.ends_before else None,
    )


def extended(deadline: Deadline, due: Due, *, seq: int) -> Deadline:
    """Return the deadline with the period that `due` counts: longer by an extension, from the same start."""
    return replace(moved(deadline, due, seq=seq), working_days=due.working_days)


def replaced(deadline: Deadline, limit: str, article: str, due: Due, fixed_day: date | None) -> Deadline:
    """Return the deadline as a limit of another rule book, with the period that `due` counts, or a fixed day."""
    days = None if fixed_day else due.working_days
    return replace(deadline, limit=limit, article=article, working_days=days, fixed_day=fixed_day)


def renewed(deadline: Deadline, old: Deadline) -> Deadline:
    """Return a deadline that replaces `old` (an amended order): the first due date and the count of computations go on.

    What was made in time and still waits stops the new limit as it stopped the old one.
    """
    return replace(deadline, original_due=old.original_due, generation=old.generation + 1, stopped_at=old.stopped_at)


def recomputed(deadline: Deadline, edition: Edition, counting: Counting) -> Due | None:
    """Return the date that `edition` gives this deadline, or None when it is the edition the date was computed with."""
    if edition.id == deadline.edition:
        return None
    return computed(edition, counting, deadline.started_at, deadline.working_days, deadline.fixed_day)


def anew(deadline: Deadline, edition: Edition, counting: Counting) -> Due | None:
    """Return the date that the known notices give a deadline whose own date may not be the last word: a later one, or
    one for a provisional date. None where the stored date stands.
    """
    due = recomputed(deadline, edition, counting)
    if due is None and deadline.provisional:
        due = computed(edition, counting, deadline.started_at, deadline.working_days, deadline.fixed_day)
    return due if due is not None and (due.ends_before > deadline.ends_before or deadline.provisional) else None


def legal_end(deadline: Deadline, edition: Edition, counting: Counting) -> datetime:
    """Return the end that decides whether something was in time: the stored one, or the later one of a known notice.

    A notice that gives an earlier date shortens nothing: that takes a person's word.
    """
    due = anew(deadline, edition, counting)
    return max(deadline.ends_before, due.ends_before) if due else deadline.ends_before


def held_back(deadline: Deadline, edition: Edition | None, counting: Counting, now: datetime) -> Due | None:
    """Return the date that keeps a lapse from being found at `now`: the later one of a known notice while it has not
    passed, or a provisional one, which proves nothing.

    A department is never found in default on a day that has become a holiday; once both dates have passed it is.
    """
    due = anew(deadline, edition, counting) if edition else None
    return due if due and (due.provisional or now < max(due.ends_before, deadline.ends_before)) else None


def phase(deadline: Deadline, now: datetime, edition: Edition | None = None, counting: Counting | None = None) -> Phase:
    """Return where the deadline stands at `now`; exactly one phase holds at any instant.

    `edition` is what the notices published by `now` say: a lapse they would move is held back and not overdue. Acts
    after `now` have not happened yet, so the answer for a past moment is what was true then.
    """
    if deadline.void_at is not None and deadline.void_at <= now:
        return Phase.VOID
    if deadline.met_at is not None and deadline.met_at <= now:
        end = max(deadline.ends_before, deadline.held_until or deadline.ends_before)
        return Phase.MET if deadline.met_at < end else Phase.MET_LATE
    if deadline.stopped_at is not None and deadline.stopped_at <= now:
        return Phase.STOPPED
    today = beijing(now).date()
    if now < deadline.ends_before:
        return Phase.DUE_TODAY if today == deadline.due else Phase.RUNNING
    held = None if deadline.lapsed_at is not None else held_back(deadline, edition, counting or Counting(), now)
    if held is None:
        return Phase.OVERDUE
    return Phase.DUE_TODAY if today == held.date else Phase.RUNNING
