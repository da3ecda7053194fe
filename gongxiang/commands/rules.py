"""`rules …` and `procedure …`: the law beside its tables, faults of rule books, procedures as tables or pictures."""

from __future__ import annotations

import re
from pathlib import Path

import click

from gongxiang.commands.settings import found_wanting, settings
from gongxiang.commands.speaking import Command, Group, argument, option
from gongxiang.commands.values import OneOf, wrong
from gongxiang.errors import BadInput, Reason, Refused, Text
from gongxiang.nearest import did_you_mean


@click.group("rules", cls=Group, text=Text("规则：条文与程序表", "the law: its text and its tables"))
def rules() -> None:
    """Read the law."""


@rules.command("list", cls=Command, text=Text("列出规则。", "List the instruments."))
def list_() -> None:
    """List the instruments."""
    from gongxiang import rules as law
    from gongxiang.rules import screens

    told = settings()
    known = law.instruments()
    document = [
        {
            "id": one.id,
            "title": one.title.of(told.language),
            "number": one.about["number"],
            "in_force": one.book.in_force.isoformat(),
            "articles": len(one.articles),
            "procedures": list(one.book.procedures),
            "version": one.book.version,
            "hash": one.book.hash,
        }
        for one in known
    ]
    told.show({"instruments": document}, lambda: screens.instruments(known, told.language))


@rules.command(
    "show",
    cls=Command,
    text=Text("条文与由其产生的程序、期限对照。", "An instrument, its text beside what the tables make of it."),
)
@argument("name", Text("规则代号", "the instrument's id"), metavar="ID")
@argument("article", Text("条，如 17 或 17.2", "an article, such as 17 or 17.2"), metavar="[ARTICLE]", required=False)
def show(name: str, article: str | None) -> None:
    """Show an instrument, or one article of it."""
    from gongxiang import rules as law
    from gongxiang.rules import screens

    told = settings()
    one = law.instrument(name)
    numbers = list(one.articles)
    if article is not None:
        found = re.fullmatch(r"(?:第)?([0-9]{1,3})(?:条)?(?:\.([0-9]{1,2}))?", article)
        if found is None or int(found[1]) not in one.articles:
            raise Refused(
                Reason(
                    "unknown_article",
                    Text(f"“{name}”没有条文“{article}”", f"{name} has no article '{article}'"),
                    None,
                    Text(f"条文为 1 至 {max(numbers)}", f"its articles are 1 to {max(numbers)}"),
                )
            )
        numbers = [int(found[1])]
    told.show(screens.record(one, numbers, told.language), lambda: screens.instrument(one, numbers, told.language))


@rules.command(
    "check",
    cls=Command,
    text=Text("检查规则文件夹：列出全部问题及其文件与行。", "Check a rule folder: every fault with its file and line."),
)
@argument(
    "path",
    Text("规则文件夹（默认：随程序提供的全部规则）", "a folder (default: all that are shipped)"),
    metavar="[PATH]",
    required=False,
)
def check(path: str | None) -> None:
    """Check rule folders."""
    from gongxiang import rules as law
    from gongxiang.page import Drawn, Sentence, Words

    told = settings()
    folders = [Path(path)] if path else list(law.folders().values())
    if path and not folders[0].is_dir():
        raise BadInput(
            Reason(
                "not_a_folder",
                Text(f"“{path}”不是文件夹", f"'{path}' is not a folder"),
                None,
                Text("请给出含 instrument.toml 的文件夹", "give the folder that holds instrument.toml"),
            )
        )
    findings = [finding for folder in folders for finding in law.check(folder)]
    document = [
        {
            "path": finding.path,
            "line": finding.line,
            "message": finding.text.of(told.language),
            "mend": finding.mend.of(told.language),
        }
        for finding in findings
    ]
    told.show(
        {"ok": not findings, "checked": [str(folder) for folder in folders], "findings": document},
        lambda: [
            Drawn([finding.of(told.language) for finding in findings])
            if findings
            else Sentence(Words(told.say(Text("没有问题。", "No faults.")), "good"))
        ],
    )
    if findings:
        found_wanting()


@click.group("procedure", cls=Group, text=Text("程序表：列表、显示、绘图", "procedures as tables and pictures"))
def procedure() -> None:
    """Read procedures."""


@procedure.command("list", cls=Command, text=Text("列出程序。", "List the procedures."))
def procedures() -> None:
    """List the procedures."""
    from gongxiang import rules as law
    from gongxiang.rules import screens

    told = settings()
    known = [table for one in law.instruments() for table in one.book.procedures.values()]
    document = [
        {
            "procedure": table.id,
            "title": table.title.of(told.language),
            "article": table.article,
            "states": list(table.states),
            "steps": list(table.by_name),
            "limits": list(table.limits),
        }
        for table in known
    ]
    told.show({"procedures": document}, lambda: screens.procedures(known, told.language))


@procedure.command("show", cls=Command, text=Text("显示一个程序。", "Show a procedure."))
@argument("name", Text("程序名称", "the procedure"), metavar="NAME")
@option(
    "--format",
    "form",
    type=OneOf("table", "mermaid", "svg"),
    default="table",
    text=Text("形式：表、Mermaid 文本或 SVG 图", "as a table, as Mermaid text or as an SVG drawing"),
)
def show_procedure(name: str, form: str) -> None:
    """Show a procedure."""
    from gongxiang import rules as law
    from gongxiang.rules import diagrams, screens

    told = settings()
    known = {table.id: table for one in law.instruments() for table in one.book.procedures.values()}
    if name not in known:
        near = did_you_mean(name, known)
        raise wrong(
            "unknown_procedure",
            f"没有程序“{name}”{near.zh}",
            f"there is no procedure '{name}'{near.en}",
            f"可用：{'、'.join(known)}",
            f"the procedures are {', '.join(known)}",
        )
    table = known[name]
    if form == "table":
        told.show(screens.procedure_record(table, told.language), lambda: screens.procedure(table, told.language))
        return
    drawn = (diagrams.svg if form == "svg" else diagrams.mermaid)(table, told.language)
    if told.json:
        told.show({"procedure": name, "format": form, "text": drawn}, lambda: [])
    else:
        click.echo(drawn, nl=False)
