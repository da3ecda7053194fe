"""What lists cost in a large database beside a small one, in one run, as Markdown.

    python benchmarks/lists.py [--cases N] [--small N] [--open N] [--share S] [--rounds N] [--postgres URL] [--filters]

Two pairs of databases are filled, each of a small one (default 1 000 cases) and a large one (default 1 000 000): one
pair with the same number of open cases in both, one with the same share of them. A few cases are really played; the
others are their rows under other names, written straight into the tables. `case list`, `today` and `case options` are
then timed through Python and through the command line, one database after the other, the best of the rounds.

Where the share is the same, `today` is asked for as many open cases and proposals as the small database has: more of
them are more to show. What its own limit shows stands in a line of its own, with its ratio in brackets, and is not held
to the aim; nor are the filters of `case list`, which `--filters` adds. Exit 1 when a ratio is over 3.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    String,
    Table,
    cast,
    create_engine,
    func,
    insert,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.engine import make_url

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "workflow")]

import acts  # noqa: E402

from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT, Moment  # noqa: E402

DAYS = tuple(acts.at(f"2026-03-{day:02}T09:00") for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13))
NOW = acts.at("2026-03-13T17:00")
CHUNK = 2_000
"""Copies of a group that one statement makes."""

MOST = 3.0
NUMBER, SHARE = "as many", "the same share"
PYTHON, LINE = "Python", "command line"
UNMEASURED = " (not held to it)"
FILTERS = (
    ("state", "closed"),
    ("state", "ordered"),
    ("procedure", "rectification"),
    ("owes", "police"),
    ("phase", "met"),
    ("phase", "overdue"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One question to one database: what it is called, and how it is asked."""

    kind: str
    command: str
    through: str
    large: bool
    ask: Callable[[], object]


# The databases


def play(engine: Any) -> None:
    """Play one group of cases a day, linked to each other by name: open ones ("O…-") and closed ones ("C…-")."""
    for number, day in enumerate(DAYS):
        later = day + timedelta(hours=2)
        for name in (f"O{number}-awaiting", f"O{number}-refused", f"C{number}-granted", f"C{number}-withdrawn"):
            acts.request(engine, name, at=day)
        engine.fire(f"O{number}-refused", "refuse", by="police", at=later, payload={"reasons": "目录有误"})
        engine.fire(f"C{number}-granted", "grant", by="police", at=later, payload={"terms": "接口"})
        engine.fire(f"C{number}-granted", "close", by="labour", at=later)
        engine.fire(f"C{number}-withdrawn", "withdraw", by="labour", at=later)
        about = {"ground": "26.2", "facts": "未按规定共享", "about": f"O{number}-refused"}
        acts.finding(engine, f"O{number}-ordered", at=later, payload=about)
        acts.order(engine, f"O{number}-ordered", at=later)
        named = {"by": "labour", "provider": "police", "resource": acts.RESOURCE, "payload": {"objection": "年龄有误"}}
        engine.open("verification", case=f"O{number}-verifying", at=day, **named)
        engine.open("verification", case=f"C{number}-confirmed", at=day, **named)
        engine.fire(f"C{number}-confirmed", "confirm", by="police", at=later, payload={"result": "无误"})
    engine.sweep(now=NOW)


def fill(url: str, cases: int, open_cases: int) -> None:
    """Fill a database with so many cases, so many of them open."""
    with closing(acts.engine(url)) as engine:
        play(engine)
    database = create_engine(url)
    with database.begin() as connection:
        if database.dialect.name == "sqlite":
            connection.execute(text("PRAGMA synchronous=OFF"))
        for kind, wanted in (("O", open_cases), ("C", cases - open_cases)):
            _multiply(connection, kind, wanted)
    if database.dialect.name == "postgresql":  # as its autovacuum would soon do by itself
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    database.dispose()


