"""The registry of tests: what each is called, what it takes, what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gongxiang.workflow.facts import Facts

Answer = tuple[bool, dict[str, Any]]
Arguments = Mapping[str, Any]
Asked = Callable[[Facts, Arguments], Answer]
TESTS: dict[str, Asked] = {}
ARGUMENTS: dict[str, Mapping[str, str]] = {}
"""What each test takes: the argument and what it names (see `arguments`); one that ends in "?" may be left out."""


def test(**arguments: str) -> Callable[[Asked], Asked]:
    """Enter a function in the registry under its own name."""

    def enter(function: Asked) -> Asked:
        TESTS[function.__name__], ARGUMENTS[function.__name__] = function, arguments
        return function

    return enter
