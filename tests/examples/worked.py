"""The jurists' examples: how their files are read, and what is looked at when one has been played.

A file holds `[[example]]` tables: `name`, the `articles` it shows, `why` the outcome is what it is, the docket lines
that are `given`, the act in question `when` (absent when the given acts end in the outcome), and `then` what stands.

* A line is a docket line, but that `resource` names a resource of departments.toml, and a line without `payload`
  carries the ordinary one of its step from there.
* `then` with `refused` says that the last line is refused, under `article`, each word of `refused` being a reason's
  code or standing in its Chinese text. All lines before it are accepted.
* Otherwise `then`, and each of `also`, describe a `case`: `state`, `phases` (all limits of the case, at the moment `at`
  or the last line's), `due`, `original_due`, `met_at`, `lapsed_at`, `provisional` by limit, `lapsed` (the limits that
  have), `flags` and `links` (in any order), `proposals` (the grounds proposed about the case). What is not said is not
  looked at.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CAST: Mapping[str, Any] = tomllib.loads((HERE / "departments.toml").read_text(encoding="utf-8"))
FIRST_STEPS = {
    "share_request": "submit",
    "verification": "file",
    "dispute": "raise",
    "rectification": "find",
    "catalogue_update": "trigger",
    "incident": "detect",
}
KEYS = {"name", "articles", "why", "given", "when", "then", "also"}
OUTCOMES = {
    *("case", "state", "phases", "due", "original_due", "met_at", "lapsed_at", "provisional"),
    *("lapsed", "flags", "links", "proposals", "at"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """One example: `lines` are the given acts and the act in question, ready to be played after the cast."""

    file: str
    name: str
    articles: tuple[str, ...]
    why: str
    lines: tuple[dict[str, Any], ...]
    refused: Mapping[str, Any] | None
    stands: tuple[Mapping[str, Any], ...]

    @property
    def procedures(self) -> set[str]:
        """The procedures that its lines open."""
        return {line["procedure"] for line in self.lines if line["do"] == "open"}


def cast() -> list[dict[str, Any]]:
    """Return the lines that register the departments."""
    return [{"at": CAST["registered_at"], "do": "register", "department": one} for one in CAST["department"]]


def docket_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of an example as a docket has it."""
    full = dict(line)
    if isinstance(full.get("resource"), str):
        full["resource"] = CAST["resource"][full["resource"]]
    step = full.get("step") or FIRST_STEPS[full["procedure"]] if full["do"] == "open" else full["do"]
    ordinary = CAST["payload"].get(f"{full.get('procedure')}/{step}", CAST["payload"].get(step))
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
        yield Example(
            path.stem,
            record["name"],
            tuple(record["articles"]),
            record["why"],
            tuple(map(docket_line, lines)),
            refused,
            stands,
        )


def examples() -> list[Example]:
    """Return all examples, in the order of the files."""
    return [example for path in sorted((HERE / "decree_330").glob("*.toml")) for example in read(path)]


def moment(text: str | None) -> datetime | None:
    """Return the instant an ISO date-time names."""
    return datetime.fromisoformat(text) if text else None
