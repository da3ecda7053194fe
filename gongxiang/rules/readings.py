"""What a text leaves open: the question, our reading, its authority, and the steps it affects, an entry each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gongxiang.errors import Text
from gongxiang.nearest import did_you_mean
from gongxiang.rules.articles import Article, paragraph

FIELDS = ("Question", "Reading", "Authority", "Setting", "Articles", "Affects")
OPTIONAL = ("Setting",)
AUTHORITIES = ("statute", "analogy", "ours")
ENGINE_ACTS = ("lapse", "recalculate")
"""Acts that no table has a row for, or that the engine alone takes, and that a reading may be about."""

_ENTRY = re.compile(r"^## (\S+)\s*$")
_SECTION = re.compile(r"^# (\S.*)$")
_FIELD = re.compile(r"^\*\*(\w+)\*\* ?(.*)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """One point the text leaves open. Its Authority begins with statute, analogy or ours."""

    id: str
    section: str
    fields: Mapping[str, str]
    line: int
    lines: Mapping[str, int]

    @property
    def articles(self) -> tuple[str, ...]:
        """The articles it is about."""
        return _listed(self.fields.get("Articles", ""))

    @property
    def affects(self) -> tuple[str, ...]:
        """The steps it affects, as `procedure/step`."""
        return _listed(self.fields.get("Affects", ""))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def read(text: str) -> tuple[Reading, ...]:
    """Return the entries of an `interpretation.md`, in its order. The first `#` heading is the title of the whole."""
    found: list[Reading] = []
    section, titled, current = "", False, ""
    for position, raw in enumerate(text.splitlines(), start=1):
        if entry := _ENTRY.match(raw):
            found.append(Reading(entry[1], section, {}, position, {}))
            current = ""
        elif heading := _SECTION.match(raw):
            section, titled = (heading[1] if titled else ""), True
        elif found and (field := _FIELD.match(raw)):
            current = field[1]
            _put(found[-1], current, field[2], position)
        elif found and current and raw.strip():
            _put(found[-1], current, f"{found[-1].fields[current]}\n{raw}", found[-1].lines[current])
    return tuple(found)


def _put(reading: Reading, field: str, text: str, line: int) -> None:
    assert isinstance(reading.fields, dict)
    assert isinstance(reading.lines, dict)
    reading.fields[field], reading.lines[field] = text.strip(), line


Told = tuple[int, Text, Text]


def faults(text: str, texts: Mapping[str, Mapping[int, Article]], steps: Collection[str]) -> Iterator[Told]:
    """Yield line, fault and mend of entries that stand twice, lack a field, or name what is not there.

    `texts` are those of the instruments at hand by id, the entries' own first; `steps` those that an entry may affect.
    References to other instruments, and steps while none is known, are not looked up.
    """
    seen: set[str] = set()
    own = next(iter(texts))
    for reading in read(text):
        if reading.id in seen:
            yield (
                reading.line,
                Text(f"条目“{reading.id}”重复", f"the entry '{reading.id}' stands twice"),
                Text("请合并或改名", "join them or rename one"),
            )
        seen.add(reading.id)
        yield from _fields(reading)
        for reference in reading.articles:
            instrument = reference.rpartition("/")[0] or own
            if instrument in texts and paragraph(texts[instrument], reference) is None:
                yield _no_article(reading, reference)
        yield from _affected(reading, steps)


def foreign_faults(text: str, texts: Mapping[str, Mapping[int, Article]], steps: Collection[str]) -> Iterator[Told]:
    """Yield what entries name of other instruments and is not there, all `texts` and `steps` being known."""
    for reading in read(text):
        for reference in reading.articles:
            instrument = reference.rpartition("/")[0]
            if instrument and paragraph(texts.get(instrument, {}), reference) is None:
                yield _no_article(reading, reference)
        yield from _affected(reading, steps)


def _no_article(reading: Reading, reference: str) -> Told:
    return (
        reading.lines["Articles"],
        Text(f"没有条文“{reference}”", f"there is no article '{reference}'"),
        Text("请核对条、款的编号", "check the number of the article and paragraph"),
    )


def _affected(reading: Reading, steps: Collection[str]) -> Iterator[Told]:
    for affected in reading.affects:
        if steps and affected not in steps:
            near = did_you_mean(affected, sorted(steps))
            yield (
                reading.lines["Affects"],
                Text(f"步骤“{affected}”不存在{near.zh}", f"unknown step '{affected}'{near.en}"),
                Text("请写“程序/步骤”", "write procedure/step"),
            )


def _fields(reading: Reading) -> Iterator[Told]:
    for field in FIELDS:
        if field not in OPTIONAL and not reading.fields.get(field):
            yield (
                reading.lines.get(field, reading.line),
                Text(f"条目“{reading.id}”缺少“{field}”", f"the entry '{reading.id}' lacks {field}"),
                Text(f"请写 **{field}**", f"write **{field}**"),
            )
    for field, line in reading.lines.items():
        if field not in FIELDS:
            near = did_you_mean(field, FIELDS)
            yield (
                line,
                Text(f"条目没有“{field}”一项{near.zh}", f"an entry has no field '{field}'{near.en}"),
                Text(f"可用：{'、'.join(FIELDS)}", f"the fields are {', '.join(FIELDS)}"),
            )
    authority = reading.fields.get("Authority", "")
    if authority and not authority.startswith(AUTHORITIES):
        yield (
            reading.lines["Authority"],
            Text("依据应以 statute、analogy 或 ours 开头", "an authority begins with statute, analogy or ours"),
            Text("请注明依据的性质", "say of which kind it is"),
        )


def steps_of(tables: Iterable[Any]) -> set[str]:
    """Return `procedure/step` for every row of the tables that can be read, and for what the engine does in them."""
    return set(_steps(tables))


def _steps(tables: Iterable[Any]) -> Iterator[str]:
    for table in tables:
        name = table.get("procedure")
        for kind in ("step", "activity"):
            listed = table.get(kind, ())
            for entry in listed if isinstance(listed, list) else ():
                if isinstance(entry, Mapping):
                    yield f"{name}/{entry.get('id')}"
        yield from (f"{name}/{act}" for act in ENGINE_ACTS)
