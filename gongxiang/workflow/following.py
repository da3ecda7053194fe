"""What an act brings about in another case is a step that stands there and carries what it must."""

from __future__ import annotations

from collections.abc import Iterator

from gongxiang.errors import Text
from gongxiang.workflow.carrying import carried
from gongxiang.workflow.fault import Fault, Place, Table, named, rows_of, unknown
from gongxiang.workflow.procedure import ORIGIN
from gongxiang.workflow.vocabulary import Role

_RESERVED = (ORIGIN, "about")


def follow_faults(document: Table, table: Table) -> Iterator[Fault]:
    """Yield the acts that no case would take: unknown relation, procedure or step, or fields that do not fit."""
    tables = {other["procedure"]: other for other in document["procedures"]}
    opened = {
        follow["relation"]: follow["procedure"]
        for _, entry in rows_of(table)
        for follow in entry.get("follows", ())
        if "procedure" in follow
    }
    openers = [
        name
        for name, other in tables.items()
        for _, entry in rows_of(other)
        for follow in entry.get("follows", ())
        if follow.get("procedure") == table["procedure"]
    ]
    relations = {relation: [name] for relation, name in opened.items()} | ({ORIGIN: openers} if openers else {})
    for place, entry in rows_of(table):
        for number, follow in enumerate(entry.get("follows", ())):
            at: Place = (*place, "follows", number)
            if "procedure" in follow and follow["procedure"] not in tables:
                yield unknown(at, Text("程序", "procedure"), follow["procedure"], tables)
            elif "procedure" in follow and not follow.get("suffix", "").isupper():
                yield Fault(
                    at,
                    Text("新立的关联案件没有编号后缀", "the case it opens has no suffix to be named by"),
                    Text('请写 suffix = "D" 之类的大写字母', 'write a suffix of capital letters such as suffix = "D"'),
                )
            elif "procedure" in follow and follow["relation"] in _RESERVED:
                yield Fault(
                    (*at, "relation"),
                    Text(
                        f"关联“{follow['relation']}”另有所指",
                        f"the relation '{follow['relation']}' has a meaning of its own",
                    ),
                    Text("请换一个名称", "choose another name"),
                )
            elif follow["relation"] not in relations:
                yield unknown(at, Text("关联", "relation"), follow["relation"], relations)
            else:
                for name in dict.fromkeys(name for name in relations[follow["relation"]] if name in tables):
                    yield from _follow(at, entry, follow, tables[name])
                    if "procedure" in follow:
                        yield from _lent(at, table, tables[name])


def _lent(place: Place, table: Table, target: Table) -> Iterator[Fault]:
    """Yield what a case of `target` needs to be opened and one of `table` cannot lend it."""
    kinds = {party["role"]: named(party, "kinds") for party in table["party"]}
    for party in target["party"]:
        role, admits = party["role"], named(party, "kinds")
        if role == Role.RAISED_BY or role not in kinds:
            if "by" not in named(party, "named_by"):
                yield Fault(
                    place,
                    Text(
                        f"“{table['procedure']}”没有“{target['procedure']}”的当事方“{role}”",
                        f"{table['procedure']} has no '{role}' to lend to {target['procedure']}",
                    ),
                    Text(
                        f'请在“{target["procedure"]}”中给“{role}”写 named_by = ["by"]，或使本程序有此当事方',
                        f"name '{role}' by the one who acts there (named_by = [\"by\"]), or give this table that party",
                    ),
                )
        elif missing := [kind for kind in kinds[role] if kind not in admits]:
            yield Fault(
                place,
                Text(
                    f"“{target['procedure']}”的“{role}”不能是{'、'.join(missing)}，而本程序的可以是",
                    f"the '{role}' of {target['procedure']} cannot be of kind {', '.join(missing)}, and here it can",
                ),
                Text(
                    f"请在“{target['procedure']}”的 kinds 中补上{'、'.join(missing)}",
                    f"add {', '.join(missing)} to its kinds in {target['procedure']}",
                ),
            )
    if target.get("resource") == "required" and table.get("resource") != "required":
        yield Fault(
            place,
            Text(
                f"“{target['procedure']}”须有数据资源，而本程序的案件可以没有",
                f"{target['procedure']} needs a resource, and a case of this table may have none",
            ),
            Text('请写 resource = "unless_about"', 'write resource = "unless_about" there'),
        )


def _follow(place: Place, entry: Table, follow: Table, target: Table) -> Iterator[Fault]:
    """Yield the faults of one act that follows in a case of `target`."""
    opens = "procedure" in follow
    fitting = [
        row for _, row in rows_of(target) if ("from" not in row) == opens and (opens or Role.ENGINE in named(row, "by"))
    ]
    rows = [row for row in fitting if row["id"] == follow["step"]]
    if not rows:
        known = [row["id"] for row in fitting]
        yield unknown(
            place, Text(f"“{target['procedure']}”的步骤", f"step of {target['procedure']}"), follow["step"], known
        )
        return
    for field in named(follow, "payload"):
        yield from carried(place, entry.get("payload", {}), field)
        if all(field not in row.get("payload", {}) for row in rows):
            yield unknown(
                place,
                Text(f"“{follow['step']}”的字段", f"field of {follow['step']}"),
                field,
                rows[0].get("payload", {}),
            )
    given = {field for field in named(follow, "payload") if not entry.get("payload", {}).get(field, "?").endswith("?")}
    for field, kind in rows[0].get("payload", {}).items():
        if not kind.endswith("?") and field not in given:
            yield Fault(
                place,
                Text(
                    f"“{follow['step']}”必填的“{field}”没有给出",
                    f"'{follow['step']}' must carry '{field}', which nothing gives it",
                ),
                Text(
                    "请在 follows 的 payload 中写明，并使其必填",
                    "list it in the payload of `follows` and make it required",
                ),
            )


def idle_faults(document: Table, table: Table) -> Iterator[Fault]:
    """Yield the rows of nobody that nothing brings about: the clock's of no limit, the engine's of no act."""
    lapses = {limit.get("on_lapse") for limit in table.get("limit", ())}
    follows = {
        follow["step"]
        for other in document["procedures"]
        for _, entry in rows_of(other)
        for follow in entry.get("follows", ())
        if "procedure" not in follow
    }
    for place, entry in rows_of(table):
        for role, brought, mend in (
            (Role.CLOCK, lapses, Text("请在期限处写 on_lapse", "let a limit name it (`on_lapse`)")),
            (Role.ENGINE, follows, Text("请在某一步骤写 follows", "let an act bring it about (`follows`)")),
        ):
            if named(entry, "by") == (role,) and entry["id"] not in brought:
                text = Text(f"没有什么引起步骤“{entry['id']}”", f"nothing ever brings about the step '{entry['id']}'")
                yield Fault((*place, "by"), text, mend)
