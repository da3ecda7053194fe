"""A load of acts, each with its key, by threads that send an act again until it is acknowledged."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import acts
from acts import at

from gongxiang.errors import StoreError
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.receipt import Receipt

THREADS = 4
PATIENCE = 60.0
"""Seconds to wait for what comes at once unless it never comes."""
MOST_TRIES = 200

Act = tuple[str, Callable[[], Receipt]]
"""An idempotency key, and the call that carries it."""


def life(engine: Engine, name: str) -> Iterator[Act]:
    """Yield the acts of a request that is refused, disputed, granted and closed: two cases that answer each other."""

    def fire(case: str, step: str, by: str, moment: str, payload: dict[str, Any]) -> Act:
        key = f"{case} {step}"
        return key, lambda: engine.fire(case, step, by=by, at=at(moment), payload=payload, idempotency_key=key)

    dispute = f"{name}/D"
    yield f"{name} submit", lambda: acts.request(engine, name, idempotency_key=f"{name} submit")
    yield fire(name, "refuse", "police", "2026-02-13T09:00", {"reasons": "超出职权"})
    yield fire(name, "raise_dispute", "labour", "2026-02-24T09:00", {"grounds": "属于职权"})
    yield fire(dispute, "accept", "bureau", "2026-02-25T09:00", {})
    yield fire(dispute, "settle", "bureau", "2026-02-26T09:00", {"outcome": "grant", "opinion": "双方同意"})
    yield fire(name, "close", "labour", "2026-02-27T09:00", {})


class Load:
    """What happens on `engine`, which may be exchanged for another one meanwhile."""

    def __init__(self, engine: Engine, names: Sequence[str]) -> None:
        self.engine = engine
        self.names = names
        self.acknowledged: dict[str, str] = {}
        """Of each act that was acknowledged its key and the hash that its receipt named."""
        self.met: Counter[str] = Counter()
        """The codes of the errors that the threads met."""
        self._there = threading.Event()
        self._there.set()
        self._told = threading.Condition()
        self._failed: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._work, args=(names[first::THREADS],), daemon=True) for first in range(THREADS)
        ]

    def until(self, count: int) -> None:
        """Wait until so many acts were acknowledged. Fails where a thread has."""
        with self._told:
            came = self._told.wait_for(lambda: self._failed or len(self.acknowledged) >= count, PATIENCE)
        self._raise()
        assert came, f"{len(self.acknowledged)} acts were acknowledged, {dict(self.met)}"

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Meanwhile what fails is not sent again."""
        self._there.clear()
        yield
        self._there.set()

    def finish(self) -> None:
        """Wait until every act was acknowledged."""
        for thread in self._threads:
            thread.join(PATIENCE)
        self._raise()
        assert not any(thread.is_alive() for thread in self._threads)

    def lost(self) -> list[str]:
        """Return the keys whose acts, sent once more, do not get the receipt that they got."""
        return [
            key
            for name in self.names
            for key, act in life(self.engine, name)
            if not (again := act()).replayed or again.hash != self.acknowledged[key]
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._there.set()

    def _work(self, names: Sequence[str]) -> None:
        try:
            for name in names:
                for place, (key, _) in enumerate(life(self.engine, name)):
                    receipt = self._sent(name, place)
                    with self._told:
                        self.acknowledged[key] = receipt.hash
                        self._told.notify_all()
        except BaseException as error:  # of whatever kind: it is raised where the test waits
            with self._told:
                self._failed.append(error)
                self._told.notify_all()

    def _sent(self, name: str, place: int) -> Receipt:
        for _ in range(MOST_TRIES):
            assert self._there.wait(PATIENCE)
            _, act = list(life(self.engine, name))[place]
            try:
                return act()
            except StoreError as error:
                self.met[error.reasons[0].code] += 1
        raise AssertionError(f"{name} {place} is never acknowledged: {dict(self.met)}")

    def _raise(self) -> None:
        if self._failed:
            raise self._failed[0]
