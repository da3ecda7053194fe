"""Gongxiang (共享): the procedures of government data sharing as state machines, with deadlines that prove themselves.

    >>> import gongxiang
    >>> engine = gongxiang.open_engine("sqlite://")

`open_engine` is the front door; the types that go in and come back stand beside it. What is needed is loaded when it is
asked for: importing this package costs almost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gongxiang.calendars import Counting
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.law import Law
    from gongxiang.workflow.procedure import RuleBook
    from gongxiang.workflow.receipt import Receipt
    from gongxiang.workflow.store import HostSession
    from gongxiang.workflow.views import CaseView, DeadlineView, Explanation, HistoryEntry, Option
    from gongxiang.workflow.vocabulary import Department, Kind, Level, Phase, Resource, Role, Sharing

__all__ = [
    "CaseView",
    "Counting",
    "DeadlineView",
    "Department",
    "Engine",
    "Explanation",
    "HistoryEntry",
    "Kind",
    "Level",
    "Option",
    "Phase",
    "Receipt",
    "Resource",
    "Role",
    "Sharing",
    "open_engine",
]

if not TYPE_CHECKING:  # a type checker must know which names there are

    def __getattr__(name: str) -> object:
        """Load a public name where it is first asked for (PEP 562). Raises AttributeError for any other."""
        if name == "Engine":
            from gongxiang.workflow import engine as home
        elif name == "Receipt":
            from gongxiang.workflow import receipt as home
        elif name == "Counting":
            from gongxiang import calendars as home
        elif name in ("CaseView", "DeadlineView", "Explanation", "HistoryEntry", "Option"):
            from gongxiang.workflow import views as home
        elif name in __all__:
            from gongxiang.workflow import vocabulary as home
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=None)
        found = globals()[name] = getattr(home, name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


def open_engine(
    url: str | None = None,
    *,
    session: HostSession | None = None,
    rules: str | RuleBook | Law | None = None,
    counting: Counting | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Engine:
    """Return an engine over the database at `url`, or inside the host's own `session`: our rows commit with the host's.

    A new case is opened under the law of its place on its decisive day. With `rules`, the name of a rule book or a rule
    book, all are opened under that one; a `Law` of your own may stand there too. `counting` holds the settings of
    counting (cut-off, receipt); `clock` tells the moment of recording (the machine's clock, Beijing time, when not
    given). Nothing is connected until the first call. Raises BadInput for an unusable URL, Refused for an unknown rule
    book.
    """
    from gongxiang import rules as law
    from gongxiang.clock import now
    from gongxiang.errors import BadInput, Reason, Text
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.law import Asked, OneBook
    from gongxiang.workflow.procedure import RuleBook
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
    if isinstance(rules, str):
        rules = law.rule_book(rules)
    governing = Asked(law.law) if rules is None else OneBook(rules) if isinstance(rules, RuleBook) else rules
    return Engine(Store(url or "", session), governing, clock or now, counting)
