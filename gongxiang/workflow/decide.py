"""One act on one case: admitted with its effects, or refused with every reason. Pure: it reads what it is given and
writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gongxiang.calendars import Due
from gongxiang.errors import Reason, StepNotAllowed, Text, UnknownStep
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.case import Case
from gongxiang.workflow.competence import BY_PLACE, competent_place, holders, roles_of
from gongxiang.workflow.conditions import evaluate, reads_payload
from gongxiang.workflow.effects import due_of, effects_of, undated
from gongxiang.workflow.facts import FIXED, Facts, World, asked
from gongxiang.workflow.machine import Walker, walk
from gongxiang.workflow.payload import payload_faults
from gongxiang.workflow.procedure import Procedure, Row, RuleBook, Test
from gongxiang.workflow.vocabulary import LEVEL_NAMES, NOBODYS, ROLE_NAMES, SEATED, Role

_ORDER = {role: place for place, role in enumerate(Role)}
"""Who has several roles acts in the first of them."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do: the step, who, when it happened, and what it carries. `role` is given only for the
    engine's hand.
    """

    step: str
    by: str
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An admitted act: the row taken, the role it was taken in, what the guards looked at, and the effects on the
    case.
    """

    row: Row
    role: Role
    origin: str
    target: str
    guards: tuple[dict[str, Any], ...]
    effects: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class _Hearing:
    """What one row said to an act."""

    row: Row
    reasons: list[Reason]
    guards: list[dict[str, Any]]
    role: Role | None
    facts: Facts


def decide(book: RuleBook, procedure: Procedure, case: Case, act: Act, world: World) -> Decision:
    """Return the decision. Raises UnknownStep, or StepNotAllowed with every reason; BeyondHorizon where a limit cannot
    be computed.
    """
    named = rows_named(procedure, act.step)
    heard: list[_Hearing] = []

    def admits(row: Row) -> bool:
        heard.append(_hear(book, procedure, case, act, world, row))
        return not heard[-1].reasons

    row = walk(procedure, act.step, Walker(case.state, admits))
    if row is None:
        rows = of_its_kind(named, case, act, book) or named
        hearings = [hearing for hearing in heard if of_its_kind((hearing.row,), case, act, book)]
        raise StepNotAllowed(
            case.case, act.step, case.state, *_refusal(book, procedure, case, act, world, rows, hearings)
        )
    hearing = heard[-1]
    assert hearing.role is not None
    effects, flags = effects_of(hearing.facts)
    return Decision(row, hearing.role, case.state, row.to or case.state, (*hearing.guards, *flags), tuple(effects))


def rows_named(procedure: Procedure, step: str) -> tuple[Row, ...]:
    """Return the rows of a step. Raises UnknownStep with the nearest name."""
    rows = procedure.by_name.get(step)
    if rows:
        return rows
    known = [name for name, rows in procedure.by_name.items() if any(row.by - NOBODYS for row in rows)]
    near = did_you_mean(step, known)
    raise UnknownStep(
        Reason(
            "unknown_step",
            Text(
                f"程序“{procedure.title.zh}”没有步骤“{step}”{near.zh}", f"{procedure.id} has no step '{step}'{near.en}"
            ),
            procedure.article,
            Text(f"可用的步骤：{'、'.join(known)}", f"its steps are {', '.join(known)}"),
        )
    )


def reasons_against(
    book: RuleBook, procedure: Procedure, case: Case, act: Act, world: World
) -> tuple[list[Reason], Row | None]:
    """Return why the act would be refused before its payload is known, and the row it would take if nothing speaks
    against it.
    """
    named = rows_named(procedure, act.step)
    rows = of_its_kind(named, case, act, book) or named
    standing = of_its_kind(procedure.leading_from.get((act.step, case.state), ()), case, act, book, kept=True)
    hearings = [_hear(book, procedure, case, act, world, row, with_payload=False) for row in standing]
    for hearing in hearings:
        if not hearing.reasons:
            return [], hearing.row
    return _refusal(book, procedure, case, act, world, rows, hearings), None


def of_its_kind(rows: tuple[Row, ...], case: Case, act: Act, book: RuleBook, *, kept: bool = False) -> tuple[Row, ...]:
    """Return the rows that speak of this case: of its kind of resource and ground, with `kept` of what it remembers."""

    def speaks(row: Row) -> bool:
        return all(
            asked(key, act.payload, case, book) in (None, value)
            for key, value in row.when.items()
            if key in FIXED or (kept and key not in row.payload)
        )

    return tuple(filter(speaks, rows))


def _facts(book: RuleBook, procedure: Procedure, case: Case, act: Act, world: World, row: Row) -> Facts:
    computed: dict[str, Due | None] = {}

    def due(limit: str) -> Due | None:
        if limit not in computed:
            computed[limit] = due_of(facts, limit)
        return computed[limit]

    facts = Facts(book, procedure, row, case, act.by, act.at, act.payload, world, due)
    return facts


