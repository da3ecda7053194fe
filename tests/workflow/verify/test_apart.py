"""The verifier shares no code with what it verifies."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "gongxiang" / "workflow" / "verify"
MODULES = sorted(PACKAGE.glob("*.py"))
ITS_OWN = "gongxiang.workflow.verify"


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports by place, not by name"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_the_verifier_imports_of_ours_only_errors_and_the_verifier_itself(path: Path) -> None:
    ours = {name for name in imported(path) if name.split(".")[0] == "gongxiang"}

    assert {name for name in ours if name != "gongxiang.errors" and not name.startswith(ITS_OWN)} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_the_verifier_needs_nothing_but_the_standard_library(path: Path) -> None:
    import sys

    foreign = {name.split(".")[0] for name in imported(path)} - {"gongxiang"} - sys.stdlib_module_names

    assert foreign == set()


def test_nothing_of_the_workflow_rules_or_calendars_is_named_as_text_to_be_imported() -> None:
    for path in MODULES:
        text = path.read_text("utf-8")

        assert "importlib" not in text
        assert "__import__" not in text
