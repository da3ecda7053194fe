"""`scheduler …`: the worker that runs for long, whether it keeps up, and what it could not get through."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gongxiang.commands.case import CASE
from gongxiang.commands.settings import found_wanting, labels_for, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import Number, wrong
from gongxiang.errors import BadInput, Reason, Text

if TYPE_CHECKING:
    from gongxiang.commands.settings import Settings
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.logbook import Log
    from gongxiang.workflow.receipt import Receipt
    from gongxiang.workflow.worker import Worker

NEVER = "none"
MOST_SECONDS = 86_400
LOOPBACK = "127.0.0.1"


class Hours(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """Hours of the day, Beijing time; "none" for never."""

    name = "HH:MM,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[time, ...]:  # noqa: ARG002
        """Return the hours, in order."""
        if isinstance(value, tuple):
            return value
        if value.strip() == NEVER:
            return ()
        return tuple(sorted({_hour(word.strip()) for word in value.split(",")}))


class Hour(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An hour of the day, Beijing time; "none" for never."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[time, ...]:  # noqa: ARG002
        """Return the hour, alone, or nothing."""
        if isinstance(value, tuple):
            return value
        return () if value.strip() == NEVER else (_hour(value.strip()),)


def _hour(word: str) -> time:
    hour, colon, minute = word.partition(":")
    written = colon and all(one.isascii() and one.isdigit() and len(one) == 2 for one in (hour, minute))
    if written and int(hour) < 24 and int(minute) < 60:
        return time(int(hour), int(minute))
    raise wrong(
        "bad_hour",
        f"“{word}”不是时刻",
        f"'{word}' is not an hour of the day",
        f"如 08:30,13:30；不需要则写 {NEVER}",
        f"such as 08:30,13:30; {NEVER} for never",
    )


class Address(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """Where to listen: a port on this machine alone, or HOST:PORT."""

    name = "[HOST:]PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:  # noqa: ARG002
        """Return host and port."""
        if isinstance(value, tuple):
            return value
        host, _, port = value.rpartition(":")
        if not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65_536):
            raise wrong(
                "bad_address",
                f"“{value}”不是监听地址",
                f"'{value}' is no address to listen on",
                "如 8080、127.0.0.1:8080 或 [::1]:8080",
                "such as 8080, 127.0.0.1:8080 or [::1]:8080",
            )
        return host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port)


@click.group("scheduler", cls=Group, text=Text("后台运行：清查、提醒、封存", "the worker: sweeps, reminders, seals"))
def scheduler() -> None:
    """Run and watch the worker."""


@scheduler.command(
    "run",
    cls=Command,
    text=Text(
        "长期运行：按时清查逾期、提醒、封存台账；可在多台机器上同时运行任意多个。收到 SIGTERM 或 Ctrl-C 即收尾退出。",
        "Run for long: sweep, remind, seal the ledger in time; as many at once, on as many machines, as wanted. "
        "SIGTERM or Ctrl-C ends it cleanly.",
    ),
)
@option(
    "--every",
    type=Number(),
    metavar="SECONDS",
    default="60",
    text=Text("每隔多少秒清查一次（默认 60）", "sweep every so many seconds (60)"),
)
@option(
    "--remind",
    type=Hours(),
    default="08:30,13:30",
    text=Text(
        f"工作日提醒的时刻，北京时间（默认 08:30,13:30；{NEVER} 为不提醒）",
        f"when to remind on working days, Beijing time (08:30,13:30; {NEVER}: never)",
    ),
)
@option(
    "--seal",
    type=Hour(),
    default="02:00",
    text=Text(
        f"每日封存台账的时刻（默认 02:00；{NEVER} 为不封存）", f"when to seal the ledger (02:00; {NEVER}: never)"
    ),
)
@option(
    "--warn",
    type=Hour(),
    default="08:30",
    text=Text(
        f"十月起缺次年放假通知时，每日告警的时刻（默认 08:30；{NEVER} 为不告警）",
        f"when to warn, from October, that next year's notice is missing (08:30; {NEVER}: never)",
    ),
)
@option(
    "--hook",
    metavar="PROGRAM",
    text=Text(
        "每条提醒、告警以一行 JSON 由标准输入交给此程序",
        "a program that gets each reminder and warning on standard input, one line of JSON",
    ),
)
@option(
    "--health",
    type=Address(),
    text=Text(
        "在此地址应答 GET /healthz（只写端口则仅限本机）",
        "answer GET /healthz there (a port alone: on this machine only)",
    ),
)
@option(
    "--log",
    metavar="FILE",
    text=Text("日志写入此文件，每行一个 JSON（默认：标准错误）", "log to a file, JSON Lines (default: standard error)"),
)
@option(
    "--name",
    metavar="NAME",
    text=Text("本进程的名称（默认：主机-进程号-随机数）", "what this worker is called (default: host-pid-random)"),
)
@option("--once", is_flag=True, text=Text("办完当下到期的一切即退出", "run all that is due now, and end"))
def run(
    every: int,
    remind: tuple[time, ...],
    seal: tuple[time, ...],
    warn: tuple[time, ...],
    hook: str | None,
    health: tuple[str, int] | None,
    log: str | None,
    name: str | None,
    once: bool,
) -> None:
    """Run the worker."""
    from gongxiang.commands.terminating import ending

    told = settings()
    if not 1 <= every <= MOST_SECONDS:
        raise wrong(
            "bad_interval",
            f"不能每 {every} 秒清查一次",
            f"a sweep every {every} seconds cannot be",
            f"请写 1 至 {MOST_SECONDS} 的整数",
            f"give a whole number from 1 to {MOST_SECONDS}",
        )
    if once and health:
        raise wrong(
            "once_and_health",
            "--once 不长期运行，不应答 --health",
            "with --once nothing runs for long enough to answer --health",
            "请去掉其中之一",
            "leave one of them out",
        )
    if name is not None and not name.strip():
        raise wrong(
            "no_name", "--name 为空", "--name is empty", "请写明名称，或去掉 --name", "give a name, or no --name"
        )
    hook = _program(hook)
    stopping = Stopping()
    with ExitStack() as meanwhile:
        # Before anything is loaded that takes time: whoever starts a worker may stop it at once.
        meanwhile.enter_context(ending(stopping.ask, stopping.leave))
        from gongxiang.workflow.errands import Timetable
        from gongxiang.workflow.logbook import Log
        from gongxiang.workflow.serving import serving
        from gongxiang.workflow.worker import Worker, oneself

        me = oneself(told.moment(), name, once=once)
        log_book = Log(me.worker, told.moment, _log_file(log))
        timetable = Timetable(remind, seal=next(iter(seal), None), warning=next(iter(warn), None))
        worker = Worker(told.engine(), me, clock=told.moment, log=log_book, every=every, timetable=timetable, hook=hook)
        stopping.of(worker, log_book)
        if health:
            port = meanwhile.enter_context(_answering(serving(*health, worker.health), *health))
            log_book.say("listening", host=health[0], port=port)
        if not once:
            worker.run()
            return
        _once(told, worker)


@contextmanager
def _answering(serving: AbstractContextManager[int], host: str, port: int) -> Iterator[int]:
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
        self._log: Log | None = None

    def of(self, worker: Worker, log: Log) -> None:
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


def _once(told: Settings, worker: Worker) -> None:
    fine = worker.once()
    if told.json:
        told.show({"ok": fine, "worker": worker.name, **worker.told}, list)
    if not fine:
        found_wanting()


def _program(name: str | None) -> str | None:
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


def _log_file(name: str | None) -> Path | None:
    """Return the log's file. Raises OSError for one that cannot be written: not at its first line, but now."""
    if name is None:
        return None
    with Path(name).open("a", encoding="utf-8"):
        return Path(name).absolute()


