"""Many requests whose reply is due."""

from __future__ import annotations

import acts
from acts import at

from gongxiang.workflow.engine import Engine
from gongxiang.workflow.together import together

SWEPT = at("2026-03-02T09:00")
"""A moment at which it has lapsed: received on 12 February 2026, it is due on the 26th."""
AT_ONCE = 500


def due_requests(engine: Engine, count: int) -> list[str]:
    """Submit so many requests; return their names, in the order in which a sweep takes them up."""
    names = [f"R-{number:05}" for number in range(count)]
    for first in range(0, count, AT_ONCE):
        some = names[first : first + AT_ONCE]
        with together(engine, some, []) as gathered:
            for name in some:
                acts.request(gathered, name)
    return names
