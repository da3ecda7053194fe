"""The rule book of a place from a day on: the superior instrument in force is the floor, the others lie on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.rules.conflicts import as_told, belonging, parties_to
from gongxiang.rules.head import Head
from gongxiang.rules.layers import Layer, cycle, layers_of, lies_on
from gongxiang.rules.laying import Laying
from gongxiang.rules.numbers import numbers_of
from gongxiang.rules.parts import Origin, Part, Table, table_of
from gongxiang.rules.source import Place, Source
from gongxiang.workflow.soundness import faults_in


@dataclass(slots=True)
class Composition:
    """What the instruments in force make together, part by part. `findings` is what they leave undecided."""

    id: str
    place: Head
    since: date
    sources: Sequence[Source]
    tables: list[Table] = field(default_factory=list)
    parameters: list[Part] = field(default_factory=list)
    grounds: list[Part] = field(default_factory=list)
    fields: list[Part] = field(default_factory=list)
    conflicts: list[Part] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the rule book's document."""
        begun = next((source for source in self.sources if source.head.since == self.since), self.sources[0])
        place, since = self.place.place_title, self.since.isoformat()
        templates = [name for source in self.sources for name in source.main.data.get("templates", ())]
        fields = [part.record for part in self.fields]
        return {
            "id": self.id,
            "title": {
                "zh": f"{place.zh}政务数据共享规则（{since}起）",
                "en": f"Rules on government data sharing in {place.en} (from {since})",
            },
            "in_force": {"since": since, "article": begun.head.in_force_article},
            "territory": {"prefix": self.place.prefix, "article": self.place.territory_article},
            **({"templates": list(dict.fromkeys(templates))} if templates else {}),
            **({"fields": fields} if fields else {}),
            "parameters": [part.record for part in self.parameters],
            "grounds": [part.record for part in self.grounds],
            "procedures": [table.record() for table in self.tables],
            "instruments": [source.head.as_record() for source in self.sources],
            "conflicts": [part.record for part in self.conflicts],
        }

    def locate(self, place: Place) -> Origin:
        """Return the file, and the place within it, that wrote what stands at `place` in the document."""
        kind, rest = place[0] if place else "", place[1:]
        parts = {"parameters": self.parameters, "grounds": self.grounds, "fields": self.fields}.get(str(kind))
        if kind == "procedures" and rest:
            return self.tables[int(rest[0])].locate(rest[1:])
        if parts and rest:
            return parts[int(rest[0])].locate(rest[1:])
        return self.place.main, place

    def all_findings(self) -> list[Finding]:
        """Return what is undecided, or else every fault of the whole, each at the file and line that wrote it."""
        found = set(self.findings)
        for fault in () if found else faults_in(self.document()):
            located, at = self.locate(fault.place)
            found.add(located.finding(at, self._laid_on(fault.place, located.path, fault.text), fault.mend))
        return sorted(found)

    def _laid_on(self, place: Place, path: str, text: Text) -> Text:
        """Return what is wrong with a table, with the layers on it where the fault stands in none of them."""
        if place[:1] != ("procedures",) or len(place) < 2:
            return text
        on = [layer.located.path for layer in self.layers if layer.procedure == self.tables[int(place[1])].procedure]
        if not on or path in on:
            return text
        return Text(f"{text.zh}（叠加：{'、'.join(on)}）", f"{text.en} (under {', '.join(on)})")

    def named(self, finding: Finding) -> Finding:
        """Return a finding that says in which composition it was found: alone, its file may be sound."""
        text = Text(f"在“{self.id}”中：{finding.text.zh}", f"in {self.id}: {finding.text.en}")
        return Finding(finding.path, finding.line, text, finding.mend)


def compose(name: str, place: Head, since: date, sources: Iterable[Source]) -> Composition:
    """Compose the instruments in force at `place` from `since` on. None of them has a finding of its own."""
    ordered = sorted(sources, key=lambda source: source.head.precedence)
    made = Composition(name, place, since, ordered)
    made.conflicts = list(_conflicts(made))
    for floor, procedure, conflict in _floors(made):
        made.tables.append(_table(made, floor, procedure, parties_to(conflict)))
    made.parameters, undecided = numbers_of(ordered, made.tables, [part.record for part in made.conflicts])
    made.findings.extend(undecided)
    _grounds(made)
    for source in ordered:
        known = {part.record.get("id") for part in made.fields}
        for number, entry in enumerate(source.main.data.get("field", ())):
            if entry["id"] not in known:
                made.fields.append(Part(entry, (source.main, ("field", number)), source.id))
    return made


def _conflicts(made: Composition) -> Iterator[Part]:
    seen: dict[str, Source] = {}
    for source, number, conflict in belonging(made.sources):
        other = seen.setdefault(conflict["id"], source)
        if other is not source:
            made.findings.append(
                source.finding(
                    ("conflicts", number, "id"),
                    Text(
                        f"冲突“{conflict['id']}”已由“{other.id}”列出", f"{other.id} has a conflict '{conflict['id']}'"
                    ),
                    Text("请另起名称，同一冲突只列一次", "give it another name; each conflict is listed once"),
                )
            )
        yield Part(as_told(conflict), (source.conflicts, ("conflict", number)), source.id)


