"""The house keeps its rules; each rule is seen to find a violation."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from house import ROOT, Sources, committed, docstrings, house, imports, parsed, within, words_of_the_tables

Rule = Callable[[Sources], list[str]]

# What each room may import of ours. The first room whose name begins the module's decides; "" is any of ours.
# What draws what a room holds may also lay out a page.
BASE = ("gongxiang.errors", "gongxiang.nearest", "gongxiang.located", "gongxiang.citation", "gongxiang.canonical")
PAGE = ("gongxiang.page", "gongxiang.terminal")
DRAWS = re.compile(r"(screens|diagrams|labels)$")
TABLES = tuple(f"gongxiang.workflow.{name}" for name in ("procedure", "vocabulary", "compile", "shape", "soundness"))
DIRECTIONS: list[tuple[str, tuple[str, ...]]] = [
    ("gongxiang.errors", ()),
    ("gongxiang.canonical", ()),
    ("gongxiang.nearest", ("gongxiang.errors",)),
    ("gongxiang.located", ("gongxiang.errors", "gongxiang.nearest")),
    ("gongxiang.citation", ("gongxiang.errors",)),
    ("gongxiang.page", ("gongxiang.errors",)),
    ("gongxiang.terminal", ("gongxiang.errors", "gongxiang.page")),
    ("gongxiang.clock", ("gongxiang.calendars",)),
    ("gongxiang.calendars", ("gongxiang.calendars", *BASE)),
    ("gongxiang.workflow.procedure", ("gongxiang.workflow.vocabulary", *BASE)),
    ("gongxiang.workflow.vocabulary", BASE),
    ("gongxiang.workflow.verify", ("gongxiang.workflow.verify", "gongxiang.errors", "gongxiang.calendars")),
    ("gongxiang.workflow", ("gongxiang.workflow", "gongxiang.calendars", *BASE)),
    ("gongxiang.rules", ("gongxiang.rules", "gongxiang.calendars", *TABLES, *BASE)),
    ("gongxiang.cli", ("gongxiang",)),
    ("gongxiang.commands", ("gongxiang",)),
    ("gongxiang.__main__", ("gongxiang.cli",)),
    (
        "gongxiang",
        ("gongxiang.rules", "gongxiang.workflow", "gongxiang.calendars", "gongxiang.clock", "gongxiang.errors"),
    ),
]

# One library, one door. Types in a signature are not a door: the library need not be there for them.
DOORS = {
    "transitions": ("gongxiang.workflow.machine",),
    "sqlmodel": ("gongxiang.workflow.store",),
    "sqlalchemy": ("gongxiang.workflow.store",),
    "alembic": ("gongxiang.workflow.store",),
    "psycopg": ("gongxiang.workflow.store",),
    "workalendar": ("gongxiang.calendars.workalendar",),
    "numpy": ("gongxiang.calendars.batch",),
    "orjson": ("gongxiang.canonical",),
    "rich": ("gongxiang.terminal",),
    "click": ("gongxiang.cli", "gongxiang.commands"),
    "apscheduler": ("gongxiang.workflow.ticking",),
    "jinja2": (),
}
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
MOST_LINES = 320  # about 300 lines of code; what a docstring or a comment says is not a second idea

OF_THE_LAW = re.compile(r"(?i)decree|\b330\b|\barticles?\b \d|\barts?\. ?\d|第[一二三四五六七八九十百\d]+条")
# The machinery's own words that a table happens to use as well: a lapse, the correction of the record, a case that
# could not be swept.
ENGINE_WORDS = {"lapse", "correct", "incident"}


def test_each_room_imports_only_what_stands_to_its_right() -> None:
    assert wrong_directions(house()) == []


def test_each_library_has_one_door() -> None:
    assert second_doors(house()) == []


def test_only_one_module_asks_what_time_it_is() -> None:
    assert second_clocks(house()) == []


def test_nothing_catches_every_exception() -> None:
    assert blanket_catches(house()) == []


def test_no_module_holds_two_ideas() -> None:
    assert long_modules(house()) == []


def test_no_number_article_or_name_of_the_law_stands_in_the_machinery() -> None:
    assert law_in_the_machinery(house()) == []


def test_nothing_is_imported_by_a_name_put_together_at_run_time() -> None:
    assert hidden_imports(house()) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(house()) == []


VIOLATIONS: list[tuple[Rule, str, str]] = []


def violates(rule: Rule, module: str, source: str) -> None:
    VIOLATIONS.append((rule, module, source))


def wrong_directions(sources: Sources) -> list[str]:
    found = []
    for module, tree in parsed(sources):
        allowed = next(allowed for room, allowed in DIRECTIONS if within(module, room))
        allowed += PAGE if DRAWS.search(module) else ()
        for line, target, _ in imports(module, tree):
            if within(target, "gongxiang") and target != module and not any(within(target, room) for room in allowed):
                found.append(f"{module}:{line} imports {target}")
    return found


def second_doors(sources: Sources) -> list[str]:
    return [
        f"{module}:{line} imports {target}"
        for module, tree in parsed(sources)
        for line, target, typing_only in imports(module, tree)
        if (doors := DOORS.get(target.split(".")[0])) is not None
        and not typing_only
        and not any(within(module, door) for door in doors)
    ]


def second_clocks(sources: Sources) -> list[str]:
    found = []
    for module, tree in parsed(sources):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and module != "gongxiang.clock":
                owner = ast.unparse(node.value).split(".")[-1]
                if (owner, node.attr) in CLOCKS:
                    found.append(f"{module}:{node.lineno} asks {owner}.{node.attr}")
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                found += [f"{module}:{node.lineno} asks the time" for name in node.names if name.name == "time"]
    return found


def blanket_catches(sources: Sources) -> list[str]:
    return [
        f"{module}:{node.lineno}"
        for module, tree in parsed(sources)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(node.type)))
    ]


def long_modules(sources: Sources) -> list[str]:
    found = []
    for module, tree in parsed(sources):
        prose = {line for text in docstrings(tree) for line in range(text.lineno, (text.end_lineno or text.lineno) + 1)}
        code = [
            line
            for number, line in enumerate(sources[module].splitlines(), start=1)
            if line.strip() and not line.strip().startswith("#") and number not in prose
        ]
        if len(code) > MOST_LINES:
            found.append(f"{module}: {len(code)} lines of code")
    return found


def law_in_the_machinery(sources: Sources) -> list[str]:
    words = words_of_the_tables() - ENGINE_WORDS
    found = []
    for module, tree in parsed(sources):
        # The verifier is a second reading of the law; widths of columns and codes of a driver are no numbers of days.
        if not within(module, "gongxiang.workflow") or within(module, "gongxiang.workflow.verify"):
            continue
        numbers = () if DRAWS.search(module) or within(module, "gongxiang.workflow.store") else (5, 10)
        prose = set(docstrings(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node not in prose:
                value = node.value
                number = type(value) is int and value in numbers
                if number or (isinstance(value, str) and (value in words or OF_THE_LAW.search(value))):
                    found.append(f"{module}:{node.lineno} says {value!r}")
    return found


def hidden_imports(sources: Sources) -> list[str]:
    return [
        f"{module}:{node.lineno}"
        for module, tree in parsed(sources)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) in ("__import__", "import_module", "exec", "eval")
    ]


def circles(sources: Sources) -> list[str]:
    """Cycles among imports at the top of modules: whichever is imported first fails or half-works."""
    graph = {
        module: {
            target
            for statement in tree.body
            if isinstance(statement, ast.Import | ast.ImportFrom)
            for _, target, _ in imports(module, ast.Module([statement], []))
            if target in sources and target != module
        }
        for module, tree in parsed(sources)
    }
    while leaves := [module for module, targets in graph.items() if not targets & graph.keys()]:
        for module in leaves:
            del graph[module]
    reached = {target for targets in graph.values() for target in targets}
    return sorted(graph.keys() & reached)


violates(wrong_directions, "gongxiang.workflow.case", "from gongxiang.rules import rule_book")
violates(wrong_directions, "gongxiang.workflow.case", "def f():\n    from gongxiang import rules")
violates(wrong_directions, "gongxiang.workflow.case", "from .. import rules")
violates(wrong_directions, "gongxiang.workflow.case", "import gongxiang")
violates(wrong_directions, "gongxiang.workflow.procedure", "from gongxiang.workflow.store import Store")
violates(wrong_directions, "gongxiang.rules.articles", "from gongxiang.workflow.engine import Engine")
violates(wrong_directions, "gongxiang.calendars.due", "from gongxiang.workflow.vocabulary import Role")
violates(wrong_directions, "gongxiang.calendars.due", "from gongxiang import clock")
violates(wrong_directions, "gongxiang.workflow.case", "from gongxiang.page import Page")
violates(wrong_directions, "gongxiang.errors", "from gongxiang.nearest import nearest")
violates(wrong_directions, "gongxiang.workflow.verify.walk", "from gongxiang.workflow.case import fold")
violates(wrong_directions, "gongxiang", "from gongxiang.cli import main")
violates(second_doors, "gongxiang.workflow.case", "from transitions import Machine")
violates(second_doors, "gongxiang.workflow.engine", "import sqlalchemy.orm")
violates(second_doors, "gongxiang.calendars.edition", "def f():\n    import numpy")
violates(second_doors, "gongxiang.rules.instrument", "import click")
violates(second_clocks, "gongxiang.workflow.case", "import datetime\nnow = datetime.datetime.now()")
violates(second_clocks, "gongxiang.workflow.case", "from datetime import date\ntoday = date.today")
violates(second_clocks, "gongxiang.workflow.case", "from time import time")
violates(blanket_catches, "gongxiang.cli", "try:\n    pass\nexcept Exception:\n    pass")
violates(blanket_catches, "gongxiang.cli", "try:\n    pass\nexcept (ValueError, BaseException):\n    pass")
violates(blanket_catches, "gongxiang.cli", "try:\n    pass\nexcept:\n    pass")
violates(long_modules, "gongxiang.cli", "x = 1\n" * (MOST_LINES + 1))
violates(law_in_the_machinery, "gongxiang.workflow.case", "REPLY_DAYS = 5")
violates(law_in_the_machinery, "gongxiang.workflow.case", "article = '第十七条'")
violates(law_in_the_machinery, "gongxiang.workflow.case", "why = 'see Art. 17'")
violates(law_in_the_machinery, "gongxiang.workflow.case", "x = procedure == 'share_request'")
violates(law_in_the_machinery, "gongxiang.workflow.case", "x = step == 'circulate'")
violates(hidden_imports, "gongxiang.workflow.case", "import importlib\nimportlib.import_module('gongxiang.rules')")
violates(circles, "gongxiang.errors", "from gongxiang.nearest import nearest")


@pytest.mark.parametrize(("rule", "module", "source"), VIOLATIONS)
def test_the_rule_finds_a_violation(rule: Rule, module: str, source: str) -> None:
    sources = {**house(), module: source}

    found = rule(sources)

    assert any(module == fault.split(":")[0] for fault in found)


def test_a_type_in_a_signature_is_no_second_door() -> None:
    typing_only = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sqlmodel import Session"

    assert second_doors({"gongxiang.workflow.engine": typing_only}) == []


def test_no_data_file_of_the_package_is_large() -> None:
    large = [path.name for path in (ROOT / "gongxiang").rglob("*") if path.is_file() and path.stat().st_size > 300_000]

    assert large == []


def test_no_committed_text_knows_this_machine_or_a_package_index() -> None:
    here = {str(ROOT), str(ROOT.parent), str(Path.home())} - {"/", "/tmp"}
    elsewhere = re.compile(r"(?<![\w.~/])/(?:home|Users|root)/\w|[A-Z]:\\Users|(?i:-index-url|find-links)|\bpypi\.org")
    own = Path(__file__).relative_to(ROOT)

    found = [
        f"{path}:{number}"
        for path in committed()
        if path != own
        for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), start=1)
        if elsewhere.search(line) or any(re.search(rf"{re.escape(place)}(?![\w-])", line) for place in here)
    ]

    assert found == []