@scheduler.command(
    "status",
    cls=Command,
    text=Text(
        "工作进程、届满未记录的期限及其迟延、清查失败、未封存的事件、缺少的通知；有须处理的则退出码为 1。",
        "Workers, deadlines passed but unrecorded and how late, incidents, unsealed events, missing notices; "
        "exit 1 when something is wanting.",
    ),
)
def status() -> None:
    """Show whether the workers keep up."""
    from gongxiang.workflow import worker_screens as screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    found = engine.health(now=moment)
    told.show(found.as_record(told.language), lambda: screens.health(found, told.language))
    if found.wanting:
        found_wanting()


@scheduler.command(
    "incidents",
    cls=Command,
    text=Text(
        "清查失败的案件：仍在重试的、已放弃的、已搁置的。",
        "Cases that could not be swept: tried again, given up, or set aside.",
    ),
)
def incidents() -> None:
    """List incidents."""
    from gongxiang.workflow import worker_screens as screens

    told = settings()
    found = told.engine().incidents()
    told.show({"incidents": [one.as_record() for one in found]}, lambda: screens.incidents(found, told.language))


def _decided(function: Callable[..., Any]) -> Callable[..., Any]:
    for declare in (
        option("--reasons", metavar="TEXT", required=True, text=Text("理由", "why")),
        option("--by", metavar="DEPARTMENT", required=True, text=Text("办理部门（管理部门）", "the acting authority")),
        argument("name", CASE, metavar="CASE"),
    ):
        function = declare(function)
    return function


@scheduler.command(
    "retry",
    cls=Command,
    text=Text("重新清查失败的案件：重试次数归零。", "Let a case that could not be swept be tried afresh."),
)
@_decided
def retry(name: str, by: str, reasons: str) -> None:
    """Retry."""
    told = settings()
    engine = told.engine()
    receipt = engine.retry(name, by=by, at=told.moment(), reasons=reasons)
    _show(told, engine, receipt, name, Text("将重新清查", "will be tried again"))


@scheduler.command(
    "set-aside",
    cls=Command,
    text=Text(
        "搁置清查失败的案件：不再重试，直至 retry。",
        "Let sweeps pass over a case that could not be swept, until `retry`.",
    ),
)
@_decided
def set_aside(name: str, by: str, reasons: str) -> None:
    """Set aside."""
    told = settings()
    engine = told.engine()
    receipt = engine.set_aside(name, by=by, at=told.moment(), reasons=reasons)
    _show(told, engine, receipt, name, Text("已搁置", "is set aside"))


def _show(told: Settings, engine: Engine, receipt: Receipt, case: str, done: Text) -> None:
    from gongxiang.workflow import worker_screens as screens

    told.show(
        receipt.as_record(),
        lambda: screens.decided(case, receipt, done, labels_for(engine, told, told.moment())),
    )
