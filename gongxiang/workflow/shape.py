"""The keys a rule book's document may and must have, and the type of each. Anything else is refused by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gongxiang.errors import Text
from gongxiang.nearest import did_you_mean

_WORDS = {
    str: Text("文字", "a text"),
    int: Text("整数", "a whole number"),
    bool: Text("true 或 false", "true or false"),
    list: Text("列表", "a list"),
    dict: Text("表", "a table"),
}

_NAMES, LIST, _WORDED = "a text or a list of texts", "a list of texts", "a table of texts"
_OF_TEXTS = {
    _NAMES: Text("文字或文字的列表", _NAMES),
    LIST: Text("文字的列表", LIST),
    _WORDED: Text("各项均为文字的表", _WORDED),
}

_TITLE = {"zh!": str, "en!": str}
_TEST = {"id!": str, "test!": str, "article": str, "text!": _TITLE, "mend": _TITLE, "*": object}
_ROW: dict[str, Any] = {
    "id!": str,
    "title!": _TITLE,
    "from": _NAMES,
    "except": _NAMES,
    "to": str,
    "by!": _NAMES,
    "article": str,
    "own": bool,
    "quote": str,
    "note": str,
    "payload": _WORDED,
    "exactly_one": LIST,
    "at_most_one": LIST,
    "when": _WORDED,
    "guards": _NAMES,
    "flags": _NAMES,
    "starts": _NAMES,
    "meets": _NAMES,
    "stops": _NAMES,
    "resumes": _NAMES,
    "voids": _NAMES,
    "restarts": _NAMES,
    "restores": _NAMES,
    "extends": _NAMES,
    "extends_by": str,
    "retains": _NAMES,
    "remember": _WORDED,
    "forget": _NAMES,
    "mark": {"field!": str, "since!": LIST},
    "names": _WORDED,
    "releases": _NAMES,
    "document": str,
    "follows": [{"relation!": str, "step!": str, "procedure": str, "suffix": str, "payload": LIST}],
}
_PROCEDURE: dict[str, Any] = {
    "procedure!": str,
    "title!": _TITLE,
    "article!": str,
    "anchor!": _NAMES,
    "about": LIST,
    "resource": str,
    "decisive": str,
    "opening": str,
    "party!": [{"role!": str, "kinds!": LIST, "article!": str, "named_by!": _NAMES}],
    "state!": [
        {
            "id!": str,
            "title!": _TITLE,
            "final": bool,
            "owes": str,
            "duty": str,
            "owes_when_stopped": str,
            "waits_on": str,
            "article": str,
            "note": str,
        }
    ],
    "limit": [
        {
            "id!": str,
            "title!": _TITLE,
            "article!": str,
            "owed_by!": str,
            "parameter": str,
            "counted_from": str,
            "on_lapse": str,
            "outer_of": str,
            "within": str,
            "note": str,
            "proposal": {
                "procedure!": str,
                "ground!": str,
                "alternatives": LIST,
                "not_against": LIST,
                "article!": str,
            },
        }
    ],
    "pending": [
        {"key!": str, "value!": str, "owes!": str, "duty!": str, "by": str, "article": str, "quote": str, "note": str}
    ],
    "retention": [{"id!": str, "title!": _TITLE, "parameter!": str, "article!": str, "quote": str, "note": str}],
    "guard": [_TEST],
    "flag": [_TEST],
    "step!": [_ROW],
    "activity": [_ROW],
}
DOCUMENT: dict[str, Any] = {
    "id!": str,
    "title!": _TITLE,
    "in_force!": {"since!": str, "article!": str},
    "territory!": {"prefix!": str, "article!": str},
    "parameters!": [
        {
            "id!": str,
            "value!": int,
            "unit!": str,
            "since!": str,
            "article!": str,
            "source!": str,
            "quote": str,
            "title": _TITLE,
        }
    ],
    "grounds!": [{"id!": str, "title!": _TITLE, "text!": str, "article!": str}],
    "instruments": [{"id!": str, "title!": _TITLE, "short!": _TITLE, "rank!": str, "since!": str, "complete!": bool}],
    "conflicts": [
        {
            "id!": str,
            "between!": LIST,
            "question!": _TITLE,
            "reading!": _TITLE,
            "authority!": str,
            "confirmed_by!": _TITLE,
            "unsure": bool,
        }
    ],
    "fields": [{"id!": str, "title!": _TITLE}],
    "templates": LIST,
    "procedures!": [_PROCEDURE],
}

NATION = ("territory", "prefix")
"""The one text that may be empty: every region code begins with it."""

ShapeFault = tuple[tuple[str | int, ...], Text, Text]


def shape_faults(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """Yield every missing, unknown or ill-typed key of a rule book's document."""
    yield from faults_of_shape(document, DOCUMENT)


