"""The one door to `orjson`: the one JSON text of a value, over which hashes are taken.

It is byte for byte what the standard library writes with sorted keys, and the verifier with it (`verify/chain`), in a
seventh of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
"""Moments and dataclasses are no JSON values: whoever records them says how they are written."""


def canonical(value: Any) -> str:
    """Return the one JSON text of `value`: keys in the order of their code points, no spaces, UTF-8 as it is.

    Raises TypeError for what has no such text: no JSON value, a whole number beyond 64 bits, half a character, more
    than 254 levels. Floats have one that every library writes alike only as far as `given` lets them in.
    """
    return orjson.dumps(value, default=_text_of, option=_OPTIONS).decode()


def parsed(text: str) -> Any:
    """Return the value of a text that `canonical` wrote. Raises ValueError for what is no JSON."""
    return orjson.loads(text)


class Written(Sequence[Any]):
    """A list of JSON values that many records hold alike. Its text is made once; `canonical` copies it."""

    __slots__ = ("_values", "text")

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = tuple(values)
        self.text = orjson.Fragment(canonical(self._values))

    def __getitem__(self, place: Any) -> Any:
        return self._values[place]

    def __len__(self) -> int:
        return len(self._values)


def _text_of(value: object) -> orjson.Fragment:
    if not isinstance(value, Written):
        raise TypeError(f"{value!r} is no JSON value")
    return value.text
