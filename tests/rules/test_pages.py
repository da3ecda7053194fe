"""The rule pages are generated from the tables, committed, and never behind them."""

from __future__ import annotations

from pathlib import Path

from gongxiang import rules
from gongxiang.rules.pages import pages

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
DECREE = rules.instrument("decree-330")


def test_the_committed_pages_are_what_the_tables_say() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}

    stale = [name for name, text in pages(DECREE).items() if committed.get(name) != text]
    assert stale == [], "regenerate: python -m gongxiang.rules.pages docs/rules"
    assert set(committed) == set(pages(DECREE))


def test_a_page_has_the_sentence_of_law_above_its_step() -> None:
    page = (FOLDER / "share_request.md").read_text(encoding="utf-8")

    law = page.index("> 提供部门和使用部门对政务数据资源共享发生争议的，由本级政务数据资源管理部门协调处理。")
    assert law < page.index("`raise_dispute`", law)
    assert page.index("### 第十七条第三款 Art. 17 ¶3") < law


def test_the_index_says_what_the_instrument_is() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")

    for said in (
        "辽宁省人民政府令第330号",
        "provincial government rule",
        "2019-11-26",
        "2020-01-01",
        "2026-11-22",
        "10 个工作日",
    ):
        assert said in index


def test_every_page_has_every_step_state_limit_and_reading_of_its_procedure() -> None:
    for table in DECREE.book.procedures.values():
        page = (FOLDER / f"{table.id}.md").read_text(encoding="utf-8")
        wanted = {*table.by_name, *table.states, *table.limits}
        assert {name for name in wanted if f"`{name}`" not in page} == set()
        told = {one.id for one in DECREE.readings if any(step.startswith(f"{table.id}/") for step in one.affects)}
        assert {name for name in told if f"### {name}\n" not in page} == set()
