"""`docket play`: acts go in as JSON Lines, cases stand in their states."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from gongxiang.commands.books import named
from gongxiang.commands.settings import found_wanting, labels_for, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import Moment
from gongxiang.errors import Text


@click.group("docket", cls=Group, text=Text("播放卷宗", "play dockets"))
def docket() -> None:
    """Play dockets."""


@docket.command(
    "play",
    cls=Command,
    text=Text(
        "播放卷宗：一行一个行为，按时间先后；案件、期限与逾期随之确定。",
        "Play a docket: one act a line, in order of time; cases, deadlines and lapses follow.",
    ),
)
@argument(
    "files",
    Text("卷宗文件（JSON Lines，UTF-8）", "docket files (JSON Lines, UTF-8)"),
    nargs=-1,
    required=True,
    metavar="FILE...",
)
@option("--keep-going", is_flag=True, text=Text("遇拒绝的行仍继续", "go on after a refused line"))
@option("--until", type=Moment(), text=Text("只播放到此时刻", "play up to this moment"))
@option(
    "--rules",
    metavar="ID",
    text=Text(
        "适用的规则（默认：受理日当地的法）", "the rule book to play under (default: the law of the place and day)"
    ),
)
def play(files: tuple[str, ...], keep_going: bool, until: datetime | None, rules: str | None) -> None:
    """Play dockets in the order given."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import docket as dockets
    from gongxiang.workflow import screens

    told = settings()
    book = named(rules) if rules else None
    read = [(path, lines_of(Path(path))) for path in files]
    engine = told.engine(create=True, rules=book)
    with progress(told.say(Text("播放", "playing")), sum(len(lines) for _, lines in read)) as advance:
        result = dockets.play(engine, read, keep_going=keep_going, until=until, advance=advance)
    moment = result.now or told.moment()
    told.show(result.as_record(told.language), lambda: screens.played(result, labels_for(engine, told, moment)))
    if result.refused:
        found_wanting()


def lines_of(path: Path) -> list[str]:
    """Return the lines; bytes that are no UTF-8 stay recognisable, so that their line is refused and no other."""
    return path.read_bytes().decode(errors="surrogateescape").split("\n")