def writing_faults(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """Yield every text that says nothing and every day that is none: what leaves the rest of the document readable."""
    yield from blank_faults(document, ())
    parameters = document.get("parameters", ())
    for number, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
        yield from date_faults(parameter, "since", ("parameters", number, "since"))
    yield from date_faults(document.get("in_force"), "since", ("in_force", "since"))


def faults_of_shape(record: Any, shape: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """Yield what a record has too much, too little or ill-typed against `shape`, where `!` marks what must be there."""
    yield from _check(record, shape, ())


def date_faults(record: Any, key: str, place: tuple[str | int, ...]) -> Iterator[ShapeFault]:
    """Yield the fault of a day that is not written YYYY-MM-DD; a missing one is a matter of shape."""
    value = record.get(key) if isinstance(record, Mapping) else None
    if not isinstance(value, str):
        return
    try:
        written = date.fromisoformat(value).isoformat() == value
    except ValueError:
        written = False
    if not written:
        yield place, Text(f"“{value}”不是日期", f"'{value}' is not a date"), Text("请写 YYYY-MM-DD", "write YYYY-MM-DD")


def _check(record: Any, shape: Mapping[str, Any], place: tuple[str | int, ...]) -> Iterator[ShapeFault]:
    if not isinstance(record, Mapping):
        yield place, Text("此处应为一个表", "a table is expected here"), Text("请写成表", "write a table")
        return
    known = {key.removesuffix("!"): kind for key, kind in shape.items()}
    for key, value in record.items():
        if key in known:
            yield from _check_value(value, known[key], (*place, key))
        elif "*" not in known:
            near = did_you_mean(key, known)
            yield (
                (*place, key),
                Text(f"未知的项“{key}”{near.zh}", f"unknown key '{key}'{near.en}"),
                Text(f"可用的项：{'、'.join(known)}", f"the keys are {', '.join(known)}"),
            )
    for key in shape:
        if key.endswith("!") and key[:-1] not in record:
            yield (
                place,
                Text(f"缺少“{key[:-1]}”", f"'{key[:-1]}' is missing"),
                Text(f"请补上“{key[:-1]}”", f"add '{key[:-1]}'"),
            )


def _check_value(value: Any, kind: Any, place: tuple[str | int, ...]) -> Iterator[ShapeFault]:
    if isinstance(kind, dict):
        yield from _check(value, kind, place)
    elif isinstance(kind, str):
        if not _is_of_texts(value, kind):
            wanted = _OF_TEXTS[kind]
            yield (
                place,
                Text(f"“{place[-1]}”应为{wanted.zh}", f"'{place[-1]}' should be {wanted.en}"),
                Text("请改正其类型", "correct its type"),
            )
    elif isinstance(kind, list):
        if not isinstance(value, list):
            yield place, Text("此处应为列表", "a list is expected here"), Text("请写成列表", "write a list")
            return
        for number, entry in enumerate(value):
            yield from _check(entry, kind[0], (*place, number))
    else:
        kinds = kind if isinstance(kind, tuple) else (kind,)
        wrong_bool = isinstance(value, bool) and bool not in kinds and object not in kinds
        if wrong_bool or not isinstance(value, kinds):
            words = [_WORDS[one] for one in kinds if one in _WORDS]
            yield (
                place,
                Text(
                    f"“{place[-1]}”应为{'或'.join(word.zh for word in words)}",
                    f"'{place[-1]}' should be {' or '.join(word.en for word in words)}",
                ),
                Text("请改正其类型", "correct its type"),
            )


def blank_faults(value: Any, place: tuple[str | int, ...]) -> Iterator[ShapeFault]:
    """Yield every text that is blank, wherever it stands."""
    if isinstance(value, str) and not value.strip():
        if place == NATION:
            return
        name = next((step for step in reversed(place) if isinstance(step, str)), "")
        yield place, Text(f"“{name}”为空", f"'{name}' is blank"), Text("请填写内容", "give it a text")
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from blank_faults(entry, (*place, key))
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from blank_faults(entry, (*place, number))


def _is_of_texts(value: Any, kind: str) -> bool:
    if kind == _WORDED:
        return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())
    if isinstance(value, str):
        return kind == _NAMES
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
