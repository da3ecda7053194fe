"""The permission matrix: every role in every state before every step, read off the TOML tables and nothing else.

    python -m tests.rules.matrix            # prints it
    python -m tests.rules.matrix --write    # writes the baseline, which a person then signs off by committing it

A cell says `yes` (the table allows it; the guards named at the end must hold), `party` (the step is for somebody else),
`state` (the step is not possible here), or, where a case is opened, `as <role>` (whoever opens it becomes that party).
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TABLES = HERE.parents[1] / "gongxiang" / "rules" / "decree_330"
BASELINE = HERE / "permission_matrix.tsv"
ROLES = ("requester", "provider", "department", "raised_by", "authority", "working_body", "competent_organ", "outsider")
COLUMNS = ("procedure", "state", "step", *ROLES, "to", "basis", "guards")
NEW = "(new)"


def read(name: str) -> dict[str, Any]:
    """Return a file of the instrument as plain TOML."""
    return tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))


def listed(value: Any) -> list[str]:
    """Return one name, several or none as a list."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def rows_here(table: dict[str, Any], step: str, state: str) -> list[dict[str, Any]]:
    """Return the rows of a step that stand open in a state."""
    found = []
    for row in (*table["step"], *table.get("activity", [])):
        sources = listed(row.get("from")) or [NEW]
        if sources == ["any"]:
            sources = [one["id"] for one in table["state"]]
        if sources == ["open"]:
            sources = [one["id"] for one in table["state"] if not one.get("final")]
        if row["id"] == step and state in sources and state not in listed(row.get("except")):
            found.append(row)
    return found


def cell(table: dict[str, Any], rows: list[dict[str, Any]], state: str, role: str) -> str:
    """Return what the table says to a role."""
    if not rows:
        return "state"
    allowed = [one for row in rows for one in listed(row["by"])]
    if role in allowed:
        return "yes"
    opener = [one["role"] for one in table["party"] if listed(one["named_by"])[0] == "by" and one["role"] in allowed]
    return f"as {opener[0]}" if state == NEW and opener else "party"


def lines() -> Iterator[str]:
    """Yield the matrix, a line for each step in each state, in the order of the tables."""
    yield "\t".join(COLUMNS)
    for name in read("instrument")["procedures"]:
        table = read(name)
        steps = dict.fromkeys(row["id"] for row in (*table["step"], *table.get("activity", [])))
        for state in (NEW, *(one["id"] for one in table["state"])):
            for step in steps:
                rows = rows_here(table, step, state)
                if state == NEW and not rows:
                    continue
                to = dict.fromkeys(row.get("to", state) for row in rows)
                basis = dict.fromkeys(row.get("article", "own") for row in rows)
                guards = dict.fromkeys(guard for row in rows for guard in listed(row.get("guards")))
                cells = [cell(table, rows, state, role) for role in ROLES]
                yield "\t".join((name, state, step, *cells, "|".join(to), "|".join(basis), ",".join(guards))).rstrip()


def whole() -> str:
    """Return the baseline as it is to stand in its file."""
    body = "".join(f"{line}\n" for line in lines())
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"# Regenerate: python -m tests.rules.matrix --write\n# SHA-256 of the lines below: {digest}\n{body}"


def baseline() -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the signed-off matrix: (procedure, state, step) with its cells by column."""
    rows = [line.split("\t") for line in BASELINE.read_text(encoding="utf-8").splitlines()[3:]]
    return {(row[0], row[1], row[2]): dict(zip(COLUMNS[3:], [*row[3:], "", "", ""], strict=False)) for row in rows}


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        BASELINE.write_text(whole(), encoding="utf-8")
    sys.stdout.write(whole())
