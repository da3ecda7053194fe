"""The rule book of a place on a day is what the instruments in force there say, each where the others leave it room.

What stands in the documents is read off the made-up instruments in layered/ by hand.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from layering import HERE, NAMES, copies, edit, entry, line_of, procedure

from gongxiang import rules
from gongxiang.errors import Refused
from gongxiang.workflow.procedure import RuleBook

LAW = rules.LawOfPlaces(HERE / name for name in NAMES)


def book(name: str) -> Any:
    return LAW.named(name).document


def request(name: str) -> Any:
    return procedure(book(name), "share_request")


def ids(records: Any) -> list[str]:
    return [record["id"] for record in records]


def test_the_superior_table_is_the_floor_and_its_words_stay() -> None:
    table = request("province-2023-01-01")

    assert table["title"]["en"] == "Request"
    assert table["article"] == "nation-1/1"
    assert entry(table, "step", "submit")["quote"] == "部门需要其他部门数据的，提出请求"


def test_before_the_superior_law_the_province_has_its_own_table_as_it_is_alone() -> None:
    (alone,) = [table for table in book("province-2020-01-01")["procedures"] if table["procedure"] == "share_request"]
    own = procedure(rules.open_instrument(HERE / "province_1").book.document, "share_request")

    told = {**own["guard"][0], "since": "2020-01-01"}
    assert alone == {**own, "guard": [told]}


def test_every_article_names_the_instrument_that_wrote_it() -> None:
    table = request("city-2023-01-01")

    assert [(limit["id"], limit["article"]) for limit in table["limit"]] == [
        ("nation_answer", "nation-1/1.1"),
        ("answer", "province-1/1.1"),
    ]
    assert entry(table, "step", "grant_orally")["article"] == "province-1/1.2"
    assert entry(table, "flag", "told_twice")["article"] == "city-1/1"


def test_a_layer_puts_entries_in_lists_keys_in_tables_and_keys_that_were_not_there() -> None:
    table = request("province-2023-01-01")

    submit, grant = entry(table, "step", "submit"), entry(table, "step", "grant")
    assert submit["starts"] == ["nation_answer", "answer"]
    assert submit["guards"] == ["before_nation", "outside_province"]
    assert submit["payload"] == {"purpose": "text", "scope": "text?"}
    assert grant["meets"] == ["nation_answer", "answer"]
    assert entry(table, "limit", "nation_answer")["outer_of"] == "answer"


def test_a_layer_replaces_what_a_conflict_lets_it_replace() -> None:
    assert entry(request("nation-2023-01-01"), "step", "grant")["payload"] == {"terms": "text?"}
    assert entry(request("province-2023-01-01"), "step", "grant")["payload"] == {"terms": "text"}


def test_what_a_layer_adds_stands_after_what_was_there() -> None:
    assert ids(request("city-2023-01-01")["step"]) == ["submit", "grant", "grant_orally", "ask_back"]


def test_a_layer_on_a_layer_lies_on_the_table_that_the_other_lies_on() -> None:
    assert entry(request("city-2021-07-01"), "step", "submit")["payload"] == {"purpose": "text", "basis": "text?"}
    assert entry(request("city-2023-01-01"), "step", "submit")["payload"] == {
        "purpose": "text",
        "scope": "text?",
        "basis": "text?",
    }


def test_what_is_dropped_is_named_by_no_row_any_more() -> None:
    nation, city = (procedure(book(f"{place}-2023-01-01"), "verification") for place in ("nation", "city"))

    assert (ids(nation["flag"]), entry(nation, "step", "file")["flags"]) == (["no_resource"], ["no_resource"])
    assert "flag" not in city
    assert "flags" not in entry(city, "step", "file")


def test_a_joined_table_brings_what_the_floor_lacks_and_all_its_rows() -> None:
    table = procedure(book("province-2023-01-01"), "verification")

    assert ids(table["state"]) == ["verifying", "done", "heard"]
    assert table["state"][0]["title"]["zh"] == "校核中"
    assert ids(table["step"]) == ["file", "confirm", "file_in_person", "hear", "confirm"]
    assert table["resource"] == "optional"


def test_a_day_or_a_territory_that_a_guard_asks_for_is_that_of_the_instrument_that_wrote_it() -> None:
    guards = {guard["id"]: guard for guard in request("city-2023-01-01")["guard"]}

    assert guards["before_nation"]["since"] == "2023-01-01"
    assert guards["outside_province"]["prefix"] == "21"


def test_the_book_is_of_the_smallest_place_and_holds_from_the_day_on_which_it_was_last_changed() -> None:
    made = book("city-2023-01-01")

    assert made["in_force"] == {"since": "2023-01-01", "article": "nation-1/4"}
    assert made["territory"] == {"prefix": "2101", "article": "city-1/2"}
    assert made["title"] == {
        "zh": "某市政务数据共享规则（2023-01-01起）",
        "en": "Rules on government data sharing in the City (from 2023-01-01)",
    }


def test_the_instruments_are_listed_the_superior_first() -> None:
    made = book("city-2023-01-01")

    assert ids(made["instruments"]) == ["nation-1", "city-1", "province-1"]
    assert made["instruments"][1] == {
        "id": "city-1",
        "title": {"zh": "某市数据条例（虚构）", "en": "Made-up city regulation"},
        "short": {"zh": "市条例", "en": "City 1"},
        "rank": "city_regulation",
        "since": "2021-07-01",
        "complete": False,
    }


def test_of_instruments_of_one_rank_the_earlier_is_listed_first(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "city_1/instrument.toml", "city_regulation", "provincial_rule")

    assert ids(rules.LawOfPlaces(folders).named("city-2023-01-01").document["instruments"]) == [
        "nation-1",
        "province-1",
        "city-1",
    ]


def test_a_conflict_belongs_to_a_book_when_all_its_instruments_are_in_force() -> None:
    assert book("province-2020-01-01")["conflicts"] == []
    assert ids(book("province-2023-01-01")["conflicts"]) == ["answer-in-days", "terms-of-consent"]
    assert ids(book("city-2023-01-01")["conflicts"]) == ["data-told-once", "answer-in-days", "terms-of-consent"]
    assert book("city-2021-07-01")["conflicts"] == []


def test_the_numbers_are_those_that_the_tables_use() -> None:
    assert ids(book("nation-2023-01-01")["parameters"]) == ["nation_answer", "records"]
    assert ids(book("province-2020-01-01")["parameters"]) == ["answer"]
    assert [(one["id"], one["value"]) for one in book("city-2023-01-01")["parameters"]] == [
        ("nation_answer", 10),
        ("records", 3),
        ("answer", 5),
    ]


def test_a_number_that_a_layer_takes_away_is_not_in_the_book(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(
        tmp_path,
        "province_1/over_nation_1/share_request.toml",
        'limit = "nation_answer"\nadd = { outer_of = "answer" }',
        'limit = "nation_answer"\nconflict = "answer-in-days"\nset = { parameter = "answer" }',
    )

    made = rules.LawOfPlaces(folders).named("province-2023-01-01")

    assert set(made.parameters) == {"records", "answer"}
    assert made.procedures["share_request"].limits["nation_answer"].days == 5


def test_an_equal_number_of_the_same_name_stands_once_and_is_the_superiors(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "nation_1/instrument.toml", '"nation_answer"\nmatter = "answer"\nvalue = 10', '"answer"\nvalue = 5')
    edit(tmp_path, "nation_1/instrument.toml", "10个工作日内答复", "5个工作日内答复")
    edit(tmp_path, "nation_1/articles.md", "10个工作日内答复", "5个工作日内答复")
    edit(tmp_path, "nation_1/grounds.toml", "10个工作日内答复", "5个工作日内答复")
    edit(tmp_path, "nation_1/share_request.toml", 'parameter = "nation_answer"', 'parameter = "answer"')

    made = rules.LawOfPlaces(folders).named("province-2023-01-01")

    assert made.parameters["answer"].article == "nation-1/1.1"


def test_fields_are_called_as_the_superior_calls_them() -> None:
    titles = {field["id"]: field["title"]["zh"] for field in book("province-2023-01-01")["fields"]}

    assert titles == {"purpose": "用途", "terms": "条件"}


def test_grounds_are_those_of_all(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    ground = '[[ground]]\nid = "2.9"\narticle = "2"\ntext = "当面听取意见"\ntitle.zh = "未听取"\ntitle.en = "unheard"\n'
    (tmp_path / "province_1/grounds.toml").write_text(ground, encoding="utf-8")

    made = rules.LawOfPlaces(folders).named("province-2023-01-01")

    assert {one["id"]: one["article"] for one in made.document["grounds"]} == {
        "1.1": "nation-1/1.1",
        "2.9": "province-1/2",
    }


def test_a_row_is_amended_where_its_states_are_those_named(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    more = '\n\n[[amend]]\nstep = "confirm"\nfrom = ["heard"]\nadd = { payload = { note = "text?" } }\n'
    path = tmp_path / "province_1/over_nation_1/verification.toml"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    table = procedure(rules.LawOfPlaces(folders).named("province-2023-01-01").document, "verification")

    assert [(row["from"], row.get("payload")) for row in table["step"] if row["id"] == "confirm"] == [
        ("verifying", None),
        ("heard", {"note": "text?"}),
    ]


def test_heads_that_differ_are_settled_by_the_layer(tmp_path: Path) -> None:
    folders = copies(tmp_path)
    edit(tmp_path, "province_1/verification.toml", 'anchor = "provider"', 'anchor = "requester"')
    settled = (
        '\n[[amend]]\ntable = "verification"\nconflict = "heard-where"\nset = { anchor = ["provider", "requester"] }\n'
    )
    path = tmp_path / "province_1/over_nation_1/verification.toml"
    path.write_text(path.read_text(encoding="utf-8") + settled, encoding="utf-8")
    conflict = (tmp_path / "province_1/conflicts.toml").read_text(encoding="utf-8").partition("\n\n")[2]
    listed = conflict.replace("terms-of-consent", "heard-where").replace("/1.2", "/X", 1).replace("/1.2", "/3")
    with (tmp_path / "province_1/conflicts.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + listed.replace("/X", "/2"))

    made = rules.LawOfPlaces(folders).named("province-2023-01-01")

    assert procedure(made.document, "verification")["anchor"] == ["provider", "requester"]


def test_composing_one_book_changes_no_other() -> None:
    fresh = rules.LawOfPlaces(HERE / name for name in NAMES)
    alone = fresh.named("nation-2023-01-01").hash

    again = rules.LawOfPlaces(HERE / name for name in NAMES)
    for name in again.known():
        again.named(name)

    assert again.named("nation-2023-01-01").hash == alone


def test_an_instrument_alone_is_a_book_of_itself() -> None:
    alone = rules.open_instrument(HERE / "province_1").book

    assert (alone.id, ids(alone.document["instruments"]), alone.document["conflicts"]) == (
        "province-1",
        ["province-1"],
        [],
    )
    assert isinstance(alone, RuleBook)
    assert alone.in_force == date(2020, 1, 1)


def test_an_instrument_of_layers_alone_is_no_book() -> None:
    city = rules.open_instrument(HERE / "city_1")

    assert not city.has_tables
    with pytest.raises(Refused) as refused:
        _ = city.book
    assert refused.value.reasons[0].code == "no_tables"


def test_a_number_that_only_a_layer_uses_is_no_fault_of_the_instrument_and_no_number_of_its_book(
    tmp_path: Path,
) -> None:
    folders = copies(tmp_path)
    number = (HERE / "nation_1/instrument.toml").read_text(encoding="utf-8").partition("[[parameter]]")[2]
    number = "[[parameter]]" + number.partition("[[field]]")[0].partition("[[parameter]]")[0]
    number = number.replace("nation_answer", "hearing").replace('"answer"', '"hearing"').replace("10", "5")
    edit(tmp_path, "province_1/instrument.toml", "[[field]]", f"{number}[[field]]")
    layer = tmp_path / "province_1/over_nation_1/share_request.toml"
    layer.write_text(
        layer.read_text(encoding="utf-8").replace('parameter = "answer"', 'parameter = "hearing"'), "utf-8"
    )

    assert rules.check(folders[1]) == []
    assert set(rules.open_instrument(folders[1]).book.parameters) == {"answer"}
    assert "hearing" in rules.LawOfPlaces(folders).named("province-2023-01-01").parameters


def test_gaps_are_told_with_their_line() -> None:
    (gap,) = rules.open_instrument(HERE / "city_1").gaps
    line = (HERE / "city_1/instrument.toml").read_text(encoding="utf-8").splitlines().index("[[gap]]") + 1

    assert (gap.path, gap.line, gap.articles, gap.what.en) == (
        "city_1/instrument.toml",
        line,
        "3-12, 15",
        "the other articles",
    )


def settled(tmp_path: Path, floor: str) -> list[Path]:
    """The folders, where a conflict decides whose table of verifications is the floor and no layer lies on it."""
    folders = copies(tmp_path)
    (tmp_path / "province_1/over_nation_1/verification.toml").unlink()
    edit(tmp_path, "province_1/instrument.toml", ', "over_nation_1/verification.toml"', "")
    conflict = (HERE / "city_1/conflicts.toml").read_text(encoding="utf-8").replace("data-told-once", "whose-table")
    conflict = conflict.replace("city-1/1", "province-1/2") + f'settles = ["verification"]\nfloor = "{floor}"\n'
    with (tmp_path / "province_1/conflicts.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{conflict}")
    return folders


def test_a_conflict_may_decide_that_the_lower_instruments_table_is_the_floor(tmp_path: Path) -> None:
    folders = settled(tmp_path, "province-1")

    made = rules.LawOfPlaces(folders).named("province-2023-01-01")

    table = procedure(made.document, "verification")
    assert ids(table["step"]) == ["file_in_person", "hear", "confirm"]
    assert table["article"] == "province-1/2"
    assert sorted(made.document["conflicts"][2]) == [
        "authority",
        "between",
        "confirmed_by",
        "id",
        "question",
        "reading",
        "unsure",
    ]


def test_a_conflict_may_decide_that_the_lower_instruments_table_gives_way(tmp_path: Path) -> None:
    folders = settled(tmp_path, "nation-1")

    table = procedure(rules.LawOfPlaces(folders).named("province-2023-01-01").document, "verification")

    assert ids(table["step"]) == ["file", "confirm"]
    assert rules.check_compositions(folders) == []


def test_a_floor_is_an_instrument_that_has_the_table(tmp_path: Path) -> None:
    folders = settled(tmp_path, "nation-1")
    edit(tmp_path, "province_1/conflicts.toml", 'settles = ["verification"]', 'settles = ["verificatoin"]')

    found = rules.check_compositions(folders)

    line = line_of(tmp_path, "province_1/conflicts.toml", "floor =")
    assert ("province_1/conflicts.toml", line) in [(finding.path, finding.line) for finding in found]
    assert "nation-1 has no whole table verificatoin" in found[0].text.en
