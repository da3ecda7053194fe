"""`case open`, `case fire`, `case correct`: acts, taken by a department at a moment, with what they carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gongxiang.commands.case import CASE, case
from gongxiang.commands.settings import labels_for, settings
from gongxiang.commands.speaking import Command, Made, argument, option
from gongxiang.commands.values import Moment, Number, json_of, wrong
from gongxiang.errors import Text

if TYPE_CHECKING:
    from gongxiang.commands.settings import Settings
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.procedure import Procedure
    from gongxiang.workflow.receipt import Receipt


def act(function: Made) -> Made:
    """Declare what every act takes: who, when, what it carries, its key."""
    for declare in reversed(
        (
            option("--by", metavar="DEPARTMENT", required=True, text=Text("办理部门", "who acts")),
            option("--at", type=Moment(), text=Text("行为的时刻（默认：现在）", "when it happened (default: now)")),
            option(
                "--payload",
                metavar="JSON|@FILE",
                text=Text("内容：JSON 对象，或 @文件", "what it carries: JSON, or @file"),
            ),
            option(
                "--field",
                "fields",
                metavar="K=V",
                multiple=True,
                text=Text("内容的一个字段，可多次给出", "one field of what it carries; may be repeated"),
            ),
            option(
                "--key",
                metavar="KEY",
                text=Text("幂等键：重发同一行为不会重复", "idempotency key: sent again, done once"),
            ),
        )
    ):
        function = declare(function)
    return function


@case.command("open", cls=Command, text=Text("立案并办理第一步。", "Open a case with its first step."))
@argument("procedure", Text("程序名称", "the procedure"), metavar="PROCEDURE")
@argument("name", CASE, metavar="CASE")
@option("--step", metavar="STEP", text=Text("开案步骤（有多个时）", "the opening step, where there are several"))
@option("--provider", metavar="DEPARTMENT", text=Text("提供部门", "the provider"))
@option("--requester", metavar="DEPARTMENT", text=Text("使用部门", "the requester"))
@option("--against", metavar="DEPARTMENT", text=Text("有关部门", "the department concerned"))
@option("--about", metavar="CASE", text=Text("所涉案件", "the case that it is about"))
@option("--resource", metavar="JSON|@FILE", text=Text("数据资源", "the catalogue entry"))
@act
def open_(
    procedure: str,
    name: str,
    by: str,
    at: datetime | None,
    payload: str | None,
    fields: Sequence[str],
    key: str | None,
    resource: str | None,
    step: str | None,
    provider: str | None,
    requester: str | None,
    against: str | None,
    about: str | None,
) -> None:
    """Open a case."""
    told = settings()
    engine = told.engine()
    moment = at or told.moment()
    table = _fields_table(engine, procedure, moment, by, fields, provider=provider, against=against, about=about)
    carried = _payload(payload, fields, table, step or (table.opening if table else ""))
    _show(
        told,
        engine,
        engine.open(
            procedure,
            case=name,
            by=by,
            at=at or told.moment(),
            payload=carried,
            resource=_object(resource, "--resource") if resource is not None else None,
            idempotency_key=key,
            step=step,
            provider=provider,
            requester=requester,
            against=against,
            about=about,
        ),
    )


@case.command("fire", cls=Command, text=Text("办理一个步骤或活动。", "Take a step or activity."))
@argument("name", CASE, metavar="CASE")
@argument("step", Text("步骤", "the step"), metavar="STEP")
@option(
    "--expected-version",
    type=Number(),
    metavar="N",
    text=Text("所依据的版本；已变化则拒绝", "refuse if the case has moved on"),
)
@act
def fire(
    name: str,
    step: str,
    by: str,
    at: datetime | None,
    payload: str | None,
    fields: Sequence[str],
    key: str | None,
    expected_version: int | None,
) -> None:
    """Take a step."""
    told = settings()
    engine = told.engine()
    view = engine.case(name, now=told.moment())
    book = engine.books().get(view.rules)
    carried = _payload(payload, fields, book.procedures[view.procedure] if book else None, step)
    _show(
        told,
        engine,
        engine.fire(
            name,
            step,
            by=by,
            at=at or told.moment(),
            payload=carried,
            expected_version=expected_version,
            idempotency_key=key,
        ),
    )


@case.command(
    "correct",
    cls=Command,
    text=Text(
        "更正某条记录的内容：另记一笔，原记录可见。",
        "Correct what an event carries: a further event, the mistake stays visible.",
    ),
)
@argument("name", CASE, metavar="CASE")
@argument(
    "seq", Text("记录的序号（见 case history）", "the event's number (case history)"), type=Number(), metavar="SEQ"
)
@option("--reasons", metavar="TEXT", required=True, text=Text("更正的理由", "why it is corrected"))
@act
def correct(
    name: str,
    seq: int,
    by: str,
    at: datetime | None,
    payload: str | None,
    fields: Sequence[str],
    key: str | None,
    reasons: str,
) -> None:
    """Correct an event."""
    told = settings()
    engine = told.engine()
    view = engine.case(name, now=told.moment())
    entry = next((one for one in engine.history(name) if one.seq == seq), None)
    book = engine.books().get(view.rules)
    carried = _payload(payload, fields, book.procedures[view.procedure] if book else None, entry.name if entry else "")
    _show(
        told,
        engine,
        engine.correct(
            name, seq, by=by, at=at or told.moment(), corrected=carried, reasons=reasons, idempotency_key=key
        ),
    )


def _show(told: Settings, engine: Engine, receipt: Receipt) -> None:
    from gongxiang.workflow import case_screens as screens

    moment = max(told.moment(), datetime.fromisoformat(receipt.at))
    view = engine.case(receipt.case, now=moment)
    told.show(
        {**receipt.as_record(), "replayed": receipt.replayed},
        lambda: screens.receipt(view, receipt, labels_for(engine, told, moment)),
    )


def _fields_table(
    engine: Engine, procedure: str, at: datetime, by: str, fields: Sequence[str], **named: str | None
) -> Procedure | None:
    """Return the table whose fields a new case's are read as: that of the law that would govern it, where there is one;
    whether the case may be opened is for the engine to say.
    """
    from gongxiang.errors import GongxiangError

    written = dict(field.split("=", 1) for field in fields if "=" in field)
    try:
        return engine.governing(procedure, at=at, by=by, payload=written, **named).procedures.get(procedure)
    except GongxiangError:
        return None


def _object(given: str, what: str) -> dict[str, Any]:
    read = json_of(given)
    if not isinstance(read, dict):
        raise wrong(
            "not_an_object",
            f"{what} 应为 JSON 对象",
            f"{what} is a JSON object",
            '如 {"reasons": "…"}',
            'such as {"reasons": "…"}',
        )
    return read


def _payload(given: str | None, fields: Sequence[str], table: Procedure | None, step: str) -> dict[str, Any]:
    """Return what the act carries: the JSON, and over it each `--field`, read as the table has the field."""
    carried = _object(given, "--payload") if given is not None else {}
    kinds = {name: kind for row in (table.by_name.get(step, ()) if table else ()) for name, kind in row.payload.items()}
    seen: set[str] = set()
    for field in fields:
        name, sign, value = field.partition("=")
        if not sign or not name.strip():
            raise wrong(
                "bad_field",
                f"“{field}”不是 字段=内容",
                f"'{field}' is not FIELD=VALUE",
                "如 --field reasons=…",
                "such as --field reasons=…",
            )
        read = _READ.get(kinds.get(name, "").removesuffix("?"), str)(value)
        if name in seen:
            before = carried[name]
            read = [*(before if isinstance(before, list) else [before]), read]
        carried[name] = read
        seen.add(name)
    return carried


def _days(value: str) -> Any:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value


def _flag(value: str) -> Any:
    return {"true": True, "false": False}.get(value, value)


_READ: Mapping[str, Callable[[str], Any]] = {"days": _days, "flag": _flag}
