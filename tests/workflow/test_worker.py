"""What a worker does at a waking: what is due, once, and no failure of one thing stops another."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import acts
import pytest
import raw
from acts import at
from databases import only_sqlite

from gongxiang import calendars
from gongxiang.errors import BadInput, DamagedRecord, DatabaseLocked, ForeignDatabase, Reason, Text, UnknownSchema
from gongxiang.workflow import worker as workers
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.errands import Timetable, next_working_day
from gongxiang.workflow.logbook import Logbook
from gongxiang.workflow.store.workers import Attendance
from gongxiang.workflow.worker import Worker, oneself

MORNING, NOON, NIGHT = time(8, 30), time(13, 30), time(2, 0)
NOTHING = Timetable()


class Clock:
    """Stands where it is put."""

    def __init__(self, moment: str) -> None:
        self.now = at(moment)

    def __call__(self) -> datetime:
        return self.now


class Heard:
    """A log that is kept: whatever was said, as one reads it."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def say(self, event: str, level: str = "info", **fields: Any) -> str:
        line = json.dumps({"event": event, "level": level, **fields}, ensure_ascii=False)
        self.lines.append(json.loads(line))
        return line

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


def working(
    engine: Engine, clock: Clock, timetable: Timetable = NOTHING, name: str = "w", **more: Any
) -> tuple[Worker, Heard]:
    heard = Heard()
    return Worker(engine, oneself(clock.now, name), clock=clock, log=heard, timetable=timetable, **more), heard  # type: ignore[arg-type]


def woken(engine: Engine, moment: str, timetable: Timetable = NOTHING, **more: Any) -> Heard:
    """Return what a worker said that woke once at that moment."""
    one, heard = working(engine, Clock(moment), timetable, **more)
    one.once()
    return heard


# What is due


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2026-03-03T01:59", ["seal 2026-03-02T02:00"]),
        ("2026-03-03T02:00", ["seal 2026-03-03T02:00"]),
        ("2026-03-03T08:29", ["seal 2026-03-03T02:00"]),
        ("2026-03-03T08:30", ["reminder 2026-03-03T08:30", "seal 2026-03-03T02:00", "warning 2026-03-03T08:30"]),
        ("2026-03-03T13:29", ["reminder 2026-03-03T08:30", "seal 2026-03-03T02:00", "warning 2026-03-03T08:30"]),
        ("2026-03-03T23:59", ["reminder 2026-03-03T13:30", "seal 2026-03-03T02:00", "warning 2026-03-03T08:30"]),
        ("2026-03-04T00:00", ["seal 2026-03-03T02:00"]),
    ],
)
def test_of_what_was_missed_only_what_is_still_of_use_is_due(moment: str, due: list[str]) -> None:
    timetable = Timetable((NOON, MORNING), seal=NIGHT, warning=MORNING)

    assert [errand.name for errand in timetable.due(at(moment))] == due


def test_a_moment_of_another_zone_is_taken_as_beijing_shows_it() -> None:
    # Half past midnight in London, in winter.
    london = datetime.fromisoformat("2026-03-03T00:30:00+00:00")

    assert [errand.name for errand in Timetable((MORNING,)).due(london)] == ["reminder 2026-03-03T08:30"]


@pytest.mark.parametrize(
    ("day", "after"),
    [
        # 国办发明电〔2025〕7号: Saturday 14 February works, 15 to 23 are off.
        ("2026-02-13", "2026-02-14"),
        ("2026-02-14", "2026-02-24"),
        # Past the notices, by the law alone: 1 to 3 January 2027 are New Year's Day and a weekend.
        ("2026-12-31", "2027-01-04"),
    ],
)
def test_the_next_working_day_is_that_of_the_notices_and_past_them_that_of_the_law(day: str, after: str) -> None:
    edition = calendars.edition(date(2026, 3, 1))

    assert next_working_day(edition, date.fromisoformat(day)) == date.fromisoformat(after)


# Reminders


@pytest.mark.parametrize(
    ("moment", "when"),
    [
        ("2026-02-13T09:00", None),  # the 26th is four working days off
        ("2026-02-25T09:00", "due_next_working_day"),
        ("2026-02-26T09:00", "due_today"),
        ("2026-02-27T09:00", "overdue"),
        ("2026-02-28T09:00", "overdue"),  # a Saturday that works
        ("2026-03-01T09:00", None),  # a Sunday off
    ],
)
def test_a_department_is_reminded_on_working_days_of_what_is_due(url: str, moment: str, when: str | None) -> None:
    engine = acts.engine(url)
    acts.request(engine)

    said = woken(engine, moment, Timetable((MORNING,))).of("reminder")

    assert [(line["department"], [item["when"] for item in line["items"]]) for line in said] == (
        [("police", [when])] if when else []
    )
    assert [line[when] for line in said if when] == [1] * len(said)


