"""What a row says, read; and the error where it says what nobody can read, or what the ledger does not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from gongxiang.errors import DamagedRecord, Reason, Text
from gongxiang.workflow import case as cases
from gongxiang.workflow.case import Case
from gongxiang.workflow.ledger import Event


def case_of(name: str, snapshot: str) -> Case:
    """Read a row of the projection. Raises StoreError where somebody has spoiled it, or put another's in its place: the
    ledger has what it said.
    """
    try:
        found = cases.from_text(snapshot)
        if found.case != name:
            raise ValueError(f"it is the row of {found.case}")  # noqa: TRY301  # one way out for all that is wrong
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedRecord(
            Reason(
                "unreadable_case",
                Text(f"案件{name}的状态记录无法读取", f"the row of {name} cannot be read"),
                None,
                Text("请由台账重建（rebuild）", "rebuild it from the ledger (`rebuild`)"),
            )
        ) from error
    return found


def event_of(row: Row[Any]) -> Event:
    """Read a row of the ledger."""
    return Event(
        row.case_id,
        row.seq,
        row.happened_at,
        row.recorded_at,
        row.kind,
        row.name,
        row.actor,
        row.rules,
        row.body,
        row.prev,
        row.hash,
    )


def document_of(version: str, text: object) -> dict[str, Any]:
    """Read the document of a rule book. Raises StoreError where it is not the text whose hash cases are pinned to."""
    if not isinstance(text, str) or sha256(text.encode()).hexdigest() != version:
        raise DamagedRecord(
            Reason(
                "damaged_rule_book",
                Text(
                    f"规则版本{version[:16]}的文本不是案件所依据的文本",
                    f"the rule book {version[:16]} is not the text that cases are pinned to",
                ),
                None,
                Text("请运行 audit verify 核验，并从备份恢复", "run audit verify, and restore a backup"),
            )
        )
    document: dict[str, Any] = json.loads(text)
    return document


def detached(names: Sequence[str]) -> DamagedRecord:
    """Return the refusal to write behind an event that the ledger does not have: with it the chain would be broken."""
    first, others = names[0], len(set(names)) > 1
    zh, en = (f"案件{first}等之一", f"one of {first} and others") if others else (f"案件{first}", first)
    return DamagedRecord(
        Reason(
            "detached_case",
            Text(
                f"{zh}的状态记录与台账的最后一项事件不符", f"the row of {en} does not fit its last event in the ledger"
            ),
            None,
            Text("请由台账重建（rebuild）", "rebuild it from the ledger (`rebuild`)"),
        )
    )
