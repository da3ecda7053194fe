"""A fact has the time when it happened and the time when it was recorded; what was recorded is never rewritten."""

from __future__ import annotations

import io
from datetime import date

import acts
import pytest
import raw
from acts import at
from sqlalchemy.exc import DBAPIError
from test_host_session import notice_2027

from gongxiang.errors import BadInput, DamagedRecord, Language, OutOfOrder, StoreError
from gongxiang.terminal import show
from gongxiang.workflow import board_screens
from gongxiang.workflow.board import Board
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.labels import Labels


@pytest.fixture
def engine(shared_url: str) -> Engine:
    return acts.engine(shared_url)


def test_an_act_recorded_late_keeps_both_times(engine: Engine) -> None:
    receipt = acts.request(engine, recorded_at=at("2026-02-20T16:30"))

    assert (receipt.at, receipt.recorded_at) == ("2026-02-12T09:00:00+08:00", "2026-02-20T16:30:00+08:00")
    assert engine.case("R-1").deadlines[0].due == date(2026, 2, 26), "the limit runs from when it was received"


def test_without_a_moment_of_recording_the_clock_is_asked_and_an_act_after_it_is_recorded_at_its_own(
    url: str,
) -> None:
    engine = acts.engine(url, clock=lambda: at("2026-02-15T12:00"))

    assert acts.request(engine).recorded_at == "2026-02-15T12:00:00+08:00"
    assert acts.request(engine, "R-2", at=at("2026-02-16T09:00")).recorded_at == "2026-02-16T09:00:00+08:00"


def test_nothing_is_recorded_before_it_happened(engine: Engine) -> None:
    before = acts.heads(engine)

    with pytest.raises(BadInput) as caught:
        acts.request(engine, recorded_at=at("2026-02-12T08:59"))

    assert caught.value.reasons[0].code == "recorded_before"
    assert acts.heads(engine) == before


def test_a_lapse_found_late_is_dated_at_its_legal_moment_and_recorded_when_found(engine: Engine) -> None:
    acts.request(engine)
    engine.sweep(now=at("2026-03-20T10:00"), recorded_at=at("2026-03-21T08:00"))

    lapse = engine.history("R-1")[-1]
    assert (lapse.kind, lapse.at, lapse.recorded_at) == ("lapse", at("2026-02-27T00:00"), at("2026-03-21T08:00"))


def test_what_happened_before_the_last_event_can_no_longer_be_recorded_as_an_act(engine: Engine) -> None:
    acts.request(engine)
    engine.fire("R-1", "refuse", by="police", at=at("2026-02-14T09:00"), payload={"reasons": "超出职权"})
    before = acts.heads(engine)

    with pytest.raises(OutOfOrder) as caught:
        engine.fire("R-1", "close", by="labour", at=at("2026-02-14T08:59"))

    assert caught.value.reasons[0].code == "out_of_order"
    assert acts.heads(engine) == before
    options = engine.options("R-1", by="labour", now=at("2026-02-14T08:59"))
    assert {option.allowed for option in options} == {False}
    assert {option.reasons[-1].code for option in options} == {"out_of_order"}


def test_a_notice_imported_later_changes_no_stored_sheet(engine: Engine) -> None:
    acts.request(engine, at=at("2026-12-28T09:00"))
    before = engine.explain("R-1", now=at("2026-12-29T09:00"))[0].sheet

    engine.import_notice(notice_2027(7), at=at("2026-12-29T09:00"))

    assert engine.explain("R-1", now=at("2026-12-30T09:00"))[0].sheet == before
    assert [move.limit for move in engine.recalculation_plan(now=at("2026-12-30T09:00"))] == ["reply"]


def test_a_correction_leaves_the_mistake_visible_and_every_event_as_it_was(engine: Engine) -> None:
    acts.request(engine)
    before = acts.chains(engine)["R-1"]
    corrected = {"purpose": "核验失业人员"}

    engine.correct("R-1", 1, by="labour", at=at("2026-02-13T09:00"), corrected=corrected, reasons="笔误")

    after = acts.chains(engine)["R-1"]
    assert after[:1] == before
    assert after[0].content["payload"]["purpose"] == acts.REQUEST["purpose"]
    assert after[1].content["effects"] == [
        {"do": "note", "corrects": 1, "was": {"purpose": acts.REQUEST["purpose"]}, "is": corrected}
    ]


