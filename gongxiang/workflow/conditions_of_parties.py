"""Tests of who takes part, of the resource, and of other cases."""

from __future__ import annotations

from gongxiang.workflow.condition import Answer, Arguments, test
from gongxiang.workflow.facts import Facts
from gongxiang.workflow.procedure import as_tuple


@test()
def not_classified(facts: Facts, _: Arguments) -> Answer:
    """The resource is not classified."""
    classified = bool((facts.case.resource or {}).get("classified", False))
    return not classified, {"classified": classified}


@test(value="sharing")
def sharing_is_not(facts: Facts, arguments: Arguments) -> Answer:
    """The sharing type of the resource is not `value`."""
    sharing = (facts.case.resource or {}).get("sharing")
    return sharing != arguments["value"], {"sharing": sharing}


@test()
def resource_named(facts: Facts, _: Arguments) -> Answer:
    """The case names a resource."""
    code = (facts.case.resource or {}).get("code")
    return code is not None, {"code": code}


@test()
def basis_cited(facts: Facts, _: Arguments) -> Answer:
    """The catalogue entry cites at least one basis, or is shared unconditionally and needs none."""
    resource = facts.case.resource or {}
    cited = len(resource.get("legal_basis", ()))
    needed = resource.get("sharing") not in (None, "unconditional")
    return cited > 0 or not needed, {"cited": cited, "sharing": resource.get("sharing")}


@test(words="words")
def basis_not_only(facts: Facts, arguments: Arguments) -> Answer:
    """Not every cited basis has one of `words` in its name; where none is cited there is nothing to say."""
    bases = list((facts.case.resource or {}).get("legal_basis", ()))
    named = [basis for basis in bases if any(word in basis for word in as_tuple(arguments["words"]))]
    return not bases or len(named) < len(bases), {"bases": bases}


@test(prefix="region?")
def parties_in_territory(facts: Facts, arguments: Arguments) -> Answer:
    """Every party's region begins with `prefix` (when not given, lies in the territory of the rule book)."""
    prefix = str(arguments.get("prefix", facts.book.territory))
    regions = {role: party.region for role in facts.case.parties if (party := facts.party(role))}
    return all(region.startswith(prefix) for region in regions.values()), {"regions": regions}


@test(roles="parties")
def parties_differ(facts: Facts, arguments: Arguments) -> Answer:
    """The parties of the named roles are different departments."""
    names = {role: facts.case.parties.get(role) for role in arguments["roles"]}
    return len(set(names.values())) == len(names), {"parties": names}


@test(role="party")
def acts_for_another(facts: Facts, arguments: Arguments) -> Answer:
    """Who acts is not the department in the role `role`."""
    other = facts.case.parties.get(arguments["role"])
    return facts.by != other, {"by": facts.by, arguments["role"]: other}


@test(roles="parties?", kind="kind")
def kind_is_not(facts: Facts, arguments: Arguments) -> Answer:
    """No party in the roles `roles` (all, when not given) is of the kind `kind`."""
    roles = arguments.get("roles", list(facts.case.parties))
    kinds = {role: party.kind.value for role in roles if (party := facts.party(role))}
    return arguments["kind"] not in kinds.values(), {"kinds": kinds}


@test(role="party", kind="kind")
def kind_is(facts: Facts, arguments: Arguments) -> Answer:
    """The party in the role `role` is of the kind `kind`."""
    party = facts.party(arguments["role"])
    return party is not None and party.kind == arguments["kind"], {"kind": party.kind.value if party else None}


@test(roles="parties")
def same_place(facts: Facts, arguments: Arguments) -> Answer:
    """The parties in the roles `roles` belong to one level and region."""
    places = {role: [party.level.value, party.region] for role in arguments["roles"] if (party := facts.party(role))}
    return len({tuple(place) for place in places.values()}) <= 1, {"places": places}


@test(role="party", keys="remembered fields")
def no_open_twin(facts: Facts, arguments: Arguments) -> Answer:
    """No open case of this procedure has the same party in `role` and the same payload fields `keys`."""
    keys = tuple(arguments["keys"])
    values = {key: str(facts.payload[key]) for key in keys if facts.payload.get(key) is not None}
    twin = facts.world.open_twin(facts.case, arguments["role"], keys, values)
    return twin is None, {"twin": twin}


@test(procedures="procedures")
def about_is(facts: Facts, arguments: Arguments) -> Answer:
    """The case this one is about, when there is one, runs under one of `procedures`."""
    found = facts.world.procedure_of(facts.case.about) if facts.case.about else None
    return found is None or found in arguments["procedures"], {"about": facts.case.about, "procedure": found}
