"""Writes docs/reference/cli.md from the commands, and what they print into docs/how-to/coordinator.md.

Run as `python tests/cli/reference.py`.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from gongxiang.cli import main
from gongxiang.commands.speaking import Argument, Option, everywhere

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "cli.md"
DAY = ROOT / "docs" / "how-to" / "coordinator.md"
HEAD = """# The command line

Generated from the commands (`python tests/cli/reference.py`); a test compares this page with them.

`gongxiang [OPTIONS] COMMAND`. Exit code 0: done; 1: refused, or found wanting; 2: wrong usage. Errors go to standard
error. With `--json` a command prints one UTF-8 document on standard output, and an error is
`{"error": {"code", "message", "reasons": [{"code", "text", "article", "mend"}]}}` on standard error.
"""


def page() -> str:
    """Return the whole page."""
    shared = [option for option in everywhere() if isinstance(option, Option)]
    return (
        "\n".join([HEAD, "## Options that may stand anywhere", "", *table(shared), *commands(main, "gongxiang")]) + "\n"
    )


def commands(group: click.Group, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield from section(command, f"{path} {name}")
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def section(command: click.Command, path: str) -> Iterator[str]:
    text = getattr(command, "text", None)
    if isinstance(command, click.Group):
        yield from ("", f"## {path}", "", f"{text.zh}　{text.en}" if text else "")
        return
    context = click.Context(command, info_name=path)
    given: list[Option | Argument] = [one for one in command.params if isinstance(one, Argument)]
    words = " ".join(one.make_metavar(context) for one in given)
    own = [one for one in command.params if isinstance(one, Option) and one.expose_value]
    yield from ("", f"### `{path} {words}".rstrip() + ("` [options]" if own else "`"), "")
    if text:
        yield from (text.zh, "", text.en)
    if given or own:
        yield from ("", *table([*given, *own]))


def table(parameters: Iterable[Option | Argument]) -> Iterator[str]:
    yield from ("| | 中文 | English |", "| --- | --- | --- |")
    context = click.Context(main)
    for one in parameters:
        name = ", ".join(one.opts) if isinstance(one, Option) else one.make_metavar(context)
        if isinstance(one, Option) and not one.is_flag:
            name += f" {one.make_metavar(context)}"
        name = name.replace("|", "\\|")
        need = " (required)" if isinstance(one, Option) and one.required else ""
        yield f"| `{name}`{need} | {one.text.zh} | {one.text.en} |"


def day(text: str) -> str:
    """Return a document with each console block showing what its commands print, run in order in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
        with contextlib.chdir(folder):
            return re.sub(r"(?ms)^```console\n(.*?)^```$", lambda found: f"```console\n{_printed(found[1])}```", text)


def _printed(block: str) -> str:
    shown = []
    for line in re.findall(r"(?m)^\$ (.*)$", block):
        _, *words = shlex.split(line)
        done = CliRunner().invoke(main, words)
        shown.append(f"$ {line}\n{done.output.rstrip()}\n")
    return "\n".join(shown)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    DAY.write_text(day(DAY.read_text("utf-8")), encoding="utf-8")
