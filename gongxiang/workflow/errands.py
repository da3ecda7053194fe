"""What is done once a day or once an hour of the day, however many workers run: reminders, the seal, a warning.

An errand has a name made of its kind and its hour. Whoever writes that name into the database runs it; so a worker that
wakes late, twice or beside others runs none again and leaves none out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gongxiang.calendars import BEIJING, Edition
from gongxiang.workflow.deadline import beijing

REMINDER, SEAL, WARNING = "reminder", "seal", "warning"

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to be done once. `hour` is the moment it is due, Beijing time."""

    kind: str
    hour: datetime

    @property
    def name(self) -> str:
        """What it is called in the database."""
        return f"{self.kind} {self.hour:%Y-%m-%dT%H:%M}"


@dataclass(frozen=True, slots=True)
class Timetable:
    """The hours of the day, Beijing time: of reminders, of the seal, of the warning that a notice is missing; None or
    empty for never.
    """

    reminders: tuple[time, ...] = ()
    seal: time | None = None
    warning: time | None = None

    def hours(self) -> tuple[time, ...]:
        """Return every hour at which something may be due, in order."""
        return tuple(sorted({*self.reminders, *(one for one in (self.seal, self.warning) if one is not None)}))

    def due(self, now: datetime) -> Iterator[Errand]:
        """Yield what is due at `now`, late or not, done or not.

        Of the reminders that were missed only the last one of the day is still of use, of the seals the last one of
        all; a warning is of its day.
        """
        now = beijing(now)
        told = _last(self.reminders, now)
        if told is not None and told.date() == now.date():
            yield Errand(REMINDER, told)
        sealed = _last((self.seal,) if self.seal is not None else (), now)
        if sealed is not None:
            yield Errand(SEAL, sealed)
        warned = _last((self.warning,) if self.warning is not None else (), now)
        if warned is not None and warned.date() == now.date():
            yield Errand(WARNING, warned)


def is_working_day(edition: Edition, day: date) -> bool:
    """Return whether the day works; past the last notice, by the law alone. Raises BeyondHorizon where that ends."""
    return edition.explain(day, allow_provisional=True).counted


def next_working_day(edition: Edition, day: date) -> date:
    """Return the first working day after `day`; past the last notice, by the law alone. Raises BeyondHorizon."""
    day += _DAY
    while not is_working_day(edition, day):
        day += _DAY
    return day


def _last(hours: tuple[time, ...], now: datetime) -> datetime | None:
    """Return the last of the hours that has come, today's or yesterday's."""
    days = (now.date(), now.date() - _DAY)
    moments = (datetime.combine(day, hour, BEIJING) for day in days for hour in hours)
    return max((moment for moment in moments if moment <= now), default=None)
