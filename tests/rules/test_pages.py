"""The rule pages are generated from the tables, committed, and never behind them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gongxiang import rules
from gongxiang.rules.diagrams import ladders
from gongxiang.rules.pages import WHOLE, pages

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
PAGES = pages()
LIAONING = rules.rule_book("liaoning-2025-08-01")


def page(name: str) -> str:
    return PAGES[name]


def test_the_committed_pages_are_what_the_tables_say() -> None:
    committed = {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.md")}

    stale = [name for name, text in PAGES.items() if committed.get(name) != text]
    assert stale == [], "regenerate: python -m gongxiang.rules.pages docs/rules"
    assert set(committed) == set(PAGES)


@pytest.mark.parametrize(
    ("name", "article", "law", "step"),
    [
        (
            "decree-330",
            "办法第十七条第三款 Decree 330 Art. 17 ¶3",
            "提供部门和使用部门对政务数据资源共享发生争议的，由本级政务数据资源管理部门协调处理。",
            "raise_dispute",
        ),
        (
            "liaoning-2025-08-01",
            "条例第二十二条第一款 Order 809 Art. 22 ¶1",
            "政务数据提供部门应当自作出同意共享的答复之日起20个工作日内共享政务数据。",
            "deliver",
        ),
    ],
)
def test_a_page_has_the_sentence_of_law_above_its_step(name: str, article: str, law: str, step: str) -> None:
    shown = page(f"{name}/share_request.md")

    quoted = shown.index(f"### {article}\n\n> {law}")
    assert quoted < shown.index(f"`{step}`", quoted)


def test_a_page_quotes_each_instrument_that_wrote_a_row() -> None:
    shown = page("liaoning-2025-08-01/rectification.md")

    for heading in (
        "条例第三十九条 Order 809 Art. 39",
        "省大数据条例第四十九条 Liaoning Regulation Art. 49",
        "办法第二十六条 Decree 330 Art. 26",
    ):
        assert re.search(rf"### {heading}\n\n> [^\n]{{40}}", shown)


def test_the_index_says_what_the_instruments_are_and_where_they_govern() -> None:
    index = page("README.md")

    for said in (
        "辽宁省人民政府令第330号",
        "provincial government rule",
        "行政法规 · administrative regulation",
        "2025-08-01 起",
        "| 辽宁省 · Liaoning | 2022-08-01 | 2025-07-31 | [liaoning-2022-08-01](liaoning-2022-08-01.md) |",
        "不完整，6 处缺漏 not complete, 6 gaps",
    ):
        assert said in index


def test_the_index_has_every_conflict_once_and_says_which_are_unsure() -> None:
    index = page("README.md")

    for instrument in rules.instruments():
        for conflict in instrument.conflicts:
            assert index.count(f"### {conflict['id']}\n") == 1
            entry = index.partition(f"### {conflict['id']}\n")[2].partition("\n### ")[0]
            assert conflict["reading"]["zh"] in entry
            assert conflict["confirmed_by"]["en"] in entry
            assert ("**存疑 unsure**" in entry) == conflict["unsure"]


def test_every_place_and_day_has_a_page_with_its_conflicts() -> None:
    for name in rules.law().known():
        shown = page(f"{name}/README.md" if name in WHOLE else f"{name}.md")
        for conflict in rules.rule_book(name).conflicts:
            assert f"README.md#{conflict.id})" in shown


def test_the_page_on_law_names_every_rule_book_of_a_place_with_its_instruments() -> None:
    told = (FOLDER.parent / "explanation" / "law.md").read_text("utf-8")

    for name in rules.law().known():
        made_of = ", ".join(one.short.en for one in rules.rule_book(name).instruments)
        assert re.search(rf"(?m)^\|.*\[{name}\]\(.*\) \| {made_of} \|$", told), name


def test_what_changed_in_liaoning_on_the_first_of_august_2025() -> None:
    news = page("liaoning-2025-08-01/README.md").partition("What differs from `liaoning-2022-08-01`")[2]

    assert "- + 共享数据的期限 `delivery`: 20 个工作日 20 working days (Order 809 Art. 22 ¶1)" in news
    assert "答复（有条件共享） `national_reply` Order 809 Art. 21 ¶1" in news


def test_the_two_clocks_of_a_reply_stand_on_its_page() -> None:
    limits = page("liaoning-2025-08-01/share_request.md").partition("## 期限 Limits")[2].partition("\n## ")[0]

    assert "5 个工作日 5 working days" in limits
    assert "外限 outer limit of `reply`" in limits
    assert "`extend` extends it by `working_days` working days" in limits


def test_where_grounds_go_each_instruments_way_each_has_a_picture() -> None:
    parts = dict(ladders(LIAONING.procedures["rectification"]))

    assert list(parts) == ["order-809", "liaoning-2022", "decree-330"]
    assert "before_government" in parts["liaoning-2022"].states
    assert "before_government" not in parts["order-809"].states
    assert page("liaoning-2025-08-01/rectification.md").count("```mermaid") == len(parts)
    drawn = {row.name for part in parts.values() for row in part.rows}
    assert drawn == set(LIAONING.procedures["rectification"].by_name)
    assert [name for name, _ in ladders(LIAONING.procedures["share_request"])] == [""]


@pytest.mark.parametrize("name", WHOLE)
def test_every_page_has_every_step_state_and_limit_of_its_procedure(name: str) -> None:
    for table in rules.rule_book(name).procedures.values():
        shown = page(f"{name}/{table.id}.md")
        wanted = {*table.by_name, *table.states, *table.limits, *table.retentions}
        assert {name for name in wanted if f"`{name}`" not in shown} == set()
        assert all(f"`{one.key}` = {one.value}" in shown for one in table.pending)


@pytest.mark.parametrize("name", [name for name in WHOLE if name in rules.folders()])
def test_every_page_has_every_reading_of_its_procedure(name: str) -> None:
    alone = rules.instrument(name)
    for table in alone.book.procedures.values():
        shown = page(f"{name}/{table.id}.md")
        acts = {*table.by_name, "lapse", "recalculate"}
        told = {
            one.id
            for one in alone.readings
            if any(step.partition("/")[0] == table.id and step.partition("/")[2] in acts for step in one.affects)
        }
        assert {name for name in told if f"### {name}\n" not in shown} == set()
