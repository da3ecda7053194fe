"""The projection written anew from the ledger: whatever was tampered with or lost there stands again as the events
say.
"""

from __future__ import annotations

from collections.abc import Iterable

from gongxiang.errors import Reason, StoreError, Text
from gongxiang.workflow.case import fold
from gongxiang.workflow.ledger import GENESIS, Event, is_sealed
from gongxiang.workflow.work import Work


def rebuild(work: Work) -> int:
    """Write the rows of every case anew from its events; return how many cases stood otherwise.

    A row without events goes. Raises StoreError, having written nothing, for a chain that was changed: from such
    events nothing may be derived.
    """
    differing = 0
    transaction = work.transaction
    for name in transaction.all_names():
        stood = transaction.rows_of(name)
        events = transaction.events(name)
        _refuse_broken(name, events)
        case = fold(events)
        transaction.forget_case(name)
        if case is not None:
            work.project(case, None)
        differing += transaction.rows_of(name) != stood
    return differing


def _refuse_broken(name: str, events: Iterable[Event]) -> None:
    head = GENESIS
    for seq, event in enumerate(events, start=1):
        if event.seq != seq or not is_sealed(event, head):
            raise StoreError(
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
        head = event.hash
