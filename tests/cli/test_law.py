"""`rules …` and `procedure …`: which law governs where and when, what it is made of, and what is not known of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from commanding import run

from gongxiang import rules


def on(day: str, region: str = "210000") -> Any:
    return run("rules", "on", day, "--region", region, "--json").document


@pytest.mark.parametrize(
    ("day", "region", "book", "instruments"),
    [
        ("2020-01-01", "210000", "liaoning-2020-01-01", ["decree-330"]),
        ("2022-07-31", "210200", "liaoning-2020-01-01", ["decree-330"]),
        ("2022-08-01", "210200", "liaoning-2022-08-01", ["liaoning-2022", "decree-330"]),
        ("2025-07-31", "211324", "liaoning-2022-08-01", ["liaoning-2022", "decree-330"]),
        ("2025-08-01", "211324", "liaoning-2025-08-01", ["order-809", "liaoning-2022", "decree-330"]),
        ("2020-09-30", "210100", "liaoning-2020-01-01", ["decree-330"]),
        ("2020-10-01", "210102", "shenyang-2020-10-01", ["shenyang-2020", "decree-330"]),
        ("2025-08-01", "210100", "shenyang-2025-08-01", ["order-809", "liaoning-2022", "shenyang-2020", "decree-330"]),
    ],
)
def test_the_rule_book_of_a_place_on_a_day_names_its_instruments_by_rank(
    day: str, region: str, book: str, instruments: list[str]
) -> None:
    document = on(day, region)

    assert document["id"] == book
    assert [one["id"] for one in document["instruments"]] == instruments


def test_without_a_day_it_is_the_law_of_now_and_of_liaoning() -> None:
    answer = run("rules", "on", "--json", "--now", "2025-07-31T23:59:00+08:00").document
    after = run("rules", "on", "--json", "--now", "2025-07-31T16:00:00+00:00").document

    assert (answer["date"], answer["region"], answer["id"]) == ("2025-07-31", "210000", "liaoning-2022-08-01")
    assert (after["date"], after["id"]) == ("2025-08-01", "liaoning-2025-08-01")


def test_of_two_clocks_on_one_duty_the_stricter_and_the_outer_are_marked() -> None:
    marked = {one["article"]: (one["value"], one["standing"]) for one in on("2026-01-05")["numbers"] if one["standing"]}

    # 办法第十七条第二款：5个工作日；条例第二十一条第一款：10个工作日。
    assert marked["decree-330/17.2"] == (5, "stricter")
    assert marked["order-809/21.1"] == (10, "outer")
    shown = run("rules", "on", "2026-01-05").out
    assert re.search(r"5 个工作日 .*办法第十七条第二款 +较严，以此为准", shown)
    assert re.search(r"10 个工作日 .*条例第二十一条第一款 +法定外限", shown)
    assert shown.index("较严，以此为准") < shown.index("法定外限")


def test_each_conflict_has_its_reading_its_authority_and_who_confirmed_it() -> None:
    conflicts = on("2026-01-05", "210100")["conflicts"]
    shown = "".join(run("rules", "on", "2026-01-05", "--region", "210100").out.split())

    assert conflicts
    for conflict in conflicts:
        authority = re.sub(r"^(statute|analogy|ours)[:, ]*", "", conflict["authority"])
        assert authority != conflict["authority"]
        for said in (conflict["question"], conflict["reading"], authority, conflict["confirmed_by"]):
            assert "".join(said.split()) in shown
        assert len({article.partition("/")[0] for article in conflict["between"]}) > 1
    unsure = sum(conflict["unsure"] for conflict in conflicts)
    assert f"{len(conflicts)} 处，其中存疑 {unsure} 处" in run("rules", "on", "2026-01-05", "--region", "210100").out


def test_the_list_says_rank_territory_dates_and_how_many_gaps() -> None:
    listed = {one["id"]: one for one in run("rules", "list", "--json").document["instruments"]}

    assert listed["order-809"]["rank"] == "administrative_regulation"
    assert listed["order-809"]["territory"]["prefix"] == ""
    assert listed["order-809"]["in_force"] == "2025-08-01"
    assert listed["decree-330"]["complete"] is True
    assert listed["decree-330"]["gaps"] == 0
    shown = run("rules", "list").out
    for one in rules.instruments():
        assert one.short.zh in shown
        assert one.rank.title.zh in shown
        if not one.complete:
            assert f"不完整，{len(one.gaps)} 处缺漏" in shown
    assert all(name in shown.split() for name in rules.law().known())


def test_a_check_lists_the_gaps_apart_and_they_are_no_faults() -> None:
    document = run("rules", "check", "--json").document
    shown = run("rules", "check")

    assert document["ok"] is True
    assert document["findings"] == []
    assert {one["instrument"] for one in document["gaps"]} == {
        one.id for one in rules.instruments() if not one.complete
    }
    assert shown.code == 0
    for gap in document["gaps"]:
        assert f"{gap['path']}:{gap['line']}  {gap['articles']}" in shown.out
    assert f"冲突 {document['conflicts']['listed']} 处" in shown.out
    assert f"存疑 {document['conflicts']['unsure']}" in shown.out


def test_a_folder_is_checked_with_the_instruments_that_it_would_stand_beside(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(rules.folders()["decree-330"], tmp_path / "decree_330"))
    unlisted = folder / "conflicts.toml"
    unlisted.write_text(unlisted.read_text("utf-8").replace('id = "reply-limit"', 'id = "another-name"'), "utf-8")

    answer = run("rules", "check", str(folder))

    assert answer.code == 1
    assert re.search(r"(?m)^decree_330/over_order_809/share_request\.toml:\d+: .*reply-limit", answer.out)


def test_the_current_folder_may_be_the_one_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(rules.folders()["order-809"])

    assert run("rules", "check", ".").code == 0


def test_an_article_of_a_composed_rule_book_stands_beside_what_the_whole_makes_of_it() -> None:
    document = run("rules", "show", "liaoning-2025", "decree-330/17.2", "--json").document
    alone = run("rules", "show", "decree-330", "17", "--json").document

    (article,), (of_itself,) = document["articles"], alone["articles"]
    assert article["paragraphs"] == of_itself["paragraphs"]
    assert document["version"].startswith("liaoning-2025-08-01@")
    assert alone["version"].startswith("decree-330@")
    # The decree's own step of the request is Order 809's now; its number stands.
    assert "refuse" in {entry["name"] for entry in of_itself["table"]}
    assert "refuse" not in {entry["name"] for entry in article["table"]}
    assert {"reply"} <= {entry["name"] for entry in article["table"] if entry["kind"] == "number"}


def test_procedures_are_those_of_the_rule_book_that_is_asked_for() -> None:
    def steps(*words: str) -> set[str]:
        document = run("procedure", "show", "share_request", "--json", *words).document
        return {row["step"] for row in document["steps"]}

    assert "deliver" in steps()
    assert "deliver" not in steps("--rules", "decree-330")
    assert "deliver" not in steps("--on", "2025-07-31", "--region", "210100")
    assert "deliver" in steps("--on", "2025-08-01")
    assert "deliver" in steps("--rules", "nation-2025")


def test_a_table_shows_outer_limits_waiting_acts_records_to_keep_and_extensions() -> None:
    document = run("procedure", "show", "share_request", "--rules", "liaoning-2025", "--json").document
    shown = run("procedure", "show", "share_request", "--rules", "liaoning-2025").out

    assert {one["id"]: one["outer_of"] for one in document["limits"]}["national_reply"] == "reply"
    assert {one["duty"] for one in document["pendings"]} >= {"consent_extension", "extend"}
    assert [(one["years"], one["article"]) for one in document["retentions"]] == [(3, "order-809/29.2")]
    assert any(row["extends"] and row["extends_by"] for row in document["steps"])
    assert any(row["when"] for row in document["steps"])
    for said in ("条例第二十一条第一款", "办法第十七条第二款", "法定外限", "保存期限", "3 年", "延长期限", "适用于："):
        assert said in shown


def test_a_refusal_names_the_instrument_whose_article_it_rests_on() -> None:
    chinese, english = run("rules", "on", "2019-12-31"), run("--lang", "en", "rules", "on", "2019-12-31")

    assert "（办法第二十八条）" in "".join(chinese.error.split())
    assert "(Decree 330 Art. 28)" in " ".join(english.error.split())
    document = run("rules", "on", "2019-12-31", "--json").complaint
    assert [reason["article"] for reason in document["reasons"]] == ["decree-330/28"]
