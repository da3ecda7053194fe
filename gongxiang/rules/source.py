"""The files of one instrument: read all at once, every unreadable one named, and composed into one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from gongxiang.errors import FaultyRules, Finding, Text
from gongxiang.located import Located, load
from gongxiang.rules.articles import Article, parse
from gongxiang.rules.head import Head, head_findings, head_of, is_layer
from gongxiang.workflow.soundness import faults_of_shape

Place = tuple[str | int, ...]

_NO_LAW = ("payload", "remember", "when", "names")
"""Keys under which `article` would be the name of a field."""
_DEEPEST = 50
"""How many tables and arrays may lie in one another."""
_OF_DOCUMENT = {"in_force": ("since", "article"), "territory": ("prefix", "article")}
"""What a rule book's document says of time and place; the rest of instrument.toml is about the instrument."""


class Source:
    """What the files say, and where each part of the composed document stands in them."""

    def __init__(self, folder: Path) -> None:
        """Read the folder. Raises FaultyRules with every file that is missing or cannot be read."""
        self.folder = folder
        self.findings: list[Finding] = []
        self.main = self._toml("instrument.toml")
        self.grounds = self._toml("grounds.toml", optional=True)
        self.conflicts = self._toml("conflicts.toml", optional=True)
        self.procedures = self._listed("procedures")
        self.tables = [self._toml(f"{name}.toml") for name in self.procedures]
        self.layer_files = [file for file in self._listed("layers") if is_layer(file)]
        self.layers = [self._toml(file) for file in self.layer_files]
        self.text = self._text("articles.md")
        self.interpretation = self._text("interpretation.md")
        if self.findings:
            raise FaultyRules(sorted(self.findings))

    @property
    def id(self) -> str:
        """The instrument's id, or its folder's name while it has none."""
        return str(self.main.data.get("id", self.folder.name))

    @cached_property
    def articles(self) -> Mapping[int, Article]:
        """The articles of the text."""
        return parse(self.text)

    @cached_property
    def head(self) -> Head:
        """What the instrument says of itself; there is one where instrument.toml has no finding."""
        return head_of(self.main, self.folder)

    def name(self, file: str) -> str:
        """Return how findings call a file of the folder."""
        return f"{self.folder.name}/{file}"

    def _listed(self, key: str) -> list[str]:
        listed = self.main.data.get(key, ())
        return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []

    def _toml(self, file: str, *, optional: bool = False) -> Located:
        if optional and not (self.folder / file).exists():
            return Located(self.name(file), {}, {})
        try:
            read = load(self.folder / file, FaultyRules, name=self.name(file))
        except FaultyRules as error:
            self.findings.extend(error.findings)
            return Located(self.name(file), {}, {})
        if (deep := _too_deep(read.data)) is None:
            return read
        text, mend = Text("嵌套过深", "nested too deeply"), Text("减少数组或表的层数", "nest fewer arrays or tables")
        self.findings.append(read.finding(deep, text, mend))
        return Located(self.name(file), {}, {})

    def _text(self, file: str) -> str:
        try:
            return (self.folder / file).read_text("utf-8-sig")
        except OSError as error:
            text = Text(f"文件无法读取：{error.strerror}", f"the file cannot be read: {error.strerror}")
            mend = Text("请补上该文件", "add the file")
        except UnicodeDecodeError:
            text, mend = Text("不是 UTF-8 编码", "not UTF-8"), Text("以 UTF-8 编码保存", "save the file as UTF-8")
        self.findings.append(Finding(self.name(file), 0, text, mend))
        return ""

    def finding(self, place: Place, text: Text, mend: Text) -> Finding:
        """Return the finding of a place in the composed document, with its file and line."""
        located, steps = self.locate(place)
        return located.finding(steps, text, mend)

    def locate(self, place: Place) -> tuple[Located, Place]:
        """Return the file, and the place within it, of a place in the document, its layers or its conflicts."""
        kind, rest = place[:1], place[1:]
        if kind in (("procedures",), ("layers",)) and rest:
            files = self.tables if kind == ("procedures",) else self.layers
            return files[int(rest[0])], rest[1:]
        if kind == ("grounds",):
            return self.grounds, ("ground", *rest)
        if kind == ("conflicts",):
            return self.conflicts, ("conflict", *rest)
        if kind == ("parameters",):
            return self.main, ("parameter", *rest)
        if kind == ("fields",):
            return self.main, ("field", *rest)
        return self.main, place

    def shape_findings(self) -> Iterator[Finding]:
        """Yield what the files have too much or too little beside the document that they make."""
        yield from head_findings(self.main)
        if self.grounds.data:
            yield from (self.grounds.finding(*fault) for fault in faults_of_shape(self.grounds.data, {"ground!": list}))
        for located in (*self.tables, *self.layers):
            file = Path(located.path).stem
            named = located.data.get("procedure", file)
            if named != file:
                text = Text(f"程序“{named}”写在“{file}.toml”中", f"the procedure '{named}' stands in {file}.toml")
                mend = Text("文件名应与程序名一致", "name the file after the procedure")
                yield located.finding(("procedure",), text, mend)
        for path in sorted(self.folder.glob("over_*/*.toml")):
            file = path.relative_to(self.folder).as_posix()
            if file not in self.layer_files:
                yield self.main.finding(
                    ("layers",),
                    Text(f"文件“{file}”没有列入 layers", f"the file {file} is not listed under `layers`"),
                    Text("请列入，或删去该文件", "list it, or remove the file"),
                )

    def document(self) -> dict[str, Any]:
        """Compose the rule book's document of the instrument alone; every `article` is qualified with its id."""
        data = self.main.data
        document: dict[str, Any] = {
            key: data[key] for key in ("id", "title", "templates", *_OF_DOCUMENT) if key in data
        }
        for key, known in _OF_DOCUMENT.items():
            if isinstance(data.get(key), Mapping):
                document[key] = {name: data[key][name] for name in known if name in data[key]}
        if "field" in data:
            document["fields"] = data["field"]
        document["parameters"] = self.parameters
        document["grounds"] = self.grounds.data.get("ground", [])
        qualified: dict[str, Any] = _qualified(document, self.id)
        return {**qualified, "procedures": self.qualified_tables}

    @cached_property
    def parameters(self) -> Any:
        """The instrument's numbers, less the matter they are about, which only a composition asks for."""
        listed = self.main.data.get("parameter", [])
        if not isinstance(listed, list):
            return listed
        return [
            {key: value for key, value in entry.items() if key != "matter"} if isinstance(entry, Mapping) else entry
            for entry in _qualified(listed, self.id)
        ]

    @cached_property
    def qualified_grounds(self) -> list[dict[str, Any]]:
        """The grounds that the instrument lists; every `article` is qualified with its id."""
        return [_qualified(ground, self.id) for ground in self.grounds.data.get("ground", ())]

    @cached_property
    def qualified_tables(self) -> list[dict[str, Any]]:
        """What each whole table says; every `article` is qualified with the instrument's id."""
        return [_qualified(table.data, self.id) for table in self.tables]

    @cached_property
    def laid(self) -> list[dict[str, Any]]:
        """What each layer says; every `article` is qualified with the instrument's id."""
        return [_qualified(layer.data, self.id) for layer in self.layers]


def _too_deep(data: Mapping[str, Any]) -> Place | None:
    """Return a place that lies deeper than any record does; None where there is none: dotted keys know no bound."""
    level: list[tuple[Place, Any]] = [((), data)]
    for _ in range(_DEEPEST):
        level = [
            ((*place, key), value)
            for place, one in level
            for key, value in (one.items() if isinstance(one, Mapping) else enumerate(one))
            if isinstance(value, (Mapping, list))
        ]
    return level[0][0] if level else None


def _qualified(value: Any, instrument: str) -> Any:
    if isinstance(value, Mapping):
        return {
            key: f"{instrument}/{entry}"
            if key == "article" and isinstance(entry, str) and "/" not in entry
            else entry
            if key in _NO_LAW
            else _qualified(entry, instrument)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_qualified(entry, instrument) for entry in value]
    return value


def records(value: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield every record of a document with its place, but for those that name fields."""
    if isinstance(value, Mapping):
        yield place, value
        for key, entry in value.items():
            if key not in _NO_LAW:
                yield from records(entry, (*place, key))
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from records(entry, (*place, number))
