"""`scheduler run|status`: the worker that runs for long, and whether it keeps up."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import time

import click

from gongxiang.commands.hours import NEVER, Address, Hour, Hours
from gongxiang.commands.settings import found_wanting, settings
from gongxiang.commands.speaking import Command, Group, option
from gongxiang.commands.values import Number, wrong
from gongxiang.errors import Text

MOST_SECONDS = 86_400


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
    from gongxiang.commands.working import Stopping, answering, log_file, program

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
    hook = program(hook)
    stopping = Stopping()
    with ExitStack() as meanwhile:
        # Before anything is loaded that takes time: whoever starts a worker may stop it at once.
        meanwhile.enter_context(ending(stopping.ask, stopping.leave))
        from gongxiang.workflow.errands import Timetable
        from gongxiang.workflow.logbook import Logbook
        from gongxiang.workflow.serving import serving
        from gongxiang.workflow.worker import Worker, oneself

        me = oneself(told.moment(), name, once=once)
        logbook = Logbook(me.worker, told.moment, log_file(log))
        timetable = Timetable(remind, seal=next(iter(seal), None), warning=next(iter(warn), None))
        worker = Worker(told.engine(), me, clock=told.moment, log=logbook, every=every, timetable=timetable, hook=hook)
        stopping.of(worker, logbook)
        if health:
            port = meanwhile.enter_context(answering(serving(*health, worker.health), *health))
            logbook.say("listening", host=health[0], port=port)
        if not once:
            worker.run()
            return
        fine = worker.once()
        if told.json:
            told.show({"ok": fine, "worker": worker.name, **worker.told}, list)
        if not fine:
            found_wanting()


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
