"""`calendar …`: due dates and their proof, the year, what is covered, new notices and what they move."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from gongxiang.commands.recalculating import end, watched
from gongxiang.commands.settings import labels_for, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import Day, Moment, Number, wrong
from gongxiang.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongxiang.calendars import Edition
    from gongxiang.commands.settings import Settings
    from gongxiang.page import Block
    from gongxiang.workflow.engine import Engine

NAMED_BY = Text("办理部门的代号（管理部门）", "the acting authority's id")
SIGNER = Text("签发人姓名", "the name of the person who signs")
SHORTEN = Text("也缩短会提前的期限", "also move deadlines that become earlier")
PLANNING = Text("计算", "planning")


class Received(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A day, or an aware moment."""

    name = "RECEIVED"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | datetime:
        """Return the day or the moment."""
        return (
            Moment().convert(value, param, ctx)
            if len(str(value)) > len("2026-02-12")
            else Day().convert(value, param, ctx)
        )


@click.group(
    "calendar", cls=Group, text=Text("工作日历：到期日、年历、放假通知", "working days: due dates, years, notices")
)
def calendar() -> None:
    """Answer from the calendar."""


def _edition(told: Settings, known_on: date | None) -> Edition:
    """Return the calendar of the database where there is one, else the shipped one."""
    from gongxiang import calendars

    engine = told.engine_if_any()
    return engine.edition(known_on) if engine else calendars.edition(known_on)


@calendar.command(
    "due",
    cls=Command,
    text=Text("计算到期日并列出每一天的依据。", "Compute a due date, with each day's reason."),
)
@argument(
    "received", Text("收到之日，或带时区的时刻", "the day of receipt, or a moment with its offset"), type=Received()
)
@argument("working_days", Text("工作日数", "the number of working days"), type=Number(), metavar="N")
@option(
    "--known-on",
    type=Day(),
    metavar="DAY",
    text=Text("只依据此日以前公布的通知", "with the notices published by this day"),
)
@option(
    "--allow-provisional",
    is_flag=True,
    text=Text("通知未公布的年份给出暂定日期", "give a provisional date past the last notice"),
)
def due(received: date | datetime, working_days: int, known_on: date | None, allow_provisional: bool) -> None:
    """Compute a due date."""
    from gongxiang.calendars import screens

    told = settings()
    answer = _edition(told, known_on).due(received, working_days, allow_provisional=allow_provisional)
    record = answer.sheet()
    told.show(record, lambda: screens.sheet(record, told.language))


@calendar.command("show", cls=Command, text=Text("显示一年的年历。", "Show a year."))
@argument("year", Text("年份", "the year"), type=Number(), metavar="YEAR")
@option(
    "--known-on",
    type=Day(),
    metavar="DAY",
    text=Text("只依据此日以前公布的通知", "with the notices published by this day"),
)
def show(year: int, known_on: date | None) -> None:
    """Show a year."""
    from gongxiang import calendars
    from gongxiang.calendars import screens

    told = settings()
    if not date.min.year < year < date.max.year:
        raise wrong("bad_year", f"没有 {year} 年", f"there is no year {year}", "如 2026", "such as 2026")
    edition = _edition(told, known_on)
    months = calendars.year_rows(edition, year)
    told.show(
        {"year": year, "edition": edition.id, "months": [month.as_record() for month in months]},
        lambda: screens.year(months, edition.id, told.language),
    )


@calendar.command(
    "status",
    cls=Command,
    text=Text("日历覆盖到何日，缺哪一年的通知。", "What is covered, and which notice is wanted next."),
)
def status() -> None:
    """Show what is covered."""
    from gongxiang import calendars
    from gongxiang.calendars import BEIJING, screens

    told = settings()
    today = told.moment().astimezone(BEIJING).date()
    found = calendars.status(_edition(told, today), today)
    told.show(found.as_record(), lambda: screens.status(found, told.language))


@calendar.command(
    "diff",
    cls=Command,
    text=Text("比较两日各自已知的日历：哪些天由工作变休息，或相反。", "Compare the calendar as known on two days."),
)
@argument("before", Text("前一日", "the earlier day"), type=Day(), metavar="A")
@argument("after", Text("后一日", "the later day"), type=Day(), metavar="B")
def diff(before: date, after: date) -> None:
    """Compare two editions."""
    from gongxiang import calendars
    from gongxiang.calendars import screens

    told = settings()
    one, other = _edition(told, before), _edition(told, after)
    changes = calendars.diff(one, other)
    document = {
        "before": {"known_on": before.isoformat(), "edition": one.id},
        "after": {"known_on": after.isoformat(), "edition": other.id},
        "changes": [change.as_record() for change in changes],
    }
    told.show(document, lambda: screens.diff(changes, f"{before} {one.id}", f"{after} {other.id}", told.language))


