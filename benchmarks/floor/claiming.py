"""The floor of a sweep: set-based claiming by the driver alone.

A transaction takes the hundred cases whose deadlines ended first, `FOR UPDATE … SKIP LOCKED`, and writes their rows
as whole columns: on PostgreSQL one statement over `unnest`, driven by what the deadline's compare-and-set returns (a
row that was skipped to may have been changed before it was locked), on SQLite one `executemany` a table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import mix
from bare import writing
from recorded import Act, Shape, Written

BATCH = 100
CASE, DEADLINE = "gongxiang_case", "gongxiang_deadline"

Rows = Mapping[str, Act]
"""What is to be written for each case: one row of each table, in the same order for all."""


def claimer(connection: Any, swept: Act, rows: Rows) -> Callable[[], int]:
    """Return what sweeps one batch and returns how many deadlines it recorded; `swept` is what each case gets."""
    assert all(len(written.rows) == 1 for written in swept)
    if isinstance(connection, sqlite3.Connection):
        return _on_sqlite(connection, swept, rows)
    return _on_postgresql(connection, swept, rows)


def _on_sqlite(connection: sqlite3.Connection, swept: Act, rows: Rows) -> Callable[[], int]:
    cursor = connection.cursor()
    due = f"SELECT case_id FROM {DEADLINE} WHERE alarm <= ? ORDER BY alarm, case_id LIMIT {BATCH}"
    now = mix.DUE.strftime("%Y-%m-%d %H:%M:%S.%f")
    statements = [writing(written) for written in swept]

    def batch() -> int:
        cursor.execute("BEGIN IMMEDIATE")
        claimed = [rows[name] for (name,) in cursor.execute(due, (now,)).fetchall()]
        for place, statement in enumerate(statements):
            cursor.executemany(statement, [act[place].values[0] for act in claimed])
        cursor.execute("COMMIT")
        return len(claimed)

    return batch


def _on_postgresql(connection: Any, swept: Act, rows: Rows) -> Callable[[], int]:
    cursor = connection.cursor()
    due = (
        f"SELECT d.case_id FROM {DEADLINE} d JOIN {CASE} c USING (case_id) WHERE d.alarm <= $1"
        f" ORDER BY d.alarm, d.case_id LIMIT {BATCH} FOR UPDATE OF c SKIP LOCKED"
    )
    whole = _statement(swept, {written.shape: _types(connection, written.shape) for written in swept})

    def batch() -> int:
        cursor.execute("BEGIN")
        claimed = [rows[name] for (name,) in cursor.execute(due, (mix.DUE,), prepare=True).fetchall()]
        written = 0
        if claimed:
            columns = [column for place in range(len(swept)) for column in _columns(claimed, place)]
            (written,) = cursor.execute(whole, columns, prepare=True).fetchone()
        cursor.execute("COMMIT")
        return int(written)

    return batch


def _columns(claimed: Sequence[Act], place: int) -> Iterator[list[Any]]:
    return map(list, zip(*(act[place].values[0] for act in claimed), strict=True))


def _types(connection: Any, shape: Shape) -> dict[str, str]:
    found = connection.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0",
        (shape.table,),
    )
    return dict(found.fetchall())


def _statement(swept: Act, types: Mapping[Shape, Mapping[str, str]]) -> str:
    """Return the statement that writes all rows of a batch, given as columns, and counts the deadlines."""
    parts, place = [], 0
    for written in swept:
        shape = written.shape
        given = [*written.changed, *shape.columns[: shape.key]] if written.changed else shape.columns
        arrays = ", ".join(f"${place + number}::{types[shape][one]}[]" for number, one in enumerate(given, 1))
        place += len(given)
        parts.append(_part(written, f"unnest({arrays}) AS v({', '.join(given)})"))
    # The deadlines first: the others look at what was moved there.
    parts.sort(key=lambda part: not part.startswith("moved"))
    return f"WITH {', '.join(parts)} SELECT count(*) FROM moved"


def _part(written: Written, rows: str) -> str:
    shape, still = written.shape, "v.case_id IN (SELECT case_id FROM moved)"
    if not written.changed:
        columns = ", ".join(shape.columns)
        return (
            f"{shape.table}_new AS (INSERT INTO {shape.table} ({columns}) SELECT {columns} FROM {rows} WHERE {still})"
        )
    set_ = ", ".join(f"{one} = v.{one}" for one in written.changed)
    key = " AND ".join(f"t.{one} = v.{one}" for one in shape.columns[: shape.key])
    update = f"UPDATE {shape.table} AS t SET {set_} FROM {rows} WHERE {key}"
    if shape.table == DEADLINE:
        return f"moved AS ({update} AND t.alarm IS NOT NULL RETURNING t.case_id)"
    return f"{shape.table}_set AS ({update} AND {still})"