def _settled(made: Composition) -> dict[str, Mapping[str, Any]]:
    """Return the conflict that decides whose table of a procedure is the floor, for those where one does."""
    found: dict[str, Mapping[str, Any]] = {}
    known = {source.id: source.head.procedures for source in made.sources}
    for source, number, conflict in belonging(made.sources):
        for procedure in conflict.get("settles", ()):
            first = found.setdefault(procedure, conflict)
            if procedure not in known[conflict["floor"]] or first["floor"] != conflict["floor"]:
                made.findings.append(
                    source.finding(
                        ("conflicts", number, "floor"),
                        Text(
                            f"“{conflict['floor']}”没有“{procedure}”的整表，或另一冲突另有决定",
                            f"{conflict['floor']} has no whole table {procedure}, or another conflict says otherwise",
                        ),
                        Text(
                            "请写有整表的规则；一个程序只有一张底表", "name one that has it; a procedure has one floor"
                        ),
                    )
                )
    return found


def _floors(made: Composition) -> Iterator[tuple[Source, str, Mapping[str, Any]]]:
    """Yield, for every procedure, the superior instrument that has a whole table of it, or that which a conflict names
    as the floor, and that conflict.
    """
    settled = _settled(made)
    for procedure in dict.fromkeys(name for source in made.sources for name in source.head.procedures):
        having = [source for source in made.sources if procedure in source.head.procedures]
        conflict = settled.get(procedure, {})
        yield next((one for one in having if one.id == conflict.get("floor")), having[0]), procedure, conflict


def _table(made: Composition, floor: Source, procedure: str, settled: Collection[str]) -> Table:
    """Return the floor's table with the layers of the others on it, in their order.

    A whole table of one of the `settled` gives way to the floor: a conflict between them says so.
    """
    number = floor.head.procedures.index(procedure)
    table = table_of(floor, floor.qualified_tables[number], floor.tables[number])
    layers = {
        source.id: [layer for layer in layers_of(source) if layer.procedure == procedure] for source in made.sources
    }
    if turning := [(layer, path) for own in layers.values() for layer in own if (path := cycle(layers, layer))]:
        made.findings.extend(cyclic(layer, path) for layer, path in turning)
        return table
    put: list[Layer] = []
    for source in made.sources:
        if source is floor:
            continue
        lying = [layer for layer in layers[source.id] if floor.id in layer.extends] or [
            layer for layer in layers[source.id] if lies_on(layers, floor.id, layer) is not None
        ]
        if not lying and procedure in source.head.procedures and source.id not in settled:
            made.findings.append(_second_table(source, floor, procedure))
        made.findings.extend(_second_layer(layer, floor) for layer in lying[1:])
        for layer in lying[:1]:
            below = lies_on(layers, floor.id, layer) or []
            known = [one.key for one in put]
            put.extend(one for one in (*below, layer) if one.key not in known and one.source is not floor)
    for layer in put:
        listed = {
            part.record["id"]: parties_to(part.record) for part in made.conflicts if part.instrument == layer.source.id
        }
        Laying(table, layer, listed, made.findings).put()
        made.layers.append(layer)
    return table


def cyclic(layer: Layer, path: Sequence[str]) -> Finding:
    """Return the finding of a layer that extends itself through others."""
    return layer.finding(
        ("extends",),
        Text(f"extends 循环：{' → '.join(path)}", f"`extends` turns in a circle: {' -> '.join(path)}"),
        Text("请叠加于有整表的规则", "extend the instrument that has the whole table"),
    )


def _second_table(source: Source, floor: Source, procedure: str) -> Finding:
    number = source.head.procedures.index(procedure)
    return source.main.finding(
        ("procedures", number),
        Text(
            f"“{procedure}”已有“{floor.id}”的整表，本规则又有整表",
            f"a second whole table of {procedure}, beside that of {floor.id}",
        ),
        Text(
            f"请写 over_{floor.id.replace('-', '_')}/{procedure}.toml（extends = “{floor.id}”），或写明何时失效",
            f"write over_{floor.id.replace('-', '_')}/{procedure}.toml that extends {floor.id}, or say when it ceased",
        ),
    )


def _second_layer(layer: Layer, floor: Source) -> Finding:
    return layer.finding(
        ("extends",),
        Text(
            f"本规则已有一层叠加于“{floor.id}”的这张表",
            f"a second layer on this table of {floor.id}",
        ),
        Text("请合为一层", "make one layer of the two"),
    )


def _grounds(made: Composition) -> None:
    for source in made.sources:
        known = {part.record["id"]: part for part in made.grounds}
        for number, ground in enumerate(source.qualified_grounds):
            part = Part(ground, (source.grounds, ("ground", number)), source.id)
            if other := known.get(ground["id"]):
                made.findings.append(
                    part.finding(
                        ("id",),
                        Text(
                            f"情形“{ground['id']}”已由“{other.instrument}”写出",
                            f"{other.instrument} has a ground '{ground['id']}'",
                        ),
                        Text("请另起编号", "give it another id"),
                    )
                )
            else:
                made.grounds.append(part)
