"""What a screen says, as blocks laid out in character cells: headings, sentences, facts, tables. Knows no terminal.

A Chinese character fills two cells, so nothing here counts characters. A line never grows past the width it was laid
out for: what does not fit is wrapped within its column or cut with an ellipsis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple
from unicodedata import category, combining, east_asian_width

Tone = Literal["", "strong", "dim", "bad", "warn", "good", "accent"]

ELLIPSIS = "…"
NO_LINE_START = "，。；：、！？）》」』】”’…,.;:!?)]}%"
NO_LINE_END = "（《「『【“‘([{"


class Words(NamedTuple):
    """A run of text in one tone."""

    text: str
    tone: Tone = ""


Phrase = str | Words | Sequence["str | Words"]
Line = list[Words]


@cache
def cells(sign: str) -> int:
    """Return how many cells one character fills: 2 for Chinese ones, 0 for marks that stand on another."""
    if combining(sign) or category(sign) in ("Cf", "Cc", "Mn", "Me"):
        return 0
    return 2 if east_asian_width(sign) in "WF" else 1


def width_of(text: str) -> int:
    """Return how many cells the text fills."""
    return sum(map(cells, text))


def words_of(phrase: Phrase) -> Line:
    """Return the phrase as runs, without what would break a line or drive a terminal."""
    if isinstance(phrase, str):
        return [Words(_plain(phrase))]
    if isinstance(phrase, Words):
        return [Words(_plain(phrase.text), phrase.tone)]
    return [one for part in phrase for one in words_of(part)]


def _plain(text: str) -> str:
    return "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or category(sign)[0] != "C")


def width_of_line(line: Iterable[Words]) -> int:
    """Return how many cells the line fills."""
    return sum(width_of(one.text) for one in line)


def cut(line: Line, width: int) -> Line:
    """Return the line, cut with an ellipsis where it is wider than `width`."""
    if width_of_line(line) <= width:
        return line
    kept: Line = []
    left = width - 1
    for one in line:
        text = ""
        for sign in one.text:
            if cells(sign) > left:
                return [*kept, Words(text.rstrip() + ELLIPSIS, one.tone)]
            text += sign
            left -= cells(sign)
        kept.append(Words(text, one.tone))
    return kept


def pad(line: Line, width: int, right: bool = False) -> Line:
    """Return the line filled up with blanks to `width`."""
    blank = Words(" " * max(0, width - width_of_line(line)))
    return [blank, *line] if right else [*line, blank]


class _Piece(NamedTuple):
    """What a line break does not part: one Chinese character with its punctuation, or one Latin word."""

    signs: tuple[tuple[str, Tone], ...]
    width: int
    blank: bool


def _pieces(line: Line) -> Iterator[_Piece]:
    held: list[tuple[str, Tone]] = []
    for sign, tone in ((sign, one.tone) for one in line for sign in one.text):
        if held and _may_break(held[-1][0], sign):
            yield _piece(held)
            held = []
        held.append((sign, tone))
    if held:
        yield _piece(held)


def _may_break(before: str, after: str) -> bool:
    if before == " " or after == " ":
        return before != after
    if after in NO_LINE_START or before in NO_LINE_END:
        return False
    return cells(before) == 2 or cells(after) == 2


def _piece(held: list[tuple[str, Tone]]) -> _Piece:
    return _Piece(tuple(held), sum(cells(sign) for sign, _ in held), held[0][0] == " ")


def wrap(phrase: Phrase, width: int, hang: int = 0) -> list[Line]:
    """Return the phrase as lines of at most `width` cells, broken between words and between Chinese characters.

    Lines after the first are `hang` cells shorter.
    """
    lines: list[list[tuple[str, Tone]]] = [[]]
    used = 0
    full = width
    for piece in _pieces(words_of(phrase)):
        width = full if len(lines) == 1 else full - hang
        if used + piece.width > width:
            if piece.blank:
                continue
            if used:
                lines.append([])
                used = 0
        elif piece.blank and not used and len(lines) > 1:
            continue
        for sign in piece.signs:
            if used + cells(sign[0]) > (full if len(lines) == 1 else full - hang):  # one word longer than a line
                lines.append([])
                used = 0
            lines[-1].append(sign)
            used += cells(sign[0])
    return [_joined(line) for line in lines]


def _joined(signs: list[tuple[str, Tone]]) -> Line:
    line: Line = []
    for sign, tone in signs:
        if line and line[-1].tone == tone:
            line[-1] = Words(line[-1].text + sign, tone)
        else:
            line.append(Words(sign, tone))
    if line:
        line[-1] = Words(line[-1].text.rstrip(), line[-1].tone)
    return line


@dataclass(frozen=True, slots=True)
class Heading:
    """A title on its own line, after a blank one; `note` stands behind it, dimmed."""

    text: Phrase
    note: str = ""

    def lay_out(self, width: int) -> list[Line]:
        """Return the lines of the block."""
        title = [Words(one.text, one.tone or "strong") for one in words_of(self.text)]
        if not self.note:
            return [[], *wrap(title, width)]
        if width_of_line(title) + 2 + width_of(self.note) <= width:
            return [[], [*title, Words("  "), *words_of(Words(self.note, "dim"))]]
        return [[], *wrap(title, width), *wrap(Words(self.note, "dim"), width)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, wrapped; lines after the first hang by `hang` more cells than `indent`."""

    text: Phrase
    indent: int = 0
    hang: int = 0

    def lay_out(self, width: int) -> list[Line]:
        """Return the lines of the block."""
        wrapped = wrap(self.text, width - self.indent, self.hang)
        return [
            [Words(" " * (self.indent + (self.hang if number else 0))), *line] for number, line in enumerate(wrapped)
        ]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they hold, a line each, the values in one column."""

    pairs: Sequence[tuple[str, Phrase]]
    indent: int = 0

    def lay_out(self, width: int) -> list[Line]:
        """Return the lines of the block."""
        names = min(max((width_of(name) for name, _ in self.pairs), default=0), width // 3)
        lines: list[Line] = []
        for name, value in self.pairs:
            for number, line in enumerate(wrap(value, width - names - 2 - self.indent)):
                head = cut([Words(name if number == 0 else "", "dim")], names)
                lines.append([Words(" " * self.indent), *pad(head, names), Words("  "), *line])
        return lines


@dataclass(frozen=True, slots=True)
class Column:
    """A column: as wide as its widest cell, within `least` and `most`. What is wider is cut, or wrapped if it `wraps`.

    `gives` columns share what is missing when the table is too wide; without one the last column gives.
    """

    title: str = ""
    right: bool = False
    wraps: bool = False
    least: int = 0
    most: int = 999
    gives: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose columns line up. A row may be shorter than the columns; a heading may stand between rows."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Phrase] | Heading]
    indent: int = 0
    gap: int = 2

    def lay_out(self, width: int) -> list[Line]:
        """Return the lines of the block."""
        if not self.rows:
            return []
        table = [row if isinstance(row, Heading) else [words_of(cell) for cell in row] for row in self.rows]
        widths = self._widths([row for row in table if not isinstance(row, Heading)], width - self.indent)
        lines: list[Line] = []
        if any(column.title for column in self.columns):
            lines += self._row([[Words(column.title, "dim")] for column in self.columns], widths)
        for row in table:
            lines += row.lay_out(width) if isinstance(row, Heading) else self._row(row, widths)
        return lines

    def _widths(self, table: list[list[Line]], width: int) -> list[int]:
        widths = []
        for number, column in enumerate(self.columns):
            held = [width_of_line(row[number]) for row in table if number < len(row)]
            widths.append(min(column.most, max([column.least, width_of(column.title), *held])))
        givers = [number for number, column in enumerate(self.columns) if column.gives] or [len(widths) - 1]
        over = sum(widths) + self.gap * (len(widths) - 1) - width
        while over > 0:
            widest = max(givers, key=lambda number: widths[number])
            if widths[widest] <= 4:
                givers = list(range(len(widths)))
                widest = max(givers, key=lambda number: widths[number])
            widths[widest] -= 1
            over -= 1
        return widths

    def _row(self, row: Sequence[Line], widths: list[int]) -> list[Line]:
        laid: list[list[Line]] = []
        for number, cell in enumerate(row):
            wraps = self.columns[number].wraps
            laid.append(wrap(cell, widths[number]) if wraps else [cut(cell, widths[number])])
        lines: list[Line] = []
        for depth in range(max((len(cell) for cell in laid), default=0)):
            line: Line = [Words(" " * self.indent)]
            for number, cell_lines in enumerate(laid):
                part = cell_lines[depth] if depth < len(cell_lines) else []
                line += pad(part, widths[number], self.columns[number].right)
                if number < len(laid) - 1:
                    line.append(Words(" " * self.gap))
            lines.append(line)
        return lines


@dataclass(frozen=True, slots=True)
class Beside:
    """Two texts side by side, each flowing by itself; the left one takes `share` of the width."""

    left: Sequence[Phrase]
    right: Sequence[Phrase]
    share: float = 0.5
    gap: int = 3

    def lay_out(self, width: int) -> list[Line]:
        """Return the lines of the block."""
        first = int(width * self.share)
        one = [line for phrase in self.left for line in wrap(phrase, first)]
        other: list[Line] = []
        for phrase in self.right:
            flowed = wrap(phrase, width - first - self.gap, 2)
            other += [[Words("  " if number else ""), *line] for number, line in enumerate(flowed)]
        lines: list[Line] = []
        for depth in range(max(len(one), len(other))):
            line = pad(one[depth] if depth < len(one) else [], first + self.gap)
            if depth < len(other):
                line += other[depth]
            lines.append(line)
        return lines


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines that are laid out already: a drawing, a text to copy. They are neither wrapped nor cut."""

    lines: Sequence[Phrase] = field(default=("",))

    def lay_out(self, _: int) -> list[Line]:
        """Return the lines of the block."""
        return [words_of(line) for line in self.lines]


BLANK = Drawn()
Block = Heading | Sentence | Facts | Grid | Beside | Drawn


def lay_out(blocks: Iterable[Block], width: int = 80) -> list[Line]:
    """Return the lines of all blocks: no blank line first, never two in a row, no blanks at a line's end."""
    lines: list[Line] = []
    for block in blocks:
        for line in block.lay_out(width):
            kept = list(line)
            while kept and not kept[-1].text.strip():
                kept.pop()
            if kept:
                kept[-1] = Words(kept[-1].text.rstrip(), kept[-1].tone)
            if kept or (lines and lines[-1]):
                lines.append(kept)
    return lines


def as_text(blocks: Iterable[Block], width: int = 80) -> str:
    """Return the blocks as plain text."""
    return "\n".join("".join(one.text for one in line) for line in lay_out(blocks, width))
