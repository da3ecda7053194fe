"""`case …`: one case or many: where it stands, what has happened, what may be done next, and doing it."""

from __future__ import annotations

import click

from gongxiang.commands.settings import labels_for, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import Limit, OneOf
from gongxiang.errors import Text

PHASES = ("running", "due_today", "overdue", "met", "met_late", "stopped", "void")
CASE = Text("案件编号", "the case")
SHOWN = 1000
"""Cases that a list shows unless somebody asks for more: what a person can still look through."""


@click.group("case", cls=Group, text=Text("查看与办理案件", "read cases and act in them"))
def case() -> None:
    """Read cases and act in them."""


@case.command("list", cls=Command, text=Text("列出案件，可筛选。", "List the cases, or some of them."))
@option("--state", metavar="STATE", text=Text("只列此状态", "only in this state"))
@option("--procedure", metavar="NAME", text=Text("只列此程序", "only of this procedure"))
@option(
    "--owes", metavar="DEPARTMENT", text=Text("只列该部门尚有义务的", "only those where this department owes something")
)
@option("--phase", type=OneOf(*PHASES), text=Text("只列有此种期限的", "only with a deadline in this phase"))
@option("--about", metavar="CASE", text=Text("只列与该案件有关的", "only those about this case"))
@option(
    "--limit",
    type=Limit(),
    default=SHOWN,
    metavar="N",
    text=Text(
        f"最多列出最新的多少件（默认 {SHOWN}；0 为全部）", f"the newest so many at most (default {SHOWN}; 0: all)"
    ),
)
def list_(
    state: str | None, procedure: str | None, owes: str | None, phase: str | None, about: str | None, limit: int
) -> None:
    """List cases."""
    from gongxiang.terminal import progress
    from gongxiang.workflow import screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    most = limit + 1 if limit else None  # one more than is shown tells that there are more
    with progress(told.say(Text("读取案件", "reading cases"))):
        views = engine.cases(
            state=state, procedure=procedure, owes=owes, phase=phase, about=about, now=moment, limit=most
        )
    more = len(views) == most
    views = views[more:]
    told.show(
        {"cases": [view.as_record() for view in views], "limit": limit or None, "more": more},
        lambda: screens.case_list(views, labels_for(engine, told, moment), more=more),
    )


@case.command("show", cls=Command, text=Text("显示一个案件。", "Show a case."))
@argument("name", CASE, metavar="CASE")
def show(name: str) -> None:
    """Show a case."""
    from gongxiang.workflow import screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    view = engine.case(name, now=moment)
    told.show(view.as_record(), lambda: screens.case(view, labels_for(engine, told, moment), moment))


@case.command("history", cls=Command, text=Text("显示案件的全部记录。", "Show everything on record about a case."))
@argument("name", CASE, metavar="CASE")
def history(name: str) -> None:
    """Show a case's history."""
    from gongxiang.workflow import case_screens as screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    entries = engine.history(name)
    view = engine.case(name, now=moment)
    told.show(
        {"case": name, "events": [entry.as_record() for entry in entries]},
        lambda: screens.history(view, entries, labels_for(engine, told, moment)),
    )


@case.command(
    "options",
    cls=Command,
    text=Text(
        "某部门现在可办理哪些步骤；不能办理的，说明理由与条文。",
        "What a department may do now; for every other step the reasons and the article.",
    ),
)
@argument("name", CASE, metavar="CASE")
@option("--by", metavar="DEPARTMENT", required=True, text=Text("哪个部门", "which department"))
def options(name: str, by: str) -> None:
    """Show what may be done."""
    from gongxiang.workflow import case_screens as screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    given = engine.options(name, by=by, now=moment)
    view = engine.case(name, now=moment)
    told.show(
        {"case": name, "by": by, "options": [one.as_record(told.language) for one in given]},
        lambda: screens.options(view, by, given, labels_for(engine, told, moment), moment),
    )


@case.command(
    "explain",
    cls=Command,
    text=Text("每个期限的计算说明，如其记录所存。", "The computation sheet of each deadline, as its event stored it."),
)
@argument("name", CASE, metavar="CASE")
def explain(name: str) -> None:
    """Explain the deadlines."""
    from gongxiang.workflow import case_screens as screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    given = engine.explain(name, now=moment)
    view = engine.case(name, now=moment)
    told.show(
        {"case": name, "deadlines": [one.as_record() for one in given]},
        lambda: screens.explanation(view, given, labels_for(engine, told, moment), moment),
    )
