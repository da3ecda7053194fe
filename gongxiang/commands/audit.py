"""`audit …`: whether the record holds."""

from __future__ import annotations

import re
from typing import Any

import click

from gongxiang.commands.settings import found_wanting, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import Number, wrong
from gongxiang.errors import Text

WHICH = Text("第几号封存（默认末次）", "which seal (default: the last)")


class Noted(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A seal as it was kept outside: the size of the log and its root."""

    name = "SIZE:ROOT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:  # noqa: ARG002
        """Return size and root."""
        from gongxiang.workflow.given import short

        if isinstance(value, tuple):
            return value
        if not re.fullmatch(r"[0-9]{1,18}:[0-9a-fA-F]{64}", value.strip()):
            raise wrong(
                "bad_seal",
                f"“{short(value)}”不是“长度:根”",
                f"'{short(value)}' is not SIZE:ROOT",
                "请照抄 audit seal 印出的一行：长度、冒号、64位十六进制数字",
                "copy the line that audit seal printed: the size, a colon, 64 hexadecimal digits",
            )
        size, _, root = value.strip().partition(":")
        return int(size), root.lower()


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
@option(
    "--seal",
    "seals",
    metavar="SIZE:ROOT",
    type=Noted(),
    multiple=True,
    text=Text("另行保存的封存（可重复）", "a seal that was kept outside (may be repeated)"),
)
def verify(expect_head: str | None, seals: tuple[tuple[int, str], ...]) -> None:
    """Verify the ledger."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import auditing
    from gongxiang.workflow import record_screens as screens

    told = settings()
    engine = told.engine()
    with progress(told.say(Text("核验", "verifying"))):
        found = auditing.verify(engine, now=told.now, expected_head=expect_head, expected_seals=seals)
    record = found.as_record(told.language)
    told.show(record, lambda: screens.verification(record, told.language))
    if not found.ok:
        found_wanting()


@audit.command(
    "seal",
    cls=Command,
    text=Text(
        "把尚未封存的事件封入日志；请把印出的一行保存在系统之外。",
        "Seal every event that is not sealed yet. Keep the line that it prints outside the system.",
    ),
)
def seal() -> None:
    """Seal the ledger."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import sealing_screens as screens

    told = settings()
    engine = told.engine()
    with progress(told.say(Text("封存", "sealing"))):
        done = engine.seal(now=told.moment())
    told.show(done.as_record(), lambda: screens.sealed(done, told.language))


@audit.command("seals", cls=Command, text=Text("列出各次封存。", "List the seals."))
def seals() -> None:
    """List the seals."""
    from gongxiang.workflow import auditing
    from gongxiang.workflow import sealing_screens as screens

    told = settings()
    found = auditing.seals(told.engine())
    told.show({"seals": [one.as_record() for one in found]}, lambda: screens.seals(found, told.language))


@audit.command(
    "prove",
    cls=Command,
    text=Text(
        "印出案件末次已封存事件的证明，凭封存的根即可核对。",
        "Print the proof of a case's last sealed event; whoever has the seal's root can check it.",
    ),
)
@argument("name", Text("案件编号", "the case"), metavar="CASE")
@option("--seal", "number", type=Number(), metavar="N", text=WHICH)
def prove(name: str, number: int | None) -> None:
    """Prove that a case is sealed."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import auditing
    from gongxiang.workflow import sealing_screens as screens

    told = settings()
    engine = told.engine()
    with progress(told.say(Text("读取封存日志", "reading the log"))):
        found = auditing.prove(engine, name, number)
    told.show(found.as_record(), lambda: screens.inclusion(found, told.language))


@audit.command(
    "consistency",
    cls=Command,
    text=Text(
        "印出证明：封存日志自该长度以来只增不改。",
        "Print the proof that since it had that size the log has only grown.",
    ),
)
@argument("size", Text("旧长度", "the old size"), type=Number(), metavar="SIZE")
@option("--seal", "number", type=Number(), metavar="N", text=WHICH)
def consistency(size: int, number: int | None) -> None:
    """Prove that the log only grew."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import auditing
    from gongxiang.workflow import sealing_screens as screens

    told = settings()
    engine = told.engine()
    with progress(told.say(Text("读取封存日志", "reading the log"))):
        found = auditing.prove_growth(engine, size, number)
    told.show(found.as_record(), lambda: screens.consistency(found, told.language))


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
