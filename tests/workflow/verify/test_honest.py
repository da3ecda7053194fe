"""What an honest engine may do is never found wanting: registers that change, notices imported, other settings."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from gongxiang import open_engine, rules
from gongxiang.calendars import BEIJING, Counting, Notice
from gongxiang.errors import GongxiangError
from gongxiang.workflow import auditing
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.verify import Verification

CITY: dict[str, Any] = {"region": "210100", "level": "city"}
CAST = [
    {"id": "auth", "name": "数据局", "kind": "authority", **CITY},
    {"id": "body", "name": "数据中心", "kind": "working_body", **CITY},
    {"id": "police", "name": "公安局", "kind": "government", **CITY},
    {"id": "labour", "name": "人社局", "kind": "government", **CITY},
    {"id": "water", "name": "水务集团", "kind": "utility", **CITY},
    {"id": "tax", "name": "税务局", "kind": "central", **CITY},
    {"id": "organ", "name": "纪委监委", "kind": "competent_organ", **CITY},
    {"id": "auth-2", "name": "数据局", "kind": "authority", "region": "210200", "level": "city"},
    {"id": "police-2", "name": "公安局", "kind": "government", "region": "210200", "level": "city"},
]
RESOURCE = {"code": "1", "name": "人口", "sharing": "conditional", "legal_basis": ["依据"]}
REQUEST = {"purpose": "办理", "basis": "依据", "scope": "全市"}
NEXT_YEAR = {
    "id": "2027",
    "year": 2027,
    "number": "国办发明电〔2026〕99号",
    "signed": "2026-12-30",
    "published": "2026-12-30",
    "source": "a notice made up for this test",
    "workdays": ["2027-01-09"],
    "holiday": [
        {"name": "元旦", "from": "2027-01-01", "to": "2027-01-05", "statutory": ["2027-01-01"]},
        {"name": "春节", "from": "2027-02-05", "to": "2027-02-11", "statutory": ["2027-02-06"]},
        {"name": "清明节", "from": "2027-04-05", "to": "2027-04-05"},
        {"name": "劳动节", "from": "2027-05-01", "to": "2027-05-05"},
        {"name": "端午节", "from": "2027-06-09", "to": "2027-06-09"},
        {"name": "中秋节", "from": "2027-09-15", "to": "2027-09-15"},
        {"name": "国庆节", "from": "2027-10-01", "to": "2027-10-07"},
    ],
}

LONGER_FESTIVAL = {
    "id": "2026-amend-1",
    "year": 2026,
    "amends": "2026",
    "amends_names": ["端午节"],
    "number": "国办发明电〔2026〕98号",
    "signed": "2026-06-20",
    "published": "2026-06-20",
    "source": "a notice made up for this test, looking back as that of January 2020 did",
    "holiday": [{"name": "端午节", "from": "2026-06-15", "to": "2026-06-21", "statutory": ["2026-06-19"]}],
}


def day(text: str, hour: int = 9) -> datetime:
    return datetime.combine(datetime.fromisoformat(text).date(), time(hour), BEIJING)


class Bench:
    """An engine whose clock is set by hand."""

    def __init__(self, folder: Path, counting: Counting | None = None) -> None:
        self.now = day("2026-01-05")
        self.engine: Engine = open_engine(
            f"sqlite:///{folder}/bench.db", clock=lambda: self.now, counting=counting, rules="decree-330"
        )
        for department in CAST:
            self.engine.register(department)

    def request(self, case: str, at: datetime) -> None:
        self.now = max(self.now, at)
        given: dict[str, Any] = {"provider": "police", "resource": RESOURCE, "payload": REQUEST}
        self.engine.open("share_request", case=case, by="labour", at=at, **given)

    def verify(self, **given: Any) -> Verification:
        return auditing.verify(self.engine, **given)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.engine.close()


def test_an_authority_registered_later_for_an_earlier_day_does_not_undo_what_its_predecessor_did(bench: Bench) -> None:
    at = day("2026-03-02")
    bench.now = at
    finding = {"ground": "26.1", "facts": "未编目"}
    bench.engine.open("rectification", case="X", by="auth", at=at, against="police", payload=finding)
    bench.now = day("2026-03-10")
    bench.engine.register({**CAST[0], "id": "auth-new"}, at=day("2026-02-01"))

    assert [one.text.en for one in bench.verify().findings] == []


def test_a_department_may_act_at_the_very_moment_from_which_it_is_registered(bench: Bench) -> None:
    at = bench.now = day("2026-03-02")
    bench.engine.register({**CAST[3], "id": "new"}, at=at)
    given: dict[str, Any] = {"provider": "police", "resource": RESOURCE, "payload": REQUEST}
    bench.engine.open("share_request", case="R", by="new", at=at, **given)

    assert [one.text.en for one in bench.verify().findings] == []


def test_a_department_that_changes_its_kind_keeps_what_it_did_before(bench: Bench) -> None:
    bench.request("R", day("2026-03-02"))
    bench.now = day("2026-03-04")
    bench.engine.register({**CAST[2], "kind": "central"}, at=bench.now)
    bench.request("S", day("2026-03-05"))

    assert bench.verify().ok
    assert bench.engine.case("S", now=bench.now).as_record()["flags"] == ["by_reference"]


def test_a_provisional_date_an_imported_notice_and_the_recalculation_it_brings_are_in_order(bench: Bench) -> None:
    bench.request("R", day("2026-12-29"))
    before = bench.engine.case("R", now=bench.now).as_record()["deadlines"][0]
    bench.now = day("2026-12-31")
    bench.engine.import_notice(Notice.from_record(NEXT_YEAR))
    bench.engine.recalculate(by="auth", at=bench.now, payload={"signer": "王"})
    after = bench.engine.case("R", now=bench.now).as_record()["deadlines"][0]

    assert (before["provisional"], after["provisional"]) == (True, False)
    # 30, 31 December, then 6, 7, 8 January by the notice above
    assert after["due"] == "2027-01-08"
    assert [one.text.en for one in bench.verify().findings] == []


def test_a_date_counted_by_a_notice_that_was_imported_only_later_is_found(bench: Bench) -> None:
    bench.request("R", day("2026-12-31"))
    bench.now = day("2027-01-20")
    bench.engine.import_notice(Notice.from_record(NEXT_YEAR))
    bench.request("S", day("2027-01-20"))

    assert bench.verify().ok
    assert bench.verify(now=day("2027-03-01")).unrecorded == 2  # the notice is known, and both dates have passed


def test_a_default_that_a_later_notice_undoes_is_restored_and_a_late_reply_ceases_to_be_late(bench: Bench) -> None:
    at = bench.now = day("2026-06-11")
    bench.request("R", at)
    case: dict[str, Any] = {"case": "X", "by": "auth", "at": at}
    bench.engine.open("rectification", **case, against="police", payload={"ground": "26.1", "facts": "未编目"})
    order = {"ground": "26.1", "facts": "未编目", "working_days": 4}
    bench.engine.fire("X", "order", by="auth", at=at, payload=order)
    bench.now = day("2026-06-19")
    bench.engine.sweep(now=bench.now)
    assert bench.engine.case("X", now=bench.now).state == "in_default"

    bench.now = day("2026-06-22")
    bench.engine.import_notice(Notice.from_record(LONGER_FESTIVAL))
    bench.engine.recalculate(by="auth", at=bench.now, payload={"signer": "王"})
    restored = {"reasons": "放假通知", "notice": "国办发明电〔2026〕98号"}
    bench.engine.fire("X", "restore_limit", by="auth", at=bench.now, payload=restored)

    due = {view.case: view.as_record()["deadlines"][0]["due"] for view in bench.engine.cases(now=bench.now)}
    # The order: 12, then 22, 23, 24 June. The request: 12, then 22 to 25.
    assert due == {"X": "2026-06-24", "R": "2026-06-25"}
    assert [one.text.en for one in bench.verify().findings] == []


def test_other_settings_of_counting_are_taken_from_the_sheets(tmp_path: Path) -> None:
    settings = Counting(
        cut_off="close_of_business",
        closes=time(16, 30),
        after_hours_receipt="next_working_day",
        rest_day_receipt="next_working_day",
    )
    bench = Bench(tmp_path, settings)
    bench.request("R", day("2026-02-13", 17))  # after hours before the make-up Saturday of Spring Festival
    bench.request("S", day("2026-02-21"))
    bench.now = day("2026-03-30")
    bench.engine.sweep(now=bench.now)

    assert bench.verify().ok
    due = {view.case: view.as_record()["deadlines"][0]["due"] for view in bench.engine.cases(now=bench.now)}
    # R is received on Saturday the 14th (make-up): 24 to 27, and 28 (make-up). S on the 24th: 25 to 28, 2 March.
    assert due == {"R": "2026-02-28", "S": "2026-03-02"}
    bench.engine.close()


def test_a_limit_of_the_province_that_does_not_bind_a_requester_from_elsewhere_is_not_missed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/far.db", clock=lambda: day("2026-03-20"))
    far = {"id": "far", "name": "外省部门", "kind": "government", "region": "130000", "level": "province"}
    for department in (*CAST, far):
        engine.register(department)
    act: dict[str, Any] = {"by": "far", "at": day("2026-03-02")}
    engine.open("share_request", case="R", provider="police", resource=RESOURCE, payload=REQUEST, **act)
    engine.fire("R", "request_supplement", by="police", at=day("2026-03-03"), payload={"items": ["用途说明"]})
    engine.fire("R", "supplement", by="far", at=day("2026-03-04"), payload={"materials": ["用途说明"]})

    (deadline,) = engine.case("R", now=day("2026-03-04")).deadlines
    # Ten working days of the Order from the day after the supplement, 5 to 18 March; none of the province's five.
    assert (deadline.limit, deadline.due.isoformat()) == ("national_reply", "2026-03-18")
    assert [one.text.en for one in auditing.verify(engine).findings] == []
    engine.close()


def test_a_sweep_for_an_earlier_moment_recorded_later_is_in_order(bench: Bench) -> None:
    bench.request("R", day("2026-03-02"))
    bench.now = day("2026-11-20")
    bench.engine.sweep(now=day("2026-03-11"))

    assert bench.verify().ok
    assert [entry.kind for entry in bench.engine.history("R")] == ["step", "lapse"]


# Whatever the engine admits, the verifier derives


def some_payload(row: Any, chance: random.Random, at: datetime) -> dict[str, Any]:
    later = (at.date() + timedelta(days=chance.randint(1, 15))).isoformat()
    values = {"text": "内容", "texts": ["内容"], "flag": True, "days": 4, "ground": "26.1", "department": "organ"}
    values |= {"date": later if row.exactly_one else (at.date() - timedelta(days=4)).isoformat()}
    chosen = chance.choice(row.exactly_one) if row.exactly_one else None
    payload: dict[str, Any] = {}
    for name, said in row.payload.items():
        kind = said.removesuffix("?")
        wanted = name == chosen if name in row.exactly_one else not said.endswith("?")
        if wanted and kind.startswith("one of "):
            payload[name] = chance.choice(kind.removeprefix("one of ").split(",")).strip()
        elif wanted:
            payload[name] = values[kind]
    return payload


def an_act(bench: Bench, chance: random.Random, at: datetime, number: int) -> None:
    engine, book = bench.engine, rules.rule_book()
    names = [view.case for view in engine.cases(now=at)]
    if not names or chance.random() < 0.2:
        table = chance.choice(list(book.procedures.values()))
        row = chance.choice(table.openings)
        given: dict[str, Any] = (
            {"provider": "police"} if table.id in ("share_request", "verification", "dispute") else {}
        )
        given |= {"against": "police"} if table.id == "rectification" else {}
        given |= {"resource": RESOURCE} if table.id in ("share_request", "dispute") else {}
        payload = some_payload(row, chance, at)
        by = chance.choice(["auth", "labour", "police", "tax"])
        engine.open(table.id, case=f"C{number}", by=by, at=at, step=row.name, payload=payload, **given)
        return
    case = chance.choice(names)
    table = book.procedures[engine.case(case, now=at).procedure]
    able = [
        (one["id"], option.step)
        for one in CAST
        for option in engine.options(case, by=one["id"], now=at)
        if option.allowed
    ]
    if able:
        by, step = chance.choice(able)
        engine.fire(case, step, by=by, at=at, payload=some_payload(chance.choice(table.by_name[step]), chance, at))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_an_engine_admits_is_derived_a_second_time(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)
    at, refused = day(chance.choice(["2026-01-26", "2026-04-20", "2026-12-08"])), 0
    for number in range(50):
        at += timedelta(hours=chance.choice([0, 0, 3, 20, 60, 200]))
        bench.now = at + timedelta(minutes=chance.choice([0, 5]))
        try:
            if chance.random() < 0.15:
                bench.engine.sweep(now=at)
            else:
                an_act(bench, chance, at, number)
        except GongxiangError:
            refused += 1

    verification = bench.verify()

    assert [(one.case, one.seq, one.text.en) for one in verification.findings] == []
    assert verification.events + verification.entries > 10 + len(CAST)
    assert refused < 40
