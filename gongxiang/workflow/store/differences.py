"""Whether the tables are what this program makes: what somebody has added, taken away or changed there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Index, MetaData, Table, inspect

from gongxiang.errors import Language, Text
from gongxiang.workflow.store.connection import is_upgradable, revision_of, shown, unknown_schema
from gongxiang.workflow.store.driver import Server
from gongxiang.workflow.store.maintenance import reading
from gongxiang.workflow.store.schema import METADATA, PREFIX, REVISION

Code = Literal["version", "missing", "unknown", "differs"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be. "version": the tables are of another one, and nothing was compared."""

    code: Code
    name: str
    text: Text

    def as_record(self, language: Language) -> dict[str, str]:
        """Return JSON-able values."""
        return {"code": self.code, "name": self.name, "text": self.text.of(language)}


def check(url: str) -> list[Difference]:
    """Return in what the tables differ from those of the newest version. Raises UnknownSchema for tables that no
    upgrade brings there, ForeignDatabase, BadInput where there is no database.
    """

    def look(connection: Connection, server: Server) -> list[Difference]:
        present = revision_of(connection, shown(url))
        if present != REVISION:
            if present is not None and not is_upgradable(present):
                raise unknown_schema(present, shown(url))
            return [_other_version(present)]
        found = [*_of_tables(connection), *_of_details(connection), *_of_guards(connection, server)]
        return sorted(dict.fromkeys(found), key=lambda one: (one.name, one.code))

    return reading(url, look)


def _other_version(present: str | None) -> Difference:
    zh, en = (f"是版本 {present}", f"are of version {present}") if present else ("尚未建立", "are not there yet")
    text = Text(f"数据库的表{zh}，最新为 {REVISION}", f"the tables {en}, the newest is {REVISION}")
    return Difference("version", str(present), text)


def _of_tables(connection: Connection) -> Iterator[Difference]:
    """Yield what Alembic would change to make the database what it should be."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {
        # A host's tables are none of our business.
        "include_name": lambda name, kind, _: kind != "table" or name.startswith(PREFIX),
        "compare_type": True,
        "compare_server_default": True,
        # It leaves its own table out of the comparison: ours is compared as the others are.
        "version_table": f"{PREFIX}no_such_table",
    }
    context = MigrationContext.configure(connection, opts=options)
    changes: list[Any] = compare_metadata(context, METADATA)
    flat = [one for change in changes for one in (change if isinstance(change, list) else [change])]
    indexes = [one[1].name for one in flat if one[0].endswith("_index")]
    for what, *told in flat:
        verb, _, kind = what.partition("_")
        if kind.endswith("comment"):
            continue
        if kind == "index" and indexes.count(told[0].name) > 1:  # removed and added again: it is another
            yield _difference("differs", "index", told[0].name)
        elif verb == "modify":
            yield _difference("differs", "column", f"{told[1]}.{told[2]}")
        else:
            name = f"{told[1]}.{told[2].name}" if kind == "column" else _name_of(told[0])
            yield _difference("missing" if verb == "add" else "unknown", kind, name)


def _of_details(connection: Connection) -> Iterator[Difference]:
    """Yield what Alembic does not compare: primary keys, conditions on columns, and the conditions of indexes."""
    looked_at = inspect(connection)
    there = set(looked_at.get_table_names())
    for table in METADATA.sorted_tables:
        if table.name not in there:
            continue
        key = looked_at.get_pk_constraint(table.name)["constrained_columns"]
        if key != [column.name for column in table.primary_key]:
            yield _difference("differs", "constraint", f"{table.name}.{'+'.join(key)}")
        for condition in looked_at.get_check_constraints(table.name):
            yield _difference("unknown", "constraint", f"{table.name}.{condition['name'] or condition['sqltext']}")
        wanted = {index.name: _condition(index, connection) for index in table.indexes}
        for index in Table(table.name, MetaData(), autoload_with=connection).indexes:
            if index.name in wanted and wanted[index.name] != _condition(index, connection):
                yield _difference("differs", "index", str(index.name))


def _of_guards(connection: Connection, server: Server) -> Iterator[Difference]:
    """Yield what is not right with the triggers that keep the ledger append-only."""
    wanted, found = server.guards(connection)
    for name in wanted.keys() | found.keys():
        if wanted.get(name) != found.get(name):
            code: Code = "missing" if name not in found else "differs" if name in wanted else "unknown"
            yield _difference(code, "guard", name)


def _condition(index: Index, connection: Connection) -> str:
    """Return the condition of a partial index without what only its spelling adds, "" where there is none."""
    dialect = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    where = index.dialect_options[dialect]["where"]
    return "" if where is None else re.sub(r'[\s()"]', "", str(where)).lower()


_KINDS = {
    "table": Text("表", "table"),
    "column": Text("列", "column"),
    "index": Text("索引", "index"),
    "guard": Text("保护台账的触发器", "trigger of the ledger"),
    "constraint": Text("约束", "constraint"),
    "fk": Text("外键", "foreign key"),
}
_FORMS = {
    "missing": Text("缺少{kind} {name}", "the {kind} {name} is missing"),
    "unknown": Text("多出{kind} {name}", "the {kind} {name} is none of ours"),
    "differs": Text("{kind} {name} 被改动", "the {kind} {name} was changed"),
}


def _difference(code: Code, kind: str, name: str) -> Difference:
    form, called = _FORMS[code], _KINDS[kind]
    said = Text(form.zh.format(kind=called.zh, name=name), form.en.format(kind=called.en, name=name))
    return Difference(code, name, said)


def _name_of(thing: Any) -> str:
    """Return what a table, an index, or a constraint with its table is called."""
    if isinstance(thing, Table | Index):
        return str(thing.name)
    return f"{thing.table.name}.{thing.name or '+'.join(column.name for column in thing.columns)}"
