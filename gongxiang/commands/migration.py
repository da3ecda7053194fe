"""`rules migrate`: running cases moved to another rule book by a document; a dry run unless a named person applies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gongxiang.commands.rules import rules
from gongxiang.commands.settings import found_wanting, labels_for, settings
from gongxiang.commands.speaking import Command, argument, option
from gongxiang.commands.values import wrong
from gongxiang.errors import Text

if TYPE_CHECKING:
    from gongxiang.located import Located
    from gongxiang.workflow.procedure import RuleBook


@rules.command(
    "migrate",
    cls=Command,
    text=Text(
        "把未结案件改用另一规则：先逐案列出状态与期限如何对应；加 --apply 由签发人决定后写入，一案一事件。",
        "Move open cases to another rule book: first case by case what becomes of states and deadlines; with --apply "
        "under a named signer, one event a case.",
    ),
)
@argument("file", Text("迁移文件（TOML）", "the migration document (TOML)"), metavar="FILE")
@option("--apply", is_flag=True, text=Text("写入", "write"))
@option("--by", metavar="ID", text=Text("办理的管理部门代号", "the acting authority's id"))
@option("--signer", metavar="NAME", text=Text("签发人姓名", "who signs: a person's name"))
def migrate(file: str, apply: bool, by: str | None, signer: str | None) -> None:
    """Plan or apply a migration."""
    from gongxiang.errors import FaultyRules
    from gongxiang.located import load
    from gongxiang.workflow import moving_document
    from gongxiang.workflow import moving_screens as screens

    told = settings()
    if apply != (by is not None and signer is not None) or (by is None) != (signer is None):
        raise wrong(
            "by_and_signer",
            "--apply、--by 与 --signer 须一起使用：案件改用另一规则由具名的人决定",
            "--apply, --by and --signer go together: a named person moves cases to another rule book",
            "如 --apply --by sy-auth --signer 王某",
            "such as --apply --by sy-auth --signer 'Wang'",
        )
    read = load(Path(file), FaultyRules, name=file)
    document, to = read.data, _target(read)
    if faults := [read.finding(*fault) for fault in moving_document.faults_in(document, to)]:
        raise FaultyRules(faults)
    engine, moment = told.engine(), told.moment()
    if by is not None and signer is not None:
        done = engine.migrate(document, to=to, by=by, at=moment, signer=signer)
        told.show(
            {"applied": True, **done.as_record()},
            lambda: screens.plan(done.moved, to, labels_for(engine, told, moment), applied=True),
        )
        return
    plan = engine.migration_plan(document, to=to, now=moment)
    told.show(
        {"applied": False, "to": to.version, "plan": [move.as_record() for move in plan]},
        lambda: screens.plan(plan, to, labels_for(engine, told, moment), applied=False),
    )
    if any(move.reasons for move in plan):
        found_wanting()


def _target(read: Located) -> RuleBook:
    """Return the rule book that the document moves to. Raises FaultyRules, with its place, where it names none."""
    from gongxiang import rules as law
    from gongxiang.errors import FaultyRules, Refused

    to = read.data.get("to")
    if not isinstance(to, str) or not to.strip():
        missing = Text("缺少“to”", "'to' is missing")
        raise FaultyRules([read.finding(("to",), missing, Text("请写改用的规则", "name the rule book to move to"))])
    try:
        return law.rule_book(to)
    except Refused as refused:
        mend = Text("请核对规则代号", "check the rule book's id")
        found = [read.finding(("to",), reason.text, reason.mend or mend) for reason in refused.reasons]
        raise FaultyRules(found) from None
