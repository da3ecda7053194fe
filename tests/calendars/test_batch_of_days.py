"""Many due dates at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongxiang import calendars
from gongxiang.errors import BadInput, BeyondHorizon

EDITION = calendars.edition()
DAYS = st.lists(st.dates(date(2018, 12, 1), date(2026, 8, 1)), max_size=20)
OFF = numpy.array(
    [day for day in (date(2018, 12, 1) + timedelta(days=n) for n in range(2950)) if not EDITION.is_working_day(day)],
    "datetime64[D]",
)
# Every day of the week may work, but for the days off: so numpy can count make-up weekends too.
BUSDAYS = numpy.busdaycalendar("1111111", OFF)


@given(DAYS, st.integers(1, 60))
def test_a_batch_gives_what_numpy_counts(days: list[date], n: int) -> None:
    starts = numpy.array(days, "datetime64[D]")

    found = EDITION.due_many(starts, n)

    assert found.dtype == starts.dtype
    assert found.tolist() == numpy.busday_offset(starts, n, "backward", busdaycal=BUSDAYS).tolist()


@given(DAYS, st.integers(1, 60), st.sampled_from([numpy.int64, numpy.int32, numpy.uint32]))
def test_ordinals_give_ordinals(days: list[date], n: int, kind: type[Any]) -> None:
    ordinals = numpy.array([day.toordinal() for day in days], kind)

    found = EDITION.due_many(ordinals, n)

    assert found.dtype == ordinals.dtype
    assert [date.fromordinal(int(number)) for number in found] == [EDITION.add(day, n) for day in days]


def test_the_shape_is_kept_and_what_was_given_is_not_changed() -> None:
    starts = numpy.array([["2026-02-13", "2026-03-02"], ["2025-09-26", "2026-04-30"]], "datetime64[D]")
    before = starts.copy()

    found = EDITION.due_many(starts[:, ::-1], 5)

    assert found.tolist() == [[date(2026, 3, 9), date(2026, 2, 27)], [date(2026, 5, 11), date(2025, 10, 10)]]
    assert (starts == before).all()
    assert EDITION.due_many(numpy.array([], "datetime64[D]"), 5).tolist() == []


def test_the_last_final_day_is_answered_and_the_next_refused() -> None:
    last = numpy.array(["2026-12-25"], "datetime64[D]")

    assert EDITION.due_many(last, 1).tolist() == [date(2026, 12, 28)]
    for starts, n in ((last, 2), (last + 3, 1), (last + 10_000, 1), (last, 10**6)):
        with pytest.raises(BeyondHorizon) as refused:
            EDITION.due_many(starts, n)
        assert refused.value.year == 2027


@pytest.mark.parametrize(
    "days",
    [
        numpy.array(["NaT", "2026-03-02"], "datetime64[D]"),
        numpy.array(["2018-11-30", "2026-03-02"], "datetime64[D]"),
        numpy.array(["0001-01-01"], "datetime64[D]") - 1000,
        numpy.array(["2026-03-02T09"], "datetime64[h]"),
        numpy.array([739312.0]),
        numpy.array([True]),
        numpy.array([-1]),
        numpy.array([2**63 - 1]),
        numpy.array([2**64 - 1], numpy.uint64),
        numpy.array(["2026-03-02"]),
        numpy.array([date(2026, 3, 2)], object),
    ],
)
def test_what_is_no_array_of_days_on_record_is_refused_with_the_mend(days: Any) -> None:
    with pytest.raises(BadInput) as refused:
        EDITION.due_many(days, 5)

    assert refused.value.reasons[0].mend is not None
