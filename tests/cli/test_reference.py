"""What is generated from the commands and the tables is current, and a drawing draws all of its table."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from commanding import run
from reference import DAY, PAGE, day, page

from gongxiang import rules
from gongxiang.rules import diagrams

BOOKS = {"decree-330": rules.rule_book("decree-330"), "the law": rules.law().latest}
PROCEDURES = [(name, procedure) for name, book in BOOKS.items() for procedure in book.procedures]


def without_hashes(text: str) -> str:
    """Hashes change with every word of the law's tables; what they stand for is tested elsewhere."""
    return re.sub(r"[0-9a-f]{12,}", "#", text)


def test_the_reference_of_the_command_line_is_current() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_a_coordinators_day_prints_what_the_page_says() -> None:
    text = DAY.read_text("utf-8")

    assert without_hashes(day(text)) == without_hashes(text)


def drawn_as(form: str, book: str, name: str, *words: str) -> str:
    return run("procedure", "show", name, "--format", form, "--rules", BOOKS[book].id, *words).out


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("book", "name"), PROCEDURES)
def test_a_drawing_names_every_state_and_step_within_its_frame(book: str, name: str, language: str) -> None:
    drawing = drawn_as("svg", book, name, "--lang", language)
    table = BOOKS[book].procedures[name]

    root = ElementTree.fromstring(drawing)
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    texts = [element for element in root.iter() if element.tag.endswith("text")]
    said = " ".join(element.text or "" for element in texts)
    assert set(table.states) <= set(said.split())
    for row in table.rows:
        assert (row.title.zh if language == "zh" else row.title.en) in said
    for element in root.iter():
        for key, most in (("x", width), ("y", height), ("x1", width), ("x2", width), ("cx", width), ("cy", height)):
            assert 0 <= float(element.get(key, "0")) <= most


@pytest.mark.parametrize(("book", "name"), PROCEDURES)
def test_a_drawing_has_an_arrow_or_a_mark_for_every_row_in_every_state(book: str, name: str) -> None:
    table = BOOKS[book].procedures[name]
    root = ElementTree.fromstring(diagrams.svg(table, "zh"))

    dots = [element for element in root.iter() if element.tag.endswith("circle")]
    arrows = [element for element in root.iter() if element.get("marker-end")]
    assert len(dots) == sum(len(row.sources) for row in table.rows)
    moving = [row for row in table.rows if row.to and (row.opens or set(row.sources) - {row.to})]
    assert len(arrows) >= len(moving)


@pytest.mark.parametrize(("book", "name"), PROCEDURES)
def test_mermaid_names_every_move_of_the_table(book: str, name: str) -> None:
    table = BOOKS[book].procedures[name]
    drawn = drawn_as("mermaid", book, name)

    assert drawn.startswith("stateDiagram-v2\n")
    for row in table.rows:
        for source in row.sources:
            if row.to and row.to != source:
                assert f"    {source} --> {row.to}: " in drawn
        if row.opens:
            assert f"    [*] --> {row.to}: " in drawn


def test_an_article_stands_beside_its_number_limit_and_steps() -> None:
    shown = run("rules", "show", "decree-330", "17").out

    assert re.search(r"有条件共享的政务数据资源.*# 5 个工作日", shown)
    assert "→ 不予共享  refuse" in shown
    assert "无条件共享的政务数据资源" in shown
