"""Cases that a sweep could not get through: tried again for a while, then an incident that a person looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gongxiang.errors import AlreadyDone, BadInput, Reason, StepNotAllowed, Text
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.opening import need_department
from gongxiang.workflow.store.attempts import MOST_TRIES, Attempt
from gongxiang.workflow.views import iso
from gongxiang.workflow.vocabulary import Kind
from gongxiang.workflow.work import Work

RETRY, SET_ASIDE = "retry", "set_aside"
KIND = "incident"
"""The kind of the register's entry: what was decided about a case that could not be swept, by whom, and why."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A case that could not be swept: "failing" while it is tried again, "incident" once it is given up, or "aside".

    `error` is what the last try ended with, None where its worker died. Moments are Beijing time.
    """

    case: str
    state: Literal["failing", "incident", "aside"]
    tries: int
    worker: str
    tried_at: datetime
    next_try: datetime
    error: str | None

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "case": self.case,
            "state": self.state,
            "tries": self.tries,
            "worker": self.worker,
            "tried_at": iso(self.tried_at),
            "next_try": iso(self.next_try) if self.state == "failing" else None,
            "error": self.error,
        }


def incident(attempt: Attempt) -> Incident:
    """Return what an attempt that was not finished means."""
    return Incident(
        attempt.case,
        "aside" if attempt.aside else "incident" if attempt.tries >= MOST_TRIES else "failing",
        attempt.tries,
        attempt.worker,
        beijing(attempt.tried_at),
        beijing(attempt.next_try),
        attempt.error,
    )


def settle(work: Work, case: str, by: str, at: datetime, said: Mapping[str, Any], clock: datetime) -> None:
    """Stage what an authority decides about a case that could not be swept. Raises BadInput without reasons,
    StepNotAllowed for another party, AlreadyDone where there is nothing to decide.
    """
    if not str(said["reasons"]).strip():
        raise BadInput(
            Reason(
                "missing_field",
                Text("处理清查异常须说明理由", "what is decided about a failed sweep needs its reasons"),
                None,
                Text("请写明理由（reasons）", "give the reasons"),
            )
        )
    actor = need_department(work.register, by, at)
    if actor.kind is not Kind.AUTHORITY:
        raise StepNotAllowed(
            case,
            said["what"],
            "",
            Reason(
                "wrong_party",
                Text(
                    f"清查异常应由政务数据资源管理部门处理，不是{actor.name}",
                    f"what could not be swept is decided by an authority, not {by}",
                ),
                None,
                Text("请由管理部门指定的人员办理", "let a named person of an authority do it"),
            ),
        )
    if not work.transaction.attempts.decide(case, aside=said["what"] == SET_ASIDE, next_try=clock):
        raise AlreadyDone(
            Reason(
                "no_incident",
                Text(f"案件“{case}”没有待处理的清查异常", f"nothing is left to decide about the sweep of '{case}'"),
                None,
                Text("请用 scheduler incidents 查看", "see `scheduler incidents`"),
            )
        )
    work.append_to_register(KIND, case, dict(said), at, by)
