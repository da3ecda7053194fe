"""Two rule books side by side: made-up ones whose differences are known, and the law of 2020 beside that of 2025."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gongxiang import rules
from gongxiang.page import as_text, width_of
from gongxiang.rules.comparing import Change, Comparison, compare
from gongxiang.rules.comparing_screens import comparison
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.procedure import RuleBook

MADE_UP = rules.open_instrument(Path(__file__).parent / "made_up").book


def changed(change: Callable[[dict[str, Any]], None], name: str = "other") -> RuleBook:
    """Return the made-up rule book with a change of its document."""
    document = copy.deepcopy(dict(MADE_UP.document))
    document["id"] = name
    change(document)
    return rule_book(document)


def table(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["procedures"] if one["procedure"] == name)
    return found


def rows(document: dict[str, Any], procedure: str, step: str) -> list[dict[str, Any]]:
    return [row for row in table(document, procedure)["step"] if row["id"] == step]


def found(comparison: Comparison, procedure: str, kind: str) -> list[tuple[str, str, dict[str, tuple[Any, Any]]]]:
    (one,) = [one for one in comparison.procedures if one.id == procedure]
    return [told(change) for change in one.sections.get(kind, ())]


def told(change: Change) -> tuple[str, str, dict[str, tuple[Any, Any]]]:
    return change.word, change.id, {detail.key: (detail.before, detail.after) for detail in change.details}


def test_a_rule_book_does_not_differ_from_itself() -> None:
    assert compare(MADE_UP, MADE_UP).same
    assert compare(MADE_UP, changed(lambda _: None)).same


def test_what_is_written_for_the_reader_is_no_difference_of_law() -> None:
    def reword(document: dict[str, Any]) -> None:
        for row in table(document, "loan")["step"]:
            row["quote"] = "别的引文"
            row["note"] = "说明"
        document["parameters"][0]["source"] = "another copy"

    assert compare(MADE_UP, changed(reword)).same


def test_a_single_value_and_a_list_of_one_are_the_same_and_the_order_of_a_list_counts_for_nothing() -> None:
    def rewrite(document: dict[str, Any]) -> None:
        for row in table(document, "share_request")["step"]:
            row["by"] = [row["by"]] if isinstance(row["by"], str) else row["by"][::-1]

    assert compare(MADE_UP, changed(rewrite)).same


def test_a_number_that_changes_is_told_with_both_values_and_both_articles() -> None:
    def longer(document: dict[str, Any]) -> None:
        document["parameters"][0] |= {"value": 4, "article": "made-up/1.2"}

    (change,) = compare(MADE_UP, changed(longer)).wholes["number"]

    assert told(change) == ("changed", "answer", {"value": (3, 4), "article": ("made-up/1.1", "made-up/1.2")})
    assert change.articles == ("made-up/1.1", "made-up/1.2")


def test_who_may_take_a_step_is_told_for_the_one_row_of_several_that_changes() -> None:
    def widen(document: dict[str, Any]) -> None:
        rows(document, "share_request", "grant")[1]["by"] = "provider"

    assert found(compare(MADE_UP, changed(widen)), "share_request", "step") == [
        ("changed", "grant", {"by": (["provider", "authority"], "provider")})
    ]


def test_of_several_rows_of_one_name_the_one_that_is_gone_is_told() -> None:
    def drop(document: dict[str, Any]) -> None:
        table(document, "share_request")["step"].remove(rows(document, "share_request", "grant")[1])
        table(document, "share_request")["state"][2]["duty"] = "refuse"

    comparison = compare(MADE_UP, changed(drop))

    assert found(comparison, "share_request", "step") == [("removed", "grant", {})]
    (one,) = [one for one in comparison.procedures if one.id == "share_request"]
    assert one.sections["step"][0].record["title"]["en"] == "consent in the provider's place"
    assert one.sections["step"][0].articles == ("made-up/1.2",)
    assert found(comparison, "share_request", "state") == [("changed", "silent", {"duty": ("grant", "refuse")})]


def test_rows_are_compared_alike_in_whatever_order_they_stand() -> None:
    def shuffle(document: dict[str, Any]) -> None:
        for procedure in document["procedures"]:
            random.Random(5).shuffle(procedure["step"])

    assert compare(MADE_UP, changed(shuffle)).same


def test_a_procedure_that_only_one_has_is_told_with_all_that_is_in_it() -> None:
    def without(document: dict[str, Any]) -> None:
        document["procedures"].remove(table(document, "loan"))
        document["parameters"].pop()

    gone, new = compare(MADE_UP, changed(without)), compare(changed(without), MADE_UP)

    assert [(one.id, one.word) for one in gone.procedures] == [("loan", "removed")]
    assert [(one.id, one.word) for one in new.procedures] == [("loan", "added")]
    assert [told(change)[:2] for change in new.wholes["number"]] == [("added", "return")]
    assert [name for _, name, _ in found(new, "loan", "step")] == ["borrow", "keep", "give_back"]
    assert [name for _, name, _ in found(new, "loan", "limit")] == ["return"]


def test_what_is_added_one_way_is_removed_the_other() -> None:
    one, other = rules.rule_book("liaoning-2020-01-01"), rules.rule_book("liaoning-2025-08-01")
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}

    def words(comparison: Comparison) -> list[tuple[str, str, str]]:
        parts = [("", kind, change) for kind, changes in comparison.wholes.items() for change in changes]
        for table in comparison.procedures:
            parts += [(table.id, kind, change) for kind, changes in table.sections.items() for change in changes]
        return sorted((f"{place}/{kind}", change.id, change.word) for place, kind, change in parts)

    there, back = compare(one, other), compare(other, one)

    assert words(there) == sorted((place, name, opposite[word]) for place, name, word in words(back))


# 政务数据共享条例第十七条第二款、第三款，第二十一条第一款，第二十二条第一款，第二十六条第二款，第二十九条第二款.
ADDED = {
    ("order-809/17.2", 5, "working_day"),
    ("order-809/17.3", 2, "working_day"),
    ("order-809/21.1", 1, "working_day"),
    ("order-809/21.1", 10, "working_day"),
    ("order-809/22.1", 20, "working_day"),
    ("order-809/26.2", 10, "working_day"),
    ("order-809/29.2", 3, "year"),
}


def test_from_2020_to_2025_liaoning_gets_the_numbers_of_order_809_each_with_its_article() -> None:
    comparison = compare(rules.rule_book("liaoning-2020-01-01"), rules.rule_book("liaoning-2025-08-01"))
    numbers = comparison.wholes["number"]

    added = {(*one.articles, one.record["value"], one.record["unit"]) for one in numbers if one.word == "added"}
    assert added == ADDED
    assert [one for one in numbers if one.word == "removed"] == []
    # The ten working days of a catalogue were those of 办法第九条第二款 and are those of 条例第十七条第二款.
    (catalogue,) = [one for one in numbers if one.word == "changed"]
    assert catalogue.articles == ("decree-330/9.2", "order-809/17.2")


def test_from_2020_to_2025_the_ladder_of_a_dispute_gets_negotiation_and_the_governments_decision() -> None:
    comparison = compare(rules.rule_book("liaoning-2020-01-01"), rules.rule_book("liaoning-2025-08-01"))
    (request,) = [one for one in comparison.procedures if one.id == "share_request"]
    (dispute,) = [one for one in comparison.procedures if one.id == "dispute"]

    assert {"extend", "consent_extension"} <= {one.id for one in request.sections["activity"] if one.word == "added"}
    assert {"deliver", "request_supplement"} <= {one.id for one in request.sections["step"] if one.word == "added"}
    limits = {one.id: one.record.get("outer_of") for one in request.sections["limit"] if one.word == "added"}
    assert limits["national_reply"] == "reply"
    deciding = [one for one in dispute.sections["step"] if "people_government" in one.record["by"]]
    assert deciding
    assert {article for one in deciding for article in one.articles} == {"order-809/28.2"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_change_is_on_the_screen_within_80_cells(language: Any) -> None:
    one, other = rules.rule_book("liaoning-2020-01-01"), rules.rule_book("liaoning-2025-08-01")
    difference = compare(one, other)
    shown = as_text(comparison(difference, language))

    assert [line for line in shown.splitlines() if width_of(line) > 80] == []
    flowed = "".join(shown.split())
    for table in difference.procedures:
        for changes in table.sections.values():
            for change in changes:
                if change.word != "changed":
                    assert "".join(change.title.of(language).split()) in flowed
                    assert change.id in flowed
