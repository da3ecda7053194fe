"""`scheduler incidents|retry|set-aside`: what sweeps could not get through, and what an authority decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gongxiang.commands.case import CASE
from gongxiang.commands.scheduler import scheduler
from gongxiang.commands.settings import labels_for, settings
from gongxiang.commands.speaking import Command, argument, option
from gongxiang.errors import Text

if TYPE_CHECKING:
    from gongxiang.commands.settings import Settings
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.receipt import Receipt


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
