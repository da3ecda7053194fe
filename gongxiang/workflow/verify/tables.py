"""The procedure tables of a rule book's document, read as they stand; nothing is compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Record = Mapping[str, Any]


def listed(value: Any) -> list[Any]:
    """Return a list as it is, a single value as a list of one, nothing as an empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table. `kind` is `step` or `activity`; `said` is the row as the document has it."""

    kind: str
    said: Record
    sources: frozenset[str]
    roles: frozenset[str]

    @property
    def name(self) -> str:
        """The name of the step or activity."""
        return str(self.said["id"])

    def names(self, key: str) -> list[str]:
        """Return the ids that the row lists under `key`."""
        return listed(self.said[key]) if key in self.said else []

    def follows(self) -> Sequence[Record]:
        """Return what the row brings about in other cases."""
        return listed(self.said.get("follows"))


class Table:
    """One procedure of a rule book."""

    def __init__(self, book: Record, said: Record) -> None:
        self.said = said
        self.book = book
        self.states = {state["id"]: bool(state.get("final", False)) for state in said["state"]}
        self.limits: dict[str, Record] = {limit["id"]: limit for limit in said.get("limit", ())}
        self.retentions: dict[str, Record] = {one["id"]: one for one in said.get("retention", ())}
        self.guards: dict[str, Record] = {guard["id"]: guard for guard in said.get("guard", ())}
        self.flags: dict[str, Record] = {flag["id"]: flag for flag in said.get("flag", ())}
        self.parties: list[Record] = list(said["party"])
        self.anchors: list[str] = listed(said["anchor"])
        self.anchor = self.anchors[0]
        self.about = listed(said.get("about"))
        self.parameters = {entry["id"]: entry["value"] for entry in book["parameters"]}
        self.instruments = {ground["id"]: ground["article"].rpartition("/")[0] for ground in book["grounds"]}
        self.grounds = set(self.instruments)
        self.lines = list(self._lines())

    def _lines(self) -> Iterator[Line]:
        for kind in ("step", "activity"):
            for said in self.said.get(kind, ()):
                yield Line(kind, said, frozenset(self._sources(said)), frozenset(map(str, listed(said["by"]))))

    def _sources(self, said: Record) -> list[str]:
        stated = said.get("from", [])
        if stated == "any":
            stated = list(self.states)
        elif stated == "open":
            stated = [state for state, final in self.states.items() if not final]
        return [state for state in listed(stated) if state not in listed(said.get("except"))]

    def rows(self, name: str, state: str) -> list[Line]:
        """Return the rows of a step in a state ("": those that open a case), in the order of the table."""
        return [
            line for line in self.lines if line.name == name and (state in line.sources if state else not line.sources)
        ]

    def days_of(self, limit: str) -> int | None:
        """Return the working days that the parameter gives a limit; None where the act sets them."""
        name = self.limits[limit].get("parameter")
        return None if name is None else int(self.parameters[name])

    def years_of(self, retention: str) -> int:
        """Return for how many years the parameter has something kept."""
        return int(self.parameters[self.retentions[retention]["parameter"]])

    def asked(self, key: str, payload: Record, memory: Record, resource: Record | None) -> Any:
        """Return what a row's `when` asks for under `key`: of the resource, of the instrument that lists the ground,
        else what the act carries or the case remembers.
        """
        if key.startswith("resource."):
            return (resource or {}).get(key.removeprefix("resource."))
        if key == "ground.instrument":
            return self.instruments.get(str(payload.get("ground", memory.get("ground"))))
        return payload.get(key, memory.get(key))

    def fits(self, line: Line, payload: Record, memory: Record, resource: Record | None) -> bool:
        """Return whether everything that the row's `when` asks for is so."""
        wanted = line.said.get("when", {})
        return all(str(self.asked(key, payload, memory, resource)) == wanted[key] for key in wanted)

    @property
    def in_force(self) -> date:
        """The first day whose acts the rule book governs."""
        return date.fromisoformat(self.book["in_force"]["since"])

    @property
    def territory(self) -> str:
        """The leading digits of a region in the territory."""
        return str(self.book["territory"]["prefix"])


class Tables:
    """The tables by hash of the rule book and name of the procedure."""

    def __init__(self, documents: Mapping[str, Record]) -> None:
        self._documents = documents
        self._read: dict[tuple[str, str], Table] = {}

    def table(self, rules: str, procedure: str) -> Table:
        """Return the table. Raises KeyError where the rule book or the procedure is not there."""
        found = self._read.get((rules, procedure))
        if found is None:
            book = self._documents[rules]
            said = next((one for one in book["procedures"] if one["procedure"] == procedure), None)
            if said is None:
                raise KeyError(procedure)
            found = self._read[rules, procedure] = Table(book, said)
        return found
