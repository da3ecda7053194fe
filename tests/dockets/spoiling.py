"""A docket with one line spoiled: what may happen then, and whether it did.

The law: the play either refuses a line, names it and leaves the database as the lines before it made it, or nothing is
different for the spoiling. A line cut or garbled is refused itself; a line doubled is refused where it stands again,
unless it is a sweep or carries its key; a line removed or exchanged with a later one is refused nowhere, or where the
first line misses it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from keeper import Keeper
from playing import Played, play_here
from raw import standing

Lines = list[bytes]


def cut(lines: Lines, index: int, _: int) -> Lines:
    """The line breaks off in the middle."""
    return [*lines[:index], lines[index][: len(lines[index]) // 2], *lines[index + 1 :]]


def garbled(lines: Lines, index: int, _: int) -> Lines:
    """A byte in the middle of the line is none that UTF-8 knows."""
    middle = len(lines[index]) // 2
    return [*lines[:index], lines[index][:middle] + b"\xff" + lines[index][middle + 1 :], *lines[index + 1 :]]


def doubled(lines: Lines, index: int, _: int) -> Lines:
    """The line stands there twice."""
    return [*lines[: index + 1], lines[index], *lines[index + 1 :]]


def removed(lines: Lines, index: int, _: int) -> Lines:
    """The line is missing."""
    return [*lines[:index], *lines[index + 1 :]]


def swapped(lines: Lines, index: int, other: int) -> Lines:
    """The line has changed places with a later one."""
    spoiled = list(lines)
    spoiled[index], spoiled[other] = spoiled[other], spoiled[index]
    return spoiled


SPOILINGS: dict[str, Callable[[Lines, int, int], Lines]] = {
    spoil.__name__: spoil for spoil in (cut, garbled, doubled, removed, swapped)
}


@dataclass(frozen=True, slots=True)
class Spoiling:
    """One way to spoil the line `index` (from 0) of a docket; `other` is the later line it changes places with."""

    kind: str
    lines: Lines
    index: int
    other: int


def ways_to_spoil(lines: Lines, index: int, chance: random.Random) -> Iterator[Spoiling]:
    """Yield every spoiling of one line. The last line keeps its place: phases are judged at its moment."""
    last = len(lines) - 1
    for kind in SPOILINGS:
        if kind != "swapped":
            yield Spoiling(kind, lines, index, index)
        elif index + 1 < last:
            yield Spoiling(kind, lines, index, chance.randrange(index + 1, last))


def fault(spoiling: Spoiling, before: str, outcome: Any, keeper: Keeper) -> str | None:
    """Return what is wrong with the play of the spoiled docket, or None.

    `before` is a database on which the lines before the spoiled one were played; `outcome` is what the docket comes to
    unspoiled.
    """
    kind, lines, index = spoiling.kind, spoiling.lines, spoiling.index
    spoiled = SPOILINGS[kind](lines, index, spoiling.other)
    with keeper.lent(before) as url:
        played = play_here(spoiled, url)
        if "Traceback" in played.noise or played.exit_code not in (0, 1):
            return f"exit {played.exit_code}: {played.noise}"
        if played.exit_code == 0:
            return _fault_of_silence(spoiling, played, outcome)
        stands = standing(url)
    line = refused_line(played)
    wanted = {"cut": index + 1, "garbled": index + 1, "doubled": index + 2}.get(kind)
    if wanted is not None and line != wanted:
        return f"refused at line {line}, not at {wanted}: {played.noise}"
    if not index < line <= len(spoiled):
        return f"refused at line {line}, which the spoiling of line {index + 1} cannot reach"
    return _fault_of_the_rest(stands, before, spoiled[index : line - 1], lines[:index], keeper)


def refused_line(played: Played) -> int:
    """Return the physical line that the play refused, from 1."""
    line: int = played.document["refused"][0]["line"]
    return line


def _fault_of_silence(spoiling: Spoiling, played: Played, outcome: Any) -> str | None:
    """A spoiling that nothing refused must have changed nothing, unless it makes the docket another one, and legal."""
    line = json.loads(spoiling.lines[spoiling.index])
    if spoiling.kind in ("cut", "garbled"):
        return "nothing was refused"
    if spoiling.kind == "doubled" and line["do"] != "sweep" and "key" not in line:
        return "a doubled act was taken twice or silently dropped"
    between = spoiling.lines[spoiling.index : spoiling.other + 1]
    if spoiling.kind == "removed" or any(json.loads(one)["do"] == "recalculate" for one in between):
        return None  # an act less; or the plan is applied to what then stands
    return None if _facts(played.document["cases"]) == _facts(outcome) else "the cases stand elsewhere"


def _facts(cases: list[dict[str, Any]]) -> list[Any]:
    """What a case says apart from its place in the docket."""
    return sorted((case["case"], case["state"], case["deadlines"], sorted(case["flags"])) for case in cases)


def _fault_of_the_rest(stands: list[str], before: str, more: Lines, lines: Lines, keeper: Keeper) -> str | None:
    """The refused line must have left the database as the lines before it make it: `lines`, played on `before`, and
    `more` after them.
    """
    with keeper.lent(before) as url:
        if more:
            clean = play_here([*lines, *more], url)
            if clean.exit_code:
                return f"the lines before it are refused too: {clean.noise}"
        return None if stands == standing(url) else "it did not leave what the lines before it leave"
