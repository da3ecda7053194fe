"""`procedure …`: the procedures of a rule book as tables or pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import click

from gongxiang.commands.books import RULES, Region, governing, known_procedure
from gongxiang.commands.settings import settings
from gongxiang.commands.speaking import Command, Group, Made, argument, option
from gongxiang.commands.values import Day, OneOf
from gongxiang.errors import Text


def of_a_rule_book(function: Made) -> Made:
    """Declare how a command is told which rule book it is about."""
    declarations: tuple[Callable[[Made], Made], ...] = (
        option("--rules", "rules", metavar="ID", text=RULES),
        option(
            "--on",
            "on",
            type=Day(),
            text=Text("此日施行的规则（默认：今天）", "the law in force that day (default: today)"),
        ),
        option(
            "--region",
            type=Region(),
            text=Text("此区划的规则（默认：210000）", "the law of that region (default: 210000)"),
        ),
    )
    for declare in reversed(declarations):
        function = declare(function)
    return function


@click.group("procedure", cls=Group, text=Text("程序表：列表、显示、绘图", "procedures as tables and pictures"))
def procedure() -> None:
    """Read procedures."""


@procedure.command("list", cls=Command, text=Text("列出一部规则的程序。", "List the procedures of a rule book."))
@of_a_rule_book
def procedures(rules: str | None, on: date | None, region: str | None) -> None:
    """List the procedures."""
    from gongxiang.rules import procedure_screens as screens

    told = settings()
    book = governing(rules, on, region, told)
    document = [screens.list_record(table, told.language) for table in book.procedures.values()]
    told.show({"rules": book.version, "procedures": document}, lambda: screens.procedures(book, told.language))


@procedure.command("show", cls=Command, text=Text("显示一个程序。", "Show a procedure."))
@argument("name", Text("程序名称", "the procedure"), metavar="NAME")
@option(
    "--format",
    "form",
    type=OneOf("table", "mermaid", "svg"),
    default="table",
    text=Text("形式：表、Mermaid 文本或 SVG 图", "as a table, as Mermaid text or as an SVG drawing"),
)
@of_a_rule_book
def show(name: str, form: str, rules: str | None, on: date | None, region: str | None) -> None:
    """Show a procedure."""
    from gongxiang.rules import diagrams
    from gongxiang.rules import procedure_screens as screens
    from gongxiang.rules.words import names_of

    told = settings()
    book = governing(rules, on, region, told)
    table = book.procedures[known_procedure(name, book)]
    if form == "table":
        document = screens.procedure_record(book, table, told.language)
        told.show(document, lambda: screens.procedure(book, table, told.language))
        return
    drawn = (diagrams.svg if form == "svg" else diagrams.mermaid)(table, told.language, names_of(book))
    if told.json:
        told.show({"procedure": name, "rules": book.version, "format": form, "text": drawn}, lambda: [])
    else:
        click.echo(drawn, nl=False)
