"""One unit of work: an act with the lapses before and after it and what follows from it in linked cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongxiang.errors import AlreadyDone, OutOfOrder, Reason, Refused, Text
from gongxiang.workflow.case import Case, blank
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.decide import Act, Decision, decide
from gongxiang.workflow.lapse import lapses_of
from gongxiang.workflow.opening import lent_parties
from gongxiang.workflow.procedure import ORIGIN, Follow, RuleBook
from gongxiang.workflow.staging import Staging
from gongxiang.workflow.vocabulary import Role

MOST_FOLLOWS = 20
"""How many acts one act may bring about: a table whose cases answer each other for ever is stopped here."""


class Work(Staging):
    """Acts staged in one transaction."""

    # Acts

    def settle_lapses(self, case: Case, now: datetime) -> Case:
        """Stage every lapse of the case whose legal moment is not after `now` and which no known notice holds back."""
        for lapse in lapses_of(case, self.book(case), now, self.edition(beijing(now).date()), self.counting):
            case = self.stage(
                case,
                at=lapse.at,
                kind="lapse",
                name="lapse",
                by="",
                body={
                    "role": Role.CLOCK.value,
                    "from": case.state,
                    "to": lapse.to,
                    "payload": {},
                    "guards": lapse.guards,
                    "effects": lapse.effects,
                    "edition": self.edition(beijing(now).date()).id,
                },
            )
        return case

    def act(self, case: Case, act: Act, depth: int = 0) -> Case:
        """Stage an act on a case that exists, with the lapses before and after it and what follows in linked cases."""
        return self._decided(self.settled(case, act.at), act, {}, depth, ())

    def open(
        self,
        case: Case,
        book: RuleBook,
        act: Act,
        opening: Mapping[str, Any],
        links: tuple[tuple[str, str], ...] = (),
        depth: int = 0,
    ) -> Case:
        """Stage the opening act of a new case under `book`, linked to other cases by (relation, case)."""
        self.new_books[book.hash] = book
        return self._decided(case, act, {"opening": dict(opening)}, depth, links)

    def record(
        self,
        case: Case,
        *,
        at: datetime,
        kind: str,
        name: str,
        by: str,
        role: str,
        payload: Any,
        effects: Any,
        guards: Any = (),
    ) -> Case:
        """Stage an event that no table row makes: a recalculation or a correction of the record."""
        if (late := self.too_late(case, at)) is not None:
            raise OutOfOrder(late)
        body = {
            "role": role,
            "from": case.state,
            "to": case.state,
            "payload": payload,
            "guards": list(guards),
            "effects": effects,
            "edition": self.edition(beijing(at).date()).id,
        }
        return self.stage(case, at=at, kind=kind, name=name, by=by, body=body)

    def _decided(
        self, case: Case, act: Act, more: Mapping[str, Any], depth: int, links: tuple[tuple[str, str], ...]
    ) -> Case:
        procedure = self.procedure(case)
        decision = decide(self.book(case), procedure, case, act, self)
        self._refuse_twice(case, act)
        before = case
        body = {
            "role": decision.role.value,
            "from": decision.origin or None,
            "to": decision.target,
            "payload": dict(act.payload),
            "guards": list(decision.guards),
            "effects": list(decision.effects),
            "edition": self.edition(beijing(act.at).date()).id,
            **more,
        }
        links += tuple(self._links(case, decision))
        body["effects"] = [
            *decision.effects,
            *({"do": "link", "relation": relation, "case": name} for relation, name in links),
        ]
        kind = "step" if decision.row.to else "activity"
        case = self.stage(case, at=act.at, kind=kind, name=act.step, by=act.by, body=body)
        for follow in decision.row.follows:
            self._follow(before, case, act, follow, depth)
        return self.settle_lapses(self.need(case.case), act.at)

    def _refuse_twice(self, case: Case, act: Act) -> None:
        """Refuse a person's act that the case has already, in the same words at the same moment: it was sent again."""
        if act.role is not None or act.at != case.last_at or not case.version:
            return
        mine = (act.step, act.by, act.at, act.payload)
        for event in self.events_of(case.case):
            if (event.name, event.by, event.at, event.content["payload"]) == mine:
                raise AlreadyDone(
                    Reason(
                        "act_recorded",
                        Text(
                            f"案件{case.case}第{event.seq}号事件已记录同一行为",
                            f"event {event.seq} of {case.case} records this very act",
                        ),
                        None,
                        Text(
                            "重发请用同一个 key；确是另一行为的，请写明各自的时刻",
                            "to send it again use its key; if it is another act, give its own moment",
                        ),
                    )
                )

    def _links(self, case: Case, decision: Decision) -> list[tuple[str, str]]:
        return [(follow.relation, _free_name(case, follow)) for follow in decision.row.follows if follow.procedure]

    def _follow(self, before: Case, case: Case, act: Act, follow: Follow, depth: int) -> None:
        if depth >= MOST_FOLLOWS:
            raise Refused(
                Reason(
                    "endless_follows",
                    Text(
                        f"案件{case.case}的“{act.step}”引起的联动没有尽头",
                        f"{case.case}: the acts that follow '{act.step}' never end",
                    ),
                    None,
                    Text("请改正程序表中的 follows", "correct `follows` in the tables"),
                )
            )
        payload = {name: act.payload[name] for name in follow.payload if name in act.payload}
        if follow.procedure:
            name = case.linked(follow.relation)
            assert name is not None
            self._open_linked(name, case, act, follow, payload, depth)
            return
        linked = before.linked(follow.relation)
        other = self.find(linked) if linked else None
        if other is not None:
            self.act(other, Act(follow.step, act.by, act.at, payload, Role.ENGINE), depth + 1)

    def _open_linked(
        self, name: str, case: Case, act: Act, follow: Follow, payload: Mapping[str, Any], depth: int
    ) -> None:
        assert follow.procedure is not None
        book = self.book(case)
        table = book.procedures[follow.procedure]
        opening = {
            "procedure": follow.procedure,
            "parties": lent_parties(table, case, act.by),
            "resource": case.resource if table.resource else None,
            "about": case.case,
        }
        new = blank(name, follow.procedure, book.hash, act.at, opening)
        self.open(new, book, Act(follow.step, act.by, act.at, payload), opening, ((ORIGIN, case.case),), depth + 1)

    def settled(self, case: Case, at: datetime) -> Case:
        """Return the case ready for something that happens at `at`: its lapses up to then staged. Raises OutOfOrder."""
        late = self.too_late(case, at)
        if late is not None:
            raise OutOfOrder(late)
        return self.settle_lapses(case, at)


def _free_name(case: Case, follow: Follow) -> str:
    """`R-1/D`, then `R-1/D2`, `R-1/D3`… Nobody but the case itself opens cases of such names (`opening.check_name`)."""
    taken, number = {name for _, name in case.links}, 1
    while (name := f"{case.case}/{follow.suffix}{number if number > 1 else ''}") in taken:
        number += 1
    return name