def _multiply(connection: Connection, kind: str, wanted: int) -> None:
    """Copy the played cases of a kind, group by group, until there are so many of them."""
    played = [name for name in connection.execute(select(CASE.c.case_id)).scalars() if name[0] == kind]
    groups: dict[str, list[str]] = {}
    for name in sorted(played):
        groups.setdefault(name.split("-")[0], []).append(name)
    size = len(played) // len(groups)
    copies = max(0, wanted - len(played)) // size
    for start in range(0, copies // len(groups), CHUNK):
        count = min(CHUNK, copies // len(groups) - start)
        # Those that are closed were opened before, one chunk earlier than the other; the open ones as they were played.
        opened = DAYS[0] - timedelta(hours=1 + start // CHUNK) if kind == "C" else None
        for group, cases in groups.items():
            for table in (CASE, EVENT, DEADLINE):
                _copy(connection, table, group, cases, start, count, opened)


def _copy(
    connection: Connection,
    table: Table,
    group: str,
    played: list[str],
    start: int,
    count: int,
    opened: datetime | None,
) -> None:
    """Write the rows of the played cases of a group under `count` other names, all that names them changed alike."""
    series = select(literal(10_000_000 + start).label("number")).cte("series", recursive=True)
    last = 10_000_000 + start + count - 1
    series = series.union_all(select(series.c.number + 1).where(series.c.number < last))
    name = literal(f"{group}.").concat(cast(series.c.number, String)).concat("-")

    def copied(one: Column[Any]) -> ColumnElement[Any]:
        if opened and one.name == "opened_at":
            return literal(opened, Moment())
        return func.replace(one, f"{group}-", name) if isinstance(getattr(one.type, "impl", one.type), String) else one

    rows = select(*map(copied, table.columns)).select_from(table).join(series, true())
    connection.execute(insert(table).from_select(table.columns.keys(), rows.where(table.c.case_id.in_(played))))


# The questions


def cells(kind: str, url: str, large: bool, engine: Any, alike: tuple[int, int], filters: bool) -> Iterator[Cell]:
    """Yield what is asked of a database. `alike`: the open cases and the lapses that `today` is asked for."""
    case, by, shown = "O9-awaiting", "police", 1000

    def line(*words: str) -> Callable[[], object]:
        whole = [sys.executable, "-m", "gongxiang", "--db", url, "--now", NOW.isoformat(), *words]
        return lambda: subprocess.run(whole, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def today(most: int, lapses: int) -> Callable[[], object]:
        return lambda: engine.today(now=NOW, limit=most, lapses=lapses)

    most, lapses = alike if kind == SHARE else (shown, shown)
    told = f"today --limit {most}" if kind == SHARE else "today"
    yield Cell(kind, "case list", PYTHON, large, lambda: engine.cases(now=NOW, limit=shown + 1))
    yield Cell(kind, told, PYTHON, large, today(most, lapses))
    yield Cell(kind, "case options", PYTHON, large, lambda: engine.options(case, by=by, now=NOW))
    yield Cell(kind, "case list", LINE, large, line("case", "list"))
    yield Cell(kind, told, LINE, large, line("today", "--limit", str(most)))
    yield Cell(kind, "case options", LINE, large, line("case", "options", case, "--by", by))
    if kind == SHARE:
        yield Cell(kind, f"today{UNMEASURED}", PYTHON, large, today(shown, shown))
    for name, value in FILTERS if filters else ():
        asked = {name: value}
        ask = partial(engine.cases, now=NOW, limit=shown + 1, **asked)
        yield Cell(kind, f"case list --{name} {value}{UNMEASURED}", PYTHON, large, ask)


def best_of(rounds: int, asked: list[Cell]) -> dict[Cell, float]:
    """Return the best time of each question in seconds: all are asked in turn, so often; what takes no time to speak of
    several times in a row.
    """
    best = {cell: _seconds(cell, 1) for cell in asked}
    for _ in range(rounds):
        for cell in asked:
            times = max(1, min(50, int(0.1 / best[cell])))
            best[cell] = min(best[cell], _seconds(cell, times))
    return best


def _seconds(cell: Cell, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        cell.ask()
    return (time.perf_counter() - start) / times


def report(best: dict[Cell, float], small: int, large: int) -> bool:
    """Print the table; return whether every ratio that is held to it is at most 3."""
    print(f"| open cases | question | through | {small:,} cases | {large:,} cases | ratio |")
    print("|---|---|---|---:|---:|---:|")
    met = True
    for cell, seconds in best.items():
        if cell.large:
            continue
        key = (cell.kind, cell.command, cell.through)
        other = next(best[one] for one in best if one.large and (one.kind, one.command, one.through) == key)
        ratio = other / seconds
        is_held = UNMEASURED not in cell.command
        met &= ratio <= MOST or not is_held
        told = f"**{ratio:.2f}**" if is_held else f"({ratio:.2f})"
        named = cell.command.replace(UNMEASURED, "")
        print(
            f"| {cell.kind} | `{named}` | {cell.through} | {seconds * 1000:.1f} ms | {other * 1000:.1f} ms | {told} |"
        )
    return met


@contextmanager
def databases(server: str | None) -> Iterator[Callable[[str], str]]:
    """Yield what makes a new database of that name; all are gone at the end."""
    if server is None:
        with tempfile.TemporaryDirectory() as folder:
            yield lambda name: f"sqlite:///{folder}/{name}.db"
        return
    admin, made = create_engine(server, isolation_level="AUTOCOMMIT"), list[str]()

    def new(name: str) -> str:
        made.append(f"gongxiang_lists_{name}_{os.getpid()}")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]}"))
        return make_url(server).set(database=made[-1]).render_as_string(hide_password=False)

    try:
        yield new
    finally:
        with admin.connect() as connection:
            for name in made:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000, help="cases of the large databases")
    parser.add_argument("--small", type=int, default=1_000, help="cases of the small ones")
    parser.add_argument("--open", type=int, default=100, help="open cases, where both have as many")
    parser.add_argument("--share", type=float, default=0.1, help="open cases of all, where both have the same share")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgres", help="URL of a server instead of SQLite")
    parser.add_argument("--filters", action="store_true", help="also the filters of case list")
    given = parser.parse_args()
    with databases(given.postgres) as new, ExitStack() as stack:
        asked: list[Cell] = []
        few = int(given.small * given.share)
        alike = (few, few)
        for name, kind, cases, open_cases in (
            ("few_small", NUMBER, given.small, given.open),
            ("few_large", NUMBER, given.cases, given.open),
            ("share_small", SHARE, given.small, few),
            ("share_large", SHARE, given.cases, int(given.cases * given.share)),
        ):
            url, start = new(name), time.perf_counter()
            fill(url, cases, open_cases)
            print(f"{cases:,} cases, {open_cases:,} open: {time.perf_counter() - start:.0f} s", file=sys.stderr)
            engine = stack.enter_context(closing(acts.engine(url)))
            if name == "share_small":
                alike = (few, len(engine.today(now=NOW).proposals))
            asked += cells(kind, url, name.endswith("large"), engine, alike, given.filters)
        kind = "PostgreSQL" if given.postgres else "SQLite"
        print(f"\n{kind}, {os.cpu_count()} cores, Python {platform.python_version()}; best of {given.rounds}\n")
        sys.exit(0 if report(best_of(given.rounds, asked), given.small, given.cases) else 1)


if __name__ == "__main__":
    main()
