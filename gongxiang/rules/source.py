"""The files of one instrument: read all at once, every unreadable one named, and composed into one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gongxiang.errors import FaultyRules, Finding, Text
from gongxiang.located import Located, load
from gongxiang.rules.articles import Article, parse
from gongxiang.workflow.soundness import LIST, Fault, blank_faults, date_faults, faults_of_shape

Place = tuple[str | int, ...]

_MAIN = {
    "id!": str,
    "title!": {"zh!": str, "en!": str},
    "number!": str,
    "rank!": str,
    "adopted!": str,
    "signed!": str,
    "complete!": bool,
    "source!": str,
    "last_checked!": str,
    "procedures!": LIST,
    "in_force!": {"since!": str, "article!": str, "quote": str},
    "territory!": {"prefix!": str, "article!": str, "quote": str},
    "templates": LIST,
    "parameter": list,
    "field": list,
}
_NO_LAW = ("payload", "remember", "when", "names")
"""Keys under which `article` would be the name of a field."""


class Source:
    """What the files say, and where each part of the composed document stands in them."""

    def __init__(self, folder: Path) -> None:
        """Read the folder. Raises FaultyRules with every file that is missing or cannot be read."""
        self.folder = folder
        self.findings: list[Finding] = []
        self.main = self._toml("instrument.toml")
        self.grounds = self._toml("grounds.toml")
        listed = self.main.data.get("procedures", ())
        names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
        self.tables = [self._toml(f"{name}.toml") for name in names]
        self.text = self._text("articles.md")
        self.interpretation = self._text("interpretation.md")
        if self.findings:
            raise FaultyRules(sorted(self.findings))

    @property
    def id(self) -> str:
        """The instrument's id, or its folder's name while it has none."""
        return str(self.main.data.get("id", self.folder.name))

    @property
    def articles(self) -> Mapping[int, Article]:
        """The articles of the text."""
        return parse(self.text)

    def name(self, file: str) -> str:
        """Return how findings call a file of the folder."""
        return f"{self.folder.name}/{file}"

    def _toml(self, file: str) -> Located:
        try:
            return load(self.folder / file, FaultyRules, name=self.name(file))
        except FaultyRules as error:
            self.findings.extend(error.findings)
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
        """Return the file, and the place within it, of a place in the composed document."""
        if place[:1] == ("procedures",) and len(place) > 1:
            return self.tables[int(place[1])], place[2:]
        if place[:1] == ("grounds",):
            return self.grounds, ("ground", *place[1:])
        if place[:1] == ("parameters",):
            return self.main, ("parameter", *place[1:])
        if place[:1] == ("fields",):
            return self.main, ("field", *place[1:])
        return self.main, place

    def shape_findings(self) -> Iterator[Finding]:
        """Yield what the files have too much or too little beside the document that they make."""
        faults: list[Fault] = [Fault(*fault) for fault in faults_of_shape(self.main.data, _MAIN)]
        own = {key: value for key, value in self.main.data.items() if key not in ("title", "parameter", "field")}
        faults.extend(Fault(*fault) for fault in blank_faults(own, ()))
        for day in ("adopted", "signed", "last_checked"):
            faults.extend(Fault(*fault) for fault in date_faults(self.main.data, day, (day,)))
        yield from (self.main.finding(*fault) for fault in faults)
        yield from (self.grounds.finding(*fault) for fault in faults_of_shape(self.grounds.data, {"ground!": list}))
        for table in self.tables:
            file = Path(table.path).stem
            named = table.data.get("procedure", file)
            if named != file:
                text = Text(f"程序“{named}”写在“{file}.toml”中", f"the procedure '{named}' stands in {file}.toml")
                mend = Text("文件名应与程序名一致", "name the file after the procedure")
                yield table.finding(("procedure",), text, mend)

    def document(self) -> dict[str, Any]:
        """Compose the rule book's document; every `article` is qualified with the instrument's id."""
        data = self.main.data
        document: dict[str, Any] = {
            key: data[key] for key in ("id", "title", "in_force", "territory", "templates") if key in data
        }
        document["parameters"] = data.get("parameter", [])
        if "field" in data:
            document["fields"] = data["field"]
        document["grounds"] = self.grounds.data.get("ground", [])
        document["procedures"] = [table.data for table in self.tables]
        qualified: dict[str, Any] = _qualified(document, self.id)
        for key in ("in_force", "territory"):
            if isinstance(qualified.get(key), dict):
                qualified[key].pop("quote", None)
        return qualified


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
