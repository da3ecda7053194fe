"""Every name in a table stands for something, nothing stands twice, and nothing stands in vain."""

from __future__ import annotations

from collections.abc import Iterator

from gongxiang.errors import Text
from gongxiang.workflow.competence import BY_PLACE
from gongxiang.workflow.conditions import TESTS
from gongxiang.workflow.fault import (
    LIMIT_EFFECTS,
    Fault,
    Place,
    Table,
    ids,
    leads_from,
    named,
    parties_of,
    roles_named,
    rows_of,
    unknown,
)
from gongxiang.workflow.procedure import ANY, OPEN
from gongxiang.workflow.vocabulary import NOBODYS, Kind, Role

NAMED_BY = ("by", "provider", "requester", "against")
"""The fields of `open` that name a department."""
RESOURCE = ("required", "optional", "unless_about")
UNITS = ("working_day", "year")

_GUARD, _FLAG, _LIMIT = Text("条件", "guard"), Text("标记", "flag"), Text("期限", "limit")
_ROLE, _STATE, _STEP = Text("角色", "role"), Text("状态", "state"), Text("步骤", "step")
_RETENTION = Text("保存事项", "retention")
_PROCEDURE, _KIND = Text("程序", "procedure"), Text("部门类别", "kind of department")


def document_faults(document: Table) -> Iterator[Fault]:
    """Yield what is wrong with numbers, grounds and procedures as a whole: doubled ids, numbers that say nothing."""
    for kind, key in (("parameters", "id"), ("grounds", "id"), ("procedures", "procedure")):
        yield from _doubled([(kind, number, key) for number in range(len(document[kind]))], document[kind], key)
    prefix = document["territory"]["prefix"]
    if prefix and not (prefix.isdecimal() and prefix.isascii() and len(prefix) in (2, 4, 6)):
        yield Fault(
            ("territory", "prefix"),
            Text(
                f"区划代码开头“{prefix}”不是两位、四位或六位数字",
                f"the beginning of region codes '{prefix}' is not two, four or six digits",
            ),
            Text("请写 GB/T 2260 代码的前几位，如 21", "write the first digits of GB/T 2260 codes, such as 21"),
        )
    used = {
        entry["parameter"]
        for table in document["procedures"]
        for kind in ("limit", "retention", "guard", "flag")
        for entry in table.get(kind, ())
        if isinstance(entry.get("parameter"), str)
    }
    for number, parameter in enumerate(document["parameters"]):
        place: Place = ("parameters", number)
        if parameter["unit"] not in UNITS:
            yield unknown((*place, "unit"), Text("单位", "unit"), parameter["unit"], UNITS)
        if parameter["value"] < 1:
            yield Fault(
                (*place, "value"),
                Text(f"期限不能是{parameter['value']}", f"a limit cannot be {parameter['value']}"),
                Text("请写不小于1的整数", "write a whole number of at least 1"),
            )
        if parameter["id"] not in used:
            yield _in_vain((*place, "id"), Text("参数", "parameter"), parameter["id"])


