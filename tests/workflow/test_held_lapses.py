"""A lapse that a known notice would move is held back until the notice's own date has passed too, and no longer.

Received on 21 January 2020, five working days: by the notice of November 2019 due on 3 February (22, 23, 31 January,
the make-up Saturday of 1 February, 3 February); by the notice published on 27 January due on 5 February (22, 23
January, 3, 4, 5 February).
"""

from __future__ import annotations

import pytest
from acts import at, engine, finding, order, request

from gongxiang import Engine
from gongxiang.workflow import auditing

NOON = "T12:00"


@pytest.fixture
def asked(url: str) -> Engine:
    opened = engine(url)
    request(opened, at=at("2020-01-21T09:00"))
    return opened


def reply(opened: Engine, moment: str) -> tuple[str, str | None]:
    (deadline,) = opened.case("R-1", now=at(moment)).deadlines
    return deadline.phase.value, deadline.lapsed_at.isoformat() if deadline.lapsed_at else None


@pytest.mark.parametrize(
    ("moment", "phase"),
    [("2020-02-03T23:59", "due_today"), ("2020-02-04T00:00", "running"), ("2020-02-05T23:59", "due_today")],
)
def test_between_the_two_dates_nobody_is_in_default(asked: Engine, moment: str, phase: str) -> None:
    swept = asked.sweep(now=at(moment))

    assert swept.lapses == ()
    assert reply(asked, moment) == (phase, None)


def test_once_both_dates_have_passed_the_lapse_is_found_at_the_later_one(asked: Engine) -> None:
    swept = asked.sweep(now=at("2020-02-06T00:00"))

    assert [(found.case, found.at.isoformat()) for found in swept.lapses] == [("R-1", "2020-02-06T00:00:00+08:00")]
    assert swept.held == ()
    assert reply(asked, "2020-02-06T00:00") == ("overdue", "2020-02-06T00:00:00+08:00")
    assert auditing.verify(asked).findings == ()


def test_a_recalculation_after_it_moves_the_date_and_leaves_the_one_lapse(asked: Engine) -> None:
    asked.sweep(now=at("2020-02-06T00:00"))

    asked.recalculate(by="bureau", at=at("2020-02-06T09:00"), payload={"signer": "王某"})
    again = asked.sweep(now=at("2020-02-20T00:00"))

    (deadline,) = asked.case("R-1", now=at("2020-02-20T00:00")).deadlines
    assert (deadline.due.isoformat(), deadline.original_due.isoformat()) == ("2020-02-05", "2020-02-03")
    assert again.lapses == ()
    assert [entry.kind for entry in asked.history("R-1")] == ["step", "lapse", "recalculation"]
    assert auditing.verify(asked).findings == ()


def test_a_reply_after_both_dates_is_late_with_its_lapse_on_record(asked: Engine) -> None:
    asked.fire("R-1", "grant", by="police", at=at("2020-02-06T10:00"), payload={"terms": "仅用于核验"})

    assert reply(asked, "2020-02-07T00:00") == ("met_late", "2020-02-06T00:00:00+08:00")
    assert [proposal.case for proposal in asked.today(now=at("2020-02-07T00:00")).proposals] == ["R-1"]
    assert auditing.verify(asked).findings == ()


def test_a_reply_between_the_two_dates_is_in_time(asked: Engine) -> None:
    asked.fire("R-1", "grant", by="police", at=at("2020-02-05T23:00"), payload={"terms": "仅用于核验"})

    assert reply(asked, "2020-02-07T00:00") == ("met", None)


def test_a_report_after_both_dates_stops_nothing(url: str) -> None:
    opened = engine(url)
    finding(opened, at=at("2020-01-19T09:00"))
    # Four working days from 21 January: 31 January as then known; 3 February by the notice of 27 January.
    order(opened, at=at("2020-01-20T09:00"), payload={"ground": "26.2", "facts": "未按规定共享", "working_days": 4})

    opened.fire("X-1", "report_correction", by="police", at=at("2020-02-05T09:00"), payload={"evidence": "已补充提供"})

    view = opened.case("X-1", now=at("2020-02-05T09:00"))
    assert (view.state, view.deadlines[0].phase.value) == ("in_default", "overdue")
    assert auditing.verify(opened).findings == ()
