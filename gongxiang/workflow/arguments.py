"""What the tests of guards and flags take: every argument is there, of its type, and names what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.carrying import KEY, carried, steps_of
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
from gongxiang.workflow.shape import date_faults
from gongxiang.workflow.vocabulary import Kind, Sharing

TEST_KEYS = ("id", "test", "article", "text", "mend")
"""The keys of a guard or flag that are not its test's arguments."""


def argument_faults(document: Table, table: Table) -> Iterator[Fault]:
    """Yield what the tests of guards and flags lack, do not know, or name without its being there."""
    for kind in ("guard", "flag"):
        for number, entry in enumerate(table.get(kind, ())):
            place: Place = (kind, number)
            wanted = ARGUMENTS[entry["test"]]
            given = {key: value for key, value in entry.items() if key not in TEST_KEYS}
            for key in given:
                if key not in wanted:
                    yield unknown((*place, key), Text("条件的参数", "argument of the test"), key, wanted)
            for key, means in wanted.items():
                if key in given:
                    users = [row for _, row in rows_of(table) if entry["id"] in named(row, f"{kind}s")]
                    meant = means.removesuffix("?")
                    yield from _argument(document, table, (*place, key), meant, given[key])
                    yield from _argument_fields(users, (*place, key), meant, given[key])
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
_TEXTS = ("fields", "words")
"""What may be given as a text or as a list of texts."""


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
    if means == "day":
        yield from (Fault(place, text, mend) for _, text, mend in date_faults({"day": value}, "day", ()))
    elif means in _KNOWN:
        what, names = _KNOWN[means]
        known = names(document, table)
        yield from (unknown(place, what, one, known) for one in as_tuple(value) if one not in known)


def _is_typed(means: str, value: Any) -> bool:
    if means in _LISTS or (means in _TEXTS and not isinstance(value, str)):
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
    "step": (Text("步骤", "step"), lambda _, table: steps_of(table)),
    "steps": (Text("步骤", "step"), lambda _, table: steps_of(table)),
    "remembered fields": (KEY, lambda _, table: list(remembered(table))),
    "parameter": (
        Text("以工作日计的参数", "parameter in working days"),
        lambda document, _: [one["id"] for one in document["parameters"] if one["unit"] == "working_day"],
    ),
    "retention": (Text("保存事项", "retention"), lambda _, table: ids(table.get("retention", ()))),
    "memory": (KEY, lambda _, table: list(remembered(table))),
    "procedures": (
        Text("程序", "procedure"),
        lambda document, _: [one.get("procedure", "") for one in document["procedures"]],
    ),
}
"""What an argument may name, by the words that `conditions` declares it with."""
