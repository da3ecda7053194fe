"""How fast the ledger is derived a second time, beside the floor of recomputing its hashes alone, in one run.

    python benchmarks/verify.py [COPIES]

The docket of spring 2026 is played once; its cases are then written COPIES times (default 20) under other names, each
chain sealed anew, so that the verifier reads a ledger of some size. Prints events a second and the ratio to the floor.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "workflow" / "verify"))

from tampering import Ledger, played  # noqa: E402

from gongxiang.workflow.verify.chain import hash_of, row_of  # noqa: E402


def enlarged(ledger: Ledger, copies: int) -> Ledger:
    """Return the ledger with its cases written again under other names."""
    registers = [row for row in ledger.rows if not row["case"]]
    cases = [row for row in ledger.rows if row["case"]]
    names = {row["case"].split("/")[0] for row in cases}
    whole = Ledger(registers, ledger.rule_books, [])
    # A second rectification of the same department on the same ground is refused: those are written once.
    once = {row["case"] for row in cases if row["name"] == "find"}
    for number in range(copies):
        for row in (row for row in cases if not number or row["case"] not in once):
            text = row["body"]
            for name in {other for other in names if f'"{other}' in text}:
                text = text.replace(f'"{name}"', f'"{number}:{name}"').replace(f'"{name}/', f'"{number}:{name}/')
            whole.rows.append({**row, "case": f"{number}:{row['case']}", "body": text})
    chains: dict[str, list[dict[str, Any]]] = {}
    for row in whole.rows:
        chains.setdefault(row["case"], []).append(row)
    for chain in chains.values():
        Ledger(chain, {}, []).reseal(chain[0]["case"])
    for row in whole.rows:
        assert json.loads(row["body"])
    return whole


def seconds(work: Callable[[], object]) -> float:
    """Return the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "spring.db"
        played("spring-festival-2026", database)
        small = Ledger.read(database)
    ledger = enlarged(small, copies)
    registers = [row for row in ledger.rows if not row["case"]]
    with_recalculations = any(row["kind"] == "recalculation" for row in registers)
    assert not with_recalculations, "a recalculation names its cases and cannot be copied"
    verification = ledger.verify(projected=False)
    assert verification.ok, verification.findings[0].text.en
    rows = ledger.rows

    floor = seconds(lambda: [hash_of(row_of(row)) for row in rows])
    whole = seconds(lambda: ledger.verify(projected=False))
    tracemalloc.start()
    ledger.verify(projected=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    print(f"{len(rows)} events in {verification.cases} cases, sheets included")
    print(f"{'hashes alone (the floor)':<34}{len(rows) / floor:>12,.0f} events/s   1.0")
    print(f"{'derived a second time, whole':<34}{len(rows) / whole:>12,.0f} events/s{whole / floor:>6.1f} x the floor")
    print(f"{'memory above the rows, peak':<34}{peak / verification.cases / 1024:>12,.1f} KiB a case")


if __name__ == "__main__":
    main()
