"""The text of the decree, its grounds and the readings, as people wrote them: form, and agreement with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from gongxiang import calendars, rules

FOLDER = rules.folders()["decree-330"]
PARTS = ("Question", "Reading", "Authority", "Setting", "Articles", "Affects")


def entries(path: Path) -> dict[str, dict[str, str]]:
    """Return the readings by id, each with its parts by name."""
    found: dict[str, dict[str, str]] = {}
    for block in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        identifier, _, body = block.partition("\n")
        assert identifier not in found, identifier
        found[identifier] = dict(re.findall(r"^\*\*(\w+)\*\* (.+)$", body, flags=re.MULTILINE))
    return found


READINGS = entries(FOLDER / "interpretation.md")
TEXT = rules.instrument("decree-330").articles


def test_the_decree_has_its_twenty_eight_articles_in_order() -> None:
    assert list(TEXT) == list(range(1, 29))


@pytest.mark.parametrize(
    ("number", "paragraphs"),
    [(2, 1), (3, 2), (5, 3), (9, 2), (12, 2), (14, 4), (17, 3), (18, 3), (24, 2), (26, 1), (28, 1)],
)
def test_an_article_has_the_paragraphs_of_the_text(number: int, paragraphs: int) -> None:
    assert len(TEXT[number].paragraphs) == paragraphs


def test_the_seven_grounds_are_the_items_of_article_26_in_their_order() -> None:
    items = re.findall(r"^（[一二三四五六七]）(.+)[；。]$", TEXT[26].text, flags=re.MULTILINE)

    grounds = tomllib.loads((FOLDER / "grounds.toml").read_text(encoding="utf-8"))["ground"]
    assert [(one["id"], one["text"]) for one in grounds] == [
        (f"26.{place}", item) for place, item in enumerate(items, 1)
    ]
    assert len(items) == 7


def test_at_least_thirty_points_are_left_open_and_read() -> None:
    assert len(READINGS) >= 30


@pytest.mark.parametrize("identifier", READINGS)
def test_a_reading_has_a_stable_id_and_all_its_parts_in_both_languages(identifier: str) -> None:
    parts = READINGS[identifier]

    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", identifier)
    assert list(parts) == [part for part in PARTS if part in parts]
    assert set(PARTS) - set(parts) <= {"Setting"}
    for part in ("Question", "Reading"):
        assert re.search(r"[\u4e00-\u9fff].*[。？].*[A-Za-z]{2}.*[.?]$", parts[part]), parts[part]
    assert parts["Authority"].startswith(("statute: ", "analogy: ", "ours"))


@pytest.mark.parametrize("identifier", READINGS)
def test_a_reading_names_articles_and_steps_that_exist(identifier: str) -> None:
    parts = READINGS[identifier]
    book = rules.rule_book("decree-330")

    for reference in parts["Articles"].split(", "):
        number, _, paragraph = reference.partition(".")
        assert int(number) in TEXT
        assert not paragraph or 1 <= int(paragraph) <= len(TEXT[int(number)].paragraphs)
    for place in parts["Affects"].split(", "):
        procedure, _, step = place.partition("/")
        assert step in (*book.procedures[procedure].by_name, "lapse", "recalculate"), place


def test_the_settings_of_counting_are_those_that_the_readings_name() -> None:
    named = {name for parts in READINGS.values() for name in re.findall(r"`(\w+)`", parts.get("Setting", ""))}

    assert {"cut_off", "closes", "after_hours_receipt", "rest_day_receipt"} <= named
    defaults = calendars.Counting()
    assert defaults.cut_off == "midnight"
    assert defaults.after_hours_receipt == defaults.rest_day_receipt == "same_day"
