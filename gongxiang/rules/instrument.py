"""An instrument as a folder: its text, numbers, grounds, tables and readings, checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongxiang.errors import FaultyRules, Finding, Text
from gongxiang.rules import articles, readings
from gongxiang.rules.articles import Article
from gongxiang.rules.quoting import quotation_findings
from gongxiang.rules.readings import Reading
from gongxiang.rules.source import Source
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.soundness import faults_in

_ABOUT = ("number", "rank", "adopted", "signed", "complete", "source", "last_checked")


@dataclass(frozen=True)
class Instrument:
    """A legal text in force in a territory from a day on, with the rule book that its tables make.

    `interpretation` is what the text leaves open, our reading and its authority; `readings` the same, entry by entry.
    """

    id: str
    title: Text
    about: Mapping[str, Any]
    articles: Mapping[int, Article]
    book: RuleBook
    interpretation: str
    readings: tuple[Reading, ...]
    folder: Path


def open_instrument(folder: Path) -> Instrument:
    """Read, check and compile the instrument in `folder`. Raises FaultyRules with every finding."""
    source = Source(folder)
    document = source.document()
    findings = _findings(source, document)
    if findings:
        raise FaultyRules(findings)
    data = source.main.data
    return Instrument(
        id=data["id"],
        title=Text(data["title"]["zh"], data["title"]["en"]),
        about={key: data[key] for key in _ABOUT},
        articles=source.articles,
        book=rule_book(document),
        interpretation=source.interpretation,
        readings=readings.read(source.interpretation),
        folder=folder,
    )


def check(folder: Path) -> list[Finding]:
    """Return every fault of the instrument in `folder`, by file and line; an empty list means it is sound.

    A file that cannot be read hides what rests on it: then only the unreadable ones are named, all of them.
    """
    try:
        source = Source(folder)
    except FaultyRules as error:
        return list(error.findings)
    return _findings(source, source.document())


def _findings(source: Source, document: Mapping[str, Any]) -> list[Finding]:
    complete = source.main.data.get("complete") is True
    found = [*source.shape_findings(), *(source.finding(*fault) for fault in faults_in(document))]
    found.extend(quotation_findings(source, document))
    told = articles.faults(source.text, complete=complete)
    found.extend(Finding(source.name("articles.md"), *fault) for fault in told)
    told = readings.faults(source.interpretation, source.articles, document)
    found.extend(Finding(source.name("interpretation.md"), *fault) for fault in told)
    return sorted(set(found))
