"""Many due dates at once: the door to numpy. One gather per array, after a table of the answers for every day on
record.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray

from gongxiang.calendars.counting import refuse

if TYPE_CHECKING:
    from gongxiang.calendars.edition import Edition

_EPOCH_ORDINAL = 719_163  # 1970-01-01, day 0 of datetime64, as a proleptic ordinal


@lru_cache(maxsize=256)
def _answers(edition: Edition, n: int) -> NDArray[numpy.int64]:
    """Return the due date, as days since 1970-01-01, for each start day from the first on record that has a final
    one.
    """
    nth = numpy.array([day.toordinal() - _EPOCH_ORDINAL for day in edition.table.nth], numpy.int64)
    places = numpy.array(list(edition.table.rank.values()), numpy.int64) + n
    return nth[places[places < len(nth)]]


def due_many(edition: Edition, days: NDArray[Any], n: int) -> NDArray[Any]:
    """Return the n-th working day after each of `days`, of the same kind and shape: datetime64[D], or whole-number
    ordinals.

    Raise BeyondHorizon if one of them lies past the last final day, BadInput for another kind of array, NaT, or a day
    before the first on record.
    """
    days = numpy.asarray(days)
    if days.dtype == numpy.dtype("datetime64[D]"):
        base = edition.first_day.toordinal() - _EPOCH_ORDINAL
        numbers = days.view(numpy.int64)
    elif days.dtype.kind in "iu":
        base = edition.first_day.toordinal()
        numbers = days.astype(numpy.int64, copy=False)
    else:
        refuse(
            "not_days",
            f"数组类型 {days.dtype} 不是日期",
            f"an array of {days.dtype} holds no days",
            "给出 datetime64[D] 数组，或日期序数（整数）数组",
            "give datetime64[D], or whole-number ordinals",
        )
    if not days.size:
        return days.copy()
    answers = _answers(edition, n)
    places = numbers - base
    # One comparison sees both ends: a day before the first is a huge unsigned number.
    if int(places.view(numpy.uint64).max()) >= len(answers):
        _refuse_extremes(edition, int(numbers.min()) - base, int(numbers.max()) - base, n)
    if days.dtype.kind == "M":
        return answers.take(places).view(days.dtype)
    return (answers + _EPOCH_ORDINAL).take(places).astype(days.dtype, copy=False)


def _refuse_extremes(edition: Edition, first: int, last: int, n: int) -> None:
    """Let the edition refuse the earliest or the latest day, given as offsets from its first day, in its own words."""
    for offset in (first, last):
        ordinal = edition.first_day.toordinal() + offset
        if not 1 <= ordinal <= 3_652_059:  # date.max
            refuse(
                "out_of_range",
                "日期超出日历（或为 NaT）",
                "a day outside the calendar, or NaT",
                "核对数组",
                "check the array",
            )
        edition.add(edition.first_day.fromordinal(ordinal), n)
