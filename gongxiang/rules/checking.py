"""Every composition checked: each place on each day on which an instrument begins or ceases there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gongxiang.errors import FaultyRules, Finding, Text
from gongxiang.nearest import did_you_mean
from gongxiang.rules import readings
from gongxiang.rules.composing import Composition, cyclic
from gongxiang.rules.conflicts import foreign_conflict_findings
from gongxiang.rules.instrument import check
from gongxiang.rules.layers import Layer, cycle, layers_of
from gongxiang.rules.places import LawOfPlaces
from gongxiang.rules.quoting import foreign_findings
from gongxiang.rules.source import Source


def check_compositions(folders: Iterable[Path]) -> list[Finding]:
    """Return what is undecided between the instruments in `folders`, and every fault of what they make together.

    What is wrong with a folder alone is for `check` to say: a composition with a faulty folder is passed over, and all
    are where an instrument does not even say when and where it governs. The same fault of several compositions is said
    of the first.
    """
    folders = list(folders)
    faulty = {folder: findings for folder in folders if (findings := check(folder))}
    try:
        law = LawOfPlaces(folders)
    except FaultyRules as error:
        own = {finding for findings in faulty.values() for finding in findings}
        return [finding for finding in error.findings if finding not in own]
    sources = {head.id: law.source(head.id) for head in law.heads if head.folder not in faulty}
    made: list[Composition] = []
    found: dict[Finding, Finding] = {}
    for standing in law.standings.values():
        if all(head.id in sources for head in standing.heads):
            made.append(law.composition(standing))
            for finding in made[-1].all_findings():
                found.setdefault(finding, made[-1].named(finding))
    if not faulty:
        for source in sources.values():
            found.update((finding, finding) for finding in _between(source, sources, made))
    return sorted(set(found.values()))


def _between(source: Source, sources: Mapping[str, Source], made: Sequence[Composition]) -> Iterator[Finding]:
    """Yield what an instrument says of others and is not so, and its layers that lie nowhere."""
    texts = {name: other.articles for name, other in sources.items()}
    yield from foreign_findings(source, texts)
    yield from foreign_conflict_findings(source, sources)
    composed = [table.record() for one in made if source in one.sources for table in one.tables]
    steps = readings.steps_of((*source.qualified_tables, *composed))
    told = readings.foreign_faults(source.interpretation, texts, steps)
    yield from (Finding(source.name("interpretation.md"), *fault) for fault in told)
    for layer in layers_of(source):
        yield from _lying(layer, sources, made)


def _lying(layer: Layer, sources: Mapping[str, Source], made: Sequence[Composition]) -> Iterator[Finding]:
    unknown = [name for name in layer.extends if name not in sources]
    for name in unknown:
        near = did_you_mean(name, sources)
        yield layer.finding(
            ("extends",),
            Text(f"没有规则“{name}”{near.zh}", f"there is no instrument '{name}'{near.en}"),
            Text(f"可用的规则：{'、'.join(sources)}", f"the instruments are {', '.join(sources)}"),
        )
    procedure = [one for other in sources.values() for one in layers_of(other) if one.procedure == layer.procedure]
    layers = {name: [one for one in procedure if one.source.id == name] for name in sources}
    if path := cycle(layers, layer):
        yield cyclic(layer, path)
    elif not unknown and layer.key not in {one.key for composition in made for one in composition.layers}:
        yield layer.finding(
            ("extends",),
            Text("这一层从未叠加于任何表", "the layer lies on no table at any place on any day"),
            Text(
                "请核对 procedure、extends 与各规则的施行时间、地域",
                "check `procedure`, `extends`, and where and when the instruments govern",
            ),
        )
