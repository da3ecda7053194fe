"""What a worker is given on the command line, had before it begins; and ending it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gongxiang.commands.values import wrong
from gongxiang.errors import BadInput, Reason, Text

if TYPE_CHECKING:
    from gongxiang.workflow.logbook import Logbook
    from gongxiang.workflow.worker import Worker


@contextmanager
def answering(serving: AbstractContextManager[int], host: str, port: int) -> Iterator[int]:
    """Answer meanwhile. Raises BadInput for an address that cannot be had."""
    with ExitStack() as meanwhile:
        try:
            had = meanwhile.enter_context(serving)
        except OSError as error:
            said = error.strerror or error
            raise BadInput(
                Reason(
                    "address_not_had",
                    Text(f"无法在 {host}:{port} 应答健康检查：{said}", f"no health check at {host}:{port}: {said}"),
                    None,
                    Text("请换一个端口或地址（--health）", "choose another port or address (--health)"),
                )
            ) from error
        yield had


class Stopping:
    """What is to be stopped, as soon as it is there."""

    def __init__(self) -> None:
        self._asked = False
        self._worker: Worker | None = None
        self._log: Logbook | None = None

    def of(self, worker: Worker, log: Logbook) -> None:
        """Stop this worker when asked, or now where that was asked before."""
        self._log, self._worker = log, worker
        if self._asked:
            worker.stop()

    def ask(self) -> None:
        """Stop it."""
        self._asked = True
        if self._worker is not None:
            self._worker.stop()

    def leave(self) -> None:
        """Say that its work was left."""
        if self._log is not None:
            self._log.say("stopped", "warning", unfinished=True)


def program(name: str | None) -> str | None:
    """Return where the hook is. Raises WrongUsage for one that cannot be run: not at its first line, but now."""
    found = shutil.which(name) if name else None
    if name is not None and not found:  # an empty one is a variable that nobody has set
        raise wrong(
            "no_such_program",
            f"“{name}”不是可运行的程序",
            f"'{name}' is no program that can be run",
            "请核对路径与执行权限；参数须写在程序自身之中",
            "check the path and that it may be executed; it takes no arguments",
        )
    return found


def log_file(name: str | None) -> Path | None:
    """Return the log's file. Raises OSError for one that cannot be written: not at its first line, but now."""
    if name is None:
        return None
    with Path(name).open("a", encoding="utf-8"):
        return Path(name).absolute()
