"""`docket play` of many acts beside the same docket one act at a time, in one run, as Markdown.

    python benchmarks/bulk.py [--acts N] [--only SQLite|PostgreSQL] [--postgres URL] [--quick]

The docket (default 100 000 acts, in order of time) is that of floor/mix.py: requests are submitted, refused and
disputed, the disputes settled, the requests closed. It is played as the command plays it, with its progress told, and
then with a batch of one, each into a database of its own; its first lines are also given to a command each. All ledgers
must be the same, byte for byte. Exit 1 when they are not, or when the play is less than five times as fast as one act
at a time; with --quick there are few acts and that is only shown.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "floor"))

import mix
import places
from report import arguments, machine, print_table, verdict

import gongxiang
from gongxiang.workflow import docket

AIM = 5.0
"""How many times as fast as one act at a time a play is to be."""
COMMANDS = 20
"""How many lines are given to a command each."""


def lines(acts: int) -> list[str]:
    """Return a docket of so many acts, in order of time, behind the entries of its cast."""
    entered = mix.moment("01-05T09:00").isoformat()
    cast = [
        {"at": entered, "do": "register", "department": mix.department(name, kind)} for name, kind in mix.CAST.items()
    ]
    said: list[dict[str, Any]] = []
    for number in range(-(-acts // len(mix.STEPS))):
        case = mix.name(1, number)
        opening = {"do": "open", "procedure": "share_request", "case": case, "by": "sy-hrss", "provider": "sy-mps"}
        said.append({"at": "02-12T09:00", **opening, "resource": mix.RESOURCE, "payload": mix.REQUEST})
        said += [
            {"at": at, "do": step, "case": case + suffix, "by": by, "payload": payload}
            for suffix, step, by, at, payload in mix.FIRED
        ]
        for one in said[-len(mix.STEPS) :]:  # no two cases at one moment
            one["at"] = (mix.moment(one["at"]) + timedelta(milliseconds=number)).isoformat()
    said.sort(key=lambda one: str(one["at"]))
    return [json.dumps(one, ensure_ascii=False) for one in (*cast, *said[:acts])]


@dataclass(frozen=True, slots=True)
class Play:
    """How long a play took, how often it told its progress, how many events it wrote, and the hash of its ledger."""

    seconds: float
    told: int
    events: int
    ledger: str


def played(url: str, acts: list[str], batch: int) -> Play:
    """Play the docket into the database at `url`."""
    told: list[int] = []
    with closing(gongxiang.open_engine(url)) as engine:
        begun = time.perf_counter()
        result = docket.play(engine, [("bulk.jsonl", acts)], advance=told.append, batch=batch)
        seconds = time.perf_counter() - begun
        if result.refused:
            raise SystemExit(f"refused: {result.refused[0]}")
        return Play(seconds, len(told), result.events, ledger(engine))


def commanded(url: str, acts: list[str]) -> Play:
    """Give each line of the docket to a command of its own."""
    with tempfile.TemporaryDirectory() as folder, closing(gongxiang.open_engine(url)) as engine:
        begun = time.perf_counter()
        for number, line in enumerate(acts):
            path = Path(folder, "line.jsonl")
            path.write_text("\n" * number + line, "utf-8")  # its place is a part of its key
            command = [sys.executable, "-m", "gongxiang", "--db", url, "docket", "play", str(path)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return Play(time.perf_counter() - begun, len(acts), len(acts), ledger(engine))


def ledger(engine: mix.Engine) -> str:
    """Return the hash of every event, in order."""
    found = sha256()
    for event in engine.ledger():
        found.update(f"{event.case} {event.seq} {event.body} {event.hash}\n".encode())
    return found.hexdigest()


def main() -> int:
    parser = arguments(__doc__, rounds=1)
    parser.add_argument("--acts", type=int, default=100_000)
    told = parser.parse_args()
    acts = lines(7_000 if told.quick else told.acts)
    rows, missed, same = [], [], True
    with ExitStack() as stack:
        kinds, versions = places.chosen(stack, told)
        for place in kinds:
            with place.new() as one, place.new() as other:
                bulk, single = played(one, acts, docket.BATCH), played(other, acts, 1)
            with place.new() as one, place.new() as other:
                command, beside = commanded(one, acts[:COMMANDS]), played(other, acts[:COMMANDS], docket.BATCH)
            ratio = single.seconds / bulk.seconds
            same = same and bulk.ledger == single.ledger and command.ledger == beside.ledger
            rates = (
                f"{count / play.seconds:,.0f}"
                for count, play in ((len(acts), bulk), (len(acts), single), (COMMANDS, command))
            )
            rows.append([place.kind, f"{bulk.events:,}", *rates, f"{ratio:.1f}", str(bulk.told), bulk.ledger[:16]])
            if ratio < AIM:
                missed.append(f"{place.kind}: {ratio:.1f} times, not {AIM:.0f}")
        print(machine(versions, f"a docket of {len(acts):,} lines, {docket.BATCH} in a transaction"))
    heads = (
        *("", "events", "acts/s", "one at a time, acts/s", "a command each, acts/s"),
        *("times one at a time", "progress told", "ledger (SHA-256)"),
    )
    print_table(heads, rows)
    if not same:
        print("the ledgers differ", file=sys.stderr)
        return 1
    return verdict(missed, quick=told.quick)


if __name__ == "__main__":
    sys.exit(main())
