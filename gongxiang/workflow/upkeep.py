"""What is done to the database as a whole: notices entered, lapses found, deadlines recalculated, cases moved to
another rule book, rows rebuilt. Each call is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from gongxiang.calendars import Notice
from gongxiang.errors import BadInput, Reason, Text
from gongxiang.workflow import given, migrating, moving_document, recalculation, sweeping
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.given import aware
from gongxiang.workflow.keys import digest_of, replay
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.questions import Questions
from gongxiang.workflow.rebuilding import rebuild
from gongxiang.workflow.receipt import Receipt, receipt_for
from gongxiang.workflow.register import ALWAYS
from gongxiang.workflow.work import Work


class Upkeep(Questions):
    """A database with its law and calendar, as far as it is kept up."""

    # The calendar

    def import_notice(
        self, notice: Notice, *, at: datetime | None = None, by: str = "", recorded_at: datetime | None = None
    ) -> Receipt:
        """Enter one holiday notice and move nothing: `import_notices` with one notice and no signer."""
        at, by = aware(at) if at else None, given.name(by, "by")
        with self._work(recorded_at, at) as work:
            moment = self._enter([notice], work, at, by)
            work.flush()
            return receipt_for(work.events, moment)

    def import_notices(
        self,
        notices: Iterable[Notice],
        *,
        at: datetime,
        by: str = "",
        signer: str | None = None,
        shorten: bool = False,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> recalculation.Recalculated:
        """Enter holiday notices, all or none; with a `signer`, also apply the plan they bring, as `recalculate` does.

        Without a signer no deadline moves; `recalculation_plan` says which would. `by` takes part at `at`, or is empty
        where nobody is registered yet; a signer needs an authority. Raises FaultyNotice for one that does not fit the
        notices known, AlreadyDone for one that is known, and what `register` and `recalculate` raise.
        """
        at, by, entered = aware(at), given.name(by, "by"), list(notices)
        signed = (
            given.record({"signer": signer, "shorten": shorten}, "payload") if signer is not None or shorten else None
        )
        idempotency_key = given.optional_name(idempotency_key, "idempotency_key")
        with self._work(recorded_at, at) as work:
            key = digest_of("import_notices", [notice.as_record() for notice in entered], by, signed, at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return recalculation.replayed(work, done)
            self._enter(entered, work, at, by)
            moved, left = recalculation.apply_plan(work, by, at, signed) if signed else ((), ())
            receipt = work.finish(receipt_for(work.events, at), idempotency_key, key)
            return recalculation.Recalculated(moved, left, receipt)

    def _enter(self, notices: Sequence[Notice], work: Work, at: datetime | None, by: str) -> datetime:
        if not notices:
            raise BadInput(
                Reason(
                    "missing_field",
                    Text("没有给出放假通知", "no notice is given"),
                    None,
                    Text("请至少给出一份通知", "give at least one notice"),
                )
            )
        work.need_registrar(by, at)
        for notice in notices:
            self._almanac.check(work.register, notice)
            moment = work.append_to_register("notice", notice.id, {"notice": notice.as_record()}, at, by)
        return moment

    # Time

    def sweep(self, *, now: datetime, dry_run: bool = False, recorded_at: datetime | None = None) -> sweeping.Swept:
        """Find and record what has lapsed up to `now`, each lapse once; say what a known notice holds back."""
        now = aware(now)
        if dry_run:
            with self._reading() as work:
                return sweeping.sweep(work, now)
        with self._work(recorded_at, now) as work:
            swept = sweeping.sweep(work, now)
            work.flush()
            return swept

    def recalculate(
        self,
        *,
        by: str,
        at: datetime,
        payload: Mapping[str, Any],
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> recalculation.Recalculated:
        """Apply the plan that the notices published by the day of `at` bring, under the `signer` that the payload
        names.

        `by` is an authority. A deadline is made earlier only with `shorten: true` in the payload. One event per case.
        """
        at, payload, by = aware(at), given.record(payload, "payload"), given.name(by, "by")
        idempotency_key = given.optional_name(idempotency_key, "idempotency_key")
        with self._work(recorded_at, at) as work:
            key = digest_of("recalculate", by, payload, at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return recalculation.replayed(work, done)
            moved, left = recalculation.apply_plan(work, by, at, payload)
            receipt = work.finish(receipt_for(work.events, at), idempotency_key, key)
            return recalculation.Recalculated(moved, left, receipt)

    def migrate(
        self,
        document: Mapping[str, Any],
        *,
        to: RuleBook,
        by: str,
        at: datetime,
        signer: str,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> migrating.Migrated:
        """Move every open case that the document concerns to the rule book `to`, under a named signer: all or none.

        `by` is an authority. The document has `from`, `to`, `reasons`, and per procedure `states` (old to new) and
        `deadlines` (keep, recompute, cancel). Raises BadInput for a faulty document, Refused with every reason where a
        case has no image or would lose a deadline, AlreadyDone where nothing is left to move.
        """
        at, by = aware(at), given.name(by, "by")
        told = moving_document.read(given.record(document, "document"), to)
        signer = given.record({"signer": signer}, "migrate")["signer"]
        idempotency_key = given.optional_name(idempotency_key, "idempotency_key")
        with self._work(recorded_at, at) as work:
            key = digest_of("migrate", dict(told.said), to.hash, by, signer, at)
            if (done := replay(work.transaction, idempotency_key, key)) is not None:
                return migrating.Migrated((), done)
            moved = migrating.apply(work, told, by, at, signer)
            receipt = work.finish(receipt_for(work.events, at), idempotency_key, key)
            return migrating.Migrated(moved, receipt)

    # The record

    def rebuild(self) -> int:
        """Write every case row anew from the ledger; return how many differed from what stood there."""
        with self._work(None, None) as work:
            return rebuild(work)

    def close(self) -> None:
        """Give back the connections."""
        self._store.close()

    @contextmanager
    def _work(self, recorded_at: datetime | None, at: datetime | None) -> Iterator[Work]:
        told = aware(recorded_at) if recorded_at else None
        if told is not None and at is not None and told < at:
            raise BadInput(
                Reason(
                    "recorded_before",
                    Text(
                        f"记录时刻{told:%Y-%m-%d %H:%M}早于行为时刻{beijing(at):%Y-%m-%d %H:%M}",
                        f"recorded at {told:%Y-%m-%d %H:%M}, before it happened ({beijing(at):%Y-%m-%d %H:%M})",
                    ),
                    None,
                    Text("请核对 at 与 recorded_at", "check `at` and `recorded_at`"),
                )
            )
        with self._store.write() as transaction:
            # Asked only now: whoever waited for his turn records after those who went before him.
            yield self._begin(transaction, told or max(beijing(self._clock()), at or ALWAYS), writes=True)
