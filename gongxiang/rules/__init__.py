"""The law: text, numbers, tables, grounds and readings, one folder an instrument. Engine code knows none of it.

A rule book is what one instrument makes alone, or what all instruments in force at a place on a day make together.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gongxiang.errors import Finding, Reason, Refused, Text
from gongxiang.nearest import did_you_mean
from gongxiang.rules import shelf
from gongxiang.rules.head import Gap
from gongxiang.rules.instrument import Instrument, check, open_instrument, opened
from gongxiang.rules.rank import RANKS, Rank
from gongxiang.workflow.procedure import RuleBook

if TYPE_CHECKING:
    from gongxiang.rules.places import LawOfPlaces

__all__ = [
    "DEFAULT",
    "RANKS",
    "Gap",
    "Instrument",
    "LawOfPlaces",
    "Rank",
    "check",
    "check_compositions",
    "folders",
    "instrument",
    "instruments",
    "law",
    "open_instrument",
    "rule_book",
]

DEFAULT = "decree-330"

if not TYPE_CHECKING:  # a type checker must know which names there are

    def __getattr__(name: str) -> object:
        """Load what composes where it is first asked for (PEP 562). Raises AttributeError for any other name."""
        if name != "LawOfPlaces":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=None)
        from gongxiang.rules.places import LawOfPlaces

        return LawOfPlaces


def folders() -> dict[str, Path]:
    """Return the folders of all known instruments by id: the shipped ones, then those of other distributions."""
    return {**shelf.shipped(), **shelf.brought()}


@cache
def instrument(name: str = DEFAULT) -> Instrument:
    """Return a known instrument by its id. Raises Refused with the nearest id, FaultyRules with all findings."""
    known = shelf.shipped() if name in shelf.shipped() else folders()
    if name not in known:
        raise _unknown(name, list(known))
    return opened(shelf.source(known[name]))


def instruments() -> tuple[Instrument, ...]:
    """Return every known instrument."""
    return tuple(instrument(name) for name in folders())


@cache
def law() -> LawOfPlaces:
    """Return the law of all places and days that the known instruments make. Raises FaultyRules with all findings."""
    from gongxiang.rules.places import LawOfPlaces

    return LawOfPlaces(folders().values(), shelf.source)


def rule_book(name: str = DEFAULT) -> RuleBook:
    """Return a rule book by its name: an instrument's id, that of a place and a day, or a beginning of one alone.

    An instrument without a whole table is no rule book alone: its id is read as such a beginning. Raises Refused.
    """
    if name in shelf.shipped() or name in folders():
        alone = instrument(name)
        if alone.has_tables:
            return alone.book
    composed = law().known()
    if name in composed:
        return law().named(name)
    begun = [known for known in composed if known.startswith(name)]
    if len(begun) == 1:
        return law().named(begun[0])
    if begun:
        raise Refused(
            Reason(
                "ambiguous_rules",
                Text(f"“{name}”可指多部规则：{'、'.join(begun)}", f"'{name}' may be any of {', '.join(begun)}"),
                None,
                Text("请写全", "write the whole name"),
            )
        )
    raise _unknown(name, [*folders(), *composed])


def check_compositions(among: Iterable[Path] | None = None) -> list[Finding]:
    """Return what the instruments in the folders `among`, or all known ones, leave undecided or make unsound together.

    Every place is composed on each day on which an instrument begins or ceases there.
    """
    from gongxiang.rules import checking

    return checking.check_compositions(folders().values() if among is None else among)


def _unknown(name: str, known: list[str]) -> Refused:
    near = did_you_mean(name, known)
    return Refused(
        Reason(
            "unknown_instrument",
            Text(f"没有规则“{name}”{near.zh}", f"there is no instrument '{name}'{near.en}"),
            None,
            Text(f"可用的规则：{'、'.join(known)}", f"the instruments are {', '.join(known)}"),
        )
    )
