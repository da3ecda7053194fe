"""What things are called on a screen: departments by the register, all else by the rule book of the case."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from gongxiang.citation import cite
from gongxiang.errors import Language, Text
from gongxiang.page import Tone, Words
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.facts import GROUND_INSTRUMENT, RESOURCE
from gongxiang.workflow.procedure import Procedure, Row, RuleBook
from gongxiang.workflow.vocabulary import LEVEL_NAMES, PHASE_NAMES, ROLE_NAMES, Department, Kind, Level, Phase, Role

PHASE_TONES: Mapping[Phase, Tone] = {
    Phase.RUNNING: "",
    Phase.DUE_TODAY: "warn",
    Phase.OVERDUE: "bad",
    Phase.MET: "good",
    Phase.MET_LATE: "warn",
    Phase.STOPPED: "accent",
    Phase.VOID: "dim",
}

KIND_NAMES: Mapping[Kind, Text] = {
    Kind.GOVERNMENT: Text("政府部门", "government"),
    Kind.UTILITY: Text("公共企事业单位", "utility"),
    Kind.CENTRAL: Text("中直部门", "central body"),
    Kind.AUTHORITY: Text("数据管理部门", "authority"),
    Kind.WORKING_BODY: Text("工作机构", "working body"),
    Kind.PEOPLE_GOVERNMENT: Text("人民政府", "people's government"),
    Kind.COMPETENT_ORGAN: Text("有权机关", "competent organ"),
}


@dataclass(frozen=True)
class Labels:
    """Names in one language. A name that is not known is shown as the id that the record holds.

    `instruments` are short names of instruments beside those of the rule books at hand, by id.
    """

    language: Language
    departments: Mapping[str, Department] = field(default_factory=dict)
    books: Mapping[str, RuleBook] = field(default_factory=dict)
    instruments: Mapping[str, Text] = field(default_factory=dict)

    def say(self, zh: str, en: str) -> str:
        """Return one of the two."""
        return zh if self.language == "zh" else en

    def of(self, text: Text) -> str:
        """Return the text in the language."""
        return text.of(self.language)

    @cached_property
    def names(self) -> Mapping[str, Text]:
        """What instruments are called in short, by id: the word of the rule books at hand counts."""
        return {**self.instruments, **{one.id: one.short for book in self.books.values() for one in book.instruments}}

    def cite(self, reference: str) -> str:
        """Return an article as people cite it, under the short name of its instrument."""
        return cite(reference, self.language, self.names)

    def department(self, name: str) -> str:
        """Return the department's name; the clock and the engine have none and act under the name of their role."""
        found = self.departments.get(name)
        return found.name if found else name

    def named(self, name: str) -> str:
        """Return the department's name with its id."""
        found = self.departments.get(name)
        return f"{found.name} ({name})" if found else name

    def unregistered(self, place: tuple[str, str] | None) -> str:
        """Return what stands for the authority of a level and region where none is registered."""
        role = ROLE_NAMES[Role.AUTHORITY]
        where = Text("", "")
        if place:
            level = LEVEL_NAMES[Level(place[0])]
            where = Text(f"{place[1]} {level.zh}", f" of {place[1]} ({level.en})")
        return self.say(f"{where.zh}{role.zh}（尚未登记）", f"{role.en}{where.en}, not registered")

    def table(self, rules: str, procedure: str) -> Procedure | None:
        """Return the table of the rule book that a case is pinned to; of any book where `rules` is empty."""
        books = [self.books[rules]] if rules in self.books else list(self.books.values())
        return next((book.procedures[procedure] for book in books if procedure in book.procedures), None)

    def book(self, rules: str) -> str:
        """Return the title of a rule book with its version; of one that is not at hand the version alone."""
        return f"{self.of(self.books[rules].title)} ({rules})" if rules in self.books else rules

    def outer(self, rules: str, procedure: str) -> Mapping[str, str]:
        """Return the outer limits of a procedure, each with the stricter one of the same duty."""
        table = self.table(rules, procedure)
        limits = table.limits.values() if table else ()
        return {limit.id: limit.outer_of for limit in limits if limit.outer_of}

    def standing(self, limit: str, outer: Mapping[str, str], running: Collection[str]) -> str:
        """Return which of two limits of one duty this is, where both of them are `running`: that which is due, or the
        outer one behind it. Nothing for a limit that stands alone.
        """
        if outer.get(limit) in running:
            return self.say("法定外限", "the outer limit")
        if any(strict == limit and name in running for name, strict in outer.items()):
            return self.say("较严，以此为准", "the stricter, due")
        return ""

    def procedure(self, rules: str, procedure: str) -> str:
        """Return the title of a procedure."""
        table = self.table(rules, procedure)
        return self.of(table.title) if table else procedure

    def state(self, rules: str, procedure: str, state: str) -> str:
        """Return the title of a state."""
        table = self.table(rules, procedure)
        return self.of(table.states[state].title) if table and state in table.states else state

    def limit(self, rules: str, procedure: str, limit: str) -> str:
        """Return the title of a limit."""
        table = self.table(rules, procedure)
        return self.of(table.limits[limit].title) if table and limit in table.limits else limit

    def any_limit(self, limit: str) -> str:
        """Return the title of a limit whose procedure is not at hand."""
        tables = (table for book in self.books.values() for table in book.procedures.values())
        return next((self.of(table.limits[limit].title) for table in tables if limit in table.limits), limit)

    def step(
        self, rules: str, procedure: str, step: str, state: str = "", told: Mapping[str, str] | None = None
    ) -> str:
        """Return the title of a step or activity, as it is called in `state` where there are several of its name; of
        those the first whose `when` nothing in `told` contradicts.
        """
        table = self.table(rules, procedure)
        rows = (table.leading_from.get((step, state)) or table.by_name.get(step)) if table else None
        if rows:
            return self.of(next((row for row in rows if fits(row, told or {})), rows[0]).title)
        return {
            "recalculate": self.say("重新计算期限", "recalculate"),
            "correct": self.say("更正记录", "correct the record"),
        }.get(step, step)

    def field(self, rules: str, name: str) -> str:
        """Return what a payload field is called: in Chinese its title, in English its name."""
        books = [self.books[rules]] if rules in self.books else list(self.books.values())
        return self.of(books[0].field_title(name)) if books else name

    def taken(
        self,
        rules: str,
        procedure: str,
        step: str,
        origin: str | None,
        target: str,
        told: Mapping[str, str] | None = None,
    ) -> str:
        """Return the title of the row that led from `origin` to `target`; a step may have several."""
        row = self.row(rules, procedure, step, origin, target, told)
        return self.of(row.title) if row else self.step(rules, procedure, step, origin or "")

    def row(
        self,
        rules: str,
        procedure: str,
        step: str,
        origin: str | None,
        target: str,
        told: Mapping[str, str] | None = None,
    ) -> Row | None:
        """Return the row by which a step led from `origin` (None: it opened the case) to `target`; of several the first
        whose `when` nothing in `told` contradicts.
        """
        table, told = self.table(rules, procedure), told or {}
        rows = table.leading_from.get((step, origin), ()) if table and origin else ()
        if table and origin is None:
            rows = tuple(row for row in table.openings if row.name == step)
        return next((row for row in rows if (row.to or origin) == target and fits(row, told)), None)

    def told(self, rules: str, payload: Mapping[str, Any], resource: Mapping[str, Any] | None) -> dict[str, str]:
        """Return what is known of an act by the keys that rows ask for under `when`: what it carries, an attribute of
        the resource, the instrument of the ground.
        """
        found = {key: str(value) for key, value in payload.items()}
        found |= {f"{RESOURCE}{key}": str(value) for key, value in (resource or {}).items()}
        lists = self.books[rules].instrument_of if rules in self.books else {}
        ground = lists.get(str(payload.get("ground")))
        return {**found, GROUND_INSTRUMENT: ground} if ground else found

    def role(self, role: str) -> str:
        """Return the name of a role."""
        return self.of(ROLE_NAMES[Role(role)]) if role in set(Role) else role

    def phase(self, phase: Phase | None) -> Words:
        """Return the name of a phase in its tone."""
        return Words(self.of(PHASE_NAMES[phase]), PHASE_TONES[phase]) if phase else Words("")

    def flag(self, rules: str, procedure: str, flag: str) -> str:
        """Return what a flag says, in the words of the table."""
        table = self.table(rules, procedure)
        rows = table.rows if table else ()
        return next((self.of(one.text) for row in rows for one in row.flags if one.id == flag), flag)

    def working_days(self, number: int) -> str:
        """Return a number of working days."""
        return self.say(f"{number} 个工作日", f"{number} working day{'' if number == 1 else 's'}")


def fits(row: Row, told: Mapping[str, str]) -> bool:
    """Return whether nothing that is told contradicts what the row asks for."""
    return all(told.get(key, value) == value for key, value in row.when.items())


WEEKDAYS = Text("一二三四五六日", "Mon Tue Wed Thu Fri Sat Sun")


def weekday(day: date, language: Language) -> str:
    """Return the day of the week, short."""
    return f"周{WEEKDAYS.zh[day.weekday()]}" if language == "zh" else WEEKDAYS.en.split()[day.weekday()]


def moment(at: datetime) -> str:
    """Return a moment as Beijing shows it, to the minute, or to the second where that matters."""
    told = beijing(at)
    return f"{told:%Y-%m-%d %H:%M}" if not (told.second or told.microsecond) else f"{told:%Y-%m-%d %H:%M:%S}"
