"""What a step must carry: each field typed by the table, an unknown one refused by name with the nearest known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from gongxiang.errors import Reason, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.procedure import Row, RuleBook

LONGEST_LIMIT = 1000
"""The most working days an order may set: past about four years nobody means days."""


_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and bool(value) and all(map(_is_text, value)))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_days(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_LIMIT


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):  # `fromisoformat` takes weeks too: 2026-W01-1
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


KINDS: Mapping[str, tuple[Callable[[Any], bool], Text]] = {
    "text": (_is_text, Text("非空白的文字", "a text that is not blank")),
    "texts": (_is_texts, Text("非空白的文字或其列表", "a text that is not blank, or a list of such")),
    "flag": (_is_flag, Text("true 或 false", "true or false")),
    "days": (_is_days, Text(f"1 至 {LONGEST_LIMIT} 的整数", f"a whole number from 1 to {LONGEST_LIMIT}")),
    "date": (_is_date, Text("YYYY-MM-DD 形式的日期", "a date as YYYY-MM-DD")),
    "ground": (_is_text, Text("规章所列的情形", "one of the grounds that the rules list")),
    "department": (_is_text, Text("已登记部门的代号", "the id of a registered department")),
    "case": (_is_text, Text("案件编号", "the name of a case")),
}


def payload_faults(row: Row, payload: Mapping[str, Any], book: RuleBook) -> Iterator[Reason]:
    """Yield a reason for every field of `payload` that is missing, blank, ill-typed or unknown to `row`."""
    for name in payload:
        if name not in row.payload:
            near = did_you_mean(name, row.payload)
            yield Reason(
                "unknown_field",
                Text(f"“{row.title.zh}”没有字段“{name}”{near.zh}", f"'{row.name}' has no field '{name}'{near.en}"),
                None,
                Text(
                    f"可用的字段：{'、'.join(_called(book, field).zh for field in row.payload) or '（无）'}",
                    f"its fields are {', '.join(row.payload) or '(none)'}",
                ),
            )
    for name, kind in row.payload.items():
        optional = kind.endswith("?")
        if name not in payload or (payload[name] is None and optional):
            if not optional:
                yield _reason("missing_field", row, _called(book, name), Text("缺少", "lacks"), kind)
            continue
        yield from _field_faults(row, name, payload[name], book)
    if row.at_most_one and sum(payload.get(name) is not None for name in row.at_most_one) > 1:
        choices = [_called(book, name).zh for name in row.at_most_one]
        yield Reason(
            "at_most_one",
            Text(
                f"“{row.title.zh}”的{'、'.join(choices)}最多写明一项",
                f"'{row.name}' carries at most one of {' and '.join(row.at_most_one)}",
            ),
            row.article,
            Text("请只写其中一项，或都不写", "give one of them, or none"),
        )
    if row.exactly_one and sum(payload.get(name) is not None for name in row.exactly_one) != 1:
        choices = [_called(book, name).zh for name in row.exactly_one]
        yield Reason(
            "exactly_one",
            Text(
                f"“{row.title.zh}”须且只须写明{'或'.join(choices)}之一",
                f"'{row.name}' carries exactly one of {' and '.join(row.exactly_one)}",
            ),
            row.article,
            Text("请只写其中一项", "give one of them, not both"),
        )


def _called(book: RuleBook, name: str) -> Text:
    """How a sentence names a field: in Chinese its title with its name, in English its name."""
    title = book.field_title(name)
    return Text(title.zh if title.zh == name else f"{title.zh}（{name}）", name)


def _field_faults(row: Row, name: str, value: Any, book: RuleBook) -> Iterator[Reason]:
    kind = row.payload[name].removesuffix("?")
    if kind.startswith("one of "):
        choices = [choice.strip() for choice in kind.removeprefix("one of ").split(",")]
        if value not in choices:
            near, called = did_you_mean(str(value), choices), _called(book, name)
            yield Reason(
                "unknown_choice",
                Text(f"{called.zh}不能是“{value}”{near.zh}", f"'{name}' cannot be '{value}'{near.en}"),
                row.article,
                Text(f"可用的值：{'、'.join(choices)}", f"use one of {', '.join(choices)}"),
            )
        return
    test, _ = KINDS[kind]
    if not test(value):
        blank = isinstance(value, str) and not value.strip()
        code = "blank_field" if blank else "bad_field"
        yield _reason(code, row, _called(book, name), Text("的内容不合要求：", "has no proper"), kind)
    elif kind == "ground" and value not in book.grounds:
        near = did_you_mean(value, book.grounds)
        yield Reason(
            "unknown_ground",
            Text(f"没有情形“{value}”{near.zh}", f"there is no ground '{value}'{near.en}"),
            book.ground_article,
            Text(f"可用的情形：{'、'.join(book.grounds)}", f"the grounds are {', '.join(book.grounds)}"),
        )


def _reason(code: str, row: Row, called: Text, verb: Text, kind: str) -> Reason:
    wanted = KINDS[kind.removesuffix("?")][1] if kind.removesuffix("?") in KINDS else Text(kind, kind)
    return Reason(
        code,
        Text(f"“{row.title.zh}”{verb.zh}{called.zh}", f"'{row.name}' {verb.en} '{called.en}'"),
        row.article,
        Text(f"{called.zh}应为{wanted.zh}", f"'{called.en}' is {wanted.en}"),
    )
