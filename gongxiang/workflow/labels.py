"""What things are called on a screen: departments by the register, all else by the rule book of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from gongxiang.errors import Language, Text
from gongxiang.page import Tone, Words
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.procedure import Procedure, RuleBook
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
    Kind.COMPETENT_ORGAN: Text("有权机关", "competent organ"),
}


@dataclass(frozen=True)
class Labels:
    """Names in one language. A name that is not known is shown as the id that the record holds."""

    language: Language
    departments: Mapping[str, Department] = field(default_factory=dict)
    books: Mapping[str, RuleBook] = field(default_factory=dict)

    def say(self, zh: str, en: str) -> str:
        """Return one of the two."""
        return zh if self.language == "zh" else en

    def of(self, text: Text) -> str:
        """Return the text in the language."""
        return text.of(self.language)

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

    def step(self, rules: str, procedure: str, step: str, state: str = "") -> str:
        """Return the title of a step or activity, as it is called in `state` where there are several of its name."""
        table = self.table(rules, procedure)
        rows = (table.leading_from.get((step, state)) or table.by_name.get(step)) if table else None
        if rows:
            return self.of(rows[0].title)
        return {
            "recalculate": self.say("重新计算期限", "recalculate"),
            "correct": self.say("更正记录", "correct the record"),
        }.get(step, step)

    def field(self, rules: str, name: str) -> str:
        """Return what a payload field is called: in Chinese its title, in English its name."""
        books = [self.books[rules]] if rules in self.books else list(self.books.values())
        return self.of(books[0].field_title(name)) if books else name

    def taken(self, rules: str, procedure: str, step: str, origin: str | None, target: str) -> str:
        """Return the title of the row that led from `origin` to `target`; a step may have several."""
        table = self.table(rules, procedure)
        rows = table.leading_from.get((step, origin or ""), ()) if table else ()
        row = next((row for row in rows if (row.to or origin) == target), None)
        return self.of(row.title) if row else self.step(rules, procedure, step, origin or "")

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


WEEKDAYS = Text("一二三四五六日", "Mon Tue Wed Thu Fri Sat Sun")


def weekday(day: date, language: Language) -> str:
    """Return the day of the week, short."""
    return f"周{WEEKDAYS.zh[day.weekday()]}" if language == "zh" else WEEKDAYS.en.split()[day.weekday()]


def moment(at: datetime) -> str:
    """Return a moment as Beijing shows it, to the minute, or to the second where that matters."""
    told = beijing(at)
    return f"{told:%Y-%m-%d %H:%M}" if not (told.second or told.microsecond) else f"{told:%Y-%m-%d %H:%M:%S}"