@pytest.mark.parametrize(("day", "reminded"), [("2026-02-14", 1), ("2026-02-16", 0)])
def test_a_make_up_saturday_is_a_working_day_and_a_monday_of_the_festival_is_none(
    url: str, day: str, reminded: int
) -> None:
    engine = acts.engine(url)
    acts.request(engine, at=at("2026-02-05T09:00"))  # due on the 12th

    assert len(woken(engine, f"{day}T09:00", Timetable((MORNING,))).of("reminder")) == reminded


def test_what_waits_for_an_authority_that_nobody_has_registered_is_told_with_its_place(url: str) -> None:
    engine = acts.gongxiang.open_engine(url, clock=lambda: at(acts.RECORDED), rules="decree-330")
    for name in ("police", "labour", "centre"):
        engine.register(acts.department(name))
    change = {"change": "新增", "date": "2026-03-02"}
    engine.open("catalogue_update", case="C-1", by="police", at=at("2026-03-02T09:00"), payload=change)

    (line,) = woken(engine, "2026-03-16T09:00", Timetable((MORNING,))).of("reminder")

    # Ten working days of 2 March 2026 end on the 16th.
    assert (line["department"], line["due_today"]) == ("police", 1)


def test_workers_that_wake_together_remind_once(shared_url: str) -> None:
    engine = acts.engine(shared_url)
    acts.request(engine)
    said: list[Heard] = []

    def wake(name: str) -> None:
        own = acts.gongxiang.open_engine(shared_url, clock=lambda: at(acts.RECORDED), rules="decree-330")
        said.append(woken(own, "2026-02-26T09:00", Timetable((MORNING, NOON)), name=name))
        own.close()

    threads = [threading.Thread(target=wake, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(said) == 4
    assert sum(len(heard.of("reminder")) for heard in said) == 1


def test_a_worker_that_wakes_again_and_again_reminds_at_each_hour_once(url: str) -> None:
    engine = acts.engine(url)
    acts.request(engine)
    clock = Clock("2026-02-26T08:29")
    one, heard = working(engine, clock, Timetable((MORNING, NOON)))

    hours = []
    for _ in range(12):
        one.once()
        hours += [line["hour"][11:16] for line in heard.of("reminder")]
        heard.lines.clear()
        clock.now += timedelta(minutes=31)

    assert hours == ["08:30", "13:30"]


# The seal and the warning


def test_the_ledger_is_sealed_once_a_day_and_a_missed_seal_is_made_up_for(url: str) -> None:
    engine = acts.engine(url)
    acts.request(engine)
    seals = []

    for moment in ("2026-03-02T02:00", "2026-03-02T14:00", "2026-03-03T01:00", "2026-03-03T07:00"):
        acts.request(engine, moment, at=at(moment))
        seals += [(moment, line["appended"]) for line in woken(engine, moment, Timetable(seal=NIGHT)).of("sealed")]

    # Ten departments, the first request and the second; then the lapse of the first, found after the seal, and three
    # requests more.
    assert seals == [("2026-03-02T02:00", 12), ("2026-03-03T07:00", 4)]
    assert engine.health(now=at("2026-03-03T08:00")).unsealed == 0


@pytest.mark.parametrize(
    ("moment", "warned"),
    [
        ("2026-09-30T09:00", []),
        ("2026-10-01T08:29", []),
        ("2026-10-01T08:30", [2027]),
        ("2026-12-31T23:59", [2027]),
    ],
)
def test_from_october_on_the_missing_notice_of_the_next_year_is_told(url: str, moment: str, warned: list[int]) -> None:
    engine = acts.engine(url)

    said = woken(engine, moment, Timetable(warning=MORNING)).of("notice_missing")

    assert [line["year"] for line in said] == warned
    assert all(line["level"] == "warning" and "2027" in line["text"] and line["text_en"] for line in said)


def test_two_workers_warn_once_a_day(url: str) -> None:
    engine = acts.engine(url)
    moments = ("2026-10-08T08:30", "2026-10-08T12:00", "2026-10-09T09:00")

    said = [
        len(woken(engine, moment, Timetable(warning=MORNING), name=moment).of("notice_missing")) for moment in moments
    ]

    assert said == [1, 0, 1]


# One thing's failure is not another's


def test_a_case_that_nobody_can_read_is_told_and_keeps_neither_the_sweep_nor_the_seal(shared_url: str) -> None:
    engine = acts.engine(shared_url)
    for name in ("R-1", "R-2", "R-3"):
        acts.request(engine, name)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '{}' WHERE case_id = 'R-2'")

    heard = woken(engine, "2026-03-02T09:00", Timetable((MORNING,), seal=NIGHT))

    assert [(line["case"], line["level"]) for line in heard.of("case_failed")] == [("R-2", "error")]
    assert heard.of("errand_failed") == []
    assert [item["case"] for line in heard.of("reminder") for item in line["items"]] == ["R-1", "R-3"]
    assert [(line["level"], line["unreadable"]) for line in heard.of("reminded")] == [("error", ["R-2"])]
    assert heard.of("sealed")
    assert (heard.of("sweep")[0]["lapses"], heard.of("sweep")[0]["failed"]) == (2, 1)


def test_a_case_that_fails_again_and_again_is_an_incident_that_a_person_decides(shared_url: str) -> None:
    engine = acts.engine(shared_url)
    acts.request(engine)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '{}' WHERE case_id = 'R-1'")
    clock = Clock("2026-03-02T09:00")
    engine = acts.gongxiang.open_engine(shared_url, clock=clock, rules="decree-330")
    one, heard = working(engine, clock)

    for _ in range(7):
        one.once()
        clock.now += timedelta(hours=1)
    seen = engine.health(now=clock.now)

    assert [line["incidents"] for line in heard.of("sweep")] == [0, 0, 0, 0, 1, 1, 1]
    assert [(one.case, one.state, one.worker) for one in seen.incidents] == [("R-1", "incident", "w")]
    assert [reason.code for reason in seen.wanting] == ["incident"]
    with pytest.raises(BadInput):
        engine.set_aside("R-1", by="bureau", at=clock.now, reasons=" ")
    engine.set_aside("R-1", by="bureau", at=clock.now, reasons="待修复")
    assert engine.health(now=clock.now).wanting == ()


def locked(*_: object, **__: object) -> None:
    raise DatabaseLocked(Reason("database_locked", Text("被占用", "held")))


def test_a_database_that_does_not_answer_is_tried_again_until_it_does(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "FIRST_PAUSE_SECONDS", 0.001)
    engine = acts.engine(url)
    acts.request(engine)
    one, heard = working(engine, Clock("2026-03-02T09:00"))
    attend, standings = engine.attend, []

    def away_three_times(*given: Any, **named: Any) -> None:
        standings.append(one.health()["standing"])
        if len(standings) <= 3:
            locked()
        attend(*given, **named)
        if heard.of("sweep"):
            one.stop()

    monkeypatch.setattr(engine, "attend", away_three_times)
    one.run()

    assert heard.events == ["started", *["database_away"] * 3, "sweep", "database_back", "stopped"]
    assert [line["tries"] for line in heard.of("database_away")] == [1, 2, 3]
    assert standings[:4] == ["working", *["database_away"] * 3]
    assert heard.of("sweep")[0]["lapses"] == 1


def test_a_worker_that_has_worked_waits_for_a_database_of_another_kind_and_says_why(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "FIRST_PAUSE_SECONDS", 0.001)
    engine = acts.engine(url)
    one, heard = working(engine, Clock("2026-03-02T09:00"))
    attend, calls = engine.attend, []

    def damaged_once(*given: Any, **named: Any) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise ForeignDatabase(Reason("not_a_database", Text("已损坏", "not a sound database")))
        attend(*given, **named)
        if len(calls) > 3:
            one.stop()

    monkeypatch.setattr(engine, "attend", damaged_once)
    one.run()

    assert [line["error"] for line in heard.of("database_away")] == ["not_a_database: not a sound database"]
    assert heard.of("database_back")


def test_a_sweep_that_ends_in_an_error_nobody_foresaw_stops_no_worker(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = acts.engine(url)
    one, heard = working(engine, Clock("2026-03-02T09:00"))

    def stumbles(**_: object) -> None:
        one.stop()
        raise IndexError("tuple index out of range")

    monkeypatch.setattr(engine, "sweep", stumbles)
    one.run()

    assert [(line["level"], line["error"]) for line in heard.of("sweep_failed")] == [
        ("error", "IndexError: tuple index out of range")
    ]
    assert heard.events[-1] == "stopped"


def test_a_database_of_another_version_is_refused_at_the_start(shared_url: str) -> None:
    acts.engine(shared_url).close()
    raw.tell(shared_url, "UPDATE gongxiang_version SET version_num = '9999'")
    engine = acts.gongxiang.open_engine(shared_url, rules="decree-330")
    one, heard = working(engine, Clock("2026-03-02T09:00"))

    with pytest.raises(UnknownSchema):
        one.run()

    assert heard.events == ["started"]


def test_a_worker_that_was_told_to_stop_before_it_ran_does_nothing(url: str) -> None:
    engine = acts.engine(url)
    acts.request(engine)
    one, heard = working(engine, Clock("2026-03-02T09:00"))

    for _ in range(3):
        one.stop()
    one.run()

    assert heard.events == ["started", "stopped"]
    assert [event.kind for event in engine.ledger() if event.kind == "lapse"] == []
    assert (one.health()["ok"], one.health()["standing"]) == (False, "stopping")


# Health


@pytest.mark.parametrize("end", ["null", '"2026-02-27T00:00:00"'])
def test_a_case_that_cannot_be_read_waits_for_a_sweep_and_keeps_no_other_from_being_counted(
    end: str, shared_url: str
) -> None:
    engine = acts.engine(shared_url)
    for name in ("R-1", "R-2"):
        acts.request(engine, name)
    was, is_ = '"ends_before":"2026-02-27T00:00:00+08:00"', f'"ends_before":{end}'
    spoilt = f"UPDATE gongxiang_case SET snapshot = replace(snapshot, '{was}', '{is_}') WHERE case_id = 'R-1'"
    raw.tell(shared_url, spoilt)

    found = engine.health(now=at("2026-02-27T09:00"))

    assert (found.waiting, found.oldest) == (2, at("2026-02-27T00:00"))


def test_what_is_wanting_is_told_with_its_mend_in_the_language_asked_for(url: str) -> None:
    engine = acts.engine(url)
    acts.request(engine)
    found = engine.health(now=at("2026-02-27T00:30"))

    chinese, english = ([*found.as_record(language)["wanting"]] for language in ("zh", "en"))

    assert found.as_record()["wanting"] == chinese
    assert english == [
        {
            "code": "no_worker",
            "text": "deadlines wait to be recorded, and no worker was seen for 5 minutes (there never was one)",
            "article": None,
            "mend": "start `gongxiang scheduler run`",
        }
    ]
    assert [(one["code"], one["mend"]) for one in chinese] == [("no_worker", "请启动 gongxiang scheduler run")]


def test_how_late_what_is_not_on_record_is_counted_by_how_long_ago_it_ended(url: str) -> None:
    engine = acts.engine(url)
    # Five working days of 2, 3, 4, 5, 6 and 9 March end with the 9th, 10th, 11th, 12th, 13th and 16th.
    for day in (2, 3, 4, 5, 6, 9):
        acts.request(engine, f"R-{day}", at=at(f"2026-03-{day:02}T09:00"))

    counted = {
        moment: list(engine.health(now=at(moment)).lateness.values())
        for moment in (
            "2026-03-17T00:00:30",
            "2026-03-17T00:01",
            "2026-03-17T01:00",
            "2026-03-17T00:00",
            "2026-03-24T00:00",
        )
    }

    assert counted == {
        "2026-03-17T00:00:30": [1, 0, 0, 4, 1],
        "2026-03-17T00:01": [0, 1, 0, 4, 1],
        "2026-03-17T01:00": [0, 0, 1, 4, 1],
        "2026-03-17T00:00": [1, 0, 0, 4, 1],
        "2026-03-24T00:00": [0, 0, 0, 0, 6],
    }


def test_a_lapse_that_a_known_notice_holds_back_is_no_reason_to_look_for_a_worker(url: str) -> None:
    engine = acts.engine(url)
    # By the notice of November 2019 due on 3 February 2020, by that of 27 January on the 5th.
    acts.request(engine, at=at("2020-01-21T09:00"))

    between, after = (engine.health(now=at(moment)) for moment in ("2020-02-04T09:00", "2020-02-06T00:00"))

    assert (sum(between.lateness.values()), between.held, between.waiting) == (1, 1, 0)
    assert between.wanting == ()
    assert (after.held, after.waiting) == (0, 1)
    assert [reason.code for reason in after.wanting] == ["no_worker"]


@pytest.mark.parametrize(("seconds", "wanting"), [(0, ["behind"]), (299, ["behind"]), (300, ["no_worker", "behind"])])
def test_a_worker_not_seen_for_five_minutes_is_missed_while_something_is_due(
    url: str, seconds: int, wanting: list[str]
) -> None:
    engine = acts.engine(url)
    woken(engine, "2026-03-02T09:00")
    acts.request(engine)  # what the worker has not seen

    found = engine.health(now=at("2026-03-02T09:00") + timedelta(seconds=seconds))

    assert [reason.code for reason in found.wanting] == wanting
    assert [found.standing(one) for one in found.workers] == ["stopped"]


@only_sqlite  # a server keeps in a column what is of its kind
@pytest.mark.parametrize("change", ["deadline SET alarm = 1", "worker SET seen_at = 'x'"])
def test_a_moment_that_is_none_is_told_with_its_mend(change: str, shared_url: str) -> None:
    engine = acts.engine(shared_url)
    woken(engine, "2026-03-02T09:00")
    acts.request(engine)
    raw.tell(shared_url, f"UPDATE gongxiang_{change}")

    with pytest.raises(DamagedRecord) as caught:
        engine.health(now=at("2026-03-02T09:01"))

    assert caught.value.reasons[0].code == "unreadable_moment"
    assert caught.value.reasons[0].mend is not None


def test_a_worker_that_died_before_the_clock_was_set_back_does_not_count_as_working(url: str) -> None:
    engine = acts.engine(url)
    born, seen = at("2026-03-02T09:00"), at("2026-03-02T10:00")
    engine.attend(Attendance("w", "host", 1, born, seen, None, {}))

    around = [engine.health(now=seen + timedelta(minutes=minutes)) for minutes in (-60, -4, 4, 60)]

    assert [found.standing(found.workers[0]) for found in around] == ["silent", "running", "running", "silent"]


@pytest.mark.parametrize("every", [1, 60, 86_400])
def test_the_health_of_a_worker_is_told_from_what_it_knows_itself(
    every: int, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = acts.engine(url)
    one, _ = working(engine, Clock("2026-03-02T09:00"), every=every)
    still = {"ok": True, "standing": "working", "worker": "w", "database_away": None}

    first = one.health()
    later = workers.monotonic() + 301
    monkeypatch.setattr(workers, "monotonic", lambda: later)
    stuck = one.health()

    assert {name: first[name] for name in still} == still
    assert (stuck["ok"], stuck["standing"]) == (False, "stuck")


def test_a_row_of_its_own_that_somebody_has_spoiled_keeps_no_worker_from_its_work(shared_url: str) -> None:
    engine = acts.engine(shared_url)
    acts.request(engine)
    woken(engine, "2026-02-26T09:00")
    raw.tell(shared_url, "UPDATE gongxiang_worker SET told = 'not json', stopped_at = NULL")

    said = woken(engine, "2026-02-27T09:00")

    assert [line["lapses"] for line in said.of("sweep")] == [1]
    assert "sweep_failed" not in said.events


def test_workers_and_errands_of_forty_days_ago_are_forgotten(url: str) -> None:
    engine = acts.engine(url)
    for moment, name in (("2026-03-02T09:00", "old"), ("2026-04-11T08:00", "kept"), ("2026-04-11T09:01", "new")):
        woken(engine, moment, Timetable(seal=NIGHT), name=name)

    assert [one.worker for one in engine.health(now=at("2026-04-11T09:01")).workers] == ["new", "kept"]
    assert not engine.is_taken("seal 2026-03-02T02:00")
    assert engine.is_taken("seal 2026-04-11T02:00")


# The log


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_of_the_log_has_its_moment_worker_level_and_event(said: Callable[[], list[dict[str, Any]]]) -> None:
    line = Logbook("w", Clock("2026-03-02T09:00")).say("sweep", "error", lapses=3, case="案")

    (told,) = said()
    assert told == json.loads(line)
    assert told == {
        "moment": "2026-03-02T09:00:00+08:00",
        "worker": "w",
        "level": "error",
        "event": "sweep",
        "lapses": 3,
        "case": "案",
    }


def test_a_log_that_was_moved_away_begins_anew_and_one_that_cannot_be_written_goes_to_standard_error(
    tmp_path: Path, said: Callable[[], list[dict[str, Any]]]
) -> None:
    path = tmp_path / "logs" / "worker.log"
    path.parent.mkdir()
    log = Logbook("w", Clock("2026-03-02T09:00"), path)

    log.say("one")
    path.rename(path.with_suffix(".1"))
    log.say("two")
    path.unlink()
    path.mkdir()
    log.say("three")

    assert json.loads(path.with_suffix(".1").read_text("utf-8"))["event"] == "one"
    assert [told["event"] for told in said()] == ["three"]
