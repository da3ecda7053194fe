"""Another distribution brings an instrument by an entry point; one that brings none is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from layering import HERE

from gongxiang import rules
from gongxiang.errors import FaultyRules
from gongxiang.rules import shelf

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """A distribution with a package of rules in it, and the entry points that it is given."""
    shutil.copytree(HERE / "nation_1", tmp_path / "brought_rules" / "nation_1")
    (tmp_path / "brought_rules" / "empty").mkdir()
    (tmp_path / "brought_rules" / "module.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    info = tmp_path / "brought_rules-1.0.dist-info"

    def enter(points: str) -> None:
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought-rules\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[gongxiang.rules]\n{points}\n", encoding="utf-8")

    shelf.brought.cache_clear()
    rules.law.cache_clear()
    yield enter
    shelf.brought.cache_clear()
    rules.law.cache_clear()
    rules.instrument.cache_clear()


def test_an_instrument_of_another_distribution_stands_with_the_shipped_ones(install: Install, tmp_path: Path) -> None:
    install("nation-1 = brought_rules.nation_1")

    assert rules.folders()["nation-1"] == tmp_path / "brought_rules" / "nation_1"
    assert next(iter(rules.folders())) != "nation-1"
    assert rules.instrument("nation-1").title.en == "Made-up regulation on requests"
    assert rules.rule_book("nation-1").in_force == date(2023, 1, 1)


@pytest.mark.parametrize("code", ["raise RuntimeError('not today')", "raise SystemExit(3)"])
def test_nothing_of_another_distribution_is_run(install: Install, tmp_path: Path, code: str) -> None:
    install("nation-1 = brought_rules.nation_1")
    for folder in (tmp_path / "brought_rules", tmp_path / "brought_rules" / "nation_1"):
        (folder / "__init__.py").write_text(code, encoding="utf-8")

    assert rules.folders()["nation-1"] == tmp_path / "brought_rules" / "nation_1"


FAULTY = [
    ("nation-1 = brought_rules.empty", "not a package whose folder holds instrument.toml"),
    ("nation-1 = brought_rules.module", "not a package whose folder holds instrument.toml"),
    ("nation-1 = brought_rules.absent", "not a package whose folder holds instrument.toml"),
    ("nation-2 = brought_rules.nation_1", "the id of the instrument there is 'nation-1'"),
    ("decree-330 = brought_rules.nation_1", "'decree-330' is the id of another instrument, in decree_330"),
    ("nation-1 = brought_rules.nation_1:name", "not a package whose folder holds instrument.toml"),
    ("nation-1 = .", "not a package whose folder holds instrument.toml"),
    ("nation-1 = __main__", "not a package whose folder holds instrument.toml"),
]


@pytest.mark.parametrize(("points", "says"), FAULTY)
def test_an_entry_point_that_brings_no_instrument_of_its_name_is_named(
    install: Install, points: str, says: str
) -> None:
    install(points)

    with pytest.raises(FaultyRules) as refused:
        rules.folders()

    (finding,) = refused.value.findings
    assert (finding.path, finding.text.en) == (f"gongxiang.rules:{points}", says)


def test_a_shipped_instrument_is_opened_whatever_others_bring(install: Install) -> None:
    install("nation-1 = brought_rules.absent")

    assert rules.instrument("decree-330").id == "decree-330"
