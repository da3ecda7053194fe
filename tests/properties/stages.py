"""Cases brought to every depth of every procedure, so that what is tried next is tried there too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import acts
from attempts import fired, opened

from gongxiang.workflow.engine import Engine

GROUND = {"ground": "26.2", "facts": "未按规定共享"}
SIGNED = {"signer": "王某", "text": "通报"}
AGREED = {"outcome": "grant", "opinion": "双方同意"}

Act = tuple[int, str, str, dict[str, Any]]  # after so many days, by whom, which step, carrying what
FOUND: list[Act] = [(0, "bureau", "find", GROUND)]
ORDERED: list[Act] = [*FOUND, (0, "bureau", "order", {**GROUND, "working_days": 1})]
REPORTED: list[Act] = [*ORDERED, (0, "police", "report_correction", {"evidence": "已改正"})]
CRITICISED: list[Act] = [*ORDERED, (16, "bureau", "circulate", SIGNED)]
REQUESTED: list[Act] = [(0, "labour", "submit", acts.REQUEST)]
DISPUTED: list[Act] = [
    *REQUESTED,
    (0, "police", "refuse", {"reasons": "超出职权"}),
    (0, "labour", "raise_dispute", {"grounds": "属于职权"}),
]
FILED: list[Act] = [(0, "labour", "file", {"objection": "姓名有误"})]
CHANGED: list[Act] = [(0, "police", "trigger", {"change": "机构改革"})]

STAGES: dict[str, tuple[str, list[Act]]] = {
    "requested": ("share_request", REQUESTED),
    "granted": ("share_request", [*REQUESTED, (1, "police", "grant", {"terms": "限本事项"})]),
    "disputed": ("share_request", DISPUTED),
    "disputed over silence": ("share_request", [*REQUESTED, (25, "labour", "raise_dispute", {"grounds": "不答复"})]),
    "filed": ("verification", FILED),
    "discrepant": ("verification", [*FILED, (1, "police", "find_discrepancy", {"findings": "不一致"})]),
    "coordinated": ("dispute", [(0, "labour", "raise", {"grounds": "范围"}), (1, "bureau", "accept", {})]),
    "found": ("rectification", FOUND),
    "ordered": ("rectification", [*FOUND, (0, "bureau", "order", {**GROUND, "working_days": 10})]),
    "reported": ("rectification", REPORTED),
    "in default": ("rectification", ORDERED),
    "criticised": ("rectification", CRITICISED),
    "referred": ("rectification", [*CRITICISED, (0, "bureau", "refer", {"facts": "情节严重", "to": "discipline"})]),
    "referred early": ("rectification", [*ORDERED, (0, "bureau", "refer", {"facts": "严重", "to": "discipline"})]),
    "changed": ("catalogue_update", CHANGED),
    "submitted": ("catalogue_update", [*CHANGED, (2, "police", "submit", {})]),
    "contained": (
        "incident",
        [
            (0, "police", "detect", {"facts": "攻击"}),
            (0, "police", "activate_plan", {"plan": "一级"}),
            (1, "police", "contain", {"measures": "断网"}),
        ],
    ),
}


def bring(engine: Engine, stage: str, case: str, start: datetime) -> datetime:
    """Bring a case to that stage, a change being of the day of `start`; return a minute after its last act."""
    procedure, steps = STAGES[stage]
    moment = start
    for days, by, step, carried in steps:
        moment += timedelta(days=days)
        payload = {**carried, "date": start.date().isoformat()} if step == "trigger" else carried
        if moment == start:
            opened(engine, procedure, step, case, by, "police", moment, payload)
        else:
            fired(engine, case, step, by, moment, payload)  # in January 2020 silence is no dispute before the plan
        moment += timedelta(minutes=1)
    return moment
