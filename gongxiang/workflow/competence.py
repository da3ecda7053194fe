"""Who is competent in a case: the place that its parties fix, and the departments that hold each role there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gongxiang.workflow.case import Case
from gongxiang.workflow.facts import World
from gongxiang.workflow.procedure import Procedure
from gongxiang.workflow.vocabulary import SEATED, Department, Kind, Level, Role

Place = tuple[Level, str]
"""A level of government and the GB/T 2260 code of its region."""

_DIGITS = {Level.NATION: 0, Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6}
_SEATS = {Role(kind.value): kind for kind in SEATED}
"""Roles that a department has by its kind, in every case of its place."""
BY_PLACE = frozenset((*_SEATS, Role.OVERSEER))
"""Roles that the place of a case gives, whoever its parties are."""


def covering(places: Iterable[Place]) -> Place | None:
    """Return the lowest place that covers all, None of none: of one place itself, of two cities their province."""
    different = list(dict.fromkeys(places))
    if len(different) <= 1:
        return different[0] if different else None
    shared = min(_DIGITS[level] for level, _ in different)
    while len({region[:shared] for _, region in different}) > 1:
        shared -= 2
    return _place(different[0][1][:shared])


def superior(place: Place) -> Place | None:
    """Return the place one level up; None above the nation."""
    level, region = place
    return _place(region[: _DIGITS[level] - 2]) if level is not Level.NATION else None


def _place(prefix: str) -> Place:
    level = next(level for level, digits in _DIGITS.items() if digits == len(prefix))
    return level, prefix.ljust(6, "0")


def competent_place(case: Case, procedure: Procedure, world: World, at: datetime) -> Place | None:
    """Return the place whose authority is competent: that of the anchor; of several, the lowest that covers all.

    None where an anchor is not registered. No city stands between a municipality, or a province, and some of its
    districts and counties: where several places meet and nobody is the authority, the next superior place counts.
    """
    found = [world.department(case.parties.get(role, ""), at) for role in procedure.anchors]
    places = list(dict.fromkeys(anchor.place for anchor in found if anchor))
    if None in found:
        return None
    if len(places) == 1:
        return places[0]
    lowest = covering(places)
    place: Place | None = lowest
    while place and not world.seat(Kind.AUTHORITY, *place, at):
        place = superior(place)
    return place or lowest


def roles_of(
    case: Case, procedure: Procedure, by: str, at: datetime, world: World, among: Iterable[Role] = Role
) -> frozenset[Role]:
    """Return which of the roles `among` the department `by` has in the case, as the register stands at `at`."""
    return frozenset(role for role in among if _has(role, case, procedure, by, at, world))


def _has(role: Role, case: Case, procedure: Procedure, by: str, at: datetime, world: World) -> bool:
    if case.parties.get(role) == by or by in case.named.get(role, ()):
        return True
    if role is Role.WORKING_BODY:
        place, actor = competent_place(case, procedure, world, at), world.department(by, at)
        return bool(place and actor and actor.place == place and actor.kind is Kind.WORKING_BODY)
    return role in BY_PLACE and any(one.id == by for one in seated(role, case, procedure, world, at))


def holders(role: Role, case: Case, procedure: Procedure, world: World, at: datetime) -> list[Department]:
    """Return the departments that hold a role in the case at `at`; none where nobody does or is registered."""
    if role in BY_PLACE:
        return seated(role, case, procedure, world, at)
    names = case.named[role] if role in case.named else (case.parties.get(role, ""),)
    return [found for name in dict.fromkeys(names) if (found := world.department(name, at))]


def seated(role: Role, case: Case, procedure: Procedure, world: World, at: datetime) -> list[Department]:
    """Return who has a role by place.

    The overseer of a department is the authority of the place; of an authority, its people's government and the
    authority of the next superior place that has one.
    """
    place = competent_place(case, procedure, world, at)
    if place is None:
        return []
    if role is not Role.OVERSEER:
        found = world.seat(_SEATS[role], *place, at)
        return [found] if found else []
    authority = world.seat(Kind.AUTHORITY, *place, at)
    anchor = world.department(case.parties.get(procedure.anchor, ""), at)
    if anchor is None or anchor.kind is not Kind.AUTHORITY:
        return [authority] if authority else []
    government, above = world.seat(Kind.PEOPLE_GOVERNMENT, *place, at), superior(place)
    while above and not world.seat(Kind.AUTHORITY, *above, at):
        above = superior(above)
    higher = world.seat(Kind.AUTHORITY, *above, at) if above else None
    return [one for one in (government, higher) if one]
