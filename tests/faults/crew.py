"""Workers as processes that are killed; forked from one that has loaded everything, so that many cost little."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from random import Random
from typing import Any
from unittest import mock

import acts
import psycopg
import raw
from acts import at
from sqlalchemy import Engine as Pool
from sqlalchemy import event

import gongxiang
from gongxiang import rules
from gongxiang.errors import StoreError
from gongxiang.workflow.engine import Engine

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["crew", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite"])
PATIENCE = 60.0
"""Seconds to wait for what comes at once unless it never comes."""
AWAY = 3
"""With what a worker ends whose database went away."""
WORD = b"."
FOR_EVER = sys.maxsize
BOOK = rules.rule_book("decree-330")


def forked(work: Callable[..., None], *given: Any) -> BaseProcess:
    """Start a process that has loaded everything."""
    # Before Python 3.13 what is loaded beforehand is looked for on the path of a fresh interpreter.
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):
        forkserver.ensure_running()
    process = FORK.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def engine_on(url: str) -> Engine:
    return gongxiang.open_engine(url, clock=lambda: at(acts.RECORDED), rules=BOOK)


@dataclass
class Crew:
    """So many workers at a time who sweep until nothing is due. Each is killed by SIGKILL after some of its statements,
    in whatever it does then, and another takes its place.
    """

    url: str
    now: datetime
    workers: int
    lives: Iterator[int]
    """How many statements each worker has; at the end of it whoever comes may live."""
    after_a_kill: Callable[[int], None] = lambda _: None
    """Told how many there were."""
    kills: int = 0
    away: int = 0
    """Workers that ended because their database was not there."""
    whole: int = 0
    """Workers that found nothing more to do."""
    _working: list[_Member] = field(default_factory=list)

    def run(self) -> None:
        wanted = self.workers
        with ExitStack() as everybody:
            while self._working or self._due():
                while len(self._working) < wanted and self._due():
                    member = _Member(self.url, self.now, next(self.lives, FOR_EVER))
                    everybody.callback(member.kill)
                    self._working.append(member)
                ended = self._watch() if self._working else []
                # Who found nothing to do, for others are at what is due, is not replaced before one of them has died.
                wanted = self.workers if any(ended) or not self._working else wanted - len(ended)

    def _due(self) -> bool:
        return raw.ask(self.url, "SELECT 1 FROM gongxiang_deadline WHERE alarm <= :now LIMIT 1", now=self.now) != []

    def _watch(self) -> list[int]:
        """Wait for a word of any of them, and kill whose time has come; return how those ended that did."""
        ready = wait([member.words for member in self._working], PATIENCE)
        assert ready, "no worker has said anything for a minute"
        codes = []
        for member in [member for member in self._working if member.words in ready]:
            heard = os.read(member.words.fileno(), 4096)
            member.life -= len(heard)
            if heard and member.life > 0:
                continue
            self._working.remove(member)
            if heard:
                member.kill()
            codes.append(member.ended())
            self.kills += codes[-1] == -signal.SIGKILL
            if codes[-1] == -signal.SIGKILL:
                self.after_a_kill(self.kills)
        self.away += codes.count(AWAY)
        self.whole += codes.count(0)
        assert {*codes} <= {-signal.SIGKILL, AWAY, 0}, f"workers ended with {codes}"
        return codes


def lives(chance: Random, workers: int) -> Iterator[int]:
    """Yield how many statements workers live: the first ones die in their first batch, whoever comes later gets through
    one case at least, for one that has cost five workers their lives is rightly left alone.
    """
    yield from (chance.randint(8, 30) for _ in range(workers))
    while True:
        yield chance.randint(40, 200)


class _Member:
    """A worker, and how many statements it has left to live."""

    def __init__(self, url: str, now: datetime, life: int) -> None:
        self.life = life
        self.words, told = FORK.Pipe(duplex=False)
        self._process = forked(_sweep, told, url, now)
        told.close()

    def kill(self) -> None:
        self._process.kill()

    def ended(self) -> int:
        """Wait for the end; return how it came."""
        self._process.join(PATIENCE)
        self.words.close()
        assert self._process.exitcode is not None, "it neither works nor ends"
        return self._process.exitcode


def _sweep(told: Connection, url: str, now: datetime) -> None:
    """Sweep; say a word before everything that the server is asked, be it a statement or the end of a transaction."""

    class Announcing(psycopg.Connection[Any]):
        def wait(self, *given: Any, **named: Any) -> Any:
            os.write(told.fileno(), WORD)
            return super().wait(*given, **named)

    def connect(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> Any:
        return Announcing.connect(*given, **named)

    event.listen(Pool, "do_connect", connect)
    try:
        engine_on(url).sweep(now=now, worker=f"process {os.getpid()}")
    except StoreError:
        sys.exit(AWAY)
