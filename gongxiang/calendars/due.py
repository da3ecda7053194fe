"""What a computation answers: a due date with its proof, and the explanation of one day."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from gongxiang.calendars.counting import Counting
from gongxiang.errors import Text

Kind = Literal["workday", "make_up", "weekend", "holiday"]


@dataclass(frozen=True, slots=True)
class Day:
    """Why one day counts or not.

    `counted`: it is a working day. `number`: its place in the count, from 1, None outside a count or where not counted.
    `source`: the number of the notice, or the statute, that makes it what it is. `provisional`: no known notice has
    settled it.
    """

    date: datetime.date
    counted: bool
    kind: Kind
    why: Text
    source: str
    number: int | None = None
    provisional: bool = False

    def as_record(self) -> dict[str, Any]:
        """Return the day as JSON-able data: `why` is Chinese, `why_en` English."""
        return {
            "date": self.date.isoformat(),
            "counted": self.counted,
            "number": self.number,
            "why": self.why.zh,
            "why_en": self.why.en,
            "source": self.source,
            "kind": self.kind,
            "provisional": self.provisional,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Day:
        """Return the day that `as_record` gave."""
        return cls(
            date=datetime.date.fromisoformat(record["date"]),
            counted=record["counted"],
            kind=record["kind"],
            why=Text(record["why"], record["why_en"]),
            source=record["source"],
            number=record["number"],
            provisional=record["provisional"],
        )


@dataclass(frozen=True)
class Due:
    """A due date with its derivation.

    `received`: as given; `received_day`: the Beijing day that is not counted. `working_days`: the length, None where an
    order fixed the date. `date`: the last day on which a reply is in time; `ends_before`: the instant that ends it,
    Beijing time. `provisional`: a day of the count is not settled by a known notice; the date then lies in
    `earliest`..`latest` (equal to it where final). `edition`, `notices`, `known_on`, `counting`: what it was computed
    with.
    """

    received: datetime.date | datetime.datetime
    received_day: datetime.date
    working_days: int | None
    date: datetime.date
    ends_before: datetime.datetime
    provisional: bool
    earliest: datetime.date
    latest: datetime.date
    edition: str
    known_on: datetime.date | None
    notices: tuple[str, ...]
    counting: Counting
    trace: Callable[[], tuple[Day, ...]] = field(compare=False, repr=False)

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """Every day from the day after receipt through the due day, counted or not. Computed when first asked for."""
        return self.trace()

    def sheet(self) -> dict[str, Any]:
        """Return the computation sheet as JSON-able data. What is stored of it needs no calendar to be read again."""
        return {**self.head(), "days": [day.as_record() for day in self.days]}

    def head(self) -> dict[str, Any]:
        """Return the computation sheet without its days."""
        return {
            "received": self.received.isoformat(),
            "received_day": self.received_day.isoformat(),
            "working_days": self.working_days,
            "due": self.date.isoformat(),
            "ends_before": self.ends_before.isoformat(),
            "provisional": self.provisional,
            "earliest": self.earliest.isoformat(),
            "latest": self.latest.isoformat(),
            "edition": self.edition,
            "known_on": self.known_on.isoformat() if self.known_on else None,
            "notices": list(self.notices),
            "counting": self.counting.as_record(),
        }

    @classmethod
    def from_sheet(cls, sheet: Mapping[str, Any]) -> Due:
        """Return the due date that `sheet` states, with the days it states; nothing is computed anew."""
        received = sheet["received"]
        days = tuple(Day.from_record(record) for record in sheet["days"])
        return cls(
            received=datetime.datetime.fromisoformat(received)
            if "T" in received
            else datetime.date.fromisoformat(received),
            received_day=datetime.date.fromisoformat(sheet["received_day"]),
            working_days=sheet["working_days"],
            date=datetime.date.fromisoformat(sheet["due"]),
            ends_before=datetime.datetime.fromisoformat(sheet["ends_before"]),
            provisional=sheet["provisional"],
            earliest=datetime.date.fromisoformat(sheet["earliest"]),
            latest=datetime.date.fromisoformat(sheet["latest"]),
            edition=sheet["edition"],
            known_on=datetime.date.fromisoformat(sheet["known_on"]) if sheet["known_on"] else None,
            notices=tuple(sheet["notices"]),
            counting=Counting.from_record(sheet["counting"]),
            trace=lambda: days,
        )
