"""What no second open case may share with one: its procedure, a party, and what it remembers under some keys."""

from __future__ import annotations

from collections.abc import Mapping

from gongxiang.canonical import canonical
from gongxiang.workflow.case import Case
from gongxiang.workflow.procedure import Procedure


def twin_text(procedure: str, party: str, keys: tuple[str, ...], values: Mapping[str, str]) -> str:
    """Return what two twins have in common, as text. `values` are those of the keys; what is not given counts as ""."""
    return canonical([procedure, party, {key: values.get(key, "") for key in keys}])


def twin_of(case: Case, procedure: Procedure) -> str | None:
    """Return what a twin of this case would have in common with it, or None where its table does not ask for any."""
    asked = procedure.twin_of
    return asked and twin_text(case.procedure, case.parties.get(asked[0], ""), asked[1], case.memory)
