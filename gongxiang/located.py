"""TOML whose every table, key and array element knows its line.

`tomllib` reads the values; one pass over the text, which it has found valid, reads the lines. Data files of law
(notices, instruments, procedure tables) are read through here, so that a fault can be named by file and line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Never

from gongxiang.errors import FaultyData, Finding, Text

Step = str | int
Steps = tuple[Step, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
# Long strings may end in up to five quotes, of which the last three close.
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")
_WHERE = re.compile(r"\(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class Located:
    """A TOML document: its path as it is to be printed, its values, and the line of everything in it."""

    path: str
    data: dict[str, Any]
    lines: Mapping[Steps, int]

    def line(self, *steps: Step) -> int:
        """Return the 1-based line of the value at `steps`, or of the nearest enclosing value that has one.

        Keys are names, elements of arrays are numbers from 0: `line("notice", 3, "workdays", 1)`.
        """
        while steps:
            if (known := self.lines.get(steps)) is not None:
                return known
            steps = steps[:-1]
        return self.lines.get((), 1)

    def finding(self, steps: Iterable[Step], text: Text, mend: Text) -> Finding:
        """Return a finding at the line of `steps`."""
        return Finding(self.path, self.line(*steps), text, mend)


def load(path: str | Path, fault: type[FaultyData] = FaultyData, name: str | None = None) -> Located:
    """Read the file at `path`; raise `fault` with its line if it is not there, not UTF-8 or not TOML.

    `name` is what findings call the file; without it, `path` as given.
    """
    name = name if name is not None else str(path)
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        _refuse(
            fault,
            Finding(
                name,
                0,
                Text(f"文件无法读取：{error.strerror}", f"the file cannot be read: {error.strerror}"),
                Text("检查路径和读取权限", "check the path and that it may be read"),
            ),
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(
            fault,
            Finding(
                name,
                raw.count(b"\n", 0, error.start) + 1,
                Text("不是 UTF-8 编码", "not UTF-8"),
                Text("以 UTF-8 编码保存文件", "save the file as UTF-8"),
            ),
        )
    return parse(text, name, fault)


def parse(text: str, name: str, fault: type[FaultyData] = FaultyData) -> Located:
    """Read `text`; raise `fault` with the line if it is not TOML. `name` is what findings call the file."""
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = _WHERE.search(message)
        line = int(where.group(1)) if where else text.count("\n") + 1
        _refuse(
            fault,
            Finding(
                name,
                line,
                Text(f"不是有效的 TOML：{message}", f"not TOML: {message}"),
                Text("修正这一行的写法", "correct the writing of this line"),
            ),
        )
    except RecursionError:
        _refuse(
            fault,
            Finding(
                name,
                0,
                Text("嵌套过深", "nested too deeply"),
                Text("减少数组或表的层数", "nest fewer arrays or tables"),
            ),
        )
    return Located(name, data, _Read(text))


def _refuse(fault: type[FaultyData], finding: Finding) -> Never:
    raise fault([finding]) from None


class _Read(Mapping[Steps, int]):
    """The lines of a text that is known to be valid TOML, read when the first of them is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> dict[Steps, int]:
        return _Lines(self._text).lines

    def __getitem__(self, steps: Steps) -> int:
        return self._lines[steps]

    def __iter__(self) -> Iterator[Steps]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


class _Lines:
    """The lines of a text that is known to be valid TOML."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Steps, int] = {}
        self._text = text
        self._at = 0
        self._line = 1
        self._last_element: dict[Steps, int] = {}
        table: Steps = ()
        self._take(_BLANK)
        while self._at < len(text):
            if text.startswith("[[", self._at):
                table = self._header(2)
            elif text[self._at] == "[":
                table = self._header(1)
            else:
                self._pair(table)
            self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise AssertionError(f"tomllib accepted line {self._line}, the line reader did not")
        self._at = found.end()
        self._line += found.group().count("\n")
        return found.group()

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._take(_BLANK)
            keys.append(_name_of(self._take(_KEY)))
            if not _DOT.match(self._text, self._at):
                self._take(_BLANK)
                return keys
            self._take(_DOT)

    def _header(self, brackets: int) -> Steps:
        line = self._line
        self._at += brackets
        keys = self._keys()
        self._at += brackets
        steps: Steps = ()
        for key in keys[:-1]:
            steps = self._current((*steps, key))
            self.lines.setdefault(steps, line)
        steps = (*steps, keys[-1])
        if brackets == 2:
            self.lines.setdefault(steps, line)
            self._last_element[steps] = self._last_element.get(steps, -1) + 1
            steps = self._current(steps)
        self.lines[steps] = line
        return steps

    def _current(self, steps: Steps) -> Steps:
        """Return `steps`, with the number of the newest element where it is an array of tables."""
        return (*steps, self._last_element[steps]) if steps in self._last_element else steps

    def _pair(self, table: Steps) -> None:
        line = self._line
        steps = table
        for key in self._keys():
            steps = (*steps, key)
            self.lines.setdefault(steps, line)
        self._at += 1  # the equals sign
        self._take(_BLANK)
        self._value(steps)

    def _value(self, steps: Steps) -> None:
        first = self._text[self._at]
        if first in "\"'":
            self._take(_STRING)
        elif first == "[":
            self._array(steps)
        elif first == "{":
            self._inline_table(steps)
        else:
            self._take(_SCALAR)

    def _array(self, steps: Steps) -> None:
        self._at += 1
        number = 0
        self._take(_BLANK)
        while self._text[self._at] != "]":
            self.lines[(*steps, number)] = self._line
            self._value((*steps, number))
            number += 1
            self._separator()
        self._at += 1

    def _inline_table(self, steps: Steps) -> None:
        self._at += 1
        self._take(_BLANK)
        while self._text[self._at] != "}":
            self._pair(steps)
            self._separator()
        self._at += 1

    def _separator(self) -> None:
        self._take(_BLANK)
        if self._text[self._at] == ",":
            self._at += 1
            self._take(_BLANK)


def _name_of(written: str) -> str:
    if written[0] == '"':
        return str(next(iter(tomllib.loads(f"{written} = 0"))))
    return written[1:-1] if written[0] == "'" else written
