"""A process that recalculates, says how far it is, and may kill itself at a chosen statement.

    python recalculated.py URL KEY [BATCH [STATEMENT before|after]]

prints "DONE OF" after each batch and, last, the number of statements.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import killed
from acts import at

import gongxiang
from gongxiang.workflow import recalculating

SIGNED = at("2026-12-29T09:00")


def main(url: str, key: str, batch: str = "100", statement: str = "0", moment: str = "before") -> None:
    recalculating.BATCH = int(batch)
    count = killed.kill_at(int(statement), moment)
    engine = gongxiang.open_engine(url, clock=lambda: SIGNED, rules="decree-330")
    engine.recalculate(
        by="bureau",
        at=SIGNED,
        payload={"signer": "王某"},
        idempotency_key=key or None,
        progress=lambda done, of: print(done, of, flush=True),
    )
    engine.close()
    print(count.passed)


if __name__ == "__main__":
    main(*sys.argv[1:])
