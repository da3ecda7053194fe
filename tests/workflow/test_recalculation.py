"""What a notice moves: the plan tells it before anything moves, and it is carried out in batches that may end at any
instant.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from threading import Thread
from typing import Any

import acts
import forking
import pytest
import raw
from acts import at
from keeper import Keeper
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from test_host_session import notice_2027

import gongxiang
from gongxiang.calendars import Holiday, Notice
from gongxiang.errors import AlreadyDone, KeyReused, OutOfOrder
from gongxiang.workflow import auditing, recalculating
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.recalculation import Move, Recalculated
from gongxiang.workflow.together import together

# Made up: Dragon Boat Festival lasts until Tuesday the 23rd instead of Sunday the 21st, and Saturday the 27th works.
AMENDMENT = Notice(
    id="2026-amend-made-up",
    year=2026,
    number="虚构〔2026〕2号",
    signed=date(2026, 6, 15),
    published=date(2026, 6, 15),
    source="made up",
    holidays=(Holiday("端午节", date(2026, 6, 19), date(2026, 6, 23)),),
    workdays=(date(2026, 6, 27),),
    amends="2026",
    amends_names=("端午节",),
)
IMPORTED = at("2026-06-26T09:00")
NEW_YEAR = notice_2027(7)
"""1 to 7 January 2027 are off: what was received on 28 December is due on the 11th instead of, by the law, the 5th."""
SIGNED = at("2026-12-29T09:00")
SIGNER = {"signer": "王某"}


def says(moves: list[Move] | tuple[Move, ...]) -> dict[str, tuple[str, date, date]]:
    return {move.case: (move.kind, move.old, move.new) for move in moves}


def june(day: int) -> date:
    return date(2026, 6, day)


@pytest.fixture
def summer(url: str) -> Engine:
    """One case of each kind, swept on 24 June, before anybody here knew the notice of the 15th."""
    engine = acts.engine(url)
    acts.request(engine, "long ago")
    grant(engine, "long ago", "2026-02-13T09:00")
    acts.request(engine, "same", at=at("2026-06-11T09:00"))
    for name in ("late", "met"):
        acts.request(engine, name, at=at("2026-06-15T09:00"))
    acts.finding(engine, "defaulted", at=at("2026-06-15T09:00"))
    payload = {"ground": "26.2", "facts": "未按规定共享", "working_days": 5}
    acts.order(engine, "defaulted", at=at("2026-06-15T10:00"), payload=payload)
    grant(engine, "met", "2026-06-16T09:00")
    acts.request(engine, "later", at=at("2026-06-18T09:00"))
    acts.request(engine, "earlier", at=at("2026-06-23T09:00"))
    engine.sweep(now=at("2026-06-24T09:00"))
    return engine


def grant(engine: Engine, case: str, moment: str) -> None:
    engine.fire(case, "grant", by="police", at=at(moment), payload={"terms": "接口"})


def test_an_amendment_of_the_years_notice_has_a_plan_that_says_what_it_does_to_each_deadline(summer: Engine) -> None:
    plan = summer.recalculation_plan(now=IMPORTED, notices=(AMENDMENT,))

    assert says(plan) == {
        # 16, 17, 18, 22, 23 June; by the amendment 16, 17, 18, 24, 25.
        "late": ("would_cease_to_be_late", june(23), june(25)),
        "defaulted": ("sanction_rests_on_it", june(23), june(25)),
        "met": ("already_met", june(23), june(25)),
        # 22 to 26 June; by the amendment 24 to 27 and 29.
        "later": ("moves", june(26), june(29)),
        # 24, 25, 26, 29, 30 June; by the amendment 24 to 27 and 29.
        "earlier": ("earlier", june(30), june(29)),
    }
    assert summer.recalculation_plan(now=IMPORTED) == []


def test_a_deadline_whose_new_date_has_passed_would_become_late(summer: Engine) -> None:
    plan = summer.recalculation_plan(now=at("2026-06-30T09:00"), notices=(AMENDMENT,))

    assert says(plan)["earlier"] == ("would_become_late", june(30), june(29))


def test_a_signed_amendment_moves_what_may_move_and_leaves_the_rest_to_a_person(summer: Engine) -> None:
    done = summer.import_notices([AMENDMENT], at=IMPORTED, by="bureau", signer="王某")

    assert {move.case: move.new for move in done.moved} == {"late": june(25), "later": june(29)}
    assert {move.case: move.kind for move in done.left} == {"defaulted": "sanction_rests_on_it", "earlier": "earlier"}
    assert summer.case("met", now=IMPORTED).deadlines[0].due == june(23)
    assert auditing.verify(summer).findings == ()


def test_what_was_met_stands_in_the_plan_until_somebody_has_signed_it(summer: Engine) -> None:
    summer.import_notice(AMENDMENT, at=IMPORTED)
    assert "met" in says(summer.recalculation_plan(now=IMPORTED))

    summer.recalculate(by="bureau", at=IMPORTED, payload=SIGNER)

    assert set(says(summer.recalculation_plan(now=IMPORTED))) == {"defaulted", "earlier"}


def test_a_limit_once_communicated_is_shortened_by_a_persons_explicit_word_only(summer: Engine) -> None:
    summer.import_notices([AMENDMENT], at=IMPORTED, by="bureau", signer="王某")

    with pytest.raises(AlreadyDone, match="王某"):
        summer.recalculate(by="bureau", at=IMPORTED, payload={"signer": "李某"})
    done = summer.recalculate(by="bureau", at=IMPORTED, payload={"signer": "李某", "shorten": True})

    assert says(done.moved) == {"earlier": ("earlier", june(30), june(29))}
    assert auditing.verify(summer).findings == ()


def test_no_case_is_read_whose_dates_the_notice_cannot_touch(backend: str, shared_url: str) -> None:
    """Due on 26 February, 19 June or before, whatever happens on the 22nd: their rows could not even be read."""
    engine = acts.engine(shared_url)
    for name, moment in (("met", "2026-02-12T09:00"), ("owed", "2026-06-11T09:00"), ("later", "2026-06-18T09:00")):
        acts.request(engine, name, at=at(moment))
    grant(engine, "met", "2026-02-13T09:00")
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id IN ('met', 'owed')")

    done = engine.import_notices([AMENDMENT], at=at("2026-06-18T10:00"), by="bureau", signer="王某")

    assert says(done.moved) == {"later": ("moves", june(26), june(29))}
    engine.close()


# Batches


def names(count: int) -> list[str]:
    return [f"R-{number:04}" for number in range(count)]


def prepared(url: str, count: int) -> Engine:
    """Return an engine with that many requests that the notice of the new year, which stands imported, moves."""
    engine = acts.engine(url)
    with together(engine, names(count), []) as gathered:
        for name in names(count):
            acts.request(gathered, name, at=at("2026-12-28T09:00"))
    engine.import_notice(NEW_YEAR, at=at("2026-12-28T10:00"))
    return engine


def recalculate(engine: Engine, **told: Any) -> Recalculated:
    return engine.recalculate(**{"by": "bureau", "at": SIGNED, "payload": SIGNER, **told})


def entries(engine: Engine) -> list[Any]:
    """Return what the register says of each batch."""
    return [event.content for event in engine.ledger() if not event.case and event.kind == "recalculation"]


def times_moved(engine: Engine) -> Counter[str]:
    return Counter(event.case for event in engine.ledger() if event.case and event.kind == "recalculation")


def wrong(engine: Engine, count: int) -> list[str]:
    """Return what is wrong after all is done: every case moved once, and the ledger as it must be."""
    found = [f"{name} moved {times} times" for name, times in times_moved(engine).items() if times != 1]
    if set(times_moved(engine)) != set(names(count)):
        found.append(f"{len(times_moved(engine))} cases moved, not {count}")
    dues = Counter(deadline.due for case in engine.cases(now=SIGNED) for deadline in case.deadlines)
    if dues != {date(2027, 1, 11): count}:
        found.append(f"due on {dues}")
    if engine.recalculation_plan(now=SIGNED):
        found.append("something is left in the plan")
    return found + acts.faults(engine) + [finding.text.en for finding in auditing.verify(engine).findings]


@pytest.fixture
def tens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of ten."""
    monkeypatch.setattr(recalculating, "BATCH", 10)


