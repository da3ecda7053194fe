"""The table of days that a set of notices compiles to, shared by every edition that knows the same notices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from gongxiang.calendars.composing import Composition, apply
from gongxiang.calendars.notice import Notice
from gongxiang.calendars.open_days import OpenDays
from gongxiang.calendars.statutory import DAY, festivals, rest_by_law


@dataclass(frozen=True, slots=True)
class Table:
    """Every day from `first_day` through `horizon`, the last final day.

    `rank` gives for a day the number of working days through it; `nth` lists the working days, from place 1; `works`
    says whether a day works. `composition` and `law_days` (statutory days by name) say why; `open_days` are those
    after `horizon`.
    """

    id: str
    first_day: date
    horizon: date
    last_covered: date
    rank: Mapping[date, int]
    nth: list[date]
    works: Mapping[date, bool]
    composition: Composition
    law_days: Mapping[date, str]
    open_days: OpenDays


@lru_cache(maxsize=32)
def compile_table(known: tuple[Notice, ...], first_day: date, law_known_on: date) -> Table:
    """Compile notices that fit together and are in order of application.

    Open days follow the law that was signed by `law_known_on`.
    """
    composition = apply(known)
    last_year = max(composition.yearly, default=first_day.year)
    horizon = _horizon(composition, last_year)
    law_days = {
        day: festival.name
        for year in range(first_day.year, last_year + 1)
        for day, (festival, in_lieu) in rest_by_law(year).items()
        if not in_lieu
    }
    rank: dict[date, int] = {}
    works: dict[date, bool] = {}
    nth = [date.min]  # the padding: the first working day stands at 1
    day = first_day
    while day <= horizon:
        works[day] = _works(day, composition, law_days)
        if works[day]:
            nth.append(day)
        rank[day] = len(nth) - 1
        day += DAY
    return Table(
        id=_id(known, first_day, law_known_on),
        first_day=first_day,
        horizon=horizon,
        last_covered=date(last_year, 12, 31),
        rank=rank,
        nth=nth,
        works=works,
        composition=composition,
        law_days=law_days,
        open_days=OpenDays(horizon, composition.off, composition.make_up, law_known_on),
    )


def _works(day: date, composition: Composition, law_days: Mapping[date, str]) -> bool:
    if day in composition.off:
        return False
    return day in composition.make_up or (day.weekday() < 5 and day not in law_days)


def _horizon(composition: Composition, year: int) -> date:
    """Return 28 December of `year`, or where its notice leaves a festival out, the day before it could order anything
    for it.
    """
    whole = date(year, 12, 28)
    if not composition.yearly:
        return whole
    left_out = [f.days[0] for f in festivals(year) if not all(day in composition.off for day in f.days)]
    return max(min([whole, *(day - 15 * DAY for day in left_out)]), date(year - 1, 12, 28))


def _id(known: tuple[Notice, ...], first_day: date, law_known_on: date) -> str:
    """Return `cn-<newest notice>-<hash>`: what decides days goes into the hash, notes and addresses do not."""
    content = [
        [
            {key: value for key, value in notice.as_record().items() if key not in ("note", "source")}
            for notice in known
        ],
        first_day.isoformat(),
        law_known_on.isoformat(),
    ]
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return f"cn-{known[-1].id if known else first_day.year}-{digest[:12]}"
