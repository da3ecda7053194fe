"""Workers are killed at random instants until the work is done: every lapse once, none lost, no case blamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from random import Random

import acts
from crew import Crew, lives
from databases import only_postgresql
from due import SWEPT, due_requests

DUE, WORKERS, KILLS = 1_000, 4, 40


@only_postgresql
def test_four_workers_killed_at_random_record_every_lapse_once(shared_url: str, counted: Callable[[str], None]) -> None:
    engine = acts.engine(shared_url)
    names = due_requests(engine, DUE)
    crew = Crew(shared_url, SWEPT, WORKERS, islice(lives(Random(330), WORKERS), KILLS))

    crew.run()

    recorded = Counter(event.case for event in engine.ledger() if event.kind == "lapse")
    assert recorded == Counter(names)
    assert acts.faults(engine) == []
    assert engine.incidents() == ()
    counted(f"postgresql: {DUE} lapses by {WORKERS} workers at a time, {crew.kills} of them killed")
    assert crew.kills >= WORKERS
