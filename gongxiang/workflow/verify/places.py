"""The places of the administrative map, read off the codes of their regions (GB/T 2260): which covers which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Place = tuple[str, str]
"""A level of government and the code of its region."""

DIGITS: Mapping[str, int] = {"county": 6, "city": 4, "province": 2, "nation": 0}
"""How many leading digits of a code are the place's own, by its level, from the lowest; the rest are zeros."""


def lowest_common(places: Iterable[Place]) -> Place | None:
    """Return the lowest place in which all lie: one place itself, else their county, city, province or the nation."""
    all_of_them = set(places)
    if len(all_of_them) < 2:
        return next(iter(all_of_them), None)
    most = min(DIGITS[level] for level, _ in all_of_them)
    for level, digits in DIGITS.items():
        beginnings = {region[:digits] for _, region in all_of_them}
        if digits <= most and len(beginnings) == 1:
            return level, _code(beginnings.pop())
    return None


def above(place: Place) -> list[Place]:
    """Return the places over a place, the nearest first."""
    level, region = place
    return [(one, _code(region[:digits])) for one, digits in DIGITS.items() if digits < DIGITS[level]]


def _code(beginning: str) -> str:
    return beginning + "0" * (6 - len(beginning))
