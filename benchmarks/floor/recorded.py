"""What an act writes, seen from outside: the rows that the tables have after it and did not have before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bare import connected
from mix import PATTERN
from sqlalchemy import create_engine, inspect

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as its database describes it: its columns, and how many of them, standing first, are its key."""

    table: str
    columns: tuple[str, ...]
    key: int


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of one table that an act added, or changed in the columns named."""

    shape: Shape
    changed: tuple[str, ...]
    rows: tuple[Row, ...]

    def named(self, case: str) -> Written:
        """Return the same rows of another case, whose name is as long."""
        return Written(
            self.shape, self.changed, tuple(tuple(_named(value, case) for value in row) for row in self.rows)
        )

    @property
    def values(self) -> list[Row]:
        """Of a row that is added all values; of one that is changed those that change, and its key."""
        if not self.changed:
            return list(self.rows)
        places = [self.shape.columns.index(column) for column in self.changed]
        return [(*(row[place] for place in places), *row[: self.shape.key]) for row in self.rows]


Act = tuple[Written, ...]
"""Everything that one act wrote."""


def shapes(url: str) -> list[Shape]:
    """Return the tables of a database in the order of their names."""
    engine = create_engine(url)
    looked_at = inspect(engine)
    found = []
    for table in sorted(looked_at.get_table_names()):
        columns = tuple(column["name"] for column in looked_at.get_columns(table))
        key = looked_at.get_pk_constraint(table)["constrained_columns"]
        assert list(columns[: len(key)]) == key, table
        found.append(Shape(table, columns, len(key)))
    engine.dispose()
    return found


def recorded(url: str, acts: Sequence[Callable[[], object]]) -> list[Act]:
    """Perform the acts and return what each of them wrote into the database."""
    tables, found = shapes(url), []
    with closing(connected(url)) as connection:
        before = _standing(connection, tables)
        for act in acts:
            act()
            after = _standing(connection, tables)
            found.append(tuple(one for shape in tables for one in _difference(shape, before[shape], after[shape])))
            before = after
    return found


Standing = Mapping[Row, Row]


def _standing(connection: Any, tables: list[Shape]) -> dict[Shape, Standing]:
    found: dict[Shape, Standing] = {}
    for shape in tables:
        rows = connection.execute(f"SELECT {', '.join(shape.columns)} FROM {shape.table}").fetchall()
        found[shape] = {row[: shape.key]: tuple(map(_plain, row)) for row in rows}
    return found


def _plain(value: Any) -> Any:
    """A server gives instants in the zone of its session; in UTC they are the quickest to give back."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _difference(shape: Shape, before: Standing, after: Standing) -> list[Written]:
    assert before.keys() <= after.keys(), f"rows were removed from {shape.table}"
    added = tuple(row for key, row in after.items() if key not in before)
    found = [Written(shape, (), added)] if added else []
    for key, old in before.items():
        changed = tuple(name for name, was, now in zip(shape.columns, old, after[key], strict=True) if was != now)
        if changed:
            found.append(Written(shape, changed, (after[key],)))
    return found


def _named(value: Any, case: str) -> Any:
    return value.replace(PATTERN, case) if isinstance(value, str) else value
