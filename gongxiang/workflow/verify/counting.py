"""A limit counted anew: from when, how long, by which calendar, under the settings that its sheet states."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import CHINA
from gongxiang.workflow.verify.days import ONE, Days, PastRecord, Record, Statute
from gongxiang.workflow.verify.findings import Found

PLAIN: Mapping[str, str] = {
    "cut_off": "midnight",
    "closes": "17:00",
    "after_hours_receipt": "same_day",
    "rest_day_receipt": "same_day",
}
"""The settings of counting where no sheet states them: 24:00 of the due day, received on the day of entry."""

_CHOICES: Mapping[str, str] = {
    "cut_off": "midnight|close_of_business",
    "closes": r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?",
    "after_hours_receipt": "same_day|next_working_day",
    "rest_day_receipt": "same_day|next_working_day",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """A limit as counted by hand. `provisional`: a later notice may still move it; `days`: the part of each day."""

    received_day: date
    due: date
    ends_before: datetime
    provisional: bool
    days: Sequence[Record]


def count(
    calendar: Days, started_at: str, working_days: int | None, fixed_day: str | None, settings: Mapping[str, str]
) -> Counted:
    """Count a limit that starts at `started_at` (ISO). Raises Found `beyond_horizon` where it cannot be."""
    moment = datetime.fromisoformat(started_at).astimezone(CHINA)
    try:
        receipt = _received(calendar, moment, settings)
        if fixed_day is None:
            if not isinstance(working_days, int) or isinstance(working_days, bool) or working_days < 1:
                raise ValueError(f"{working_days!r} working days")
            due = calendar.next_after(receipt, working_days)
        else:
            day = date.fromisoformat(fixed_day)
            due = day if calendar.tell(day).counted else calendar.next_after(day, 1)
        days = _walked(calendar, receipt, due)
    except PastRecord as error:
        raise Found("beyond_horizon", Text(str(error), str(error))) from error
    if due > calendar.horizon and moment.date() > date(calendar.last_year, 12, 31):
        raise Found("beyond_horizon", Text(f"起算于{moment.date()}", f"it starts on {moment.date()}"))
    return Counted(receipt, due, _end(due, settings), due > calendar.horizon, days)


def _received(calendar: Days, moment: datetime, settings: Mapping[str, str]) -> date:
    day, told = moment.date(), calendar.tell(moment.date())
    if not told.counted:
        rule = settings["rest_day_receipt"]
    elif moment.time() >= time.fromisoformat(settings["closes"]):
        rule = settings["after_hours_receipt"]
    else:
        rule = "same_day"
    return day if rule == "same_day" else calendar.next_after(day, 1)


def _walked(calendar: Days, receipt: date, due: date) -> list[Record]:
    walked: list[Record] = []
    number, day = 0, receipt
    while day < due:
        day += ONE
        told = calendar.tell(day)
        number += told.counted
        walked.append(
            {
                "date": day.isoformat(),
                "counted": told.counted,
                "number": number if told.counted else None,
                "source": told.source,
                "kind": told.kind,
                "provisional": told.provisional,
            }
        )
    return walked


def _end(due: date, settings: Mapping[str, str]) -> datetime:
    if settings["cut_off"] == "close_of_business":
        return datetime.combine(due, time.fromisoformat(settings["closes"]), CHINA)
    return datetime.combine(due + timedelta(days=1), time(), CHINA)


def recount(deadline: Record, calendar: Days, settings: Mapping[str, str]) -> Counted | None:
    """Return what `calendar` gives a deadline on record, or None when it is the calendar it was counted by."""
    if calendar.id == deadline["edition"]:
        return None
    return _anew(deadline, calendar, settings)


def _otherwise(deadline: Record, calendar: Days, settings: Mapping[str, str]) -> Counted | None:
    """Return a later date that a notice gives, or what is known of a provisional one; else None."""
    anew = recount(deadline, calendar, settings)
    later = anew is not None and anew.ends_before > datetime.fromisoformat(deadline["ends_before"])
    if later or deadline["provisional"]:
        return anew or _anew(deadline, calendar, settings)
    return None


def final_end(deadline: Record, calendar: Days, settings: Mapping[str, str]) -> datetime:
    """Return the end by which an act is in time or late: no notice makes it earlier than the stored one."""
    stored, other = datetime.fromisoformat(deadline["ends_before"]), _otherwise(deadline, calendar, settings)
    return max(stored, other.ends_before) if other else stored


def held_back(deadline: Record, calendar: Days, settings: Mapping[str, str], at: datetime) -> bool:
    """Return whether no lapse can be found at `at`: a notice's later date is still ahead, or nothing final is known."""
    other = _otherwise(deadline, calendar, settings)
    return other is not None and (other.provisional or at < final_end(deadline, calendar, settings))


def _anew(deadline: Record, calendar: Days, settings: Mapping[str, str]) -> Counted:
    return count(calendar, deadline["started_at"], deadline["working_days"], deadline["fixed_day"], settings)


class Calendars:
    """The calendars by who had published and what had been imported; each is built once."""

    def __init__(self, shipped: Sequence[Record], statutory: Record) -> None:
        self._shipped = tuple(shipped)
        self._statute = Statute(statutory)
        self._built: dict[tuple[int, int], Days] = {}
        self._known: dict[tuple[int, date], Days] = {}
        self._changes: dict[int, list[date]] = {}

    def known(self, imported: Sequence[Record], day: date) -> Days:
        """Return the calendar of the shipped notices and the first-imported ones given, as published by `day`."""
        key = (len(imported), day)
        found = self._known.get(key)
        if found is None:
            epoch = (len(imported), bisect_right(self._days_of_change(imported), day))
            if epoch not in self._built:
                self._built[epoch] = Days((*self._shipped, *imported), day, self._statute)
            found = self._known[key] = self._built[epoch].on(day)
        return found

    def _days_of_change(self, imported: Sequence[Record]) -> list[date]:
        """Return the days on which what is known changed: a notice was published, or a law signed."""
        if len(imported) not in self._changes:
            told = [notice["published"] for notice in (*self._shipped, *imported)]
            told += [law["signed"] for law in self._statute.laws]
            self._changes[len(imported)] = sorted({date.fromisoformat(day) for day in told})
        return self._changes[len(imported)]

    def publications(self, imported: Sequence[Record], after: date, through: date) -> list[date]:
        """Return `after`, `through`, and every day in between on which what is known changed, the newest first."""
        between = {day for day in self._days_of_change(imported) if after < day < through}
        return sorted({after, through, *between}, reverse=True)


def settings_of(sheet: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Return the settings of counting that a sheet states, or the plain ones."""
    stated = (sheet or {}).get("counting")
    if not isinstance(stated, Mapping) or set(stated) != set(_CHOICES):
        return PLAIN
    return stated if all(re.fullmatch(_CHOICES[name], str(stated[name])) for name in stated) else PLAIN
