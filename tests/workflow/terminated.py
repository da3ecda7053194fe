"""A worker whose batches are of ten cases and that is told to stop, twice, in the middle of its second one.

    python terminated.py WORDS…

WORDS are those of the command line.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from gongxiang.cli import main
from gongxiang.workflow import sweeping

BATCH = 10


def stop_in_the_second_batch() -> None:
    sweep, batches = sweeping.sweep, 0

    def counted(*given: Any) -> sweeping.Swept:
        nonlocal batches
        batches += 1
        if batches == 2:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
        return sweep(*given)

    sweeping.sweep = counted
    sweeping.BATCH = BATCH


if __name__ == "__main__":
    stop_in_the_second_batch()
    main(sys.argv[1:])
