"""The nearest known word to a mistyped one, for every refusal of an unknown name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from gongxiang.errors import Text


def did_you_mean(word: str, known: Iterable[str]) -> Text:
    """Return "; did you mean 'x'?" in both languages, or two empty strings when nothing known is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return Text(f"，是否应为“{near[0]}”？", f"; did you mean '{near[0]}'?") if near else Text("", "")
