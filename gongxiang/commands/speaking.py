"""Commands whose help speaks both languages, and whose common options may stand before or after the command's name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gongxiang.commands.settings import DEFAULT_DATABASE, Settings
from gongxiang.commands.values import Moment, OneOf, wrong
from gongxiang.errors import Language, Text
from gongxiang.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongxiang.page import Block

Made = TypeVar("Made", bound=Callable[..., Any])


class Option(click.Option):
    """An option with its help in both languages."""

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:
        self.text = text
        kwargs["help"] = text.en
        super().__init__(*args, **kwargs)


class Argument(click.Argument):
    """An argument with its help in both languages."""

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:
        self.text = text
        super().__init__(*args, **kwargs)


def option(*names: str, text: Text, **attributes: Any) -> Callable[[Made], Made]:
    """Declare an option."""
    return click.option(*names, cls=Option, text=text, **attributes)


def argument(name: str, text: Text, **attributes: Any) -> Callable[[Made], Made]:
    """Declare an argument."""
    return click.argument(name, cls=Argument, text=text, **attributes)


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value is not None and value is not False:
            setattr(ctx.ensure_object(Settings), name, value)

    return keep


def everywhere() -> list[click.Parameter]:
    """Return the options that every command takes, before or after its name."""
    return [
        Option(
            ["--db"],
            metavar="URL",
            expose_value=False,
            callback=_keep("database"),
            text=Text(
                f"数据库地址（环境变量 GONGXIANG_DB；默认 {DEFAULT_DATABASE}）",
                f"the database (or GONGXIANG_DB; default {DEFAULT_DATABASE})",
            ),
        ),
        Option(
            ["--lang"],
            type=OneOf("zh", "en"),
            expose_value=False,
            callback=_keep("language"),
            text=Text("界面语言：中文或英文", "the language of screens"),
        ),
        Option(
            ["--now"],
            type=Moment(),
            expose_value=False,
            callback=_keep("now"),
            text=Text("以此时刻为现在", "take this moment as now"),
        ),
        Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_keep("json"),
            text=Text("输出一个 JSON 文档", "print one JSON document"),
        ),
    ]


class Speaking:
    """What commands and groups share: help in the chosen language, laid out in cells."""

    text: Text
    _shown: Option | None = None

    def get_help_option(self, ctx: click.Context) -> click.Option | None:  # noqa: ARG002
        """Return `--help`, with its help in both languages."""

        def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:
            if value and not ctx.resilient_parsing:
                click.echo(ctx.get_help())
                ctx.exit()

        if self._shown is None:
            self._shown = Option(
                ["-h", "--help"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=show,
                text=Text("显示此说明", "show this help"),
            )
        return self._shown

    def get_help(self, ctx: click.Context) -> str:
        """Return the help screen."""
        from gongxiang.page import as_text
        from gongxiang.terminal import width_for

        command = ctx.command
        return as_text(help_blocks(command, ctx, ctx.ensure_object(Settings).language), width_for(sys.stdout))


def help_blocks(command: click.Command, ctx: click.Context, language: Language) -> Iterator[Block]:
    """Yield what `--help` says of a command."""
    from gongxiang.page import Column, Grid, Heading, Sentence

    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    if language == "zh":
        usage = usage.replace("[OPTIONS]", "[选项]").replace("[COMMAND] [ARGS]...", "[命令 …]")
        usage = usage.replace("COMMAND [ARGS]...", "命令 …")
    yield Sentence(Text("用法：", "Usage: ").of(language) + usage, hang=7)
    yield Sentence("")
    for paragraph in getattr(command, "text", Text("", "")).of(language).split("\n"):
        yield Sentence(paragraph)
    columns = (Column(most=30, wraps=True), Column(wraps=True))
    arguments = [one for one in command.params if isinstance(one, Argument)]
    if arguments:
        yield Heading(Text("参数", "Arguments").of(language))
        yield Grid(columns, [(one.make_metavar(ctx), one.text.of(language)) for one in arguments], indent=2)
    own = [one for one in command.get_params(ctx) if isinstance(one, Option)]
    shared = {"--db", "--lang", "--now", "--json", "--help"}
    for title, chosen in (
        (Text("选项", "Options"), [one for one in own if not shared & set(one.opts)]),
        (
            Text("通用选项（可写在任何位置）", "Options that may stand anywhere"),
            [one for one in own if shared & set(one.opts)],
        ),
    ):
        if chosen:
            yield Heading(title.of(language))
            yield Grid(columns, [(_option_names(one, ctx), one.text.of(language)) for one in chosen], indent=2)
    if isinstance(command, click.Group):
        yield Heading(Text("命令", "Commands").of(language))
        rows = []
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            said = getattr(found, "text", Text("", "")).of(language).split("\n")[0]
            rows.append((name, said))
        yield Grid(columns, rows, indent=2)


def _option_names(one: click.Option, ctx: click.Context) -> str:
    names = ", ".join(one.opts)
    return names if one.is_flag else f"{names} {one.make_metavar(ctx)}"


class Command(Speaking, click.Command):
    """A command: its options, and those that may stand anywhere."""

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:
        self.text = text
        super().__init__(*args, **kwargs)
        self.params += everywhere()


class Group(Speaking, click.Group):
    """A group of commands, in the order in which they were declared."""

    command_class = Command

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:
        self.text = text
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})
        self.params += everywhere()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of their declaration."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named, or say which there are."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = did_you_mean(args[0], self.commands)
            raise wrong(
                "unknown_command",
                f"没有命令“{args[0]}”{near.zh}",
                f"there is no command '{args[0]}'{near.en}",
                f"可用的命令：{'、'.join(self.commands)}",
                f"the commands are {', '.join(self.commands)}",
            )
        return super().resolve_command(ctx, args)
