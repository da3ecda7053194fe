"""The law as people read it: instruments, and each article beside what the tables make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from gongxiang.citation import numeral_of
from gongxiang.errors import Language
from gongxiang.page import BLANK, Beside, Block, Facts, Heading, Phrase, Sentence, Tone, Words
from gongxiang.rules.instrument import Instrument
from gongxiang.rules.words import length, say
from gongxiang.workflow.procedure import RuleBook


def instruments(known: Iterable[Instrument], composed: Sequence[str], language: Language) -> Iterator[Block]:
    """Yield the instruments at hand, then the rule books that they make together."""
    for one in known:
        yield Heading([Words(one.id, "accent"), "  ", Words(one.title.of(language), "strong")])
        pairs: list[tuple[str, Phrase]] = [
            (say(language, "简称", "Called"), one.short.of(language)),
            (say(language, "文号", "Number"), one.about["number"]),
            (say(language, "位阶", "Rank"), one.rank.title.of(language)),
            (say(language, "地域", "Territory"), f"{one.territory_title.of(language)}  {_territory(one, language)}"),
            (say(language, "施行", "In force"), in_force(one.since, one.until, language)),
            (
                say(language, "条文", "Articles"),
                [say(language, f"{len(one.articles)} 条，", f"{len(one.articles)}, "), whole(one, language)],
            ),
            (say(language, "程序", "Procedures"), _procedures(one, language)),
        ]
        if one.alone is not None:
            pairs.append((say(language, "版本", "Version"), one.alone.version))
        yield Facts(pairs, indent=2)
    if composed:
        yield Heading(
            say(language, "各地各日的规则", "The rule books of places, from a day on"),
            say(language, "由当时施行的各部规则组成", "what the instruments in force make together"),
        )
        yield Sentence("  ".join(composed), indent=2)


def in_force(since: date, until: date | None, language: Language) -> str:
    """Return from when to when something is in force; `until` is the first day on which it no longer is."""
    if until is None:
        return say(language, f"自 {since} 起", f"from {since}")
    last = until - timedelta(days=1)
    return say(language, f"自 {since} 至 {last}", f"from {since} through {last}")


def whole(one: Instrument, language: Language) -> Words:
    """Return whether all of an instrument is here, or how many gaps it has."""
    if one.complete:
        return Words(say(language, "完整", "complete"))
    number = len(one.gaps)
    return Words(
        say(language, f"不完整，{number} 处缺漏", f"not complete, {number} gap{'' if number == 1 else 's'}"), "warn"
    )


def _territory(one: Instrument, language: Language) -> str:
    return f"{one.territory}…" if one.territory else say(language, "任何区划", "every region")


def _procedures(one: Instrument, language: Language) -> str:
    return (
        "  ".join(one.alone.procedures) if one.alone else say(language, "叠加于其他规则", "layers on other instruments")
    )


def instrument_record(one: Instrument, language: Language) -> dict[str, Any]:
    """Return what `rules list` says of an instrument as JSON-able data. Without whole tables it has no version."""
    return {
        "id": one.id,
        "title": one.title.of(language),
        "short": one.short.of(language),
        "number": one.about["number"],
        "rank": one.rank.id,
        "territory": {"prefix": one.territory, "place": one.place, "title": one.territory_title.of(language)},
        "in_force": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "complete": one.complete,
        "gaps": len(one.gaps),
        "articles": len(one.articles),
        "procedures": list(one.alone.procedures) if one.alone else [],
        "version": one.alone.version if one.alone else None,
        "hash": one.alone.hash if one.alone else None,
    }


def instrument(one: Instrument, numbers: Iterable[int], book: RuleBook | None, language: Language) -> Iterator[Block]:
    """Yield articles, the text on the left and what the tables of `book` make of it on the right."""
    yield Heading(one.title.of(language), one.about["number"])
    if book is not None and book.id != one.id:
        said = f"对照：{book.title.zh}  {book.id}", f"beside it: {book.title.en}  {book.id}"
        yield Sentence(Words(say(language, *said), "dim"))
    for number in numbers:
        article = one.articles[number]
        yield Heading(Words(say(language, f"第{numeral_of(number)}条", f"Article {number}"), "accent"))
        made = derived(book, one.id, number) if book is not None else []
        for place, text in enumerate(article.paragraphs, start=1):
            mine = [entry for entry in made if entry["paragraph"] == place or (place == 1 and entry["paragraph"] == 0)]
            yield Beside(text.split("\n"), list(_made(mine, book, language)) if book is not None else [])
            yield BLANK


def _made(entries: Iterable[Mapping[str, Any]], book: RuleBook, language: Language) -> Iterator[Phrase]:
    """Yield what rests on a paragraph: its numbers and grounds, then by procedure each thing once."""
    seen: set[tuple[str, str, str]] = set()
    heading = ""
    for entry in sorted(entries, key=lambda entry: entry["kind"] not in ("number", "ground")):
        procedure = entry.get("procedure", "")
        if (procedure, entry["kind"], entry["name"]) in seen:
            continue
        seen.add((procedure, entry["kind"], entry["name"]))
        if procedure and procedure != heading:
            heading = procedure
            yield [Words(book.procedures[procedure].title.of(language), "strong"), Words(f"  {procedure}", "dim")]
        yield _entry(entry, language)


def derived(book: RuleBook, instrument: str, number: int) -> list[dict[str, Any]]:
    """Return what rests on an article: numbers, grounds, limits, records to keep, steps, guards and flags, each with
    its paragraph (0: the whole).
    """
    found: list[dict[str, Any]] = []

    def add(reference: str | None, kind: str, **said: Any) -> None:
        whose, _, place = (reference or "").rpartition("/")
        article, _, paragraph = place.partition(".")
        if (whose, article) == (instrument, str(number)):
            found.append({"paragraph": int(paragraph or 0), "kind": kind, **said})

    for parameter in book.parameters.values():
        add(parameter.article, "number", name=parameter.id, value=parameter.value, unit=parameter.unit)
    for ground in book.document["grounds"]:
        add(ground["article"], "ground", name=ground["id"], title=book.grounds[ground["id"]])
    for table in book.procedures.values():
        for limit in table.limits.values():
            add(limit.article, "limit", name=limit.id, procedure=table.id, title=limit.title, role=limit.owed_by)
        for kept in table.retentions.values():
            add(kept.article, "retention", name=kept.id, procedure=table.id, title=kept.title)
        for row in table.rows:
            add(
                row.article,
                "step" if row.to else "activity",
                name=row.name,
                procedure=table.id,
                title=row.title,
                by=row.by,
            )
        for kind in ("guard", "flag"):
            for test in {test.id: test for row in table.rows for test in getattr(row, f"{kind}s")}.values():
                add(test.article, kind, name=test.id, procedure=table.id, title=test.text)
    return found


def _entry(entry: Mapping[str, Any], language: Language) -> Phrase:
    kind, name = entry["kind"], entry["name"]
    if kind == "number":
        long = length(entry["value"], entry["unit"], language)
        return [Words("# ", "good"), Words(long, "strong"), Words(f"  {name}", "dim")]
    mark, tone = _MARKS[kind]
    said: list[str | Words] = [Words(f"{mark} ", tone), entry["title"].of(language)]
    return said if kind in ("guard", "flag") else [*said, Words(f"  {name}", "dim")]


_MARKS: Mapping[str, tuple[str, Tone]] = {
    "limit": ("◷", "warn"),
    "retention": ("▤", "warn"),
    "guard": ("✗", "bad"),
    "flag": ("!", "warn"),
    "ground": ("§", "dim"),
    "step": ("→", "accent"),
    "activity": ("○", "accent"),
}


def record(one: Instrument, numbers: Iterable[int], book: RuleBook | None, language: Language) -> dict[str, Any]:
    """Return the articles and what rests on them in `book` as JSON-able data."""
    about = {"id": one.id, "title": one.title.of(language), "number": one.about["number"]}
    return {
        **about,
        "version": book.version if book is not None else None,
        "in_force": one.since.isoformat(),
        "articles": [article_record(one, number, book, language) for number in numbers],
    }


def article_record(one: Instrument, number: int, book: RuleBook | None, language: Language) -> dict[str, Any]:
    """Return one article and what rests on it in `book` as JSON-able data."""
    made = []
    for entry in derived(book, one.id, number) if book is not None else ():
        plain = {key: value for key, value in entry.items() if key not in ("title", "by", "role")}
        if "title" in entry:
            plain["title"] = entry["title"].of(language)
        if "by" in entry:
            plain["by"] = sorted(role.value for role in entry["by"])
        made.append(plain)
    return {"article": number, "paragraphs": list(one.articles[number].paragraphs), "table": made}
