"""The page of a procedure: its picture, then every row under the paragraph of law that wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gongxiang.errors import Text
from gongxiang.rules.articles import paragraph
from gongxiang.rules.diagrams import ladders, mermaid
from gongxiang.rules.instrument import Instrument
from gongxiang.rules.markdown import Citing, both, quotation, role, span, table
from gongxiang.rules.readings import Reading
from gongxiang.rules.words import names_of
from gongxiang.workflow.procedure import Limit, Procedure, Row, RuleBook, Test
from gongxiang.workflow.vocabulary import ROLE_NAMES, Role

_EFFECTS = {
    "starts": "起算 starts",
    "meets": "完成 meets",
    "stops": "暂停 stops",
    "resumes": "恢复 resumes",
    "voids": "终止 voids",
    "restarts": "重新计算 computes anew",
    "restores": "恢复原期限 restores",
}
_OWN = "### 程序所需 Own: any procedure needs it, no article gives it"


def procedure_page(book: RuleBook, one: Procedure, instruments: Mapping[str, Instrument]) -> Iterator[str]:
    """Yield the page of one procedure of a rule book. `instruments` are those that the book is composed of."""
    yield from _Shown(book, one, instruments).lines()


class _Shown:
    """One table of a rule book beside the texts of its instruments."""

    def __init__(self, book: RuleBook, shown: Procedure, instruments: Mapping[str, Instrument]) -> None:
        self.book = book
        self.table = shown
        self.instruments = instruments
        self.names = names_of(book)
        self.cite = Citing(self.names)
        self.record: Mapping[str, Any] = next(
            entry for entry in book.document["procedures"] if entry["procedure"] == shown.id
        )

    def lines(self) -> Iterator[str]:
        yield f"# {both(self.table.title)}"
        yield ""
        yield f"`{self.table.id}` · {self.cite(self.table.article)} · [{self.book.title.zh}](README.md)"
        yield ""
        yield from self.pictures()
        yield from self.parties()
        yield from self.states()
        yield "## 步骤 Steps and activities"
        yield ""
        for article, rows in self.groups().items():
            yield from self.group(article, rows)
        yield from self.limits()
        yield from self.pendings()
        yield from self.retentions()
        yield from self.tests("## 条件 Guards: a step is refused where", "guards")
        yield from self.tests("## 标记 Flags: a case is marked where", "flags")
        yield from self.readings()

    def pictures(self) -> Iterator[str]:
        """Yield the picture; where each ground goes its instrument's own way, one picture an instrument."""
        for instrument, part in ladders(self.table):
            if instrument:
                yield f"情形出自{self.names[instrument].zh}。Grounds of {self.names[instrument].en}."
                yield ""
            yield from ("```mermaid", *mermaid(part, "zh", self.names).splitlines(), "```", "")

    def parties(self) -> Iterator[str]:
        yield "## 当事方 Parties"
        yield ""
        yield from table(
            ("角色 role", "部门类别 kinds", "条文 article"),
            [
                (role(one.role), ", ".join(sorted(one.kinds)), self.cite(one.article) if one.article else "")
                for one in self.table.parties
            ],
        )
        anchors = [ROLE_NAMES[one] for one in self.table.anchors]
        if len(anchors) == 1:
            yield f"管理部门由{anchors[0].zh}的级别和区划确定。"
            yield f"The authority is that of the {anchors[0].en}'s level and region."
        else:
            yield f"管理部门由{'和'.join(one.zh for one in anchors)}共同的最低一级区划确定。"
            named = " and ".join(one.en for one in anchors)
            yield f"The authority is that of the lowest place that covers {named}."
        if self.table.decisive:
            yield f"适用 `{self.table.decisive}` 之日施行的法。The law in force on that day governs."
        yield ""

    def states(self) -> Iterator[str]:
        yield "## 状态 States"
        yield ""
        rows = []
        for state in self.table.states.values():
            owes = f"{role(state.owes)}: `{state.duty}`" if state.owes else ""
            if state.owes_when_stopped:
                waits = f"等待 waits on `{state.waits_on}`" if state.waits_on else "暂停时 while stopped"
                owes += f"<br>{waits}: {role(state.owes_when_stopped)}"
            rows.append((f"{state.title.zh} `{state.id}`", "终结 final" if state.final else state.title.en, owes))
        yield from table(("状态 state", "", "下一步由谁办理 whose move"), rows)

    def groups(self) -> dict[str, list[Row]]:
        """Return the rows by article in the order of the table, those that no article gives at the end."""
        found: dict[str, list[Row]] = {}
        for row in sorted(self.table.rows, key=lambda row: row.article is None):
            found.setdefault(row.article or "", []).append(row)
        return found

    def group(self, article: str, rows: list[Row]) -> Iterator[str]:
        yield f"### {self.cite(article)}" if article else _OWN
        yield ""
        if article:
            yield from quotation(self.law(article))
        yield from table(
            ("步骤 step", "自 from", "至 to", "由谁 by", "须写明 carries", "效果 effects", "条件 guards"),
            [_row(row) for row in rows],
        )

    def law(self, article: str) -> str:
        """Return the paragraph of the instrument that wrote a row."""
        whose = self.instruments[article.rpartition("/")[0]]
        return paragraph(whose.articles, article) or ""

    def limits(self) -> Iterator[str]:
        yield "## 期限 Limits"
        yield ""
        if not self.table.limits:
            yield "条文没有天数，不计算日期。The text gives no number of days, so no date is computed."
            yield ""
            return
        yield from table(
            ("期限 limit", "长短 length", "起算 from", "由谁 owed by", "条文 article", "届满 when it passes"),
            [self.limit(limit) for limit in self.table.limits.values()],
        )
        notes = [note for limit in self.table.limits.values() for note in self.notes(limit)]
        yield from [*notes, ""] if notes else []

    def notes(self, limit: Limit) -> Iterator[str]:
        """Yield behind which stricter limit a limit stands, and by which steps and how much it is extended."""
        if limit.outer_of:
            strict = self.table.limits[limit.outer_of]
            yield (
                f"- `{strict.id}` 较严，以此为准；`{limit.id}` 是其后的法定外限。"
                f"`{strict.id}` ({self.cite.en([strict.article])}) is the stricter and due; "
                f"`{limit.id}` ({self.cite.en([limit.article])}) is the outer limit behind it."
            )
        extending = [row for row in self.table.rows if limit.id in row.extends]
        for name, by in dict.fromkeys((row.name, row.extends_by) for row in extending):
            yield (
                f"- `{limit.id}` 可由 `{name}` 延长，天数见 `{by}`，自届满日的次日起计。"
                f"`{name}` extends it by `{by}` working days, from the day after the due day."
            )

    def limit(self, limit: Limit) -> tuple[str, ...]:
        entry = next(one for one in self.record["limit"] if one["id"] == limit.id)
        parameter = entry.get("parameter")
        number = self.book.parameters[parameter] if parameter else None
        start = f"`{limit.counted_from}` 次日 the day after" if limit.counted_from else "行为次日 the day after the act"
        passes = f"`{limit.on_lapse}`" if limit.on_lapse else "仍应办理 still owed"
        if limit.proposal:
            grounds = ", ".join((limit.proposal.ground, *limit.proposal.alternatives))
            passes += f"；建议 proposes `{limit.proposal.procedure}` ({grounds})"
        if limit.outer_of:
            passes += f"<br>外限 outer limit of `{limit.outer_of}`"
        return (
            f"{both(limit.title)} `{limit.id}`",
            f"{span(number.value, number.unit)} (`{parameter}`)" if number else "由该行为书定 set by the act",
            start,
            role(limit.owed_by),
            self.cite(limit.article),
            passes,
        )

    def pendings(self) -> Iterator[str]:
        if not self.table.pending:
            return
        yield "## 待办 Owed while another waits for it"
        yield ""
        yield from table(
            ("案中记有 while the case remembers", "由谁 owed by", "应办 step", "届满 by", "条文 article"),
            [
                (
                    f"`{one.key}` = {one.value}",
                    role(one.owes),
                    f"`{one.duty}`",
                    f"`{one.by}`" if one.by else "",
                    self.cite(one.article) if one.article else "",
                )
                for one in self.table.pending
            ],
        )

    def retentions(self) -> Iterator[str]:
        if not self.table.retentions:
            return
        yield "## 保存 Records to be kept"
        yield ""
        yield from table(
            ("记录 records", "至少 at least", "条文 article"),
            [
                (f"{both(one.title)} `{one.id}`", span(one.years, "year"), self.cite(one.article))
                for one in self.table.retentions.values()
            ],
        )

    def tests(self, title: str, kind: str) -> Iterator[str]:
        tests: dict[str, Test] = {test.id: test for row in self.table.rows for test in getattr(row, kind)}
        if not tests:
            return
        yield title
        yield ""
        yield from table(
            ("", "说明 what it says", "条文 article", "怎么办 mend"),
            [
                (
                    f"`{test.id}`",
                    _lines(test.text),
                    self.cite(test.article) if test.article else "",
                    _lines(test.mend) if test.mend else "",
                )
                for test in tests.values()
            ],
        )

    def readings(self) -> Iterator[str]:
        """Yield the readings of every instrument: of those laid on the floor, what bears on the articles in use."""
        yield "## 条文未尽之处 What the text leaves open"
        yield ""
        floor, cited = self.table.article.rpartition("/")[0], set(_cited(self.record))
        acts = {*self.table.by_name, "lapse", "recalculate"}
        for instrument in self.instruments.values():
            entries = []
            for reading in instrument.readings:
                whose = [one if "/" in one else f"{instrument.id}/{one}" for one in reading.articles]
                steps = [
                    step for name, _, step in (one.partition("/") for one in reading.affects) if name == self.table.id
                ]
                steps = [step for step in steps if step in acts]
                if steps and (instrument.id == floor or cited & {_article(one) for one in whose}):
                    entries.append((reading, whose, steps))
            if entries and len(self.instruments) > 1:
                yield f"**{both(instrument.title)}**"
                yield ""
            for reading, whose, steps in entries:
                yield from self.reading(reading, whose, steps)

    def reading(self, reading: Reading, articles: list[str], steps: list[str]) -> Iterator[str]:
        yield f"### {reading.id}"
        yield ""
        yield f"{self.cite.zh(articles)}；{', '.join(f'`{step}`' for step in steps)}"
        yield ""
        yield f"- {reading.fields['Question']}"
        yield f"- {reading.fields['Reading']}"
        yield f"- *{reading.fields['Authority']}*"
        if "Setting" in reading.fields:
            yield f"- {reading.fields['Setting']}"
        yield ""


