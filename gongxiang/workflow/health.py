"""Whether the workers keep up: who works, what has passed and is not on record, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gongxiang import calendars
from gongxiang.calendars import Edition
from gongxiang.errors import Language, Reason, Text
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import beijing, legal_end
from gongxiang.workflow.incidents import Incident, incident
from gongxiang.workflow.lapse import held_in
from gongxiang.workflow.readable import UNREADABLE
from gongxiang.workflow.store.attempts import SILENT_SECONDS, Mark
from gongxiang.workflow.store.workers import Attendance
from gongxiang.workflow.views import iso
from gongxiang.workflow.work import Work

LATE = timedelta(hours=1)
"""How long after its end a deadline may be unrecorded before the workers do not keep up."""

LATENESS = {
    "under_a_minute": timedelta(minutes=1),
    "under_an_hour": LATE,
    "under_a_day": timedelta(days=1),
    "under_a_week": timedelta(weeks=1),
}
MORE = "more"

PAGE = 1_000
"""How many cases are read at once to tell what is held back from what a sweep would record."""

MOST_UNSEALED = 100_000
"""How far unsealed events are counted."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the machinery stands at a moment.

    `lateness` counts the deadlines that have passed unmet and are not on record, by how long ago they ended; `held` of
    them are held back because a known notice moves them. `waiting` are the cases in which a sweep would record
    something now, `oldest` the end of the first of these deadlines; `partial` says that there may be more.
    `unsealed` events were written since the ledger was last sealed, at `sealed_at`; `calendar` is what notices cover.
    """

    now: datetime
    workers: tuple[Attendance, ...]
    lateness: Mapping[str, int]
    held: int
    waiting: int
    oldest: datetime | None
    partial: bool
    incidents: tuple[Incident, ...]
    unsealed: int
    sealed_at: datetime | None
    calendar: calendars.Status

    @property
    def wanting(self) -> tuple[Reason, ...]:
        """What a person has to look at, each with its mend; nothing when all is well."""
        return tuple(_wanting(self))

    def standing(self, worker: Attendance) -> str:
        """Return "stopped", "silent" for one that ended without a word or cannot reach the database, or "running"."""
        if worker.stopped_at is not None:
            return "stopped"
        return "running" if self.was_seen(worker) else "silent"

    def was_seen(self, worker: Attendance) -> bool:
        """Return whether the worker was seen of late. One of the future was seen before the clock was set back."""
        return abs((self.now - worker.seen_at).total_seconds()) < SILENT_SECONDS

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return JSON-able values, the reasons in `language`."""
        return {
            "now": iso(self.now),
            "ok": not self.wanting,
            "wanting": [reason.as_json(language) for reason in self.wanting],
            "workers": [
                {
                    "worker": one.worker,
                    "standing": self.standing(one),
                    "host": one.host,
                    "pid": one.pid,
                    "started_at": iso(one.started_at),
                    "seen_at": iso(one.seen_at),
                    "stopped_at": iso(one.stopped_at),
                    "told": one.told,
                }
                for one in self.workers
            ],
            "overdue": {
                "total": sum(self.lateness.values()),
                "lateness": dict(self.lateness),
                "held": self.held,
                "waiting": self.waiting,
                "oldest": iso(self.oldest),
                "partial": self.partial,
            },
            "incidents": [one.as_record() for one in self.incidents],
            "unsealed": self.unsealed,
            "unsealed_partial": self.unsealed >= MOST_UNSEALED,
            "sealed_at": iso(self.sealed_at),
            "calendar": self.calendar.as_record(),
        }


