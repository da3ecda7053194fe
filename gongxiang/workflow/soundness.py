"""What makes a procedure table unsound, found before anything runs on it. All faults at once, each with its place.

`transitions` itself accepts every one of these (unreachable states, dead ends, exits from final states, unknown
guards). Names are looked after in `naming`, fields in `carrying`, linked cases in `following`; here are the rows and
the graph they make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.arguments import argument_faults
from gongxiang.workflow.carrying import decisive_faults, limit_field_faults, memory_faults, payload_type_faults
from gongxiang.workflow.facts import FIXED
from gongxiang.workflow.fault import LIMIT_EFFECTS, Fault, leads_from, rows_of
from gongxiang.workflow.following import follow_faults, idle_faults
from gongxiang.workflow.lapsing import clock_faults
from gongxiang.workflow.naming import document_faults, name_faults, reference_faults
from gongxiang.workflow.procedure import as_tuple
from gongxiang.workflow.shape import LIST, blank_faults, date_faults, faults_of_shape, shape_faults, writing_faults
from gongxiang.workflow.tolerance import tolerant

__all__ = ["LIMIT_EFFECTS", "LIST", "Fault", "blank_faults", "date_faults", "faults_in", "faults_of_shape"]

ENDS = ("meets", "voids")
Check = Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[Fault]]


def faults_in(document: Mapping[str, Any]) -> list[Fault]:
    """Return every fault of a rule book's document, in its order; an empty list means it is sound.

    A misspelt, strange or missing word hides nothing else. A table whose shape is wrong beyond that is read no further,
    nor is any table while the rest of the document is.
    """
    shape = list(shape_faults(document))
    faults = [Fault(*fault) for fault in (*shape, *writing_faults(document))]
    read = tolerant(document) if shape else document
    left = [fault[0] for fault in shape_faults(read)] if shape else []
    if any(place[:1] != ("procedures",) or len(place) == 1 for place in left):
        return faults
    broken = {place[1] for place in left}
    tables = [_stub(table) if index in broken else table for index, table in enumerate(read["procedures"])]
    readable = {**read, "procedures": tables}
    faults.extend(document_faults(readable))
    for index, table in enumerate(tables):
        if index not in broken:
            faults.extend(_table_faults(readable, index, table, whole=not broken))
    return faults


def _stub(table: Any) -> dict[str, Any]:
    """Return what other tables may know of one that cannot be read: its name, and which numbers it uses."""
    record = table if isinstance(table, Mapping) else {}
    limits = record.get("limit") if isinstance(record.get("limit"), list) else []
    used = [limit.get("parameter") for limit in limits or () if isinstance(limit, Mapping)]
    name = record.get("procedure")
    return {
        "procedure": name if isinstance(name, str) else "",
        "limit": [{"parameter": parameter} for parameter in used if isinstance(parameter, str)],
    }


def _table_faults(
    document: Mapping[str, Any], index: int, record: Mapping[str, Any], *, whole: bool
) -> Iterator[Fault]:
    """Yield the faults of one table: fields and graph once the names stand, links once every table can be read."""
    for checks in ((name_faults, _rows, clock_faults), (reference_faults,), _fields(whole), (_graph, _limits_end)):
        found = [fault for check in checks for fault in check(document, record)]
        for fault in found:
            yield Fault(("procedures", index, *fault.place), fault.text, fault.mend)
        if found and reference_faults in checks:
            return  # fields, graph and limits of a table with dangling names say nothing


def _fields(whole: bool) -> tuple[Check, ...]:
    checks = (payload_type_faults, memory_faults, decisive_faults, limit_field_faults, argument_faults)
    return (*checks, follow_faults, idle_faults) if whole else checks


def _rows(_: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Fault]:
    final = {state["id"] for state in record["state"] if state.get("final")}
    taken: dict[tuple[str, str], Mapping[str, Any]] = {}
    for place, entry in rows_of(record):
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
        sources = leads_from(record, entry)
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
    steps = [entry for place, entry in rows_of(record) if place[0] == "step" and "to" in entry]
    reached = {entry["to"] for entry in steps if not leads_from(record, entry)}
    for entry in steps:
        for state in leads_from(record, entry):
            edges[state].add(entry["to"])
    if not reached:
        yield Fault(
            ("procedure",),
            Text("没有开案步骤", "no step opens a case"),
            Text("请写一个没有 from 的步骤", "write a step without `from`"),
        )
        return
    reached = _closure(reached, edges)
    final = {state["id"] for state in record["state"] if state.get("final")}
    back: dict[str, set[str]] = {name: {other for other, to in edges.items() if name in to} for name in edges}
    ending = _closure(final, back)
    for number, state in enumerate(record["state"]):
        name = state["id"]
        if name not in reached:
            yield Fault(
                ("state", number),
                Text(f"状态“{name}”无法到达", f"state '{name}' is unreachable"),
                Text("请写出到达它的步骤，或删去", "write the step that leads to it, or remove it"),
            )
        elif name not in final and not edges[name] - {name}:
            yield Fault(
                ("state", number),
                Text(f"状态“{name}”没有出路", f"state '{name}' is a dead end"),
                Text("请写出离开它的步骤，或标明 final = true", "write a step out of it, or mark it final = true"),
            )
        elif name not in ending:
            yield Fault(
                ("state", number),
                Text(f"自状态“{name}”无法终结", f"no way leads from state '{name}' to a final one"),
                Text("请写出通往终结状态的步骤", "write a step that leads on to a final state"),
            )


def _closure(start: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    """Return the states that the edges lead to from `start`, `start` among them."""
    found, frontier = set(start), list(start)
    while frontier:
        for state in edges[frontier.pop()] - found:
            found.add(state)
            frontier.append(state)
    return found


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
                Text(
                    "请在通往它的步骤写 meets 或 voids；期限届满本身不终结案件",
                    "let the steps that lead there meet or void it; a lapse by itself ends no case",
                ),
            )
    started = {name for _, entry in rows_of(record) for name in as_tuple(entry.get("starts"))}
    for number, limit in enumerate(record.get("limit", ())):
        if limit["id"] not in started:
            yield Fault(
                ("limit", number),
                Text(f"期限“{limit['id']}”从不起算", f"the limit '{limit['id']}' is never started"),
                Text("请写 starts，或删去", "let a step start it, or remove it"),
            )


_Memory = tuple[tuple[str, str], ...]


def open_in(record: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return, for each state of a table, the limits that may be open there."""
    found: dict[str, set[str]] = {}
    for (state, _), limits in _open_limits(record).items():
        found.setdefault(state, set()).update(limits)
    return found


