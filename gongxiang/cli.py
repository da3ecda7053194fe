"""The coordinators' command line: parse, call one service function, print. Groups of commands: `gongxiang.commands`."""

from __future__ import annotations

import click

from gongxiang.commands import (  # they declare case open, rules new and the like
    acting,  # noqa: F401
    beginning,  # noqa: F401
    incidents,  # noqa: F401
    migration,  # noqa: F401
)
from gongxiang.commands.audit import audit
from gongxiang.commands.calendar import calendar
from gongxiang.commands.case import SHOWN, case
from gongxiang.commands.comparing import what_if
from gongxiang.commands.db import db
from gongxiang.commands.department import department
from gongxiang.commands.docket import docket
from gongxiang.commands.procedure import procedure
from gongxiang.commands.root import Root
from gongxiang.commands.rules import rules
from gongxiang.commands.scheduler import scheduler
from gongxiang.commands.settings import labels_for, settings
from gongxiang.commands.speaking import Command, option
from gongxiang.commands.values import Limit
from gongxiang.errors import Text


@click.group(
    "gongxiang",
    cls=Root,
    invoke_without_command=True,
    text=Text(
        "共享：政务数据共享各项程序，依当地当日的法，期限附计算依据。",
        "Gongxiang: the procedures of government data sharing by the law of place and day, with provable deadlines.",
    ),
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Show the help when no command is given."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@main.command(
    "demo",
    cls=Command,
    text=Text(
        "演示：在一次性数据库上播放内置卷宗，看三天的待办、一份计算说明、责令到移送、台账核验。",
        "Play a built-in docket on a throw-away database: three boards, one sheet, the ladder, the ledger verified.",
    ),
)
def demo() -> None:
    """Show what this program does."""
    from gongxiang import open_engine
    from gongxiang.commands.demonstration import scenes
    from gongxiang.page import BLANK
    from gongxiang.terminal import pause, show
    from gongxiang.workflow.labels import Labels

    told = settings()
    engine = open_engine("sqlite://")
    told.opened.append(engine)
    document: dict[str, list[object]] = {}
    for scene in scenes(engine, Labels(told.language)):
        document.setdefault(scene.name, []).append(scene.record)
        if not told.json:
            show([*scene.blocks, BLANK])
            pause()
    if told.json:
        told.show({name: seen if name == "boards" else seen[0] for name, seen in document.items()}, list)


@main.command(
    "today",
    cls=Command,
    text=Text(
        "今日待办：轮到谁办、何时到期、逾期多少。",
        "What is owed today: whose move it is, when it is due, what is overdue.",
    ),
)
@option(
    "--limit",
    type=Limit(),
    default=SHOWN,
    metavar="N",
    text=Text(
        f"最多看最先到期的多少件未结案件、最近的多少次逾期（默认 {SHOWN}；0 为全部）",
        f"look at so many open cases, the soonest due, and at so many lapses, the newest (default {SHOWN}; 0: all)",
    ),
)
def today(limit: int) -> None:
    """Show what is owed."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import board_screens as screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    with progress(told.say(Text("读取案件", "reading cases"))):
        board = engine.today(now=moment, limit=limit or None, lapses=limit or None)
    told.show(board.as_record(), lambda: screens.board(board, labels_for(engine, told, moment)))


@main.command(
    "sweep",
    cls=Command,
    text=Text(
        "清查逾期：找出已届满未办的期限；加 --apply 才写入。",
        "Find the limits that have passed unmet; recorded only with --apply.",
    ),
)
@option("--apply", is_flag=True, text=Text("写入所发现的逾期", "record what is found"))
def sweep(apply: bool) -> None:
    """Find and record lapses."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    with progress(told.say(Text("清查", "sweeping"))):
        swept = engine.sweep(now=moment, dry_run=not apply)
    told.show(
        {**swept.as_record(), "applied": apply},
        lambda: screens.swept(swept, labels_for(engine, told, moment), applied=apply),
    )


for command in (case, docket, what_if, calendar, rules, procedure, department, audit, scheduler, db):
    main.add_command(command)
