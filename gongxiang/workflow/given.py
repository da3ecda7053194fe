"""What a caller gives, looked at first: moments, names and JSON values, each refused with its place and mend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from gongxiang.errors import BadInput, Reason, Text
from gongxiang.workflow.deadline import beijing

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Years that a moment may have: before, no register goes back; after, a zone or a limit would lead out of the
calendar.
"""

LONGEST_NAME = 200
"""Characters of a name, an id or a key."""

LONGEST_TEXT = 200_000
"""Characters of one text that an act carries: a long opinion has a tenth of that."""

DEEPEST = 20
"""Levels of lists and objects in what an act carries."""

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON understands alike (RFC 8259, section 6)."""

SMALLEST = 1e-4
"""The smallest fraction that every writer of JSON writes alike: below it some take to exponents, and hashes differ."""

_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


def aware(moment: datetime) -> datetime:
    """Return the moment, Beijing time. Raises BadInput for a naive date-time, which names no instant, and for one whose
    year in Beijing is outside the calendar.
    """
    if not isinstance(moment, datetime) or moment.tzinfo is None or moment.utcoffset() is None:
        said = str(moment) if isinstance(moment, datetime | str) else type(moment).__name__
        raise _bad(
            "naive_datetime",
            Text(f"“{short(said)}”没有时区，无法确定时刻", f"'{short(said)}' has no time zone, so it names no instant"),
            Text("请写明偏移量，如 2026-02-12T09:00:00+08:00", "give the offset, such as 2026-02-12T09:00:00+08:00"),
        )
    local = _in_beijing(moment)
    if local is None or not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise _bad(
            "impossible_moment",
            Text(f"“{moment}”不在{FIRST_YEAR}年至{LAST_YEAR}年之间", f"{moment} is not of {FIRST_YEAR} to {LAST_YEAR}"),
            Text("请核对年份", "check the year"),
        )
    return local


def _in_beijing(moment: datetime) -> datetime | None:
    try:
        return beijing(moment)
    except OverflowError:  # the first and the last hours that a date-time can name
        return None


def day(value: date | None, place: str) -> date | None:
    """Return None or a day; a date-time is none."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise _not_of_its_kind(value, place, Text("日期（date）", "a day (datetime.date)"))


def is_name(value: object) -> bool:
    """Return whether `name` would take the value."""
    return isinstance(value, str) and len(value) <= LONGEST_NAME and not _UNWRITABLE.search(value)


def names(values: Iterable[str], place: str) -> list[str]:
    """Return names, in the order given. Raises BadInput for one that is none, and for what is no list of them."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise _not_of_its_kind(values, place, Text("若干名称的列表", "a list of names"))
    return [name(value, place) for value in values]


def name(value: object, place: str) -> str:
    """Return a name, an id or a key as it is. Raises BadInput for what is no text, too long, or not to be written
    down.
    """
    if not isinstance(value, str):
        raise _not_of_its_kind(value, place, Text("文字", "a text"))
    if len(value) > LONGEST_NAME:
        raise _too_long(place, len(value), LONGEST_NAME)
    return _written(value, place)


def optional_name(value: str | None, place: str) -> str | None:
    """Return None or a name."""
    return None if value is None else name(value, place)


def version(value: int | None, place: str) -> int | None:
    """Return None or the number of a version."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST):
        return value
    raise _not_of_its_kind(
        value, place, Text(f"不超过{LARGEST}的整数", f"a whole number of at most {LARGEST} (plus or minus)")
    )


def record(value: Mapping[str, Any] | None, place: str) -> dict[str, Any]:
    """Return an object of JSON values, a copy; None is an empty one. Raises BadInput with the place of the fault."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _not_of_its_kind(value, place, Text("对象", "an object (a mapping)"))
    return {_field(key, place): _plain(one, f"{place}.{key}", 1) for key, one in value.items()}


def _plain(value: Any, place: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise _bad(
            "too_deep",
            Text(f"“{short(place)}”嵌套超过{DEEPEST}层", f"'{short(place)}' is nested deeper than {DEEPEST} levels"),
            Text("请写得平一些", "write it flatter"),
        )
    match value:
        case None | bool():
            return value
        case str():
            if len(value) > LONGEST_TEXT:
                raise _too_long(place, len(value), LONGEST_TEXT)
            return _written(value, place)
        case int() if abs(value) <= LARGEST:
            return int(value)
        case float() if value == 0 or SMALLEST <= abs(value) <= LARGEST:
            return float(value)
        case int() | float():
            raise _not_of_its_kind(
                value,
                place,
                Text(
                    f"不超过{LARGEST}的数，小数不小于{SMALLEST}（或写成文字）",
                    f"a number of at most {LARGEST}, a fraction of at least {SMALLEST} (or a text)",
                ),
            )
        case Mapping():
            return {_field(key, place): _plain(one, f"{place}.{key}", depth + 1) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one, f"{place}[{index}]", depth + 1) for index, one in enumerate(value)]
    raise _not_of_its_kind(
        value,
        place,
        Text(
            "JSON 值（文字、数、true、false、null、列表、对象）",
            "a JSON value: text, number, true, false, null, list, object",
        ),
    )


def _field(key: object, place: str) -> str:
    """Return the name of a field of the object at `place`."""
    return name(key, f"{place}: {short(key)}" if isinstance(key, str) else f"{place}: field")


def _written(value: str, place: str) -> str:
    """Return a plain str. NUL and lone surrogates can be neither hashed nor stored everywhere."""
    found = _UNWRITABLE.search(value)
    if found:
        raise _bad(
            "unwritable_text",
            Text(
                f"“{short(place)}”含有不能记录的字符 U+{ord(found[0]):04X}",
                f"'{short(place)}' holds the character U+{ord(found[0]):04X}, which cannot be recorded",
            ),
            Text("请删去该字符", "leave that character out"),
        )
    return str.__str__(value)  # of an enumeration its value, not its name


def _too_long(place: str, length: int, longest: int) -> BadInput:
    return _bad(
        "too_long",
        Text(
            f"“{short(place)}”有{length}个字符，最多{longest}个",
            f"'{short(place)}' has {length} characters, at most {longest}",
        ),
        Text("请缩短，长文附在卷内", "shorten it; keep long papers in the file and cite them"),
    )


def _not_of_its_kind(value: object, place: str, wanted: Text) -> BadInput:
    found = type(value).__name__
    return _bad(
        "bad_type",
        Text(f"“{short(place)}”应为{wanted.zh}，不是 {found}", f"'{short(place)}' is to be {wanted.en}, not {found}"),
        Text(f"请把“{short(place)}”写成{wanted.zh}", f"write '{short(place)}' as {wanted.en}"),
    )


def short(said: str, most: int = 80) -> str:
    """Return what was given as a refusal quotes it: its first `most` characters, and … for the rest."""
    said = _UNWRITABLE.sub("\ufffd", said)
    return said if len(said) <= most else f"{said[:most]}…"


def _bad(code: str, text: Text, mend: Text) -> BadInput:
    return BadInput(Reason(code, text, None, mend))