def _hear(
    book: RuleBook, procedure: Procedure, case: Case, act: Act, world: World, row: Row, *, with_payload: bool = True
) -> _Hearing:
    facts = _facts(book, procedure, case, act, world, row)
    hearing = _Hearing(row, [], [], act.role, facts)
    if act.role is not None:
        if act.role not in row.by:
            hearing.reasons.append(_wrong_party(procedure, case, act, world, row))
    else:
        mine = roles_of(case, procedure, act.by, act.at, world, among=row.by)
        hearing.role = min(mine, key=_ORDER.__getitem__, default=None)
        if not mine:
            hearing.reasons.append(_wrong_party(procedure, case, act, world, row))
    faults = list(payload_faults(row, act.payload, book)) if with_payload else []
    hearing.reasons.extend(faults)
    if with_payload and not faults and not _matches(row, facts):
        hearing.reasons.append(_not_this_row(row))
    for guard in row.guards:
        if reads_payload(guard.test, guard.arguments) and (faults or not with_payload):
            continue
        holds, inputs = evaluate(guard.test, facts, guard.arguments)
        hearing.guards.append({"guard": guard.id, "holds": holds, "inputs": inputs})
        if not holds:
            hearing.reasons.append(_reason(guard, inputs))
    if with_payload and not hearing.reasons:
        hearing.reasons.extend(undated(facts))
    return hearing


def _reason(guard: Test, looked_at: Mapping[str, Any]) -> Reason:
    """The guard's words; `{name}` in its mend is what the test looked at under that name."""

    def told(text: str) -> str:
        for name, value in looked_at.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    mend = Text(told(guard.mend.zh), told(guard.mend.en)) if guard.mend else None
    return Reason(guard.id, guard.text, guard.article, mend)


def _matches(row: Row, facts: Facts) -> bool:
    return all(str(asked(key, facts.payload, facts.case, facts.book)) == value for key, value in row.when.items())


def _not_this_row(row: Row) -> Reason:
    wanted = "、".join(f"{key}={value}" for key, value in row.when.items())
    return Reason(
        "other_row",
        Text(f"此行只适用于{wanted}", f"this row is for {wanted}"),
        row.article,
        Text("请办理适用于本案情形的步骤", "take a step that is for what this case is about"),
    )


def _refusal(
    book: RuleBook,
    procedure: Procedure,
    case: Case,
    act: Act,
    world: World,
    rows: tuple[Row, ...],
    heard: list[_Hearing],
) -> list[Reason]:
    """Every reason against the act: where it stands, the hearings; where it does not, that, and what else would stand
    in the way.
    """
    if heard:
        best = min(
            heard,
            key=lambda hearing: (any(reason.code == "other_row" for reason in hearing.reasons), len(hearing.reasons)),
        )
        return best.reasons
    elsewhere = [_hear(book, procedure, case, act, world, row, with_payload=False) for row in rows]
    best = min(elsewhere, key=lambda hearing: len(hearing.reasons))
    return [_wrong_state(procedure, case, act, rows), *best.reasons]


def _wrong_state(procedure: Procedure, case: Case, act: Act, rows: tuple[Row, ...]) -> Reason:
    possible = [procedure.states[state] for state in dict.fromkeys(state for row in rows for state in row.sources)]
    here = procedure.states.get(case.state)
    zh, en = (here.title.zh, here.title.en) if here else ("未立案", "not opened")
    if here and here.final:
        mend = Text(
            "案件已终结；有错的另立新案并写明原案",
            "the case is closed; what was closed wrongly gets a new case about it",
        )
    else:
        mend = Text("先办理通往上述状态的步骤", "take the steps that lead there first")
    where_zh = "、".join(f"“{state.title.zh}”" for state in possible) or "开案"
    where_en = ", ".join(f"'{state.title.en}'" for state in possible) or "opening a case"
    return Reason(
        "wrong_state",
        Text(
            f"案件{case.case}现为“{zh}”，“{rows[0].title.zh}”只能在{where_zh}时办理",
            f"{case.case} is '{en}'; '{act.step}' is possible in {where_en}",
        ),
        next((row.article for row in rows if row.article), procedure.article),
        mend,
    )


def _wrong_party(procedure: Procedure, case: Case, act: Act, world: World, row: Row) -> Reason:
    holders = list(_holders(procedure, case, act, world, row))
    who_zh = "、".join(f"{ROLE_NAMES[role].zh}（{who.zh}）" if who.zh else ROLE_NAMES[role].zh for role, who in holders)
    who_en = ", ".join(f"{ROLE_NAMES[role].en} ({who.en})" if who.en else ROLE_NAMES[role].en for role, who in holders)
    actor = world.department(act.by, act.at)
    place = competent_place(case, procedure, world, act.at)
    misplaced = actor and place and actor.kind in SEATED and Role(actor.kind.value) in row.by and actor.place != place
    if misplaced and actor and place:
        return Reason(
            "wrong_level",
            Text(
                f"{actor.name}（{LEVEL_NAMES[actor.level].zh}，{actor.region}）与本案"
                f"（{LEVEL_NAMES[place[0]].zh}，{place[1]}）不同级或不同区划",
                f"{actor.id} ({actor.level}, {actor.region}) is not of this case's level and region "
                f"({place[0]}, {place[1]})",
            ),
            row.article or procedure.article,
            Text(f"应由{who_zh}办理", f"this is for the {who_en}"),
        )
    name = actor.name if actor else act.by
    return Reason(
        "wrong_party",
        Text(f"“{row.title.zh}”应由{who_zh}办理，不是{name}", f"'{row.name}' is for the {who_en}, not {act.by}"),
        row.article or procedure.article,
        Text(f"请由{who_zh}办理", f"let the {who_en} do it"),
    )


def _holders(procedure: Procedure, case: Case, act: Act, world: World, row: Row) -> Iterator[tuple[Role, Text]]:
    for role in sorted(row.by, key=_ORDER.__getitem__):
        found = [party.name for party in holders(role, case, procedure, world, act.at)]
        if found or role not in BY_PLACE:
            yield role, Text("、".join(found), ", ".join(found))
        else:
            yield role, Text("尚未登记", "none registered")
