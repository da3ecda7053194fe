"""Two independent libraries and the yearly totals of the research note as witnesses for every day on record."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import chinese_calendar.constants as witness
import holidays
import pytest

from gongxiang import calendars

DAY = timedelta(days=1)


def days(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


RECORD = days(date(2018, 12, 1), date(2026, 12, 28))


def test_every_day_works_as_chinesecalendar_says() -> None:
    edition = calendars.edition()

    assert [day for day in RECORD if edition.is_working_day(day) != chinese_calendar.is_workday(day)] == []


def test_every_day_works_as_holidays_says() -> None:
    edition, china = calendars.edition(), holidays.country_holidays("CN", years=range(2018, 2027))

    assert [day for day in RECORD if edition.is_working_day(day) != china.is_working_day(day)] == []


@pytest.mark.parametrize(
    ("year", "total"),
    # The last three days of 2026 are open until the next notice: by the note 248, three fewer through the 28th.
    [(2019, 250), (2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 245)],
)
def test_a_year_has_as_many_working_days_as_the_notices_give(year: int, total: int) -> None:
    last = min(date(year, 12, 31), date(2026, 12, 28))

    assert calendars.edition().count(date(year - 1, 12, 31), last) == total


def test_no_notice_since_2004_has_touched_the_first_to_the_28th_of_december() -> None:
    touched = [*witness.holidays, *witness.workdays]

    assert [day for day in touched if day.month == 12 and day.day <= 28] == []
    assert any(day.month == 12 for day in touched)


@pytest.mark.parametrize(
    ("day", "counted", "kind", "why", "source"),
    [
        ("2026-03-02", True, "workday", "工作日", "国务院关于职工工作时间的规定第七条"),
        ("2026-03-07", False, "weekend", "周末", "国务院关于职工工作时间的规定第七条"),
        ("2026-02-14", True, "make_up", "调休上班", "国办发明电〔2025〕7号"),
        ("2026-02-17", False, "holiday", "春节放假", "国办发明电〔2025〕7号"),
        ("2026-02-21", False, "holiday", "春节放假", "国办发明电〔2025〕7号"),
        ("2018-12-29", True, "make_up", "调休上班", "国办发明电〔2018〕15号"),
        ("2019-05-01", False, "holiday", "劳动节放假", "国办发明电〔2019〕3号"),
        ("2020-02-01", False, "holiday", "春节放假", "国办发明电〔2020〕1号"),
        ("2024-02-09", True, "workday", "工作日", "国务院关于职工工作时间的规定第七条"),
    ],
)
def test_a_day_is_explained_by_the_notice_or_the_statute(
    day: str, counted: bool, kind: str, why: str, source: str
) -> None:
    explained = calendars.edition().explain(date.fromisoformat(day))

    assert (explained.counted, explained.kind, explained.why.zh, explained.source) == (counted, kind, why, source)
    assert explained.why.en
    assert not explained.provisional


def test_before_the_notice_of_27_january_2020_the_first_of_february_worked() -> None:
    before = calendars.edition(date(2020, 1, 26)).explain(date(2020, 2, 1))

    assert (before.kind, before.source) == ("make_up", "国办发明电〔2019〕16号")
