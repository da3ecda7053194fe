"""The whole ledger verified in one pass: chains, cases, the links between them, the projection, the head.

Nothing of the workflow is used: what is verified here is derived a second time. Rows, rule books, notices and case rows
come in as plain values; of a case only its fold is held, and only while its chain is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.acts import judge
from gongxiang.workflow.verify.between import Between
from gongxiang.workflow.verify.chain import CHINA, FIRST_PREV, Row, document_hash, hash_of, head_of, json_text, row_of
from gongxiang.workflow.verify.counting import PLAIN, Calendars, held_back
from gongxiang.workflow.verify.days import Days
from gongxiang.workflow.verify.event import Event, Fault
from gongxiang.workflow.verify.findings import Finding, Found, Verification, named, versus
from gongxiang.workflow.verify.hand import correction_faults, lapse_faults, recalculation_faults
from gongxiang.workflow.verify.migrated import migration_faults
from gongxiang.workflow.verify.migrations import Migrations
from gongxiang.workflow.verify.moves import Moves
from gongxiang.workflow.verify.opening import opening_faults
from gongxiang.workflow.verify.projection import Projection
from gongxiang.workflow.verify.register import Register
from gongxiang.workflow.verify.standing import Standing
from gongxiang.workflow.verify.tables import Line, Record, Table, Tables

_ILL_FORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError)
"""What reading a body that has not its form can raise; it is then said so."""
_BODY = {"role", "from", "to", "payload", "guards", "effects", "edition"}
_BY_HAND = {
    "lapse": lapse_faults,
    "recalculation": recalculation_faults,
    "correction": correction_faults,
    "migration": migration_faults,
}


def verify_ledger(
    rows: Iterable[Mapping[str, Any]],
    *,
    rule_books: Mapping[str, Record],
    notices: Sequence[Record],
    statutory: Record,
    projections: Iterable[Record] | None = None,
    now: datetime | None = None,
    expected_head: str | None = None,
) -> Verification:
    """Derive everything in the ledger a second time and return what differs, the first broken event first.

    `rows`: the events with the keys of `chain.FIELDS`, chain by chain, the registers' ("") first, each chain in order;
    moments aware. `rule_books`: documents by hash. `notices`: the shipped ones as records; `statutory`: the statutory
    days as data. `projections`: the case rows (None: not compared). `now` (None: the last event's moment) decides what
    is due for a sweep.
    """
    reading = _Reading(rule_books, Calendars(notices, statutory))
    for values in rows:
        try:
            row = row_of(values)
        except _ILL_FORMED as error:
            seq = values.get("seq")
            reading.find(str(values.get("case")), seq if isinstance(seq, int) else 0, "unreadable", named(str(error)))
            continue
        reading.take(row)
    reading.close()
    between = [*reading.between.findings(), *reading.moves.findings(), *reading.migrations.findings()]
    findings = [*reading.found, *between, *reading.projection.compare(projections)]
    order = {case: number for number, case in enumerate(reading.ends)}
    findings.sort(key=lambda one: (order.get(one.case, len(order)), one.seq or _LAST))
    head = head_of((case, seq, end) for case, (seq, end) in reading.ends.items())
    if expected_head is not None and expected_head != head:
        findings.append(Finding("", 0, "head", versus(expected_head, head)))
    return Verification(
        len(reading.ends) - ("" in reading.ends),
        reading.events,
        tuple(findings),
        head,
        reading.unrecorded(now),
        reading.entries,
    )


_LAST = 1 << 62
"""Where a finding about a chain as a whole stands: after those about its events."""


class _Reading:
    """One pass over the ledger."""

    def __init__(self, rule_books: Mapping[str, Record], calendars: Calendars) -> None:
        self.found: list[Finding] = []
        self.ends: dict[str, tuple[int, str]] = {}
        self.events = self.entries = 0
        self.between = Between()
        self.moves = Moves()
        self.migrations = Migrations(rule_books)
        self.projection = Projection()
        self._calendars = calendars
        self._register = Register()
        self._tables = Tables(rule_books)
        self._case: Standing | None = None
        self._table: Table | None = None
        self._broken = False
        self._prev: Row | None = None
        self._last = datetime.min.replace(tzinfo=UTC)
        self._open: list[tuple[datetime, Record, Mapping[str, str]]] = []
        for version, document in rule_books.items():
            if document_hash(document) != version:
                self.find("", 0, "rule_book", named(version))

    def find(self, case: str, seq: int, code: str, detail: Text) -> None:
        """Note a finding."""
        self.found.append(Finding(case, seq, code, detail))

    def take(self, row: Row) -> None:
        """Take in the next event: its place in its chain first, then what it says."""
        self.events += bool(row.case)
        self.entries += not row.case
        self._last = max(self._last, row.at)
        if self._prev is None or self._prev.case != row.case:
            self._end_of_case()
            if row.case in self.ends:
                self.find(row.case, row.seq, "split_chain", named(row.case))
            self._case, self._table, self._broken, self._prev = None, None, False, None
        self._chain(row)
        self.ends[row.case] = (row.seq, row.hash)
        self._prev = row
        if row.recorded_at < row.at:
            self.find(row.case, row.seq, "recorded_early", versus(row.moment, row.recorded_at.isoformat()))
        try:
            if row.case == "":
                self._registered(row)
            elif not self._broken:
                self._event(row)
        except Found as found:
            self.find(row.case, row.seq, found.code, found.detail)
        except _ILL_FORMED as error:
            self.find(row.case, row.seq, "malformed", named(f"{type(error).__name__} {error}"))
            self._broken = True

    def close(self) -> None:
        """Note that the last chain has ended."""
        self._end_of_case()

    def _chain(self, row: Row) -> None:
        """Check seq, prev and hash. After a gap nothing more is derived for the case: what it stands on is missing."""
        before = self._prev
        wanted = before.seq + 1 if before else 1
        if row.seq != wanted:
            self.find(row.case, row.seq, "sequence", versus(wanted, row.seq))
            self._broken = True
        if row.prev != (before.hash if before else FIRST_PREV):
            self.find(row.case, row.seq, "prev", versus(before.hash if before else FIRST_PREV, row.prev))
            self._broken = True
        if (value := hash_of(row)) != row.hash:
            self.find(row.case, row.seq, "hash", versus(value, row.hash))

    # The registers

    def _registered(self, row: Row) -> None:
        entry = self._register.take(row)
        if row.kind not in ("recalculation", "migration"):
            return
        place = row.seq - 1
        actor = self._register.department(row.by, row.at, place)
        if actor is None or actor["kind"] != "authority":
            self.find("", row.seq, "not_an_authority", named(row.by))
        if not str(entry["signer"]).strip():
            self.find("", row.seq, "no_signer", named(row.by))
        if row.kind == "migration":
            for code, detail in self.migrations.entered(row, entry):
                self.find("", row.seq, code, detail)
            return
        self.between.recalculated(row, entry)
        for detail in self.moves.entered(row, entry):
            self.find("", row.seq, "recalculation", detail)
        known = self._calendars.known(self._register.imported(place), row.day)
        if (row.name, entry["edition"]) != (known.id, known.id):
            self.find("", row.seq, "edition", versus(known.id, row.name))

    # Cases

    def _event(self, row: Row) -> None:
        self.moves.passing(row)
        body = json.loads(row.body)
        if json_text(body) != row.body or set(body) - {"opening"} != _BODY:
            raise ValueError("not the canonical body of an event")
        if self._case is None:
            self._begin(row, body["opening"], body["payload"])
        case, table = self._case, self._table
        if case is None or table is None:
            return
        if row.kind != "migration" and row.rules != case.record["rules"]:
            self.find(row.case, row.seq, "pinned_rules", versus(case.record["rules"], row.rules))
        if row.kind != "lapse" and row.at < case.last_at:
            self.find(row.case, row.seq, "out_of_order", versus(case.last_at.isoformat(), row.moment))
        line, faults, place = self._derive(case, row, body, table)
        for code, detail in faults:
            self.find(row.case, row.seq, code, detail)
        if row.kind == "recalculation":
            self.between.recalculation(row, str(body["payload"].get("signer")))
            self.moves.made(row, body)
        elif row.kind == "migration":
            self.migrations.made(row, body["payload"])
            table = self._repinned(row, case) or table
        elif line is not None:
            self.between.act(case, row, body, table, line)
        opens = case.record["version"] == 0
        case.take(row, body)
        self.between.standing(case, row, table, opened=opens)
        if row.kind in ("step", "activity", "recalculation", "migration"):
            case.settled = (row.at, row.seq, place)

    def _begin(self, row: Row, opening: Record, payload: Record) -> None:
        try:
            self._table = self._tables.table(row.rules, opening["procedure"])
        except KeyError:
            self._broken = True
            self.find(row.case, row.seq, "rule_book", named(f"{row.rules} {opening.get('procedure')}"))
            return
        self._case = Standing(row, opening)
        self.between.opening(row, opening, payload, self._table)

    def _repinned(self, row: Row, case: Standing) -> Table | None:
        """Return the table that a migration leads to, by which the case is judged from here on."""
        try:
            self._table = self._tables.table(row.rules, case.record["procedure"])
        except KeyError:
            self._broken = True
            self.find(row.case, row.seq, "rule_book", named(f"{row.rules} {case.record['procedure']}"))
            return None
        return self._table

    def _derive(self, case: Standing, row: Row, body: Record, table: Table) -> tuple[Line | None, list[Fault], int]:
        """Judge the event from each place of the register where it may have been written; the first that fits is it."""
        first: tuple[Line | None, list[Fault], int] | None = None
        for place in self._register.places(row, [row.by, *case.parties.values()]):
            line, faults = _judged(
                Event(case, row, body, table, self._register, place, self._calendars, self._tables, self.migrations)
            )
            if not faults:
                return line, faults, place
            first = first or (line, faults, place)
        assert first is not None
        return first

    def _end_of_case(self) -> None:
        """Find what had to be recorded with the last act; keep what still runs for the verification moment."""
        case, row = self._case, self._prev
        if case is None or self._table is None or row is None:
            return
        broken = self._broken or case.state not in self._table.states
        try:
            self.projection.folded(case.record, self._table, broken=broken)
            if broken:
                return
            if case.settled:
                at, seq, place = case.settled
                for deadline in self._passed(case, at, place):
                    self.find(row.case, seq, "missing_lapse", named(f"{deadline['limit']} {deadline['ends_before']}"))
            for deadline in case.overdue(_NEVER):
                end = datetime.fromisoformat(deadline["ends_before"])
                self._open.append((end, deadline, case.settings.get(deadline["limit"], PLAIN)))
        except Found as found:
            self.find(row.case, row.seq, found.code, found.detail)
        except _ILL_FORMED as error:
            self.find(row.case, row.seq, "malformed", named(f"{type(error).__name__} {error}"))

    def _passed(self, case: Standing, at: datetime, place: int) -> Iterator[Record]:
        calendar = self._calendars.known(self._register.imported(place), at.astimezone(CHINA).date())
        for deadline in case.overdue(at):
            if not held_back(deadline, calendar, case.settings.get(deadline["limit"], PLAIN), at):
                yield deadline

    def unrecorded(self, now: datetime | None) -> int:
        """Return how many limits had passed by `now` without a recorded lapse and are held back by nothing."""
        if not self.events:
            return 0
        now = now or self._last
        calendar = self._calendars.known(self._register.imported(self._register.length), now.astimezone(CHINA).date())
        return sum(_is_due(deadline, calendar, settings, now) for end, deadline, settings in self._open if end <= now)


_NEVER = datetime.max.replace(tzinfo=UTC)


def _is_due(deadline: Record, calendar: Days, settings: Mapping[str, str], now: datetime) -> bool:
    try:
        return not held_back(deadline, calendar, settings, now)
    except (Found, *_ILL_FORMED):
        return False  # such a deadline has its finding already; it cannot be counted


def _judged(event: Event) -> tuple[Line | None, list[Fault]]:
    if by_hand := _BY_HAND.get(event.row.kind):
        if not event.case.state:
            return None, [("not_opened", named(event.row.kind))]
        return None, list(by_hand(event))
    if event.row.kind not in ("step", "activity"):
        return None, [("malformed", named(event.row.kind))]
    line, faults = judge(event)
    if not event.case.state:
        faults += opening_faults(event)
    elif "opening" in event.body:
        faults.append(("not_opened", named(event.row.name)))
    return line, faults
