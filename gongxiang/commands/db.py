"""`db …`: the version of the tables, and whether they are as this program makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gongxiang.commands.settings import Settings, found_wanting, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongxiang.page import Block
    from gongxiang.workflow.store.differences import Difference
    from gongxiang.workflow.store.upgrading import Moved, Standing, Step


@click.group("db", cls=Group, text=Text("数据库的表结构及其版本", "the tables of the database and their version"))
def db() -> None:
    """Keep the tables."""


@db.command(
    "status",
    cls=Command,
    text=Text(
        "表结构的版本、尚待执行的升级、各表的行数。",
        "The version of the tables, what an upgrade would do, and the rows of each table.",
    ),
)
def status() -> None:
    """Show what stands there."""
    from gongxiang.terminal import progress
    from gongxiang.workflow.store import upgrading

    told = settings()
    with progress(told.say(Text("读取", "reading"))):
        standing = upgrading.status(told.url())
    told.show(standing.as_record(told.language), lambda: _standing(standing, told))


@db.command(
    "upgrade",
    cls=Command,
    text=Text(
        "把表升级到最新版本；空数据库则建表。全部在一个事务内完成，中断即恢复原状。",
        "Bring the tables to the newest version, or make them in an empty database; one transaction, which an "
        "interruption undoes.",
    ),
)
def upgrade() -> None:
    """Upgrade."""
    from gongxiang.terminal import progress
    from gongxiang.workflow.store import upgrading

    told = settings()
    with progress(told.say(Text("升级", "upgrading"))):
        moved = upgrading.upgrade(told.url())
    told.show(moved.as_record(told.language), lambda: _moved(moved, told))


@db.command(
    "downgrade",
    cls=Command,
    text=Text(
        "把表退回从前的版本，供该版本的程序使用；有内容无法保留时先列出，加 --yes 才执行。",
        "Bring the tables back to an earlier version, for the program that reads it; what cannot be kept is listed "
        "first, and nothing is done without --yes.",
    ),
)
@argument("revision", Text("版本，如 0001", "the version, such as 0001"), metavar="REV")
@option("--yes", is_flag=True, text=Text("同意去除所列内容", "agree that what is listed goes"))
def downgrade(revision: str, yes: bool) -> None:
    """Go back."""
    from gongxiang.terminal import progress
    from gongxiang.workflow.store import upgrading

    told = settings()
    with progress(told.say(Text("退回", "going back"))):
        moved = upgrading.downgrade(told.url(), revision, may_lose=yes)
    told.show(moved.as_record(told.language), lambda: _moved(moved, told))
    if moved.refused:
        found_wanting()


@db.command(
    "check",
    cls=Command,
    text=Text(
        "核对表、索引与触发器是否与本程序所建一致且为最新版本；否则退出码为 1。",
        "Compare tables, indexes and triggers with what this program makes; exit 1 where they differ or are not of the "
        "newest version.",
    ),
)
def check() -> None:
    """Compare the tables with the model."""
    from gongxiang.terminal import progress
    from gongxiang.workflow.store import differences

    told = settings()
    with progress(told.say(Text("核对", "comparing"))):
        found = differences.check(told.url())
    told.show(
        {"ok": not found, "differences": [one.as_record(told.language) for one in found]},
        lambda: _differences(found, told),
    )
    if found:
        found_wanting()


def _standing(standing: Standing, told: Settings) -> Iterator[Block]:
    from gongxiang.page import Column, Grid, Heading, Sentence, Words

    present = standing.present or told.say(Text("尚未建表", "no tables yet"))
    said = Text(f"表结构：{present}，最新：{standing.newest}", f"tables: {present}, newest: {standing.newest}")
    yield Sentence(Words(told.say(said), "warn" if standing.pending else "good"))
    if standing.pending:
        yield Heading(told.say(Text("待执行（db upgrade）", "To be done (db upgrade)")))
        yield _steps(standing.pending, told)
    if standing.rows:
        yield Heading(told.say(Text("行数", "Rows")))
        yield Grid((Column(), Column(right=True)), [(name, f"{n:,}") for name, n in standing.rows.items()], indent=2)


def _moved(moved: Moved, told: Settings) -> Iterator[Block]:
    from gongxiang.page import Heading, Sentence, Words

    if moved.losses:
        head = Text("无法保留：", "This cannot be kept:") if moved.refused else Text("已去除：", "Removed for good:")
        yield Sentence(told.say(head))
        for loss in moved.losses:
            yield Sentence([Words("− ", "bad"), loss.of(told.language)], indent=2, hang=2)
    if moved.refused:
        said = Text("尚未执行；加 --yes 即执行。", "Nothing was done; with --yes it is.")
    elif moved.before is None:
        said = Text(f"已建表，版本 {moved.after}。", f"The tables are made, of version {moved.after}.")
    elif moved.before == moved.after:
        said = Text(f"已是版本 {moved.after}，无须变动。", f"They are of version {moved.after}; nothing to do.")
    else:
        back = str(moved.after) < moved.before
        yield Heading(told.say(Text("已撤销", "Undone") if back else Text("已执行", "Done")))
        yield _steps(moved.steps, told)
        said = Text(f"{moved.before} → {moved.after}，完成。", f"{moved.before} → {moved.after}, done.")
    yield Sentence(Words(told.say(said), "warn" if moved.refused else "good"))


def _steps(steps: tuple[Step, ...], told: Settings) -> Block:
    from gongxiang.page import Column, Grid

    return Grid((Column(), Column(wraps=True)), [(step.revision, told.say(step.says)) for step in steps], indent=2)


def _differences(found: list[Difference], told: Settings) -> Iterator[Block]:
    from gongxiang.page import Sentence, Words

    for one in found:
        yield Sentence([Words("✗ ", "bad"), told.say(one.text)], hang=2)
    if any(one.code == "version" for one in found):
        mend = Text("请运行 db upgrade", "run db upgrade")
        yield Sentence([Words("→ ", "good"), told.say(mend)], indent=2, hang=2)
    if not found:
        same = Text("与本程序所建一致。", "The tables are as this program makes them.")
        yield Sentence(Words(told.say(same), "good"))
