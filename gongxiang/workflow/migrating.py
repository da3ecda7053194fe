"""A migration applied: one event per case under a named person, all cases or none, and one entry in the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from gongxiang.canonical import canonical
from gongxiang.errors import AlreadyDone, BadInput, Reason, Refused, StepNotAllowed, Text
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.moving import CaseMove, concerned, moved, refuse_unknown_source
from gongxiang.workflow.moving_document import MovingDocument
from gongxiang.workflow.opening import need_department
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.vocabulary import Kind, Role
from gongxiang.workflow.work import Work


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was moved, and the receipt."""

    moved: tuple[CaseMove, ...]
    receipt: Receipt

    def as_record(self) -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {"moved": [move.as_record() for move in self.moved], "receipt": self.receipt.as_record()}


def apply(work: Work, document: MovingDocument, by: str, at: datetime, signer: object) -> tuple[CaseMove, ...]:
    """Stage the migration of every open case concerned. Raises Refused with every reason where one case cannot move,
    AlreadyDone where none is left, StepNotAllowed for who is no authority, BadInput without a signer.
    """
    named = _signed(work, by, at, signer)
    refuse_unknown_source(work, document)
    staged = [moved(work, document, work.settled(work.need(case.case), at), at) for case in concerned(work, document)]
    if reasons := [reason for move, _ in staged for reason in move.reasons]:
        raise Refused(*reasons)
    if not staged:
        raise AlreadyDone(
            Reason(
                "nothing_to_migrate",
                Text(f"没有适用“{document.source}”的未结案件", f"no open case stands under {document.source}"),
                None,
                Text("请核对“from”", "check 'from'"),
            )
        )
    digest = sha256(canonical(document.said).encode()).hexdigest()
    payload = {"signer": named, "reasons": document.reasons, "document": digest, "to": document.target.hash}
    work.new_books[document.target.hash] = document.target
    for move, effects in staged:
        _move(work, document, move, effects, by, at, payload)
    entry = {
        "signer": named,
        "document": document.said,
        "to": document.target.hash,
        "cases": sorted(move.case for move, _ in staged),
    }
    work.append_to_register("migration", digest, entry, at, by)
    return tuple(move for move, _ in staged)


def _move(
    work: Work,
    document: MovingDocument,
    move: CaseMove,
    effects: list[dict[str, Any]],
    by: str,
    at: datetime,
    payload: Mapping[str, Any],
) -> None:
    body = {
        "role": Role.AUTHORITY.value,
        "from": move.state,
        "to": move.becomes,
        "payload": payload,
        "guards": [],
        "effects": effects,
        "edition": work.edition(beijing(at).date()).id,
    }
    case = work.stage(
        work.need(move.case), at=at, kind="migration", name="migrate", by=by, body=body, rules=document.target.hash
    )
    work.settle_lapses(case, at)


def _signed(work: Work, by: str, at: datetime, signer: object) -> str:
    actor = need_department(work.register, by, at)
    if actor.kind is not Kind.AUTHORITY:
        raise StepNotAllowed(
            "",
            "migrate",
            "",
            Reason(
                "wrong_party",
                Text(
                    f"案件改用另一规则应由政务数据资源管理部门办理，不是{actor.name}",
                    f"cases are moved to another rule book by an authority, not {by}",
                ),
                None,
                Text("请由管理部门指定的人员办理", "let a named person of an authority do it"),
            ),
        )
    if not isinstance(signer, str) or not signer.strip():
        raise BadInput(
            Reason(
                "missing_field",
                Text("迁移须写明签发人“signer”", "a migration names its 'signer'"),
                None,
                Text("请写明签发人姓名", "give the person's name"),
            )
        )
    return signer
