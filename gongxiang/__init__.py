"""Gongxiang (共享): the procedures of government data sharing as state machines, with deadlines that prove themselves.

    >>> import gongxiang
    >>> engine = gongxiang.open_engine("sqlite://")

`open_engine` is the front door. What it needs is loaded when it is called: importing this package costs almost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gongxiang.calendars import Counting
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.procedure import RuleBook
    from gongxiang.workflow.store import HostSession

__all__ = ["open_engine"]


def open_engine(
    url: str | None = None,
    *,
    session: HostSession | None = None,
    rules: str | RuleBook = "decree-330",
    counting: Counting | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Engine:
    """Return an engine over the database at `url`, or inside the host's own `session`: our rows commit with the host's.

    `rules` names a shipped rule book, or is one; new cases are opened under it. `counting` holds the settings of
    counting (cut-off, receipt); `clock` tells the moment of recording (the machine's clock, Beijing time, when not
    given). Nothing is connected until the first call. Raises BadInput for an unusable URL, Refused for an unknown rule
    book.
    """
    from gongxiang import rules as law
    from gongxiang.clock import now
    from gongxiang.errors import BadInput, Reason, Text
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.store import Store

    if (url is None) == (session is None):
        raise BadInput(
            Reason(
                "one_database",
                Text("请给出数据库地址或宿主会话之一", "give either a database URL or the host's session"),
                None,
                Text('open_engine("sqlite:///cases.db") 或 open_engine(session=session)', "one of the two"),
            )
        )
    book = law.rule_book(rules) if isinstance(rules, str) else rules
    return Engine(Store(url or "", session), book, clock or now, counting)
