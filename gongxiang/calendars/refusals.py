"""What an edition says to a day that it cannot answer for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Never

from gongxiang.calendars.counting import refuse
from gongxiang.errors import BeyondHorizon, Reason, Text


def refuse_day(day: object) -> Never:
    """Raise BadInput: not a date (a moment is for `due`)."""
    moment = isinstance(day, datetime)
    refuse(
        "not_a_day",
        f"{day!r} 不是日期" + ("，而是时刻" if moment else ""),
        f"{day!r} is not a date" + (" but a moment" if moment else ""),
        "给出 date；时刻用 due()" if moment else "给出 date",
        "give a date; moments are for due()" if moment else "give a date",
    )


def refuse_early(day: date, first_day: date) -> Never:
    """Raise BadInput: before the first day on record."""
    refuse(
        "out_of_range",
        f"{day} 早于有记录的第一天 {first_day}",
        f"{day} is before the first day on record, {first_day}",
        f"只能计算 {first_day} 及以后的日期",
        f"ask for {first_day} or later",
    )


def beyond_horizon(year: int, horizon: date, known_on: date | None) -> BeyondHorizon:
    """Return the error for a date past the last final day; `year` is the one whose notice is missing."""
    known = f"（截至 {known_on}）" if known_on else ""
    known_en = f" as known on {known_on}" if known_on else ""
    text = Text(
        f"{horizon} 之后的工作日尚未确定{known}：缺少 {year} 年的放假通知",
        f"working days after {horizon} are not settled{known_en}: the notice for {year} is missing",
    )
    mend = Text(
        f"通知公布后执行 gongxiang calendar import FILE 导入 {year} 年的通知，或允许暂定日期",
        f"import the {year} notice with: gongxiang calendar import FILE; or allow a provisional date",
    )
    return BeyondHorizon(year, Reason(BeyondHorizon.code, text, None, mend))


def beyond_law(last: date) -> BeyondHorizon:
    """Return the error for a date past `last`, the last day for which the statutory days are on record."""
    year = last.year + 1
    text = Text(
        f"{last} 之后连法定节假日也没有数据，不能给出暂定日期",
        f"not even the statutory days after {last} are on record: no provisional date",
    )
    mend = Text(
        f"缩短期限，或用 gongxiang calendar import FILE 导入至 {year} 年的通知",
        f"shorten the period, or import the notices through {year} with: gongxiang calendar import FILE",
    )
    return BeyondHorizon(year, Reason(BeyondHorizon.code, text, None, mend))
