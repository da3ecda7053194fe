"""What all commands share: options that may stand anywhere, help and usage errors in both languages, and the one place
where an error becomes a screen.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from gongxiang.errors import BadInput, FaultyData, GongxiangError, Language, Reason, Text
from gongxiang.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gongxiang.page import Block
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.labels import Labels

Made = TypeVar("Made", bound=Callable[..., Any])

DEFAULT_DATABASE = "sqlite:///gongxiang.db"


class WrongUsage(click.UsageError):
    """The command line itself is wrong: exit 2, with the reason and the mend in both languages."""

    def __init__(self, code: str, text: Text, mend: Text | None = None) -> None:
        self.reason = Reason(code, text, None, mend)
        super().__init__(text.en)


@dataclass
class Settings:
    """What `--db`, `--lang`, `--now` and `--json` say, wherever they stand."""

    language: Language = "zh"
    json: bool = False
    database: str | None = None
    now: datetime | None = None
    opened: list[Engine] = field(default_factory=list)

    def say(self, text: Text) -> str:
        """Return the text in the chosen language."""
        return text.of(self.language)

    def moment(self) -> datetime:
        """Return the moment that counts as now: `--now`, or what the clock says."""
        from gongxiang.clock import now

        return self.now or now()

    def url(self) -> str:
        """Return the database URL: `--db`, GONGXIANG_DB, or a file in the current folder."""
        return self.database or os.environ.get("GONGXIANG_DB") or DEFAULT_DATABASE

    def engine(self, *, create: bool = False, rules: str = "decree-330") -> Engine:
        """Return the engine over the database. Without `create` it must exist already, so that asking makes no file."""
        from gongxiang import open_engine
        from gongxiang.workflow.store import missing_file

        engine = open_engine(self.url(), rules=rules, clock=self.moment)
        self.opened.append(engine)
        missing = None if create else missing_file(self.url())
        if missing is not None:
            raise BadInput(
                Reason(
                    "no_such_database",
                    Text(f"没有数据库“{missing}”", f"there is no database '{missing}'"),
                    None,
                    Text(
                        "请核对 --db 或 GONGXIANG_DB；docket play 或 department register 命令会新建数据库",
                        "check --db or GONGXIANG_DB; the commands docket play and department register make one",
                    ),
                )
            )
        return engine

    def engine_if_any(self) -> Engine | None:
        """Return the engine over the database, or None where there is none yet."""
        from gongxiang import open_engine
        from gongxiang.workflow.store import missing_file

        engine = open_engine(self.url(), clock=self.moment)
        self.opened.append(engine)
        return None if missing_file(self.url()) is not None else engine

    def show(self, document: Any, blocks: Callable[[], Iterable[Block]]) -> None:
        """Print the answer: the document with `--json`, else the screen."""
        if self.json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=2))
            return
        from gongxiang.terminal import show

        show(blocks(), sys.stdout)


def settings() -> Settings:
    """Return the settings of the running command."""
    return click.get_current_context().ensure_object(Settings)


def labels_for(engine: Engine, told: Settings, moment: datetime) -> Labels:
    """Return what departments and things are called in this database at `moment`."""
    from gongxiang.workflow.labels import Labels

    return Labels(told.language, engine.departments(moment), engine.books())


def json_of(given: str) -> Any:
    """Return what a JSON text, or the file behind `@`, says. Raises WrongUsage; OSError for what cannot be read."""
    text = given
    if given.startswith("@"):
        try:
            text = Path(given[1:]).read_bytes().decode()
        except UnicodeDecodeError as error:
            raise wrong(
                "not_utf8",
                f"“{given[1:]}”不是 UTF-8 文字",
                f"'{given[1:]}' is not UTF-8 text",
                "请另存为 UTF-8",
                "save it as UTF-8",
            ) from error
    try:
        read = json.loads(text)
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise wrong(
            "bad_json",
            f"不是完整的 JSON：{error}",
            f"not complete JSON: {error}",
            "请改正，或用 @文件 给出",
            "correct it, or give it as @file",
        ) from error
    return read


def found_wanting() -> NoReturn:
    """End the command with exit code 1, its answer having been printed."""
    raise click.exceptions.Exit(1)


# Words that become values


def wrong(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> WrongUsage:
    """Return a usage error in both languages."""
    return WrongUsage(code, Text(zh, en), Text(mend_zh, mend_en))


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An ISO date-time with its offset from UTC."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ARG002
        """Return the aware date-time."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise wrong(
                "bad_datetime",
                f"“{value}”不是 ISO 日期时间",
                f"'{value}' is not an ISO date-time",
                "如 2026-02-12T09:00:00+08:00",
                "such as 2026-02-12T09:00:00+08:00",
            ) from error
        if moment.utcoffset() is None:
            raise wrong(
                "naive_datetime",
                f"“{value}”没有时区，无法确定时刻",
                f"'{value}' has no time zone, so it names no instant",
                f"请写明偏移量，如 {moment.isoformat()}+08:00",
                f"give the offset, such as {moment.isoformat()}+08:00",
            )
        return moment