def _doubled(places: list[Place], entries: list[Table], key: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, entry in zip(places, entries, strict=True):
        name = entry.get(key)
        if name in seen:
            yield Fault(
                place,
                Text(f"“{name}”重复", f"'{name}' stands twice"),
                Text("请删去或改名", "remove or rename one"),
            )
        if isinstance(name, str):
            seen.add(name)


def _in_vain(place: Place, what: Text, name: str) -> Fault:
    return Fault(
        place,
        Text(f"{what.zh}“{name}”没有用到", f"the {what.en} '{name}' is used nowhere"),
        Text("请在表中用到它，或删去", "use it in a table, or remove it"),
    )


def name_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield what stands twice or in vain in one table."""
    for kind, key in (*((kind, "id") for kind in ("state", "limit", "retention", "guard", "flag")), ("party", "role")):
        entries = table.get(kind, [])
        yield from _doubled([(kind, number, key) for number in range(len(entries))], entries, key)
    for kind, what in (("guard", _GUARD), ("flag", _FLAG)):
        used = {name for _, entry in rows_of(table) for name in named(entry, f"{kind}s")}
        for number, entry in enumerate(table.get(kind, ())):
            if entry["id"] not in used:
                yield _in_vain((kind, number, "id"), what, entry["id"])


def reference_faults(document: Table, table: Table) -> Iterator[Fault]:
    """Yield every name in one table that stands for nothing."""
    yield from _head(document, table)
    yield from _states(table)
    for number, limit in enumerate(table.get("limit", ())):
        yield from _limit(document, table, limit, ("limit", number))
    yield from _pending(table)
    for number, retention in enumerate(table.get("retention", ())):
        yield from _parameter(document, retention, ("retention", number), UNITS[1])
    for kind in ("guard", "flag"):
        for number, entry in enumerate(table.get(kind, ())):
            if entry["test"] not in TESTS:
                yield unknown((kind, number, "test"), Text("条件", "test"), entry["test"], sorted(TESTS))
    for place, entry in rows_of(table):
        yield from _row(document, table, place, entry)


def _head(document: Table, table: Table) -> Iterator[Fault]:
    openings = [entry["id"] for place, entry in rows_of(table) if place[0] == "step" and not entry.get("from")]
    if table.get("opening", openings[-1:]) not in (openings[-1:], *openings):
        yield unknown(("opening",), Text("开案步骤", "step that opens a case"), table["opening"], openings)
    parties, procedures = parties_of(table), [other.get("procedure") for other in document["procedures"]]
    for anchor in named(table, "anchor") or ("",):
        if anchor not in parties:
            yield unknown(("anchor",), Text("当事方", "party"), anchor, parties)
    if table.get("resource", RESOURCE[0]) not in RESOURCE:
        yield unknown(("resource",), Text("取值", "value"), table["resource"], RESOURCE)
    for number, name in enumerate(named(table, "about")):
        if name not in procedures:
            yield unknown(("about", number), _PROCEDURE, name, procedures)
    for number, party in enumerate(table["party"]):
        played = [role.value for role in Role if role not in NOBODYS]
        if party["role"] not in played:
            yield unknown(("party", number, "role"), _ROLE, party["role"], played)
        for kind in party["kinds"]:
            if kind not in set(Kind):
                yield unknown(("party", number, "kinds"), _KIND, kind, [one.value for one in Kind])
        for field in named(party, "named_by"):
            if field not in NAMED_BY:
                yield unknown(("party", number, "named_by"), Text("立案字段", "field of `open`"), field, NAMED_BY)


def _states(table: Table) -> Iterator[Fault]:
    steps, holders = [entry["id"] for _, entry in rows_of(table)], _holders(table)
    for number, state in enumerate(table["state"]):
        for key in ("owes", "owes_when_stopped"):
            if key in state:
                yield from _role(("state", number, key), state[key], holders)
        if "duty" in state and state["duty"] not in steps:
            yield unknown(("state", number, "duty"), _STEP, state["duty"], steps)


def _holders(table: Table) -> set[str]:
    """Return the roles that somebody can hold in a case of this table."""
    return {*parties_of(table), *roles_named(table), *BY_PLACE}


def _role(place: Place, role: str, holders: set[str]) -> Iterator[Fault]:
    if role not in set(Role):
        yield unknown(place, _ROLE, role, [one.value for one in Role])
    elif role not in holders:
        yield Fault(
            place,
            Text(f"本程序中没有人担任“{role}”", f"nobody is ever the '{role}' of a case of this procedure"),
            Text(
                "请写 [[party]]，或由某一步骤指定（names）",
                "make it a [[party]], or let a step name who it is (`names`)",
            ),
        )


def _parameter(document: Table, entry: Table, place: Place, unit: str) -> Iterator[Fault]:
    """Yield the fault of a number that is none of the law's, or is counted in another unit."""
    known = [one["id"] for one in document["parameters"] if one["unit"] == unit]
    if "parameter" in entry and entry["parameter"] not in known:
        yield unknown((*place, "parameter"), Text("参数", "parameter"), entry["parameter"], known)


def _pending(table: Table) -> Iterator[Fault]:
    steps = [entry["id"] for _, entry in rows_of(table)]
    for number, pending in enumerate(table.get("pending", ())):
        place: Place = ("pending", number)
        yield from _role((*place, "owes"), pending["owes"], _holders(table))
        if pending["duty"] not in steps:
            yield unknown((*place, "duty"), _STEP, pending["duty"], steps)
        if "by" in pending and pending["by"] not in ids(table.get("limit", ())):
            yield unknown((*place, "by"), _LIMIT, pending["by"], ids(table.get("limit", ())))


def _limit(document: Table, table: Table, limit: Table, place: Place) -> Iterator[Fault]:
    steps, parties = [entry["id"] for _, entry in rows_of(table)], parties_of(table)
    if limit["owed_by"] not in (*parties, Role.AUTHORITY):
        yield unknown((*place, "owed_by"), Text("当事方", "party"), limit["owed_by"], [*parties, Role.AUTHORITY.value])
    yield from _parameter(document, limit, place, UNITS[0])
    if "within" in limit and not (limit["within"].isdecimal() and limit["within"].isascii()):
        yield Fault(
            (*place, "within"),
            Text(f"区划代码开头“{limit['within']}”不是数字", f"'{limit['within']}' is not how region codes begin"),
            Text("请写 GB/T 2260 代码的前几位", "write the first digits of GB/T 2260 codes"),
        )
    stricter = [one["id"] for one in table["limit"] if one["id"] != limit["id"] and "outer_of" not in one]
    if "outer_of" in limit and limit["outer_of"] not in stricter:
        yield unknown((*place, "outer_of"), Text("较严的期限", "stricter limit"), limit["outer_of"], stricter)
    if "on_lapse" in limit:
        by_clock = [entry["id"] for _, entry in rows_of(table) if Role.CLOCK in named(entry, "by")]
        if limit["on_lapse"] not in steps:
            yield unknown((*place, "on_lapse"), _STEP, limit["on_lapse"], by_clock)
        elif limit["on_lapse"] not in by_clock:
            yield Fault(
                (*place, "on_lapse"),
                Text(
                    f"步骤“{limit['on_lapse']}”不是由期限届满引起的",
                    f"the step '{limit['on_lapse']}' is not the clock's",
                ),
                Text('请写 by = "clock"', 'give it by = "clock"'),
            )
    proposal = limit.get("proposal")
    if proposal:
        at: Place = (*place, "proposal")
        for ground in (proposal["ground"], *named(proposal, "alternatives")):
            if ground not in ids(document["grounds"]):
                yield unknown((*at, "ground"), Text("情形", "ground"), ground, ids(document["grounds"]))
        procedures = [other.get("procedure") for other in document["procedures"]]
        if proposal["procedure"] not in procedures:
            yield unknown((*at, "procedure"), _PROCEDURE, proposal["procedure"], procedures)
        for kind in named(proposal, "not_against"):
            if kind not in set(Kind):
                yield unknown((*at, "not_against"), _KIND, kind, [one.value for one in Kind])


def _row(document: Table, table: Table, place: Place, entry: Table) -> Iterator[Fault]:
    states = ids(table["state"])
    for key in ("from", "except"):
        for state in () if entry.get(key) in (ANY, OPEN) else named(entry, key):
            if state not in states:
                yield unknown((*place, key), _STATE, state, states)
    if place[0] == "activity" and not entry.get("from"):
        yield Fault(
            place,
            Text(f"活动“{entry['id']}”不能立案", f"the activity '{entry['id']}' opens no case"),
            Text("请写 from", "say in which states it may be done (`from`)"),
        )
    if entry.get("from") and not leads_from(table, entry):
        yield Fault(
            (*place, "from"),
            Text(f"“{entry['id']}”不自任何状态出发", f"'{entry['id']}' leads from no state"),
            Text("请核对 from 与 except", "check `from` and `except`"),
        )
    if "to" in entry and entry["to"] not in states:
        yield unknown((*place, "to"), _STATE, entry["to"], states)
    yield from _row_roles(table, place, entry)
    yield from _row_names(document, table, place, entry)


def _row_roles(table: Table, place: Place, entry: Table) -> Iterator[Fault]:
    for role in named(entry, "by"):
        yield from _role((*place, "by"), role, _holders(table) | NOBODYS)
        if role in NOBODYS and place[0] == "step" and not entry.get("from"):
            yield Fault(
                (*place, "by"),
                Text(f"案件不能由“{role}”立案", f"a case is opened by a person, not by the {role}"),
                Text("请写明由谁立案，或写 from", "say who opens it, or give the step its `from`"),
            )
    for role in (*entry.get("names", {}), *named(entry, "releases")):
        key = "names" if role in entry.get("names", {}) else "releases"
        yield from _role((*place, key), role, roles_named(table))


def _row_names(document: Table, table: Table, place: Place, entry: Table) -> Iterator[Fault]:
    for key, what in (("guards", _GUARD), ("flags", _FLAG)):
        known = ids(table.get(key[:-1], ()))
        for name in named(entry, key):
            if name not in known:
                yield unknown((*place, key), what, name, known)
    for key, kind, what in (*((key, "limit", _LIMIT) for key in LIMIT_EFFECTS), ("retains", "retention", _RETENTION)):
        known = ids(table.get(kind, ()))
        for name in named(entry, key):
            if name not in known:
                yield unknown((*place, key), what, name, known)
    if "document" in entry and entry["document"] not in named(document, "templates"):
        yield Fault(
            (*place, "document"),
            Text(f"文书“{entry['document']}”没有模板", f"document '{entry['document']}' has no template"),
            Text("请补充模板，或删去此项", "add the template or remove the key"),
        )
