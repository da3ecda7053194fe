"""What rows carry and remember, and what conditions ask for: every field, key and argument is there, of its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.conditions import ARGUMENTS
from gongxiang.workflow.fault import (
    Fault,
    Place,
    Table,
    ids,
    named,
    parties_of,
    remembered,
    roles_named,
    rows_of,
    unknown,
)
from gongxiang.workflow.payload import KINDS
from gongxiang.workflow.procedure import as_tuple
from gongxiang.workflow.vocabulary import Kind, Sharing

_ONE_OF = "one of "
_FIELD, _KEY = Text("字段", "field"), Text("所记事项", "key of what is remembered")
_TEST_KEYS = ("id", "test", "article", "text", "mend")


def payload_type_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield the fields of a type that does not exist, and those that a row names without carrying them."""
    for place, entry in rows_of(table):
        payload = entry.get("payload", {})
        for field, kind in payload.items():
            if kind.removesuffix("?") not in KINDS and not _choices(kind):
                what = Text(f"字段“{field}”的类型", f"type of field '{field}'")
                yield unknown((*place, "payload", field), what, kind, [*sorted(KINDS), "one of a, b"])
        for field in named(entry, "exactly_one"):
            yield from carried((*place, "exactly_one"), payload, field, optional=True)
        for field in entry.get("names", {}).values():
            yield from carried((*place, "names"), payload, field, "department")
        if "mark" in entry:
            yield from carried((*place, "mark", "field"), payload, entry["mark"]["field"])
            for step in entry["mark"]["since"]:
                if step not in _steps(table):
                    yield unknown((*place, "mark", "since"), Text("步骤", "step"), step, _steps(table))


def _choices(kind: str) -> list[str]:
    """Return the values of a field of type `one of a, b`."""
    listed = kind.removesuffix("?")
    if not listed.startswith(_ONE_OF):
        return []
    return [choice.strip() for choice in listed.removeprefix(_ONE_OF).split(",") if choice.strip()]


def carried(
    place: Place, payload: Mapping[str, str], field: str, kind: str | None = None, *, optional: bool | None = None
) -> Iterator[Fault]:
    """Yield the fault of a field that the row does not carry, or carries as another type."""
    if field not in payload:
        yield unknown(place, _FIELD, field, payload)
    elif kind is not None and payload[field].removesuffix("?") != kind:
        yield Fault(
            place,
            Text(
                f"字段“{field}”应为 {kind}，不是 {payload[field]}",
                f"the field '{field}' is {payload[field]}, not {kind}",
            ),
            Text(f"请把它的类型写作 {kind}", f"give it the type {kind}"),
        )
    elif optional and not payload[field].endswith("?"):
        yield Fault(
            place,
            Text(
                f"字段“{field}”必填，不能是几项之一",
                f"the field '{field}' must be given, so it cannot be one of several",
            ),
            Text(f'请写 {field} = "{payload[field]}?"', f'write {field} = "{payload[field]}?"'),
        )


def _steps(table: Table) -> list[str]:
    return list(dict.fromkeys(entry["id"] for _, entry in rows_of(table)))


def memory_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield what is remembered from nowhere, forgotten or asked for in `when` without ever having been set."""
    kept = remembered(table)
    for place, entry in rows_of(table):
        payload = entry.get("payload", {})
        for key, source in entry.get("remember", {}).items():
            if source.startswith("payload."):
                yield from carried((*place, "remember", key), payload, source.removeprefix("payload."))
        for key in named(entry, "forget"):
            if key not in kept:
                yield unknown((*place, "forget"), _KEY, key, kept)
        for key, value in entry.get("when", {}).items():
            yield from _asked((*place, "when", key), table, payload, value)


def _asked(place: Place, table: Table, payload: Mapping[str, str], value: str) -> Iterator[Fault]:
    """Yield the fault of a `when` that can never hold: nobody sets the key, or never to that value."""
    key, kept = str(place[-1]), remembered(table)
    if key not in payload and key not in kept:
        yield unknown(place, Text("when 所问的项", "key that `when` asks for"), key, [*payload, *kept])
        return
    possible = _choices(payload[key]) if key in payload else _words(table, kept[key])
    if possible and value not in possible:
        yield unknown(place, Text(f"“{key}”的值", f"value of '{key}'"), value, possible)


def _words(table: Table, sources: set[str]) -> list[str]:
    """Return the values that a remembered key can have; none where a payload sets it to anything."""
    if any(source.startswith("payload.") for source in sources):
        return []
    return sorted((sources - {"state"}) | (set(ids(table["state"])) if "state" in sources else set()))


def limit_field_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield the rows that start a limit without carrying what it is counted from, or how long it is."""
    limits = {limit["id"]: (number, limit) for number, limit in enumerate(table.get("limit", ()))}
    for place, entry in rows_of(table):
        payload = entry.get("payload", {})
        for key in ("starts", "restarts"):
            for name in named(entry, key):
                number, limit = limits[name]
                if "counted_from" in limit:
                    yield from carried(("limit", number, "counted_from"), payload, limit["counted_from"], "date")
                if "parameter" not in limit and not _sets_length(payload):
                    yield Fault(
                        (*place, key),
                        Text(
                            f"“{entry['id']}”没有写明期限“{name}”的长短",
                            f"'{entry['id']}' does not say how long the limit '{name}' is",
                        ),
                        Text(
                            "请在 payload 写 working_days（days）或 due（date），或给期限写 parameter",
                            "carry working_days (days) or due (date), or give the limit a parameter",
                        ),
                    )


