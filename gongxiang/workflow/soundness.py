"""What makes a procedure table unsound, found before anything runs on it. All faults at once, each with its place.

`transitions` itself accepts every one of these (unreachable states, dead ends, exits from final states, unknown guards).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gongxiang.errors import Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.conditions import TESTS
from gongxiang.workflow.payload import KINDS
from gongxiang.workflow.procedure import ANY, OPEN, as_tuple, sources_of
from gongxiang.workflow.shape import shape_faults
from gongxiang.workflow.vocabulary import Role

Place = tuple[str | int, ...]


class Fault(NamedTuple):
    """One fault: where in the document, what is wrong, how to mend it."""

    place: Place
    text: Text
    mend: Text


LIMIT_EFFECTS = ("starts", "meets", "stops", "resumes", "voids", "restarts", "restores")
ENDS = ("meets", "voids")


def faults_in(document: Mapping[str, Any]) -> list[Fault]:
    """Return every fault of a rule book's document, in its order; an empty list means it is sound."""
    faults = [Fault(*fault) for fault in shape_faults(document)]
    if faults:
        return faults  # a table that has not the right keys cannot be read any further
    return [
        fault for index, record in enumerate(document["procedures"]) for fault in _table_faults(document, index, record)
    ]


def _table_faults(document: Mapping[str, Any], index: int, record: Mapping[str, Any]) -> Iterator[Fault]:
    checks = (_names, _references, _rows, _graph, _limits_end)
    for check in checks:
        found = [
            Fault(("procedures", index, *fault.place), fault.text, fault.mend) for fault in check(document, record)
        ]
        yield from found
        if found and check is _references:
            return  # the graph of a table with dangling names says nothing