def test_a_correction_records_first_what_had_lapsed_before_it(engine: Engine) -> None:
    acts.request(engine)
    corrected = {"purpose": "核验失业人员"}

    engine.correct("R-1", 1, by="labour", at=at("2026-03-02T09:00"), corrected=corrected, reasons="笔误")

    assert [entry.kind for entry in engine.history("R-1")] == ["step", "lapse", "correction"]


COPY = (
    "SELECT case_id, seq, happened_at, recorded_at, kind, name, 'police', rules, body, prev, hash FROM gongxiang_event"
)
ATTEMPTS = {
    "changed": ("UPDATE gongxiang_event SET actor = 'police'",) * 2,
    "deleted": ("DELETE FROM gongxiang_event WHERE case_id = 'R-1'",) * 2,
    "replaced": (
        f"INSERT OR REPLACE INTO gongxiang_event {COPY}",
        f"INSERT INTO gongxiang_event {COPY} ON CONFLICT (case_id, seq) DO UPDATE SET actor = excluded.actor",
    ),
    "emptied": ("DELETE FROM gongxiang_event", "TRUNCATE gongxiang_event"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_events_can_be_neither_changed_nor_deleted_nor_replaced_through_sql(
    attempt: str, engine: Engine, shared_url: str
) -> None:
    acts.request(engine)
    before = acts.heads(engine)

    with pytest.raises(DBAPIError, match="append-only"):
        raw.tell(shared_url, ATTEMPTS[attempt][not raw.is_sqlite(shared_url)])

    assert acts.heads(engine) == before
    assert acts.faults(engine) == []


@pytest.mark.parametrize("prev", [f"'{'0' * 63}1'", "(SELECT hash FROM gongxiang_event WHERE case_id = 'R-2')"])
@pytest.mark.parametrize("place", ["'R-1', 2", "'R-1', 3", "'R-9', 1"])
def test_an_event_that_does_not_follow_the_last_of_its_chain_cannot_be_added_through_sql(
    place: str, prev: str, engine: Engine, shared_url: str
) -> None:
    acts.request(engine)
    acts.request(engine, "R-2")
    before = acts.heads(engine)
    rest = "happened_at, recorded_at, kind, name, actor, rules, body"

    with pytest.raises(DBAPIError, match="does not continue its chain"):
        raw.tell(
            shared_url,
            f"INSERT INTO gongxiang_event SELECT {place}, {rest}, {prev}, hash "
            "FROM gongxiang_event WHERE case_id = 'R-1'",
        )

    assert acts.heads(engine) == before


def test_an_act_on_a_row_that_names_another_last_event_is_refused_and_the_chain_stays_whole(
    engine: Engine, shared_url: str
) -> None:
    acts.request(engine)
    acts.request(engine, "R-2")
    first, other = (acts.chains(engine)[name][0].hash for name in ("R-1", "R-2"))
    raw.tell(shared_url, replacing(first, other))

    with pytest.raises(DamagedRecord) as caught:
        engine.fire("R-1", "grant", by="police", at=at("2026-02-13T09:00"), payload={"terms": "同意"})

    assert [reason.code for reason in caught.value.reasons] == ["detached_case"]
    assert "R-1" in caught.value.reasons[0].text.zh
    assert engine.rebuild() == 1
    engine.fire("R-1", "grant", by="police", at=at("2026-02-13T09:00"), payload={"terms": "同意"})
    assert acts.faults(engine) == []


SPOILT = {
    "a state": "UPDATE gongxiang_case SET state = 'granted' WHERE case_id = 'R-1'",
    "a snapshot": "UPDATE gongxiang_case SET snapshot = replace(snapshot, 'refused', 'granted') WHERE case_id = 'R-1'",
    "an unreadable snapshot": "UPDATE gongxiang_case SET snapshot = '{' WHERE case_id = 'R-1'",
    "another moment": "UPDATE gongxiang_case SET opened_at = '2026-02-12 02:00:00' WHERE case_id = 'R-1'",
    "a missing case": "DELETE FROM gongxiang_case WHERE case_id = 'R-1'",
    "a moved deadline": "UPDATE gongxiang_deadline SET due = '2030-01-01', alarm = NULL WHERE case_id = 'R-1'",
    "a missing deadline": "DELETE FROM gongxiang_deadline WHERE case_id = 'R-1'",
    "a case that never was": "INSERT INTO gongxiang_case SELECT 'R-9', procedure, state, final, version, rules, "
    "due, twin, about, opened_at, last_at, snapshot FROM gongxiang_case WHERE case_id = 'R-1'",
    "a deadline that never was": "INSERT INTO gongxiang_deadline SELECT 'R-9', limit_id, owed_by, due, open, "
    "alarm, lapsed_at, proposes, edition FROM gongxiang_deadline WHERE case_id = 'R-1'",
}


def rows(url: str) -> list[list[tuple[object, ...]]]:
    return [raw.ask(url, f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("gongxiang_case", "gongxiang_deadline")]


def stands_again(spoilt: str, engine: Engine, url: str) -> None:
    acts.request(engine)
    acts.request(engine, "R-2")
    engine.fire("R-1", "refuse", by="police", at=at("2026-02-14T09:00"), payload={"reasons": "超出职权"})
    before = rows(url)
    raw.tell(url, spoilt)
    assert rows(url) != before

    assert engine.rebuild() == 1
    assert rows(url) == before
    assert engine.rebuild() == 0


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_projection_stands_again_as_the_ledger_says(spoilt: str, engine: Engine, shared_url: str) -> None:
    stands_again(SPOILT[spoilt], engine, shared_url)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_moment_that_is_none_stands_again_where_the_column_takes_any_text(engine: Engine, shared_url: str) -> None:
    stands_again("UPDATE gongxiang_case SET opened_at = 'yesterday' WHERE case_id = 'R-1'", engine, shared_url)


def test_a_row_that_cannot_be_read_says_how_it_is_mended(engine: Engine, shared_url: str) -> None:
    acts.request(engine)
    raw.tell(shared_url, SPOILT["an unreadable snapshot"])

    with pytest.raises(StoreError) as caught:
        engine.case("R-1")

    assert caught.value.reasons[0].code == "unreadable_case"
    assert caught.value.reasons[0].mend is not None
    assert "rebuild" in caught.value.reasons[0].mend.en


def replacing(was: str, is_: str) -> str:
    """Return what spoils the row of R-1."""
    return f"UPDATE gongxiang_case SET snapshot = replace(snapshot, '{was}', '{is_}') WHERE case_id = 'R-1'"


UNSAID = {
    "neither a period nor a day": replacing('"working_days":5', '"working_days":null'),
    "no start": replacing('"started_at":"2026-02-12T09:00:00+08:00"', '"started_at":null'),
    "no end": replacing('"ends_before":"2026-02-27T00:00:00+08:00"', '"ends_before":null'),
    "no due date": replacing('"due":"2026-02-26"', '"due":null'),
    "a debtor that is no name": replacing('"owed_by":"police"', '"owed_by":7'),
}


@pytest.mark.parametrize("unsaid", UNSAID)
def test_a_deadline_that_does_not_say_what_it_must_is_refused_when_it_is_read(
    unsaid: str, engine: Engine, shared_url: str
) -> None:
    acts.request(engine)
    raw.tell(shared_url, UNSAID[unsaid])

    with pytest.raises(StoreError) as caught:
        engine.case("R-1", now=at("2026-02-13T09:00"))

    assert caught.value.reasons[0].code == "unreadable_case"


def cases_on(shown: Board) -> dict[str, list[str]]:
    """Return the cases on each part of the board."""
    return {
        "owed": sorted({item.case for group in shown.groups for item in group.items}),
        "proposed": sorted({one.case for one in shown.proposals}),
        "held": sorted({one.case for one in shown.held}),
        "unreadable": [one.case for one in shown.unreadable],
    }


def screen(shown: Board, engine: Engine, language: Language) -> str:
    said = io.StringIO()
    show(board_screens.board(shown, Labels(language, engine.departments(shown.now), engine.books(), {})), said)
    return "".join(said.getvalue().split())


NOT_READ = {
    "no case at all": "UPDATE gongxiang_case SET snapshot = '{}' WHERE case_id = 'R-1'",
    "a state that no table has": replacing('"state":"awaiting_reply"', '"state":"another"'),
    "the name of another case": replacing('"case":"R-1"', '"case":"R-2"'),
    "an end without an offset": replacing("2026-02-27T00:00:00+08:00", "2026-02-27T00:00:00"),
}


@pytest.mark.parametrize("what", NOT_READ)
def test_the_board_names_the_case_that_it_cannot_read_and_shows_the_others(
    what: str, engine: Engine, shared_url: str
) -> None:
    for name in ("R-1", "R-2"):
        acts.request(engine, name)
    raw.tell(shared_url, NOT_READ[what])

    shown = engine.today(now=at("2026-02-27T09:00"))

    assert cases_on(shown) == {"owed": ["R-2"], "proposed": [], "held": [], "unreadable": ["R-1"]}
    assert shown.as_record()["unreadable"] == [{"case": "R-1", "error": shown.unreadable[0].error}]
    assert "1件案件无法读取，未列入：R-1。请由台账重建（auditrebuild）" in screen(shown, engine, "zh")
    assert "leftouthere:1(R-1).Rebuildthemfromtheledger(auditrebuild)" in screen(shown, engine, "en")
    assert engine.rebuild() == 1
    assert cases_on(engine.today(now=at("2026-02-27T09:00")))["unreadable"] == []


def test_what_the_other_lapses_propose_and_what_is_held_back_stays_on_the_board(
    engine: Engine, shared_url: str
) -> None:
    for name in ("R-1", "R-2"):
        acts.request(engine, name)
    engine.sweep(now=at("2026-03-02T09:00"))
    # By the notice of November 2019 due on 3 February 2020, by that of 27 January on the 5th.
    for name in ("H-1", "H-2"):
        acts.request(engine, name, at=at("2020-01-21T09:00"))
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id IN ('R-1', 'H-1')")

    proposed = cases_on(engine.today(now=at("2026-03-02T09:00")))["proposed"]
    between = cases_on(engine.today(now=at("2020-02-04T09:00")))

    assert proposed == ["R-2"]
    assert (between["held"], between["unreadable"]) == (["H-2"], ["H-1", "R-1"])


def test_a_board_of_nothing_that_can_be_read_does_not_say_that_nothing_is_owed(engine: Engine, shared_url: str) -> None:
    acts.request(engine)
    before = engine.today(now=at("2026-02-13T09:00"), limit=1)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-1'")

    shown = engine.today(now=at("2026-02-13T09:00"), limit=1)

    assert "Nothingisowed" not in screen(shown, engine, "en")
    assert "atleast0" in screen(shown, engine, "en")
    assert (before.left_out, shown.left_out) == ((), ())


def test_a_case_that_cannot_be_read_takes_its_place_among_those_that_were_looked_at(
    engine: Engine, shared_url: str
) -> None:
    for name in ("R-1", "R-2", "R-3"):
        acts.request(engine, name)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-1'")

    shown = engine.today(now=at("2026-02-13T09:00"), limit=2)

    assert (cases_on(shown)["owed"], cases_on(shown)["unreadable"]) == (["R-2"], ["R-1"])
    assert shown.left_out == ("groups",)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE gongxiang_event SET body = replace(body, 'scope', 'scopf') WHERE case_id = 'R-1' AND seq = 1",
        "UPDATE gongxiang_event SET actor = 'police' WHERE case_id = 'R-1' AND seq = 1",
        "DELETE FROM gongxiang_event WHERE case_id = 'R-1' AND seq = 1",
    ],
)
def test_nothing_is_rebuilt_from_a_ledger_that_was_changed(change: str, engine: Engine, shared_url: str) -> None:
    acts.request(engine)
    engine.fire("R-1", "refuse", by="police", at=at("2026-02-14T09:00"), payload={"reasons": "超出职权"})
    raw.unguard(shared_url)
    raw.tell(shared_url, change)
    before = rows(shared_url)

    with pytest.raises(StoreError) as caught:
        engine.rebuild()

    assert caught.value.reasons[0].code == "broken_chain"
    assert rows(shared_url) == before
