"""The text of an instrument, article by article: what tables quote and people read beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gongxiang.errors import Text

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
    """Return the articles of an `articles.md`, in its order."""
    return parse(path.read_text("utf-8-sig"))


def parse(text: str) -> Mapping[int, Article]:
    """Return the articles of a text, in its order. Text before the first heading is its preamble."""
    articles: dict[int, Article] = {}
    number, line, paragraphs = 0, 0, list[str]()
    for position, raw in enumerate([*text.splitlines(), "## 第零条"], start=1):
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


def paragraph(articles: Mapping[int, Article], reference: str) -> str | None:
    """Return the text of `17.2` (or `instrument/17.2`), all of it for `17`; None where there is no such place."""
    number, dot, part = reference.rpartition("/")[2].partition(".")
    if not _is_number(number) or int(number) not in articles or (dot and not _is_number(part)):
        return None
    article = articles[int(number)]
    if not part:
        return article.text
    return article.paragraphs[int(part) - 1] if 1 <= int(part) <= len(article.paragraphs) else None


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdecimal()


def faults(text: str, *, complete: bool) -> Iterator[tuple[int, Text, Text]]:
    """Yield line, fault and mend of articles out of order, empty, or left out where the text is complete."""
    before = 0
    for position, raw in enumerate(text.splitlines(), start=1):
        if not before and not _HEADING.match(raw):
            continue
        heading = _HEADING.match(raw)
        if heading is None:
            if raw.startswith("#"):
                yield (
                    position,
                    Text(f"“{raw}”不是条文标题", f"'{raw}' is not the heading of an article"),
                    Text("请写成“## 第十七条”", "write it as ## 第十七条"),
                )
            continue
        number = number_of(heading[1])
        if number <= before or (complete and number != before + 1):
            wanted = f"第{before + 1}条" if complete else f"第{before}条之后的条文"
            yield (
                position,
                Text(f"此处应为{wanted}，不是第{number}条", f"Article {number} stands where {before + 1} should"),
                Text("条文应按顺序，不重复，不缺漏", "articles stand in order, each once, none left out"),
            )
        before = number
    if not before:
        yield (
            0,
            Text("没有条文", "there is no article"),
            Text("请以“## 第一条”起录全文", "enter the text from ## 第一条 on"),
        )
    for article in parse(text).values():
        if not article.paragraphs:
            yield (
                article.line,
                Text(f"第{article.number}条没有正文", f"Article {article.number} has no text"),
                Text("请照录原文", "enter its text"),
            )
