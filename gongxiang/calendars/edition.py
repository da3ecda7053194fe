"""An edition (版本): what a set of notices says of every day, compiled once and never changed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Never, SupportsIndex

from gongxiang.calendars import counting as rule
from gongxiang.calendars.composing import compose, shipped_notices
from gongxiang.calendars.counting import Counting, beijing_moment, refuse
from gongxiang.calendars.due import Day, Due
from gongxiang.calendars.explaining import explain
from gongxiang.calendars.notice import Notice
from gongxiang.calendars.open_days import Leaning
from gongxiang.calendars.refusals import beyond_horizon, beyond_law, refuse_day, refuse_early, refuse_number
from gongxiang.calendars.statutory import DAY, laws
from gongxiang.calendars.table import Table, compile_table

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


def edition(known_on: date | None = None, notices: Iterable[Notice] | None = None) -> Edition:
    """Return the edition of `notices` (None: the shipped ones) published by `known_on` (None: all of them).

    Raise FaultyNotice if the notices do not fit together, BadInput for a day before the first one on record.
    Editions are cached: the same question gives the same object.
    """
    if known_on is not None and (not isinstance(known_on, date) or isinstance(known_on, datetime)):
        refuse("not_a_day", f"{known_on!r} 不是日期", f"{known_on!r} is not a date", "给出 date", "give a date")
    return _edition(known_on, None if notices is None else tuple(notices))


@lru_cache(maxsize=128)
def _edition(known_on: date | None, notices: tuple[Notice, ...] | None) -> Edition:
    ordered = shipped_notices() if notices is None else compose(notices)
    years = [notice.year for notice in ordered if notice.amends is None]
    if not years:
        refuse(
            "no_notice", "没有任何公告", "no notice at all", "至少给出一个年度公告", "give at least one yearly notice"
        )
    first_day = date(min(years) - 1, 12, 1)
    if known_on is not None and known_on < first_day:
        refuse(
            "out_of_range",
            f"没有 {first_day} 之前的公告记录",
            f"no notice is on record before {first_day}",
            f"known_on 不早于 {first_day}",
            f"ask for {first_day} or later",
        )
    known = tuple(notice for notice in ordered if known_on is None or notice.published <= known_on)
    return Edition(known, first_day, known_on)


class Edition:
    """Which days work, from `first_day` through `horizon`; immutable, so safe to share between threads.

    `horizon` is the last final day: 28 December of the last year with a notice, because the next year's notice may
    still move the days after it (as in 2018 and 2022). Before the first notice on record, the December that it may
    reach back into is covered through the 28th by the weekly rest days alone: no notice since 2004 has touched those
    days. So the shipped edition begins on 2018-12-01, and what was known before 2018-12-06 ends on 2018-12-28.

    `id` names the content: two editions with one id say the same of every day. `last_covered` is 31 December of the
    last year with a notice, `known` are the notices, `notices` their ids, in order of application.
    """

    __slots__ = (
        "_nth",
        "_rank",
        "_table",
        "_works",
        "first_day",
        "horizon",
        "id",
        "known",
        "known_on",
        "last_covered",
        "notices",
    )

    first_day: date
    horizon: date
    id: str
    known: tuple[Notice, ...]
    known_on: date | None
    last_covered: date
    notices: tuple[str, ...]
    _nth: list[date]
    _rank: Mapping[date, int]
    _table: Table
    _works: Mapping[date, bool]

    def __init__(self, known: tuple[Notice, ...], first_day: date, known_on: date | None) -> None:
        """Compile `known`, notices that fit together and are in order of application. Use `edition()`."""
        law = max((law.signed for law in laws() if known_on is None or law.signed <= known_on), default=date.min)
        table = compile_table(known, first_day, law)
        values = {
            "first_day": first_day,
            "horizon": table.horizon,
            "id": table.id,
            "known": known,
            "known_on": known_on,
            "last_covered": table.last_covered,
            "notices": tuple(notice.id for notice in known),
            "_nth": table.nth,
            "_rank": table.rank,
            "_table": table,
            "_works": table.works,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"an edition does not change: {name}")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"an edition does not change: {name}")

    def __repr__(self) -> str:
        return f"<Edition {self.id} {self.first_day}..{self.horizon} known_on={self.known_on}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Edition, (self.known, self.first_day, self.known_on)

    @property
    def missing_year(self) -> int:
        """The year whose notice is the next to be wanted: the first without one, or with one that leaves festivals
        out.
        """
        incomplete = self.horizon < date(self.last_covered.year, 12, 28)
        return self.last_covered.year + (not incomplete)

    @property
    def last_provisional(self) -> date:
        """The last day for which a provisional answer can be had."""
        return max(self.horizon, self._table.open_days.last)

    def add(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, whether `day` works or not. n >= 1.

        Raise BeyondHorizon past the last final day, BadInput for anything but a date on record and a whole number >= 1.
        """
        if n.__class__ is int and n > 0:
            try:
                return self._nth[self._rank[day] + n]
            except (KeyError, IndexError, TypeError):
                pass
        return self._add_the_long_way(day, n)

    def _add_the_long_way(self, day: date, n: int) -> date:
        n = _whole(n)
        self._check(day)
        place = self._rank[day] + n
        if place >= len(self._nth):
            raise beyond_horizon(self.missing_year, self.horizon, self.known_on)
        return self._nth[place]

    def is_working_day(self, day: date) -> bool:
        """Say whether `day` is a working day. Raise BeyondHorizon or BadInput for a day that is not on record."""
        try:
            return self._works[day]
        except (KeyError, TypeError):
            self._check(day)
            raise

    def count(self, after: date, through: date) -> int:
        """Return the number of working days after `after` through `through`; negative where `through` is the
        earlier.
        """
        try:
            return self._rank[through] - self._rank[after]
        except (KeyError, TypeError):
            self._check(after)
            self._check(through)
            raise

    def next_working_day(self, day: date) -> date:
        """Return `day` if it works, else the first working day after it."""
        return day if self.is_working_day(day) else self.add(day, 1)

    def ranks(self) -> tuple[list[int], Sequence[date]]:
        """Return, for each day from `first_day` through `horizon`, the number of working days through it; and those,
        from 1.
        """
        return list(self._rank.values()), tuple(self._nth)

    def due_many(
        self, days: NDArray[numpy.datetime64] | NDArray[numpy.integer[Any]], working_days: int
    ) -> NDArray[Any]:
        """Return the n-th working day after each of `days`: datetime64[D] or proleptic ordinals in, the same kind
        out.
        """
        from gongxiang.calendars.batch import due_many

        return due_many(self, days, _whole(working_days))

    def due(
        self,
        received: datetime | date,
        working_days: int,
        *,
        counting: Counting | None = None,
        allow_provisional: bool = False,
    ) -> Due:
        """Return the due date of a period of `working_days` begun by what was received at `received`.

        The day of receipt is not counted (Civil Code Art. 201). A plain date has no hour. Past the horizon:
        BeyondHorizon, or a provisional date where that is allowed and the law's own days are known.
        """
        settings = counting or rule.DEFAULT
        n = _whole(working_days)

        def end(leaning: Leaning) -> date:
            return self._nth_after(self._receipt(received, settings, leaning, allow_provisional), n, leaning)

        return self._derived(received, n, end, settings, allow_provisional)

    def due_on(
        self,
        day: date,
        *,
        received: datetime | date,
        counting: Counting | None = None,
        allow_provisional: bool = False,
    ) -> Due:
        """Return the due date of a period that an order fixed to end on `day`: on a rest day, the next working day.

        (Civil Code Art. 203.) `day` lies after the day of receipt, else BadInput.
        """
        settings = counting or rule.DEFAULT
        self._check(day, allow_provisional)
        if day <= self._receipt(received, settings, "law", allow_provisional):
            refuse(
                "due_before_received",
                f"期限日 {day} 不晚于收到之日",
                f"the day fixed, {day}, is not after the day of receipt",
                "确定一个晚于收到之日的日期",
                "fix a day after the day of receipt",
            )

        def end(leaning: Leaning) -> date:
            return day if self._works_in(day, leaning) else self._nth_after(day, 1, leaning)

        return self._derived(received, None, end, settings, allow_provisional)

    def explain(self, day: date, *, allow_provisional: bool = False) -> Day:
        """Return why `day` counts or not, and the notice or statute that made it so."""
        self._check(day, allow_provisional)
        return explain(day, self._table)

    def _derived(
        self,
        received: datetime | date,
        n: int | None,
        end: Callable[[Leaning], date],
        settings: Counting,
        allow_provisional: bool,
    ) -> Due:
        receipt = self._receipt(received, settings, "law", allow_provisional)
        last = end("law")
        provisional = last > self.horizon
        if provisional and not allow_provisional:
            raise beyond_horizon(self.missing_year, self.horizon, self.known_on)

        return Due(
            received=received,
            received_day=receipt,
            working_days=n,
            date=last,
            ends_before=settings.ends_before(last),
            provisional=provisional,
            earliest=end("earliest") if provisional else last,
            latest=end("latest") if provisional else last,
            edition=self.id,
            known_on=self.known_on,
            notices=self.notices,
            counting=settings,
            trace=partial(self._trace, receipt, last),
        )

    def _trace(self, receipt: date, last: date) -> tuple[Day, ...]:
        days = []
        number = 0
        day = receipt
        while day < last:
            day += DAY
            explained = explain(day, self._table)
            if explained.counted:
                number += 1
                explained = replace(explained, number=number)
            days.append(explained)
        return tuple(days)

    def _receipt(
        self, received: datetime | date, settings: Counting, leaning: Leaning, allow_provisional: bool
    ) -> date:
        """Return the day of receipt by `settings`."""
        day, hour = beijing_moment(received)
        self._check(day, allow_provisional)
        late = hour is not None and hour >= settings.closes
        works = self._works_in(day, leaning)
        if (settings.after_hours_receipt if works and late else "same_day") == "next_working_day" or (
            not works and settings.rest_day_receipt == "next_working_day"
        ):
            return self._nth_after(day, 1, leaning)
        return day

    def _works_in(self, day: date, leaning: Leaning) -> bool:
        return self._works[day] if day <= self.horizon else self._table.open_days.works(day, leaning)

    def _nth_after(self, day: date, n: int, leaning: Leaning) -> date:
        """Return the n-th working day after `day`, across the horizon if need be."""
        after = min(day, self.horizon)
        place = self._rank[after] + n
        if day <= self.horizon:
            if place < len(self._nth):
                return self._nth[place]
            n = place - len(self._nth) + 1
        found = self._table.open_days.nth(max(day, self.horizon), n, leaning)
        if found is None:
            raise beyond_law(self.last_provisional)
        return found

    def _check(self, day: object, allow_provisional: bool = False) -> None:
        """Raise unless `day` is a date on record, or an open one where that is allowed."""
        if not isinstance(day, date) or isinstance(day, datetime):
            refuse_day(day)
        if day < self.first_day:
            refuse_early(day, self.first_day)
        if day > self.horizon and not allow_provisional:
            raise beyond_horizon(self.missing_year, self.horizon, self.known_on)
        if day > self.last_provisional:
            raise beyond_law(self.last_provisional)


def _whole(n: object) -> int:
    """Return `n` as an int; raise BadInput unless it is a whole number >= 1 and no truth value, numpy's included."""
    if isinstance(n, SupportsIndex) and type(n).__name__ not in ("bool", "bool_"):
        number = operator.index(n)
        if number >= 1:
            return number
    return refuse_number(n)
