"""Who takes part in a new case: the parties that `open` names, each known to the register and of a kind that may play
the part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from unicodedata import category

from gongxiang.errors import BadInput, Reason, Refused, Text, UnknownDepartment, UnknownStep
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.procedure import Party, Procedure, Row, RuleBook
from gongxiang.workflow.register import Register
from gongxiang.workflow.vocabulary import ROLE_NAMES, Department, Resource, Role

LINKED_NAME = re.compile(r"/[A-Z]+\d*$")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")  # Unicode's general categories: controls, formats, line and paragraph separators


def check_name(name: object) -> str:
    """Return the name of a new case. Raises BadInput for a blank one, one with a character that nobody sees or that
    commands a terminal, or one that only a linked case may have (`…/D2`).
    """
    if isinstance(name, str):
        _refuse_invisible(name)
    if not isinstance(name, str) or not name.strip() or name != name.strip():
        raise BadInput(
            Reason(
                "bad_case_name",
                Text(f"案件编号“{name}”为空或首尾有空白", f"the case name {name!r} is blank or has blanks around it"),
                None,
                Text("请给出编号，如 R-2026-001", "give a name such as R-2026-001"),
            )
        )
    if LINKED_NAME.search(name):
        raise BadInput(
            Reason(
                "reserved_case_name",
                Text(f"编号“{name}”的形式留给关联案件", f"names like '{name}' are kept for linked cases"),
                None,
                Text("请换一个不以 /D 之类结尾的编号", "choose a name that does not end in /D or the like"),
            )
        )
    return name


def _refuse_invisible(name: str) -> None:
    for place, sign in enumerate(name, start=1):
        if category(sign) in _INVISIBLE:
            raise BadInput(
                Reason(
                    "bad_case_name",
                    Text(
                        f"案件编号第{place}个字符是控制或不可见字符 U+{ord(sign):04X}",
                        f"character {place} of the case name is U+{ord(sign):04X}, a control or invisible character",
                    ),
                    None,
                    Text("请删去该字符", "leave that character out"),
                )
            )


def opening_row(procedure: Procedure, step: str | None) -> Row:
    """Return a row that opens a case by the named step, or by the table's own. Raises UnknownStep."""
    rows, step = procedure.openings, step or procedure.opening
    for row in rows:
        if row.name == step:
            return row
    near = did_you_mean(step, [row.name for row in rows])
    raise UnknownStep(
        Reason(
            "unknown_step",
            Text(
                f"“{step}”不是“{procedure.title.zh}”的开案步骤{near.zh}",
                f"'{step}' does not open a {procedure.id}{near.en}",
            ),
            procedure.article,
            Text(f"可用的步骤：{'、'.join(row.name for row in rows)}", f"use {', '.join(row.name for row in rows)}"),
        )
    )


def need_department(register: Register, name: object, at: datetime) -> Department:
    """Return the department. Raises UnknownDepartment with the nearest id, or saying since when it takes part."""
    found = register.department(str(name), at) if isinstance(name, str) else None
    if found:
        return found
    later = register.entries.get(str(name))
    if later:
        since = beijing(later[0][0]).date()
        zh, en = f"“{name}”自{since}起才登记", f"'{name}' is registered only from {since} on"
    else:
        near = did_you_mean(str(name), register.departments(at))
        zh, en = f"登记册中没有部门“{name}”{near.zh}", f"the register has no department '{name}'{near.en}"
    raise UnknownDepartment(
        Reason(
            "unknown_department",
            Text(zh, en),
            None,
            Text("请先登记部门（register），或核对代号", "register it first, or check the id"),
        )
    )


def parties_of(
    procedure: Procedure, fields: Mapping[str, str | None], about: Case | None, register: Register, at: datetime
) -> dict[str, str]:
    """Return role and department id of every party. `fields` are those of `open`: by, provider, requester, against.

    Raises BadInput for a missing or superfluous field, UnknownDepartment, or Refused for a department of the wrong
    kind.
    """
    lent = dict(about.parties) if about and about.procedure in procedure.about else {}
    used: set[str] = {"by"}
    parties: dict[str, str] = {}
    for party in procedure.parties:
        if party.role.value in lent:
            parties[party.role.value] = lent[party.role.value]
            continue
        source = next((name for name in party.named_by if fields.get(name)), None)
        if source is None:
            raise _missing(procedure, party)
        used.add(source)
        department = need_department(register, fields[source], at)
        if department.kind not in party.kinds:
            raise Refused(_wrong_kind(procedure, party, department))
        parties[party.role.value] = department.id
    superfluous = [
        name
        for name, value in fields.items()
        if value and name not in used and not (lent and name in lent and lent[name] == value)
    ]
    if superfluous:
        raise BadInput(
            Reason(
                "unknown_field",
                Text(
                    f"“{procedure.title.zh}”开案不用“{superfluous[0]}”",
                    f"opening a {procedure.id} takes no '{superfluous[0]}'",
                ),
                None,
                Text("请删去该项", "leave it out"),
            )
        )
    return parties


