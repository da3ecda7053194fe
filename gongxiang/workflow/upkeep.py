"""What is done to the database as a whole: notices entered, lapses found, deadlines recalculated, cases moved to
another rule book, rows rebuilt. Each call is one transaction, but what may concern any number of cases is done in
batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from gongxiang.calendars import Notice
from gongxiang.errors import BadInput, Reason, Refused, Text
from gongxiang.workflow import given, incidents, migrating, moving_document, sealing, sweeping
from gongxiang.workflow.attending import Attending
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.given import aware
from gongxiang.workflow.incidents import Incident
from gongxiang.workflow.keys import Call
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.rebuilding import rebuild
from gongxiang.workflow.recalculating import Progress, Recalculation
from gongxiang.workflow.recalculation import Recalculated
from gongxiang.workflow.receipt import Receipt, receipt_for
from gongxiang.workflow.register import ALWAYS
from gongxiang.workflow.sealing import Seal
from gongxiang.workflow.store import Transaction
from gongxiang.workflow.store.transaction import batches
from gongxiang.workflow.work import Work

Result = TypeVar("Result")


class Upkeep(Attending):
    """A database with its law and calendar, as far as it is kept up."""

    # The calendar

    def import_notice(
        self, notice: Notice, *, at: datetime | None = None, by: str = "", recorded_at: datetime | None = None
    ) -> Receipt:
        """Enter one holiday notice and move nothing: `import_notices` with one notice and no signer."""
        at, by = aware(at) if at else None, given.name(by, "by")

        def enter(work: Work) -> Receipt:
            moment = self._enter([notice], work, at, by)
            work.flush()
            return receipt_for(work.recorded, moment)

        return self._unit(enter, at, recorded_at)

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
        progress: Progress | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Recalculated:
        """Enter holiday notices, all or none; with a `signer`, also apply the plan they bring, as `recalculate` does.

        Without a signer no deadline moves; `recalculation_plan` says which would. `by` takes part at `at`, or is empty
        where nobody is registered yet; a signer needs an authority. The notices are entered with the first batch of
        cases: where it ends early, `recalculate` or the same key goes on. Raises FaultyNotice for one that does not
        fit the notices known, AlreadyDone for one that is known, and what `register` and `recalculate` raise.
        """
        at, by, entered = aware(at), given.name(by, "by"), list(notices)
        signed = (
            given.record({"signer": signer, "shorten": shorten}, "payload") if signer is not None or shorten else None
        )
        content = [notice.as_record() for notice in entered], by, signed, at
        if signed:
            run = Recalculation(
                "import_notices",
                content,
                idempotency_key,
                by=by,
                at=at,
                payload=signed,
                enter=lambda work: self._enter(entered, work, at, by),
                at_once=self._store.hosted,
            )
            return run.run(lambda do: self._unit(do, at, recorded_at, run.call), progress, stop)
        call = Call("import_notices", content, idempotency_key)

        def enter(work: Work) -> Recalculated:
            if (done := call.replay(work)) is None:
                self._enter(entered, work, at, by)
                done = call.finish(work, receipt_for(work.recorded, at))
            return Recalculated((), (), done)

        return self._unit(enter, at, recorded_at, call)

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

    def sweep(
        self,
        *,
        now: datetime,
        dry_run: bool = False,
        recorded_at: datetime | None = None,
        worker: str = "",
        stop: Callable[[], bool] = lambda: False,
    ) -> sweeping.Swept:
        """Find and record what has lapsed up to `now`, each lapse once; say what a known notice holds back.

        Up to a hundred cases are one transaction. A case that cannot be read is said to have failed and holds up no
        other; after five tries in vain, the deaths of workers included, it is an incident (`incidents`) and left alone.
        `worker` is who sweeps; `stop` is asked between two transactions. In a host's session all is the host's
        transaction.
        """
        now = aware(now)
        if dry_run:
            parts: list[sweeping.Swept] = []
            with self._store.read() as transaction:
                for page in batches(transaction.alarms(now)):
                    parts.append(sweeping.sweep(self._begin(transaction, ALWAYS, writes=False), now, page))
                    transaction.forget()
            return sweeping.together(parts, now, whole=True)
        told, clock = self._recorded(now, recorded_at), beijing(self._clock())

        def begin(transaction: Transaction) -> Work:
            return self._begin(transaction, told or max(beijing(self._clock()), now), writes=True)

        return sweeping.Sweeper(self._store, begin, now, clock, worker).run(stop)

    def incidents(self) -> tuple[Incident, ...]:
        """Return the cases that could not be swept, those tried most often first: failing, given up, or set aside."""
        with self._store.read() as transaction:
            return tuple(incidents.incident(one) for one in transaction.attempts.all(beijing(self._clock())))

    def retry(self, case: str, *, by: str, at: datetime, reasons: str, recorded_at: datetime | None = None) -> Receipt:
        """Let a case that could not be swept be tried afresh; `by` is an authority. One entry in the register."""
        return self._settle(incidents.RETRY, case, by, at, reasons, recorded_at)

    def set_aside(
        self, case: str, *, by: str, at: datetime, reasons: str, recorded_at: datetime | None = None
    ) -> Receipt:
        """Let sweeps pass over a case that could not be swept; `by` is an authority. One entry in the register."""
        return self._settle(incidents.SET_ASIDE, case, by, at, reasons, recorded_at)

    def _settle(
        self, what: str, case: str, by: str, at: datetime, reasons: str, recorded_at: datetime | None
    ) -> Receipt:
        at, case, by = aware(at), given.name(case, "case"), given.name(by, "by")
        said = given.record({"what": what, "reasons": reasons}, "incident")
        told = self._recorded(at, recorded_at)

        def settle(transaction: Transaction) -> Receipt:
            work = self._begin(transaction, told or max(beijing(self._clock()), at), writes=True)
            incidents.settle(work, case, by, at, said, beijing(self._clock()))
            work.flush()
            return receipt_for(work.recorded, at)

        return self._store.unit(settle, locks=True)

    def recalculate(
        self,
        *,
        by: str,
        at: datetime,
        payload: Mapping[str, Any],
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
        progress: Progress | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Recalculated:
        """Apply the plan that the notices published by the day of `at` bring, under the `signer` that the payload
        names.

        `by` is an authority. A deadline is made earlier only with `shorten: true` in the payload. One event per case;
        up to a hundred cases are one transaction, and a host's session is one of its own. `progress` is told after each
        how many cases are done, of how many; `stop` is asked between two. Whatever ended a recalculation early, the
        next one goes on with the rest, and the same idempotency key gets the result of all of it.
        """
        at, payload, by = aware(at), given.record(payload, "payload"), given.name(by, "by")
        run = Recalculation(
            "recalculate",
            (by, payload, at),
            idempotency_key,
            by=by,
            at=at,
            payload=payload,
            at_once=self._store.hosted,
        )
        return run.run(lambda do: self._unit(do, at, recorded_at, run.call), progress, stop)

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
        read = moving_document.read(given.record(document, "document"), to)
        signer = given.record({"signer": signer}, "migrate")["signer"]
        call = Call("migrate", (dict(read.said), to.hash, by, signer, at), idempotency_key)

        def migrate(work: Work) -> migrating.Migrated:
            if (done := call.replay(work)) is not None:
                return migrating.Migrated((), done)
            moved = migrating.apply(work, read, by, at, signer)
            return migrating.Migrated(moved, call.finish(work, receipt_for(work.recorded, at)))

        return self._unit(migrate, at, recorded_at, call)

    # The record

    def seal(self, *, now: datetime, stop: Callable[[], bool] = lambda: False) -> Seal:
        """Append every event that is not sealed yet to the Merkle log; return the last seal, whose `size` and `root`
        are what to keep outside. Where nothing is new it is the one that stood there.

        Ten thousand events are one transaction and one seal; `stop` is asked between two. In a host's session all is
        the host's transaction. Raises StoreError where the last seal is spoiled.
        """
        return sealing.seal(self._store, aware(now), stop=stop)

    def rebuild(self) -> int:
        """Write every case row anew from the ledger; return how many differed from what stood there."""

        def again(transaction: Transaction) -> int:
            return rebuild(self._begin(transaction, beijing(self._clock()), writes=True))

        return self._store.unit(again, locks=True)

    def close(self) -> None:
        """Give back the connections."""
        self._store.close()

    def _unit(
        self,
        do: Callable[[Work], Result],
        at: datetime | None,
        recorded_at: datetime | None,
        call: Call | None = None,
        case: str | None = None,
    ) -> Result:
        """Return what `do` returns, done in one unit of work that it ends by writing. It may run several times."""
        moment = self._recorded(at, recorded_at)

        def once(transaction: Transaction) -> Result:
            transaction.look_up(case, call.key if call else None)
            # Asked only now: whoever waited for his turn records after those who went before him.
            recorded = moment or max(beijing(self._clock()), at or ALWAYS)
            try:
                return do(self._begin(transaction, recorded, writes=True))
            except Refused:
                if call is None or call.key is None or not transaction.has_key_now(call.key):
                    raise
                # The same act was sent twice at once, and the other one stands by now: its receipt is the answer.
                return do(self._begin(transaction, recorded, writes=True))

        return self._store.unit(once)

    def _recorded(self, at: datetime | None, recorded_at: datetime | None) -> datetime | None:
        """Return the moment of recording that was told, or None. Raises BadInput for one before `at`."""
        moment = aware(recorded_at) if recorded_at else None
        if moment is not None and at is not None and moment < at:
            raise BadInput(
                Reason(
                    "recorded_before",
                    Text(
                        f"记录时刻{moment:%Y-%m-%d %H:%M}早于行为时刻{beijing(at):%Y-%m-%d %H:%M}",
                        f"recorded at {moment:%Y-%m-%d %H:%M}, before it happened ({beijing(at):%Y-%m-%d %H:%M})",
                    ),
                    None,
                    Text("请核对 at 与 recorded_at", "check `at` and `recorded_at`"),
                )
            )
        return moment
