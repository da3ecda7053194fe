"""The text above the table: every article named exists, every quotation stands in it, every number in its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.rules.articles import Article, paragraph
from gongxiang.rules.source import Place, Source, records


def quotation_findings(source: Source, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield every reference to no article, every quotation that is not the text's, every step or number without one."""
    articles = source.articles
    head = {key: source.main.data[key] for key in ("in_force", "territory") if key in source.main.data}
    found = list(records(head))
    for key in ("parameters", "grounds", "procedures"):
        found.extend(records(document[key], (key,)))
    for place, record in found:
        yield from _quotation(source, articles, place, record)
        if place[:1] == ("parameters",) and len(place) == 2:
            yield from _number(source, place, record)
        if len(place) > 3 and place[2] in ("step", "activity") and "article" in record and "quote" not in record:
            yield source.finding(
                place,
                Text(f"“{record.get('id')}”没有引文", f"'{record.get('id')}' quotes no sentence of its article"),
                Text("请写 quote", "write `quote`"),
            )


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
    instrument = reference.rpartition("/")[0] or source.id
    text = paragraph(articles, reference) if instrument == source.id else None
    if text is None:
        shown = reference.removeprefix(f"{source.id}/")
        yield source.finding(
            (*place, "article"),
            Text(f"没有条文“{shown}”", f"there is no article '{shown}'"),
            Text("请核对条、款的编号", "check the number of the article and paragraph"),
        )
        return
    for key in ("quote", "text"):
        wanted = record.get(key)
        if isinstance(wanted, str) and wanted not in text:
            shown = reference.removeprefix(f"{source.id}/")
            yield source.finding(
                (*place, key),
                Text(f"引文与条文“{shown}”不符", f"the quotation does not stand in article {shown}"),
                Text("请照录原文", "quote the text word for word"),
            )


def _number(source: Source, place: Place, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the fault of a legal number that its quotation does not carry, or that quotes nothing."""
    quote, value = record.get("quote"), record.get("value")
    if not isinstance(quote, str):
        yield source.finding(
            place, Text("数字没有引文", "a number that quotes no text"), Text("请写 quote", "write `quote`")
        )
    elif f"{value}个工作日" not in quote:
        yield source.finding(
            (*place, "value"),
            Text(f"引文中没有“{value}个工作日”", f"the quotation does not say {value} working days"),
            Text("数字应与原文一致", "the number is the one of the text"),
        )
