"""What instruments leave undecided between them, or make unsound together, is found with its file, line and mend."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from layering import Spoil, copies, edit, everything_found, line_of, spoil

from gongxiang import rules
from gongxiang.errors import FaultyRules

SPOILS = [
    Spoil(**one)
    for one in tomllib.loads((Path(__file__).parent / "layered_spoils.toml").read_text(encoding="utf-8"))["spoil"]
]


def test_the_made_up_instruments_have_no_fault_alone_or_together(tmp_path: Path) -> None:
    assert everything_found(copies(tmp_path)) == []


@pytest.mark.parametrize("one", SPOILS, ids=lambda one: one.name)
def test_a_fault_is_found_at_its_line_with_its_mend(one: Spoil, tmp_path: Path) -> None:
    folders = copies(tmp_path)

    spoil(tmp_path, one)
    found = everything_found(folders)

    path = one.path or one.file
    line = line_of(tmp_path, path, one.at, "" if one.path else one.after) if one.at else 0
    assert [
        finding
        for finding in found
        if (finding.path, finding.line) == (path, line)
        and one.says in finding.text.en
        and one.mend in finding.mend.en
        and finding.text.zh
        and finding.mend.zh
    ], (line, [str(finding) for finding in found])


def test_a_second_whole_table_without_a_layer_is_a_contradiction(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    (tmp_path / "province_1/over_nation_1/verification.toml").unlink()

    edit(tmp_path, "province_1/instrument.toml", ', "over_nation_1/verification.toml"', "")
    found = rules.check_compositions(folders)

    line = line_of(tmp_path, "province_1/instrument.toml", "procedures =")
    assert [(finding.path, finding.line) for finding in found] == [("province_1/instrument.toml", line)]
    assert found[0].text.en == "in province-2023-01-01: a second whole table of verification, beside that of nation-1"
    assert "over_nation_1/verification.toml" in found[0].mend.en


def test_a_second_layer_on_one_table_is_refused(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    (tmp_path / "city_1/over_nation_9").mkdir()
    (tmp_path / "city_1/over_nation_9/verification.toml").write_text(
        'procedure = "verification"\nextends = ["nation-1", "nation-9"]\n', encoding="utf-8"
    )

    edit(tmp_path, "city_1/instrument.toml", '"over_nation_1/', '"over_nation_9/verification.toml", "over_nation_1/')
    found = rules.check_compositions(folders)

    assert "city_1/over_nation_1/verification.toml:2: in city-2023-01-01: a second layer on this table of nation-1" in [
        str(finding).partition(" (")[0] for finding in found
    ]


def test_a_ground_of_two_instruments_is_refused(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    ground = (
        '[[ground]]\nid = "1.1"\narticle = "1.1"\ntext = "应当在5个工作日内答复"\ntitle.zh = "迟"\ntitle.en = "late"\n'
    )

    (tmp_path / "province_1/grounds.toml").write_text(ground, encoding="utf-8")
    found = rules.check_compositions(folders)

    assert [(finding.path, finding.line) for finding in found] == [("province_1/grounds.toml", 2)]
    assert found[0].text.en == "in province-2023-01-01: nation-1 has a ground '1.1'"


def test_the_same_fault_of_several_compositions_is_said_once(tmp_path: Path) -> None:
    folders = copies(tmp_path)

    edit(
        tmp_path, "province_1/over_nation_1/share_request.toml", 'add = { starts = "answer"', 'add = { starts = "anser"'
    )
    found = rules.check_compositions(folders)

    assert len([finding for finding in found if "'anser'" in finding.text.en]) == 1


def test_what_is_wrong_with_a_folder_alone_is_said_once_and_hides_only_its_own_compositions(tmp_path: Path) -> None:
    folders = copies(tmp_path)

    edit(tmp_path, "nation_1/share_request.toml", 'to = "granted"', 'to = "grante"')
    edit(tmp_path, "city_1/over_province_1/share_request.toml", 'to = "awaiting_reply"', 'to = "awaiting"')
    found = rules.check_compositions(folders)

    assert [(finding.path, finding.text.en[:20]) for finding in found] == [
        ("city_1/over_province_1/share_request.toml", "in city-2021-07-01: "),
    ]


def test_an_instrument_whose_conflicts_are_not_settled_is_not_composed(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "province_1/conflicts.toml", '"province-1/1.1"', '"province-1/2"')
    law = rules.LawOfPlaces(folders)

    assert law.named("province-2020-01-01").id == "province-2020-01-01"
    with pytest.raises(FaultyRules) as refused:
        law.named("province-2023-01-01")

    assert [finding.path for finding in refused.value.findings] == ["province_1/instrument.toml"]


def test_a_layer_with_a_fault_of_its_own_is_not_composed(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "province_1/over_nation_1/share_request.toml", "extends =", "extend =")

    with pytest.raises(FaultyRules) as refused:
        rules.LawOfPlaces(folders).named("province-2023-01-01")

    assert {finding.path for finding in refused.value.findings} == {"province_1/over_nation_1/share_request.toml"}
