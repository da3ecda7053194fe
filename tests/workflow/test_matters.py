"""What a case is about, and in which words a refusal says so."""

from __future__ import annotations

import pytest
from acts import at, department, engine, finding, order, request

from gongxiang.errors import BadInput, StepNotAllowed
from gongxiang.workflow import auditing

LATE = {"ground": "26.7", "facts": "逾期未答复", "about": "R-1"}


def test_a_finding_about_a_request_links_to_it(url: str) -> None:
    opened = engine(url)
    request(opened)

    finding(opened, payload=LATE)

    assert opened.case("X-1", now=at("2026-03-03T09:00")).links == (("about", "R-1"),)
    assert auditing.verify(opened).findings == ()


def test_the_case_a_finding_is_about_may_stand_in_either_place_but_not_be_two(url: str) -> None:
    opened = engine(url)
    request(opened)
    request(opened, "R-2")

    finding(opened, payload={"ground": "26.7", "facts": "逾期未答复"}, about="R-2")
    with pytest.raises(BadInput) as refused:
        finding(opened, "X-2", payload=LATE, about="R-2")

    assert opened.case("X-1", now=at("2026-03-03T09:00")).about == "R-2"
    assert [reason.code for reason in refused.value.reasons] == ["two_matters"]


def test_a_second_case_on_the_same_ground_and_matter_is_sent_to_the_open_one_by_name(url: str) -> None:
    opened = engine(url)
    request(opened)
    finding(opened, payload=LATE)

    with pytest.raises(StepNotAllowed) as refused:
        finding(opened, "X-2", payload=LATE)

    (reason,) = refused.value.reasons
    assert (reason.code, reason.article) == ("already_open", "decree-330/26")
    assert reason.mend is not None
    assert "X-1" in reason.mend.zh


def test_a_circular_after_the_limit_is_refused_only_for_the_report_that_waits(url: str) -> None:
    opened = engine(url)
    finding(opened)
    order(opened)
    opened.fire("X-1", "report_correction", by="police", at=at("2026-03-17T23:30"), payload={"evidence": "已补充提供"})

    with pytest.raises(StepNotAllowed) as refused:
        opened.fire(
            "X-1", "circulate", by="bureau", at=at("2026-03-18T10:00"), payload={"signer": "王某", "text": "通报"}
        )

    assert [reason.code for reason in refused.value.reasons] == ["wrong_state", "timely_report_waits"]


def test_an_audit_counts_the_events_of_cases_as_a_play_does_and_the_registers_apart(url: str) -> None:
    opened = engine(url)
    request(opened)

    verified = auditing.verify(opened)

    assert (verified.cases, verified.events, verified.entries) == (1, 1, 10)


def test_a_case_referred_before_the_circular_is_referred_again_after_it_and_concluded_by_that_referral(
    url: str,
) -> None:
    opened = engine(url)
    opened.register({**department("discipline"), "id": "province", "name": "省纪委监委"})
    finding(opened)
    refer = {"by": "bureau", "payload": {"facts": "情节严重", "to": "discipline"}}
    opened.fire("X-1", "refer", at=at("2026-03-02T10:00"), **refer)
    order(opened)
    opened.fire("X-1", "circulate", by="bureau", at=at("2026-03-18T10:00"), payload={"signer": "王某", "text": "通报"})
    opened.fire("X-1", "refer", at=at("2026-03-19T10:00"), by="bureau", payload={"facts": "情节严重", "to": "province"})

    answer = {"outcome": "sanction", "reference": "某纪〔2026〕1号"}
    with pytest.raises(StepNotAllowed) as refused:
        opened.fire("X-1", "record_outcome", by="discipline", at=at("2026-03-20T10:00"), payload=answer)
    opened.fire("X-1", "record_outcome", by="province", at=at("2026-03-20T11:00"), payload=answer)

    assert [reason.code for reason in refused.value.reasons] == ["not_the_organ_referred_to"]
    assert opened.case("X-1", now=at("2026-03-21T00:00")).state == "concluded"
    assert auditing.verify(opened).findings == ()


def test_a_case_may_not_open_on_a_day_when_its_twin_was_still_open(url: str) -> None:
    opened = engine(url)
    finding(opened)
    opened.fire("X-1", "revoke", by="bureau", at=at("2026-03-13T09:00"), payload={"reasons": "事实不成立"})

    with pytest.raises(StepNotAllowed):
        finding(opened, "X-2", at=at("2026-03-12T09:00"))
    finding(opened, "X-3", at=at("2026-03-13T09:00"))

    assert auditing.verify(opened).findings == ()


@pytest.mark.parametrize("urged", [False, True])
def test_while_a_report_waits_it_is_the_authority_s_move(urged: bool) -> None:
    opened = engine()
    finding(opened)
    if urged:
        opened.fire("X-1", "urge", by="bureau", at=at("2026-03-02T10:00"), payload={"text": "请整改"})

    opened.fire("X-1", "report_correction", by="police", at=at("2026-03-03T09:00"), payload={"evidence": "已提供"})

    ((group),) = opened.today(now=at("2026-03-03T10:00")).groups
    assert (group.owes, [item.duty for item in group.items]) == ("bureau", ["accept_correction"])


def test_a_limit_that_passed_over_a_weekend_is_overdue_by_a_day_and_not_due_today(url: str) -> None:
    opened = engine(url)
    request(opened, at=at("2026-03-06T09:00"))  # Friday; due Friday the 13th

    (group,) = opened.today(now=at("2026-03-14T09:00")).groups

    assert [(item.phase, item.days_left) for item in group.items] == [("overdue", -1)]
