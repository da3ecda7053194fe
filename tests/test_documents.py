from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import ROOT, blocks, broken_links, differences, documents, is_as_said

from gongxiang import calendars, errors
from gongxiang.workflow.conditions import ARGUMENTS
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.shape import DOCUMENT

# Documents that are programs as they stand; what others show is run where they are tested.
RUN = [
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/embed.md",
    "docs/how-to/audit.md",
    "docs/how-to/databases.md",
    "docs/how-to/scheduler.md",
    "docs/how-to/write-rules.md",
    "docs/explanation/law.md",
    "docs/explanation/time.md",
]


@pytest.mark.parametrize("document", [Path(name) for name in RUN], ids=str)
def test_what_a_document_runs_comes_out_as_it_says(document: Path, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)

    # In an interpreter of its own, as a reader would: what it defines meets nothing that other tests define.
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "documents.py"), str(document)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    assert list(broken_links(document)) == []


def test_a_wrong_output_and_a_broken_link_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.ROOT", tmp_path)
    spoiled = (
        "```python\n>>> 1 + 1\n3\n```\n```python\nprint(1)\n```\n```text\n2\n```\n[there](nowhere.md) [here](#none)\n"
    )
    (tmp_path / "spoiled.md").write_text(spoiled, "utf-8")

    assert len(list(differences(Path("spoiled.md")))) == 2
    assert len(list(broken_links(Path("spoiled.md")))) == 2


def test_a_file_is_made_held_against_the_document_and_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    made = "```toml a.toml\nx = 1\ny = 2\n```\n"
    for said, faults in (
        (made, 0),
        ("```toml a.toml\ny = 2\n```\n", 0),
        ("```diff a.toml\n x = 1\n-y = 2\n+y = 3\n```\n", 0),
        ("```toml a.toml\nx = 1\ny = 3\n```\n", 0),
        (made, 1),
        ("```diff a.toml\n-z = 2\n+z = 3\n```\n", 1),
    ):
        (tmp_path / "files.md").write_text(said, "utf-8")
        assert len(list(differences(Path("files.md")))) == faults


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        (["a", "c"], False),
        (["a", "…", "c"], True),
        (["…"], True),
        (["a", "…"], True),
        (["…", "a"], False),
        (["a", "b…", "…c"], True),
    ],
)
def test_a_line_of_dots_stands_for_any_lines(wanted: list[str], same: bool) -> None:
    assert is_as_said(["a", "b", "c"], wanted) == same


def test_the_reference_names_every_public_call_and_every_error() -> None:
    reference = (ROOT / "docs/reference/python-api.md").read_text("utf-8")

    calls = [f"engine.{name}" for name in dir(Engine) if not name.startswith("_")]
    kinds = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]
    missing = [name for name in [*calls, *kinds, *calendars.__all__] if not re.search(rf"\b{name}\b", reference)]

    assert missing == []


def test_the_reference_names_no_call_that_is_not_there() -> None:
    reference = (ROOT / "docs/reference/python-api.md").read_text("utf-8")

    assert [name for name in re.findall(r"`engine\.(\w+)", reference) if not hasattr(Engine, name)] == []


def test_the_page_on_writing_rules_names_every_test_and_every_key_of_a_row() -> None:
    page = (ROOT / "docs/how-to/write-rules.md").read_text("utf-8")
    keys = {key.rstrip("!") for key in DOCUMENT["procedures!"][0]["step!"][0]} - {
        "id",
        "title",
        "article",
        "own",
        "quote",
        "note",
        "mark",
    }

    assert [name for name in sorted({*ARGUMENTS, *keys}) if f"`{name}`" not in page] == []


def test_the_readme_has_two_set_up_commands_and_ci_runs_the_one_for_the_tests() -> None:
    demo, tests = (block.said.strip() for block in blocks(Path("README.md")) if block.language == "sh")

    assert demo.endswith(".venv/bin/gongxiang demo")
    assert tests in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_each_word_of_the_glossary_stands_there_once() -> None:
    rows = re.findall(
        r"(?m)^\| (?!中文)([^|]+) \| ([^|]+) \|", (ROOT / "docs/reference/glossary.md").read_text("utf-8")
    )
    chinese = [word.strip() for row in rows for word in row[0].split("、")]
    english = [row[1].strip() for row in rows]

    assert len(rows) > 40
    assert sorted(set(chinese)) == sorted(chinese)
    assert sorted(set(english)) == sorted(english)
