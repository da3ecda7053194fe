"""The decree as data: its numbers, its grounds, the sentence above each step, and what its text leaves open."""

from __future__ import annotations

from datetime import date

import pytest

from gongxiang import rules
from gongxiang.rules.articles import paragraph
from gongxiang.workflow.procedure import Row

DECREE = rules.instrument("decree-330")
ROWS = [(table.id, row) for table in DECREE.book.procedures.values() for row in table.rows]

NUMBERS = {
    "catalogue_update": (10, "9.2", "在法律、法规作出修订或者行政管理职能发生变化之日起10个工作日内作出更新"),
    "reply": (5, "17.2", "提供部门应当在5个工作日内予以答复"),
    "verification": (5, "18.1", "应当在5个工作日内进行校核，并将结果反馈给提出请求的部门"),
}
GROUNDS = {
    "26.1": "（一）未按照要求制定或者更新政务数据资源目录；",
    "26.2": "（二）未向共享平台及时提供政务数据资源；",
    "26.3": "（三）向共享平台提供的政务数据资源未及时更新或者提供的数据不符合有关规范、无法使用；",
    "26.4": "（四）将政务数据资源用于或者变相用于履行本部门职责以外的目的；",
    "26.5": "（五）未按照规定落实安全防护措施；",
    "26.6": "（六）在政务数据资源管理中玩忽职守、滥用职权、徇私舞弊；",
    "26.7": "（七）违反本办法规定的其他行为。",
}


def test_the_decree_has_three_numbers_and_no_other() -> None:
    assert set(DECREE.book.parameters) == set(NUMBERS)
    assert sum(article.text.count("个工作日") for article in DECREE.articles.values()) == len(NUMBERS)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_legal_number_is_one_record_that_its_sentence_carries(name: str) -> None:
    value, article, sentence = NUMBERS[name]
    record = DECREE.book.parameters[name]

    assert (record.value, record.unit, record.since) == (value, "working_day", date(2020, 1, 1))
    assert record.article == f"decree-330/{article}"
    assert sentence in (paragraph(DECREE.articles, article) or "")
    assert f"{value}个工作日" in sentence
    assert record.source.startswith("辽宁省人民政府令第330号第")


def test_the_grounds_are_the_seven_items_of_article_26() -> None:
    text = DECREE.articles[26].text
    items = [line for line in text.splitlines() if line.startswith("（")]
    entries = {entry["id"]: entry["text"] for entry in DECREE.book.document["grounds"]}

    assert items == list(GROUNDS.values())
    assert entries == {name: item[3:-1] for name, item in GROUNDS.items()}


def test_the_ladder_of_article_26_stands_in_one_sentence() -> None:
    ladder = [
        row.quote or "" for name, row in ROWS if name == "rectification" and row.name in ("order", "circulate", "refer")
    ]
    whole = DECREE.articles[26].text.splitlines()[0]

    assert whole.startswith(
        "政府部门及其工作人员有下列情形之一的，由政务数据资源管理部门责令限期改正；逾期未改正的，给予通报批评；"
    )
    assert [whole.find(quote) >= 0 for quote in ladder] == [True] * len(ladder)
    assert sorted(whole.find(quote) for quote in dict.fromkeys(ladder)) == [
        whole.find(quote) for quote in dict.fromkeys(ladder)
    ]


@pytest.mark.parametrize(("table", "row"), ROWS, ids=[f"{table}/{row.name} {row.title.en}" for table, row in ROWS])
def test_a_step_quotes_its_article_or_is_marked_own(table: str, row: Row) -> None:
    if row.own:
        assert row.article is None
        assert row.quote is None
    else:
        assert row.article is not None
        assert row.quote is not None
        assert row.quote in (paragraph(DECREE.articles, row.article) or "")


def test_no_reading_stands_twice() -> None:
    names = [reading.id for reading in DECREE.readings]

    assert len(set(names)) == len(names)


def test_every_step_that_no_article_gives_is_explained_by_a_reading() -> None:
    affected = {step for reading in DECREE.readings for step in reading.affects}

    assert {f"{table}/{row.name}" for table, row in ROWS if row.own} - affected == set()


def test_every_flag_is_explained_by_a_reading_that_affects_a_step_which_raises_it() -> None:
    told = {
        (flag.id, f"{table}/{row.name}")
        for table, row in ROWS
        for flag in row.flags
        for reading in DECREE.readings
        if f"`{flag.id}`" in reading.fields["Reading"]
    }

    assert {flag.id for _, row in ROWS for flag in row.flags} - {flag for flag, _ in told} == set()


def test_the_reading_of_a_flag_is_about_the_article_that_the_flag_names() -> None:
    flags = {(flag.id, (flag.article or "").removeprefix("decree-330/")) for _, row in ROWS for flag in row.flags}

    explained = {
        (flag, article)
        for flag, article in flags
        for reading in DECREE.readings
        if f"`{flag}`" in reading.fields["Reading"] and article in reading.articles
    }
    assert flags - explained == set()


def test_every_procedure_has_readings() -> None:
    assert {step.partition("/")[0] for one in DECREE.readings for step in one.affects} == set(DECREE.book.procedures)


def test_a_reading_that_says_statute_names_the_text() -> None:
    silent = [
        reading.id
        for reading in DECREE.readings
        if reading.fields["Authority"].startswith(("statute", "analogy"))
        and "第" not in reading.fields["Authority"]
        and "〔" not in reading.fields["Authority"]
    ]

    assert silent == []


def test_every_field_that_a_step_carries_has_a_name_in_chinese() -> None:
    carried = {field for table in DECREE.book.procedures.values() for row in table.rows for field in row.payload}

    assert {field for field in carried if DECREE.book.field_title(field).zh == field} == set()