@pytest.mark.usefixtures("tens")
@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_each_batch_is_a_transaction_with_an_entry_of_its_own(count: int, sizes: list[int], url: str) -> None:
    engine = prepared(url, count)
    told: list[tuple[int, int]] = []

    done = recalculate(engine, progress=lambda *numbers: told.append(numbers))

    assert [len(entry["moved"]) for entry in entries(engine)] == sizes
    assert [entry["cases"] for entry in entries(engine)] == [
        names(count)[start : start + 10] for start in range(0, count, 10)
    ]
    assert told == [(min(done, count), count) for done in range(10, 10 * len(sizes) + 10, 10)]
    assert [move.case for move in done.moved] == names(count)
    assert len(done.receipt.recorded) == count + len(sizes)
    assert wrong(engine, count) == []


@pytest.mark.usefixtures("tens")
def test_the_first_batch_enters_the_notice_that_all_of_them_follow(url: str) -> None:
    engine = acts.engine(url)
    for name in names(25):
        acts.request(engine, name, at=at("2026-12-28T09:00"))

    done = engine.import_notices([NEW_YEAR], at=SIGNED, by="bureau", signer="王某")

    assert [kind for case, _, kind, _ in done.receipt.recorded if not case] == ["notice", *["recalculation"] * 3]
    assert wrong(engine, 25) == []


