"""Spoil every line of every docket in every way; exit 1 when a spoiling broke the law of tests/dockets/spoiling.py.

python benchmarks/spoil_dockets.py [--every N] [NAME ...]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "dockets"))

from keeper import Keeper
from playing import NAMES, lines_of, play_here
from spoiling import SPOILINGS, fault, ways_to_spoil


def spoil(name: str, every: int, folder: Path) -> list[str]:
    """Return the faults found in one docket, one line each."""
    lines, chance = lines_of(name), random.Random(name)
    faults = list[str]()
    outcome = play_here(lines, "sqlite://").document["cases"]
    before, keeper = f"sqlite:///{folder / 'before.db'}", Keeper(lambda: Path(tempfile.mkdtemp(dir=folder)))
    for index in range(0, len(lines), every):
        play_here(lines[:index], before)
        for spoiling in ways_to_spoil(lines, index, chance):
            found = fault(spoiling, before, outcome, keeper)
            if found:
                faults.append(f"{name}:{index + 1}: {spoiling.kind}: {found}")
                print(faults[-1], flush=True)
        if sys.stderr.isatty():
            print(f"\r{name} {index + 1}/{len(lines)}", end="", file=sys.stderr)
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th line only")
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME")
    told, found = parser.parse_args(), 0
    for name in told.names:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            faults = spoil(name, told.every, Path(folder))
        found += len(faults)
        count = len(range(0, len(lines_of(name)), told.every))
        print(
            f"{name}: {count} lines, {len(SPOILINGS)} ways, {len(faults)} faults, {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
