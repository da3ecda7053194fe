"""The index of the rule pages: the instruments, the rule books of places, every conflict once, and what is unsure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from gongxiang.rules.book_screens import KINDS_OF_AUTHORITY
from gongxiang.rules.instrument import Instrument
from gongxiang.rules.markdown import Citing, both, table
from gongxiang.rules.places import LawOfPlaces, Standing
from gongxiang.rules.readings import AUTHORITIES
from gongxiang.workflow.procedure import text_of

_SOURCES = "../../gongxiang/rules"


def index_page(law: LawOfPlaces, instruments: Sequence[Instrument], pages: Mapping[str, str]) -> Iterator[str]:
    """Yield the index. `instruments` are all there are, the superior first; `pages` where each rule book's page is."""
    cite = Citing({one.id: one.short for one in instruments})
    yield "# 规则 The rules"
    yield ""
    yield "各部规则、由其组成的各地各日的规则、各处冲突与所取读法。"
    yield "The instruments, the rule books that they make at a place from a day on, and each conflict with its reading."
    yield "[How law is layered here](../explanation/law.md); [how to write rules](../how-to/write-rules.md)."
    yield ""
    yield from _instruments(instruments, pages)
    yield from _gaps(instruments, cite)
    yield from _places(law, pages, cite)
    yield from _conflicts(law, instruments, cite)
    yield from _unsure(instruments, cite)


def _instruments(instruments: Sequence[Instrument], pages: Mapping[str, str]) -> Iterator[str]:
    yield "## 规则，按位阶 Instruments by rank"
    yield ""
    rows = []
    for one in instruments:
        title = f"[{both(one.title)}]({pages[one.id]})" if one.id in pages else both(one.title)
        territory = f"{both(one.territory_title)} {f'{one.territory}…' if one.territory else ''}".strip()
        until = f" – {one.until - timedelta(days=1)}" if one.until else " 起"
        whole = (
            "完整 complete" if one.complete else f"不完整，{len(one.gaps)} 处缺漏 not complete, {len(one.gaps)} gaps"
        )
        rows.append(
            (
                f"{title}<br>{one.about['number']}",
                f"`{one.id}`<br>{both(one.short)}",
                both(one.rank.title),
                territory,
                f"{one.since}{until}",
                f"{len(one.articles)} 条 articles，{whole}",
                str(one.about["last_checked"]),
            )
        )
    head = (
        "规则",
        "代号、简称 id, cited as",
        "位阶 rank",
        "地域 territory",
        "施行 in force",
        "条文 text",
        "核对 last checked",
    )
    yield from table(head, rows)


def _gaps(instruments: Sequence[Instrument], cite: Citing) -> Iterator[str]:
    yield "## 缺漏 Gaps"
    yield ""
    rows = [
        (cite.short(one.id), gap.articles, f"{gap.what.zh}<br>{gap.what.en}", f"{gap.effect.zh}<br>{gap.effect.en}")
        for one in instruments
        for gap in one.gaps
    ]
    yield from table(("规则", "条 articles", "缺什么 what is missing", "因此 what the engine therefore does"), rows)


def _places(law: LawOfPlaces, pages: Mapping[str, str], cite: Citing) -> Iterator[str]:
    yield "## 各地各日的规则 The rule books of places, from a day on"
    yield ""
    rows = []
    standings = list(law.standings.values())
    for one, after in zip(standings, [*standings[1:], None], strict=True):
        followed = after is not None and after.place.prefix == one.place.prefix
        through = str(after.since - timedelta(days=1)) if after is not None and followed else ""
        made_of = "、".join(cite.short(head.id) for head in one.heads)
        rows.append((both(one.place.place_title), str(one.since), through, f"[{one.id}]({pages[one.id]})", made_of))
    head = ("地 place", "自 from", "至 through", "规则 rule book", "由何组成 made of, the superior first")
    yield from table(head, rows)


def _conflicts(law: LawOfPlaces, instruments: Sequence[Instrument], cite: Citing) -> Iterator[str]:
    listed = [conflict for one in instruments for conflict in one.conflicts]
    unsure = sum(conflict["unsure"] for conflict in listed)
    yield "## 冲突与所取读法 Conflicts, and the reading taken"
    yield ""
    yield f"{len(listed)} 处，其中存疑 {unsure} 处。{len(listed)}, {unsure} of them unsure."
    yield ""
    for conflict in listed:
        question, reading, confirmed = (text_of(conflict[key]) for key in ("question", "reading", "confirmed_by"))
        yield f"### {conflict['id']}"
        yield ""
        yield f"{cite.zh(conflict['between'])} · {cite.en(conflict['between'])}"
        if conflict["unsure"]:
            yield "**存疑 unsure**"
        yield ""
        yield f"- 问题：{question.zh} Question: {question.en}"
        yield f"- 读法：{reading.zh} Reading: {reading.en}"
        yield f"- 依据 Authority: *{conflict['authority']}*"
        yield f"- 确认：{confirmed.zh} Confirmed by: {confirmed.en}"
        yield f"- 见于 in: {', '.join(f'`{one.id}`' for one in law.standings.values() if _belongs(conflict, one))}"
        yield ""


def _belongs(conflict: Mapping[str, Sequence[str]], standing: Standing) -> bool:
    """Return whether all instruments of a conflict are in force in a rule book."""
    return {one.rpartition("/")[0] for one in conflict["between"]} <= {head.id for head in standing.heads}


def _unsure(instruments: Sequence[Instrument], cite: Citing) -> Iterator[str]:
    yield "## 仍然不确定的 What remains unsure"
    yield ""
    yield "没有任何读法经有权机关确认。No competent body has confirmed any reading."
    yield "标明存疑的冲突 The conflicts marked unsure:"
    yield ""
    for one in instruments:
        for conflict in one.conflicts:
            if conflict["unsure"]:
                yield f"- [{conflict['id']}](#{conflict['id']}): {text_of(conflict['question']).en}"
    yield ""
    yield "条文未尽之处的读法，按其依据 The readings of what the texts leave open, by their authority:"
    yield ""
    rows = []
    for one in instruments:
        kinds = [
            next(kind for kind in AUTHORITIES if entry.fields["Authority"].startswith(kind)) for entry in one.readings
        ]
        link = f"[{cite.short(one.id)}]({_SOURCES}/{one.folder.name}/interpretation.md)"
        rows.append((link, *(str(kinds.count(kind)) for kind in AUTHORITIES)))
    yield from table(("规则", *(f"{KINDS_OF_AUTHORITY[kind]} {kind}" for kind in AUTHORITIES)), rows)
    yield "`ours` 的读法没有任何条文可据。Those that are `ours` rest on no text."
