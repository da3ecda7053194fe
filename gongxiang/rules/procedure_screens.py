"""Procedures as people read them: a list of them, and one as its table under the sentences of law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gongxiang.citation import cite
from gongxiang.errors import Language, Text
from gongxiang.page import BLANK, Block, Column, Facts, Grid, Heading, Phrase, Sentence, Words
from gongxiang.rules.words import length, names_of, say
from gongxiang.workflow.procedure import Limit, Procedure, Row, RuleBook
from gongxiang.workflow.vocabulary import ROLE_NAMES


def procedures(book: RuleBook, language: Language) -> Iterator[Block]:
    """Yield the procedures of a rule book, a line each."""
    names = names_of(book)
    yield Heading(book.title.of(language), book.version)
    rows: list[list[Phrase]] = [
        [
            Words(table.id, "accent"),
            table.title.of(language),
            cite(table.article, language, names),
            str(len(table.states)),
            str(len(table.by_name)),
            say(language, "、", ", ").join(limit.title.of(language) for limit in table.limits.values()) or "—",
        ]
        for table in book.procedures.values()
    ]
    columns = (
        Column(say(language, "名称", "Name")),
        Column(say(language, "程序", "Procedure"), most=24, gives=True, wraps=True),
        Column(say(language, "条文", "Article"), wraps=True, most=18),
        Column(say(language, "状态", "States"), right=True),
        Column(say(language, "步骤", "Steps"), right=True),
        Column(say(language, "期限", "Limits"), gives=True, wraps=True),
    )
    yield Grid(columns, rows)


def procedure(book: RuleBook, table: Procedure, language: Language) -> Iterator[Block]:
    """Yield a procedure as its table: states, limits, then every step in its order, under its sentence of law."""
    yield from _Shown(book, table, language).blocks()


class _Shown:
    """One table in one language, articles cited under the names of their instruments."""

    def __init__(self, book: RuleBook, table: Procedure, language: Language) -> None:
        self.book = book
        self.table = table
        self.language = language
        self.names = names_of(book)

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def cite(self, article: str | None) -> str:
        return cite(article, self.language, self.names) if article else self.say("程序所需", "own")

    def blocks(self) -> Iterator[Block]:
        table, language = self.table, self.language
        title = [Words(table.title.of(language), "strong"), Words(f"  {table.id}", "accent")]
        yield Heading(title, self.cite(table.article))
        pairs = [(self.say("规则", "Rules"), f"{self.book.title.of(language)}  {self.book.version}")]
        pairs += [(ROLE_NAMES[party.role].of(language), self.cite(party.article)) for party in table.parties]
        anchors = self.say("、", ", ").join(ROLE_NAMES[role].of(language) for role in table.anchors)
        pairs.append((self.say("主管部门依", "Authority of"), anchors))
        yield Facts(pairs)
        yield from self.states()
        yield from self.limits()
        yield from self.waiting()
        yield Heading(self.say("步骤与活动", "Steps and activities"), self.say("○ 不改变状态", "○ moves no state"))
        quoted: str | None = None
        for row in table.rows:
            if row.quote and row.quote != quoted:
                yield BLANK
                yield Sentence(Words(f"“{row.quote}”", "dim"), indent=2, hang=2)
            quoted = row.quote or quoted
            yield from self.row(row)

    def states(self) -> Iterator[Block]:
        yield Heading(self.say("状态", "States"))
        rows: list[list[Phrase]] = []
        for state in self.table.states.values():
            mover = ROLE_NAMES[state.owes].of(self.language) + self.say("办理", " to move") if state.owes else ""
            rows.append(
                [
                    Words(state.id, "accent"),
                    state.title.of(self.language),
                    Words(self.say("终结", "final") if state.final else "", "dim"),
                    Words(mover, "dim"),
                ]
            )
        yield Grid((Column(), Column(gives=True), Column(), Column(gives=True)), rows, indent=2)

    def limits(self) -> Iterator[Block]:
        if not self.table.limits:
            return
        yield Heading(self.say("期限", "Limits"))
        rows: list[list[Phrase]] = [
            [
                Words(limit.id, "accent"),
                limit.title.of(self.language),
                self.length(limit),
                self.cite(limit.article),
                ROLE_NAMES[limit.owed_by].of(self.language),
            ]
            for limit in self.table.limits.values()
        ]
        columns = (
            Column(),
            Column(gives=True, wraps=True, least=8),
            Column(),
            Column(gives=True, wraps=True, least=14),
            Column(gives=True, wraps=True),
        )
        yield Grid(columns, rows, indent=2)
        for limit in self.table.limits.values():
            if limit.outer_of:
                strict = self.table.limits[limit.outer_of]
                said = self.say(
                    f"“{strict.title.zh}”较严，以此为准（{self.cite(strict.article)}）；"
                    f"“{limit.title.zh}”是法定外限（{self.cite(limit.article)}）",
                    f"'{strict.title.en}' is the stricter, due ({self.cite(strict.article)}); "
                    f"'{limit.title.en}' is the outer limit behind it ({self.cite(limit.article)})",
                )
                yield Sentence(Words(said, "warn"), indent=2, hang=2)

    def length(self, limit: Limit) -> str:
        return (
            length(limit.days, "working_day", self.language)
            if limit.days
            else self.say("由该行为确定", "set by the act")
        )

    def waiting(self) -> Iterator[Block]:
        """Yield who owes an act that another waits for, and what is kept how long."""
        if self.table.pending:
            yield Heading(self.say("待办：有人等待的行为", "Owed while another waits for it"))
        for one in self.table.pending:
            who = ROLE_NAMES[one.owes].of(self.language)
            duty = self.step(one.duty)
            until = self.table.limits[one.by].title.of(self.language) if one.by else ""
            said = self.say(
                f"{who}：{duty}" + (f"，至“{until}”到期日" if until else ""),
                f"{who}: {duty}" + (f", by the due day of '{until}'" if until else ""),
            )
            yield Sentence(
                [said, Words(f"  {one.key} = {one.value}  {self.cite(one.article)}", "dim")], indent=2, hang=2
            )
        if self.table.retentions:
            yield Heading(self.say("保存期限", "Records to be kept"))
        for kept in self.table.retentions.values():
            told = f"{kept.title.of(self.language)}  {length(kept.years, 'year', self.language)}"
            yield Sentence([told, Words(f"  {kept.id}  {self.cite(kept.article)}", "dim")], indent=2, hang=2)

    def step(self, name: str) -> str:
        rows = self.table.by_name.get(name)
        return rows[0].title.of(self.language) if rows else name

    def row(self, row: Row) -> Iterator[Block]:
        roles = self.say("、", ", ").join(ROLE_NAMES[role].of(self.language) for role in sorted(row.by))
        yield Sentence(
            [
                Words("→ " if row.to else "○ ", "accent"),
                Words(row.title.of(self.language), "strong"),
                Words(f"  {row.name}", "accent"),
                f"  {roles}",
                Words(f"  {self.cite(row.article)}", "dim"),
            ],
            indent=2,
            hang=4,
        )
        states = self.table.states
        sources = self.say("、", ", ").join(states[source].title.of(self.language) for source in row.sources)
        target = states[row.to].title.of(self.language) if row.to else self.say("（状态不变）", "(stays)")
        yield Sentence(f"{sources or self.say('（立案）', '(opens the case)')} → {target}", indent=6, hang=2)
        if row.when:
            asked = self.say("，", ", ").join(f"{key} = {value}" for key, value in row.when.items())
            yield Sentence(Words(self.say("适用于：", "when: ") + asked, "dim"), indent=6, hang=2)
        carried = self.say("、", ", ").join(
            f"{name}{'?' if kind.endswith('?') else ''}" for name, kind in row.payload.items()
        )
        if carried:
            yield Sentence(Words(self.say("内容：", "carries: ") + carried, "dim"), indent=6, hang=2)
        yield from self.effects(row)

    def effects(self, row: Row) -> Iterator[Block]:
        for verb, limits in (
            (Text("起算", "starts"), row.starts),
            (Text("办结", "meets"), row.meets),
            (Text("暂停", "stops"), row.stops),
            (Text("恢复", "resumes"), row.resumes),
            (Text("终止", "voids"), row.voids),
            (Text("重设", "sets anew"), (*row.restarts, *row.restores)),
            (Text("延长", "extends"), row.extends),
        ):
            for limit in limits:
                title = self.table.limits[limit].title.of(self.language)
                by = f"  +{row.extends_by}" if verb.en == "extends" else ""
                said = self.say(f"{verb.zh}期限“{title}”{by}", f"{verb.en} the limit '{title}'{by}")
                yield Sentence(Words(said, "warn"), indent=6)
        for kept in row.retains:
            told = length(kept.years, "year", self.language)
            said = self.say(f"“{kept.title.zh}”保存 {told}", f"'{kept.title.en}' kept for {told}")
            yield Sentence(Words(said, "warn"), indent=6)


def list_record(table: Procedure, language: Language) -> dict[str, Any]:
    """Return what `procedure list` says of a procedure as JSON-able data."""
    return {
        "procedure": table.id,
        "title": table.title.of(language),
        "article": table.article,
        "states": list(table.states),
        "steps": list(table.by_name),
        "limits": list(table.limits),
    }


def procedure_record(book: RuleBook, table: Procedure, language: Language) -> dict[str, Any]:
    """Return a procedure's table as JSON-able data."""
    return {
        "procedure": table.id,
        "rules": book.version,
        "title": table.title.of(language),
        "article": table.article,
        "parties": [{"role": party.role.value, "article": party.article} for party in table.parties],
        "states": [
            {
                "id": state.id,
                "title": state.title.of(language),
                "final": state.final,
                "owes": state.owes.value if state.owes else None,
            }
            for state in table.states.values()
        ],
        "limits": [
            {
                "id": limit.id,
                "title": limit.title.of(language),
                "working_days": limit.days,
                "article": limit.article,
                "owed_by": limit.owed_by.value,
                "outer_of": limit.outer_of,
            }
            for limit in table.limits.values()
        ],
        "pendings": [
            {
                "key": one.key,
                "value": one.value,
                "owes": one.owes.value,
                "duty": one.duty,
                "by": one.by,
                "article": one.article,
            }
            for one in table.pending
        ],
        "retentions": [
            {"id": kept.id, "title": kept.title.of(language), "years": kept.years, "article": kept.article}
            for kept in table.retentions.values()
        ],
        "steps": [
            {
                "step": row.name,
                "title": row.title.of(language),
                "kind": "step" if row.to else "activity",
                "from": list(row.sources),
                "to": row.to,
                "by": sorted(role.value for role in row.by),
                "article": row.article,
                "own": row.own,
                "quote": row.quote,
                "payload": dict(row.payload),
                "guards": [guard.id for guard in row.guards],
                "starts": list(row.starts),
                "meets": list(row.meets),
                "when": dict(row.when),
                "extends": list(row.extends),
                "extends_by": row.extends_by,
                "retains": [kept.id for kept in row.retains],
            }
            for row in table.rows
        ],
    }
