"""Editions as a person looks at them: compared, by year, and how long they last."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from gongxiang import calendars
from gongxiang.errors import BadInput, BeyondHorizon

ROOT = Path(__file__).parents[2]


def test_the_notice_of_march_2019_moved_four_days() -> None:
    changes = calendars.diff(calendars.edition(date(2019, 3, 21)), calendars.edition(date(2019, 3, 22)))

    assert [(str(c.date), c.before.why.zh, c.after.why.zh, c.after.source) for c in changes] == [
        ("2019-04-28", "周末", "调休上班", "国办发明电〔2019〕3号"),
        ("2019-05-02", "工作日", "劳动节放假", "国办发明电〔2019〕3号"),
        ("2019-05-03", "工作日", "劳动节放假", "国办发明电〔2019〕3号"),
        ("2019-05-05", "周末", "调休上班", "国办发明电〔2019〕3号"),
    ]


def test_the_notice_of_january_2020_moved_two_days() -> None:
    changes = calendars.diff(calendars.edition(date(2020, 1, 26)), calendars.edition(date(2020, 1, 27)))

    assert [(str(c.date), c.before.counted, c.after.counted) for c in changes] == [
        ("2020-01-31", True, False),
        ("2020-02-01", True, False),
    ]


def test_a_new_year_is_compared_with_what_the_law_alone_gave() -> None:
    """New Year 2026: by the law alone Friday 2 January works and Sunday the 4th rests."""
    changes = calendars.diff(calendars.edition(date(2025, 11, 3)), calendars.edition(date(2025, 11, 4)))

    first = changes[0]
    assert (str(first.date), first.before.counted, first.before.provisional) == ("2026-01-02", True, True)
    assert (first.after.counted, first.after.provisional, first.after.source) == (False, False, "国办发明电〔2025〕7号")
    assert "2026-12-29" not in [str(change.date) for change in changes]
    assert json.dumps([change.as_record() for change in changes])


def test_an_edition_does_not_differ_from_itself() -> None:
    assert calendars.diff(calendars.edition(), calendars.edition()) == ()


def test_a_year_is_shown_by_its_months() -> None:
    """Working days of 2025 by month, from the notice."""
    rows = calendars.year_rows(calendars.edition(), 2025)

    # January: 23 weekdays, less 1, 28 to 31, and Sunday the 26th worked; and so on.
    assert [row.working_days for row in rows] == [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]
    assert [len(row.days) for row in rows] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert not any(row.provisional for row in rows)
    assert json.dumps([row.as_record() for row in rows])


def test_the_open_days_of_a_year_are_marked() -> None:
    rows = calendars.year_rows(calendars.edition(), 2026)

    assert [row.provisional for row in rows] == [False] * 11 + [True]
    assert [str(day.date) for day in rows[-1].days if day.provisional] == ["2026-12-29", "2026-12-30", "2026-12-31"]
    with pytest.raises(BeyondHorizon):
        calendars.year_rows(calendars.edition(), 2026, allow_provisional=False)


def test_of_the_first_and_the_last_year_the_days_on_record_are_shown() -> None:
    assert [(row.month, len(row.days)) for row in calendars.year_rows(calendars.edition(), 2018)] == [(12, 31)]
    assert [len(row.days) for row in calendars.year_rows(calendars.edition(), 2030)][-1] == 28


def test_a_year_that_is_not_on_record_is_refused() -> None:
    with pytest.raises(BadInput):
        calendars.year_rows(calendars.edition(), 2017)
    with pytest.raises(BeyondHorizon):
        calendars.year_rows(calendars.edition(), 2031)
    for year in (0, 10_000, True):
        with pytest.raises(BadInput):
            calendars.year_rows(calendars.edition(), year)


@pytest.mark.parametrize(
    ("today", "left", "warned"),
    [
        ("2026-09-30", 89, False),
        ("2026-10-01", 88, True),
        ("2026-12-28", 0, True),
        ("2026-12-29", -1, True),
        ("2027-03-01", -63, True),
        ("2024-05-01", 971, False),
    ],
)
def test_from_october_the_missing_notice_is_warned_of(today: str, left: int, warned: bool) -> None:
    status = calendars.status(calendars.edition(), date.fromisoformat(today))

    assert (status.days_left, status.warning is not None, status.missing_year) == (left, warned, 2027)
    if status.warning:
        assert "2027" in status.warning.zh
        assert ("已于 2026-12-28 到期" in status.warning.zh) == (left < 0)


def test_the_status_names_every_notice_with_its_number_and_day() -> None:
    record = json.loads(json.dumps(calendars.status(calendars.edition(), date(2026, 11, 22)).as_record()))

    assert [(n["number"], n["published"]) for n in record["notices"]] == [
        ("国办发明电〔2018〕15号", "2018-12-06"),
        ("国办发明电〔2019〕3号", "2019-03-22"),
        ("国办发明电〔2019〕16号", "2019-11-21"),
        ("国办发明电〔2020〕1号", "2020-01-27"),
        ("国办发明电〔2020〕27号", "2020-11-25"),
        ("国办发明电〔2021〕11号", "2021-10-25"),
        ("国办发明电〔2022〕16号", "2022-12-08"),
        ("国办发明电〔2023〕7号", "2023-10-25"),
        ("国办发明电〔2024〕12号", "2024-11-12"),
        ("国办发明电〔2025〕7号", "2025-11-04"),
    ]
    assert (record["first_day"], record["last_covered"], record["horizon"]) == (
        "2018-12-01",
        "2026-12-31",
        "2026-12-28",
    )


def test_a_notice_keeps_when_it_was_signed_and_what_was_noted_on_it() -> None:
    """The notice for 2019 was public two days after it was signed, that of January 2020 one day."""
    notices = {notice.id: notice for notice in calendars.shipped_notices()}

    later = {n.id: str(n.signed) for n in notices.values() if n.signed != n.published}
    assert later == {"2019": "2018-12-04", "2020-amend-1": "2020-01-26"}
    assert "2月3日(星期一)起正常上班" in (notices["2020-amend-1"].note or "")
    assert notices["2025"].holidays[0].note == "不调休"
    assert all(notice.source.split("/")[2].endswith("gov.cn") for notice in notices.values())


def test_importing_the_calendars_loads_neither_workalendar_nor_numpy() -> None:
    asked = (
        "import sys; from datetime import date; from gongxiang import calendars; "
        "calendars.edition().due(date(2026, 2, 13), 5).sheet(); "
        "print(sorted({'workalendar', 'numpy', 'lunardate', 'sqlalchemy', 'transitions', 'click'} & set(sys.modules)))"
    )

    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"


def test_the_example_in_the_documentation_is_true() -> None:
    assert doctest.testmod(calendars) == (0, 2)


def test_the_benchmark_runs_and_every_library_gives_the_same_dates() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "calendars.py"), "--quick"],
        capture_output=True,
        text=True,
        check=True,
    )

    for name in ("dict look-up", "workalendar : add, n = 5", "chinesecalendar : add", "busday_offset : due_many"):
        assert name in ran.stdout
