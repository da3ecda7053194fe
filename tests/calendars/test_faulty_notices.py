"""Faulty notices: each kind of fault is named with its file, its line and the mend, all of them at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from made_up_notices import AMENDMENT, GOOD

from gongxiang import calendars
from gongxiang.errors import BadInput, FaultyNotice


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "notice.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyNotice) as refused:
        calendars.load_notices(path)
    for finding in refused.value.findings:
        assert finding.path == str(path)
        assert finding.text.zh
        assert finding.mend.zh
        assert finding.mend.en
    return [f"{finding.line}: {finding.text.en} ({finding.mend.en})" for finding in refused.value.findings]


def test_the_good_notice_has_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "notice.toml"
    path.write_text(GOOD + AMENDMENT, encoding="utf-8")

    assert [notice.id for notice in calendars.load_notices(path)] == ["2027", "2027-amend-1"]


def test_a_notice_may_reach_from_the_december_before_to_the_end_of_its_year(tmp_path: Path) -> None:
    path = tmp_path / "notice.toml"
    path.write_text(
        GOOD
        + '  [[notice.holiday]]\n  name = "早"\n  from = "2026-12-01"\n  to = "2026-12-01"\n'
        + '  [[notice.holiday]]\n  name = "晚"\n  from = "2027-12-31"\n  to = "2027-12-31"\n',
        encoding="utf-8",
    )

    (notice,) = calendars.load_notices(path)

    assert (notice.holidays[-2].first, notice.holidays[-1].last) == (date(2026, 12, 1), date(2027, 12, 31))


def line_of(text: str, fragment: str) -> int:
    (found,) = (number for number, line in enumerate(text.splitlines(), 1) if fragment in line)
    return found


@pytest.mark.parametrize(
    ("old", "new", "said", "mend"),
    [
        ("workdays = [", "workday = [", "unknown key workday", "did you mean workdays?"),
        ('  name = "元旦"', '  naem = "元旦"', "unknown key naem", "did you mean name?"),
        ("year = 2027", "year = 2027\nzzz = 1", "unknown key zzz", "remove it"),
        ("year = 2027", 'year = "2027"', "year: '2027' is not a year", "write it as four digits"),
        ("year = 2027", "year = true", "year: True is not a year", "write it as four digits"),
        ('id = "2027"', 'id = ""', "id: '' is not text", "write it as text in quotes"),
        ('from = "2027-01-01"', 'from = "2027-1-1"', "from: '2027-1-1' is not a date", "write it like 2026-01-31"),
        ('from = "2027-01-01"', 'from = "2027-02-30"', "from: '2027-02-30' is not a date", "write it like 2026-01-31"),
        ('from = "2027-01-01"', "from = 2027-01-01T00:00:00", "is not a date", "write it like 2026-01-31"),
        ('from = "2027-10-01"', "from = 20271001", "from: 20271001 is not a date", "write it like 2026-01-31"),
        ("workdays = [", "workdays = 1 #", "workdays is not a list", "write workdays = […]"),
        ('"2027-01-30", ', '"2027-01-30", "2027-01-30", ', "workdays names 2027-01-30 twice", "remove one of them"),
        ('"2027-01-30"', '"2027-01-29"', "2027-01-29 is a plain weekday (Friday)", "Saturday or Sunday"),
        ('"2027-01-30"', '"2027-02-07"', "2027-02-07 lies in the range of 春节", "correct the day or the range"),
        ('"2027-01-30"', '"2026-11-28"', "neither in 2027 nor in the December before", "correct the day or year"),
        ('"2027-02-14"', '"2027-05-02"', "2027-05-02 is a statutory holiday", "compare the text"),
        ('to = "2027-01-03"', 'to = "2026-12-30"', "ends 2026-12-30 before it begins", "exchange from and to"),
        ('to = "2027-05-04"', 'to = "2027-06-09"', "overlaps 劳动节", "amends_names"),
        ('from = "2027-02-05"', 'from = "2027-02-06"', "statutory day 2027-02-05 lies outside", "correct the day"),
        ('to = "2027-10-07"', 'to = "2027-12-07"', "longer than 31 days", "check from and to"),
        ('["2027-01-01"]', '["2027-01-02"]', "2027-01-02 is not a statutory holiday", "leave statutory out"),
        ('published = "2026-11-11"', 'published = "2026-11-09"', "before it was signed", "check signed and published"),
        (
            'published = "2026-11-11"',
            'published = "2025-11-01"',
            "published no later than that for 2026",
            "check published",
        ),
        ("year = 2027", "year = 2026", "2026 has the notice 国办发明电〔2025〕7号 already", "names it in amends"),
        ("year = 2027", "year = 2028", "no notice for 2027 in between", "import the notice for 2027 first"),
        ('id = "2027"', 'id = "2027"\namends_names = ["春节"]', "amends_names without amends", "name the amended"),
        ('schema = "cn-holiday-notices/1"', 'schema = "other/2"', "unknown schema", "reads cn-holiday-notices/1"),
        ('schema = "cn-holiday-notices/1"', "weekend = [5, 6]", "Saturday and Sunday", "weekend = [6, 7]"),
    ],
)
def test_a_fault_is_named_with_its_line_and_its_mend(tmp_path: Path, old: str, new: str, said: str, mend: str) -> None:
    broken = GOOD.replace(old, new, 1)
    assert broken != GOOD

    found = faults(tmp_path, broken)

    naming = [fault for fault in found if said in fault and mend in fault]
    assert naming, found
    changed = next(
        number
        for number, (was, now) in enumerate(zip(GOOD.splitlines(), broken.splitlines(), strict=False), 1)
        if was != now
    )
    assert abs(int(naming[0].split(":")[0]) - changed) <= (4 if "overlaps" in said else 2), (naming, changed)


@pytest.mark.parametrize("key", ["id", "year", "number", "signed", "published", "source"])
def test_a_missing_key_is_named_at_its_notice(tmp_path: Path, key: str) -> None:
    without = "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"{key} ="))

    assert f"3: {key} is missing (add {key})" in faults(tmp_path, without)


def test_a_notice_without_a_holiday_is_named(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD.split("  [[notice.holiday]]", 1)[0]) == ["3: holiday is missing (add holiday)"]


def test_a_file_without_a_notice_is_named(tmp_path: Path) -> None:
    assert "no [[notice]] tables" in faults(tmp_path, 'schema = "cn-holiday-notices/1"\n')[0]


def test_a_range_that_misses_the_festival_it_is_named_after_is_named(tmp_path: Path) -> None:
    """Invented calendars that circulate put 春节 2027 on 14 to 22 February; 除夕 is 5 February."""
    invented = GOOD.replace('from = "2027-02-05"', 'from = "2027-02-14"').replace('"2027-02-12"', '"2027-02-22"')
    invented = invented.replace('  statutory = ["2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"]\n', "")
    invented = invented.replace(', "2027-02-14"]', "]")

    (only,) = faults(tmp_path, invented)

    assert "misses the statutory day 2027-02-05" in only
    assert only.startswith(f"{line_of(invented, '2027-02-14')}:")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('amends = "2027"', 'amends = "2099"', "amends 2099, which is no earlier notice for 2027"),
        ('amends = "2027"', 'amends = "2026"', "amends 2026, which is no earlier notice for 2027"),
        ('amends_names = ["春节"]', 'amends_names = ["腊八节"]', "2027 has no 腊八节 to amend"),
        ('cancels_workdays = ["2027-02-14"]', "", "lies over the make-up workday 2027-02-14"),
        (
            'cancels_workdays = ["2027-02-14"]',
            'cancels_workdays = ["2027-02-14", "2027-03-06"]',
            "2027-03-06 is no make",
        ),
        (
            'cancels_workdays = ["2027-02-14"]',
            'cancels_workdays = ["2027-02-14"]\nworkdays = ["2027-01-30"]',
            "settled by",
        ),
        ('id = "2027-amend-1"', 'id = "2027"', "id 2027 stands for another notice already"),
    ],
)
def test_a_fault_of_an_amendment_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert any(said in fault for fault in faults(tmp_path, GOOD + AMENDMENT.replace(old, new, 1)))


def test_the_same_notice_twice_in_a_file_is_named(tmp_path: Path) -> None:
    second = line_of(GOOD, "[[notice]]") + len(GOOD.splitlines()) - 2

    assert [f"{second + 2}: 2027 twice (remove one)"] == faults(tmp_path, GOOD + GOOD.split("\n", 2)[2])


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    broken = GOOD.replace('"2027-01-30"', '"2027-01-29"').replace('signed = "2026-11-10"', 'signed = "gestern"')
    broken = broken.replace('to = "2027-10-07"', 'to = "2027-09-07"').replace('source = "', 'sauce = "')

    found = faults(tmp_path, broken)

    assert [int(fault.split(":")[0]) for fault in found] == sorted(int(fault.split(":")[0]) for fault in found)
    assert len(found) >= 4
    for said in (
        "'gestern' is not a date",
        "unknown key sauce",
        "source is missing",
        "2027-01-29 is a plain weekday",
        "ends 2027-09-07 before",
    ):
        assert any(said in fault for fault in found), found


def test_a_notice_that_cannot_be_read_does_not_throw_blame_on_the_next(tmp_path: Path) -> None:
    assert len(faults(tmp_path, GOOD.replace('id = "2027"', "id = 1") + AMENDMENT)) == 1


def test_a_faulty_set_is_refused_by_the_edition_too() -> None:
    shipped = calendars.shipped_notices()

    with pytest.raises(FaultyNotice):
        calendars.edition(notices=[notice for notice in shipped if notice.year != 2023])
    assert calendars.check_notices(shipped) == ()
    assert len(calendars.check_notices(notice for notice in shipped if notice.id != "2019")) == 1


def test_no_notice_at_all_or_what_is_none_is_refused() -> None:
    with pytest.raises(BadInput):
        calendars.edition(notices=())
    with pytest.raises(BadInput):
        calendars.edition(notices=["2027"])  # type: ignore[list-item]  # the misuse under test


def test_a_fault_of_a_notice_that_came_without_a_file_names_the_notice() -> None:
    records = [notice.as_record() for notice in calendars.shipped_notices() if notice.year != 2023]

    (finding,) = calendars.check_notices(calendars.Notice.from_record(record) for record in records)

    assert (finding.path, finding.line) == ("2024", 0)
    assert "2023" in finding.text.en


def test_a_record_is_read_back_as_the_notice_it_was() -> None:
    shipped = calendars.shipped_notices()

    assert tuple(calendars.Notice.from_record(notice.as_record()) for notice in shipped) == shipped
    with pytest.raises(FaultyNotice):
        calendars.Notice.from_record({**shipped[0].as_record(), "year": "never"})
