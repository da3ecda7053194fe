"""Which rule book is meant: by its name, by a beginning of it, or by a place and a day."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from gongxiang.commands.settings import Settings
from gongxiang.commands.values import Day, wrong
from gongxiang.errors import Text
from gongxiang.nearest import did_you_mean

if TYPE_CHECKING:
    from gongxiang.workflow.procedure import RuleBook

HOME = "210000"
"""The region whose law is meant where none is named: Liaoning."""
RULES = Text(
    "规则：代号、其明确的开头，或 日期@区划，如 2026-01-05@210100",
    "the rule book: its id, a beginning of it, or DATE@REGION such as 2026-01-05@210100",
)


class Region(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A region by its GB/T 2260 code."""

    name = "CODE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return the six digits."""
        from gongxiang.workflow.given import short

        if not re.fullmatch("[0-9]{6}", str(value)):
            raise wrong(
                "bad_region",
                f"“{short(str(value))}”不是六位数字的区划代码",
                f"'{short(str(value))}' is not a region code of six digits",
                "请填写 GB/T 2260 代码，如沈阳市 210100",
                "give the GB/T 2260 code, such as 210100 for Shenyang",
            )
        return str(value)


def today(told: Settings) -> date:
    """Return the Beijing day that counts as today."""
    from gongxiang.workflow.deadline import beijing

    return beijing(told.moment()).date()


def named(word: str) -> RuleBook:
    """Return the rule book that a word means. Raises Refused where there is none, or several; WrongUsage for a place
    and day that are none.
    """
    from gongxiang import rules

    day, sign, region = word.partition("@")
    if sign and re.fullmatch(r"[0-9]{4}-.*|[0-9]{8}", day):
        return rules.law().book(Region().convert(region, None, None), Day().convert(day, None, None))
    return rules.rule_book(word)


def governing(rules: str | None, on: date | None, region: str | None, told: Settings) -> RuleBook:
    """Return the rule book that `--rules`, or `--on` and `--region`, mean: without any, the law in force at home today.

    Raises WrongUsage where both ways are used.
    """
    from gongxiang import rules as law

    if rules is None:
        return law.law().book(region or HOME, on or today(told))
    if on is not None or region is not None:
        raise wrong(
            "one_rule_book",
            "--rules 与 --on、--region 不能同时使用",
            "--rules goes without --on and --region",
            "请指明一部规则，或指明日期与区划",
            "name a rule book, or a day and a region",
        )
    return named(rules)


def known_procedure(name: str, *books: RuleBook) -> str:
    """Return the name of a procedure that one of the rule books has. Raises WrongUsage with the nearest name."""
    known = list(dict.fromkeys(procedure for book in books for procedure in book.procedures))
    if name not in known:
        near = did_you_mean(name, known)
        raise wrong(
            "unknown_procedure",
            f"没有程序“{name}”{near.zh}",
            f"there is no procedure '{name}'{near.en}",
            f"可用：{'、'.join(known)}",
            f"the procedures are {', '.join(known)}",
        )
    return name
