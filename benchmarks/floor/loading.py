"""Many cases at once: the rows of really written ones under other names, by COPY or as SQLite takes them fastest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

import crowd
import mix
import places
from bare import connected, writing
from recorded import Act, recorded

BLOCK = 10_000
"""Cases that are written to one table before the next."""
SEALED = "gongxiang_outbox"
"""The rows that are gone once the daily seal has been set."""


@contextmanager
def begun(place: places.Place) -> Iterator[tuple[str, mix.Engine]]:
    """Give a database in which a first case stands already, and an engine on it."""
    with place.new() as scratch:
        mix.begun(scratch)
        with closing(mix.opened(scratch)) as engine:
            yield scratch, engine


def due_request(place: places.Place) -> tuple[Act, Act]:
    """Return the rows of a request whose reply is overdue at `mix.DUE`, and what a sweep then writes."""
    with begun(place) as (scratch, engine):
        submit, *_ = mix.acts(engine, mix.PATTERN)
        standing, swept = recorded(scratch, [submit, lambda: engine.sweep(now=mix.DUE)])
    return standing, swept


def stored_cases(place: places.Place) -> list[Act]:
    """Return the rows of what fills a large database: nine of ten cases are done, incidents that were none, and one is
    a request whose reply is due weeks later. They are sealed: nothing of them is in the outbox.
    """
    with begun(place) as (scratch, engine):

        def whole() -> None:
            for act in mix.incident(engine, mix.PATTERN):
                act()

        (done,) = recorded(scratch, [whole])
    with begun(place) as (scratch, engine):
        (waiting,) = recorded(scratch, [mix.acts(engine, mix.PATTERN, submitted="03-12T09:00")[0]])
    sealed = [tuple(part for part in one if part.shape.table != SEALED) for one in (done, waiting)]
    return [sealed[0]] * 9 + [sealed[1]]


def load(url: str, patterns: Sequence[Act], numbers: Iterable[int]) -> None:
    """Write a case for every number, after each of the patterns in turn."""
    numbers = iter(numbers)
    with closing(connected(url)) as connection:
        while block := list(islice(numbers, BLOCK)):
            if url.startswith("sqlite"):
                _insert(connection, patterns, block)
            else:
                _copy(connection, patterns, block)


def load_work(url: str, patterns: Sequence[Act], numbers: range) -> crowd.Prepared:
    """Prepare one process of several that load."""

    def work() -> tuple[int, None]:
        load(url, patterns, numbers)
        return len(numbers), None

    return work


def _insert(connection: Any, patterns: Sequence[Act], block: list[int]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for place, number in enumerate(block):
        for written in patterns[place % len(patterns)]:
            connection.executemany(writing(written), written.named(mix.name(0, number)).rows)
    connection.execute("COMMIT")


def _copy(connection: Any, patterns: Sequence[Act], block: list[int]) -> None:
    texts = [{part.shape: _text(part.rows) for part in pattern} for pattern in patterns]
    for shape in dict.fromkeys(shape for text in texts for shape in text):
        told = f"COPY {shape.table} ({', '.join(shape.columns)}) FROM STDIN"
        with connection.cursor().copy(told) as copy:
            for place, number in enumerate(block):
                copy.write(texts[place % len(texts)].get(shape, "").replace(mix.PATTERN, mix.name(0, number)))


def _text(rows: Iterable[tuple[Any, ...]]) -> str:
    """Return rows in the format of COPY (postgresql.org/docs/current/sql-copy.html)."""
    return "".join("\t".join(map(_field, row)) + "\n" for row in rows)


def _field(value: Any) -> str:
    if value is None:
        return r"\N"
    text = str(value)
    for mark, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(mark, escaped)
    return text