@pytest.mark.usefixtures("tens")
def test_a_recalculation_that_was_stopped_is_gone_on_with_by_whoever_signs_next(url: str) -> None:
    engine = prepared(url, 25)

    first = recalculate(engine, stop=lambda: True)
    planned = [move.case for move in engine.recalculation_plan(now=SIGNED)]
    second = recalculate(engine, payload={"signer": "李某"})

    assert ([move.case for move in first.moved], first.finished) == (names(25)[:10], False)
    assert planned == [move.case for move in second.moved] == names(25)[10:]
    assert second.finished
    assert [entry["signer"] for entry in entries(engine)] == ["王某", "李某", "李某"]
    with pytest.raises(AlreadyDone, match="李某"):
        recalculate(engine)
    assert wrong(engine, 25) == []


def imported(engine: Engine, **told: Any) -> Recalculated:
    return engine.import_notices([NEW_YEAR], **{"at": SIGNED, "by": "bureau", "signer": "王某", **told})


@pytest.mark.usefixtures("tens")
@pytest.mark.parametrize("act", [recalculate, imported], ids=["recalculate", "import_notices"])
@pytest.mark.parametrize("ended", [1, 2, 3])
def test_a_key_answers_for_the_whole_run_also_where_a_second_one_finished_it(
    act: Callable[..., Recalculated], ended: int, url: str
) -> None:
    engine = prepared(url, 25) if act is recalculate else acts.engine(url)
    if act is imported:
        for name in names(25):
            acts.request(engine, name, at=at("2026-12-28T09:00"))
    asked = iter(range(1, 9))

    first = act(engine, idempotency_key="key", stop=lambda: next(asked) == ended)
    second = act(engine, idempotency_key="key")
    heads = acts.heads(engine)
    third = act(engine, idempotency_key="key")

    assert [move.case for move in first.moved] == names(25)[: 10 * ended]
    assert [move.case for move in second.moved] == names(25)
    assert (second.finished, second.receipt.replayed) == (True, ended == 3)
    assert (third, third.receipt.replayed) == (second, True)
    assert acts.heads(engine) == heads
    assert wrong(engine, 25) == []


@pytest.mark.usefixtures("tens")
def test_the_key_of_a_run_that_was_stopped_serves_no_other(url: str) -> None:
    engine = prepared(url, 25)
    recalculate(engine, idempotency_key="key", stop=lambda: True)
    before = acts.heads(engine)

    with pytest.raises(KeyReused):
        recalculate(engine, idempotency_key="key", payload={"signer": "李某"})

    assert acts.heads(engine) == before


@pytest.mark.usefixtures("tens")
def test_what_is_left_to_a_person_is_said_batch_by_batch_and_once_a_run(url: str) -> None:
    """By a notice with a working Saturday, 2 January, what was received on 28 December is due on the 4th."""
    first, *others = notice_2027(1).holidays
    engine = acts.engine(url)
    for name in names(25):
        acts.request(engine, name, at=at("2026-12-28T09:00"))
    engine.import_notice(
        replace(NEW_YEAR, holidays=(first, *others), workdays=(date(2027, 1, 2),)), at=at("2026-12-28T10:00")
    )

    refused = recalculate(engine)
    with pytest.raises(AlreadyDone):
        recalculate(engine)
    shortened = recalculate(engine, payload={**SIGNER, "shorten": True})

    assert [len(entry["left"]) for entry in entries(engine)] == [10, 10, 5, 0, 0, 0]
    assert (len(refused.left), refused.moved) == (25, ())
    assert {(move.old, move.new, move.kind) for move in refused.left} == {
        (date(2027, 1, 5), date(2027, 1, 4), "earlier")
    }
    assert [move.case for move in shortened.moved] == names(25)
    assert auditing.verify(engine).findings == ()


@pytest.mark.usefixtures("tens")
def test_who_acts_while_it_goes_on_is_neither_held_up_nor_overtaken(url: str) -> None:
    engine = prepared(url, 25)
    later = at("2026-12-29T10:00")

    def act(done: int, _: int) -> None:
        if done == 10:
            engine.correct("R-0012", 1, by="labour", at=later, corrected={"purpose": "核验"}, reasons="笔误")

    done = recalculate(engine, progress=act)
    planned = engine.recalculation_plan(now=later)
    again = recalculate(engine, at=later)

    assert says(done.left) == {"R-0012": ("acted_since", date(2027, 1, 5), date(2027, 1, 11))}
    assert [move.case for move in done.moved] == [name for name in names(25) if name != "R-0012"]
    assert says(planned) == says(again.moved) == {"R-0012": ("moves", date(2027, 1, 5), date(2027, 1, 11))}
    assert wrong(engine, 25) == []


