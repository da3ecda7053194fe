"""A docket under two laws: which cases come out otherwise, and which lines only one of the two refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongxiang.errors import Language
from gongxiang.workflow.docket import Played, RefusedLine, play
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.views import CaseView, DeadlineView

Files = Sequence[tuple[str, Sequence[str]]]
"""Dockets as (path, lines)."""
_OF_A_DEADLINE = ("due", "original_due", "phase", "lapsed_at")
"""What makes two deadlines of one limit differ: dates, and where they stand."""


@dataclass(frozen=True, slots=True)
class SupposedCase:
    """A case that came out otherwise. Either view is None where no such case came to be under that law.

    `differs` names what does: `existence`, `state`, `flags`, `deadlines`; `limits` the limits whose deadlines do.
    """

    before: CaseView | None
    after: CaseView | None
    differs: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def view(self) -> CaseView:
        """The case as it is under the second law, or else under the first."""
        found = self.after or self.before
        assert found is not None
        return found

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "case": self.view.case,
            "procedure": self.view.procedure,
            "differs": list(self.differs),
            "limits": list(self.limits),
            "a": _record(self.before),
            "b": _record(self.after),
        }


@dataclass(frozen=True, slots=True)
class RefusedOnce:
    """A line that one law refuses and the other does not."""

    path: str
    line: int
    before: RefusedLine | None
    after: RefusedLine | None

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        sides = {"a": self.before, "b": self.after}
        told = {side: one.as_record(language) if one else None for side, one in sides.items()}
        return dict(file=self.path, line=self.line, **told)


@dataclass(frozen=True, slots=True)
class Supposition:
    """What two plays of the same docket came to. `now` is the moment at which both are seen, None where nothing was
    played.
    """

    compared: int
    cases: tuple[SupposedCase, ...]
    refused: tuple[RefusedOnce, ...]
    refused_in_both: tuple[RefusedLine, ...]
    now: datetime | None

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.cases and not self.refused

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "same": self.same,
            "compared": self.compared,
            "cases": [one.as_record() for one in self.cases],
            "refused": [one.as_record(language) for one in self.refused],
            "refused_in_both": [one.as_record(language) for one in self.refused_in_both],
        }


def suppose(
    before: Engine,
    after: Engine,
    files: Files,
    *,
    until: datetime | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Supposition:
    """Play the same dockets on two engines, each over an empty database, going on after refused lines; compare them."""
    plays = [play(engine, files, keep_going=True, until=until, advance=advance) for engine in (before, after)]
    return compare(*plays)


def compare(before: Played, after: Played) -> Supposition:
    """Return what differs between two plays of the same dockets."""
    mine, theirs = ({view.case: view for view in played.cases} for played in (before, after))
    names = list(dict.fromkeys([*mine, *theirs]))
    pairs = (_supposed(mine.get(name), theirs.get(name)) for name in names)
    first, second = ({(one.path, one.line): one for one in played.refused} for played in (before, after))
    return Supposition(
        compared=len(names),
        cases=tuple(one for one in pairs if one is not None),
        refused=tuple(RefusedOnce(*at, first.get(at), second.get(at)) for at in sorted(first.keys() ^ second.keys())),
        refused_in_both=tuple(second[at] for at in sorted(first.keys() & second.keys())),
        now=after.now or before.now,
    )


def _supposed(before: CaseView | None, after: CaseView | None) -> SupposedCase | None:
    if before is None or after is None:
        return SupposedCase(before, after, ("existence",), ())
    limits = tuple(_limits(before.deadlines, after.deadlines))
    found = {
        "state": before.state != after.state,
        "flags": set(before.flags) != set(after.flags),
        "deadlines": bool(limits),
    }
    differs = tuple(what for what, is_so in found.items() if is_so)
    return SupposedCase(before, after, differs, limits) if differs else None


def _limits(before: Sequence[DeadlineView], after: Sequence[DeadlineView]) -> list[str]:
    mine, theirs = ({one.limit: one for one in deadlines} for deadlines in (before, after))
    return [name for name in dict.fromkeys([*mine, *theirs]) if _told(mine.get(name)) != _told(theirs.get(name))]


def _told(deadline: DeadlineView | None) -> tuple[Any, ...] | None:
    return tuple(getattr(deadline, name) for name in _OF_A_DEADLINE) if deadline else None


def _record(view: CaseView | None) -> dict[str, Any] | None:
    if view is None:
        return None
    whole = view.as_record()
    return {key: whole[key] for key in ("rules", "state", "final", "flags", "deadlines", "opened_at")}