def _open_limits(record: Mapping[str, Any]) -> dict[tuple[str, _Memory], set[str]]:
    """Return, for each state and memory a case can be in, the limits that may be open there."""
    rows = [entry for _, entry in rows_of(record)]
    asked = {key for entry in rows for key in entry.get("when", {})} & {
        *FIXED,
        *(key for entry in rows for key in entry.get("remember", {})),
    }
    running: dict[tuple[str, _Memory], set[str]] = {}
    queue: list[tuple[str, _Memory, set[str]]] = [
        (entry["to"], _kept(entry, {}), _after(entry, set()))
        for entry in rows
        if "to" in entry and not leads_from(record, entry)
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
            if not fits or state not in leads_from(record, entry):
                continue
            for key, source in entry.get("remember", {}).items():
                if key in asked:
                    held[key] = state if source == "state" else source
            for key in as_tuple(entry.get("forget")):
                held.pop(key, None)
            queue.append((entry.get("to", state), _kept(entry, held), _after(entry, running[state, memory])))
    return running


def _kept(entry: Mapping[str, Any], held: Mapping[str, str]) -> _Memory:
    """Return what is known of the case after the row: a row for one kind of resource or ground tells which it is."""
    told = {key: value for key, value in entry.get("when", {}).items() if key in FIXED}
    return tuple(sorted({**held, **told}.items()))


def _after(entry: Mapping[str, Any], before: set[str]) -> set[str]:
    begun = {name for key in ("starts", "restarts", "restores") for name in as_tuple(entry.get(key))}
    return (before | begun) - {name for key in ENDS for name in as_tuple(entry.get(key))} | set(
        as_tuple(entry.get("resumes"))
    )
