"""The words of the field, each once (docs/reference/glossary.md): who takes part, in which role, and where a deadline
stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from gongxiang.errors import BadInput, Reason, Text
from gongxiang.nearest import did_you_mean


class Role(StrEnum):
    """What somebody is in one case. `overseer` is who may order the department at the anchor: its authority, or, where
    it is an authority itself, its government or the superior authority. `clock` and `engine` are nobody's: lapses, and
    acts that follow from a linked case.
    """

    REQUESTER = "requester"
    PROVIDER = "provider"
    DEPARTMENT = "department"
    AUTHORITY = "authority"
    WORKING_BODY = "working_body"
    PEOPLE_GOVERNMENT = "people_government"
    OVERSEER = "overseer"
    COMPETENT_ORGAN = "competent_organ"
    RAISED_BY = "raised_by"
    CLOCK = "clock"
    ENGINE = "engine"


NOBODYS = frozenset({Role.CLOCK, Role.ENGINE})
"""The roles that no department plays."""


class Kind(StrEnum):
    """What a registered department is."""

    GOVERNMENT = "government"
    UTILITY = "utility"
    CENTRAL = "central"
    AUTHORITY = "authority"
    WORKING_BODY = "working_body"
    PEOPLE_GOVERNMENT = "people_government"
    COMPETENT_ORGAN = "competent_organ"


SEATED = frozenset({Kind.AUTHORITY, Kind.WORKING_BODY, Kind.PEOPLE_GOVERNMENT})
"""Kinds of which a place has one that counts, the one entered last; it has the role of the same name there."""


class Level(StrEnum):
    """The level of government a department belongs to."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class Sharing(StrEnum):
    """The sharing type of a catalogue entry: 无条件共享, 有条件共享, 不予共享."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class Phase(StrEnum):
    """Where a deadline stands at an instant; exactly one holds."""

    RUNNING = "running"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met_late"
    STOPPED = "stopped"
    VOID = "void"


ROLE_NAMES: Mapping[Role, Text] = {
    Role.REQUESTER: Text("使用部门", "requester"),
    Role.PROVIDER: Text("提供部门", "provider"),
    Role.DEPARTMENT: Text("有关部门", "department concerned"),
    Role.AUTHORITY: Text("政务数据资源管理部门", "authority"),
    Role.WORKING_BODY: Text("政务数据工作机构", "working body"),
    Role.PEOPLE_GOVERNMENT: Text("本级人民政府", "people's government"),
    Role.OVERSEER: Text("有权责令改正的机关", "overseer"),
    Role.COMPETENT_ORGAN: Text("有权机关", "competent organ"),
    Role.RAISED_BY: Text("提起方", "party that raised it"),
    Role.CLOCK: Text("期限届满", "clock"),
    Role.ENGINE: Text("系统联动", "engine"),
}

PHASE_NAMES: Mapping[Phase, Text] = {
    Phase.RUNNING: Text("期限内", "running"),
    Phase.DUE_TODAY: Text("今日到期", "due today"),
    Phase.OVERDUE: Text("已逾期", "overdue"),
    Phase.MET: Text("按期", "met"),
    Phase.MET_LATE: Text("逾期后完成", "met late"),
    Phase.STOPPED: Text("暂停计算", "stopped"),
    Phase.VOID: Text("已终止", "void"),
}

LEVEL_NAMES: Mapping[Level, Text] = {
    Level.NATION: Text("国家级", "nation"),
    Level.PROVINCE: Text("省级", "province"),
    Level.CITY: Text("市级", "city"),
    Level.COUNTY: Text("县级", "county"),
}


def _wrong(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> BadInput:
    return BadInput(Reason(code, Text(zh, en), None, Text(mend_zh, mend_en)))


def _known_fields(record: Mapping[str, Any], known: tuple[str, ...], required: tuple[str, ...], what: Text) -> None:
    for key in record:
        if key not in known:
            raise _wrong(
                "unknown_field",
                f"{what.zh}没有字段“{key}”{did_you_mean(key, known).zh}",
                f"{what.en} has no field '{key}'{did_you_mean(key, known).en}",
                f"可用的字段：{'、'.join(known)}",
                f"the fields are {', '.join(known)}",
            )
    for key in required:
        value = record.get(key)
        if not isinstance(value, str) or not value.strip():
            raise _wrong(
                "missing_field",
                f"{what.zh}的字段“{key}”缺失或为空",
                f"{what.en}: the field '{key}' is missing or blank",
                f"请填写“{key}”",
                f"give '{key}' a text",
            )


def _choice(record: Mapping[str, Any], key: str, choices: type[StrEnum], what: Text) -> str:
    value = record[key]
    allowed = [choice.value for choice in choices]
    if value not in allowed:
        raise _wrong(
            f"unknown_{key}",
            f"{what.zh}的“{key}”不能是“{value}”{did_you_mean(str(value), allowed).zh}",
            f"{what.en}: '{key}' cannot be '{value}'{did_you_mean(str(value), allowed).en}",
            f"可用的值：{'、'.join(allowed)}",
            f"use one of {', '.join(allowed)}",
        )
    return str(value)


@dataclass(frozen=True, slots=True)
class Department:
    """Who takes part: id, name, region (GB/T 2260 code, six digits), level and kind, as the register says on a day."""

    id: str
    name: str
    region: str
    level: Level
    kind: Kind

    FIELDS = ("id", "name", "region", "level", "kind")

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Department:
        """Read a department as a docket or a back end writes it. Raises BadInput for unknown, missing or ill-formed
        fields.
        """
        what = Text("部门登记", "the department")
        if not isinstance(record, Mapping):
            raise _wrong(
                "bad_department",
                "部门登记应为一个对象",
                "a department is an object",
                f"字段：{cls.FIELDS}",
                f"with the fields {cls.FIELDS}",
            )
        _known_fields(record, cls.FIELDS, cls.FIELDS, what)
        level, kind = _choice(record, "level", Level, what), _choice(record, "kind", Kind, what)
        if not re.fullmatch("[0-9]{6}", record["region"]):
            raise _wrong(
                "bad_region",
                f"区划代码“{record['region']}”不是六位数字",
                f"the region '{record['region']}' is not six digits",
                "请填写 GB/T 2260 的六位区划代码，如沈阳市 210100",
                "give the six-digit GB/T 2260 code, such as 210100 for Shenyang",
            )
        return cls(record["id"], record["name"], record["region"], Level(level), Kind(kind))

    def as_record(self) -> dict[str, str]:
        """Return the plain record that `from_record` reads."""
        return {key: str(value) for key, value in asdict(self).items()}

    @property
    def place(self) -> tuple[Level, str]:
        """Level and region: what decides which authority is competent."""
        return (self.level, self.region)


@dataclass(frozen=True, slots=True)
class Resource:
    """A catalogue entry as the case was opened with it: code, name, sharing type, whether classified, its cited
    bases.
    """

    code: str
    name: str
    sharing: Sharing
    classified: bool = False
    legal_basis: tuple[str, ...] = field(default=())

    FIELDS = ("code", "name", "sharing", "classified", "legal_basis")

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Resource:
        """Read a resource as a docket or a back end writes it. Raises BadInput for unknown, missing or ill-formed
        fields.
        """
        what = Text("数据资源", "the resource")
        if not isinstance(record, Mapping):
            raise _wrong(
                "bad_resource",
                "数据资源应为一个对象",
                "a resource is an object",
                f"字段：{cls.FIELDS}",
                f"with the fields {cls.FIELDS}",
            )
        _known_fields(record, cls.FIELDS, ("code", "name", "sharing"), what)
        sharing = _choice(record, "sharing", Sharing, what)
        classified, basis = record.get("classified", False), record.get("legal_basis", [])
        if not isinstance(classified, bool):
            raise _wrong(
                "bad_classified",
                "“classified”应为 true 或 false",
                "'classified' is true or false",
                "请写 true 或 false",
                "write true or false",
            )
        if not isinstance(basis, list | tuple) or not all(isinstance(item, str) and item.strip() for item in basis):
            raise _wrong(
                "bad_legal_basis",
                "“legal_basis”应为依据的列表，可以为空",
                "'legal_basis' is a list of texts, and may be empty",
                '请写成 ["……"] 或 []',
                'write ["…"] or []',
            )
        return cls(record["code"], record["name"], Sharing(sharing), classified, tuple(basis))

    def as_record(self) -> dict[str, Any]:
        """Return the plain record that `from_record` reads."""
        return {
            "code": self.code,
            "name": self.name,
            "sharing": self.sharing.value,
            "classified": self.classified,
            "legal_basis": list(self.legal_basis),
        }
