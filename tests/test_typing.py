"""The public interface as a type checker sees it from outside: right uses pass --strict, each misuse is refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "typing"

Errors = dict[str, dict[int, set[str]]]


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> Errors:
    """What mypy --strict says of the programs, as error codes by program and line.

    It runs away from the project, so it sees the package only as it is installed.
    """
    folder = tmp_path_factory.mktemp("programs")
    names = ["embedding.py", "misuse.py"]
    for name in names:
        shutil.copy(PROGRAMS / name, folder)
    # There is nothing to be remembered for a next time.
    options = ["--strict", "--no-error-summary", "--hide-error-context", f"--cache-dir={os.devnull}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *names],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: Errors = {name: {} for name in names}
    for name, line, code in re.findall(r"(?m)^(.+?):(\d+): error: .* \[([a-z-]+)\]$", done.stdout):
        found[name].setdefault(int(line), set()).add(code)
    return found


def test_a_program_that_embeds_the_package_is_typed_throughout(errors: Errors) -> None:
    assert errors["embedding.py"] == {}


def test_each_misuse_is_refused_at_its_line_and_nothing_else_is(errors: Errors) -> None:
    lines = (PROGRAMS / "misuse.py").read_text("utf-8").splitlines()

    wanted = {
        number: {marked.group(1)}
        for number, line in enumerate(lines, start=1)
        if (marked := re.search(r"# refused: (\S+)$", line))
    }

    assert errors["misuse.py"] == wanted
