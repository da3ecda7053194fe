"""What version 0002 derives from the rows of 0001, and 0001 from those of 0002: by the database itself where it can,
else in batches, so that memory does not grow with the cases.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from gongxiang.errors import Reason, StoreError, Text

BATCH = 1000
"""Cases held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a procedure table of a rule book says of the columns: which party is the anchor, what no open twin may
    share (a party and keys of the memory), which procedure a lapse of each limit proposes.
    """

    anchor: str
    twin: tuple[str, tuple[str, ...]] | None
    proposes: Mapping[str, str]


Tables = Mapping[tuple[str, str], Table]
"""By the hash of the rule book and the procedure's name."""


def fill(connection: Connection) -> None:
    """Fill every column and table of 0002 that follows from the rows of 0001. Raises StoreError for damaged rows."""
    tables = _tables(connection)
    connection.execute(
        text(
            "UPDATE gongxiang_case SET due = (SELECT min(d.due) FROM gongxiang_deadline d"
            " WHERE d.case_id = gongxiang_case.case_id AND d.open)"
            " WHERE case_id IN (SELECT case_id FROM gongxiang_deadline WHERE open)"
        )
    )
    # A row that no event stands behind is for audit verify to find: it stops nothing here.
    connection.execute(
        text(
            "UPDATE gongxiang_case SET last_at = coalesce((SELECT max(e.happened_at) FROM gongxiang_event e"
            " WHERE e.case_id = gongxiang_case.case_id), opened_at)"
        )
    )
    _fill_column(connection, "twin", {name: table for name, table in tables.items() if table.twin}, _twin)
    connection.execute(
        text(
            "INSERT INTO gongxiang_twin (twin, turn)"
            " SELECT twin, count(*) FROM gongxiang_case WHERE twin IS NOT NULL GROUP BY twin"
        )
    )
    _fill_proposes(connection, tables)
    connection.execute(
        text(
            "INSERT INTO gongxiang_outbox (consumer, case_id, seq, hash)"
            " SELECT 'seal', case_id, seq, hash FROM gongxiang_event"
        )
    )


def fill_anchors(connection: Connection) -> None:
    """Fill `case.anchor` as 0.2.0 did: who has the first of the table's anchor roles, or "". Raises StoreError for
    damaged rows.
    """
    _fill_column(connection, "anchor", _tables(connection), _anchor)


def _fill_column(
    connection: Connection,
    column: str,
    tables: Tables,
    value_of: Callable[[Table, str, Mapping[str, Any]], str],
) -> None:
    """Fill a column of the cases whose procedure is in `tables`; `value_of` is told table, procedure and snapshot."""
    read = text(
        "SELECT case_id, rules, procedure, snapshot FROM gongxiang_case"
        " WHERE case_id > :last AND procedure IN :procedures ORDER BY case_id LIMIT :most"
    ).bindparams(bindparam("procedures", expanding=True))
    write = text(f"UPDATE gongxiang_case SET {column} = :value WHERE case_id = :case")
    told = {"procedures": sorted({procedure for _, procedure in tables}), "most": BATCH}
    last = ""
    if not tables:
        return
    while batch := connection.execute(read, {**told, "last": last}).all():
        values = []
        for row in batch:
            if table := tables.get((row.rules, row.procedure)):
                snapshot = _snapshot(row.case_id, row.snapshot)
                values.append({"case": row.case_id, "value": value_of(table, row.procedure, snapshot)})
        if values:
            connection.execute(write, values)
        last = batch[-1].case_id


def _fill_proposes(connection: Connection, tables: Tables) -> None:
    statement = text(
        "UPDATE gongxiang_deadline SET proposes = :proposes WHERE lapsed_at IS NOT NULL AND limit_id = :limit"
        " AND case_id IN (SELECT case_id FROM gongxiang_case WHERE rules = :rules AND procedure = :procedure)"
    )
    for (rules, procedure), table in tables.items():
        for limit, proposes in table.proposes.items():
            named = {"rules": rules, "procedure": procedure, "limit": limit, "proposes": proposes}
            connection.execute(statement, named)


def _anchor(table: Table, _: str, snapshot: Mapping[str, Any]) -> str:
    return str(snapshot["parties"].get(table.anchor, ""))


def _twin(table: Table, procedure: str, snapshot: Mapping[str, Any]) -> str:
    assert table.twin is not None
    role, keys = table.twin
    shared = {key: snapshot["memory"].get(key, "") for key in keys}
    told = [procedure, snapshot["parties"].get(role, ""), shared]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _tables(connection: Connection) -> Tables:
    """Return what the tables say that cases are pinned to. Raises StoreError where one is missing or was changed."""
    found = {}
    for row in connection.execute(text("SELECT hash, document FROM gongxiang_rule_book")).all():
        if hashlib.sha256(row.document.encode()).hexdigest() != row.hash:
            raise _damaged_rule_book(row.hash)
        for said in json.loads(row.document)["procedures"]:
            found[row.hash, said["procedure"]] = _table(said)
    used = connection.execute(text("SELECT DISTINCT rules, procedure FROM gongxiang_case")).all()
    for rules, procedure in used:
        if (rules, procedure) not in found:
            raise _damaged_rule_book(rules)
    return found


def _table(said: Mapping[str, Any]) -> Table:
    guards = {one["id"]: one for one in said.get("guard", ()) if one["test"] == "no_open_twin"}
    openings = (step for step in said["step"] if not step.get("from"))
    asked = (guards[name] for step in openings for name in _listed(step.get("guards")) if name in guards)
    twin = next(asked, None)
    return Table(
        anchor=_listed(said["anchor"])[0],
        twin=(twin["role"], _listed(twin["keys"])) if twin else None,
        proposes={one["id"]: one["proposal"]["procedure"] for one in said.get("limit", ()) if one.get("proposal")},
    )


def _listed(said: Any) -> tuple[str, ...]:
    """Return one name or several, as tables write them, as several."""
    return (said,) if isinstance(said, str) else tuple(said or ())


def _snapshot(case: str, snapshot: str) -> Mapping[str, Any]:
    try:
        read: Mapping[str, Any] = json.loads(snapshot)
        read["parties"].items(), read["memory"].items()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            Reason(
                "unreadable_case",
                Text(f"案件{case}的状态记录无法读取", f"the row of {case} cannot be read"),
                None,
                Text(
                    "请先用写入该数据库的版本由台账重建（audit rebuild --apply）",
                    "first rebuild it from the ledger (audit rebuild --apply) with the version that wrote it",
                ),
            )
        ) from error
    return read


def _damaged_rule_book(rules: str) -> StoreError:
    return StoreError(
        Reason(
            "damaged_rule_book",
            Text(
                f"案件所依据的规则版本{rules[:16]}缺失或已被改动",
                f"the rule book {rules[:16]} that cases are pinned to is missing or was changed",
            ),
            None,
            Text("请运行 audit verify 核验，并从备份恢复", "run audit verify, and restore a backup"),
        )
    )
