"""A process that plays acts on a database and kills itself at a chosen statement, or in the middle of a commit.

    python killed.py URL STATEMENT before|after

prints "done NAME" for every act that was acknowledged. STATEMENT 0 kills nothing and prints the number of statements
last.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Dialect, event
from sqlalchemy import Engine as Pool

sys.path.insert(0, str(Path(__file__).parent))
import acts
from acts import at

from gongxiang.workflow.engine import Engine

SIGNER = {"signer": "王某"}


def play(engine: Engine) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield acts by name, each with a key: opening, firing in linked cases, lapses, a recalculation, a correction, a
    sweep.
    """

    def fire(case: str, step: str, by: str, moment: str, payload: dict[str, Any]) -> Callable[[], Any]:
        key = f"{case} {step}"
        return lambda: engine.fire(case, step, by=by, at=at(moment), payload=payload, idempotency_key=key)

    yield "R-1 submit", lambda: acts.request(engine, idempotency_key="R-1 submit")
    yield "R-1 refuse", fire("R-1", "refuse", "police", "2026-02-13T09:00", {"reasons": "超出职权"})
    yield "R-1 raise_dispute", fire("R-1", "raise_dispute", "labour", "2026-02-24T09:00", {"grounds": "属于职权"})
    yield "R-1/D accept", fire("R-1/D", "accept", "bureau", "2026-02-25T09:00", {})
    settled = {"outcome": "grant", "opinion": "双方同意"}
    yield "R-1/D settle", fire("R-1/D", "settle", "bureau", "2026-02-26T09:00", settled)
    yield "X-1 find", lambda: acts.finding(engine, idempotency_key="X-1 find")
    yield "X-1 order", lambda: acts.order(engine, idempotency_key="X-1 order")
    signed = {"signer": "王某", "text": "通报"}
    yield "X-1 circulate", fire("X-1", "circulate", "bureau", "2026-03-18T09:00", signed)
    yield "R-2 submit", lambda: acts.request(engine, "R-2", at=at("2026-03-02T09:00"), idempotency_key="R-2 submit")
    yield (
        "recalculate",
        lambda: engine.recalculate(
            by="bureau", at=at("2026-03-19T09:00"), payload=SIGNER, idempotency_key="recalculate"
        ),
    )
    yield (
        "correct",
        lambda: engine.correct(
            "R-1",
            1,
            by="labour",
            at=at("2026-03-20T09:00"),
            corrected={"purpose": "核验失业人员"},
            reasons="笔误",
            idempotency_key="correct",
        ),
    )
    yield "sweep", lambda: engine.sweep(now=at("2026-03-23T09:00"))


class Count:
    """The statements and commits that reached the driver so far, whoever sent them; at the chosen one it kills."""

    def __init__(self, statement: int, moment: str) -> None:
        self.passed = 0
        self._place = (statement, moment)

    def around(self, do: Callable[..., Any]) -> Callable[..., Any]:
        """Return `do` counted, and this process killed by SIGKILL before or after it where its turn is the chosen
        one.
        """

        def counted(*given: Any, **named: Any) -> Any:
            self.passed += 1
            self._kill("before")
            done = do(*given, **named)
            self._kill("after")
            return done

        return counted

    def _kill(self, moment: str) -> None:
        if (self.passed, moment) == self._place:
            os.kill(os.getpid(), signal.SIGKILL)


def kill_at(statement: int, moment: str) -> Count:
    """Count on every connection that SQLAlchemy opens, beneath it: our store speaks to the driver too."""
    count = Count(statement, moment)

    def watched(kind: type, *methods: str) -> type:
        return type(kind.__name__, (kind,), {name: count.around(getattr(kind, name)) for name in methods})

    sqlite_cursor = watched(sqlite3.Cursor, "execute", "executemany")
    sqlite = watched(sqlite3.Connection, "commit")
    sqlite.cursor = lambda self: sqlite3.Connection.cursor(self, sqlite_cursor)  # type: ignore[attr-defined]
    postgresql_cursor = watched(psycopg.Cursor, "execute", "executemany")
    postgresql: Any = watched(psycopg.Connection, "commit")

    def connect(dialect: Dialect, _: Any, given: list[Any], named: dict[str, Any]) -> Any:
        if dialect.name == "postgresql":
            return postgresql.connect(*given, cursor_factory=postgresql_cursor, **named)
        named["factory"] = sqlite
        return None

    event.listen(Pool, "do_connect", connect)
    return count


def main(url: str, statement: str, moment: str) -> None:
    count = kill_at(int(statement), moment)
    engine = acts.engine(url)
    print("done cast", flush=True)
    for name, act in play(engine):
        act()
        print(f"done {name}", flush=True)
    engine.close()
    if statement == "0":
        print(count.passed)


if __name__ == "__main__":
    main(*sys.argv[1:])
