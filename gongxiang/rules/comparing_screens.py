"""What differs between two rule books, as people read it: the numbers, then by procedure, then the conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gongxiang.citation import cite
from gongxiang.errors import Language, Text
from gongxiang.page import Block, Facts, Heading, Sentence, Tone, Words
from gongxiang.rules.comparing import WHOLE, Change, Comparison, Detail, ProcedureChange
from gongxiang.rules.parts import SECTIONS
from gongxiang.rules.words import FIELDS, KINDS, UNITS, length, names_of
from gongxiang.workflow.procedure import ANY, OPEN, RuleBook, as_tuple, text_of
from gongxiang.workflow.soundness import LIMIT_EFFECTS
from gongxiang.workflow.vocabulary import ROLE_NAMES, Role

_MARKS: Mapping[str, tuple[str, Tone]] = {"added": ("+ ", "good"), "removed": ("− ", "bad"), "changed": ("~ ", "warn")}
_ROLES = frozenset({"by", "owed_by", "owes", "owes_when_stopped", "anchor"})
_EVERY = {ANY: Text("任何状态", "any state"), OPEN: Text("任何未终结的状态", "any open state")}
_STATES = frozenset({"from", "except", "to"})
_LIMITS = frozenset({*LIMIT_EFFECTS, "outer_of"})
_LISTS = frozenset(
    {"by", "from", "except", "kinds", "named_by", "about", "anchor", "guards", "flags", "retains", "forget", "releases"}
    | {"exactly_one", "at_most_one", "between", "alternatives", *LIMIT_EFFECTS}
)
"""Keys whose values are lists, whether or not a single one is written as such."""


def comparison(found: Comparison, language: Language) -> Iterator[Block]:
    """Yield what differs between two rule books."""
    yield from _Shown(found, language).blocks()


class _Shown:
    """One comparison in one language, with the names that either book gives things."""

    def __init__(self, found: Comparison, language: Language) -> None:
        self.found = found
        self.language = language
        self.names = names_of(found.before, found.after)

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def blocks(self) -> Iterator[Block]:
        before, after = self.found.before, self.found.after
        yield Heading(self.say("两部规则的差异", "How two rule books differ"), self._tally())
        yield Facts(((self.say("甲", "A"), self._named(before)), (self.say("乙", "B"), self._named(after))))
        if self.found.same:
            yield Sentence(Words(self.say("没有差异。", "Nothing differs."), "good"))
            return
        legend = "+ 乙新增　− 乙不再有　~ 有变化", "+ only in B   - only in A   ~ differs"
        yield Sentence(Words(self.say(*legend), "dim"))
        for kind in ("instrument", "number", "ground"):
            yield from self._whole(kind)
        for procedure in self.found.procedures:
            yield from self._procedure(procedure)
        yield from self._whole("conflict")

    def _named(self, book: RuleBook) -> str:
        return f"{book.title.of(self.language)}  {book.id}"

    def _tally(self) -> str:
        changes = [one for kind in WHOLE for one in self.found.wholes[kind]]
        changes += [one for table in self.found.procedures for kind in SECTIONS for one in table.sections.get(kind, ())]
        words = [one.word for one in changes]
        return "  ".join(f"{mark.strip()}{words.count(word)}" for word, (mark, _) in _MARKS.items())  # type: ignore[arg-type]

    def _whole(self, kind: str) -> Iterator[Block]:
        changes = self.found.wholes[kind]
        if changes:
            yield Heading(Words(KINDS[kind].of(self.language), "accent"))
        for change in changes:
            yield from self._change(change, None)

    def _procedure(self, table: ProcedureChange) -> Iterator[Block]:
        mark, tone = _MARKS[table.word]
        title = text_of(table.record["title"]).of(self.language)
        yield Heading(
            [
                Words(mark if table.word != "changed" else "", tone),
                Words(title, "accent"),
                Words(f"  {table.id}", "dim"),
            ],
            self._cited([table.record["article"]]),
        )
        for detail in table.head:
            if not self._reads_the_same(detail):
                yield self._detail(detail, table, indent=2)
        for kind in SECTIONS:
            changes = table.sections.get(kind, ())
            if changes:
                yield Sentence(Words(KINDS[kind].of(self.language), "strong"), indent=2)
            for change in changes:
                yield from self._change(change, table)

    def _change(self, change: Change, table: ProcedureChange | None) -> Iterator[Block]:
        """Yield what differs in a record; nothing where only the wording of the other language does."""
        details = [detail for detail in change.details if not self._reads_the_same(detail)]
        if change.word == "changed" and not details:
            return
        mark, tone = _MARKS[change.word]
        said = [Words(mark, tone), Words(self._title(change), "strong"), Words(f"  {change.id}", "accent")]
        if change.articles:
            said.append(Words(f"  {self._cited(change.articles)}", "dim"))
        yield Sentence(said, indent=2 if table is None else 4, hang=2)
        indent = 4 if table is None else 6
        if change.word != "changed":
            yield from (Sentence(line, indent=indent, hang=2) for line in self._told(change, table))
        for detail in details:
            yield self._detail(detail, table, indent)

    def _reads_the_same(self, detail: Detail) -> bool:
        texts = [one for one in (detail.before, detail.after) if isinstance(one, Mapping) and set(one) == {"zh", "en"}]
        return len(texts) == 2 and texts[0][self.language] == texts[1][self.language]

    def _title(self, change: Change) -> str:
        title = change.title.of(self.language)
        if change.kind == "number":
            return f"{length(change.record['value'], change.record['unit'], self.language)}  {title}"
        return title

    def _told(self, change: Change, table: ProcedureChange | None) -> Iterator[str]:
        """Yield what else there is to say of a record that only one of the books has."""
        record = change.record
        if change.kind in ("step", "activity"):
            yield self._roles(record["by"]) + self.say("：", ": ") + self._way(record, table)
        elif change.kind == "limit":
            yield self._limit(record, table)
        elif change.kind == "conflict":
            yield self.say("读法：", "reading: ") + text_of(record["reading"]).of(self.language)

    def _way(self, record: Mapping[str, Any], table: ProcedureChange | None) -> str:
        sources = self._value("from", record.get("from"), table) if record.get("from") else self.say("立案", "opens")
        target = self._value("to", record.get("to"), table) if record.get("to") else self.say("状态不变", "stays")
        when = self._value("when", record["when"], table) if record.get("when") else ""
        return f"{sources} → {target}" + (self.say(f"（{when}）", f" ({when})") if when else "")

    def _limit(self, record: Mapping[str, Any], table: ProcedureChange | None) -> str:
        said = [self._roles(record["owed_by"])]
        by_act = self.say("长短由该行为确定", "as long as the act says")
        said.append(self._value("parameter", record["parameter"], table) if "parameter" in record else by_act)
        if "outer_of" in record:
            strict = self._value("outer_of", record["outer_of"], table)
            said.append(self.say(f"“{strict}”的法定外限", f"the outer limit of '{strict}'"))
        return self.say("，", ", ").join(said)

    def _detail(self, detail: Detail, table: ProcedureChange | None, indent: int) -> Sentence:
        name = FIELDS.get(detail.key, Text(detail.key, detail.key)).of(self.language)
        said: list[str | Words] = [Words(name + self.say("：", ": "), "dim")]
        before, after = detail.before, detail.after
        if detail.key in _LISTS:
            said += self._lists(detail.key, as_tuple(before), as_tuple(after), table)
        elif isinstance(before, Mapping) and isinstance(after, Mapping) and set(before) != {"zh", "en"}:
            said += self._tables(detail.key, before, after, table)
        else:
            said.append(f"{self._value(detail.key, before, table)} → {self._value(detail.key, after, table)}")
        return Sentence(said, indent=indent, hang=2)

    def _lists(
        self, key: str, before: Sequence[Any], after: Sequence[Any], table: ProcedureChange | None
    ) -> list[str | Words]:
        gone, new = [one for one in before if one not in after], [one for one in after if one not in before]
        parts = [Words(f"+{self._value(key, one, table)}", "good") for one in new]
        parts += [Words(f"−{self._value(key, one, table)}", "bad") for one in gone]
        return [part for one in parts for part in (one, "  ")][:-1]

    def _tables(
        self, key: str, before: Mapping[str, Any], after: Mapping[str, Any], table: ProcedureChange | None
    ) -> list[str | Words]:
        parts: list[Words] = []
        for name in dict.fromkeys([*after, *before]):
            one, other = before.get(name), after.get(name)
            if one == other:
                continue
            if one is None or other is None:
                mark, tone = _MARKS["added" if one is None else "removed"]
                parts.append(Words(f"{mark.strip()}{name} = {self._value(key, other or one, table)}", tone))
            else:
                parts.append(Words(f"{name} = {self._value(key, one, table)} → {self._value(key, other, table)}"))
        return [part for one in parts for part in (one, self.say("，", ", "))][:-1]

    def _value(self, key: str, value: Any, table: ProcedureChange | None) -> str:
        """Return a value as people read it: roles, states, limits and numbers by their names."""
        if value is None:
            return self.say("无", "none")
        if isinstance(value, bool):
            return self.say("是", "yes") if value else self.say("否", "no")
        if isinstance(value, list):
            return self.say("、", ", ").join(self._value(key, one, table) for one in value) or self.say("无", "none")
        if isinstance(value, Mapping):
            if set(value) == {"zh", "en"}:
                return text_of(value).of(self.language)
            return self.say("，", ", ").join(f"{name} = {self._value(key, one, table)}" for name, one in value.items())
        return self._word(key, str(value), table)

    def _word(self, key: str, word: str, table: ProcedureChange | None) -> str:
        said = word
        if key in _ROLES and word in set(Role):
            said = ROLE_NAMES[Role(word)].of(self.language)
        elif key in ("article", "between"):
            said = self._cited([word])
        elif key == "unit" and word in UNITS:
            said = UNITS[word].of(self.language)
        elif key == "parameter":
            said = self._number(word)
        elif key in _STATES and word in _EVERY:
            said = _EVERY[word].of(self.language)
        elif table is not None and (key in _STATES or key in _LIMITS):
            said = self._titled("state" if key in _STATES else "limit", word, table)
        return said

    def _number(self, name: str) -> str:
        for book in (self.found.after, self.found.before):
            if name in book.parameters:
                return length(book.parameters[name].value, book.parameters[name].unit, self.language)
        return name

    def _titled(self, kind: str, name: str, table: ProcedureChange) -> str:
        for record in (table.after or {}, table.before or {}):
            for entry in record.get(kind, ()):
                if entry["id"] == name:
                    return text_of(entry["title"], name).of(self.language)
        return name

    def _roles(self, roles: Any) -> str:
        return self._value("by", list(as_tuple(roles)), None)

    def _cited(self, articles: Iterable[str]) -> str:
        return self.say("、", ", ").join(cite(one, self.language, self.names) for one in articles)