@calendar.command(
    "import",
    cls=Command,
    text=Text(
        "导入放假通知：先列出会移动哪些未了期限；加 --apply 才写入。",
        "Import a notice: shows which open deadlines it would move; written only with --apply.",
    ),
)
@argument("file", Text("通知文件（TOML）", "the notice as TOML"), metavar="FILE")
@option("--apply", is_flag=True, text=Text("写入通知", "enter the notice"))
@option("--by", metavar="ID", text=Text("同时重新计算：办理部门的代号", "and recalculate: the acting authority's id"))
@option("--signer", metavar="NAME", text=SIGNER)
@option("--shorten", is_flag=True, text=SHORTEN)
def import_(file: str, apply: bool, by: str | None, signer: str | None, shorten: bool) -> None:
    """Import notices."""
    from gongxiang import calendars
    from gongxiang.calendars import screens as days
    from gongxiang.terminal import progress
    from gongxiang.workflow import record_screens as screens
    from gongxiang.workflow.almanac import already_known

    told = settings()
    _both_or_neither(by, signer, apply)
    engine = told.engine(create=True) if apply else told.engine_if_any()
    known = engine.edition().known if engine else calendars.shipped_notices()
    read = calendars.load_notices(file, known)
    new = [notice for notice in read if notice not in known]
    if not new:
        raise already_known(read[0])
    moment = told.moment()
    with progress(told.say(PLANNING)):
        plan = engine.recalculation_plan(now=moment, notices=tuple(new)) if engine else []
    done = None
    if apply and engine:
        with watched(told) as (tell, stop):
            entered = engine.import_notices(
                new, at=moment, by=by or "", signer=signer, shorten=shorten, progress=tell, stop=stop
            )
        done = None if signer is None else entered
    records = [notice.as_record() for notice in new]
    document = {
        "notices": records,
        "applied": apply,
        "plan": [move.as_record() for move in plan],
        "recalculated": None if done is None else done.as_record(),
    }

    def blocks() -> Iterator[Block]:
        yield from days.imported(records, told.language, applied=apply)
        if engine:
            labels = labels_for(engine, told, moment)
            yield from screens.recalculated(done, labels) if done else screens.plan(plan, labels, imported=apply)
        else:
            yield from screens.no_plan(told.language)

    told.show(document, blocks)
    if done and by and signer:
        end(told, done, by, signer, shorten=shorten)


def _both_or_neither(by: str | None, signer: str | None, apply: bool) -> None:
    if (by is None) != (signer is None) or (by is not None and not apply):
        raise wrong(
            "by_and_signer",
            "--by 与 --signer 须同时给出，并与 --apply 一起使用",
            "--by and --signer are given together, and with --apply",
            "如 --apply --by sy-auth --signer 王某",
            "such as --apply --by sy-auth --signer 'Wang'",
        )


def _signed(signer: str, shorten: bool) -> dict[str, Any]:
    return {"signer": signer, **({"shorten": True} if shorten else {})}


@calendar.command(
    "recalculate",
    cls=Command,
    text=Text(
        "依据已公布的通知重新计算未了期限：先列计划；加 --apply 由签发人决定后写入。",
        "Recalculate open deadlines by the notices published: a plan first; with --apply under a named signer.",
    ),
)
@option("--apply", is_flag=True, text=Text("写入", "write"))
@option("--by", metavar="ID", text=NAMED_BY)
@option("--signer", metavar="NAME", text=SIGNER)
@option("--shorten", is_flag=True, text=SHORTEN)
def recalculate(apply: bool, by: str | None, signer: str | None, shorten: bool) -> None:
    """Plan or apply a recalculation."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import record_screens as screens

    told = settings()
    if apply and (by is None or signer is None):
        raise wrong(
            "by_and_signer",
            "写入须有 --by 与 --signer：移动期限由具名的人决定",
            "--apply needs --by and --signer: a named person moves deadlines",
            "如 --apply --by sy-auth --signer 王某",
            "such as --apply --by sy-auth --signer 'Wang'",
        )
    engine: Engine = told.engine()
    moment = told.moment()
    if apply and by and signer:
        with watched(told) as (tell, stop):
            done = engine.recalculate(by=by, at=moment, payload=_signed(signer, shorten), progress=tell, stop=stop)
        told.show(
            {"applied": True, **done.as_record()}, lambda: screens.recalculated(done, labels_for(engine, told, moment))
        )
        end(told, done, by, signer, shorten=shorten)
        return
    with progress(told.say(PLANNING)):
        plan = engine.recalculation_plan(now=moment)
    told.show(
        {"applied": False, "plan": [move.as_record() for move in plan]},
        lambda: screens.plan(plan, labels_for(engine, told, moment), imported=True),
    )
