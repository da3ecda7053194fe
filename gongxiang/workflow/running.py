"""Running errands: each by the one worker that has taken it, and none so that its failure stops another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from gongxiang import calendars
from gongxiang.workflow import errands, hooking
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.errands import Errand
from gongxiang.workflow.logbook import Logbook, Severity
from gongxiang.workflow.readable import UNREADABLE, why
from gongxiang.workflow.reminding import reminders
from gongxiang.workflow.views import iso

HOOK_SECONDS = 240.0
"""How long the lines of one errand may take the hook in all: sweeps wait meanwhile."""


class Runner:
    """Runs the errands of one worker. `hook` is a program that gets each reminder and warning as one line of JSON;
    `stop` says whether the worker is to end.
    """

    def __init__(
        self, engine: Engine, worker: str, *, log: Logbook, hook: str | None, stop: Callable[[], bool]
    ) -> None:
        self._engine, self._worker, self._log, self._hook, self._stop = engine, worker, log, hook, stop
        self.last: str | None = None
        """The errand that this worker has taken last."""

    def run(self, errand: Errand, now: datetime) -> bool:
        """Run an errand unless somebody has; return whether it is done. What stops it does not stop the worker: it is
        tried again at the next waking while it is still of use.
        """
        run = {errands.REMINDER: self._remind, errands.SEAL: self._seal, errands.WARNING: self._warn}[errand.kind]
        try:
            if not self._engine.is_taken(errand.name):
                run(errand, now)
        except UNREADABLE as error:
            self._log.say("errand_failed", "error", errand=errand.name, error=why(error))
            return False
        return True

    def _remind(self, errand: Errand, now: datetime) -> None:
        edition = self._engine.edition(now.date())
        if not errands.is_working_day(edition, now.date()):
            return
        # All is read before the errand is taken: what stops the reading leaves it to the next waking.
        due_by = errands.next_working_day(edition, now.date())
        board = self._engine.today(now=now, lapses=1, due_by=due_by)
        told = [reminder.as_record() for reminder in reminders(board, edition)]
        unread = [one.case for one in board.unreadable]
        if self._take(errand, now):
            self._hand_over([self._log.say("reminder", hour=iso(errand.hour), **one) for one in told])
            level: Severity = "error" if unread else "info"
            self._log.say("reminded", level, errand=errand.name, departments=len(told), unreadable=unread)

    def _seal(self, errand: Errand, now: datetime) -> None:
        # Sealing twice seals once, so it is done first and then called done: a worker that dies between loses nothing.
        seal = self._engine.seal(now=now, stop=self._stop)
        done = not self._stop() and self._take(errand, now)
        if done or seal.appended:
            self._log.say("sealed", number=seal.number, size=seal.size, root=seal.root, appended=seal.appended)

    def _warn(self, errand: Errand, now: datetime) -> None:
        status = calendars.status(self._engine.edition(now.date()), now.date())
        if status.warning is None or not self._take(errand, now):
            return
        line = self._log.say(
            "notice_missing",
            "warning",
            year=status.missing_year,
            horizon=iso(status.horizon),
            days_left=status.days_left,
            text=status.warning.zh,
            text_en=status.warning.en,
        )
        self._hand_over([line])

    def _take(self, errand: Errand, now: datetime) -> bool:
        taken = self._engine.take_errand(errand.name, worker=self._worker, at=now)
        if taken:
            self.last = errand.name
        return taken

    def _hand_over(self, lines: list[str]) -> None:
        """Give the lines to the hook, one after the other, as long as there is time for it."""
        if self._hook is None:
            return
        end = monotonic() + HOOK_SECONDS
        for number, line in enumerate(lines):
            if self._stop() or monotonic() > end:
                self._log.say("hook_left", "error", lines=len(lines) - number)
                return
            error = hooking.hand_over(self._hook, line, self._stop)
            if error is not None:
                self._log.say("hook_failed", "error", error=error, line=line)