def _lines(text: Text) -> str:
    return f"{text.zh}<br>{text.en}"


def _article(reference: str) -> str:
    """Return a reference without its paragraph."""
    return reference.partition(".")[0]


def _cited(value: Any) -> Iterator[str]:
    """Yield every article that a table's records rest on."""
    if isinstance(value, Mapping):
        if isinstance(value.get("article"), str):
            yield _article(value["article"])
        value = list(value.values())
    for entry in value if isinstance(value, list) else ():
        yield from _cited(entry)


def _row(row: Row) -> tuple[str, ...]:
    sources = "立案 opens" if row.opens else ", ".join(f"`{state}`" for state in row.sources)
    asked = "; ".join(f"{key} = {value}" for key, value in row.when.items())
    quote = f"<br>“{row.quote}”" if row.quote else ""
    return (
        f"**{row.title.zh}** `{row.name}`<br>{row.title.en}{quote}",
        sources + (f"<br>({asked})" if asked else ""),
        f"`{row.to}`" if row.to else "不变 stays",
        "、".join(role(one) for one in sorted(row.by, key=list(Role).index)),
        _carried(row),
        "<br>".join(_effects(row)),
        ", ".join(f"`{guard.id}`" for guard in row.guards),
    )


def _carried(row: Row) -> str:
    said = ", ".join(f"`{name}`: {kind}" for name, kind in row.payload.items())
    for words, names in (("恰有其一 exactly one of", row.exactly_one), ("至多其一 at most one of", row.at_most_one)):
        if names:
            said += f"<br>{words} {', '.join(f'`{name}`' for name in names)}"
    return said


def _effects(row: Row) -> Iterator[str]:
    """Yield what a row does to limits, to what the case remembers and keeps, and in linked cases."""
    yield from (f"{words}: `{name}`" for key, words in _EFFECTS.items() for name in getattr(row, key))
    yield from (f"延长 extends: `{name}` (`{row.extends_by}`)" for name in row.extends)
    yield from (f"保存 keeps: `{one.id}`" for one in row.retains)
    yield from (f"记住 remembers: `{key}` = {value}" for key, value in row.remember.items())
    yield from (f"不再记住 forgets: `{key}`" for key in row.forget)
    yield from (f"标记 flags: `{flag.id}`" for flag in row.flags)
    for follow in row.follows:
        yield f"关联案件 in the linked case: `{follow.procedure + '/' if follow.procedure else ''}{follow.step}`"
