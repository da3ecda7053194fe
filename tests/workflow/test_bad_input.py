"""Bad input through the Python interface: each item refused with its reason, article and mend, nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import acts
import pytest
from acts import at

from gongxiang.errors import (
    AlreadyDone,
    BadInput,
    BeyondHorizon,
    GongxiangError,
    OutOfOrder,
    Refused,
    StepNotAllowed,
    UnknownCase,
    UnknownDepartment,
    UnknownStep,
)
from gongxiang.workflow import auditing, docket
from gongxiang.workflow.engine import Engine

Act = Callable[[Engine], Any]
NAIVE = datetime.fromisoformat("2026-02-12T09:00")


@pytest.fixture(scope="module")
def engine(module_url: str) -> Engine:
    """A refused request, an order whose limit ran out, one with a report that waits; nothing here changes them."""
    opened = acts.engine(module_url)
    acts.request(opened)
    opened.fire("R-1", "refuse", by="police", at=at("2026-02-13T09:00"), payload={"reasons": "超出职权"})
    acts.request(opened, "R-2")
    acts.finding(opened)
    acts.order(opened)
    acts.finding(opened, "X-2", payload={"ground": "26.3", "facts": "数据有误"})
    acts.order(opened, "X-2", payload={"ground": "26.3", "facts": "数据有误", "working_days": 10})
    opened.fire("X-2", "report_correction", by="police", at=at("2026-03-10T09:00"), payload={"evidence": "已改正"})
    for name in ("water", "customs"):
        acts.finding(opened, f"X-{name}", against=name)
    return opened


def opening(**changes: Any) -> Act:
    return lambda engine: acts.request(engine, "R-9", **changes)


def firing(case: str, step: str, by: str, moment: str, **more: Any) -> Act:
    return lambda engine: engine.fire(case, step, by=by, at=at(moment), **more)


def sharing(kind: str, **more: Any) -> dict[str, Any]:
    return {**acts.RESOURCE, "sharing": kind, **more}


SIGNED = {"signer": "王某", "text": "通报"}
ORDER = {"ground": "26.2", "facts": "未按规定共享", "working_days": 10}
LATE, EARLY = "2026-03-18T09:00", "2026-03-16T09:00"

# Of each item of the requirement: the act, the error, the code of a reason, its article.
ITEMS: dict[str, tuple[Act, type[GongxiangError], str, str | None]] = {
    "a naive date-time": (opening(at=NAIVE), BadInput, "naive_datetime", None),
    "a naive moment of recording": (opening(recorded_at=NAIVE), BadInput, "naive_datetime", None),
    "a naive now": (lambda engine: engine.case("R-1", now=NAIVE), BadInput, "naive_datetime", None),
    "a naive sweep": (lambda engine: engine.sweep(now=NAIVE), BadInput, "naive_datetime", None),
    "an unknown department": (opening(by="labor"), UnknownDepartment, "unknown_department", None),
    "an unknown provider": (opening(provider="polize"), UnknownDepartment, "unknown_department", None),
    "an unknown role": (opening(against="police"), BadInput, "unknown_field", None),
    "a department of the wrong kind": (opening(provider="discipline"), Refused, "wrong_kind", "3.2"),
    "an unknown kind": (
        lambda engine: engine.register({**acts.department("police"), "id": "new", "kind": "ministry"}),
        BadInput,
        "unknown_kind",
        None,
    ),
    "an unknown case": (firing("R-7", "grant", "police", LATE), UnknownCase, "unknown_case", None),
    "an unknown step": (firing("R-1", "grnat", "police", LATE), UnknownStep, "unknown_step", "17.2"),
    "an unknown procedure": (
        lambda engine: engine.open("share_reqest", case="R-9", by="labour", at=at(LATE)),
        Refused,
        "unknown_procedure",
        None,
    ),
    "a step by the wrong party": (
        firing("R-2", "grant", "labour", "2026-02-13T09:00", payload={"terms": "同意"}),
        StepNotAllowed,
        "wrong_party",
        "17.2",
    ),
    "a step by an authority of another place": (
        firing("X-1", "circulate", "dalian", LATE, payload=SIGNED),
        StepNotAllowed,
        "wrong_level",
        "26",
    ),
    "a step out of the table's order": (
        firing("R-1", "withdraw", "labour", "2026-02-14T09:00"),
        StepNotAllowed,
        "wrong_state",
        None,
    ),
    "a step out of the order of time": (
        firing("R-1", "close", "labour", "2026-02-13T08:59"),
        OutOfOrder,
        "out_of_order",
        None,
    ),
    "a missing reason": (
        firing("R-2", "refuse", "police", "2026-02-13T09:00"),
        StepNotAllowed,
        "missing_field",
        "17.2",
    ),
    "a blank reason": (
        firing("R-2", "refuse", "police", "2026-02-13T09:00", payload={"reasons": " \u3000\n"}),
        StepNotAllowed,
        "blank_field",
        "17.2",
    ),
    "an unknown field": (
        firing("R-2", "refuse", "police", "2026-02-13T09:00", payload={"reasons": "理由", "reason": "理由"}),
        StepNotAllowed,
        "unknown_field",
        None,
    ),
    "a date beyond the horizon": (opening(at=at("2031-02-12T09:00")), BeyondHorizon, "beyond_horizon", None),
    "an act before 2020": (opening(at=at("2019-12-31T23:59")), StepNotAllowed, "before_in_force", "28"),
    "a change before 2020": (
        lambda engine: engine.open(
            "catalogue_update",
            case="R-9",
            by="police",
            at=at("2020-01-02T09:00"),
            payload={"change": "机构改革", "date": "2019-12-31"},
        ),
        StepNotAllowed,
        "change_before_in_force",
        "28",
    ),
    "unconditional data": (opening(resource=sharing("unconditional")), StepNotAllowed, "unconditional", "17.1"),
    "data not shared": (opening(resource=sharing("none")), StepNotAllowed, "not_shared", "12.2"),
    "classified data": (
        opening(resource=sharing("conditional", classified=True)),
        StepNotAllowed,
        "classified",
        "2",
    ),
    "a party outside the province": (opening(provider="beijing"), StepNotAllowed, "outside_territory", "2"),
    "an order against a utility": (
        firing("X-water", "order", "bureau", "2026-03-03T09:00", payload=ORDER),
        StepNotAllowed,
        "not_a_utility",
        "7",
    ),
    "an order against a central body": (
        firing("X-customs", "order", "bureau", "2026-03-03T09:00", payload=ORDER),
        StepNotAllowed,
        "not_a_central_body",
        "27",
    ),
    "a criticism before the limit has passed": (
        firing("X-1", "circulate", "bureau", EARLY, payload=SIGNED),
        StepNotAllowed,
        "limit_not_passed",
        "26",
    ),
    "a criticism while a timely report waits": (
        firing("X-2", "circulate", "bureau", LATE, payload=SIGNED),
        StepNotAllowed,
        "timely_report_waits",
        "26",
    ),
    "a criticism nobody signs": (
        firing("X-1", "circulate", "bureau", LATE, payload={"text": "通报"}),
        StepNotAllowed,
        "missing_field",
        "26",
    ),
    "a case opened twice": (lambda engine: acts.request(engine, at=at(LATE)), AlreadyDone, "case_exists", None),
    "a department registered twice": (
        lambda engine: engine.register(acts.department("police")),
        AlreadyDone,
        "already_registered",
        None,
    ),
    "a case about one that does not exist": (opening(about="R-7"), UnknownCase, "unknown_case", None),
    "a name kept for linked cases": (
        lambda engine: acts.request(engine, "R-9/D"),
        BadInput,
        "reserved_case_name",
        None,
    ),
    "a blank name": (lambda engine: acts.request(engine, " "), BadInput, "bad_case_name", None),
    "a signature that is none": (
        lambda engine: engine.recalculate(by="bureau", at=at(LATE), payload={"signer": " "}),
        BadInput,
        "missing_field",
        None,
    ),
    "a recalculation by a department": (
        lambda engine: engine.recalculate(by="police", at=at(LATE), payload={"signer": "王某"}),
        StepNotAllowed,
        "wrong_party",
        None,
    ),
    "a correction of what decided a date": (
        lambda engine: engine.correct(
            "X-1", 2, by="bureau", at=at(EARLY), corrected={"working_days": 20}, reasons="笔误"
        ),
        BadInput,
        "decisive_field",
        None,
    ),
    "a correction by a stranger": (
        lambda engine: engine.correct("X-1", 2, by="labour", at=at(EARLY), corrected={"facts": "别的"}, reasons="笔误"),
        StepNotAllowed,
        "wrong_party",
        None,
    ),
    "a correction without a reason": (
        lambda engine: engine.correct("X-1", 2, by="bureau", at=at(EARLY), corrected={"facts": "别的"}, reasons=""),
        BadInput,
        "missing_field",
        None,
    ),
}


@pytest.mark.parametrize("item", ITEMS)
def test_bad_input_is_refused_with_its_reason_article_and_mend_and_writes_nothing(item: str, engine: Engine) -> None:
    act, kind, code, article = ITEMS[item]
    before = acts.heads(engine)

    with pytest.raises(kind) as caught:
        act(engine)

    found = [reason for reason in caught.value.reasons if reason.code == code]
    assert found, [reason.code for reason in caught.value.reasons]
    assert article is None or found[0].article == f"decree-330/{article}"
    for reason in caught.value.reasons:
        assert reason.mend is not None, reason.code
        assert reason.text.zh != reason.text.en
    assert acts.heads(engine) == before


class Colour(StrEnum):
    RED = "red"


NO_JSON = {
    "a decimal": Decimal("1.5"),
    "bytes": b"x",
    "a set": {"x"},
    "a moment": at(LATE),
    "an object": object(),
    "not a number": float("nan"),
    "infinity": float("inf"),
    "a fraction that some write with an exponent": 0.00001,
    "a fraction beyond what every reader tells apart": 1e16,
    "a number of five thousand digits": 10**5000,
    "a lone surrogate": "\ud800",
    "NUL": "a\x00b",
    "a text of a million characters": "字" * 1_000_000,
    "a set in a list in an object": {"a": [{"b": {1}}]},
    "a field that is no text": {1: "x"},
}


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


@pytest.mark.parametrize("what", [*NO_JSON, "a hundred thousand levels"])
def test_what_no_json_can_say_alike_everywhere_is_refused_with_its_place(what: str, engine: Engine) -> None:
    value = deep() if what == "a hundred thousand levels" else NO_JSON[what]
    before = acts.heads(engine)

    with pytest.raises(BadInput) as caught:
        acts.request(engine, "R-9", payload={**acts.REQUEST, "scope": value})

    assert "payload.scope" in caught.value.reasons[0].text.en
    assert "payload.scope" in caught.value.reasons[0].text.zh
    assert len(caught.value.reasons[0].text.en) < 400
    assert acts.heads(engine) == before


@pytest.mark.parametrize("field", ["case", "by", "provider", "step", "about", "idempotency_key", "resource", "payload"])
@pytest.mark.parametrize(
    "value",
    [7, b"x", "a\x00b", "\ud800", "x" * 1_000_000, ["x"], at(LATE)],
    ids=lambda value: f"{type(value).__name__} {str(value)[:3]!a}",
)
def test_a_name_or_an_object_that_is_none_is_refused_by_name(field: str, value: Any, engine: Engine) -> None:
    before = acts.heads(engine)

    with pytest.raises(BadInput) as caught:
        acts.request(engine, **{"case": "R-9", field: value})

    assert f"'{field}'" in caught.value.reasons[0].text.en
    assert acts.heads(engine) == before


@pytest.mark.parametrize("value", ["1", 1.0, True, 10**400])
def test_a_version_is_a_whole_number(value: Any, engine: Engine) -> None:
    with pytest.raises(BadInput) as caught:
        engine.fire("R-1", "close", by="labour", at=at("2026-02-14T09:00"), expected_version=value)

    assert "'expected_version'" in caught.value.reasons[0].text.en


def test_a_version_that_is_too_large_is_told_the_largest(engine: Engine) -> None:
    with pytest.raises(BadInput) as caught:
        engine.fire("R-1", "close", by="labour", at=at("2026-02-14T09:00"), expected_version=99999999999999999999999999)

    # RFC 8259, section 6: integers up to 2**53 - 1 are understood alike everywhere.
    assert "9007199254740991" in caught.value.reasons[0].text.en
    assert "9007199254740991" in caught.value.reasons[0].text.zh


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\n", "\u200b", "\u202e", "\u2028", "\u2029", "\x7f"], ids=ascii)
def test_a_case_name_with_a_character_that_nobody_sees_is_refused_with_its_place(sign: str, engine: Engine) -> None:
    before = acts.heads(engine)

    with pytest.raises(BadInput) as caught:
        acts.request(engine, f"R-{sign}9")

    (reason,) = caught.value.reasons
    assert f"character 3 of the case name is U+{ord(sign):04X}" in reason.text.en
    assert sign not in reason.text.zh
    assert reason.mend is not None
    assert acts.heads(engine) == before


@pytest.mark.parametrize("field", ["state", "procedure", "owes", "phase"])
@pytest.mark.parametrize(
    "value", [10**400, "\ud800", b"granted", "x" * 1_000_000], ids=lambda value: type(value).__name__
)
def test_a_filter_that_is_no_word_is_refused_by_name(field: str, value: Any, engine: Engine) -> None:
    with pytest.raises(BadInput) as caught:
        engine.cases(**{field: value})

    assert f"'{field}'" in caught.value.reasons[0].text.en
    assert caught.value.reasons[0].text.en.encode()


@pytest.mark.parametrize("day", ["2026-01-01", at(LATE), 20260101])
def test_the_day_of_an_edition_is_a_day(day: Any, engine: Engine) -> None:
    with pytest.raises(BadInput) as caught:
        engine.edition(known_on=day)

    assert "'known_on'" in caught.value.reasons[0].text.en


@pytest.mark.parametrize("names", [None, "R-1", 7, [7], ["R-\x00"]], ids=ascii)
def test_names_that_are_asked_for_are_a_list_of_names(names: Any, engine: Engine) -> None:
    with pytest.raises(BadInput):
        engine.existing(names)


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        at("1899-12-31T09:00"),
        datetime.fromisoformat("9000-12-31T23:59:59-12:00"),
        datetime.fromisoformat("0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_moment_outside_every_calendar_is_refused(moment: datetime, engine: Engine) -> None:
    for ask in (
        lambda: acts.request(engine, "R-9", at=moment),
        lambda: engine.sweep(now=moment),
        lambda: engine.today(now=moment),
        lambda: auditing.verify(engine, now=moment),
        lambda: docket.play(engine, [], until=moment),
    ):
        with pytest.raises(BadInput) as caught:
            ask()
        assert caught.value.reasons[0].code == "impossible_moment"


@pytest.mark.parametrize("day", ["2026-W10-2", "20260302", "2026-2-3", "2026-02-30", "２０２６-03-02", 20260302, None])
def test_a_day_is_written_as_year_month_and_day(day: Any, engine: Engine) -> None:
    with pytest.raises(StepNotAllowed) as caught:
        engine.open(
            "catalogue_update",
            case="R-9",
            by="police",
            at=at(LATE),
            payload={"change": "机构改革", "date": day},
        )

    assert caught.value.reasons[0].code == "bad_field"


def test_an_enumeration_and_a_tuple_are_recorded_as_the_json_they_stand_for(url: str) -> None:
    engine = acts.engine(url)
    acts.request(engine)
    payload = {"reasons": Colour.RED, "legal_basis": ("某条例",)}
    engine.fire("R-1", "refuse", by="police", at=at("2026-02-13T09:00"), payload=payload)

    assert engine.history("R-1")[-1].payload == {"reasons": "red", "legal_basis": ["某条例"]}


def test_what_the_caller_changes_afterwards_changes_no_record(url: str) -> None:
    engine = acts.engine(url)
    acts.request(engine)
    payload: dict[str, Any] = {"reasons": "理由", "legal_basis": ["某条例"]}
    engine.fire("R-1", "refuse", by="police", at=at("2026-02-13T09:00"), payload=payload)

    payload["legal_basis"].append("另一条例")

    assert engine.history("R-1")[-1].payload["legal_basis"] == ["某条例"]
    assert acts.faults(engine) == []


@pytest.mark.parametrize(
    "changes",
    [{"level": ["city"]}, {"kind": {}}, {"region": "２１０１００"}, {"region": "2101"}, {"name": ""}, {"id": 7}],
)
def test_an_ill_formed_department_is_refused(changes: dict[str, Any], engine: Engine) -> None:
    before = acts.heads(engine)

    with pytest.raises(BadInput):
        engine.register({**acts.department("police"), "id": "new", **changes})

    assert acts.heads(engine) == before


def test_an_act_sent_twice_without_a_key_is_refused_and_one_of_another_moment_is_not(url: str) -> None:
    engine = acts.engine(url)
    acts.finding(engine)
    report: dict[str, Any] = {"by": "police", "payload": {"evidence": "已改正"}}
    engine.fire("X-1", "report_correction", at=at("2026-03-03T09:00"), **report)
    before = acts.heads(engine)

    with pytest.raises(AlreadyDone) as caught:
        engine.fire("X-1", "report_correction", at=at("2026-03-03T09:00"), **report)

    assert caught.value.reasons[0].code == "act_recorded"
    assert acts.heads(engine) == before
    assert engine.fire("X-1", "report_correction", at=at("2026-03-03T09:01"), **report).version == 3