def health(work: Work, now: datetime) -> Health:
    """Return how the machinery stands at `now`. Its cost follows what is due, within bounds, not what is stored."""
    workers, attempts = work.transaction.workers, work.transaction.attempts
    sealed = work.transaction.seals.newest()
    counts = workers.late(now, [now - one for one in LATENESS.values()])
    held, waiting, partial = _looked_at(work, now)
    today = beijing(now).date()
    return Health(
        now=now,
        workers=tuple(workers.all()),
        lateness=dict(zip([*LATENESS, MORE], counts, strict=True)),
        held=held,
        waiting=len(waiting),
        oldest=min(waiting, default=None),
        partial=partial,
        incidents=tuple(incident(one) for one in attempts.all(now)),
        unsealed=workers.unsealed(MOST_UNSEALED),
        sealed_at=sealed.sealed_at if sealed else None,
        calendar=calendars.status(work.edition(today), today),
    )


def _looked_at(work: Work, now: datetime) -> tuple[int, list[datetime], bool]:
    """Return how many deadlines are held back, the ends of the first unrecorded deadline of each case that waits for a
    sweep, and whether there are more cases than were looked at: that ends with the page on which one waits.
    """
    edition = work.edition(beijing(now).date())
    held, waiting = 0, list[datetime]()
    after: Mark | None = None
    while True:
        due, after = work.transaction.attempts.due(now, after, PAGE, now)
        work.transaction.preload([one.case for one in due])
        for one in due:
            try:
                back, ends = _standing(work.need(one.case), work, edition, now)
            except UNREADABLE:  # a sweep will say so, and till then nothing is recorded
                back, ends = 0, [beijing(one.alarm)]
            held += back
            waiting += ends[:1]
        if waiting or after is None:
            return held, waiting, after is not None


def _standing(case: Case, work: Work, edition: Edition, now: datetime) -> tuple[int, list[datetime]]:
    """Return how many deadlines of the case are held back, and the ends of those that a sweep would record."""
    back = {each.limit for each in held_in(case, now, edition, work.counting)}
    passed = [each for each in case.deadlines.values() if each.may_lapse and each.ends_before <= now]
    return len(back), sorted(legal_end(each, edition, work.counting) for each in passed if each.limit not in back)


def _wanting(seen: Health) -> list[Reason]:
    found = []
    if seen.waiting and not any(seen.was_seen(worker) for worker in seen.workers):
        found.append(_no_worker(seen))
    if seen.oldest is not None and seen.now - seen.oldest >= LATE:
        found.append(_behind(seen, seen.oldest))
    open_ = [one for one in seen.incidents if one.state == "incident"]
    if open_:
        found.append(
            Reason(
                "incident",
                Text(
                    f"有 {len(open_)} 件案件多次清查失败",
                    f"cases that could not be swept after several tries: {len(open_)}",
                ),
                None,
                Text("请运行 scheduler incidents 查看", "see `scheduler incidents`"),
            )
        )
    return found


def _no_worker(seen: Health) -> Reason:
    last = max((worker.seen_at for worker in seen.workers), default=None)
    when = Text("从未有过", "there never was one")
    if last is not None:
        when = Text(f"最近一次为 {beijing(last):%Y-%m-%d %H:%M}", f"the last at {beijing(last):%Y-%m-%d %H:%M}")
    return Reason(
        "no_worker",
        Text(
            f"有期限届满待记录，但 {SILENT_SECONDS // 60} 分钟内没有运行中的工作进程（{when.zh}）",
            f"deadlines wait to be recorded, and no worker was seen for {SILENT_SECONDS // 60} minutes ({when.en})",
        ),
        None,
        Text("请启动 gongxiang scheduler run", "start `gongxiang scheduler run`"),
    )


def _behind(seen: Health, oldest: datetime) -> Reason:
    count = f"{seen.waiting}{'+' if seen.partial else ''}"
    return Reason(
        "behind",
        Text(
            f"{count} 件案件有届满而未记录的期限，最早的于 {oldest:%Y-%m-%d %H:%M} 届满",
            f"cases with a deadline that passed and is not on record: {count}; the first ended {oldest:%Y-%m-%d %H:%M}",
        ),
        None,
        Text(
            "清查没有运行或跟不上：请看日志，或增加工作进程",
            "sweeps do not run or do not keep up: read the log, or start more workers",
        ),
    )
