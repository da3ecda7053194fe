"""Pictures of a procedure, drawn from its table: Mermaid text, and an SVG that needs no program to draw it.

The SVG has a column for each state and a row for each step, in the order of the articles: a dot where the step may be
taken, an arrow to where it leads, a ring where it stays. Nothing crosses, however many steps there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from types import MappingProxyType

from gongxiang.citation import cite
from gongxiang.errors import Language, Text
from gongxiang.page import width_of
from gongxiang.workflow.procedure import Procedure, Row
from gongxiang.workflow.vocabulary import ROLE_NAMES

_LADDER = "ground.instrument"
"""The key of `when` by which each instrument's grounds go their own way."""
ROW, HEAD, COLUMN, LEFT, MARGIN = 34, 96, 108, 330, 20
FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','WenQuanYi Zen Hei',sans-serif"


def mermaid(table: Procedure, language: Language, names: Mapping[str, Text] = MappingProxyType({})) -> str:
    """Return the steps as a Mermaid state diagram, an arrow for all that lead from one state to another; activities and
    steps that stay are notes at their state.

    `names` are what instruments are called in short, by id.
    """
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{_clean(state.title.of(language))}" as {name}' for name, state in table.states.items()]
    moves: dict[tuple[str, str], list[str]] = {}
    stays: dict[str, list[str]] = {}
    for row in table.rows:
        label = f"{_clean(row.title.of(language))} ({_basis(row, language, names)})"
        if row.opens and row.to:
            moves.setdefault(("[*]", row.to), []).append(label)
        for source in row.sources:
            if row.to is None or row.to == source:
                stays.setdefault(source, []).append(label)
            else:
                moves.setdefault((source, row.to), []).append(label)
    lines += [
        f"    {source} --> {target}: {'<br/>'.join(dict.fromkeys(labels))}"
        for (source, target), labels in moves.items()
    ]
    for name, state in table.states.items():
        if state.final:
            lines.append(f"    {name} --> [*]")
        if name in stays:
            lines += [
                f"    note right of {name}",
                *(f"        {one}" for one in dict.fromkeys(stays[name])),
                "    end note",
            ]
    return "\n".join(lines) + "\n"


def ladders(table: Procedure) -> Iterator[tuple[str, Procedure]]:
    """Yield the table as the grounds of each instrument go through it, by the instrument's id; whole, under no id,
    where its opening rows are not told apart by the instrument of the ground.
    """
    apart = dict.fromkeys(row.when[_LADDER] for row in table.openings if _LADDER in row.when)
    if len(apart) < 2:
        yield "", table
    for instrument in apart if len(apart) > 1 else ():
        yield (
            instrument,
            _reached(table, [row for row in table.rows if row.when.get(_LADDER, instrument) == instrument]),
        )


def _reached(table: Procedure, rows: Sequence[Row]) -> Procedure:
    """Return a table of these rows alone, with the states to which they lead."""
    reached: set[str] = set()
    while more := {row.to for row in rows if row.to and (row.opens or reached & set(row.sources))} - reached:
        reached |= more
    kept = [replace(row, sources=tuple(one for one in row.sources if one in reached)) for row in rows if not row.opens]
    states = {name: state for name, state in table.states.items() if name in reached}
    opening = [row for row in rows if row.opens]
    return replace(table, states=states, rows=(*opening, *(row for row in kept if row.sources)))


def _clean(text: str) -> str:
    return text.replace('"', "'").replace(":", "：").replace(";", "；")


def _basis(row: Row, language: Language, names: Mapping[str, Text]) -> str:
    own = "程序所需" if language == "zh" else "own"
    return cite(row.article, language, names) if row.article else own


