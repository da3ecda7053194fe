"""The jurists' examples: how their files are read, and what is looked at when one has been played.

A file holds `[[example]]` tables: `name`, the `articles` it shows, `why` the outcome is what it is, the docket lines
that are `given`, the act in question `when` (absent when the given acts end in the outcome), and `then` what stands.

* A line is a docket line, but that `resource` names a resource of departments.toml, and a line without `payload`
  carries the ordinary one of its step from there. A folder may have a departments.toml of its own, which goes before.
* The folder says under which rules its examples are played (`RULES`); those of a place and its day where it is not
  named there. An article without an instrument is one of the folder's own (`OWN`).
* `conflicts` names the conflicts (conflicts.toml of the instruments) whose reading the example shows at work.
* `then` with `refused` says that the last line is refused, under `article`, each word of `refused` being a reason's
  code or standing in its Chinese text. All lines before it are accepted.
* Otherwise `then`, and each of `also`, describe a `case`: `state`, `phases` (all limits of the case, at the moment `at`
  or the last line's), `due`, `original_due`, `met_at`, `lapsed_at`, `provisional` by limit, `lapsed` (the limits that
  have), `flags` and `links` (in any order), `proposals` (the grounds proposed about the case, in any order), `rules`
  (the id of the rule book that governs it), `owed` (the duties of the case on the day's list, each "department:
  duty"), `retained` (the last day of keeping records). What is not said is not looked at.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RULES = {"decree_330": "decree-330", "zhejiang_2022": "zhejiang-2022"}
OWN = {
    "decree_330": "decree-330",
    "zhejiang_2022": "zhejiang-2022",
    "order_809": "order-809",
    "liaoning_2022": "liaoning-2022",
    "shenyang_2020": "shenyang-2020",
}
FIRST_STEPS = {
    "share_request": "submit",
    "verification": "file",
    "dispute": "raise",
    "rectification": "find",
    "catalogue_update": "trigger",
    "incident": "detect",
}
KEYS = {"name", "articles", "why", "conflicts", "given", "when", "then", "also"}
OUTCOMES = {
    *("case", "state", "phases", "due", "original_due", "met_at", "lapsed_at", "provisional"),
    *("lapsed", "flags", "links", "proposals", "at", "rules", "owed", "retained"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """One example: `lines` are the given acts and the act in question, ready to be played after the cast."""

    folder: str
    file: str
    name: str
    articles: tuple[str, ...]
    why: str
    conflicts: tuple[str, ...]
    lines: tuple[dict[str, Any], ...]
    refused: Mapping[str, Any] | None
    stands: tuple[Mapping[str, Any], ...]

    @property
    def procedures(self) -> set[str]:
        """The procedures that its lines open."""
        return {line["procedure"] for line in self.lines if line["do"] == "open"}


@cache
def company(folder: str) -> Mapping[str, Any]:
    """Return the cast of a folder: its own departments, resources and ordinary payloads before those of all."""
    common = tomllib.loads((HERE / "departments.toml").read_text(encoding="utf-8"))
    own = HERE / folder / "departments.toml"
    more = tomllib.loads(own.read_text(encoding="utf-8")) if own.is_file() else {}
    return {
        "registered_at": more.get("registered_at", common["registered_at"]),
        "department": more.get("department", common["department"]),
        "resource": {**common["resource"], **more.get("resource", {})},
        "payload": {**common["payload"], **more.get("payload", {})},
    }


def cast(folder: str = "decree_330") -> list[dict[str, Any]]:
    """Return the lines that register the departments."""
    known = company(folder)
    return [{"at": known["registered_at"], "do": "register", "department": one} for one in known["department"]]


def docket_line(line: Mapping[str, Any], folder: str = "decree_330") -> dict[str, Any]:
    """Return a line of an example as a docket has it."""
    full, known = dict(line), company(folder)
    if isinstance(full.get("resource"), str):
        full["resource"] = known["resource"][full["resource"]]
    step = full.get("step") or FIRST_STEPS[full["procedure"]] if full["do"] == "open" else full["do"]
    ordinary = known["payload"].get(f"{full.get('procedure')}/{step}", known["payload"].get(step))
    if "payload" not in full and ordinary is not None:
        full["payload"] = ordinary
    return full


def read(path: Path) -> Iterator[Example]:
    """Yield the examples of a file. A key that means nothing here is an error."""
    for record in tomllib.loads(path.read_text(encoding="utf-8"))["example"]:
        then, also = record["then"], record.get("also", [])
        assert record.keys() <= KEYS, (path.name, record["name"], record.keys() - KEYS)
        refused = then if "refused" in then else None
        assert refused is None or then.keys() <= {"refused", "article"}, (path.name, record["name"])
        stands = tuple(also if refused else [then, *also])
        for outcome in stands:
            assert outcome.keys() <= OUTCOMES, (path.name, record["name"], outcome.keys() - OUTCOMES)
        lines = [*record["given"], *([record["when"]] if "when" in record else [])]
        folder = path.parent.name
        yield Example(
            folder,
            path.stem,
            record["name"],
            tuple(record["articles"]),
            record["why"],
            tuple(record.get("conflicts", ())),
            tuple(docket_line(line, folder) for line in lines),
            refused,
            stands,
        )


def examples() -> list[Example]:
    """Return all examples, in the order of the folders and files."""
    files = sorted(path for path in HERE.glob("*/*.toml") if path.name != "departments.toml")
    return [example for path in files for example in read(path)]


def moment(text: str | None) -> datetime | None:
    """Return the instant an ISO date-time names."""
    return datetime.fromisoformat(text) if text else None


def full(folder: str, article: str) -> str:
    """Return an article with its instrument: the folder's own where none is named."""
    return article if "/" in article else f"{OWN[folder]}/{article}"
