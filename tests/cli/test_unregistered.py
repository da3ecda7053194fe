"""Where no authority is registered, whose move it is has no name yet; it is said in words, not in data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from commanding import RESOURCE, run

CHINESE = re.compile(r"[一-鿿]")
NOW = ("--now", "2026-03-06T09:00:00+08:00")


def line(at: str, do: str, **said: Any) -> str:
    return json.dumps({"at": f"2026-03-{at}:00+08:00", "do": do, **said}, ensure_ascii=False)


@pytest.fixture
def disputed(tmp_path: Path, shared_url: str) -> str:
    """A refusal disputed in Anshan, where no authority is registered: under Decree 330 alone it is its move at once."""
    place = {"region": "210300", "level": "city", "kind": "government"}
    request = {"purpose": "p", "basis": "b", "scope": "s"}
    lines = [
        line("01T09:00", "register", department={"id": "as-tax", "name": "Anshan Tax", **place}),
        line("01T09:00", "register", department={"id": "as-mps", "name": "Anshan Police", **place}),
        line(
            *("02T09:00", "open"),
            **{"procedure": "share_request", "case": "R-1", "by": "as-tax", "provider": "as-mps"},
            **{"resource": {**RESOURCE, "name": "Population"}, "payload": request},
        ),
        line("03T09:00", "refuse", case="R-1", by="as-mps", payload={"reasons": "r"}),
        line("04T09:00", "raise_dispute", case="R-1", by="as-tax", payload={"grounds": "g"}),
    ]
    (tmp_path / "disputed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    words = ("docket", "play", str(tmp_path / "disputed.jsonl"), "--rules", "decree-330", "--json")
    played = run(*words, database=shared_url)
    assert played.document["refused"] == []
    return shared_url


def test_the_list_of_the_day_names_nobody_but_says_where(disputed: str) -> None:
    groups = run("today", "--json", *NOW, database=disputed).document["groups"]

    (group,) = [group for group in groups if group["owes"] is None]
    assert (group["name"], group["place"]) == (None, {"level": "city", "region": "210300"})
    assert [item["case"] for item in group["items"]] == ["R-1/D"]
    assert [one["place"] for one in groups if one["owes"]] == [None] * (len(groups) - 1)


def test_the_screens_say_it_in_their_own_language(disputed: str) -> None:
    chinese = run("today", *NOW, database=disputed).out
    english = run("--lang", "en", "today", *NOW, database=disputed).out

    assert "210300 市级政务数据资源管理部门（尚未登记）" in chinese
    assert "authority of 210300 (city), not registered" in english
    assert not CHINESE.search(english)


def test_a_refusal_for_the_authority_says_in_each_language_that_there_is_none(disputed: str) -> None:
    words = ("case", "fire", "R-1/D", "settle", "--by", "as-mps", "--at", NOW[1])

    chinese, english = run(*words, database=disputed).error, run("--lang", "en", *words, database=disputed).error

    assert "（尚未登记）" in chinese
    assert "none registered" not in chinese
    assert "(none registered)" in english
    assert not CHINESE.search(english)
