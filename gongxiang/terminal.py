"""The door to `rich`, loaded when first used: pages in colour on a terminal and plain elsewhere; progress bars."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from gongxiang.page import Block, Tone, lay_out

PLAIN_WIDTH = 80
WIDEST = 110
SLOW_SECONDS = 1.0
PAUSE_SECONDS = 0.7

_STYLES: dict[Tone, str] = {
    "strong": "bold",
    "dim": "dim",
    "bad": "bold red",
    "warn": "yellow",
    "good": "green",
    "accent": "cyan",
}


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether somebody looks at the stream; None is a closed one."""
    if stream is None:
        return False
    try:
        return stream.isatty()
    except ValueError:
        return False


def width_for(stream: IO[str] | None) -> int:
    """Return the width to lay out for: the terminal's, within reason, or 80 cells where there is none."""
    if stream is None or not is_terminal(stream):
        return PLAIN_WIDTH
    try:
        return max(40, min(WIDEST, os.get_terminal_size(stream.fileno()).columns))
    except OSError:
        return PLAIN_WIDTH


def show(blocks: Iterable[Block], stream: IO[str] | None = None) -> None:
    """Print the blocks: in colour only on a terminal, and never where NO_COLOR is set. Standard output may be closed:
    then nobody is told anything.
    """
    stream = stream or sys.stdout
    if stream is None:
        return
    lines = lay_out(blocks, width_for(stream))
    if not is_terminal(stream) or os.environ.get("NO_COLOR"):
        stream.write("".join("".join(one.text for one in line) + "\n" for line in lines))
        stream.flush()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for line in lines:
        said = Text(no_wrap=True, overflow="ignore", end="\n")
        for one in line:
            said.append(one.text, _STYLES.get(one.tone))
        console.print(said, crop=False, soft_wrap=True)


def pause() -> None:
    """Leave a reader time for what was shown; where nobody looks, lose none."""
    if is_terminal(sys.stdout):
        from time import sleep

        sleep(PAUSE_SECONDS)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far a work of `total` parts is (None: only that it goes on).

    On standard error, on a terminal only, and only once it has taken a second.
    """
    with _bar(what, total, counted=bool(total)) as tell:
        done = 0

        def advance(parts: int) -> None:
            nonlocal done
            done += parts
            tell(done, total)

        yield advance


@contextmanager
def gauge(what: str) -> Iterator[Callable[[int, int], None]]:
    """The same for a work that says itself, as it goes, how many parts are done, of how many."""
    with _bar(what, None, counted=True) as tell:
        yield tell


@contextmanager
def _bar(what: str, total: int | None, *, counted: bool) -> Iterator[Callable[[int, int | None], None]]:
    if not is_terminal(sys.stderr):
        yield lambda _, __: None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    numbers = (MofNCompleteColumn(),) if counted else ()
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), *numbers, TimeElapsedColumn())
    shown = Progress(*columns, console=Console(file=sys.stderr), transient=True)
    task = shown.add_task(what, total=total)
    timer = Timer(SLOW_SECONDS, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, of: shown.update(task, completed=done, total=of)
    finally:
        timer.cancel()
        timer.join()
        shown.stop()
