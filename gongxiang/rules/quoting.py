"""The text above the table: every article named exists, every quotation stands in it, every number in its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.rules.articles import Article, number_of, paragraph
from gongxiang.rules.source import Place, Source, records

UNITS = {"working_day": Text("个工作日", "working days"), "year": Text("年", "years")}
"""What a number is counted in, as the law writes it and as a finding does."""


def quotation_findings(source: Source, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield every reference to no article, every quotation that is not the text's, every step or number without one.

    What a layer cites of another instrument is looked up where that one is at hand (`foreign_findings`).
    """
    for place, record in _cited(source, document):
        if place[:1] != ("layers",) or _instrument(record, source) == source.id:
            yield from _quotation(source, source.articles, place, record)
        if place[:1] == ("parameters",) and len(place) == 2:
            yield from _number(source, place, record)
        if len(place) == 4 and place[2] in ("step", "activity") and "article" in record and "quote" not in record:
            yield source.finding(
                place,
                Text(f"“{record.get('id')}”没有引文", f"'{record.get('id')}' quotes no sentence of its article"),
                Text("请写 quote", "write `quote`"),
            )


def foreign_findings(source: Source, texts: Mapping[str, Mapping[int, Article]]) -> Iterator[Finding]:
    """Yield what the layers cite of other instruments and those, whose `texts` are given, do not say."""
    for number, layer in enumerate(source.laid):
        for place, record in records(layer, ("layers", number)):
            instrument = _instrument(record, source)
            if instrument is not None and instrument != source.id:
                yield from _quotation(source, texts.get(instrument, {}), place, record)


def _cited(source: Source, document: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    yield from records({key: source.main.data[key] for key in ("in_force", "territory") if key in source.main.data})
    for key in ("parameters", "grounds", "procedures"):
        yield from records(document[key], (key,))
    yield from records(source.laid, ("layers",))


def _instrument(record: Mapping[str, Any], source: Source) -> str | None:
    """Return the instrument that the record cites; its own where it names none, None where it cites nothing."""
    reference = record.get("article")
    if isinstance(reference, str):
        return reference.rpartition("/")[0] or source.id
    return source.id if "quote" in record else None


def _quotation(
    source: Source, articles: Mapping[int, Article], place: Place, record: Mapping[str, Any]
) -> Iterator[Finding]:
    reference = record.get("article")
    if not isinstance(reference, str):
        if "quote" in record:
            yield source.finding(
                (*place, "quote"),
                Text("引文没有注明条文", "a quotation without its article"),
                Text("请写 article", "name the article"),
            )
        return
    shown = reference.removeprefix(f"{source.id}/")
    own = _instrument(record, source) == source.id or place[:1] == ("layers",)
    text = paragraph(articles, reference) if own else None
    if text is None:
        yield no_article(source, (*place, "article"), shown)
        return
    for key in ("quote", "text"):
        wanted = record.get(key)
        if isinstance(wanted, str) and wanted not in text:
            yield source.finding(
                (*place, key),
                Text(f"引文与条文“{shown}”不符", f"the quotation does not stand in article {shown}"),
                Text("请照录原文", "quote the text word for word"),
            )


def no_article(source: Source, place: Place, shown: str) -> Finding:
    """Return the finding of a reference to no article."""
    return source.finding(
        place,
        Text(f"没有条文“{shown}”", f"there is no article '{shown}'"),
        Text("请核对条、款的编号", "check the number of the article and paragraph"),
    )


def _number(source: Source, place: Place, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the fault of a legal number that its quotation does not carry, or that quotes nothing."""
    quote, value = record.get("quote"), record.get("value")
    unit = UNITS.get(str(record.get("unit")), UNITS["working_day"])
    if not isinstance(quote, str):
        yield source.finding(
            place, Text("数字没有引文", "a number that quotes no text"), Text("请写 quote", "write `quote`")
        )
    elif value not in _numbers(quote, unit.zh):
        yield source.finding(
            (*place, "value"),
            Text(f"引文中没有“{value}{unit.zh}”", f"the quotation does not say {value} {unit.en}"),
            Text("数字应与原文一致", "the number is the one of the text"),
        )


def _numbers(quote: str, unit: str) -> list[int]:
    """Return the numbers before `unit`, in figures or in characters."""
    written = re.findall(rf"([0-9]+|[一二两三四五六七八九十百]+){unit}", quote)
    return [int(one) if one.isdecimal() else number_of(one.replace("两", "二")) for one in written]
