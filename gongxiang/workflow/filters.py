"""What a question about cases may be narrowed to: words that some case could answer to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from gongxiang.errors import BadInput, Reason, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.given import version
from gongxiang.workflow.procedure import RuleBook
from gongxiang.workflow.vocabulary import Phase

MOST_SHOWN = 12


def limited(limit: int | None, name: str = "limit") -> int | None:
    """Return how many are asked for, None for all. Raises BadInput for what is no number of at least 1."""
    limit = version(limit, name)
    if limit is not None and limit < 1:
        raise BadInput(
            Reason(
                "bad_limit",
                Text(f"“{name}”不能是{limit}", f"'{name}' cannot be {limit}"),
                None,
                Text("请写不小于1的整数；不写则为全部", "give a whole number of at least 1, or none for all"),
            )
        )
    return limit


def refuse_unknown(
    books: Iterable[RuleBook],
    departments: Iterable[str],
    *,
    state: str | None,
    procedure: str | None,
    owes: str | None,
    phase: Phase | str | None,
) -> None:
    """Refuse a filter to which nothing could ever answer: an empty list would read as "all is well".

    States are those of the procedure, where it is given. `books` are needed for these two only. Raises BadInput with
    the nearest word.
    """
    tables = [table for book in books for table in book.procedures.values()]
    states = [name for table in tables if procedure in (None, table.id) for name in table.states]
    _known("procedure", procedure, [table.id for table in tables])
    _known("state", state, states)
    _known("owes", owes, departments)
    _known("phase", phase, [one.value for one in Phase])


def _known(name: str, value: str | None, words: Iterable[str]) -> None:
    known = dict.fromkeys(words)
    if value is None or value in known:
        return
    near = did_you_mean(str(value), known)
    shown = list(islice(known, MOST_SHOWN))
    raise BadInput(
        Reason(
            "unknown_filter",
            Text(f"“{name}”没有“{value}”{near.zh}", f"nothing is called '{value}' for '{name}'{near.en}"),
            None,
            Text(f"例如：{'、'.join(shown)}", f"for instance {', '.join(shown)}")
            if shown
            else Text("尚无登记", "nothing is registered"),
        )
    )
