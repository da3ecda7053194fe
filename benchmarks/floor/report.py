"""What the benchmarks print: Markdown tables with the machine they were made on, and no path of it."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path


def arguments(about: str, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser of what all of them are told."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--workers", default="1,4,8", help="how many processes at a time, several numbers")
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    parser.add_argument("--postgres", metavar="URL", help="whose user may create databases; else a server is started")
    parser.add_argument("--quick", action="store_true", help="little of everything; a missed aim is no failure")
    return parser


def machine(servers: Sequence[str], what: str) -> str:
    """Return what the figures rest on; `servers`: the versions of the database servers."""
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    versions = [
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        *servers,
        *(f"{name} {version(name)}" for name in ("SQLAlchemy", "psycopg", "gongxiang")),
    ]
    return f"{os.cpu_count()} cores ({_processor()}), {', '.join(versions)}; {what}{load}.\n"


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, text: int = 1) -> None:
    """Print a table whose first `text` columns are words and whose others are numbers."""
    rule = ["---"] * text + ["---:"] * (len(heads) - text)
    for row in (heads, rule, *rows):
        print(f"| {' | '.join(row)} |")


def verdict(missed: Sequence[str], *, quick: bool) -> int:
    """Say which aims were missed; return the exit code."""
    for one in missed:
        print(f"aim missed: {one}", file=sys.stderr)
    return 1 if missed and not quick else 0


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
