"""The text of an instrument, article by article: what tables quote and people read beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^## 第([一二三四五六七八九十百零]+)条\s*$")
_ITEM = re.compile(r"^（[一二三四五六七八九十]+）")
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its number, its paragraphs (款, an enumeration belongs to the paragraph before it) and its line."""

    number: int
    paragraphs: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """The whole article, a paragraph a line."""
        return "\n".join(self.paragraphs)


def number_of(numeral: str) -> int:
    """Return the value of a Chinese numeral up to 999, as article headings write it."""
    total = current = 0
    for sign in numeral:
        if sign in "百十":
            total += (current or 1) * (100 if sign == "百" else 10)
            current = 0
        else:
            current = _DIGITS.index(sign)
    return total + current


def read(path: Path) -> Mapping[int, Article]:
    """Return the articles of an `articles.md`, in its order. Text before the first heading is its preamble."""
    articles: dict[int, Article] = {}
    number, line, paragraphs = 0, 0, list[str]()
    for position, raw in enumerate([*path.read_text("utf-8").splitlines(), "## 第零条"], start=1):
        heading = _HEADING.match(raw)
        if heading:
            if number:
                articles[number] = Article(number, tuple(paragraphs), line)
            number, line, paragraphs = number_of(heading[1]), position, []
        elif raw.strip() and number:
            if _ITEM.match(raw) and paragraphs:
                paragraphs[-1] += "\n" + raw.strip()
            else:
                paragraphs.append(raw.strip())
    return articles
