"""What stands around the ledger and the case rows: the receipts of idempotency keys, the rule books, the triggers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import document_hash, local
from gongxiang.workflow.verify.findings import Finding, named, versus

Record = Mapping[str, Any]
_ILL_FORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError)


class Receipts:
    """What receipts may say of the events that went by. Of each event two fingerprints are kept."""

    def __init__(self) -> None:
        self._events: set[int] = set()
        self._acts: set[int] = set()

    def passing(self, rows: Iterable[Record]) -> Iterator[Record]:
        """Yield the events as they come, keeping what receipts may say of them."""
        for row in rows:
            # An event that cannot be read has its own finding, and no receipt can be of it.
            with suppress(*_ILL_FORMED):
                self._take(row)
            yield row

    def _take(self, row: Record) -> None:
        body = json.loads(row["body"])
        moments = [local(row[name]) for name in ("at", "recorded_at") if isinstance(row[name], datetime)]
        said = (row["name"], row["by"], *moments, body.get("from"), body.get("to", ""), row["hash"])
        self._events.add(hash((row["case"], row["seq"], row["kind"], row["name"])))
        self._acts.add(hash((row["case"], row["seq"], *said)))

    def compare(self, keys: Iterable[tuple[Any, Any]]) -> Iterator[Finding]:
        """Yield a finding for every key (with its receipt's text, in the order of the keys) that stands twice, or
        whose receipt is not of the ledger.
        """
        before: Any = None
        for key, receipt in keys:
            try:
                found = self._against(json.loads(receipt)) if isinstance(receipt, str) else ("", "key_differs")
            except _ILL_FORMED:
                found = "", "key_differs"
            if key == before or not isinstance(key, str):
                found = "", "key_differs"
            before = key
            if found:
                yield Finding(found[0], 0, found[1], named(key))

    def _against(self, receipt: Record) -> tuple[str, str] | None:
        case, recorded = receipt["case"], [tuple(entry) for entry in receipt["recorded"]]
        if any(len(entry) != 4 or hash(entry) not in self._events for entry in recorded):
            return str(case), "key_orphan"
        if not recorded and not receipt["hash"]:
            return None  # a recalculation may move nothing: its receipt names no event
        said = tuple(receipt[name] for name in ("step", "by", "at", "recorded_at", "from_state", "to_state", "hash"))
        mine = [seq for one, seq, _, _ in recorded if one == case]
        own = [seq for seq in mine if hash((case, seq, *said)) in self._acts]
        if not own or receipt["version"] not in (*own, max(mine)) or not isinstance(receipt["version"], int):
            return str(case), "key_differs"
        return None


def documents(rows: Iterable[tuple[Any, Any, Any]], found: list[Finding]) -> Mapping[str, Record]:
    """Return the rule books' documents by hash from rows of hash, id and text; one that cannot be read is empty.

    A row that is not named as its document, or stands twice, is put into `found`.
    """
    read: dict[str, Record] = {}
    for version, name, text in rows:
        document = _document(text)
        if not isinstance(version, str) or version in read:
            found.append(Finding("", 0, "rule_book", named(version)))
            continue
        read[version] = document
        if document and document.get("id") != name:
            found.append(Finding("", 0, "rule_book", versus(document.get("id"), name, "id")))
    return read


def _document(text: Any) -> Record:
    try:
        document = json.loads(text) if isinstance(text, str) else None
        document_hash(document)
    except _ILL_FORMED:
        return {}
    return document if isinstance(document, dict) else {}


def altered_triggers(wanted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for every trigger that is missing, says something else, or is not the program's."""
    for name in sorted({*wanted, *found}):
        if name not in found:
            yield Finding("", 0, "trigger", Text(f"缺少{name}", f"{name} is missing"))
        elif wanted.get(name) != found[name]:
            yield Finding("", 0, "trigger", named(name))
