"""`rules diff` and `what-if`: two rule books side by side, by their tables and by what a docket comes to under them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gongxiang.commands.books import RULES, known_procedure, named
from gongxiang.commands.rules import rules
from gongxiang.commands.settings import found_wanting, labels_for, settings
from gongxiang.commands.speaking import Command, argument, option
from gongxiang.commands.values import Moment
from gongxiang.errors import FaultyDocket, Text

if TYPE_CHECKING:
    from gongxiang.commands.settings import Settings
    from gongxiang.workflow.engine import Engine

LAW = "law"
"""The word for the law of each case's place and day."""


@rules.command(
    "diff",
    cls=Command,
    text=Text(
        "两部规则的差异：法定数字、程序、状态、期限、步骤、办理部门、冲突，各附条文。",
        "What differs between two rule books: numbers, procedures, states, limits, steps, roles, conflicts, each with "
        "its articles.",
    ),
)
@argument("before", RULES, metavar="A")
@argument("after", Text("同上", "likewise"), metavar="B")
@option("--procedure", metavar="NAME", text=Text("只比较此程序", "only this procedure"))
def diff(before: str, after: str, procedure: str | None) -> None:
    """Compare two rule books."""
    from gongxiang.rules.comparing import compare
    from gongxiang.rules.comparing_screens import comparison

    told = settings()
    books = named(before), named(after)
    found = compare(*books)
    if procedure is not None:
        found = found.only(known_procedure(procedure, *books))
    told.show(found.as_record(told.language), lambda: comparison(found, told.language))


@click.command(
    "what-if",
    cls=Command,
    text=Text(
        "同一卷宗在两部规则下各播放一遍（不写入数据库）：哪些案件的状态、日期、标记不同，哪些行只被一方拒绝。",
        "Play a docket in memory under two rule books: which cases have other states, dates or flags, and which lines "
        "only one refuses.",
    ),
)
@argument(
    "before",
    Text(
        f"规则（如 rules show），或 {LAW}：当地当日的法",
        f"a rule book (as for rules show), or {LAW}: that of place and day",
    ),
    metavar="A",
)
@argument("after", Text("同上", "likewise"), metavar="B")
@argument(
    "files",
    Text("卷宗文件（JSON Lines，UTF-8）", "docket files (JSON Lines, UTF-8)"),
    nargs=-1,
    required=True,
    metavar="FILE...",
)
@option("--until", type=Moment(), text=Text("只播放到此时刻", "play up to this moment"))
def what_if(before: str, after: str, files: tuple[str, ...], until: datetime | None) -> None:
    """Play a docket under two rule books."""
    from gongxiang.commands.docket import lines_of
    from gongxiang.terminal import progress
    from gongxiang.workflow.supposing import suppose
    from gongxiang.workflow.supposing_screens import supposition

    told = settings()
    read = [(path, lines_of(Path(path))) for path in files]
    (first, one), (second, other) = (_engine(word, told) for word in (before, after))
    with progress(told.say(Text("播放", "playing")), 2 * sum(len(lines) for _, lines in read)) as advance:
        found = suppose(one, other, read, until=until, advance=advance)
    moment = found.now or told.moment()
    told.show(
        {"a": before, "b": after, **found.as_record(told.language)},
        lambda: supposition(found, (first, second), (labels_for(one, told, moment), labels_for(other, told, moment))),
    )
    if any(line.error.code == FaultyDocket.code for line in found.refused_in_both):
        found_wanting()


def _engine(word: str, told: Settings) -> tuple[str, Engine]:
    """Return what a law is called, and an engine over an empty database in memory that is under it."""
    from gongxiang import open_engine

    if word == LAW:
        title, engine = (
            told.say(Text("各案所在地、当日的法", "the law of each case's place and day")),
            open_engine("sqlite://", clock=told.moment),
        )
    else:
        book = named(word)
        title, engine = (
            f"{book.title.of(told.language)}  {book.id}",
            open_engine("sqlite://", rules=book, clock=told.moment),
        )
    told.opened.append(engine)
    return title, engine
