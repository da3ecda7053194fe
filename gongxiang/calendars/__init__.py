"""Working days of the People's Republic of China: notices, editions, due dates with their proof.

A **notice** (公告) is what the General Office of the State Council announced for a year. An **edition** (版本) is
what a set of notices, published by some day, says of every day. A **due date** is the N-th working day after the day
of receipt, with each day on the way and the notice or statute that made it count or not.

    >>> from datetime import date
    >>> str(edition().add(date(2026, 2, 13), 5))
    '2026-02-27'
"""

from gongxiang.calendars.composing import check_notices, compose, load_notices, shipped_notices
from gongxiang.calendars.counting import BEIJING, Counting
from gongxiang.calendars.due import Day, Due
from gongxiang.calendars.edition import Edition, edition
from gongxiang.calendars.notice import Holiday, Notice
from gongxiang.calendars.survey import Change, Month, Status, diff, status, year_rows

__all__ = [
    "BEIJING",
    "Change",
    "Counting",
    "Day",
    "Due",
    "Edition",
    "Holiday",
    "Month",
    "Notice",
    "Status",
    "check_notices",
    "compose",
    "diff",
    "edition",
    "load_notices",
    "shipped_notices",
    "status",
    "year_rows",
]
