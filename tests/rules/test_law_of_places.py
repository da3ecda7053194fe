"""Which law governs where and when: each place on each side of each boundary day, and what is said where none does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from layering import HERE, NAMES, copies, edit

from gongxiang import rules
from gongxiang.errors import FaultyRules, Refused
from gongxiang.rules import shelf

LAW = rules.LawOfPlaces(HERE / name for name in NAMES)

GOVERNS = [
    ("210102", "2020-01-01", "province-2020-01-01"),
    ("210102", "2021-06-30", "province-2020-01-01"),
    ("210102", "2021-07-01", "city-2021-07-01"),
    ("210102", "2022-12-31", "city-2021-07-01"),
    ("210102", "2023-01-01", "city-2023-01-01"),
    ("210102", "2023-12-31", "city-2023-01-01"),
    # The city's regulation ceased; what is left is the province's law, which has stood since 2023.
    ("210102", "2024-01-01", "province-2023-01-01"),
    ("210200", "2021-07-01", "province-2020-01-01"),
    ("210200", "2023-01-01", "province-2023-01-01"),
    ("210000", "2030-01-01", "province-2023-01-01"),
    ("330100", "2023-01-01", "nation-2023-01-01"),
    ("000000", "2023-01-01", "nation-2023-01-01"),
]


@pytest.mark.parametrize(("region", "day", "name"), GOVERNS)
def test_a_place_on_a_day_has_the_law_in_force_there_then(region: str, day: str, name: str) -> None:
    assert LAW.book(region, date.fromisoformat(day)).id == name


def test_every_place_on_every_boundary_day_is_known_once() -> None:
    assert LAW.known() == (
        "nation-2023-01-01",
        "province-2020-01-01",
        "province-2023-01-01",
        "city-2021-07-01",
        "city-2023-01-01",
    )


def test_a_book_is_composed_once() -> None:
    first = LAW.book("210102", date(2023, 1, 1))

    assert LAW.book("210103", date(2023, 6, 1)) is first
    assert LAW.named("city-2023-01-01") is first


def test_the_latest_law_is_the_newest_of_the_home_place() -> None:
    assert LAW.latest.id == "province-2023-01-01"


def test_before_the_first_law_of_a_place_nothing_governs() -> None:
    with pytest.raises(Refused) as refused:
        LAW.book("210102", date(2019, 12, 31))
    with pytest.raises(Refused) as elsewhere:
        LAW.book("330100", date(2022, 12, 31))

    (reason,) = refused.value.reasons
    assert (reason.code, reason.article) == ("before_in_force", "province-1/3")
    assert "2020-01-01" in reason.text.zh
    assert "Made-up provincial measures" in reason.text.en
    assert [(one.code, one.article) for one in elsewhere.value.reasons] == [("before_in_force", "nation-1/4")]


def test_where_no_instrument_governs_there_is_no_law() -> None:
    province = rules.LawOfPlaces([HERE / "province_1"])

    with pytest.raises(Refused) as refused:
        province.book("330100", date(2023, 1, 1))

    assert [one.code for one in refused.value.reasons] == ["outside_territory"]


def test_after_the_last_law_of_a_place_ceased_nothing_governs(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "province_1/instrument.toml", "[territory]", 'until = "2022-01-01"\n\n[territory]')
    province = rules.LawOfPlaces([folders[1]])

    assert province.book("210000", date(2021, 12, 31)).id == "province-2020-01-01"
    with pytest.raises(Refused) as refused:
        province.book("210000", date(2022, 1, 1))

    assert [one.code for one in refused.value.reasons] == ["no_longer_in_force"]


def test_instruments_without_a_table_govern_nothing_alone() -> None:
    city = rules.LawOfPlaces([HERE / "city_1"])

    assert city.known() == ()
    with pytest.raises(Refused) as refused:
        city.book("210100", date(2022, 1, 1))

    assert [(one.code, one.article) for one in refused.value.reasons] == [("no_tables", "city-1/2")]


def test_when_an_instrument_ceases_the_law_that_is_left_holds_from_that_day(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "province_1/instrument.toml", "[territory]", 'until = "2025-01-01"\n\n[territory]')
    law = rules.LawOfPlaces(folders)

    left = law.book("210000", date(2025, 1, 1))

    assert left.id == "nation-2023-01-01"
    assert [one["id"] for one in left.document["instruments"]] == ["nation-1"]


def test_a_text_may_be_followed_by_its_successor(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "city_1/instrument.toml", "虚构某市第1号", "虚构某省第1号")
    edit(tmp_path, "province_1/instrument.toml", "[territory]", 'until = "2021-07-01"\n\n[territory]')

    assert "province-2020-01-01" in rules.LawOfPlaces(folders).known()


def test_instruments_that_overlap_are_no_law(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "city_1/instrument.toml", 'id = "city-1"', 'id = "province-1"')

    with pytest.raises(FaultyRules) as refused:
        rules.LawOfPlaces(folders)

    assert [finding.path for finding in refused.value.findings] == ["province_1/instrument.toml"]


@pytest.fixture
def on_the_shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The three made-up instruments stand for those that are shipped."""
    known = {name.replace("_", "-"): HERE / name for name in NAMES}
    monkeypatch.setattr(shelf, "shipped", lambda: known)
    monkeypatch.setattr(shelf, "brought", dict)
    rules.law.cache_clear()
    rules.instrument.cache_clear()
    yield
    rules.law.cache_clear()
    rules.instrument.cache_clear()


NAMED = [
    ("province-1", "province-1"),
    ("province-2023-01-01", "province-2023-01-01"),
    ("province-2023", "province-2023-01-01"),
    ("province-202", None),
    ("city-2021", "city-2021-07-01"),
    ("nation", "nation-2023-01-01"),
]


@pytest.mark.usefixtures("on_the_shelf")
@pytest.mark.parametrize(("name", "found"), [one for one in NAMED if one[1]])
def test_a_rule_book_is_found_by_its_name_or_the_beginning_of_one(name: str, found: str) -> None:
    assert rules.rule_book(name).id == found


@pytest.mark.usefixtures("on_the_shelf")
def test_an_ambiguous_beginning_is_refused_with_what_it_may_be() -> None:
    with pytest.raises(Refused) as refused:
        rules.rule_book("province-202")

    (reason,) = refused.value.reasons
    assert reason.code == "ambiguous_rules"
    assert "province-2020-01-01, province-2023-01-01" in reason.text.en


@pytest.mark.usefixtures("on_the_shelf")
@pytest.mark.parametrize("name", ["city-1", "provinse-2020-01-01", "330"])
def test_a_name_of_no_rule_book_is_refused_with_the_nearest(name: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.rule_book(name)

    (reason,) = refused.value.reasons
    assert reason.code == "unknown_instrument"
    assert reason.mend is not None
    assert "city-2023-01-01" in reason.mend.en


@pytest.mark.usefixtures("on_the_shelf")
def test_the_law_of_the_shelf_is_opened_once() -> None:
    assert rules.law() is rules.law()
    assert rules.law().latest is rules.rule_book("province-2023-01-01")
    assert rules.check_compositions() == []
