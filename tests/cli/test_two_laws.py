"""A docket under two laws; and two clocks on one duty, as the screens of a case show them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from commanding import RESOURCE, run

EVENING, MORNING = "2025-07-31T23:59:00+08:00", "2025-08-01T00:00:00+08:00"


def department(name: str, kind: str = "government") -> dict[str, Any]:
    place = {"region": "210200", "level": "city", "kind": kind}
    entry = {"id": name, "name": f"Dalian {name}", **place}
    return {"at": "2024-01-01T00:00:00+08:00", "do": "register", "department": entry}


def request(at: str, case: str, sharing: str = "conditional") -> dict[str, Any]:
    payload = {
        "purpose": "核验",
        "basis": "社会保险法第七十四条",
        "scope": "参保人员",
        "method": "接口",
        "term": "一年",
    }
    opened = {"procedure": "share_request", "case": case, "by": "hrss", "provider": "mps", "payload": payload}
    return {"at": at, "do": "open", **opened, "resource": {**RESOURCE, "sharing": sharing}}


def written(folder: Path, *lines: dict[str, Any]) -> str:
    everybody = [department("hrss"), department("mps"), department("auth", "authority")]
    docket = folder / "docket.jsonl"
    docket.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in (*everybody, *lines)), "utf-8")
    return str(docket)


@pytest.fixture
def docket(tmp_path: Path) -> str:
    """A request received in the last minute of the old law, one in the first of the new, one for unconditional data."""
    return written(
        tmp_path,
        request(EVENING, "BEFORE"),
        request(MORNING, "AFTER"),
        request("2025-08-04T09:00:00+08:00", "FREE", "unconditional"),
        {"at": "2025-08-12T09:00:00+08:00", "do": "sweep"},
    )


def test_the_case_of_the_old_law_comes_out_the_same_and_that_of_the_new_does_not(docket: str) -> None:
    answer = run("what-if", "decree-330", "law", docket, "--json")
    document = answer.document

    assert answer.code == 0
    assert (document["a"], document["b"], document["same"]) == ("decree-330", "law", False)
    cases = {one["case"]: one for one in document["cases"]}
    assert "BEFORE" not in cases
    after = cases["AFTER"]
    assert after["a"]["rules"].startswith("decree-330@")
    assert after["b"]["rules"].startswith("liaoning-2025-08-01@")
    # From Friday 1 August 2025: the fifth working day is 8 August (办法), the tenth 15 August (条例).
    dues = {one["limit"]: (one["due"], one["phase"]) for one in after["b"]["deadlines"]}
    assert dues == {"reply": ("2025-08-08", "overdue"), "national_reply": ("2025-08-15", "running")}
    assert [(one["limit"], one["due"]) for one in after["a"]["deadlines"]] == [("reply", "2025-08-08")]
    assert "national_reply" in after["limits"]


def test_a_line_that_only_one_law_refuses_is_told_with_the_reason(docket: str) -> None:
    document = run("what-if", "decree-330", "law", docket, "--json").document

    # 办法第十七条第一款：无条件共享的直接获取，不须请求；条例第二十一条第一款：1个工作日内答复。
    (refused,) = document["refused"]
    assert refused["line"] == 6
    assert refused["b"] is None
    assert [reason["article"] for reason in refused["a"]["reasons"]] == ["decree-330/17.1"]
    (free,) = [one for one in document["cases"] if one["case"] == "FREE"]
    assert free["a"] is None
    assert free["differs"] == ["existence"]
    assert [(one["limit"], one["due"]) for one in free["b"]["deadlines"]] == [("unconditional_reply", "2025-08-05")]


def test_both_sides_stand_beside_each_other(docket: str) -> None:
    shown = run("what-if", "decree-330", "law", docket).out

    assert "3 件案件中 2 件不同；只被一方拒绝的行 1。" in shown
    assert re.search(r"规则 +decree-330 +liaoning-2025-08-01", shown)
    assert re.search(r"答复（有条件共享） +— +2025-08-15 期限内", shown)
    assert "没有此案" in shown
    assert "第 6 行" in shown
    assert re.search(r"甲  拒绝\n +✗ .*（办法第十七条第一款）", shown)
    assert "乙  受理" in shown


def test_where_nothing_differs_it_says_so(docket: str) -> None:
    same = run("what-if", "law", "law", docket)

    assert same.code == 0
    assert "没有差异：3 件案件" in same.out
    document = run("what-if", "2025-08-04@210200", "liaoning-2025", docket, "--json").document
    assert document["same"] is True
    assert document["cases"] == document["refused"] == []
    assert document["compared"] == 2
    assert [one["line"] for one in document["refused_in_both"]] == [4]


def test_a_line_refused_under_both_is_not_passed_over(tmp_path: Path) -> None:
    bad = {"at": "2026-01-01T00:00:00+08:00", "do": "grant", "case": "nobody", "by": "mps"}
    shown = run("what-if", "decree-330", "law", written(tmp_path, bad)).out

    assert "两部规则下都被拒绝 1 行" in shown
    assert "docket.jsonl:4" in shown
    assert "没有案件“nobody”" in shown
    assert "卷宗没有产生任何案件。" in shown


def test_a_docket_that_cannot_be_read_is_found_wanting_with_its_reason(tmp_path: Path) -> None:
    docket = tmp_path / "docket.jsonl"
    docket.write_bytes(b"\x00\xff\n")

    answer = run("what-if", "decree-330", "law", str(docket))

    assert answer.code == 1
    assert "UTF-8" in answer.out


def test_what_if_writes_nothing(docket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    run("what-if", "decree-330", "law", docket)

    assert list(empty.iterdir()) == []


@pytest.fixture
def cases(docket: str, shared_url: str) -> str:
    assert run("docket", "play", docket, database=shared_url).code == 0
    return shared_url


def test_a_case_says_which_of_two_limits_is_due_and_which_is_the_outer_one(cases: str) -> None:
    shown = run("case", "show", "AFTER", "--now", "2025-08-04T09:00:00+08:00", database=cases).out
    flowed = "".join(shown.split())

    assert re.search(r"规则 +辽宁省政务数据共享规则（2025-08-01起）", shown)
    assert "以较严的2025-08-08为准（办法第十七条第二款）" in flowed
    assert "法定外限2025-08-15，即“答复（有条件共享）”（条例第二十一条第一款）" in flowed
    assert shown.index("2025-08-08") < shown.index("2025-08-15")


def test_both_sheets_are_explained_the_stricter_first(cases: str) -> None:
    shown = run("case", "explain", "AFTER", database=cases).out
    english = " ".join(run("--lang", "en", "case", "explain", "AFTER", database=cases).out.split())

    headings = re.findall(r"(?m)^期限计算说明：(.*)$", shown)
    assert headings == [
        "答复（省内期限）（办法第十七条第二款；较严，以此为准）",
        "答复（有条件共享）（条例第二十一条第一款；法定外限）",
    ]
    assert "(Decree 330 Art. 17 ¶2; the stricter, due)" in english
    assert "(Order 809 Art. 21 ¶1; the outer limit)" in english


def test_a_limit_that_stands_alone_is_not_called_stricter(cases: str) -> None:
    for name in ("BEFORE", "FREE"):
        shown = run("case", "show", name, database=cases).out + run("case", "explain", name, database=cases).out
        assert "较严" not in shown
        assert "外限" not in shown


def test_of_several_opening_rows_of_one_name_the_one_taken_gives_the_title(cases: str) -> None:
    assert "申请有条件共享的数据" in run("case", "history", "AFTER", database=cases).out
    assert "申请无条件共享的数据" in run("case", "history", "FREE", database=cases).out


@pytest.mark.parametrize(
    ("written_as", "line", "says"),
    [
        ("reasons = '…'", 1, "'to' is missing"),
        ("reasons = '…'\nto = 3", 2, "'to' is missing"),
        ("reasons = '…'\nto = 'liaoning'", 2, "'liaoning' may be any of"),
        ("reasons = '…'\nto = 'decree-331'", 2, "did you mean 'decree-330'"),
    ],
)
def test_a_migration_that_names_no_rule_book_is_refused_at_its_line(
    written_as: str, line: int, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "move.toml"
    file.write_text(written_as, "utf-8")

    refused = run("--lang", "en", "rules", "migrate", str(file))

    assert refused.code == 1
    assert f"move.toml:{line}: " in refused.error
    assert says in refused.error
