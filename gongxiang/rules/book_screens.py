"""A rule book as people read it: its instruments by rank, its numbers, and each conflict with its reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gongxiang.citation import cite
from gongxiang.errors import Language, Text
from gongxiang.page import Block, Column, Facts, Grid, Heading, Phrase, Sentence, Tone, Words
from gongxiang.rules.instrument import Instrument
from gongxiang.rules.screens import in_force, whole
from gongxiang.rules.words import length, names_of, say
from gongxiang.workflow.procedure import Conflict, RuleBook, text_of

STRICTER, OUTER = "stricter", "outer"
KINDS_OF_AUTHORITY = {"statute": "条文明定", "analogy": "类推", "ours": "本项目的读法"}
WORDS = {STRICTER: Text("较严，以此为准", "stricter: due"), OUTER: Text("法定外限", "outer limit")}
TONES: Mapping[str, Tone] = {STRICTER: "good", OUTER: "warn"}


def standing_of(book: RuleBook) -> dict[str, str]:
    """Return which numbers are those of a stricter limit, and which those of the outer one behind it, by id."""
    return {name: word for pair in two_clocks(book) for name, word in zip(pair, (STRICTER, OUTER), strict=True)}


def two_clocks(book: RuleBook) -> Iterator[tuple[str, str]]:
    """Yield the numbers of each duty that has two limits: that of the stricter, that of the outer one."""
    for table in book.document["procedures"]:
        limits = {limit["id"]: limit for limit in table.get("limit", ())}
        for limit in limits.values():
            strict = limits.get(limit.get("outer_of", ""), {})
            if "parameter" in strict and "parameter" in limit:
                yield strict["parameter"], limit["parameter"]


def book(shown: RuleBook, known: Mapping[str, Instrument], note: str, language: Language) -> Iterator[Block]:
    """Yield what a rule book is composed of, its numbers and its conflicts. `known` are the instruments at hand."""
    yield Heading([Words(shown.title.of(language), "strong"), Words(f"  {shown.id}", "accent")], note)
    procedures = "  ".join(shown.procedures)
    yield Facts(
        (
            (say(language, "版本", "Version"), shown.version),
            (say(language, "程序", "Procedures"), procedures),
        )
    )
    yield from _instruments(shown, known, language)
    yield from _numbers(shown, language)
    yield from _conflicts(shown, language)


def _instruments(shown: RuleBook, known: Mapping[str, Instrument], language: Language) -> Iterator[Block]:
    yield Heading(
        say(language, "规则", "Instruments"),
        say(
            language,
            "按位阶；设区的市地方性法规与省级规章不分高下",
            "by rank; none between city regulation and provincial rule",
        ),
    )
    for one in shown.instruments:
        held = known.get(one.id)
        short = say(language, f"（{one.short.zh}）", f" ({one.short.en})")
        yield Sentence(
            [Words(one.id, "accent"), "  ", Words(one.title.of(language), "strong"), short], indent=2, hang=2
        )
        said: list[str | Words] = []
        if held is not None:
            said = [held.rank.title.of(language), say(language, "，", ", ")]
        said.append(in_force(one.since, held.until if held else None, language))
        if held is not None:
            said += [say(language, "，", ", "), whole(held, language)]
        elif not one.complete:
            said.append(Words(say(language, "，不完整", ", not complete"), "warn"))
        yield Sentence(said, indent=4, hang=2)


def _numbers(shown: RuleBook, language: Language) -> Iterator[Block]:
    if not shown.parameters:
        return
    yield Heading(say(language, "法定数字", "The numbers of the law"))
    standing, names, titles = standing_of(shown), names_of(shown), titles_of(shown)
    behind = {outer: strict for strict, outer in two_clocks(shown)}
    order = list(shown.parameters)
    rows: list[list[Phrase]] = []
    for one in sorted(
        shown.parameters.values(), key=lambda one: (order.index(behind.get(one.id, one.id)), one.id in behind)
    ):
        word = standing.get(one.id, "")
        rows.append(
            [
                Words(length(one.value, one.unit, language), "strong"),
                text_of(titles.get(one.id), one.id).of(language),
                cite(one.article, language, names),
                Words(WORDS[word].of(language), TONES[word]) if word else "",
            ]
        )
    columns = (Column(), Column(wraps=True, gives=True), Column(wraps=True, gives=True, least=14), Column())
    yield Grid(columns, rows, indent=2)


def titles_of(shown: RuleBook) -> dict[str, Mapping[str, str]]:
    """Return what the numbers of a rule book are called, by id; not every number has a title."""
    return {record["id"]: record["title"] for record in shown.document["parameters"] if "title" in record}


def _conflicts(shown: RuleBook, language: Language) -> Iterator[Block]:
    if not shown.conflicts:
        return
    unsure = sum(one.unsure for one in shown.conflicts)
    note = say(language, f"{len(shown.conflicts)} 处", str(len(shown.conflicts)))
    if unsure:
        note += say(language, f"，其中存疑 {unsure} 处", f", {unsure} of them unsure")
    yield Heading(say(language, "冲突与所取读法", "Conflicts, and the reading taken"), note)
    for one in shown.conflicts:
        yield from _conflict(one, shown, language)


def _conflict(one: Conflict, shown: RuleBook, language: Language) -> Iterator[Block]:
    names = names_of(shown)
    between = say(language, "、", ", ").join(cite(article, language, names) for article in one.between)
    mark = [Words(say(language, "  存疑", "  unsure"), "warn")] if one.unsure else []
    yield Sentence([Words(one.id, "accent"), "  ", Words(between, "strong"), *mark], indent=2, hang=2)
    pairs: list[tuple[str, Phrase]] = [
        (say(language, "问题", "Question"), one.question.of(language)),
        (say(language, "读法", "Reading"), one.reading.of(language)),
        (say(language, "依据", "Authority"), _authority(one.authority, language)),
        (say(language, "确认", "Confirmed by"), one.confirmed_by.of(language)),
    ]
    yield Facts(pairs, indent=4)


def _authority(said: str, language: Language) -> str:
    """Return an authority with the word that says of which kind it is in the language, the rest as it is written."""
    kind = next((kind for kind in KINDS_OF_AUTHORITY if said.startswith(kind)), None)
    if language == "en" or kind is None:
        return said
    rest = said.removeprefix(kind).lstrip(":, ")
    return KINDS_OF_AUTHORITY[kind] + (f"：{rest}" if rest else "")


def record(shown: RuleBook, known: Mapping[str, Instrument], language: Language) -> dict[str, Any]:
    """Return a rule book as JSON-able data."""
    standing, titles = standing_of(shown), titles_of(shown)
    return {
        "id": shown.id,
        "title": shown.title.of(language),
        "version": shown.version,
        "hash": shown.hash,
        "in_force": shown.in_force.isoformat(),
        "territory": shown.territory,
        "procedures": list(shown.procedures),
        "instruments": [
            {
                "id": one.id,
                "title": one.title.of(language),
                "short": one.short.of(language),
                "rank": one.rank,
                "in_force": one.since.isoformat(),
                "until": _until(known.get(one.id)),
                "complete": one.complete,
                "gaps": len(known[one.id].gaps) if one.id in known else None,
            }
            for one in shown.instruments
        ],
        "numbers": [
            {
                "id": one.id,
                "title": text_of(titles.get(one.id), one.id).of(language),
                "value": one.value,
                "unit": one.unit,
                "since": one.since.isoformat(),
                "article": one.article,
                "standing": standing.get(one.id),
            }
            for one in shown.parameters.values()
        ],
        "conflicts": [
            {
                "id": one.id,
                "between": list(one.between),
                "question": one.question.of(language),
                "reading": one.reading.of(language),
                "authority": one.authority,
                "confirmed_by": one.confirmed_by.of(language),
                "unsure": one.unsure,
            }
            for one in shown.conflicts
        ],
    }


def _until(one: Instrument | None) -> str | None:
    return one.until.isoformat() if one is not None and one.until is not None else None
