"""Statutory holidays by the law alone (全国年节及纪念日放假办法, Articles 2 and 6), for days that no known notice
covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from gongxiang.located import load

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Law:
    """One version of the measures on statutory holidays. Known from the day it was signed."""

    id: str
    name: str
    signed: date
    in_force: date
    fixed: Mapping[str, tuple[str, ...]]
    after_spring_festival_day: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Festival:
    """The statutory days of one festival in one year, in order, and the law that makes them so."""

    name: str
    days: tuple[date, ...]
    law: str
    longest: int
    """Days of the longest range announced around it in 2019-2026; 1 for a festival of one day."""


@cache
def _data() -> dict[str, Any]:
    return load(Path(__file__).with_name("statutory.toml"), name="statutory.toml").data


@cache
def laws() -> tuple[Law, ...]:
    """Return the versions of the measures, the oldest first."""
    return tuple(
        Law(
            table["id"],
            table["name"],
            date.fromisoformat(table["signed"]),
            date.fromisoformat(table["in_force"]),
            {name: tuple(days) for name, days in table["fixed"].items()},
            tuple(table["after_spring_festival_day"]),
        )
        for table in _data()["law"]
    )


@cache
def years() -> tuple[int, ...]:
    """Return the years whose statutory days are known, in order."""
    return tuple(table["year"] for table in _data()["year"])


@cache
def festivals(year: int, known_on: date | None = None) -> tuple[Festival, ...]:
    """Return the festivals of `year` in order of their first day, by the law that was signed by `known_on`.

    Empty for a year outside `years()`.
    """
    tables = [table for table in _data()["year"] if table["year"] == year]
    if not tables:
        return ()
    moving = tables[0]
    law = [law for law in laws() if law.in_force <= date(year, 1, 1) and (known_on is None or law.signed <= known_on)]
    if not law:
        return ()
    first_day = date.fromisoformat(moving["初一"])
    days = {name: tuple(date.fromisoformat(f"{year}-{day}") for day in fixed) for name, fixed in law[-1].fixed.items()}
    days["春节"] = tuple(first_day + DAY * offset for offset in law[-1].after_spring_festival_day)
    for name in ("清明节", "端午节", "中秋节"):
        days[name] = (date.fromisoformat(moving[name]),)
    longest = _data()["longest"]
    found = [Festival(name, when, law[-1].name, longest.get(name, 1)) for name, when in days.items()]
    return tuple(sorted(found, key=lambda festival: festival.days))


def rest_by_law(year: int, known_on: date | None = None) -> dict[date, tuple[Festival, bool]]:
    """Return the statutory days of `year` and the days off in their stead, each with its festival.

    The flag is True for a day off in lieu: a statutory day on a Saturday or Sunday is made up on the next working day
    (Article 6).
    """
    found: dict[date, tuple[Festival, bool]] = {}
    for festival in festivals(year, known_on):
        for day in festival.days:
            found.setdefault(day, (festival, False))
    for day, (festival, _) in sorted(found.items()):
        if day.weekday() >= 5:
            instead = day + DAY
            while instead.weekday() >= 5 or instead in found:
                instead += DAY
            found[instead] = (festival, True)
    return found