def lent_parties(procedure: Procedure, origin: Case, by: str) -> dict[str, str]:
    """Return role and department id of every party of a case that `by` opens by a step of `origin` (`Follow`)."""
    roles = [party.role for party in procedure.parties]
    return {role.value: by if role is Role.RAISED_BY else origin.parties.get(role.value, by) for role in roles}


def _missing(procedure: Procedure, party: Party) -> BadInput:
    wanted = [name for name in party.named_by if name != "by"] or ["by"]
    return BadInput(
        Reason(
            "missing_field",
            Text(
                f"“{procedure.title.zh}”缺少{ROLE_NAMES[party.role].zh}",
                f"opening a {procedure.id} needs its {ROLE_NAMES[party.role].en}",
            ),
            party.article,
            Text(f"请写“{wanted[0]}”", f"give '{wanted[0]}'"),
        )
    )


def _wrong_kind(procedure: Procedure, party: Party, department: Department) -> Reason:
    return Reason(
        "wrong_kind",
        Text(
            f"{department.name}（{department.kind}）不能作为“{procedure.title.zh}”的{ROLE_NAMES[party.role].zh}",
            f"{department.id} ({department.kind}) cannot be the {ROLE_NAMES[party.role].en} of a {procedure.id}",
        ),
        party.article,
        Text(f"可以是：{'、'.join(sorted(party.kinds))}", f"it may be of kind {', '.join(sorted(party.kinds))}"),
    )


def one_about(row: Row, about: str | None, payload: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return the case a new one is about, and the payload saying so where the step carries it. Raises BadInput where
    the opening and its payload name two different cases.
    """
    carried = payload.get("about")
    if about and carried is not None and carried != about:
        raise BadInput(
            Reason(
                "two_matters",
                Text(
                    f"“about”与payload中的“about”不一致（{about}、{carried}）",
                    f"'about' and the payload's 'about' name different cases ({about}, {carried})",
                ),
                None,
                Text("请只写一处，或写同一案件", "give it once, or the same case twice"),
            )
        )
    if about and "about" in row.payload:
        payload = {**payload, "about": about}
    return about or (carried if isinstance(carried, str) and carried.strip() else None), payload


def refuse_matter(book: RuleBook, procedure: Procedure, matter: Case) -> None:
    """Refuse a new case about a case of a procedure that the table does not list (`about`), saying which step serves
    instead.

    A case about an earlier one of the same procedure is how what was closed wrongly is taken up again, and always
    possible.
    """
    if not procedure.about or matter.procedure in (*procedure.about, procedure.id):
        return
    other = book.procedures.get(matter.procedure)
    rows = other.rows if other else ()
    step = next((row.name for row in rows if any(follow.procedure == procedure.id for follow in row.follows)), None)
    named = f"“{other.title.zh}”" if other else matter.procedure
    raise Refused(
        Reason(
            "wrong_matter",
            Text(
                f"“{procedure.title.zh}”不能就{named}案件{matter.case}另行立案",
                f"a {procedure.id} about {matter.case} ({matter.procedure}) is not opened on its own",
            ),
            procedure.article,
            Text(f"请在该案中办理（{step}）", f"take the step {step} in that case")
            if step
            else Text("请核对“about”", "check 'about'"),
        )
    )


def resource_of(
    procedure: Procedure, resource: Mapping[str, Any] | Resource | None, matter: Case | None = None
) -> dict[str, Any] | None:
    """Return the resource as its plain record. Raises BadInput where the procedure needs one, takes none, or it is
    ill-formed.
    """
    if resource is None:
        if procedure.resource == "required" or (procedure.resource == "unless_about" and matter is None):
            or_about = procedure.resource == "unless_about"
            raise BadInput(
                Reason(
                    "missing_field",
                    Text(f"“{procedure.title.zh}”缺少数据资源", f"opening a {procedure.id} needs the resource"),
                    procedure.article,
                    Text(
                        f"请写“resource”{'，或写所涉案件“about”' if or_about else ''}",
                        f"give 'resource'{', or the case it is about' if or_about else ''}",
                    ),
                )
            )
        return None
    if procedure.resource is None:
        raise BadInput(
            Reason(
                "unknown_field",
                Text(f"“{procedure.title.zh}”开案不用“resource”", f"opening a {procedure.id} takes no 'resource'"),
                None,
                Text("请删去该项", "leave it out"),
            )
        )
    return (resource if isinstance(resource, Resource) else Resource.from_record(resource)).as_record()
