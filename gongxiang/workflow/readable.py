"""Reading past what cannot be read: one case that somebody has spoiled keeps no other from being seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gongxiang.errors import GongxiangError
from gongxiang.workflow.case import Case
from gongxiang.workflow.store.rows import case_of

SPOILED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError)
"""What Python says of a row, an event or a rule book that somebody has tampered with: a value of another kind, a key or
a place that is not there, a date out of the calendar.
"""

UNREADABLE = (GongxiangError, *SPOILED)
"""What a case that somebody has spoiled, or a rule book that is gone, can raise; a fault of the database is none."""


def why(error: BaseException) -> str:
    """Return what was wrong, as a log tells it: the code of a reason or the kind of the error, and its words."""
    code = error.reasons[0].code if isinstance(error, GongxiangError) else type(error).__name__
    return f"{code}: {error}"


class Readable:
    """Reads rows and leaves out those that cannot be read. Why they cannot stands in `unreadable`, by name; `rows`
    counts all of them.
    """

    def __init__(self) -> None:
        self.unreadable: dict[str, str] = {}
        self.rows = 0

    def case(self, name: str, snapshot: str) -> Case | None:
        """Read a row, None where it cannot be read."""
        self.rows += 1
        with self.apart(name):
            return case_of(name, snapshot)
        return None

    @contextmanager
    def apart(self, name: str) -> Iterator[None]:
        """Let what this case raises stop nothing but what is done inside."""
        try:
            yield
        except UNREADABLE as error:
            self.unreadable.setdefault(name, why(error))
