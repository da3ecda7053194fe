"""A plan applied: one event per case under a named person, a hundred cases a transaction. History keeps old and new,
and who decided.

Each transaction has its own entry in the register: a process that is killed leaves whole batches behind, and the next
run goes on with what is left of the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from gongxiang.errors import AlreadyDone, OutOfOrder, Reason, Text
from gongxiang.workflow import deadline as clock
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.keys import Call, digest_of, replay
from gongxiang.workflow.reach import Reach
from gongxiang.workflow.recalculation import (
    ACTED_SINCE,
    EARLIER,
    SANCTION,
    WOULD_BE_LATE,
    Change,
    Move,
    Recalculated,
    changes,
    replayed,
)
from gongxiang.workflow.receipt import receipt_for
from gongxiang.workflow.signing import signed
from gongxiang.workflow.store.reached import Firsts, Reached
from gongxiang.workflow.vocabulary import Role
from gongxiang.workflow.work import Work

BATCH = 100
"""How many cases are dealt with in one transaction."""

Progress = Callable[[int, int], object]
"""Is told after each transaction how many cases have been looked at, of how many."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one transaction did. `last`: nothing is left after it. `looked`: at how many cases, of `of` in all where
    that was counted. `whole`: it is the result of an earlier run, all of it.
    """

    done: Recalculated
    last: bool
    looked: int = 0
    of: int = 0
    whole: bool = False


class Recalculation:
    """One decision to recalculate, carried out batch by batch.

    `verb` and `content` are what the call says, `key` its idempotency key: each batch has the key with its number, and
    the last one the key itself, so that a run which was killed is finished under the same key and answers for all of
    it. `enter` is done first, in the transaction of the first batch. `at_once`: everything is one transaction.
    """

    def __init__(
        self,
        verb: str,
        content: Sequence[Any],
        key: str | None,
        *,
        by: str,
        at: datetime,
        payload: Mapping[str, Any],
        enter: Callable[[Work], object] = lambda _: None,
        at_once: bool = False,
    ) -> None:
        self.call = Call(verb, content, key)
        self._digest = digest_of(f"{verb}, a batch", *content)
        self._by, self._at, self._payload = by, at, payload
        self._enter = enter
        self._most = None if at_once else BATCH
        self._reach: Reach | None = None

    def run(
        self, unit: Callable[[Callable[[Work], Part]], Part], progress: Progress | None, stop: Callable[[], bool]
    ) -> Recalculated:
        """Do it, each batch as a `unit` of work, unless an earlier run did; end between two batches when `stop` says
        so.
        """
        parts: list[Part] = []
        while not (parts and (parts[-1].last or stop())):
            parts.append(unit(lambda work: self._part(work, parts, counts=progress is not None)))
            of = max(part.of for part in parts)
            if progress is not None and of:
                progress(of if parts[-1].last else min(of, sum(part.looked for part in parts)), of)
        return _together(parts)

    def _part(self, work: Work, parts: Sequence[Part], *, counts: bool) -> Part:
        key = _numbered(self.call.key, len(parts) + 1)
        if (receipt := self.call.replay(work)) is not None:
            return Part(replayed(work, receipt), last=True, whole=True)
        if (receipt := replay(work.transaction, key, self._digest)) is not None:
            return Part(replayed(work, receipt), last=False)
        if not parts:
            self._enter(work)
        batch = Batch(work, self._by, self._at, self._payload)
        firsts = self._firsts(batch)
        of = batch.reached.owed(firsts) if counts and not any(part.of for part in parts) else 0
        if not parts:
            batch.refuse_again(firsts)
            batch.refuse_late()
        last = batch.pick(firsts, _behind(parts), self._most)
        moved, left = batch.stage()
        if moved or left or (last and not parts):
            batch.enter(moved, left)
        part = Part(Recalculated(moved, left, receipt_for(work.events, self._at)), last, batch.looked, of)
        if last:
            self.call.finish(work, _together([*parts, part]).receipt)
        else:
            work.finish(part.done.receipt, key, self._digest)
        return part

    def _firsts(self, batch: Batch) -> Firsts:
        if self._reach is None or self._reach.edition.id != batch.edition.id:
            self._reach = Reach(batch.edition, batch.work.register.notices)
        return self._reach.firsts(batch.reached.editions())


class Batch:
    """The cases of one transaction."""

    def __init__(self, work: Work, by: str, at: datetime, payload: Mapping[str, Any]) -> None:
        self.work, self.reached = work, Reached(work.transaction)
        self.edition = work.edition(beijing(at).date())
        self.looked = 0
        self._by, self._at = by, at
        self._signer, self._shorten = signed(work, by, at, payload)
        self._names: list[str] = []

    def refuse_again(self, firsts: Firsts) -> None:
        """Raise AlreadyDone where this edition was recalculated for before and nothing is left to move."""
        before = self.work.register.recalculations.get(self.edition.id)
        if before is None:
            return
        for case in self.reached.owing(firsts):
            if any(self._moves(change) for change in changes(self.work, case, self._at, self.edition)):
                return
        signer = self.work.transaction.register_events(before)[0].content["signer"]
        raise AlreadyDone(
            Reason(
                "already_recalculated",
                Text(
                    f"依据日历版本{self.edition.id}的重新计算已由{signer}办理",
                    f"{signer} has already recalculated for edition {self.edition.id}",
                ),
                None,
                Text("没有期限需要移动", "no deadline is left to move"),
            )
        )

    def refuse_late(self) -> None:
        """Raise OutOfOrder where, before anything is moved, a case that would move has an act after the moment of the
        recalculation.
        """
        for case in self.reached.acted_since(self._at):
            if any(self._moves(change) for change in changes(self.work, case, self._at, self.edition)):
                late = self.work.too_late(case, self._at)
                assert late is not None, "it was found by its last event"
                raise OutOfOrder(late)

    def pick(self, firsts: Firsts, behind: Sequence[str], most: int | None) -> bool:
        """Take up the next cases that this edition dates otherwise, up to `most`; return whether they are the last."""
        found = self._changing(firsts, behind)
        for self.looked, name in islice(found, most):
            self._names.append(name)
        self.reached.read(self._names)
        return next(found, None) is None

    def _changing(self, firsts: Firsts, behind: Sequence[str]) -> Iterator[tuple[int, str]]:
        for number, case in enumerate(self.reached.owing(firsts, behind), start=1):
            if any(changes(self.work, case, self._at, self.edition)):
                yield number, case.case

    def stage(self) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
        """Stage one event for each case of which something moves; return what is moved, and what is left.

        A deadline that would become earlier is moved only by the signer's explicit word (`shorten`): a limit once
        communicated is not shortened otherwise. A sanction that rests on a lapse is left to the steps of its case
        (restore_limit). A case with an act after the moment of the recalculation is left: people go on acting while it
        runs.
        """
        moved: list[Move] = []
        left: list[Move] = []
        for name in self._names:
            case = self.work.need(name)
            late = self.work.too_late(case, self._at) is not None
            taken: list[Change] = []
            for change in changes(self.work, case, self._at, self.edition):
                if not self._moves(change):
                    left.append(change.move)
                elif late:
                    left.append(replace(change.move, kind=ACTED_SINCE))
                else:
                    taken.append(change)
            if taken:
                self._move(name, taken)
                moved += [change.move for change in taken]
        return tuple(moved), tuple(left)

    def _moves(self, change: Change) -> bool:
        kind = change.move.kind
        return kind != SANCTION and (self._shorten or kind not in (EARLIER, WOULD_BE_LATE))

    def _move(self, name: str, taken: Sequence[Change]) -> None:
        case = self.work.need(name)
        effects = [
            {
                "do": "move",
                "limit": change.deadline.limit,
                "why": "recalculate",
                "old": change.deadline.due.isoformat(),
                "deadline": clock.as_record(clock.moved(change.deadline, change.due, seq=case.version + 1)),
                "sheet": {**change.due.sheet(), "known_on": beijing(self._at).date().isoformat()},
            }
            for change in taken
        ]
        case = self.work.record(
            case,
            at=self._at,
            kind="recalculation",
            name="recalculate",
            by=self._by,
            role=Role.AUTHORITY.value,
            payload={"signer": self._signer, **({"shorten": True} if self._shorten else {})},
            effects=effects,
        )
        self.work.settle_lapses(case, self._at)

    def enter(self, moved: Sequence[Move], left: Sequence[Move]) -> None:
        """Stage the entry of the register."""
        entry = {
            "edition": self.edition.id,
            "signer": self._signer,
            "cases": sorted({move.case for move in moved}),
            "moved": [move.as_record() for move in moved],
            "left": [move.as_record() for move in left],
        }
        self.work.append_to_register("recalculation", self.edition.id, entry, self._at, self._by)


def _numbered(key: str | None, number: int) -> str | None:
    return None if key is None else f"{key} [{number}]"


def _behind(parts: Sequence[Part]) -> list[str]:
    """Return names of which the last in order is the last case dealt with."""
    done = next((part.done for part in reversed(parts) if part.done.moved or part.done.left), None)
    return [moves[-1].case for moves in (done.moved, done.left) if moves] if done else []


def _together(parts: Sequence[Part]) -> Recalculated:
    """Return what the parts did as one result. Its receipt is that of the first act, and names every event."""
    if parts[-1].whole or len(parts) == 1:
        return replace(parts[-1].done, finished=parts[-1].last)
    receipts = [part.done.receipt for part in parts]
    first = next((receipt for receipt in receipts if receipt.recorded), receipts[0])
    return Recalculated(
        tuple(chain.from_iterable(part.done.moved for part in parts)),
        tuple(chain.from_iterable(part.done.left for part in parts)),
        replace(first, recorded=tuple(chain.from_iterable(one.recorded for one in receipts)), replayed=False),
        finished=parts[-1].last,
    )
