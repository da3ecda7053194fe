"""A ledger changed at one event in many ways: what stands before the event is verified once, the rest each time."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from tampering import NOTICES, STATUTORY, Ledger, Row

from gongxiang.workflow.verify import Verification, verify_ledger
from gongxiang.workflow.verify import ledger as reading
from gongxiang.workflow.verify.chain import row_of
from gongxiang.workflow.verify.counting import Calendars

Change = Callable[[dict[str, Any]], object]
"""What is done to the body of the event."""


class From:
    """The verification of a ledger, come as far as an event of a case; each time a copy of it goes on from there."""

    def __init__(self, clean: Ledger, case: str, seq: int) -> None:
        self._clean, self._case, self._seq = clean, case, seq
        self._index = clean.index(case, seq)
        begun = reading._Reading(clean.rule_books, Calendars(NOTICES, STATUTORY))
        for row in clean.rows[: self._index]:
            begun.take(row_of(row))
        assert begun.found == []
        # What depends on the registers alone, and on the rule books, every copy has in common.
        self._common = {"calendars": begun._calendars, "tables": begun._tables} if case else {}
        self._begun = self._written(begun)

    def changed(self, change: Change) -> Ledger:
        """Return the ledger with the event changed and the hashes made to fit again."""
        ledger = Ledger([dict(row) for row in self._clean.rows], self._clean.rule_books, [])
        ledger.edit(self._case, self._seq, change)
        ledger.reseal(self._case)
        return ledger

    def verify(self, change: Change) -> Verification:
        """Verify it changed, as `Ledger.verify(projected=False)` does from its beginning."""
        return self._gone_on(self.changed(change), to_the_end=True)

    def finds(self, change: Change) -> bool:
        """Return whether the change is found; nothing is read after the first finding."""
        return not self._gone_on(self.changed(change), to_the_end=False).ok

    def _gone_on(self, ledger: Ledger, *, to_the_end: bool) -> Verification:
        copy = self._read()

        def rows() -> Iterator[Row]:
            for row in ledger.rows[self._index :]:
                if copy.found and not to_the_end:
                    return
                yield row

        def begun(*_: object) -> Any:
            return copy

        with mock.patch.object(reading, "_Reading", begun):
            return verify_ledger(rows(), rule_books=ledger.rule_books, notices=NOTICES, statutory=STATUTORY)

    def _written(self, begun: Any) -> bytes:
        names = {id(one): name for name, one in self._common.items()}

        class Pickler(pickle.Pickler):
            def persistent_id(self, one: Any) -> str | None:
                return names.get(id(one))

        written = io.BytesIO()
        Pickler(written).dump(begun)
        return written.getvalue()

    def _read(self) -> Any:
        common = self._common

        class Unpickler(pickle.Unpickler):
            def persistent_load(self, name: str) -> Any:
                return common[name]

        return Unpickler(io.BytesIO(self._begun)).load()
