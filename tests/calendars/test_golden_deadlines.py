"""Cases worked by hand from the notices, and the vectors of the note on counting."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pytest

from gongxiang import calendars
from gongxiang.errors import BeyondHorizon

GOLDEN = Path(__file__).with_name("golden")


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("deadlines.csv"), ids=lambda row: row["id"])
def test_a_due_date_is_the_one_worked_by_hand(row: dict[str, str]) -> None:
    due = calendars.edition().due(datetime.fromisoformat(row["received"]), int(row["working_days"]))

    assert (due.date.isoformat(), due.provisional) == (row["due"], False)


@pytest.mark.parametrize("row", rows("deadlines_as_known.csv"), ids=lambda row: row["id"])
def test_a_due_date_as_known_on_a_day_is_the_one_worked_by_hand(row: dict[str, str]) -> None:
    edition = calendars.edition(known_on=date.fromisoformat(row["known_on"]))

    due = edition.due(datetime.fromisoformat(row["received"]), int(row["working_days"]), allow_provisional=True)

    assert (due.date.isoformat(), due.provisional) == (row["due"], row["provisional"] == "yes")


@pytest.mark.parametrize(
    "row", [row for row in rows("deadlines_as_known.csv") if row["provisional"] == "yes"], ids=lambda row: row["id"]
)
def test_what_would_be_provisional_is_refused_unless_it_is_allowed(row: dict[str, str]) -> None:
    edition = calendars.edition(known_on=date.fromisoformat(row["known_on"]))

    with pytest.raises(BeyondHorizon):
        edition.due(datetime.fromisoformat(row["received"]), int(row["working_days"]))


# The vectors of the research note on counting periods, computed there from the notices.
VECTORS = [
    ("2026-03-02", 5, "2026-03-09"),
    ("2025-09-26", 5, "2025-10-10"),
    ("2025-09-26", 10, "2025-10-16"),
    ("2025-09-26", 20, "2025-10-30"),
    ("2026-02-13", 5, "2026-02-27"),
    ("2026-02-13", 20, "2026-03-19"),
    ("2026-02-28", 5, "2026-03-06"),
    ("2026-01-04", 5, "2026-01-09"),
    ("2026-10-03", 5, "2026-10-13"),
    ("2026-04-03", 5, "2026-04-13"),
    ("2026-04-30", 5, "2026-05-11"),
    ("2025-12-29", 5, "2026-01-06"),
    ("2024-02-08", 5, "2024-02-21"),
    ("2018-12-28", 5, "2019-01-07"),
    ("2022-12-29", 5, "2023-01-06"),
    ("2019-04-26", 5, "2019-05-06"),
    ("2020-01-22", 5, "2020-02-06"),
]


@pytest.mark.parametrize(("received", "n", "due"), VECTORS)
def test_a_vector_of_the_note_on_counting_holds_and_is_final(received: str, n: int, due: str) -> None:
    answer = calendars.edition().due(date.fromisoformat(received), n)

    assert (answer.date.isoformat(), answer.provisional) == (due, False)
    assert calendars.edition().add(date.fromisoformat(received), n).isoformat() == due


@pytest.mark.parametrize(
    ("known_on", "received", "counted"),
    [
        (None, "2025-09-26", "2025-09-28 2025-09-29 2025-09-30 2025-10-09 2025-10-10"),
        (None, "2026-02-13", "2026-02-14 2026-02-24 2026-02-25 2026-02-26 2026-02-27"),
        (None, "2024-02-08", "2024-02-09 2024-02-18 2024-02-19 2024-02-20 2024-02-21"),
        (None, "2019-04-26", "2019-04-28 2019-04-29 2019-04-30 2019-05-05 2019-05-06"),
        ("2019-03-21", "2019-04-26", "2019-04-29 2019-04-30 2019-05-02 2019-05-03 2019-05-06"),
        ("2020-01-25", "2020-01-22", "2020-01-23 2020-01-31 2020-02-01 2020-02-03 2020-02-04"),
        (None, "2020-01-22", "2020-01-23 2020-02-03 2020-02-04 2020-02-05 2020-02-06"),
    ],
)
def test_the_days_counted_are_those_of_the_note(known_on: str | None, received: str, counted: str) -> None:
    edition = calendars.edition(date.fromisoformat(known_on) if known_on else None)

    due = edition.due(date.fromisoformat(received), 5)

    assert " ".join(str(day.date) for day in due.days if day.counted) == counted
    assert [day.number for day in due.days if day.counted] == [1, 2, 3, 4, 5]
