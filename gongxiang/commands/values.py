"""What is typed becomes a value, or a usage error in both languages: moments, days, numbers, words, JSON."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from gongxiang.errors import BadInput, Reason, Text
from gongxiang.nearest import did_you_mean


class WrongUsage(click.UsageError):
    """The command line itself is wrong: exit 2, with the reason and the mend in both languages."""

    def __init__(self, code: str, text: Text, mend: Text | None = None) -> None:
        self.reason = Reason(code, text, None, mend)
        super().__init__(text.en)


def wrong(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> WrongUsage:
    """Return a usage error in both languages."""
    return WrongUsage(code, Text(zh, en), Text(mend_zh, mend_en))


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An ISO date-time with its offset from UTC."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ARG002
        """Return the aware date-time."""
        from gongxiang.workflow.given import aware, short

        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise wrong(
                "bad_datetime",
                f"“{short(value)}”不是 ISO 日期时间",
                f"'{short(value)}' is not an ISO date-time",
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
        try:
            aware(moment)
        except BadInput as error:
            (reason,) = error.reasons
            raise WrongUsage(reason.code, reason.text, reason.mend) from error
        return moment


class Day(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A calendar day."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ARG002
        """Return the day."""
        from gongxiang.workflow.given import short

        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise wrong(
                "bad_date",
                f"“{short(value)}”不是日期",
                f"'{short(value)}' is not a date",
                "如 2026-02-12",
                "such as 2026-02-12",
            ) from error


class Number(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A whole number."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ARG002
        """Return the number."""
        from gongxiang.workflow.given import short

        if isinstance(value, int):
            return value
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
            raise wrong(
                "bad_number",
                f"“{short(value)}”不是18位以内的整数",
                f"'{short(value)}' is not a whole number of at most 18 digits",
                "请写阿拉伯数字",
                "write digits",
            )
        return int(value)


class Limit(Number):
    """How many are shown: a whole number, 0 for all of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number. Raises WrongUsage for one below 0."""
        number = super().convert(value, param, ctx)
        if number < 0:
            raise wrong(
                "bad_limit",
                f"不能列出 {number} 件",
                f"{number} cannot be shown",
                "请写不小于 0 的整数，0 为全部",
                "write a whole number of at least 0, which stands for all",
            )
        return number


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
        from gongxiang.workflow.given import short

        if value in self.words:
            return str(value)
        name, value = param.opts[0] if param else "", short(str(value))
        near = did_you_mean(value, self.words)
        raise wrong(
            "unknown_choice",
            f"“{name}”不能是“{value}”{near.zh}",
            f"'{name}' cannot be '{value}'{near.en}",
            f"可用：{'、'.join(self.words)}",
            f"use one of {', '.join(self.words)}",
        )


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