class Day(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A calendar day."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ARG002
        """Return the day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise wrong(
                "bad_date",
                f"“{value}”不是日期",
                f"'{value}' is not a date",
                "如 2026-02-12",
                "such as 2026-02-12",
            ) from error


class Number(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A whole number."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ARG002
        """Return the number."""
        if isinstance(value, int):
            return value
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
            raise wrong(
                "bad_number",
                f"“{value}”不是整数",
                f"'{value}' is not a whole number",
                "请写阿拉伯数字",
                "write digits",
            )
        return int(value)


class OneOf(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """One of a few words."""

    name = "WORD"

    def __init__(self, *words: str) -> None:
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002
        """Return the words as help shows them."""
        return "|".join(self.words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return the word."""
        if value in self.words:
            return str(value)
        name = param.opts[0] if param else ""
        near = did_you_mean(str(value), self.words)
        raise wrong(
            "unknown_choice",
            f"“{name}”不能是“{value}”{near.zh}",
            f"'{name}' cannot be '{value}'{near.en}",
            f"可用：{'、'.join(self.words)}",
            f"use one of {', '.join(self.words)}",
        )


# Commands whose help speaks both languages


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


class Root(Group):
    """The command line itself: whatever goes wrong ends here as a sentence, never as a traceback."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> Any:  # type: ignore[override]  # click's own is an overload
        """Run the command line and leave with its exit code: 0 done, 1 refused or found wanting, 2 wrong usage."""
        words = list(sys.argv[1:] if args is None else args)
        told = Settings(language=_language_asked_for(words), json="--json" in words)
        extra.pop("standalone_mode", None)
        with _one_place(told):
            _refuse_broken_text(words)
            code = super().main(words, prog_name or "gongxiang", standalone_mode=False, obj=told, **extra)
            sys.stdout.flush()
            sys.exit(code if isinstance(code, int) else 0)


def _language_asked_for(words: Sequence[str]) -> Language:
    for place, word in enumerate(words):
        said = word.partition("=")[2] if word.startswith("--lang=") else None
        if word == "--lang" and place + 1 < len(words):
            said = words[place + 1]
        if said is not None and said in ("zh", "en"):
            return "zh" if said == "zh" else "en"
    return "zh"


def _refuse_broken_text(words: Sequence[str]) -> None:
    for number, word in enumerate(words, start=1):
        if not word.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in word):
            raise wrong(
                "not_utf8",
                f"第 {number} 个参数不是 UTF-8 文字",
                f"argument {number} is not UTF-8 text",
                "请检查终端的编码",
                "check the encoding of the terminal",
            )


@contextmanager
def _one_place(told: Settings) -> Iterator[None]:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        yield
    except click.UsageError as error:
        _complain(told, "usage", [_usage_reason(error)], usage=error.ctx)
        sys.exit(2)
    except FaultyData as error:
        _complain(told, error.code, error.reasons, lines=[finding.of(told.language) for finding in error.findings])
        sys.exit(1)
    except GongxiangError as error:
        _complain(told, error.code, error.reasons)
        sys.exit(1)
    except click.exceptions.Abort:
        click.echo(Text("已中断", "interrupted").of(told.language), err=True)
        sys.exit(130)
    except OSError as error:
        _complain(told, "system", [_system_reason(error)])
        sys.exit(1)
    finally:
        for engine in told.opened:
            engine.close()


def _system_reason(error: OSError) -> Reason:
    said = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    return Reason("system", Text(f"系统报告：{said}", f"the system says: {said}"))


def _usage_reason(error: click.UsageError) -> Reason:
    """Return click's own complaints in both languages."""
    if isinstance(error, WrongUsage):
        return error.reason
    said = error.format_message()
    zh, mend = said, None
    if isinstance(error, click.NoSuchOption):
        near = Text("", "")
        if error.possibilities:
            near = did_you_mean(error.option_name, error.possibilities)
        zh, said = f"没有选项“{error.option_name}”{near.zh}", f"there is no option '{error.option_name}'{near.en}"
        mend = Text("请用 --help 查看可用的选项", "see --help for the options")
    elif isinstance(error, click.MissingParameter) and error.param is not None and error.ctx is not None:
        is_option = isinstance(error.param, click.Option)
        name = error.param.opts[0] if is_option else error.param.make_metavar(error.ctx)
        zh = f"缺少选项“{name}”" if is_option else f"缺少参数“{name}”"
        said = f"the {'option' if is_option else 'argument'} '{name}' is missing"
        described = getattr(error.param, "text", None)
        mend = described if isinstance(described, Text) else None
    elif isinstance(error, click.BadOptionUsage):
        zh, said = f"选项“{error.option_name}”的写法不对", f"the option '{error.option_name}' is not written like this"
        mend = Text(
            "需要值的选项写成“--选项 值”，开关不带值", "an option with a value is '--option VALUE', a flag has none"
        )
    elif said == "Missing command." and error.ctx is not None:
        known = list(getattr(error.ctx.command, "commands", ()))
        zh, said = f"“{error.ctx.command_path}”之后缺少命令", f"a command is missing after '{error.ctx.command_path}'"
        mend = Text(f"可用的命令：{'、'.join(known)}", f"the commands are {', '.join(known)}")
    elif match := re.match(r"Got unexpected extra arguments? \((.*)\)", said, re.DOTALL):
        zh, said = f"多余的参数：{match[1]}", f"too many arguments: {match[1]}"
        mend = Text("请用 --help 查看用法；含空格的文字须加引号", "see --help; put quotes around text with blanks")
    return Reason("usage", Text(zh, said), None, mend)


def _complain(
    told: Settings,
    code: str,
    reasons: Sequence[Reason],
    *,
    lines: Sequence[str] = (),
    usage: click.Context | None = None,
) -> None:
    """Say on standard error what is wrong, why, by which article, and how it is mended."""
    language = told.language
    if told.json:
        message = ("；" if language == "zh" else "; ").join(reason.text.of(language) for reason in reasons)
        error = {"code": code, "message": message, "reasons": [reason.as_json(language) for reason in reasons]}
        click.echo(json.dumps({"error": error}, ensure_ascii=False, indent=2), err=True)
        return
    from gongxiang.page import Sentence, Words
    from gongxiang.terminal import show

    blocks: list[Block] = []
    if lines:
        blocks += [Sentence(line, hang=2) for line in lines]
    for reason in () if lines else reasons:
        said = [Words(Text("✗ ", "✗ ").of(language), "bad"), Words(reason.text.of(language))]
        if reason.article:
            said.append(Words(article_note(reason.article, language), "accent"))
        blocks.append(Sentence(said, hang=2))
        if reason.mend:
            blocks.append(Sentence([Words("→ ", "good"), reason.mend.of(language)], indent=2, hang=2))
    if usage is not None:
        path = usage.command_path
        blocks.append(Sentence(Words(Text(f"用法见：{path} --help", f"Usage: see {path} --help").of(language), "dim")))
    show(blocks, sys.stderr)


def article_note(reference: str, language: Language) -> str:
    """Return an article reference in brackets, as people write it."""
    from gongxiang.citation import cite

    return f"（{cite(reference, language)}）" if language == "zh" else f" ({cite(reference, language)})"
