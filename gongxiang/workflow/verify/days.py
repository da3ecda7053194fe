"""Working days counted the plain way: a walk from day to day over the raw ranges of the notices.

It takes the notices and the statutory days as plain records, with ISO days, and knows nothing of how the calendars
compute.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Record = Mapping[str, Any]
ONE = timedelta(days=1)
WEEK = "国务院关于职工工作时间的规定第七条"
HOLIDAYS = "全国年节及纪念日放假办法第二条"
IN_LIEU = "全国年节及纪念日放假办法第六条"


class PastRecord(LookupError):
    """A day for which not even the statutory days are on record."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one day is: whether it counts, as what, by whose word, and whether that word is final."""

    counted: bool
    kind: str
    source: str
    provisional: bool


def published_order(notices: Iterable[Record]) -> list[Record]:
    """Return the notices as they apply: by publication, a yearly one before its amendment; each id once."""
    once = {notice["id"]: notice for notice in notices}
    return sorted(once.values(), key=lambda n: (n["published"], n.get("amends") is not None, n["year"], n["id"]))


def span(holiday: Record) -> Iterator[date]:
    """Yield every day of a range, first and last included."""
    day, last = date.fromisoformat(holiday["from"]), date.fromisoformat(holiday["to"])
    while day <= last:
        yield day
        day += ONE


class Statute:
    """The statutory days, by the versions of the measures and the days of the moon and the sun, as plain data."""

    def __init__(self, data: Record) -> None:
        self.laws: Sequence[Record] = data["law"]
        self.years: dict[int, Record] = {entry["year"]: entry for entry in data["year"]}

    def signed_by(self, day: date) -> date:
        """Return when the newest version that was signed by `day` was signed."""
        signed = [date.fromisoformat(law["signed"]) for law in self.laws]
        return max((one for one in signed if one <= day), default=date.min)

    def festivals(self, year: int, known: date) -> dict[str, tuple[date, ...]]:
        """Return a year's statutory days by festival, by the newest version in force then and signed by `known`."""
        versions = [
            law
            for law in self.laws
            if law["in_force"] <= f"{year}-01-01" and date.fromisoformat(law["signed"]) <= known
        ]
        if year not in self.years or not versions:
            return {}
        moon, law = self.years[year], versions[-1]
        found = {
            name: tuple(date.fromisoformat(f"{year}-{day}") for day in days) for name, days in law["fixed"].items()
        }
        spring = date.fromisoformat(moon["初一"])
        found["春节"] = tuple(spring + ONE * offset for offset in law["after_spring_festival_day"])
        for name in ("清明节", "端午节", "中秋节"):
            found[name] = (date.fromisoformat(moon[name]),)
        return found


class Days:
    """What the notices known on a day say. All that are given decide the first day; only the known ones decide days."""

    def __init__(self, notices: Iterable[Record], known_on: date, statute: Statute) -> None:
        every = published_order(notices)
        self.first = date(min(n["year"] for n in every if n.get("amends") is None) - 1, 12, 1)
        self.known_on = max(known_on, self.first)
        self.known = [n for n in every if date.fromisoformat(n["published"]) <= self.known_on]
        self.ids = [n["id"] for n in self.known]
        signed = statute.signed_by(self.known_on)
        self.id = self._name(signed)
        self._off: dict[date, str] = {}
        self._make_up: dict[date, str] = {}
        for notice in self.known:
            self._hear(notice)
        years = [n["year"] for n in self.known if n.get("amends") is None]
        self.last_year = max(years, default=self.first.year)
        self.horizon = self._horizon(statute) if years else date(self.last_year, 12, 28)
        self.end = max(self.horizon, date(max(statute.years), 12, 28))
        self._law: dict[date, bool] = {}
        for year in range(self.first.year, self.last_year + 1):
            for days in statute.festivals(year, date.max).values():
                self._law.update((day, False) for day in days if day <= self.horizon)
        for year in range(self.horizon.year, self.end.year + 1):
            self._open_year(statute.festivals(year, signed))

    def on(self, day: date) -> Days:
        """Return the same calendar as known on another day, on which nothing more was known."""
        other = copy(self)
        other.known_on = max(day, self.first)
        return other

    def _name(self, signed: date) -> str:
        said = [
            [{key: value for key, value in n.items() if key not in ("note", "source")} for n in self.known],
            self.first.isoformat(),
            signed.isoformat(),
        ]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        newest = self.known[-1]["id"] if self.known else self.first.year
        return f"cn-{newest}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def _hear(self, notice: Record) -> None:
        if notice.get("amends") is not None:
            names = notice.get("amends_names") or [holiday["name"] for holiday in notice["holiday"]]
            family = [n for n in self.known if notice["amends"] in (n["id"], n.get("amends"))]
            for earlier in family[: family.index(notice)]:
                for holiday in earlier["holiday"]:
                    if holiday["name"] in names:
                        for day in span(holiday):
                            self._off.pop(day, None)
            for day in notice.get("cancels_workdays", ()):
                self._make_up.pop(date.fromisoformat(day), None)
        for holiday in notice["holiday"]:
            for day in span(holiday):
                self._off[day] = notice["number"]
        for day in notice.get("workdays", ()):
            self._make_up[date.fromisoformat(day)] = notice["number"]

    def _horizon(self, statute: Statute) -> date:
        """Return the last day that the next notice cannot touch: 28 December, or 15 days before a festival left out."""
        ends = [date(self.last_year, 12, 28)]
        for days in statute.festivals(self.last_year, date.max).values():
            if any(day not in self._off for day in days):
                ends.append(days[0] - 15 * ONE)
        return max(min(ends), date(self.last_year - 1, 12, 28))

    def _open_year(self, festivals: Mapping[str, tuple[date, ...]]) -> None:
        """Note what the law alone says of a year: its days, and the days off in lieu of those on a weekend."""
        settled = {name for name, days in festivals.items() if all(day in self._off for day in days)}
        taken = {day for days in festivals.values() for day in days}
        for day in sorted(taken):
            names = [name for name, days in festivals.items() if day in days]
            lieu = day
            if day.isoweekday() > 5:
                while lieu.isoweekday() > 5 or lieu in taken:
                    lieu += ONE
                taken = {*taken, lieu}
            if set(names) <= settled:
                continue
            if day > self.horizon:
                self._law[day] = False
            if lieu != day and lieu > self.horizon:
                self._law.setdefault(lieu, True)

    def tell(self, day: date) -> Told:
        """Say what `day` is. Raises PastRecord outside the days on record."""
        if not self.first <= day <= self.end:
            raise PastRecord(day.isoformat())
        if day in self._off:
            return Told(False, "holiday", self._off[day], False)
        if day in self._make_up:
            return Told(True, "make_up", self._make_up[day], False)
        provisional = day > self.horizon
        if day in self._law:
            return Told(False, "holiday", IN_LIEU if self._law[day] else HOLIDAYS, provisional)
        if day.isoweekday() > 5:
            return Told(False, "weekend", WEEK, provisional)
        return Told(True, "workday", WEEK, provisional)

    def next_after(self, day: date, number: int) -> date:
        """Return the `number`-th working day after `day`, walking."""
        while number:
            day += ONE
            number -= self.tell(day).counted
        return day
