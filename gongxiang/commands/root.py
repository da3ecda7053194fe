"""The one place where what goes wrong becomes a sentence with its article and mend, or one JSON document."""

from __future__ import annotations

import errno
import json
import re
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from gongxiang.commands.settings import Settings, names
from gongxiang.commands.speaking import Group
from gongxiang.commands.values import WrongUsage, wrong
from gongxiang.errors import FaultyData, GongxiangError, Language, Reason, Text
from gongxiang.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongxiang.page import Block


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
            if sys.stdout is not None:  # closed by whoever started us
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


_SYSTEM = {
    errno.ENOENT: (Text("没有此文件", "no such file"), Text("请核对路径", "check the path")),
    errno.EISDIR: (Text("是文件夹，不是文件", "a folder, not a file"), Text("请给出文件", "name a file")),
    errno.EACCES: (Text("没有读取或写入的权限", "not permitted"), Text("请检查文件的权限", "check the permissions")),
    errno.ENOTDIR: (Text("路径中有非文件夹", "part of it is no folder"), Text("请核对路径", "check the path")),
    errno.EEXIST: (Text("已有同名的文件", "there is such a file already"), Text("请另选名称", "choose another name")),
    errno.ENAMETOOLONG: (Text("路径过长", "the path is too long"), Text("请用较短的名称", "use shorter names")),
    errno.EROFS: (Text("所在磁盘只读", "the disk is read-only"), Text("请换到可写的位置", "choose another place")),
    errno.ENOSPC: (Text("磁盘已满", "no space left"), Text("请清出空间后重试", "make room and try again")),
}


def _system_reason(error: OSError) -> Reason:
    if error.errno in _SYSTEM:
        what, mend = _SYSTEM[error.errno]
        name = error.filename or Text("输出", "output")
        named = name if isinstance(name, Text) else Text(str(name), str(name))
        return Reason("system", Text(f"{named.zh}：{what.zh}", f"{named.en}: {what.en}"), None, mend)
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
    if sys.stderr is None:
        return
    language = told.language
    if told.json:
        message = ("；" if language == "zh" else "; ").join(reason.text.of(language) for reason in reasons)
        error = {"code": code, "message": message, "reasons": [reason.as_json(language) for reason in reasons]}
        click.echo(json.dumps({"error": error}, ensure_ascii=False, indent=2), err=True)
        return
    from gongxiang.page import Drawn, Sentence, Words
    from gongxiang.terminal import show

    blocks: list[Block] = []
    if lines:
        blocks.append(Drawn(lines))  # a place, `path:line:`, is not broken: editors jump to it
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

    said = cite(reference, language, names())
    return f"（{said}）" if language == "zh" else f" ({said})"
