"""An instrument as a folder: its text, numbers, grounds, tables and readings, checked together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gongxiang.errors import FaultyRules, Finding, Reason, Refused, Text
from gongxiang.rules import articles, readings
from gongxiang.rules.articles import Article
from gongxiang.rules.conflicts import conflict_findings, conflicts_of
from gongxiang.rules.head import Gap, gaps_of
from gongxiang.rules.layers import layer_findings
from gongxiang.rules.quoting import quotation_findings
from gongxiang.rules.rank import Rank
from gongxiang.rules.readings import Reading
from gongxiang.rules.source import Place, Source
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.shape import shape_faults
from gongxiang.workflow.soundness import faults_in

_ABOUT = ("number", "rank", "adopted", "signed", "complete", "source", "last_checked")


@dataclass(frozen=True)
class Instrument:
    """A legal text in force in a territory from a day on, with the rule book that its own whole tables make, if any.

    `interpretation` is what the text leaves open, our reading and its authority; `readings` the same, entry by entry.
    `gaps` is what the folder does not hold of the text; `conflicts` where it differs from instruments that outrank it.
    """

    id: str
    title: Text
    short: Text
    rank: Rank
    since: date
    until: date | None
    territory: str
    place: str
    territory_title: Text
    complete: bool
    about: Mapping[str, Any]
    articles: Mapping[int, Article]
    alone: RuleBook | None
    interpretation: str
    readings: tuple[Reading, ...]
    gaps: tuple[Gap, ...]
    conflicts: tuple[Mapping[str, Any], ...]
    folder: Path

    @property
    def has_tables(self) -> bool:
        """Whether it has whole tables, and so is a rule book by itself."""
        return self.alone is not None

    @property
    def book(self) -> RuleBook:
        """The rule book of this instrument alone. Raises Refused where it has no whole table."""
        if self.alone is None:
            raise Refused(
                Reason(
                    "no_tables",
                    Text(
                        f"“{self.id}”没有整表，只叠加于其他规则", f"{self.id} has no whole table, only layers on others"
                    ),
                    None,
                    Text("请使用某地某日的规则", "use the rule book of a place and a day"),
                )
            )
        return self.alone


def open_instrument(folder: Path) -> Instrument:
    """Read, check and compile the instrument in `folder`. Raises FaultyRules with every finding."""
    return opened(Source(folder))


def opened(source: Source) -> Instrument:
    """Check and compile an instrument whose files were read. Raises FaultyRules with every finding."""
    if findings := own_findings(source):
        raise FaultyRules(sorted({*findings, *findings_in(source)}))
    try:
        alone = rule_book(_alone(source))
    except FaultyRules:
        raise FaultyRules(findings_in(source)) from None
    head = source.head
    return Instrument(
        id=head.id,
        title=head.title,
        short=head.short,
        rank=head.rank,
        since=head.since,
        until=head.until,
        territory=head.prefix,
        place=head.place,
        territory_title=head.place_title,
        complete=head.complete,
        about={key: source.main.data[key] for key in _ABOUT},
        articles=source.articles,
        alone=alone if head.procedures else None,
        interpretation=source.interpretation,
        readings=readings.read(source.interpretation),
        gaps=gaps_of(source.main),
        conflicts=tuple(conflicts_of(source)),
        folder=source.folder,
    )


def check(folder: Path) -> list[Finding]:
    """Return every fault of the instrument in `folder`, by file and line; an empty list means it is sound.

    A file that cannot be read hides what rests on it: then only the unreadable ones are named, all of them.
    """
    try:
        source = Source(folder)
    except FaultyRules as error:
        return list(error.findings)
    return findings_in(source)


def findings_in(source: Source) -> list[Finding]:
    """Return every fault of an instrument whose files were read, its own tables as a rule book among them."""
    document = source.document()
    spared = _used_by_layers_only(source)
    faults = [fault for fault in faults_in(document) if fault.place not in {(*place, "id") for place in spared}]
    return sorted({*(source.finding(*fault) for fault in faults), *_text_findings(source, document)})


def own_findings(source: Source) -> list[Finding]:
    """Return the faults of an instrument that is to be composed with others: all but how its tables stand alone."""
    document = source.document()
    shape = [source.finding(*fault) for fault in shape_faults(document)]
    return sorted({*shape, *_text_findings(source, document)})


def _text_findings(source: Source, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the faults of the files beside the tables, and where what they say is not the text's."""
    yield from source.shape_findings()
    yield from layer_findings(source)
    yield from conflict_findings(source)
    yield from quotation_findings(source, document)
    complete = source.main.data.get("complete") is True
    told = articles.faults(source.text, complete=complete)
    yield from (Finding(source.name("articles.md"), *fault) for fault in told)
    # A layer may be about a step of the table it lies on: which steps there are is known once it lies there.
    steps = [] if source.layer_files else readings.steps_of(document["procedures"])
    told = readings.faults(source.interpretation, {source.id: source.articles}, steps)
    yield from (Finding(source.name("interpretation.md"), *fault) for fault in told)


def _alone(source: Source) -> dict[str, Any]:
    """Return the document of the rule book that the instrument makes alone."""
    document = source.document()
    spared = _used_by_layers_only(source)
    numbers = [entry for number, entry in enumerate(source.parameters) if ("parameters", number) not in spared]
    return {**document, "parameters": numbers, "instruments": [source.head.as_record()], "conflicts": []}


def _used_by_layers_only(source: Source) -> set[Place]:
    """Return the places of the numbers that no whole table uses and a layer does."""
    by_layers = set(_numbers_named(source.laid)) - set(_numbers_named(source.qualified_tables))
    listed = source.parameters if by_layers and isinstance(source.parameters, list) else []
    ids = [entry.get("id") if isinstance(entry, Mapping) else None for entry in listed]
    return {
        ("parameters", number)
        for number, name in enumerate(ids)
        if isinstance(name, str) and name in by_layers and ids.count(name) == 1
    }


def _numbers_named(value: Any) -> Iterator[str]:
    """Yield the name of every number that a table or layer rests on."""
    if isinstance(value, Mapping):
        if isinstance(value.get("parameter"), str):
            yield value["parameter"]
        value = list(value.values())
    for entry in value if isinstance(value, list) else ():
        yield from _numbers_named(entry)
