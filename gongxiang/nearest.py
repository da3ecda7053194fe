"""The nearest known word to a mistyped one, for every refusal of an unknown name."""

from __future__ import annotations

from collections.abc import Iterable

from gongxiang.errors import Text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, or None if none is like it."""
    from difflib import get_close_matches  # needed only where something was mistyped

    found = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> Text:
    """Return "; did you mean 'x'?" in both languages, or two empty strings when nothing known is near."""
    near = nearest(word, known)
    return Text(f"，是否应为“{near}”？", f"; did you mean '{near}'?") if near else Text("", "")
