"""`rules …`: the instruments, the law beside its tables, the rule book of a place on a day, faults and gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gongxiang.commands.books import HOME, RULES, Region, named, today
from gongxiang.commands.settings import found_wanting, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import Day
from gongxiang.errors import BadInput, Reason, Refused, Text
from gongxiang.nearest import did_you_mean

if TYPE_CHECKING:
    from gongxiang.rules.instrument import Instrument
    from gongxiang.workflow.procedure import RuleBook


@click.group("rules", cls=Group, text=Text("规则：条文与程序表", "the law: its text and its tables"))
def rules() -> None:
    """Read the law."""


@rules.command(
    "list",
    cls=Command,
    text=Text(
        "列出规则：位阶、地域、施行时间、是否完整；以及由其组成的各地各日的规则。",
        "List the instruments: rank, territory, dates, whether complete; and the rule books they make together.",
    ),
)
def list_() -> None:
    """List the instruments."""
    from gongxiang import rules as law
    from gongxiang.rules import screens

    told = settings()
    known, composed = law.instruments(), law.law().known()
    document = [screens.instrument_record(one, told.language) for one in known]
    told.show(
        {"instruments": document, "rule_books": list(composed)},
        lambda: screens.instruments(known, composed, told.language),
    )


@rules.command(
    "show",
    cls=Command,
    text=Text(
        "一部规则的条文与由其产生的程序、期限对照；或某地某日的规则：组成、数字、冲突。",
        "An instrument, its text beside what the tables make of it; or the rule book of a place: its instruments, "
        "numbers and conflicts.",
    ),
)
@argument("name", RULES, metavar="ID")
@argument(
    "article",
    Text("条，如 17、17.2 或 order-809/21", "an article, such as 17, 17.2 or order-809/21"),
    metavar="[ARTICLE]",
    required=False,
)
def show(name: str, article: str | None) -> None:
    """Show an instrument or a rule book, or one article of it."""
    from gongxiang import rules as law
    from gongxiang.rules import screens

    told = settings()
    if name in law.folders():
        one = law.instrument(name)
        _, numbers = _articles(article, [one]) if article else (one, list(one.articles))
        beside = _beside(one)
        told.show(
            screens.record(one, numbers, beside, told.language),
            lambda: screens.instrument(one, numbers, beside, told.language),
        )
        return
    shown = named(name)
    if article is None:
        _show_book(shown, told.say(Text(f"自 {shown.in_force} 起", f"from {shown.in_force}")))
        return
    one, numbers = _articles(article, [law.instrument(part.id) for part in shown.instruments])
    told.show(
        screens.record(one, numbers, shown, told.language),
        lambda: screens.instrument(one, numbers, shown, told.language),
    )


def _show_book(shown: RuleBook, note: str, **asked: str) -> None:
    from gongxiang import rules as law
    from gongxiang.rules import book_screens as screens

    told = settings()
    known = {one.id: law.instrument(one.id) for one in shown.instruments if one.id in law.folders()}
    told.show(
        {**asked, **screens.record(shown, known, told.language)},
        lambda: screens.book(shown, known, note, told.language),
    )


def _beside(one: Instrument) -> RuleBook | None:
    """Return the tables that an instrument's text is shown beside: those of its place on its first day, where all that
    it lays on others' tables shows; its own where it stands alone there.
    """
    from gongxiang import rules as law

    try:
        composed = law.law().book(one.territory.ljust(6, "0"), one.since)
    except Refused:  # nothing has a table there yet
        return one.alone
    return one.alone if len(composed.instruments) == 1 else composed


def _articles(article: str, among: Sequence[Instrument]) -> tuple[Instrument, list[int]]:
    """Return which instrument and which article a reference means. Raises Refused."""
    whose, _, place = article.rpartition("/")
    known = {one.id: one for one in among}
    if whose and whose not in known:
        near = did_you_mean(whose, known)
        raise Refused(
            Reason(
                "unknown_instrument",
                Text(f"这里没有规则“{whose}”{near.zh}", f"there is no instrument '{whose}' here{near.en}"),
                None,
                Text(f"可用的规则：{'、'.join(known)}", f"the instruments are {', '.join(known)}"),
            )
        )
    if not whose and len(among) > 1:
        raise Refused(
            Reason(
                "whose_article",
                Text(f"“{article}”未写明是哪部规则的条文", f"'{article}' does not say of which instrument"),
                None,
                Text(
                    f"请写如 {among[0].id}/{place}；规则有 {'、'.join(known)}",
                    f"write {among[0].id}/{place}, or another of {', '.join(known)}",
                ),
            )
        )
    one = known[whose] if whose else among[0]
    found = re.fullmatch(r"(?:第)?([0-9]{1,3})(?:条)?(?:\.([0-9]{1,2}))?", place)
    if found is None or int(found[1]) not in one.articles:
        numbers = spans(one.articles)
        raise Refused(
            Reason(
                "unknown_article",
                Text(f"“{one.id}”没有条文“{place}”", f"{one.id} has no article '{place}'"),
                None,
                Text(f"这里有的条文为 {numbers}", f"the articles at hand are {numbers}"),
            )
        )
    return one, [int(found[1])]


def spans(numbers: Iterable[int]) -> str:
    """Return numbers as spans: 1-5, 12-20, 49."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(f"{span[0]}-{span[-1]}" if len(span) > 1 else str(span[0]) for span in found)


@rules.command(
    "on",
    cls=Command,
    text=Text(
        "某地某日的规则：由哪些规则组成，各项法定数字，各处冲突与所取读法。",
        "The rule book of a place on a day: its instruments by rank, its numbers, each conflict with its reading.",
    ),
)
@argument("day", Text("日期（默认：今天）", "the day (default: today)"), type=Day(), metavar="[DATE]", required=False)
@option("--region", type=Region(), default=HOME, text=Text("区划代码（默认：210000）", "the region (default: 210000)"))
def on(day: date | None, region: str) -> None:
    """Show the rule book of a place on a day."""
    from gongxiang import rules as law

    told = settings()
    asked = day or today(told)
    shown = law.law().book(region, asked)
    note = told.say(Text(f"{asked}　区划 {region}", f"on {asked}, region {region}"))
    _show_book(shown, note, date=asked.isoformat(), region=region)


@rules.command(
    "check",
    cls=Command,
    text=Text(
        "检查规则文件夹及其与其他规则的组合：列出全部问题及其文件与行；另列缺漏。",
        "Check rule folders and what they make together: every fault with its file and line; the gaps apart.",
    ),
)
@argument(
    "path",
    Text("规则文件夹（默认：已知的全部规则）", "a folder (default: all that are known)"),
    metavar="[PATH]",
    required=False,
)
def check(path: str | None) -> None:
    """Check rule folders and their compositions."""
    from gongxiang import rules as law
    from gongxiang.rules.check_screens import check as screen
    from gongxiang.rules.checked import checked

    told = settings()
    if path and not Path(path).is_dir():
        raise BadInput(
            Reason(
                "not_a_folder",
                Text(f"“{path}”不是文件夹", f"'{path}' is not a folder"),
                None,
                Text("请给出含 instrument.toml 的文件夹", "give the folder that holds instrument.toml"),
            )
        )
    folders = list(law.folders().values())
    if path:
        folders = [Path(path) if Path(path).name not in ("", "..") else Path(path).resolve()]
    found = checked(folders, law.folders())
    told.show(found.as_record(told.language), lambda: screen(found, told.language))
    if found.findings:
        found_wanting()
