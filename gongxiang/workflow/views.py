"""What a reader is shown of a case: what `--json` prints, computed from the fold and told `now`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import Counting, Edition
from gongxiang.errors import Language, Reason
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline, beijing, phase
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.procedure import Procedure, RuleBook
from gongxiang.workflow.vocabulary import Phase


def iso(moment: datetime | date | None) -> str | None:
    """Return a moment as Beijing ISO text, a day as YYYY-MM-DD, None as None."""
    if isinstance(moment, datetime):
        return beijing(moment).isoformat()
    return moment.isoformat() if moment else None


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A deadline as it stands at the moment asked about. Moments are aware, days Beijing days. `outer_of` names the
    stricter limit of the same duty, behind which this is the outer legal limit.
    """

    limit: str
    article: str
    owed_by: str
    started_at: datetime
    working_days: int | None
    due: date
    original_due: date
    ends_before: datetime
    phase: Phase
    met_at: datetime | None
    lapsed_at: datetime | None
    provisional: bool
    edition: str
    outer_of: str | None

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "limit": self.limit,
            "article": self.article,
            "owed_by": self.owed_by,
            "started_at": iso(self.started_at),
            "working_days": self.working_days,
            "due": iso(self.due),
            "original_due": iso(self.original_due),
            "ends_before": iso(self.ends_before),
            "phase": self.phase.value,
            "met_at": iso(self.met_at),
            "lapsed_at": iso(self.lapsed_at),
            "provisional": self.provisional,
            "edition": self.edition,
            "outer_of": self.outer_of,
        }


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as it stands at the moment asked about. `retained` is the last day of keeping records, by what is kept."""

    case: str
    procedure: str
    state: str
    final: bool
    version: int
    parties: Mapping[str, str]
    opened_at: datetime
    rules: str
    deadlines: tuple[DeadlineView, ...]
    flags: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    about: str | None
    resource: Mapping[str, Any] | None
    retained: Mapping[str, str]

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "case": self.case,
            "procedure": self.procedure,
            "state": self.state,
            "final": self.final,
            "version": self.version,
            "parties": dict(self.parties),
            "opened_at": iso(self.opened_at),
            "rules": self.rules,
            "deadlines": [deadline.as_record() for deadline in self.deadlines],
            "flags": list(self.flags),
            "links": [{"relation": relation, "case": case} for relation, case in self.links],
            "about": self.about,
            "resource": dict(self.resource) if self.resource else None,
            "retained": dict(self.retained),
        }


@dataclass(frozen=True, slots=True)
class Option:
    """One step or activity, seen by one department at one moment: allowed, or why not; and the due date it would
    create.
    """

    step: str
    title: str
    title_en: str
    allowed: bool
    reasons: tuple[Reason, ...]
    article: str | None
    payload: Mapping[str, str]
    due: Mapping[str, date]

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return JSON-able values with the reasons in `language`."""
        return {
            "step": self.step,
            "title": self.title if language == "zh" else self.title_en,
            "allowed": self.allowed,
            "reasons": [reason.as_json(language) for reason in self.reasons],
            "article": self.article,
            "payload": dict(self.payload),
            "due": {limit: day.isoformat() for limit, day in self.due.items()},
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """A deadline with the computation sheet that its event stored, and the sheets it had before, each with why it
    changed.
    """

    deadline: DeadlineView
    sheet: Mapping[str, Any]
    earlier: tuple[Mapping[str, Any], ...]

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            **self.deadline.as_record(),
            "sheet": dict(self.sheet),
            "earlier": [dict(sheet) for sheet in self.earlier],
        }


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event as people read it."""

    seq: int
    at: datetime
    recorded_at: datetime
    kind: str
    name: str
    by: str
    role: str
    origin: str | None
    target: str
    payload: Mapping[str, Any]
    guards: tuple[Mapping[str, Any], ...]
    effects: tuple[Mapping[str, Any], ...]
    edition: str
    rules: str
    hash: str

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        record = asdict(self)
        record["from"], record["to"] = record.pop("origin"), record.pop("target")
        record["at"], record["recorded_at"] = iso(self.at), iso(self.recorded_at)
        return record


def history_entry(event: Event) -> HistoryEntry:
    """Return the event as people read it."""
    body = event.content
    return HistoryEntry(
        event.seq,
        beijing(event.at),
        beijing(event.recorded_at),
        event.kind,
        event.name,
        event.by,
        body["role"],
        body["from"],
        body["to"],
        body["payload"],
        tuple(body["guards"]),
        tuple(body["effects"]),
        body["edition"],
        event.rules,
        event.hash,
    )


def deadline_view(
    deadline: Deadline, procedure: Procedure, now: datetime, edition: Edition, counting: Counting
) -> DeadlineView:
    """Return the deadline as it stands at `now`, when `edition` says what the published notices say."""
    limit = procedure.limits.get(deadline.limit)
    return DeadlineView(
        limit=deadline.limit,
        article=deadline.article,
        owed_by=deadline.owed_by,
        started_at=deadline.started_at,
        working_days=deadline.working_days,
        due=deadline.due,
        original_due=deadline.original_due,
        ends_before=deadline.ends_before,
        phase=phase(deadline, now, edition, counting),
        met_at=deadline.met_at,
        lapsed_at=deadline.lapsed_at,
        provisional=deadline.provisional,
        edition=deadline.edition,
        outer_of=limit.outer_of if limit else None,
    )


def _stricter_first(case: Case, procedure: Procedure) -> list[Deadline]:
    """Return the deadlines in the order of their start, each outer limit after all that are not."""

    def is_outer(deadline: Deadline) -> bool:
        limit = procedure.limits.get(deadline.limit)
        return limit is not None and limit.outer_of is not None

    return sorted(case.deadlines.values(), key=is_outer)


def case_view(case: Case, book: RuleBook, now: datetime, edition: Edition, counting: Counting) -> CaseView:
    """Return the case as it stands, with the phases of its deadlines at `now`."""
    procedure: Procedure = book.procedures[case.procedure]
    return CaseView(
        case=case.case,
        procedure=case.procedure,
        state=case.state,
        final=procedure.states[case.state].final,
        version=case.version,
        parties=case.parties,
        opened_at=case.opened_at,
        rules=book.version,
        deadlines=tuple(
            deadline_view(one, procedure, now, edition, counting) for one in _stricter_first(case, procedure)
        ),
        flags=case.flags,
        links=case.links,
        about=case.about,
        resource=case.resource,
        retained=case.retained,
    )


def explanations(
    case: Case, procedure: Procedure, events: list[Event], now: datetime, edition: Edition, counting: Counting
) -> list[Explanation]:
    """Return each deadline of the case with the sheets its events stored, the newest first."""
    sheets: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        for effect in event.content["effects"]:
            if "sheet" in effect:
                told = {"seq": event.seq, "recorded_at": iso(event.recorded_at), "by": event.by, "why": event.name}
                signer = event.content["payload"].get("signer")
                sheets.setdefault(effect["limit"], []).append(
                    {**told, **({"signer": signer} if signer else {}), **effect["sheet"]}
                )
    return [
        Explanation(
            deadline_view(deadline, procedure, now, edition, counting),
            sheets[deadline.limit][-1],
            tuple(reversed(sheets[deadline.limit][:-1])),
        )
        for deadline in _stricter_first(case, procedure)
    ]
