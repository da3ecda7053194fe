"""What a notice moves: a plan first, then one event per case under a named person. History keeps old and new, and who
decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Due, Edition
from gongxiang.errors import AlreadyDone, BadInput, Reason, StepNotAllowed, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow import deadline as clock
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline, beijing, recomputed
from gongxiang.workflow.opening import need_department
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.vocabulary import Kind, Role
from gongxiang.workflow.work import Work

MOVES, EARLIER, CONFIRMED = "moves", "earlier", "confirmed"
CEASES_TO_BE_LATE, WOULD_BE_LATE, SANCTION = "would_cease_to_be_late", "would_become_late", "sanction_rests_on_it"


@dataclass(frozen=True, slots=True)
class Move:
    """One open deadline that another edition dates otherwise. `kind` says what that would change."""

    case: str
    limit: str
    old: date
    new: date
    kind: str
    edition: str

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "case": self.case,
            "limit": self.limit,
            "old": self.old.isoformat(),
            "new": self.new.isoformat(),
            "kind": self.kind,
            "edition": self.edition,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Move:
        """Read what `as_record` wrote."""
        days = {name: date.fromisoformat(record[name]) for name in ("old", "new")}
        return cls(**{**record, **days})


Moves = tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Recalculated:
    """What was moved, and what was left to a person's decision."""

    moved: Moves
    left: Moves
    receipt: Receipt

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "moved": [move.as_record() for move in self.moved],
            "left": [move.as_record() for move in self.left],
            "receipt": self.receipt.as_record(),
        }


def replayed(work: Work, receipt: Receipt) -> Recalculated:
    """Return the first result of a recalculation again, as the register holds it; of a mere import, no moves."""
    seq = next((seq for case, seq, kind, _ in receipt.recorded if not case and kind == "recalculation"), None)
    if seq is None:
        return Recalculated((), (), receipt)
    entry = work.transaction.register_events(seq)[0].content
    moved, left = (tuple(Move.from_record(move) for move in entry[name]) for name in ("moved", "left"))
    return Recalculated(moved, left, receipt)


def plan(work: Work, now: datetime, edition: Edition) -> list[Move]:
    """Return every open deadline that `edition` dates otherwise than its sheet, in order of case."""
    return [move for move, *_ in _moves(work, now, edition)]


def _moves(work: Work, now: datetime, edition: Edition) -> Iterator[tuple[Move, Case, Deadline, Due]]:
    for name in work.transaction.with_open_deadlines():
        case = work.need(name)
        for deadline in case.deadlines.values():
            due = recomputed(deadline, edition, work.counting) if deadline.is_open else None
            if due is None or (due.date == deadline.due and due.provisional == deadline.provisional):
                continue
            yield (
                Move(name, deadline.limit, deadline.due, due.date, _kind(work, case, deadline, due, now), edition.id),
                case,
                deadline,
                due,
            )


def _kind(work: Work, case: Case, deadline: Deadline, due: Due, now: datetime) -> str:
    table = work.procedure(case).limits[deadline.limit]
    if deadline.lapsed_at is not None:
        if due.ends_before > deadline.lapsed_at:
            return SANCTION if table.on_lapse else CEASES_TO_BE_LATE
        return MOVES if due.date > deadline.due else EARLIER
    if due.date == deadline.due:
        return CONFIRMED
    if due.date > deadline.due:
        return MOVES
    return WOULD_BE_LATE if due.ends_before <= now else EARLIER


def apply_plan(work: Work, by: str, at: datetime, payload: Mapping[str, Any]) -> tuple[Moves, Moves]:
    """Stage the plan that the notices published by the day of `at` bring: one event per case, under the payload's
    `signer`. Return what is moved, and what is left.

    A deadline that would become earlier is moved only with `shorten: true`: a limit once communicated is shortened by a
    person's explicit word or not at all. A sanction that rests on a lapse is left to the steps of its case
    (restore_limit).
    """
    signer, shorten = _checked(work, by, at, payload)
    edition = work.edition(beijing(at).date())
    moved: list[Move] = []
    left: list[Move] = []
    effects: dict[str, list[dict[str, Any]]] = {}
    for move, case, deadline, due in list(_moves(work, at, edition)):
        if move.kind == SANCTION or (move.kind in (EARLIER, WOULD_BE_LATE) and not shorten):
            left.append(move)
            continue
        moved.append(move)
        new = clock.moved(deadline, due, seq=case.version + 1)
        effects.setdefault(case.case, []).append(
            {
                "do": "move",
                "limit": deadline.limit,
                "why": "recalculate",
                "old": deadline.due.isoformat(),
                "deadline": clock.as_record(new),
                "sheet": {**due.sheet(), "known_on": beijing(at).date().isoformat()},
            }
        )
    before = next((entry for entry in reversed(work.register.recalculations) if entry["edition"] == edition.id), None)
    if not moved and before is not None:
        raise AlreadyDone(
            Reason(
                "already_recalculated",
                Text(
                    f"依据日历版本{edition.id}的重新计算已由{before['signer']}办理",
                    f"{before['signer']} has already recalculated for edition {edition.id}",
                ),
                None,
                Text("没有期限需要移动", "no deadline is left to move"),
            )
        )
    for name, changes in effects.items():
        case = work.record(
            work.need(name),
            at=at,
            kind="recalculation",
            name="recalculate",
            by=by,
            role=Role.AUTHORITY.value,
            payload={"signer": signer, **({"shorten": True} if shorten else {})},
            effects=changes,
        )
        work.settle_lapses(case, at)
    entry = {
        "edition": edition.id,
        "signer": signer,
        "cases": sorted(effects),
        "moved": [move.as_record() for move in moved],
        "left": [move.as_record() for move in left],
    }
    work.append_to_register("recalculation", edition.id, entry, at, by)
    return tuple(moved), tuple(left)


def _checked(work: Work, by: str, at: datetime, payload: Mapping[str, Any]) -> tuple[str, bool]:
    actor = need_department(work.register, by, at)
    if actor.kind is not Kind.AUTHORITY:
        raise StepNotAllowed(
            "",
            "recalculate",
            "",
            Reason(
                "wrong_party",
                Text(
                    f"重新计算期限应由政务数据资源管理部门办理，不是{actor.name}",
                    f"deadlines are recalculated by an authority, not {by}",
                ),
                None,
                Text("请由管理部门指定的人员办理", "let a named person of an authority do it"),
            ),
        )
    for name in payload:
        if name not in ("signer", "shorten"):
            near = did_you_mean(name, ("signer", "shorten"))
            zh, en = f"重新计算没有字段“{name}”{near.zh}", f"a recalculation has no field '{name}'{near.en}"
            raise _bad("unknown_field", zh, en)
    signer, shorten = payload.get("signer"), payload.get("shorten", False)
    if not isinstance(signer, str) or not signer.strip():
        raise _bad("missing_field", "重新计算须写明签发人“signer”", "a recalculation names its 'signer'")
    if not isinstance(shorten, bool):
        raise _bad("bad_field", "“shorten”应为 true 或 false", "'shorten' is true or false")
    return signer, shorten


def _bad(code: str, zh: str, en: str) -> BadInput:
    return BadInput(
        Reason(
            code,
            Text(zh, en),
            None,
            Text("字段：signer（签发人姓名）、shorten?", "the fields are signer (a person's name) and shorten?"),
        )
    )
