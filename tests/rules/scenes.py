"""How a case comes to each state, worked by hand: acts of named people, and which roles each of them then holds.

March 2026 has no holiday: five working days after Mon 2 March end on Mon 9 March, ten after Tue 3 March on Tue 17
March.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

CITY, OTHER = "210100", "210200"
PEOPLE = {
    "user": ("government", CITY),
    "owner": ("government", CITY),
    "unit": ("government", CITY),
    "stranger": ("government", CITY),
    "body": ("working_body", CITY),
    "office": ("authority", CITY),
    "office-elsewhere": ("authority", OTHER),
    "body-elsewhere": ("working_body", OTHER),
    "organ": ("competent_organ", CITY),
    "organ-two": ("competent_organ", CITY),
    "organ-three": ("competent_organ", CITY),
}
RESOURCE = {"code": "307", "name": "人口基础信息", "sharing": "conditional", "legal_basis": ["某条例第一条"]}
ORDER = {"ground": "26.2", "facts": "未提供数据"}
PAYLOADS: dict[str, dict[str, Any]] = {
    "share_request/submit": {"purpose": "核验", "basis": "某条例", "scope": "全市"},
    "grant": {"terms": "限本案使用"},
    "refuse": {"reasons": "另有规定", "legal_basis": "某条例第二条"},
    "raise_dispute": {"grounds": "别的理由"},
    "dispute_settled": {"outcome": "grant", "opinion": "同意"},
    "settle": {"outcome": "grant", "opinion": "同意"},
    "fail": {"opinion": "未能一致"},
    "dispute/raise": {"grounds": "对使用范围有争议"},
    "record_objection": {"person": "某人", "objection": "出生日期有误"},
    "file": {"objection": "出生日期有误"},
    "confirm": {"result": "一致"},
    "note_obstacle": {"reasons": "档案在外"},
    "find_discrepancy": {"findings": "不一致"},
    "correct": {"correction": "已更正"},
    "proceed_on_proof": {"matter": "落户", "proof": "出生证明"},
    "find": {"ground": "26.2", "facts": "未提供数据"},
    "urge": {"text": "请整改"},
    "order": {**ORDER, "working_days": 10},
    "amend_order": {**ORDER, "working_days": 20},
    "report_correction": {"evidence": "已提供"},
    "accept_correction": {"note": "已核实"},
    "reject_correction": {"reasons": "仍缺数据"},
    "circulate": {"signer": "主任", "text": "通报"},
    "withdraw_circular": {"reasons": "有误"},
    "restore_limit": {"reasons": "假期", "notice": "某通知"},
    "refer": {"facts": "情节严重", "to": "organ-three"},
    "record_outcome": {"outcome": "none", "reference": "某号"},
    "revoke": {"reasons": "有误"},
    "trigger": {"change": "职能调整", "date": "2026-03-02"},
    "return": {"reasons": "缺项"},
    "dismiss": {"reasons": "误登"},
    "detect": {"facts": "异常访问"},
    "activate_plan": {"plan": "预案一"},
    "contain": {"measures": "断网"},
    "report": {"to": "网信部门"},
    "report_early": {"to": "网信部门"},
}


def payload(procedure: str, step: str) -> dict[str, Any]:
    """Return what a step carries."""
    return dict(PAYLOADS.get(f"{procedure}/{step}", PAYLOADS.get(step, {})))


def at(text: str) -> datetime:
    """Return a moment of March 2026, Beijing time: "03T09:00"."""
    return datetime.fromisoformat(f"2026-03-{text}:00+08:00")


@dataclass(frozen=True, slots=True)
class Scene:
    """A case in a state: how it was opened, the acts since, when somebody tries something, and who is what in it."""

    procedure: str
    state: str
    opening: dict[str, Any]
    acts: tuple[tuple[str, str, str], ...]
    tried_at: str
    roles: dict[str, set[str]]
    case: str = "C-1"
    note: str = ""


SHARING = {"user": {"requester"}, "owner": {"provider"}, "office": {"authority"}, "body": {"working_body"}}
RAISED_BY_USER = {**SHARING, "user": {"requester", "raised_by"}}
RAISED_BY_OWNER = {**SHARING, "owner": {"provider", "raised_by"}}
UNIT = {"unit": {"department"}, "office": {"authority"}, "body": {"working_body"}}
WITH_ORGAN = {**UNIT, "organ": {"competent_organ"}}
REQUEST = {"procedure": "share_request", "by": "user", "provider": "owner", "resource": RESOURCE}
VERIFY = {"procedure": "verification", "by": "user", "provider": "owner"}
DISPUTE = {"procedure": "dispute", "by": "user", "provider": "owner", "resource": RESOURCE}
DISPUTE_BY_OWNER = {"procedure": "dispute", "by": "owner", "requester": "user", "resource": RESOURCE}
FINDING = {"procedure": "rectification", "by": "office", "against": "unit"}
UPDATE = {"procedure": "catalogue_update", "by": "unit"}
INCIDENT = {"procedure": "incident", "by": "unit"}


def _share(state: str, *acts: tuple[str, str, str], tried_at: str = "05T09:00", note: str = "") -> Scene:
    return Scene("share_request", state, REQUEST, acts, tried_at, SHARING, note=note)


def _verify(state: str, *acts: tuple[str, str, str], step: str = "file") -> Scene:
    return Scene("verification", state, {**VERIFY, "step": step}, acts, "05T09:00", SHARING)


def _dispute(state: str, *acts: str) -> list[Scene]:
    taken = tuple((f"0{day}T09:00", who, step) for day, (who, step) in enumerate((one.split() for one in acts), 3))
    mine = tuple((day, {"raiser": "user"}.get(who, who), step) for day, who, step in taken)
    theirs = tuple((day, {"raiser": "owner"}.get(who, who), step) for day, who, step in taken)
    return [
        Scene("dispute", state, DISPUTE, mine, "09T09:00", RAISED_BY_USER, note="raised by the requester"),
        Scene("dispute", state, DISPUTE_BY_OWNER, theirs, "09T09:00", RAISED_BY_OWNER, note="raised by the provider"),
    ]


# A referral that has no outcome yet and a report that waits stand in every scene, so that those who answer them can.
FOUND = (("02T10:00", "office", "refer organ"), ("02T11:00", "unit", "report_correction"))
ORDERED = (*FOUND, ("03T09:00", "office", "order"))
DEFAULT = (*ORDERED, ("18T08:00", "", "sweep"))
CRITICISED = (*DEFAULT, ("18T09:00", "office", "circulate"))


def _rectify(state: str, acts: tuple[tuple[str, str, str], ...], tried_at: str) -> Scene:
    return Scene("rectification", state, FINDING, acts, tried_at, WITH_ORGAN)


REFERRED = (*CRITICISED, ("18T10:00", "office", "refer organ"))
SUBMITTED = ("03T09:00", "unit", "submit")
PLAN, CONTAIN = ("02T10:00", "unit", "activate_plan"), ("02T11:00", "unit", "contain")

SCENES: list[Scene] = [
    _share("awaiting_reply", tried_at="10T09:00", note="the limit has passed"),
    _share("granted", ("03T09:00", "owner", "grant")),
    _share("refused", ("03T09:00", "owner", "refuse")),
    _share("disputed", ("03T09:00", "owner", "refuse"), ("04T09:00", "user", "raise_dispute")),
    _share("withdrawn", ("03T09:00", "user", "withdraw")),
    _share("closed", ("03T09:00", "owner", "grant"), ("04T09:00", "user", "close")),
    _verify("objected", step="record_objection"),
    _verify("verifying"),
    _verify("confirmed", ("03T09:00", "owner", "confirm")),
    _verify("correcting", ("03T09:00", "owner", "find_discrepancy")),
    _verify("corrected", ("03T09:00", "owner", "find_discrepancy"), ("04T09:00", "owner", "correct")),
    _verify("withdrawn", ("03T09:00", "user", "withdraw")),
    *_dispute("raised"),
    *_dispute("coordinating", "office accept"),
    *_dispute("settled", "office accept", "office settle"),
    *_dispute("unresolved", "office accept", "office fail"),
    *_dispute("withdrawn", "raiser withdraw"),
    Scene(
        "dispute",
        "moot",
        REQUEST,
        (("03T09:00", "owner", "refuse"), ("04T09:00", "user", "raise_dispute"), ("05T09:00", "owner", "grant")),
        "06T09:00",
        RAISED_BY_USER,
        case="C-1/D",
    ),
    Scene("catalogue_update", "updating", UPDATE, (), "03T09:00", UNIT),
    Scene("catalogue_update", "reviewing", UPDATE, (SUBMITTED,), "04T09:00", UNIT),
    Scene("catalogue_update", "merged", UPDATE, (SUBMITTED, ("04T09:00", "body", "merge")), "05T09:00", UNIT),
    Scene("catalogue_update", "dismissed", UPDATE, (("04T09:00", "office", "dismiss"),), "05T09:00", UNIT),
    Scene("incident", "detected", INCIDENT, (), "03T09:00", UNIT),
    Scene("incident", "responding", INCIDENT, (PLAN,), "03T09:00", UNIT),
    Scene("incident", "contained", INCIDENT, (PLAN, CONTAIN), "03T09:00", UNIT),
    Scene("incident", "reported", INCIDENT, (PLAN, CONTAIN, ("02T12:00", "unit", "report")), "03T09:00", UNIT),
    Scene("incident", "dismissed", INCIDENT, (("02T12:00", "unit", "dismiss"),), "03T09:00", UNIT),
    _rectify("found", FOUND, "03T10:00"),
    _rectify("urged", (*FOUND, ("02T12:00", "office", "urge")), "03T10:00"),
    _rectify("ordered", ORDERED, "04T09:00"),
    _rectify("in_default", DEFAULT, "19T09:00"),
    _rectify("criticised", CRITICISED, "19T09:00"),
    _rectify("referred", REFERRED, "19T09:00"),
    _rectify(
        "concluded",
        (*CRITICISED, ("18T10:00", "office", "refer organ-two"), ("18T11:00", "organ-two", "record_outcome")),
        "19T09:00",
    ),
    _rectify("corrected", (*CRITICISED, ("18T11:00", "office", "accept_correction")), "19T09:00"),
    _rectify("revoked", (*CRITICISED, ("18T11:00", "office", "revoke")), "19T09:00"),
]

BY_GUARD = {
    **{
        ("rectification", state, "withdraw_circular"): "no_circular_stands"
        for state in ("found", "urged", "ordered", "in_default")
    },
    ("rectification", "in_default", "restore_limit"): "notice_does_not_move",
}
"""Where the table allows a step and a guard always refuses it in these scenes: no circular can stand before one was
issued (and the way back from it withdraws it), and no notice moves the limit."""
