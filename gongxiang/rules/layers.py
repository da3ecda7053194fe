"""A layer: what an instrument adds to, changes in or takes from the table of another, and on which tables it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gongxiang.errors import Finding, Text
from gongxiang.located import Located
from gongxiang.nearest import did_you_mean
from gongxiang.rules.conflicts import conflicts_of
from gongxiang.rules.parts import ROWS, SECTIONS
from gongxiang.rules.source import Place, Source
from gongxiang.workflow.procedure import as_tuple
from gongxiang.workflow.shape import DOCUMENT
from gongxiang.workflow.soundness import LIST, Fault, blank_faults, faults_of_shape

_TABLE: Mapping[str, Any] = DOCUMENT["procedures!"][0]
_OF_TABLE = {key.removesuffix("!"): kind for key, kind in _TABLE.items()}
_NAMES = "a text or a list of texts"
HEAD = "table"
"""How an amendment calls the head of the table: what stands above its records."""
TARGETS = (*SECTIONS, HEAD)
_CITES: dict[str, Any] = {"article": str, "quote": str, "note": str, "conflict": str}
_NARROWS: dict[str, Any] = {"from": _NAMES, "when": dict}
LAYER: dict[str, Any] = {
    "procedure!": str,
    "extends!": _NAMES,
    "joins": bool,
    **{kind: _OF_TABLE[kind] for kind in SECTIONS},
    "amend": [{**dict.fromkeys(TARGETS, str), **_NARROWS, **_CITES, "add": dict, "set": dict}],
    "drop": [{**dict.fromkeys(SECTIONS, str), **_NARROWS, **_CITES}],
}


class Layer(NamedTuple):
    """One layer file: whose, which of its files, what it says with every article qualified."""

    source: Source
    number: int
    data: Mapping[str, Any]

    @property
    def procedure(self) -> str:
        """The procedure on whose table it lies."""
        return str(self.data["procedure"])

    @property
    def extends(self) -> tuple[str, ...]:
        """The instruments on whose tables it lies, as alternatives."""
        return as_tuple(self.data["extends"])

    @property
    def key(self) -> tuple[str, int]:
        """What it is told apart by."""
        return self.source.id, self.number

    @property
    def located(self) -> Located:
        """Its file."""
        return self.source.layers[self.number]

    def finding(self, place: Place, text: Text, mend: Text) -> Finding:
        """Return the finding of a place in its file."""
        return self.located.finding(place, text, mend)


def layers_of(source: Source) -> list[Layer]:
    """Return the layers of an instrument whose files have no finding, in the order it lists them."""
    return [Layer(source, number, data) for number, data in enumerate(source.laid)]


def target_of(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return what an amendment or a drop is about: the kind of record and its name."""
    return next((kind, entry[kind]) for kind in TARGETS if kind in entry)


def layer_findings(source: Source) -> Iterator[Finding]:
    """Yield what is wrong with an instrument's layers as they stand alone: keys, targets, conflicts named."""
    listed = sorted({name for conflict in conflicts_of(source) if isinstance(name := conflict.get("id"), str)})
    for number, located in enumerate(source.layers):
        shape = [*faults_of_shape(located.data, LAYER), *blank_faults(located.data, ())]
        faults = [Fault(*fault) for fault in shape]
        if not shape:
            faults.extend(_extended(source, number, located.data))
            for kind in ("amend", "drop"):
                for place, entry in enumerate(located.data.get(kind, ())):
                    faults.extend(_entry((kind, place), entry, listed))
        yield from (located.finding(*fault) for fault in faults)


def _extended(source: Source, number: int, data: Mapping[str, Any]) -> Iterator[Fault]:
    folder = source.layer_files[number].partition("/")[0].removeprefix("over_").replace("_", "-")
    if folder not in as_tuple(data["extends"]):
        yield Fault(
            ("extends",),
            Text(
                f"叠加表在“{folder}”的文件夹中，而不叠加于它",
                f"it stands under '{folder}' and does not extend it",
            ),
            Text(f"请在 extends 中写“{folder}”，或移动文件", f"name '{folder}' in `extends`, or move the file"),
        )
    if data.get("joins") and data["procedure"] not in source.procedures:
        yield Fault(
            ("joins",),
            Text(f"本规则没有“{data['procedure']}”的整表", f"this instrument has no whole table {data['procedure']}"),
            Text("请删去 joins，或在 procedures 中列出", "remove `joins`, or list the table under `procedures`"),
        )


