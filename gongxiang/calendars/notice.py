"""A notice (公告): what the General Office of the State Council announced for one year, as one record with its
provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.located import Located, Step, Steps


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a notice was read: its table in a located file. Takes no part in comparing notices."""

    located: Located
    steps: Steps

    def finding(self, steps: tuple[Step, ...], text: Text, mend: Text) -> Finding:
        """Return a finding at `steps` inside the notice."""
        return self.located.finding(self.steps + steps, text, mend)


@dataclass(frozen=True, slots=True)
class Holiday:
    """One range of days off (放假), first and last day included, ordinary weekends inside it included.

    `statutory` are the days of the range that are 法定节假日; the rest is 调休 or weekend.
    """

    name: str
    first: date
    last: date
    statutory: tuple[date, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `published` decides from when it is known; `workdays` are make-up workdays (调休上班).

    An amending notice names the notice it `amends` and the festivals it replaces (`amends_names`), and takes back
    make-up workdays of the earlier one (`cancels_workdays`).
    """

    id: str
    year: int
    number: str
    signed: date
    published: date
    source: str
    holidays: tuple[Holiday, ...]
    workdays: tuple[date, ...] = ()
    amends: str | None = None
    amends_names: tuple[str, ...] = ()
    cancels_workdays: tuple[date, ...] = ()
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def as_record(self) -> dict[str, Any]:
        """Return the notice as JSON-able data with the keys of the notice file. `from_record` reads it back."""
        record: dict[str, Any] = {
            "year": self.year,
            "id": self.id,
            "number": self.number,
            "signed": self.signed.isoformat(),
            "published": self.published.isoformat(),
            "source": self.source,
            "workdays": [day.isoformat() for day in self.workdays],
            "holiday": [_holiday_record(holiday) for holiday in self.holidays],
        }
        if self.amends is not None:
            record["amends"] = self.amends
            record["amends_names"] = list(self.amends_names)
            record["cancels_workdays"] = [day.isoformat() for day in self.cancels_workdays]
        if self.note is not None:
            record["note"] = self.note
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Notice:
        """Return the notice that `record` states; raise FaultyNotice with every fault of its form."""
        from gongxiang.calendars.reading import notice_from_record

        return notice_from_record(record)


def _holiday_record(holiday: Holiday) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": holiday.name,
        "from": holiday.first.isoformat(),
        "to": holiday.last.isoformat(),
        "statutory": [day.isoformat() for day in holiday.statutory],
    }
    if holiday.note is not None:
        record["note"] = holiday.note
    return record
