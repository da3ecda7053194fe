"""Putting a layer on a table: what it joins, drops, amends and adds, in this order. Nothing is decided in silence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.nearest import did_you_mean
from gongxiang.rules.amending import added, replaced
from gongxiang.rules.layers import HEAD, Layer, target_of
from gongxiang.rules.parts import NAMED_IN, ROWS, SECTIONS, WORDS, Part, Table, identity, name_of, parts_of, table_of
from gongxiang.rules.source import Place
from gongxiang.workflow.procedure import as_tuple

_SAID = ("title", "article", "note", "text", "mend", "quote")
"""What two records of one id may say each in its own words."""
_OF_HEAD = ("anchor", "resource", "decisive")
"""What the heads of two tables that are joined must say alike."""


@dataclass(slots=True)
class Laying:
    """One layer being put on one table.

    `conflicts` are those that its instrument lists and whose instruments are all in force: the parties to each, by id.
    """

    table: Table
    layer: Layer
    conflicts: Mapping[str, Collection[str]]
    findings: list[Finding]

    def put(self) -> None:
        """Put the layer on the table, noting what it cannot."""
        if self.layer.data.get("joins"):
            self._join()
        for number, entry in enumerate(self.layer.data.get("drop", ())):
            self._drop(("drop", number), entry)
        for number, entry in enumerate(self.layer.data.get("amend", ())):
            self._amend(("amend", number), entry)
        for kind in SECTIONS:
            for part in parts_of(self.layer.source, self.layer.data, kind, self.layer.located):
                self._add(kind, part)

    def _find(self, place: Place, text: Text, mend: Text) -> None:
        self.findings.append(self.layer.finding(place, text, mend))

    def _meant(self, place: Place, entry: Mapping[str, Any]) -> list[Part]:
        """Return the records that an entry is about; notes where there is none, or where its conflict is not theirs."""
        kind, name = target_of(entry)
        if kind == HEAD:
            meant = [self.table.head] if name == self.table.procedure else []
        else:
            meant = [part for part in self.table.sections[kind] if _is_meant(kind, entry, part)]
        if not meant:
            self._matches_nothing(place, kind, name)
        if "conflict" in entry:
            parties = self.conflicts.get(entry["conflict"], ())
            for instrument in dict.fromkeys(part.instrument for part in meant if part.instrument not in parties):
                self._find(
                    (*place, "conflict"),
                    Text(
                        f"冲突“{entry['conflict']}”不是与“{instrument}”之间的，而“{name}”由它写出",
                        f"the conflict '{entry['conflict']}' is not with {instrument}, which wrote '{name}'",
                    ),
                    Text("请列出与被改动的规则之间的冲突", "list the conflict with the instrument that is changed"),
                )
        return meant

    def _join(self) -> None:
        """Add this instrument's own whole table: what both have must be the same but for its words."""
        source = self.layer.source
        number = source.head.procedures.index(self.layer.procedure)
        own = table_of(source, source.qualified_tables[number], source.tables[number])
        self._join_head(own)
        for kind in SECTIONS:
            known = {identity(kind, part.record): part for part in self.table.sections[kind]}
            for part in own.sections[kind]:
                below = None if kind in ROWS else known.get(identity(kind, part.record))
                if below is None:
                    self.table.sections[kind].append(part)
                elif key := _difference(below.record, part.record):
                    name = name_of(kind, part.record)
                    self.findings.append(
                        part.finding(
                            (key,) if key in part.record else (),
                            Text(
                                f"{WORDS[kind].zh}“{name}”与“{below.instrument}”的不同：{key}",
                                f"{kind} '{name}' differs from that of {below.instrument} in '{key}'",
                            ),
                            Text(
                                "含义不同的须另起名称；要改动对方的，写 [[amend]] 并列明冲突",
                                "give it another id where it means another thing, or amend the other with a conflict",
                            ),
                        )
                    )

    def _join_head(self, own: Table) -> None:
        head, source = self.table.head, own.head
        settled = {key for entry in self.layer.data.get("amend", ()) if HEAD in entry for key in entry.get("set", {})}
        changed = dict(head.record)
        about = [one for one in as_tuple(source.record.get("about")) if one not in as_tuple(changed.get("about"))]
        if about:
            changed["about"] = [*as_tuple(changed.get("about")), *about]
        for key in _OF_HEAD:
            if key in source.record and key not in changed:
                changed[key] = source.record[key]
            elif key in source.record and source.record[key] != changed[key] and key not in settled:
                self.findings.append(
                    source.finding(
                        (key,),
                        Text(
                            f"“{key}”与“{head.instrument}”的表不同", f"'{key}' differs from that of {head.instrument}"
                        ),
                        Text(
                            f"请在叠加表写 [[amend]] table = “{self.table.procedure}”，set 该项并列明冲突",
                            f"let the layer say which: [[amend]] table = '{self.table.procedure}', set, conflict",
                        ),
                    )
                )
        put = [(key,) for key in changed if changed[key] is not head.record.get(key)]
        if put:
            self.table.head = head.changed(changed, put, source.origin)

    def _drop(self, place: Place, entry: Mapping[str, Any]) -> None:
        kind, name = target_of(entry)
        gone = {id(part) for part in self._meant(place, entry)}
        self.table.sections[kind] = [part for part in self.table.sections[kind] if id(part) not in gone]
        for rows in ROWS if kind in NAMED_IN and gone else ():
            self.table.sections[rows] = [
                _less(part, NAMED_IN[kind], name, (self.layer.located, place)) for part in self.table.sections[rows]
            ]

    def _amend(self, place: Place, entry: Mapping[str, Any]) -> None:
        kind, name = target_of(entry)
        new = {id(part): (part, self._amended(place, entry, part)) for part in self._meant(place, entry)}
        if new and all(after.record == before.record for before, after in new.values()):
            self._find(
                place,
                Text(f"“{name}”已经如此", f"'{name}' is so already"),
                Text("请删去这一改动", "remove the amendment"),
            )
        if kind == HEAD:
            self.table.head = new.get(id(self.table.head), (None, self.table.head))[1]
        else:
            self.table.sections[kind] = [new.get(id(part), (None, part))[1] for part in self.table.sections[kind]]

    def _amended(self, place: Place, entry: Mapping[str, Any], part: Part) -> Part:
        silent: Callable[[Place, Text, Text], None] | None = None if "conflict" in entry else self._find
        part = added(part, entry.get("add", {}), self.layer.located, (*place, "add"), silent)
        return replaced(part, entry.get("set", {}), self.layer.located, (*place, "set"))

    def _add(self, kind: str, part: Part) -> None:
        name = name_of(kind, part.record)
        known = {identity(kind, below.record): below for below in self.table.sections[kind]}
        below = None if kind in ROWS else known.get(identity(kind, part.record))
        if below is None:
            self.table.sections[kind].append(part)
            return
        self.findings.append(
            part.finding(
                (),
                Text(
                    f"{WORDS[kind].zh}“{name}”已由“{below.instrument}”写出",
                    f"{kind} '{name}' is there already, by {below.instrument}",
                ),
                Text("请另起名称，或写 [[amend]]", "give it another name, or amend the one that is there"),
            )
        )

    def _matches_nothing(self, place: Place, kind: str, name: str) -> None:
        known = [self.table.procedure] if kind == HEAD else [name_of(kind, p.record) for p in self.table.sections[kind]]
        near = Text("", "") if name in known else did_you_mean(name, known)
        names = list(dict.fromkeys(known))
        self._find(
            (*place, kind),
            Text(f"没有可改动的{WORDS[kind].zh}“{name}”{near.zh}", f"no {kind} '{name}' is there to change{near.en}"),
            Text(
                f"可用：{'、'.join(names) or '（无）'}；有 from、when 的须与该行相同",
                f"there are: {', '.join(names) or '(none)'}; `from` and `when` are those of the row",
            ),
        )


def _difference(below: Mapping[str, Any], own: Mapping[str, Any]) -> str | None:
    """Return the first key in which two records differ other than in words; None where they mean the same."""

    def meant(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: meant(entry) for key, entry in value.items() if key not in _SAID}
        return value

    keys = dict.fromkeys((*own, *below))
    return next((key for key in keys if key not in _SAID and meant(below.get(key)) != meant(own.get(key))), None)


def _is_meant(kind: str, entry: Mapping[str, Any], part: Part) -> bool:
    record = part.record
    if name_of(kind, record) != entry[kind]:
        return False
    if "from" in entry and sorted(as_tuple(entry["from"])) != sorted(as_tuple(record.get("from"))):
        return False
    return "when" not in entry or entry["when"] == record.get("when", {})


def _less(part: Part, keys: Collection[str], name: str, origin: Any) -> Part:
    """Return a row without a name that is no more."""
    held = [key for key in keys if name in as_tuple(part.record.get(key))]
    if not held:
        return part
    record = dict(part.record)
    for key in held:
        left = [one for one in as_tuple(record.pop(key)) if one != name]
        if left:
            record[key] = left
    return part.changed(record, [(key,) for key in held], origin)