def _entry(place: Place, entry: Mapping[str, Any], listed: Sequence[str]) -> Iterator[Fault]:
    named = [kind for kind in TARGETS if kind in entry]
    if len(named) != 1:
        yield Fault(
            place,
            Text("没有写明改动哪一项，或写了多项", "it names nothing that it is about, or several things"),
            Text(f"请写其中一项：{'、'.join(TARGETS)}", f"name exactly one of: {', '.join(TARGETS)}"),
        )
        return
    kind = named[0]
    if kind not in ROWS:
        for key in ("from", "when"):
            if key in entry:
                yield Fault(
                    (*place, key),
                    Text(f"“{key}”只用于步骤和活动", f"`{key}` narrows steps and activities only"),
                    Text("请删去", "remove it"),
                )
    if place[0] == "amend":
        yield from _changes(place, kind, entry)
    if ("set" in entry or place[0] == "drop") and "conflict" not in entry:
        yield Fault(
            place,
            Text("替换或删去须列明冲突", "what replaces or removes needs a listed conflict"),
            Text('请写 conflict = "…" 并在 conflicts.toml 列出', 'write conflict = "…" and list it in conflicts.toml'),
        )
    if "conflict" in entry and entry["conflict"] not in listed:
        near = did_you_mean(entry["conflict"], listed)
        yield Fault(
            (*place, "conflict"),
            Text(
                f"冲突“{entry['conflict']}”没有列出{near.zh}",
                f"the conflict '{entry['conflict']}' is not listed{near.en}",
            ),
            Text("请在本规则的 conflicts.toml 列出", "list it in this instrument's conflicts.toml"),
        )


def _changes(place: Place, kind: str, entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what an amendment would put where no such key is known, or that it changes nothing."""
    if not entry.get("add") and not entry.get("set"):
        yield Fault(
            place,
            Text("没有写明改什么", "it says nothing that is to change"),
            Text("请写 add 或 set", "write `add` or `set`"),
        )
    for way in ("add", "set"):
        for fault in faults_of_shape(entry.get(way, {}), _changeable(kind, way)):
            yield Fault((*place, way, *fault[0]), fault[1], fault[2])


def _changeable(kind: str, way: str) -> dict[str, Any]:
    """Return the keys that an amendment may change in a record of a kind, none of which it must give."""
    shape = _TABLE if kind == HEAD else _OF_TABLE[kind][0]
    keys = {key.removesuffix("!"): of for key, of in shape.items()}
    fixed = (
        (*SECTIONS, "procedure") if kind == HEAD else ("id", "role", "key", "value") if kind not in ROWS else ("id",)
    )
    return {key: _partial(of) if way == "add" else of for key, of in keys.items() if key not in fixed}


def _partial(kind: Any) -> Any:
    """Return the shape of an addition: one name stands for a list of one, and of a table any keys may be given."""
    if isinstance(kind, dict):
        return {key.removesuffix("!"): _partial(of) for key, of in kind.items()}
    return _NAMES if kind == LIST else kind


def lies_on(
    layers: Mapping[str, Sequence[Layer]], floor: str, layer: Layer, seen: frozenset[str] = frozenset()
) -> list[Layer] | None:
    """Return the layers that must lie on the floor's table before `layer` does; None where it does not lie on it.

    `layers` are those of one procedure, by instrument. What a layer extends is the floor itself, or an instrument whose
    own layer lies on it.
    """
    if floor in layer.extends:
        return []
    for name in layer.extends:
        for below in () if name in seen else layers.get(name, ()):
            before = lies_on(layers, floor, below, seen | {layer.source.id})
            if before is not None:
                return [*before, below]
    return None


def cycle(layers: Mapping[str, Sequence[Layer]], layer: Layer) -> list[str] | None:
    """Return the path by which a layer extends itself, first and last the same; None where it does not."""

    def walk(current: Layer, path: list[str]) -> list[str] | None:
        for name in current.extends:
            if name == layer.source.id:
                return [*path, name]
            if name not in path:
                for below in layers.get(name, ()):
                    if found := walk(below, [*path, name]):
                        return found
        return None

    return walk(layer, [layer.source.id])
