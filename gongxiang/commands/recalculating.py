"""A recalculation on the command line: how far it is, Ctrl-C between two batches, and what to type to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gongxiang.commands.interrupting import interrupts
from gongxiang.errors import Reason, Stopped, Text

if TYPE_CHECKING:
    from gongxiang.commands.settings import Settings
    from gongxiang.workflow.recalculation import Recalculated


@contextmanager
def watched(told: Settings) -> Iterator[tuple[Callable[[int, int], None], Callable[[], bool]]]:
    """Give what shows the progress, and what says whether Ctrl-C was pressed."""
    from gongxiang.terminal import gauge

    with gauge(told.say(Text("移动期限", "moving deadlines"))) as tell, interrupts() as stop:
        yield tell, stop


def end(told: Settings, done: Recalculated, by: str, signer: str, *, shorten: bool) -> None:
    """Raise Stopped, with the command that does the rest, where it was stopped before its end."""
    if done.finished:
        return
    from gongxiang.workflow.store.connection import command

    words = ["calendar", "recalculate", "--apply", "--by", by, "--signer", signer]
    rest = command(told.database or None, *words, *(["--shorten"] if shorten else []))
    cases = len({move.case for move in done.moved})
    raise Stopped(
        Reason(
            "stopped",
            Text(
                f"已应要求停止：{cases} 件案件的期限已移动，其余未动",
                f"stopped as asked: cases moved: {cases}; the rest is untouched",
            ),
            None,
            Text(f"继续：{rest.zh}", f"to go on: {rest.en}"),
        )
    )
