"""Playing a docket as a platform does it, through the command; in this process where many are played."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
NAMES = ("spring-festival-2026", "notice-of-january-2020", "contested-escalation")
ALONE = "decree-330"
"""The rules played for comparison: Decree 330 and nothing beside it."""


@dataclass(frozen=True, slots=True)
class Play:
    """A docket under the law of each case's place and day, or under the rules named; `outcome` is what it comes to."""

    docket: str
    rules: str | None
    outcome: str

    @property
    def options(self) -> tuple[str, ...]:
        """What the command is told: a docket written for the law of its day is refused in part under another."""
        return ("--rules", self.rules, "--keep-going") if self.rules else ()


PLAYS = {
    "spring-festival-2026": Play("spring-festival-2026", None, "spring-festival-2026.law"),
    "spring-festival-2026 alone": Play("spring-festival-2026", ALONE, "spring-festival-2026"),
    "notice-of-january-2020": Play("notice-of-january-2020", None, "notice-of-january-2020"),
    "notice-of-january-2020 alone": Play("notice-of-january-2020", ALONE, "notice-of-january-2020"),
    "contested-escalation": Play("contested-escalation", None, "contested-escalation.law"),
    "contested-escalation alone": Play("contested-escalation", ALONE, "contested-escalation"),
}
"""In 2020 the law was Decree 330, so that docket comes to the same under either."""


@dataclass(frozen=True, slots=True)
class Played:
    """What one run of the command gave: exit code, the document of standard output, the error of standard error."""

    exit_code: int
    document: Any
    error: Any
    noise: str


def command(url: str, *arguments: str) -> Played:
    """Run `gongxiang --db … arguments --json` in a new process."""
    line = [sys.executable, "-m", "gongxiang", "--db", url, *arguments, "--json"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GONGXIANG")}
    done = subprocess.run(line, capture_output=True, encoding="utf-8", check=False, env=environment)
    return _played(done.returncode, done.stdout, done.stderr)


def command_here(url: str, *arguments: str) -> Played:
    """Run the same command in this process: what it prints is the same, and it starts sooner."""
    from gongxiang.cli import main

    line = ["gongxiang", "--db", url, *arguments, "--json"]
    out, noise, code = io.StringIO(), io.StringIO(), 0
    with mock.patch.object(sys, "argv", line), contextlib.redirect_stdout(out), contextlib.redirect_stderr(noise):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return _played(code, out.getvalue(), noise.getvalue())


def _played(code: int, out: str, noise: str) -> Played:
    document = json.loads(out) if out.strip() else None
    return Played(code, document, json.loads(noise) if noise.lstrip().startswith("{") else None, noise)


def play(docket: Path, url: str, *options: str) -> Played:
    """Play a docket file on a database, in a new process."""
    return command(url, "docket", "play", str(docket), *options)


def play_here(lines: list[bytes], url: str, *options: str) -> Played:
    """Play these lines on a database, in this process, from a file named docket.jsonl."""
    with tempfile.TemporaryDirectory() as folder:
        docket = Path(folder) / "docket.jsonl"
        docket.write_bytes(b"".join(line + b"\n" for line in lines))
        return command_here(url, "docket", "play", str(docket), *options)


def lines_of(name: str) -> list[bytes]:
    """Return the physical lines of a shipped docket, without their ends."""
    return (EXAMPLES / f"{name}.jsonl").read_bytes().splitlines()


def expected(name: str) -> dict[str, Any]:
    """Return a hand-worked outcome of a shipped docket."""
    return tomllib.loads((HERE / f"{name}.expected.toml").read_text(encoding="utf-8"))


def refusals() -> list[dict[str, Any]]:
    """Return the lines that must be refused."""
    found: list[dict[str, Any]] = tomllib.loads((HERE / "refusals.toml").read_text(encoding="utf-8"))["refusal"]
    return found
