"""An instrument as a folder: what it is, its text, its numbers, its grounds and its procedure tables, read and checked together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongxiang.errors import FaultyRules, Finding, Text
from gongxiang.located import Located, load
from gongxiang.rules.articles import Article, read
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.soundness import faults_in

_ABOUT = ("number", "rank", "adopted", "signed", "complete", "source", "last_checked")


@dataclass(frozen=True)
class Instrument:
    """A legal text in force in a territory from a day on, with the rule book that its tables make."""

    id: str
    title: Text
    about: Mapping[str, Any]
    articles: Mapping[int, Article]
    book: RuleBook
    folder: Path

    @property
    def interpretation(self) -> str:
        """What the text leaves open, our reading and its authority: the instrument's interpretation.md."""
        return (self.folder / "interpretation.md").read_text("utf-8")


class _Source:
    """The files of one instrument, and where each part of the composed document stands in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.main = load(folder / "instrument.toml", FaultyRules, name=f"{folder.name}/instrument.toml")
        self.grounds = load(folder / "grounds.toml", FaultyRules, name=f"{folder.name}/grounds.toml")
        self.tables = [
            load(folder / f"{name}.toml", FaultyRules, name=f"{folder.name}/{name}.toml")
            for name in self.main.data.get("procedures", ())
        ]
        self.articles = read(folder / "articles.md")

    def finding(self, place: tuple[str | int, ...], text: Text, mend: Text) -> Finding:
        located, steps = self.locate(place)
        return located.finding(steps, text, mend)

    def locate(self, place: tuple[str | int, ...]) -> tuple[Located, tuple[str | int, ...]]:
        """Return the file, and the place within it, of a place in the composed document."""
        if place[:1] == ("procedures",) and len(place) > 1:
            return self.tables[int(place[1])], place[2:]
        if place[:1] == ("grounds",):
            return self.grounds, ("ground", *place[1:])
        if place[:1] == ("parameters",):
            return self.main, ("parameter", *place[1:])
        return self.main, place


def open_instrument(folder: Path) -> Instrument:
    """Read, check and compile the instrument in `folder`. Raises FaultyRules with every finding."""
    findings = check(folder)
    if findings:
        raise FaultyRules(findings)
    source = _Source(folder)
    data = source.main.data
    return Instrument(
        id=data["id"],
        title=Text(data["title"]["zh"], data["title"]["en"]),
        about={key: data[key] for key in _ABOUT if key in data},
        articles=source.articles,
        book=rule_book(_document(source)),
        folder=folder,
    )


def check(folder: Path) -> list[Finding]:
    """Return every fault of the instrument in `folder`, in the order of its files; an empty list means it is sound."""
    for name in ("instrument.toml", "grounds.toml", "articles.md", "interpretation.md"):
        if not (folder / name).is_file():
            return [
                Finding(
                    f"{folder.name}/{name}",
                    0,
                    Text(f"缺少文件 {name}", f"the file {name} is missing"),
                    Text("请补上该文件", "add the file"),
                )
            ]
    try:
        source = _Source(folder)
    except FaultyRules as error:
        return list(error.findings)
    document = _document(source)
    findings = [source.finding(*fault) for fault in faults_in(document)]
    findings.extend(_article_faults(source, document))
    return sorted(set(findings))


def _document(source: _Source) -> dict[str, Any]:
    """Compose the rule book's document; every `article` is qualified with the instrument's id."""
    data = source.main.data
    document: dict[str, Any] = {
        key: data[key] for key in ("id", "title", "in_force", "territory", "templates") if key in data
    }
    document["parameters"] = data.get("parameter", [])
    document["grounds"] = source.grounds.data.get("ground", [])
    document["procedures"] = [table.data for table in source.tables]
    qualified: dict[str, Any] = _qualified(document, str(data.get("id", source.folder.name)))
    qualified.get("in_force", {}).pop("quote", None)
    qualified.get("territory", {}).pop("quote", None)
    return qualified


def _qualified(value: Any, instrument: str) -> Any:
    if isinstance(value, Mapping):
        return {
            key: f"{instrument}/{entry}"
            if key == "article" and isinstance(entry, str) and "/" not in entry
            else _qualified(entry, instrument)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_qualified(entry, instrument) for entry in value]
    return value


def _article_faults(source: _Source, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Every article named must exist, and every quotation must stand in it, word for word."""
    head = {key: source.main.data[key] for key in ("in_force", "territory") if key in source.main.data}
    records: list[tuple[tuple[str, ...], Any]] = [((), head)]
    records += [((key,), document[key]) for key in ("parameters", "grounds", "procedures")]
    for place, record in records:
        for where, entry in _walk(record, place):
            yield from _quotation_faults(source, where, entry)


def _walk(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        yield place, value
        for key, entry in value.items():
            yield from _walk(entry, (*place, key))
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _walk(entry, (*place, number))


def _quotation_faults(source: _Source, place: tuple[str | int, ...], entry: Mapping[str, Any]) -> Iterator[Finding]:
    reference = entry.get("article")
    if not isinstance(reference, str):
        if "quote" in entry:
            yield source.finding(
                (*place, "quote"),
                Text("引文没有注明条文", "a quotation without its article"),
                Text("请写 article", "name the article"),
            )
        return
    text = paragraph(source.articles, reference)
    if text is None:
        yield source.finding(
            (*place, "article"),
            Text(f"没有条文“{reference}”", f"there is no article '{reference}'"),
            Text("请核对条、款的编号", "check the number of the article and paragraph"),
        )
        return
    for key in ("quote", "text"):
        wanted = entry.get(key)
        if isinstance(wanted, str) and wanted not in text:
            yield source.finding(
                (*place, key),
                Text(f"引文与条文“{reference}”不符", f"the quotation does not stand in article {reference}"),
                Text("请照录原文", "quote the text word for word"),
            )


def paragraph(articles: Mapping[int, Article], reference: str) -> str | None:
    """Return the text of `17.2` (or `instrument/17.2`), of the whole article for `17`; None where there is no such place."""
    number, _, part = reference.rpartition("/")[2].partition(".")
    if not number.isdigit() or int(number) not in articles or (part and not part.isdigit()):
        return None
    article = articles[int(number)]
    if not part:
        return article.text
    return article.paragraphs[int(part) - 1] if 1 <= int(part) <= len(article.paragraphs) else None