@pytest.mark.usefixtures("tens")
@pytest.mark.parametrize("case", ["R-0002", "R-0024"], ids=["of the first batch", "of the last"])
def test_one_dated_before_an_act_of_a_case_is_refused_and_moves_nothing(case: str, url: str) -> None:
    engine = prepared(url, 25)
    engine.correct(case, 1, by="labour", at=SIGNED, corrected={"purpose": "核验"}, reasons="笔误")
    before = acts.heads(engine)

    with pytest.raises(OutOfOrder):
        recalculate(engine, at=at("2026-12-28T11:00"))

    assert acts.heads(engine) == before


@pytest.mark.usefixtures("tens")
def test_in_a_hosts_session_all_is_one_transaction_of_the_hosts(shared_url: str) -> None:
    prepared(shared_url, 25).close()
    pool = create_engine(shared_url)
    with Session(pool) as session:
        engine = gongxiang.open_engine(session=session, clock=lambda: SIGNED, rules="decree-330")
        assert len(recalculate(engine, idempotency_key="key").moved) == 25
        session.rollback()
        assert len(recalculate(engine, idempotency_key="key").moved) == 25
        session.commit()
    pool.dispose()
    engine = acts.engine(shared_url)

    assert [len(entry["moved"]) for entry in entries(engine)] == [25]
    assert wrong(engine, 25) == []
    engine.close()


@pytest.mark.usefixtures("tens")
@pytest.mark.parametrize("key", ["key", None])
def test_two_who_do_the_same_at_once_move_every_case_once(key: str | None, shared_url: str) -> None:
    engine = prepared(shared_url, 45)
    done: list[Recalculated] = []

    def work() -> None:
        other = gongxiang.open_engine(shared_url, clock=lambda: SIGNED, rules="decree-330")
        try:
            done.append(recalculate(other, idempotency_key=key))
        except AlreadyDone:
            assert key is None
        other.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    moved = sorted(move.case for result in done for move in result.moved)
    assert moved == sorted(names(45) * (3 if key else 1))
    assert wrong(engine, 45) == []
    engine.close()


# Processes that die

THOUSAND = 1000


def child(url: str, *words: str) -> forking.Child:
    return forking.Child("recalculated", url, *words)


def test_one_that_was_killed_in_the_middle_of_a_thousand_cases_is_finished_by_the_next(shared_url: str) -> None:
    prepared(shared_url, THOUSAND).close()
    process = child(shared_url, "key")
    told = [process.stdout.readline().split() for _ in range(3)]
    process.kill()
    done = process.ended()
    told += [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == -signal.SIGKILL
    engine = acts.engine(shared_url)

    assert told[:3] == [["100", "1000"], ["200", "1000"], ["300", "1000"]]
    begun = len(times_moved(engine))
    assert begun in (100 * len(told), 100 * len(told) + 100)
    assert begun < THOUSAND
    assert {len(entry["moved"]) for entry in entries(engine)} == {100}
    assert len(engine.recalculation_plan(now=SIGNED)) == THOUSAND - begun

    finished = recalculate(engine, idempotency_key="key")

    assert [move.case for move in finished.moved] == names(THOUSAND)
    assert wrong(engine, THOUSAND) == []
    engine.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def few(request: pytest.FixtureRequest, keeper: Keeper) -> tuple[str, int]:
    """A database with 25 such requests, and the number of statements that moving them takes."""
    url = keeper.new(request.param)
    prepared(url, 25).close()
    with keeper.lent(url) as copied:
        return url, int(child(copied, "key", "10").ended().stdout.split()[-1])


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("share", [0.35, 0.8])
def test_one_that_was_killed_at_a_statement_moves_every_case_once(
    share: float, moment: str, few: tuple[str, int], copy_of: Callable[[str], str]
) -> None:
    prepared_url, statements = few
    url = copy_of(prepared_url)
    killed = child(url, "key", "10", str(1 + int(share * statements)), moment).ended()
    assert killed.returncode == -signal.SIGKILL
    engine = acts.engine(url)

    assert {len(entry["moved"]) for entry in entries(engine)} <= {10, 5}
    assert auditing.verify(engine).findings == ()
    done = recalculate(engine, idempotency_key="key")

    assert [move.case for move in done.moved] == names(25)
    assert wrong(engine, 25) == []
    engine.close()
