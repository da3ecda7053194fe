"""Kill a process that plays acts at each of its statements in turn, before and after; print what was lost. Exit 1 on
any loss.

python benchmarks/kill_everywhere.py [--every N]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "workflow"))
import acts
import surviving


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th statement only")
    every = parser.parse_args().every
    with tempfile.TemporaryDirectory() as folder:
        whole = f"sqlite:///{folder}/whole.db"
        count = surviving.statements(whole)
        heads = acts.heads(acts.engine(whole))

        def one(place: tuple[int, str]) -> list[str]:
            statement, moment = place
            database = Path(folder) / f"{statement}-{moment}.db"
            acknowledged = surviving.kill(f"sqlite:///{database}", statement, moment)
            found = surviving.aftermath(f"sqlite:///{database}", acknowledged, heads)
            for left in database.parent.glob(f"{database.name}*"):
                left.unlink()
            return [f"killed {moment} statement {statement}: {fault}" for fault in found]

        places = [(number, moment) for number in range(1, count, every) for moment in ("before", "after")]
        with ThreadPoolExecutor(2) as workers:
            found = [fault for faults in workers.map(one, places) for fault in faults]
    print(*found, sep="\n")
    print(f"{len(places)} kills among {count} statements and commits, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
