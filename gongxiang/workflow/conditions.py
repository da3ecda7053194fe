"""The tests that guards and flags name. Each answers yes or no from told facts and returns what it looked at, for the
ledger.

A table says which test, with which arguments, on which article, in which words; here is only how it is found out. Names
are looked up in this registry and nowhere else: a table can never name a function to import.
"""

from __future__ import annotations

from gongxiang.workflow import conditions_of_parties, conditions_of_time  # noqa: F401  # they enter their tests
from gongxiang.workflow.condition import ARGUMENTS, TESTS, Answer, Arguments
from gongxiang.workflow.conditions_of_record import point_of
from gongxiang.workflow.facts import Facts

__all__ = ["ARGUMENTS", "TESTS", "evaluate", "point_of", "reads_payload"]


def reads_payload(name: str, arguments: Arguments) -> bool:
    """Return whether the test cannot be answered before the payload is known."""
    return name == "later_than_before" or not arguments.keys().isdisjoint(("field", "fields", "keys"))


def evaluate(name: str, facts: Facts, arguments: Arguments) -> Answer:
    """Return the answer of a registered test. A test that answers anything but a bool is a fault of ours, not a no."""
    holds, inputs = TESTS[name](facts, arguments)
    if not isinstance(holds, bool):
        raise TypeError(f"test {name} answered {holds!r}, not a bool")
    return holds, inputs
