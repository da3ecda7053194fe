"""The projection written anew from the ledger: whatever was tampered with or lost there stands again as the events
say.
"""

from __future__ import annotations

from typing import Any

from gongxiang.errors import DamagedRecord, Reason, Text
from gongxiang.workflow.case import Case, fold
from gongxiang.workflow.ledger import GENESIS, is_sealed
from gongxiang.workflow.readable import SPOILED
from gongxiang.workflow.store import Changes
from gongxiang.workflow.work import Work


def rebuild(work: Work, *, apply: bool = True) -> int:
    """Write the rows of every case that stands otherwise anew from its events; return how many those are.

    A row without events goes. Without `apply` nothing is written. Raises StoreError, having written nothing, for a
    chain that was changed: from such events nothing may be derived.
    """
    differing = 0
    stored = work.transaction.stored
    for name in stored.names():
        try:
            case = _folded(work, name)
            wanted = _rows(work, case)
        except SPOILED as error:
            raise _broken(name, 0) from error
        # repr tells 1 from True and from 1.0, which are equal.
        if repr(stored.rows_of(name)) == repr(wanted):
            continue
        differing += 1
        if apply:
            work.transaction.forget_case(name)
            if case is not None:
                changes = Changes()
                changes.project(case, None, work.ruling(case))
                work.transaction.write(changes)
    return differing


def _rows(work: Work, case: Case | None) -> tuple[list[Any], list[Any]]:
    if case is None:
        return [], []
    return work.transaction.stored.rows_for(case, work.ruling(case))


def _folded(work: Work, name: str) -> Case | None:
    head = GENESIS
    events = work.transaction.events(name)
    for seq, event in enumerate(events, start=1):
        if event.seq != seq or not is_sealed(event, head):
            raise _broken(name, seq)
        head = event.hash
    return fold(events)


def _broken(name: str, seq: int) -> DamagedRecord:
    return DamagedRecord(
        Reason(
            "broken_chain",
            Text(f"案件{name}第{seq}号事件的链条已断", f"the chain of {name} is broken at event {seq}"),
            None,
            Text(
                "记录曾被改动，请从备份恢复（audit verify）",
                "the record was changed; restore a backup (audit verify)",
            ),
        )
    )