def _sets_length(payload: Mapping[str, str]) -> bool:
    return payload.get("working_days", "").startswith("days") or payload.get("due", "").startswith("date")


def argument_faults(document: Table, table: Table) -> Iterator[Fault]:
    """Yield what the tests of guards and flags lack, do not know, or name without its being there."""
    for kind in ("guard", "flag"):
        for number, entry in enumerate(table.get(kind, ())):
            place: Place = (kind, number)
            wanted = ARGUMENTS[entry["test"]]
            given = {key: value for key, value in entry.items() if key not in _TEST_KEYS}
            for key in given:
                if key not in wanted:
                    yield unknown((*place, key), Text("条件的参数", "argument of the test"), key, wanted)
            for key, means in wanted.items():
                if key in given:
                    users = [row for _, row in rows_of(table) if entry["id"] in named(row, f"{kind}s")]
                    yield from _argument(document, table, (*place, key), means.removesuffix("?"), given[key])
                    yield from _argument_fields(users, (*place, key), means.removesuffix("?"), given[key])
                elif not means.endswith("?"):
                    yield Fault(
                        place,
                        Text(
                            f"条件“{entry['test']}”缺少参数“{key}”",
                            f"the test {entry['test']} lacks its argument '{key}'",
                        ),
                        Text(f"请补上“{key}”", f"add '{key}'"),
                    )


_LISTS = ("parties", "steps", "procedures", "remembered fields")


def _argument(document: Table, table: Table, place: Place, means: str, value: Any) -> Iterator[Fault]:
    """Yield the faults of one argument: its type, and what it names."""
    if not _is_typed(means, value):
        wanted = Text("文字的列表", "a list of texts") if means in _LISTS else Text("文字", "a text")
        yield Fault(
            place,
            Text(f"“{place[-1]}”应为{wanted.zh}", f"'{place[-1]}' should be {wanted.en}"),
            Text("请改正其类型", "correct its type"),
        )
        return
    what, known = _KNOWN.get(means, (_FIELD, None))
    for one in as_tuple(value) if known else ():
        if known and one not in known(document, table):
            yield unknown(place, what, one, known(document, table))


def _is_typed(means: str, value: Any) -> bool:
    if means in _LISTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def _argument_fields(users: list[Table], place: Place, means: str, value: Any) -> Iterator[Fault]:
    """Yield the fields that an argument names and a row that uses the condition does not carry, or of another type."""
    if not means.endswith(("field", "fields")) or not _is_typed(means, value):
        return
    kind = means.removesuffix("s").removesuffix("field").strip()
    for one in as_tuple(value):
        for row in users:
            yield from carried(place, row.get("payload", {}), one, kind if kind in KINDS else None)


_KNOWN: Mapping[str, tuple[Text, Callable[[Table, Table], list[str]]]] = {
    "party": (Text("当事方", "party"), lambda _, table: parties_of(table)),
    "parties": (Text("当事方", "party"), lambda _, table: parties_of(table)),
    "named role": (Text("被指定的角色", "role that a row names"), lambda _, table: sorted(roles_named(table))),
    "kind": (Text("部门类别", "kind of department"), lambda *_: [kind.value for kind in Kind]),
    "sharing": (Text("共享类型", "sharing type"), lambda *_: [sharing.value for sharing in Sharing]),
    "limit": (Text("期限", "limit"), lambda _, table: ids(table.get("limit", ()))),
    "step": (Text("步骤", "step"), lambda _, table: _steps(table)),
    "steps": (Text("步骤", "step"), lambda _, table: _steps(table)),
    "remembered fields": (_KEY, lambda _, table: list(remembered(table))),
    "memory": (_KEY, lambda _, table: list(remembered(table))),
    "procedures": (
        Text("程序", "procedure"),
        lambda document, _: [one.get("procedure", "") for one in document["procedures"]],
    ),
}
"""What an argument may name, by the words that `conditions` declares it with."""