def svg(table: Procedure, language: Language, names: Mapping[str, Text] = MappingProxyType({})) -> str:
    """Return the procedure as an SVG document. `names` are what instruments are called in short, by id."""
    place = {name: LEFT + COLUMN * number + COLUMN // 2 for number, name in enumerate(table.states)}
    rows = list(table.rows)
    width = LEFT + COLUMN * len(place) + MARGIN
    height = HEAD + ROW * len(rows) + MARGIN + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONT}" font-size="13" role="img" aria-label="{escape(table.title.of(language))}">',
        '<defs><marker id="to" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 10 5 0 10z" fill="#1f5fa8"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="34" font-size="19" font-weight="bold" fill="#1a1a1a">'
        f"{escape(table.title.of(language))}</text>",
        f'<text x="{MARGIN}" y="58" fill="#666666">'
        f"{escape(table.id)}　{escape(cite(table.article, language, names))}</text>",
    ]
    bottom = HEAD + ROW * len(rows)
    for name, state in table.states.items():
        parts += _column(place[name], bottom, state.title.of(language), name, state.final)
    for number, row in enumerate(rows):
        parts += _row(row, HEAD + ROW * number + ROW // 2 + 4, place, number, width, language, names)
    legend = (
        "● 可由此办理　→ 转到　○ 办理后状态不变　◎ 终结状态"
        if language == "zh"
        else "● may be taken here   → leads to   ○ the state stays   ◎ final state"
    )
    parts.append(f'<text x="{MARGIN}" y="{height - 16}" fill="#666666" font-size="12">{legend}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _column(x: int, bottom: int, title: str, name: str, final: bool) -> Iterator[str]:
    """A state: its box and its line."""
    yield f'<line x1="{x}" y1="{HEAD - 8}" x2="{x}" y2="{bottom + 4}" stroke="#c8d0da" stroke-width="1"/>'
    fill, edge = ("#eef2f6", "#5c6b7a") if final else ("#e8f1fb", "#1f5fa8")
    if final:
        yield f'<rect x="{x - 51}" y="23" width="102" height="62" rx="9" fill="none" stroke="{edge}"/>'
    yield f'<rect x="{x - 48}" y="26" width="96" height="56" rx="7" fill="{fill}" stroke="{edge}"/>'
    for depth, line in enumerate(_two_lines(title, 13)):
        yield (
            f'<text x="{x}" y="{44 + 15 * depth}" text-anchor="middle" font-size="12" font-weight="bold" '
            f'fill="#1a1a1a">{escape(line)}</text>'
        )
    yield f'<text x="{x}" y="76" text-anchor="middle" font-size="10" fill="#5c6b7a">{escape(name)}</text>'


def _two_lines(text: str, cells: int) -> list[str]:
    """Break a title in two where it is too wide for its box."""
    if width_of(text) <= cells:
        return [text]
    if " " in text:
        middle = min((place for place, sign in enumerate(text) if sign == " "), key=lambda at: abs(at - len(text) / 2))
        return [text[:middle], text[middle + 1 :]]
    return [text[: (len(text) + 1) // 2], text[(len(text) + 1) // 2 :]]


def _row(
    row: Row, y: int, place: dict[str, int], number: int, width: int, language: Language, names: Mapping[str, Text]
) -> Iterator[str]:
    """A step or activity: its name, who takes it and by which article; where from and where to."""
    if number % 2 == 0:
        size = f'width="{width - 2 * MARGIN + 16}" height="{ROW}"'
        yield f'<rect x="{MARGIN - 8}" y="{y - ROW // 2}" {size} fill="#000000" opacity="0.03"/>'
    roles = ("、" if language == "zh" else ", ").join(ROLE_NAMES[role].of(language) for role in sorted(row.by))
    yield f'<text x="{MARGIN}" y="{y}" font-weight="bold" fill="#1a1a1a">{escape(row.title.of(language))}</text>'
    about = f"{row.name} · {roles} · {_basis(row, language, names)}"
    yield f'<text x="{MARGIN}" y="{y + 12}" font-size="10" fill="#5c6b7a">{escape(about)}</text>'
    target = place[row.to] if row.to else None
    for source in row.sources:
        x = place[source]
        if target is None or target == x:
            yield f'<circle cx="{x}" cy="{y}" r="5" fill="#ffffff" stroke="#1f5fa8" stroke-width="1.6"/>'
        else:
            yield f'<circle cx="{x}" cy="{y}" r="4.5" fill="#1f5fa8"/>'
    if target is None:
        return
    starts = [place[source] for source in row.sources if place[source] != target] or ([LEFT + 4] if row.opens else [])
    for side in ([x for x in starts if x < target], [x for x in starts if x > target]):
        if side:
            far = min(side) if side[0] < target else max(side)
            gap = 7 if row.opens or target not in [place[source] for source in row.sources] else 9
            end = target - gap if far < target else target + gap
            ink = 'stroke="#1f5fa8" stroke-width="1.8" marker-end="url(#to)"'
            yield f'<line x1="{far}" y1="{y}" x2="{end}" y2="{y}" {ink}/>'