def _all_rows(record: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for kind in ("step", "activity"):
        for number, entry in enumerate(record.get(kind, ())):
            yield (kind, number), entry


def _sources(record: Mapping[str, Any], entry: Mapping[str, Any]) -> tuple[str, ...]:
    return sources_of(entry, {state["id"]: state.get("final", False) for state in record["state"]})


def _names(_: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Fault]:
    for kind in ("state", "limit", "guard", "flag"):
        seen: set[str] = set()
        for number, entry in enumerate(record.get(kind, ())):
            if entry["id"] in seen:
                yield Fault(
                    (kind, number, "id"),
                    Text(f"{kind}“{entry['id']}”重复", f"{kind} '{entry['id']}' stands twice"),
                    Text("请删去或改名", "remove or rename one"),
                )
            seen.add(entry["id"])


def _unknown(place: Place, what: Text, name: str, known: list[str]) -> Fault:
    near = did_you_mean(name, known)
    return Fault(
        place,
        Text(f"{what.zh}“{name}”不存在{near.zh}", f"unknown {what.en} '{name}'{near.en}"),
        Text(f"请使用：{'、'.join(known) or '（无）'}", f"use one of: {', '.join(known) or '(none)'}"),
    )


def _references(document: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Fault]:
    states = [state["id"] for state in record["state"]]
    limits = [limit["id"] for limit in record.get("limit", ())]
    guards = [guard["id"] for guard in record.get("guard", ())]
    flags = [flag["id"] for flag in record.get("flag", ())]
    steps = [entry["id"] for _, entry in _all_rows(record)]
    parameters = [parameter["id"] for parameter in document["parameters"]]
    grounds = [ground["id"] for ground in document["grounds"]]
    procedures = [other["procedure"] for other in document["procedures"]]
    roles = [role.value for role in Role]
    for number, state in enumerate(record["state"]):
        for key in ("owes", "owes_when_stopped"):
            if key in state and state[key] not in roles:
                yield _unknown(("state", number, key), Text("角色", "role"), state[key], roles)
        if "duty" in state and state["duty"] not in steps:
            yield _unknown(("state", number, "duty"), Text("步骤", "step"), state["duty"], steps)
    for number, limit in enumerate(record.get("limit", ())):
        if limit["owed_by"] not in roles:
            yield _unknown(("limit", number, "owed_by"), Text("角色", "role"), limit["owed_by"], roles)
        if "parameter" in limit and limit["parameter"] not in parameters:
            yield _unknown(("limit", number, "parameter"), Text("参数", "parameter"), limit["parameter"], parameters)
        if "on_lapse" in limit and limit["on_lapse"] not in steps:
            yield _unknown(("limit", number, "on_lapse"), Text("步骤", "step"), limit["on_lapse"], steps)
        if "proposal" in limit:
            proposal = limit["proposal"]
            for ground in (proposal["ground"], *as_tuple(proposal.get("alternatives"))):
                if ground not in grounds:
                    yield _unknown(("limit", number, "proposal"), Text("情形", "ground"), ground, grounds)
            if proposal["procedure"] not in procedures:
                yield _unknown(
                    ("limit", number, "proposal"), Text("程序", "procedure"), proposal["procedure"], procedures
                )
    for kind in ("guard", "flag"):
        for number, entry in enumerate(record.get(kind, ())):
            if entry["test"] not in TESTS:
                yield _unknown((kind, number, "test"), Text("条件", "test"), entry["test"], sorted(TESTS))
    for place, entry in _all_rows(record):
        listed = entry.get("from", [])
        for state in () if listed in (ANY, OPEN) else as_tuple(listed):
            if state not in states:
                yield _unknown((*place, "from"), Text("状态", "state"), state, states)
        if "to" in entry and entry["to"] not in states:
            yield _unknown((*place, "to"), Text("状态", "state"), entry["to"], states)
        for role in as_tuple(entry.get("by")):
            if role not in roles:
                yield _unknown((*place, "by"), Text("角色", "role"), role, roles)
        for key, known, what in (("guards", guards, Text("条件", "guard")), ("flags", flags, Text("标记", "flag"))):
            for name in as_tuple(entry.get(key)):
                if name not in known:
                    yield _unknown((*place, key), what, name, known)
        for key in LIMIT_EFFECTS:
            for name in as_tuple(entry.get(key)):
                if name not in limits:
                    yield _unknown((*place, key), Text("期限", "limit"), name, limits)
        for field, kind in entry.get("payload", {}).items():
            if kind.removesuffix("?") not in KINDS and not kind.startswith("one of "):
                yield _unknown(
                    (*place, "payload"), Text(f"字段“{field}”的类型", f"type of field '{field}'"), kind, sorted(KINDS)
                )
        if "document" in entry and entry["document"] not in as_tuple(document.get("templates")):
            yield Fault(
                (*place, "document"),
                Text(f"文书“{entry['document']}”没有模板", f"document '{entry['document']}' has no template"),
                Text("请补充模板，或删去此项", "add the template or remove the key"),
            )


def _rows(_: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Fault]:
    final = {state["id"] for state in record["state"] if state.get("final")}
    taken: dict[tuple[str, str], Mapping[str, Any]] = {}
    for place, entry in _all_rows(record):
        name = entry["id"]
        if not as_tuple(entry.get("by")):
            yield Fault(
                (*place, "by"),
                Text(f"步骤“{name}”没有角色", f"step '{name}' has no role"),
                Text("请写明谁可以办理", "say who may take it"),
            )
        if "article" not in entry and not entry.get("own"):
            yield Fault(
                place,
                Text(f"步骤“{name}”既无条文也未标明“own”", f"step '{name}' has neither an article nor the mark own"),
                Text("请写条文，或写 own = true", "name the article or write own = true"),
            )
        if place[0] == "step" and "to" not in entry:
            yield Fault(
                place,
                Text(f"步骤“{name}”没有到达状态", f"step '{name}' leads nowhere"),
                Text("请写 to；不改变状态的写作 [[activity]]", "give it `to`, or make it an [[activity]]"),
            )
        if place[0] == "activity" and "to" in entry:
            yield Fault(
                (*place, "to"),
                Text(f"活动“{name}”不得改变状态", f"activity '{name}' may not move the case"),
                Text("请写作 [[step]]", "make it a [[step]]"),
            )
        sources = _sources(record, entry)
        leaving = [state for state in sources if state in final]
        if leaving and place[0] == "step":
            yield Fault(
                (*place, "from"),
                Text(
                    f"步骤“{name}”离开终结状态“{leaving[0]}”",
                    f"step '{name}' leads out of the final state '{leaving[0]}'",
                ),
                Text("终结的案件另立新案", "what was closed gets a new case"),
            )
        for state in sources or ("",):
            rival = taken.setdefault((name, state), entry)
            if rival is not entry and not (rival.get("when") and entry.get("when") and rival["when"] != entry["when"]):
                yield Fault(
                    place,
                    Text(
                        f"步骤“{name}”自“{state}”有两行而无法区分",
                        f"step '{name}' stands twice from '{state}' with nothing to tell the rows apart",
                    ),
                    Text("请用不同的 when 区分", "give each row its own `when`"),
                )


def _graph(_: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Fault]:
    edges: dict[str, set[str]] = {state["id"]: set() for state in record["state"]}
    reached = {entry["to"] for place, entry in _all_rows(record) if place[0] == "step" and not _sources(record, entry)}
    for place, entry in _all_rows(record):
        if place[0] == "step":
            for state in _sources(record, entry):
                edges[state].add(entry["to"])
    if not reached:
        yield Fault(
            ("procedure",),
            Text("没有开案步骤", "no step opens a case"),
            Text("请写一个没有 from 的步骤", "write a step without `from`"),
        )
        return
    frontier = list(reached)
    while frontier:
        for state in edges[frontier.pop()] - reached:
            reached.add(state)
            frontier.append(state)
    for number, state in enumerate(record["state"]):
        if state["id"] not in reached:
            yield Fault(
                ("state", number),
                Text(f"状态“{state['id']}”无法到达", f"state '{state['id']}' is unreachable"),
                Text("请写出到达它的步骤，或删去", "write the step that leads to it, or remove it"),
            )
        elif not state.get("final") and not edges[state["id"]] - {state["id"]}:
            yield Fault(
                ("state", number),
                Text(f"状态“{state['id']}”没有出路", f"state '{state['id']}' is a dead end"),
                Text("请写出离开它的步骤，或标明 final = true", "write a step out of it, or mark it final = true"),
            )


def _limits_end(_: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Fault]:
    """No path may reach a final state with a limit still open: each must have been met or voided on the way.

    A path is a state together with what the case then remembers under the keys that rows ask for in `when`.
    """
    running = _open_limits(record)
    for number, state in enumerate(record["state"]):
        left = {limit for (name, _), limits in running.items() if name == state["id"] for limit in limits}
        for limit in sorted(left) if state.get("final") else ():
            yield Fault(
                ("state", number),
                Text(
                    f"案件可在期限“{limit}”未了时终结于“{state['id']}”",
                    f"a case can end in '{state['id']}' while the limit '{limit}' still runs",
                ),
                Text("请在通往它的步骤写 meets 或 voids", "let the steps that lead there meet or void it"),
            )
    started = {name for _, entry in _all_rows(record) for name in as_tuple(entry.get("starts"))}
    for number, limit in enumerate(record.get("limit", ())):
        if limit["id"] not in started:
            yield Fault(
                ("limit", number),
                Text(f"期限“{limit['id']}”从不起算", f"the limit '{limit['id']}' is never started"),
                Text("请写 starts，或删去", "let a step start it, or remove it"),
            )


_Memory = tuple[tuple[str, str], ...]


def _open_limits(record: Mapping[str, Any]) -> dict[tuple[str, _Memory], set[str]]:
    """Return, for each state and memory a case can be in, the limits that may be open there."""
    rows = [entry for _, entry in _all_rows(record)]
    asked = {key for entry in rows for key in entry.get("when", {})} & {
        key for entry in rows for key in entry.get("remember", {})
    }
    running: dict[tuple[str, _Memory], set[str]] = {}
    queue: list[tuple[str, _Memory, set[str]]] = [
        (entry["to"], (), _after(entry, set())) for entry in rows if "to" in entry and not _sources(record, entry)
    ]
    while queue:
        state, memory, limits = queue.pop()
        known = running.get((state, memory))
        if known is not None and limits <= known:
            continue
        running[state, memory] = limits | (known or set())
        for entry in rows:
            held = dict(memory)
            fits = all(held.get(key, value) == value for key, value in entry.get("when", {}).items() if key in asked)
            if not fits or state not in _sources(record, entry):
                continue
            for key, source in entry.get("remember", {}).items():
                if key in asked:
                    held[key] = state if source == "state" else source
            for key in as_tuple(entry.get("forget")):
                held.pop(key, None)
            queue.append((entry.get("to", state), tuple(sorted(held.items())), _after(entry, running[state, memory])))
    return running


def _after(entry: Mapping[str, Any], before: set[str]) -> set[str]:
    begun = {name for key in ("starts", "restarts", "restores") for name in as_tuple(entry.get(key))}
    return (before | begun) - {name for key in ENDS for name in as_tuple(entry.get(key))} | {
        name for name in as_tuple(entry.get("resumes"))
    }
