"""`department …`: who takes part."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from gongxiang.commands.settings import labels_for, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import Moment, OneOf, json_of, wrong
from gongxiang.errors import Text

FIELDS = ("id", "name", "region", "level", "kind")
KINDS = ("government", "utility", "central", "authority", "working_body", "competent_organ")


@click.group("department", cls=Group, text=Text("部门登记", "who takes part"))
def department() -> None:
    """Read and keep the register."""


@department.command("list", cls=Command, text=Text("列出已登记的部门。", "List who is registered."))
def list_() -> None:
    """List departments."""
    from gongxiang.workflow import record_screens as screens

    told = settings()
    engine, moment = told.engine(), told.moment()
    known = list(engine.departments(moment).values())
    told.show(
        {"departments": [one.as_record() for one in known]},
        lambda: screens.departments(known, labels_for(engine, told, moment)),
    )


@department.command(
    "register",
    cls=Command,
    text=Text(
        "登记部门或其变更：用选项，或给出 JSON（一个对象或一组对象）。",
        "Register a department or a change of one: by options, or as JSON (one object or a list).",
    ),
)
@argument("record", Text("JSON，或 @文件", "JSON, or @file"), metavar="[JSON|@FILE]", required=False)
@option("--id", metavar="ID", text=Text("代号", "its id"))
@option("--name", metavar="NAME", text=Text("名称", "its name"))
@option("--region", metavar="CODE", text=Text("六位区划代码", "six-digit region code"))
@option("--level", type=OneOf("province", "city", "county"), text=Text("层级", "its level"))
@option("--kind", type=OneOf(*KINDS), text=Text("类别", "what it is"))
@option(
    "--at", type=Moment(), text=Text("自此时刻起有效（默认：一直有效）", "from this moment on (default: for all time)")
)
@option("--by", metavar="ID", default="", text=Text("登记者", "who registers"))
def register(record: str | None, at: datetime | None, by: str, **fields: str | None) -> None:
    """Register departments."""
    from gongxiang.workflow import record_screens as screens
    from gongxiang.workflow.vocabulary import Department

    told = settings()
    given = {name: fields[name] for name in FIELDS if fields[name] is not None}
    if bool(given) == (record is not None):
        raise wrong(
            "one_record",
            "请给出选项或 JSON 之一",
            "give either the options or JSON",
            "如 --id sy-mps --name 沈阳市公安局 --region 210100 --level city --kind government",
            "such as --id sy-mps --name … --region 210100 --level city --kind government",
        )
    read: Any = json_of(record) if record is not None else given
    entries = [Department.from_record(one) for one in (read if isinstance(read, list) else [read])]
    engine = told.engine(create=True)
    receipts = [engine.register(entry, at=at, by=by) for entry in entries]
    moment = max(told.moment(), at or told.moment())
    told.show(
        {
            "departments": [entry.as_record() for entry in entries],
            "receipts": [receipt.as_record() for receipt in receipts],
        },
        lambda: screens.departments(entries, labels_for(engine, told, moment)),
    )
