"""The documents as programs: their Python and their commands, in the order in which a reader meets them.

`python tests/documents.py README.md` runs one in the current folder and prints what does not come out as it says.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from forking import Command

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"
BROUGHT = "installed"
"""The folder in which a document's `pip install` puts what it installs."""


class Block(NamedTuple):
    """A fenced block: its language, the file that it is of, if any, what it says, and the line it begins on."""

    language: str
    file: str
    said: str
    line: int


def documents() -> list[Path]:
    """Every document, relative to the project."""
    return [Path("README.md"), *sorted(path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md"))]


def blocks(document: Path) -> list[Block]:
    text = (ROOT / document).read_text("utf-8")
    return [
        Block(found[1], found[2] or "", found[3], text.count("\n", 0, found.start()) + 2)
        for found in FENCE.finditer(text)
    ]


def differences(document: Path) -> Iterator[str]:
    """Run the document from top to bottom in the current folder; yield, block by block, what comes out otherwise.

    ```python with `>>>` is compared with what it shows; without, it is run, and a ```text block right after it is what
    it prints. In ```console, each line after `$ gongxiang` up to the next `$` is what the command prints, a line `…`
    standing for any lines, `…` within one for anything; `$ pip install` installs a folder of the document's beside it.

    A block with a file's name after its language is what stands in that file; one that is not there is made. A ```diff
    changes its file.
    """
    names: dict[str, Any] = {"__name__": "document"}
    found = blocks(document)
    for block, after in zip(found, [*found[1:], None], strict=True):
        place = f"{document}:{block.line}"
        if block.file:
            yield from standing(block, place)
        elif block.language == "python" and ">>> " in block.said:
            yield from examples(block, names, place)
        elif block.language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(block.said, place, "exec"), names)
            if after is not None and after.language == "text" and printed.getvalue() != after.said:
                yield f"{place}: it prints\n{printed.getvalue()}"
        elif block.language == "console":
            yield from commands(block, place)


def examples(block: Block, names: dict[str, Any], place: str) -> Iterator[str]:
    test = doctest.DocTestParser().get_doctest(block.said, names, place, place, block.line)
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.FAIL_FAST, verbose=False)
    if runner.run(test, out=said.write, clear_globs=False).failed:
        yield said.getvalue()
    names.update(test.globs)


def commands(block: Block, place: str) -> Iterator[str]:
    for part in re.split(r"(?m)^\$ ", block.said)[1:]:
        line, _, wanted = part.partition("\n")
        words = shlex.split(line)
        if words[:2] == ["pip", "install"]:
            alone = ["--no-deps", "--no-build-isolation", "--no-index", "--upgrade", "--target", BROUGHT]
            words = ["pip", "--isolated", "--disable-pip-version-check", "install", "-q", *alone, *words[2:]]
        if words[0] in ("gongxiang", "pip"):
            paths = [str(Path(BROUGHT).absolute()), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
            told = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "NO_COLOR": "1", "COLUMNS": "80"}
            printed = run(words, {**os.environ, **told})
            if not is_as_said(unpadded(printed), unpadded(wanted)):
                yield f"{place}: `{line}` prints\n{printed}"


def run(words: list[str], env: dict[str, str]) -> str:
    """Return what a command prints, its errors last. `gongxiang` is forked from a process that has loaded it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        if words[0] == "gongxiang":
            Command(*words[1:], out=out.fileno(), error=error.fileno(), env=env).wait()
        else:
            subprocess.run([sys.executable, "-m", *words], env=env, stdout=out, stderr=error, check=False)
        for file in (out, error):
            file.seek(0)
        return (out.read() + error.read()).decode()


def standing(block: Block, place: str) -> Iterator[str]:
    """Make or change the file of a block, or hold the block against it."""
    file = Path(block.file)
    if block.language == "diff":
        before, after = ("".join(line[1:] for line in block.said.splitlines(True) if line[0] != sign) for sign in "+-")
        text = file.read_text("utf-8")
        if text.count(before) != 1:
            yield f"{place}: what it changes does not stand once in {file}\n"
        file.write_text(text.replace(before, after), "utf-8")
    elif not file.exists():
        file.write_text(block.said, "utf-8")
    elif block.said not in file.read_text("utf-8"):
        yield f"{place}: this does not stand in {file}\n"


def is_as_said(printed: list[str], wanted: list[str]) -> bool:
    """Whether the lines are the wanted ones, `…` standing for any lines, or within a line for anything."""
    pattern = "".join(
        r"(?:.*\n)*" if line == LEFT_OUT else re.escape(line).replace(LEFT_OUT, ".*") + r"\n" for line in wanted
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def unpadded(printed: str) -> list[str]:
    return [line.rstrip() for line in printed.strip().splitlines()]


def broken_links(document: Path) -> Iterator[str]:
    """Yield the links to files that are not there, and to headings that are not in them."""
    text = FENCE.sub("", (ROOT / document).read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        place = (ROOT / document.parent / path) if path else ROOT / document
        if not place.exists() or (heading and heading not in anchors(place)):
            yield f"{document}: {target}"


def anchors(place: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", FENCE.sub("", place.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


if __name__ == "__main__":
    print(*differences(Path(sys.argv[1])), sep="\n", end="")
