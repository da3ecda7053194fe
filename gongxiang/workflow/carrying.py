"""What rows carry and remember, and what conditions ask for: every field, key and argument is there, of its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gongxiang.errors import Text
from gongxiang.workflow.facts import FIXED, GROUND_INSTRUMENT
from gongxiang.workflow.fault import (
    Fault,
    Place,
    Table,
    ids,
    leads_from,
    named,
    remembered,
    rows_of,
    unknown,
)
from gongxiang.workflow.payload import KINDS
from gongxiang.workflow.vocabulary import Sharing

_ONE_OF = "one of "
LENGTHS = ("working_days", "due")
"""The payload fields that say how long a limit is which the law leaves to the act."""
FIELD, KEY = Text("字段", "field"), Text("所记事项", "key of what is remembered")


def payload_type_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield the fields of a type that does not exist, and those that a row names without carrying them."""
    for place, entry in rows_of(table):
        payload = entry.get("payload", {})
        for field, kind in payload.items():
            if kind.removesuffix("?") not in KINDS and not _choices(kind):
                what = Text(f"字段“{field}”的类型", f"type of field '{field}'")
                yield unknown((*place, "payload", field), what, kind, [*sorted(KINDS), "one of a, b"])
        for key in ("exactly_one", "at_most_one"):
            for field in named(entry, key):
                yield from carried((*place, key), payload, field, optional=True)
        for field in entry.get("names", {}).values():
            yield from carried((*place, "names"), payload, field, "department")
        if "mark" in entry:
            yield from carried((*place, "mark", "field"), payload, entry["mark"]["field"])
            for step in entry["mark"]["since"]:
                if step not in steps_of(table):
                    yield unknown((*place, "mark", "since"), Text("步骤", "step"), step, steps_of(table))


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
        yield unknown(place, FIELD, field, payload)
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


def steps_of(table: Table) -> list[str]:
    return list(dict.fromkeys(entry["id"] for _, entry in rows_of(table)))


def memory_faults(document: Table, table: Table) -> Iterator[Fault]:
    """Yield what is remembered from nowhere, forgotten or asked for without ever having been set."""
    kept = remembered(table)
    for number, pending in enumerate(table.get("pending", ())):
        yield from _asked(("pending", number, pending["key"]), table, {}, pending["value"])
    for place, entry in rows_of(table):
        payload = entry.get("payload", {})
        for key, source in entry.get("remember", {}).items():
            if source.startswith("payload."):
                yield from carried((*place, "remember", key), payload, source.removeprefix("payload."))
        for key in named(entry, "forget"):
            if key not in kept:
                yield unknown((*place, "forget"), KEY, key, kept)
        for key, value in entry.get("when", {}).items():
            if key == GROUND_INSTRUMENT and "ground" not in (*payload, *kept):
                yield unknown((*place, "when", key), Text("when 所问的项", "key that `when` asks for"), "ground", kept)
            if key in FIXED:
                possible = _fixed(document, key)
                if value not in possible:
                    yield unknown((*place, "when", key), Text(f"“{key}”的值", f"value of '{key}'"), value, possible)
                continue
            yield from _asked((*place, "when", key), table, payload, value)


def _fixed(document: Table, key: str) -> list[str]:
    """Return the values of an attribute that a case keeps from its opening."""
    if key == GROUND_INSTRUMENT:
        return sorted({ground["article"].rpartition("/")[0] for ground in document["grounds"]})
    return [sharing.value for sharing in Sharing]


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


def decisive_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield the openings that do not carry the day that decides which law governs."""
    for _place, entry in rows_of(table):
        if "decisive" in table and not leads_from(table, entry):
            yield from _must_carry(("decisive",), entry.get("payload", {}), table["decisive"], "date")


def limit_field_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield the rows that start a limit without carrying what it is counted from, or how long it is."""
    limits = {limit["id"]: (number, limit) for number, limit in enumerate(table.get("limit", ()))}
    for place, entry in rows_of(table):
        payload = entry.get("payload", {})
        yield from _extension(place, entry, table)
        for key in ("starts", "restarts"):
            for name in named(entry, key):
                number, limit = limits[name]
                if "counted_from" in limit:
                    yield from _must_carry(("limit", number, "counted_from"), payload, limit["counted_from"], "date")
                if "parameter" not in limit and _two_lengths(entry):
                    yield _one_length((*place, "payload"), entry["id"])
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


def _extension(place: Place, entry: Table, table: Table) -> Iterator[Fault]:
    """Yield what an extension lacks: by how many days, and a limit that is counted in days."""
    if "extends" not in entry and "extends_by" not in entry:
        return
    by, payload = entry.get("extends_by", ""), entry.get("payload", {})
    if by not in remembered(table) and not payload.get(by, "").startswith("days"):
        yield unknown(
            (*place, "extends_by"),
            Text("延长的天数", "source of the days"),
            by,
            [*remembered(table), *(name for name, kind in payload.items() if kind.startswith("days"))],
        )
    counted = [limit["id"] for limit in table.get("limit", ()) if "parameter" in limit]
    for name in named(entry, "extends"):
        if name not in counted:
            yield unknown((*place, "extends"), Text("以工作日计的期限", "limit counted in days"), name, counted)


def _must_carry(place: Place, payload: Mapping[str, str], field: str, kind: str) -> Iterator[Fault]:
    """Yield the fault of a field that the row does not carry, carries as another type, or may leave out."""
    yield from carried(place, payload, field, kind)
    if payload.get(field) == f"{kind}?":
        yield Fault(
            place,
            Text(f"字段“{field}”不能是选填", f"the field '{field}' cannot be left out"),
            Text(f'请写 {field} = "{kind}"', f'write {field} = "{kind}"'),
        )


def _two_lengths(entry: Table) -> bool:
    payload = entry.get("payload", {})
    told = [field for field in LENGTHS if field in payload]
    chosen = {*named(entry, "exactly_one"), *named(entry, "at_most_one")}
    return len(told) > 1 and not chosen.issuperset(told)


def _one_length(place: Place, step: str) -> Fault:
    return Fault(
        place,
        Text(f"“{step}”可以同时写 working_days 与 due", f"'{step}' may carry working_days and due together"),
        Text("请写 exactly_one 或 at_most_one", "write `exactly_one` or `at_most_one`"),
    )


def _sets_length(payload: Mapping[str, str]) -> bool:
    return payload.get("working_days", "").startswith("days") or payload.get("due", "").startswith("date")
