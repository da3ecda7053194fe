"""The source of the package as its syntax trees: what the rules of the house are checked on."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "gongxiang"
TEXTS = {"", ".py", ".md", ".toml", ".txt", ".jsonl", ".json", ".csv", ".tsv", ".svg"}

Sources = Mapping[str, str]


def house() -> dict[str, str]:
    """Every module of the package: its source by its dotted name."""
    return {_name_of(path): path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def parsed(sources: Sources) -> Iterator[tuple[str, ast.Module]]:
    for module, source in sources.items():
        yield module, _parse(source)


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def imports(module: str, tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Each import as (line, the module meant, whether only a type checker sees it).

    `from a import b` means a.b where that is a module of ours.
    """
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name, node in for_types
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(module, node)
            for name in node.names:
                inner_module = f"{base}.{name.name}"
                yield node.lineno, inner_module if inner_module in MODULES else base, node in for_types


def docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def words_of_the_tables() -> set[str]:
    """The names of every procedure, step and activity that a shipped instrument has."""
    found = set()
    for path in (PACKAGE / "rules").glob("*/*.toml"):
        table = tomllib.loads(path.read_text("utf-8"))
        if "procedure" in table:
            found |= {table["procedure"], *(row["id"] for kind in ("step", "activity") for row in table.get(kind, ()))}
    return found


def committed() -> Iterator[Path]:
    """Text files that are part of the project, whether or not there is a repository around them; relative to it."""
    folders = ("gongxiang", "tests", "docs", "examples", "benchmarks", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    for path in [*files, *ROOT.glob("*.*")]:
        generated = any(part in ("__pycache__", ".mypy_cache", ".hypothesis", ".ruff_cache") for part in path.parts)
        if path.is_file() and not path.is_symlink() and not generated and path.suffix in TEXTS:
            yield path.relative_to(ROOT)


@cache
def _parse(source: str) -> ast.Module:
    return ast.parse(source)


def _base_of(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    above = module.split(".")[: len(module.split(".")) - node.level + (module in PACKAGES)]
    return ".".join([*above, *([node.module] if node.module else [])])


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = frozenset(house())
PACKAGES = frozenset(_name_of(path) for path in PACKAGE.rglob("__init__.py"))
