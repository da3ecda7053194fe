"""The law as people read it: instruments, each article beside what the tables make of it, a procedure as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gongxiang.citation import cite, numeral_of
from gongxiang.errors import Language
from gongxiang.page import BLANK, Beside, Block, Column, Facts, Grid, Heading, Phrase, Sentence, Tone, Words
from gongxiang.rules.instrument import Instrument
from gongxiang.workflow.procedure import Procedure, Row, RuleBook
from gongxiang.workflow.vocabulary import ROLE_NAMES


def instruments(known: Iterable[Instrument], language: Language) -> Iterator[Block]:
    """Yield the shipped instruments."""
    for one in known:
        yield Heading([Words(one.id, "accent"), "  ", Words(one.title.of(language), "strong")])
        yield Facts(
            (
                (_say(language, "文号", "Number"), one.about["number"]),
                (
                    _say(language, "施行", "In force"),
                    _say(language, f"自 {one.book.in_force} 起", f"from {one.book.in_force}"),
                ),
                (_say(language, "条文", "Articles"), str(len(one.articles))),
                (_say(language, "程序", "Procedures"), "  ".join(one.book.procedures)),
                (_say(language, "版本", "Version"), one.book.version),
            ),
            indent=2,
        )


def _say(language: Language, zh: str, en: str) -> str:
    return zh if language == "zh" else en


def instrument(one: Instrument, numbers: Iterable[int], language: Language) -> Iterator[Block]:
    """Yield articles, the text on the left and what the tables make of it on the right."""
    yield Heading(one.title.of(language), one.about["number"])
    for number in numbers:
        article = one.articles[number]
        yield Heading(Words(_say(language, f"第{numeral_of(number)}条", f"Article {number}"), "accent"))
        made = derived(one.book, number)
        for place, text in enumerate(article.paragraphs, start=1):
            mine = [entry for entry in made if entry["paragraph"] == place or (place == 1 and entry["paragraph"] == 0)]
            yield Beside(text.split("\n"), list(_made(mine, one.book, language)))
            yield BLANK


def _made(entries: Iterable[Mapping[str, Any]], book: RuleBook, language: Language) -> Iterator[Phrase]:
    """Yield what rests on a paragraph: its numbers, then by procedure each step, limit and guard once."""
    seen: set[tuple[str, str, str]] = set()
    heading = ""
    for entry in sorted(entries, key=lambda entry: entry["kind"] != "number"):
        procedure = entry.get("procedure", "")
        if (procedure, entry["kind"], entry["name"]) in seen:
            continue
        seen.add((procedure, entry["kind"], entry["name"]))
        if procedure and procedure != heading:
            heading = procedure
            yield [Words(book.procedures[procedure].title.of(language), "strong"), Words(f"  {procedure}", "dim")]
        yield _entry(entry, language)


def derived(book: RuleBook, number: int) -> list[dict[str, Any]]:
    """Return what rests on an article: numbers, limits, steps and guards, each with its paragraph (0: the whole)."""
    found: list[dict[str, Any]] = []

    def add(reference: str | None, kind: str, **said: Any) -> None:
        place, _, paragraph = (reference or "").rpartition("/")[2].partition(".")
        if place == str(number):
            found.append({"paragraph": int(paragraph or 0), "kind": kind, **said})

    for parameter in book.parameters.values():
        add(parameter.article, "number", name=parameter.id, value=parameter.value, unit=parameter.unit)
    for table in book.procedures.values():
        for limit in table.limits.values():
            add(limit.article, "limit", name=limit.id, procedure=table.id, title=limit.title, role=limit.owed_by)
        for row in table.rows:
            add(
                row.article,
                "step" if row.to else "activity",
                name=row.name,
                procedure=table.id,
                title=row.title,
                by=row.by,
            )
        for guard in {guard.id: guard for row in table.rows for guard in row.guards}.values():
            add(guard.article, "guard", name=guard.id, procedure=table.id, title=guard.text)
    return found


def _entry(entry: Mapping[str, Any], language: Language) -> Phrase:
    kind, name = entry["kind"], entry["name"]
    if kind == "number":
        unit = _say(language, "个工作日", "working days") if entry["unit"] == "working_day" else entry["unit"]
        return [Words("# ", "good"), Words(f"{entry['value']} {unit}", "strong"), Words(f"  {name}", "dim")]
    mark, tone = _MARKS[kind]
    said: list[str | Words] = [Words(f"{mark} ", tone), entry["title"].of(language)]
    return said if kind == "guard" else [*said, Words(f"  {name}", "dim")]


_MARKS: Mapping[str, tuple[str, Tone]] = {
    "limit": ("◷", "warn"),
    "guard": ("✗", "bad"),
    "step": ("→", "accent"),
    "activity": ("○", "accent"),
}


def record(one: Instrument, numbers: Iterable[int], language: Language) -> dict[str, Any]:
    """Return the articles and what rests on them as JSON-able data."""
    articles = []
    for number in numbers:
        made = []
        for entry in derived(one.book, number):
            plain = {key: value for key, value in entry.items() if key not in ("title", "by", "role")}
            if "title" in entry:
                plain["title"] = entry["title"].of(language)
            if "by" in entry:
                plain["by"] = sorted(role.value for role in entry["by"])
            made.append(plain)
        articles.append({"article": number, "paragraphs": list(one.articles[number].paragraphs), "table": made})
    about = {"id": one.id, "title": one.title.of(language), "number": one.about["number"], "version": one.book.version}
    return {**about, "in_force": one.book.in_force.isoformat(), "articles": articles}


def procedures(known: Iterable[Procedure], language: Language) -> Iterator[Block]:
    """Yield the procedures, a line each."""
    rows: list[list[Phrase]] = [
        [
            Words(table.id, "accent"),
            table.title.of(language),
            cite(table.article, language),
            str(len(table.states)),
            str(len({row.name for row in table.rows})),
            _say(language, "、", ", ").join(limit.title.of(language) for limit in table.limits.values()) or "—",
        ]
        for table in known
    ]
    columns = (
        Column(_say(language, "名称", "Name")),
        Column(_say(language, "程序", "Procedure"), most=26, gives=True),
        Column(_say(language, "条文", "Article")),
        Column(_say(language, "状态", "States"), right=True),
        Column(_say(language, "步骤", "Steps"), right=True),
        Column(_say(language, "期限", "Limits"), gives=True),
    )
    yield Grid(columns, rows)


def procedure(table: Procedure, language: Language) -> Iterator[Block]:
    """Yield a procedure as its table: states, limits, then every step in its order, under its sentence of law."""
    yield Heading(
        [Words(table.title.of(language), "strong"), Words(f"  {table.id}", "accent")], cite(table.article, language)
    )
    yield Facts([(ROLE_NAMES[party.role].of(language), cite(party.article, language)) for party in table.parties])
    yield Heading(_say(language, "状态", "States"))
    yield Grid(
        (Column(), Column(gives=True), Column(), Column(gives=True)),
        [
            [
                Words(state.id, "accent"),
                state.title.of(language),
                Words(_say(language, "终结", "final") if state.final else "", "dim"),
                Words(
                    ROLE_NAMES[state.owes].of(language) + _say(language, "办理", " to move") if state.owes else "",
                    "dim",
                ),
            ]
            for state in table.states.values()
        ],
        indent=2,
    )
    if table.limits:
        yield Heading(_say(language, "期限", "Limits"))
        yield Grid(
            (Column(), Column(gives=True), Column(), Column(), Column(gives=True)),
            [
                [
                    Words(limit.id, "accent"),
                    limit.title.of(language),
                    _say(language, f"{limit.days} 个工作日", f"{limit.days} working days")
                    if limit.days
                    else _say(language, "由责令确定", "set by the order"),
                    cite(limit.article, language),
                    ROLE_NAMES[limit.owed_by].of(language),
                ]
                for limit in table.limits.values()
            ],
            indent=2,
        )
    yield Heading(
        _say(language, "步骤与活动", "Steps and activities"), _say(language, "○ 不改变状态", "○ moves no state")
    )
    quoted: str | None = None
    for row in table.rows:
        if row.quote and row.quote != quoted:
            yield BLANK
            yield Sentence(Words(f"“{row.quote}”", "dim"), indent=2, hang=2)
        quoted = row.quote or quoted
        yield from _row(table, row, language)


def _row(table: Procedure, row: Row, language: Language) -> Iterator[Block]:
    basis = cite(row.article, language) if row.article else _say(language, "程序所需", "own")
    mark = Words("→ " if row.to else "○ ", "accent")
    roles = _say(language, "、", ", ").join(ROLE_NAMES[role].of(language) for role in sorted(row.by))
    yield Sentence(
        [
            mark,
            Words(row.title.of(language), "strong"),
            Words(f"  {row.name}", "accent"),
            f"  {roles}",
            Words(f"  {basis}", "dim"),
        ],
        indent=2,
        hang=4,
    )
    sources = _say(language, "、", ", ").join(table.states[source].title.of(language) for source in row.sources)
    target = table.states[row.to].title.of(language) if row.to else _say(language, "（状态不变）", "(stays)")
    opened = _say(language, "（立案）", "(opens the case)")
    yield Sentence([Words(f"{sources or opened} → {target}")], indent=6, hang=2)
    carried = _say(language, "、", ", ").join(
        f"{name}{'?' if kind.endswith('?') else ''}" for name, kind in row.payload.items()
    )
    if carried:
        yield Sentence(Words(_say(language, "内容：", "carries: ") + carried, "dim"), indent=6, hang=2)
    for verb_zh, verb_en, limits in (
        ("起算", "starts", row.starts),
        ("办结", "meets", row.meets),
        ("暂停", "stops", row.stops),
        ("恢复", "resumes", row.resumes),
        ("终止", "voids", row.voids),
        ("重设", "sets anew", (*row.restarts, *row.restores)),
    ):
        for limit in limits:
            title = table.limits[limit].title.of(language)
            yield Sentence(
                Words(_say(language, f"{verb_zh}期限“{title}”", f"{verb_en} the limit '{title}'"), "warn"), indent=6
            )


def procedure_record(table: Procedure, language: Language) -> dict[str, Any]:
    """Return a procedure's table as JSON-able data."""
    return {
        "procedure": table.id,
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
            }
            for limit in table.limits.values()
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
            }
            for row in table.rows
        ],
    }
