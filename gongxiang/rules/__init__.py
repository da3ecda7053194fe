"""The law: text, numbers, tables, grounds and readings, one folder an instrument. Engine code knows none of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gongxiang.errors import Reason, Refused, Text
from gongxiang.nearest import did_you_mean
from gongxiang.rules.instrument import Instrument, check, open_instrument
from gongxiang.workflow.procedure import RuleBook

__all__ = ["DEFAULT", "Instrument", "check", "folders", "instrument", "instruments", "open_instrument", "rule_book"]

DEFAULT = "decree-330"


def folders() -> dict[str, Path]:
    """Return the shipped instruments' folders by id."""
    here = Path(__file__).parent
    return {path.parent.name.replace("_", "-"): path.parent for path in sorted(here.glob("*/instrument.toml"))}


@cache
def instrument(name: str = DEFAULT) -> Instrument:
    """Return a shipped instrument by its id. Raises Refused with the nearest id, FaultyRules with all findings."""
    known = folders()
    if name not in known:
        near = did_you_mean(name, known)
        raise Refused(
            Reason(
                "unknown_instrument",
                Text(f"没有规则“{name}”{near.zh}", f"there is no instrument '{name}'{near.en}"),
                None,
                Text(f"可用的规则：{'、'.join(known)}", f"the instruments are {', '.join(known)}"),
            )
        )
    return open_instrument(known[name])


def instruments() -> tuple[Instrument, ...]:
    """Return every shipped instrument."""
    return tuple(instrument(name) for name in folders())


def rule_book(name: str = DEFAULT) -> RuleBook:
    """Return the rule book of a shipped instrument alone. Raises Refused with the nearest id."""
    return instrument(name).book
