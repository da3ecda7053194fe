"""`audit …`: whether the record holds."""

from __future__ import annotations

import click

from gongxiang.commands.settings import found_wanting, settings
from gongxiang.commands.speaking import Command, Group, option
from gongxiang.errors import Text


@click.group("audit", cls=Group, text=Text("核验台账", "verify the record"))
def audit() -> None:
    """Verify the record."""


@audit.command(
    "verify",
    cls=Command,
    text=Text(
        "由台账另行推导状态、期限与权限并逐项核对；有不符则退出码为 1。",
        "Derive states, deadlines and permissions anew from the ledger; exit 1 on any difference.",
    ),
)
@option("--expect-head", metavar="HASH", text=Text("应有的总哈希", "the head that was noted before"))
def verify(expect_head: str | None) -> None:
    """Verify the ledger."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import auditing
    from gongxiang.workflow import record_screens as screens

    told = settings()
    engine = told.engine()
    with progress(told.say(Text("核验", "verifying"))):
        found = auditing.verify(engine, now=told.now, expected_head=expect_head)
    record = found.as_record(told.language)
    told.show(record, lambda: screens.verification(record, told.language))
    if not found.ok:
        found_wanting()


@audit.command(
    "rebuild",
    cls=Command,
    text=Text(
        "由台账重建案件现状；加 --apply 才写入。", "Write the case rows anew from the ledger; only with --apply."
    ),
)
@option("--apply", is_flag=True, text=Text("写入", "write"))
def rebuild(apply: bool) -> None:
    """Rebuild the projection."""
    from gongxiang.page import Sentence, Words
    from gongxiang.terminal import progress
    from gongxiang.workflow import auditing

    told = settings()
    engine = told.engine()
    with progress(told.say(Text("重建", "rebuilding"))):
        differing = engine.rebuild() if apply else auditing.differing(engine)
    said = Text(f"{differing} 件案件的现状与台账不符", f"{differing} case rows differ from the ledger")
    done = Text("，已重建。", ", rebuilt.") if apply else Text("（试算，未写入）。", " (dry run, nothing written).")
    told.show(
        {"differing": differing, "applied": apply},
        lambda: [Sentence(Words(told.say(said) + told.say(done), "warn" if differing else "good"))],
    )
    if differing and not apply:
        found_wanting()
