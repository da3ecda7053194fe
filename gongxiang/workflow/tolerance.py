"""What can still be read of a document whose keys are not all right: one slip of the pen hides no other fault."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from gongxiang.workflow.shape import DOCUMENT

WORDS = ("title", "zh", "en", "text", "mend", "article", "source", "note", "quote")
"""Keys that only people read: nothing in a table rests on what they say."""

_SAID = "?"


def tolerant(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy read as it was probably meant: a misspelt key as the missing one, the rest left aside.

    What is wrong with its shape beyond that stays as it is.
    """
    return _record(document, DOCUMENT)


def _record(record: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    known = {key.removesuffix("!"): kind for key, kind in shape.items()}
    missing = [key for key in known if key not in record and key != "*"]
    read: dict[str, Any] = {}
    for key, value in record.items():
        near = [] if key in known or "*" in known else get_close_matches(key, missing, n=1, cutoff=0.7)
        name = near[0] if near else key
        if name in known:
            read[name] = _value(value, known[name], name)
        elif "*" in known:
            read[name] = value
    for key, kind in shape.items():
        name = key.removesuffix("!")
        if key.endswith("!") and name not in read and name in WORDS:
            read[name] = _words(kind)
    return read


def _words(kind: Any) -> Any:
    return {name.removesuffix("!"): _SAID for name in kind} if isinstance(kind, dict) else _SAID


def _value(value: Any, kind: Any, name: str) -> Any:
    if isinstance(kind, dict) and isinstance(value, Mapping):
        return _record(value, kind)
    if isinstance(kind, list) and isinstance(value, list):
        return [_record(entry, kind[0]) if isinstance(entry, Mapping) else entry for entry in value]
    if name in WORDS and not isinstance(value, dict if isinstance(kind, dict) else str):
        return _words(kind)
    return value
