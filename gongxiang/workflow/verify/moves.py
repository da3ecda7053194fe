"""What the register says a recalculation moved and left, held against the events of the cases that it moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import Row
from gongxiang.workflow.verify.findings import Finding, named, versus

Record = Mapping[str, Any]
FIELDS = {"case", "limit", "old", "new", "kind", "edition"}
DIRECTIONS: Mapping[str, tuple[int, ...]] = {
    "moves": (1,),
    "confirmed": (0,),
    "earlier": (-1, 0),
    "would_become_late": (-1,),
    "would_cease_to_be_late": (0, 1),
    "sanction_rests_on_it": (-1, 0, 1),
    "acted_since": (-1, 0, 1),
}
"""Where the new date of each kind of move may lie: after the old one (1), on it (0), before it (-1)."""
STAYS = {"sanction_rests_on_it"}
"""Never moved: the steps of the case decide."""
SINCE = "acted_since"
"""Left because an act of the case came after the moment of the recalculation."""
LEFT = {"earlier", "would_become_late", SINCE, *STAYS}
"""What may be left to a person, or to the next recalculation."""


class Moves:
    """The moves that the register states, each waiting for the event that made it."""

    def __init__(self) -> None:
        self._stated: dict[tuple[str, ...], int] = {}
        self._made: list[tuple[tuple[str, ...], int]] = []
        self._excused: dict[str, list[Row]] = {}

    def entered(self, row: Row, entry: Record) -> Iterator[Text]:
        """Note an entry of the register; yield what is wrong in it by itself."""
        moved, left = entry["moved"], entry["left"]
        for move in (*moved, *left):
            if set(move) != FIELDS or move["edition"] != entry["edition"]:
                yield named(f"{move}")
                continue
            old, new = date.fromisoformat(move["old"]), date.fromisoformat(move["new"])
            if (new > old) - (new < old) not in DIRECTIONS.get(move["kind"], ()):
                yield named(f"{move['case']} {move['limit']} {move['kind']} {old} {new}")
        for move in moved:
            self._stated[_key(move["case"], row, move["limit"], move["old"], move["new"])] = row.seq
        for case in {one["case"] for one in left if one["kind"] == SINCE}:
            self._excused.setdefault(case, []).append(row)
        misplaced = [one for one in moved if one["kind"] in (SINCE, *STAYS)] + [
            one for one in left if one["kind"] not in LEFT
        ]
        for move in misplaced:
            yield named(f"{move['case']} {move['limit']} {move['kind']}")
        counted = Counter((move["case"], move["limit"]) for move in (*moved, *left))
        for (case, limit), number in counted.items():
            if number > 1:
                yield versus(1, number, f"{case} {limit}")

    def passing(self, row: Row) -> None:
        """Note an event of a case: it may be the act for which the case was left."""
        if row.case in self._excused:
            self._excused[row.case] = [entry for entry in self._excused[row.case] if row.at <= entry.at]

    def made(self, row: Row, body: Record) -> None:
        """Note the moves of a case's event."""
        for effect in body["effects"]:
            if effect.get("do") == "move":
                deadline = effect["deadline"]
                self._made.append((_key(row.case, row, deadline["limit"], effect["old"], deadline["due"]), row.seq))

    def findings(self) -> Iterator[Finding]:
        """Yield each move that only one of the two states, and each case left for an act that is not there, once every
        chain has been read.
        """
        for case, entries in self._excused.items():
            for entry in entries:
                yield Finding("", entry.seq, "recalculation", named(f"{case} {SINCE}"))
        made = {key for key, _ in self._made}
        for key, seq in self._stated.items():
            if key not in made:
                yield Finding("", seq, "recalculation", named(" ".join(key)))
        for key, seq in self._made:
            if key not in self._stated:
                yield Finding(key[0], seq, "recalculation", named(" ".join(key)))


def _key(case: str, row: Row, limit: str, old: str, new: str) -> tuple[str, ...]:
    return (case, limit, old, new, row.moment, row.by)
