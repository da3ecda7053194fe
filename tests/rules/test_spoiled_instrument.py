"""Whatever is wrong with an instrument is found before anything runs on it, with its file, its line and the mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spoiling_rules import SPOILS, Spoil, agrees, copy_of_the_decree, line_of, spoil, spoils_named

from gongxiang import rules
from gongxiang.errors import FaultyRules
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.soundness import faults_in


def test_the_decree_as_shipped_has_no_fault(tmp_path: Path) -> None:
    assert rules.check(rules.folders()["decree-330"]) == []
    assert rules.check(copy_of_the_decree(tmp_path)) == []


@pytest.mark.parametrize("one", SPOILS, ids=lambda one: one.name)
def test_a_fault_is_found_at_its_line_with_its_mend(one: Spoil, tmp_path: Path) -> None:
    folder = copy_of_the_decree(tmp_path)

    spoil(folder, one)
    found = rules.check(folder)

    line = line_of(folder, one)
    assert [finding for finding in found if agrees(finding, one, line)], (line, [str(finding) for finding in found])


def test_several_faults_in_several_files_are_found_all_at_once(tmp_path: Path) -> None:
    folder = copy_of_the_decree(tmp_path)
    several = spoils_named(
        "an unknown flag",
        "a limit that is never started",
        "a guard on a party that there is not",
        "a ground in other words",
        "a role that owes and that nobody holds",
        "an argument that is missing",
        "a bad date",
        "a number that is not the text's",
        "a heading that is none",
    )

    for one in several:
        spoil(folder, one)
    found = rules.check(folder)

    assert [one.name for one in several if not any(agrees(f, one, line_of(folder, one)) for f in found)] == []
    assert found == sorted(set(found))


def test_a_table_with_a_wrong_key_hides_no_fault_of_another_table(tmp_path: Path) -> None:
    folder = copy_of_the_decree(tmp_path)
    wanted = spoils_named("an unknown key", "a limit that is never started", "a duty that is no step")

    for one in wanted:
        spoil(folder, one)
    found = rules.check(folder)

    assert [one.name for one in wanted if not any(agrees(f, one, line_of(folder, one)) for f in found)] == []


def test_a_misspelt_key_and_a_missing_word_hide_no_fault_of_their_own_table(tmp_path: Path) -> None:
    folder = copy_of_the_decree(tmp_path)
    wanted = spoils_named(
        "an unknown key of a step",
        "a title in one language",
        "an unknown test",
        "an unknown role",
        "a state twice",
        "a step with neither article nor own",
    )

    for one in wanted:
        spoil(folder, one)
    found = rules.check(folder)

    assert [one.name for one in wanted if not any(agrees(f, one, line_of(folder, one)) for f in found)] == []


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = copy_of_the_decree(tmp_path)
    (folder / "incident.toml").unlink()
    (folder / "interpretation.md").unlink()
    (folder / "grounds.toml").write_bytes(b"# \xff\xfe\n")
    (folder / "dispute.toml").write_text('procedure = "dispute"\ntitle.zh = oops\n', encoding="utf-8")

    found = rules.check(folder)

    assert [(finding.path.partition("/")[2], finding.line) for finding in found] == [
        ("dispute.toml", 2),
        ("grounds.toml", 1),
        ("incident.toml", 0),
        ("interpretation.md", 0),
    ]


def test_a_text_without_any_article_is_no_text(tmp_path: Path) -> None:
    folder = copy_of_the_decree(tmp_path)
    (folder / "articles.md").write_text("# 辽宁省政务数据资源共享管理办法\n", encoding="utf-8")

    found = rules.check(folder)

    assert "decree_330/articles.md:0: there is no article (enter the text from ## 第一条 on)" in map(str, found)


def test_an_empty_folder_is_told_what_it_lacks(tmp_path: Path) -> None:
    found = rules.check(tmp_path)

    files = {finding.path.rpartition("/")[2] for finding in found}
    assert files == {"instrument.toml", "articles.md", "interpretation.md"}


def test_a_faulty_instrument_is_not_opened(tmp_path: Path) -> None:
    folder = copy_of_the_decree(tmp_path)
    spoil(folder, spoils_named("a state no step leads to")[0])

    with pytest.raises(FaultyRules) as refused:
        rules.open_instrument(folder)

    assert refused.value.findings == tuple(rules.check(folder))


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if place:
        yield place
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(entry, (*place, key))


DAMAGE: list[Any] = [None, 1, True, "", "any", [], [1], ["any"], {}, {"any": "any"}]


@pytest.mark.parametrize("first", range(5))
def test_no_damage_to_a_document_makes_the_check_fall_over(first: int) -> None:
    document = json.loads(json.dumps(rules.rule_book().document))
    for number, place in enumerate(list(places(document))[first * 3 :: 17]):
        record = document
        for key in place[:-1]:
            record = record[key]
        whole, record[place[-1]] = record[place[-1]], DAMAGE[number % len(DAMAGE)]

        try:
            if not faults_in(document):
                rule_book(document)
        finally:
            record[place[-1]] = whole


def test_a_document_that_is_not_sound_is_refused_when_it_is_built() -> None:
    document = {**rules.rule_book().document, "grounds": []}

    with pytest.raises(FaultyRules) as refused:
        rule_book(document)

    assert any("unknown ground '26.7'" in finding.text.en for finding in refused.value.findings)
