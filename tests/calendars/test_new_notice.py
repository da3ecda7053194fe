"""A notice that comes out while the program runs: a made-up one for 2027."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from made_up_notices import AMENDMENT, GOOD

from gongxiang import calendars
from gongxiang.errors import BeyondHorizon


@pytest.fixture
def notices(tmp_path: Path) -> tuple[calendars.Notice, ...]:
    path = tmp_path / "2027.toml"
    path.write_text(GOOD, encoding="utf-8")
    return (*calendars.shipped_notices(), *calendars.load_notices(path))


def test_a_new_notice_settles_the_open_days(notices: tuple[calendars.Notice, ...]) -> None:
    """29, 30, 31 December, 4 and 5 January: what was provisional is final."""
    edition = calendars.edition(notices=notices)

    due = edition.due(date(2026, 12, 28), 5)

    assert (due.date, due.provisional, edition.horizon) == (date(2027, 1, 5), False, date(2027, 12, 28))
    assert edition.explain(date(2027, 1, 30)).source == "国办发明电〔2026〕99号（虚构）"
    # 4 February, 15, 16, 17, 18: 春节 5 to 12 and the weekend, Sunday the 14th worked.
    assert edition.add(date(2027, 2, 3), 5) == date(2027, 2, 17)


def test_it_is_known_from_the_day_it_was_published(notices: tuple[calendars.Notice, ...]) -> None:
    before = calendars.edition(known_on=date(2026, 11, 10), notices=notices)

    with pytest.raises(BeyondHorizon):
        before.due(date(2026, 12, 28), 5)
    assert calendars.edition(known_on=date(2026, 11, 11), notices=notices).due(date(2026, 12, 28), 5)


def test_it_changes_no_day_before_it_and_no_sheet(notices: tuple[calendars.Notice, ...]) -> None:
    old, new = calendars.edition(), calendars.edition(notices=notices)
    sheet = old.due(date(2026, 12, 28), 5, allow_provisional=True).sheet()

    stored = calendars.Due.from_sheet(sheet)

    assert stored.sheet() == sheet
    assert (stored.provisional, new.due(date(2026, 12, 28), 5).provisional) == (True, False)
    assert old.id != new.id
    changed = [str(change.date) for change in calendars.diff(old, new)]
    # By the law alone 2027-02-11 and 12 and 10-06 and 07 would work, and the two make-up Sundays and Saturdays rest.
    assert changed == ["2027-01-30", "2027-02-11", "2027-02-12", "2027-02-14", "2027-10-06", "2027-10-07"]


def test_a_notice_that_leaves_a_festival_out_settles_the_days_before_it_only(tmp_path: Path) -> None:
    """Without 清明节 (5 April) nothing is final from two weeks before it; the year asked for is 2027 still.

    1 and 2 April are off by the notice, 3 and 4 are a weekend, 5 is 清明节 by the law alone.
    """
    path = tmp_path / "2027.toml"
    path.write_text(
        GOOD.replace("清明节", "X").replace('"2027-04-03"', '"2027-04-01"').replace('"2027-04-05"', '"2027-04-02"')
    )
    edition = calendars.edition(notices=(*calendars.shipped_notices(), *calendars.load_notices(path)))

    assert edition.horizon == date(2027, 3, 21)
    with pytest.raises(BeyondHorizon) as refused:
        edition.add(date(2027, 4, 1), 5)
    assert refused.value.year == 2027
    assert edition.due(date(2027, 3, 31), 1, allow_provisional=True).date == date(2027, 4, 6)


def test_what_such_a_notice_says_after_the_festival_it_leaves_out_is_heeded(tmp_path: Path) -> None:
    """Saturday 8 May works by the notice, 1 to 4 May are off: 5, 6, 7, 8 May follow 30 April. All of it is
    provisional.
    """
    text = "\n".join(line for line in GOOD.splitlines() if "清明节" not in line and "-04-0" not in line)
    path = tmp_path / "2027.toml"
    path.write_text(
        text.replace("[[notice.holiday]]\n  [[", "[[").replace('"2027-02-14"]', '"2027-02-14", "2027-05-08"]')
    )
    edition = calendars.edition(notices=(*calendars.shipped_notices(), *calendars.load_notices(path)))

    due = edition.due(date(2027, 4, 30), 4, allow_provisional=True)

    assert (due.date, due.provisional, sum(day.counted for day in due.days)) == (date(2027, 5, 8), True, 4)
    assert due.earliest <= due.date <= due.latest


def test_an_amendment_replaces_the_festival_it_names(tmp_path: Path, notices: tuple[calendars.Notice, ...]) -> None:
    """春节 through the 14th: 15 to 18 February follow 4 February."""
    path = tmp_path / "amended.toml"
    path.write_text(GOOD + AMENDMENT, encoding="utf-8")
    amended = calendars.edition(notices=(*calendars.shipped_notices(), *calendars.load_notices(path)))

    assert amended.add(date(2027, 2, 3), 5) == date(2027, 2, 18)
    assert [str(c.date) for c in calendars.diff(calendars.edition(notices=notices), amended)] == ["2027-02-14"]
    assert amended.explain(date(2027, 2, 14)).source == "国办发明电〔2027〕98号（虚构）"


def test_the_order_in_which_notices_are_given_does_not_matter(notices: tuple[calendars.Notice, ...]) -> None:
    assert calendars.edition(notices=notices[::-1]).id == calendars.edition(notices=notices).id
    assert calendars.edition(notices=[*notices, notices[0]]).id == calendars.edition(notices=notices).id
