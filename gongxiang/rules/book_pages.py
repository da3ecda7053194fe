"""The page of a rule book: its instruments, procedures, numbers, grounds, conflicts, and what is new in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gongxiang.rules.book_screens import WORDS, standing_of, titles_of
from gongxiang.rules.comparing import Change, ProcedureChange, compare
from gongxiang.rules.instrument import Instrument
from gongxiang.rules.markdown import Citing, both, span, table
from gongxiang.rules.parts import SECTIONS
from gongxiang.rules.words import KINDS, names_of
from gongxiang.workflow.procedure import RuleBook, text_of

MARKS = {"added": "+", "removed": "−", "changed": "~"}


def book_page(
    book: RuleBook, instruments: Mapping[str, Instrument], pages: Mapping[str, str], index: str
) -> Iterator[str]:
    """Yield what a rule book is made of. `pages` are where each procedure's page is; `index` where the index is."""
    cite = Citing(names_of(book))
    yield f"# {both(book.title)}"
    yield ""
    yield from _about(book, instruments, cite)
    yield from _instruments(book, instruments, index)
    yield from _procedures(book, pages, cite)
    yield from _numbers(book, cite)
    yield from _grounds(book, cite)
    yield from _conflicts(book, index, cite)


def _about(book: RuleBook, instruments: Mapping[str, Instrument], cite: Citing) -> Iterator[str]:
    territory = f"GB/T 2260 {book.territory}…" if book.territory else "任何区划 every region"
    said = [
        ("id", f"`{book.id}`, `{book.version}`"),
        ("施行 in force", f"{book.in_force} ({cite(book.in_force_article)})"),
        ("地域 territory", f"{territory} ({cite(book.territory_article)})"),
    ]
    if book.id in instruments:
        one = instruments[book.id]
        said[1:1] = [
            ("文号 number", str(one.about["number"])),
            ("性质 rank", both(one.rank.title)),
            ("通过 adopted", str(one.about["adopted"])),
            ("签署 signed", str(one.about["signed"])),
        ]
        said += [
            ("条文 articles", f"{len(one.articles)}, {'完整 complete' if one.complete else '不完整 in part'}"),
            ("来源 source", str(one.about["source"])),
            ("核对 last checked", str(one.about["last_checked"])),
        ]
    yield from table(("", ""), said)


def _instruments(book: RuleBook, instruments: Mapping[str, Instrument], index: str) -> Iterator[str]:
    yield "## 规则 Instruments, the superior first"
    yield ""
    rows = []
    for one in book.instruments:
        held = instruments[one.id]
        whole = "完整 complete" if one.complete else f"不完整 {len(held.gaps)} [缺漏 gaps]({index}#缺漏-gaps)"
        rows.append((f"{both(one.title)} `{one.id}`", both(one.short), both(held.rank.title), f"{one.since} 起", whole))
    yield from table(("规则", "简称 cited as", "位阶 rank", "施行 in force", "完整性 completeness"), rows)


def _procedures(book: RuleBook, pages: Mapping[str, str], cite: Citing) -> Iterator[str]:
    yield "## 程序 Procedures"
    yield ""
    rows = [
        (
            f"[{both(one.title)}]({pages[one.id]})" if one.id in pages else f"{both(one.title)} `{one.id}`",
            cite(one.article),
            str(len(one.states)),
            str(len(one.by_name)),
            "、".join(limit.title.zh for limit in one.limits.values()) or "无 none",
        )
        for one in book.procedures.values()
    ]
    yield from table(("程序", "条文", "状态 states", "步骤 steps", "期限 limits"), rows)
    if any(name not in pages for name in book.procedures):
        yield f"没有单独一页的 Those without a page: `gongxiang procedure show NAME --rules {book.id}`."
        yield ""


def _numbers(book: RuleBook, cite: Citing) -> Iterator[str]:
    if not book.parameters:
        return
    yield "## 法定数字 The numbers of the law"
    yield ""
    standing, titles = standing_of(book), titles_of(book)
    rows = []
    for one in book.parameters.values():
        word = f"<br>{both(WORDS[standing[one.id]])}" if one.id in standing else ""
        rows.append(
            (
                f"{both(text_of(titles.get(one.id), one.id))} `{one.id}`",
                span(one.value, one.unit) + word,
                one.since.isoformat(),
                cite(one.article),
                one.source,
            )
        )
    yield from table(("参数 parameter", "值 value", "自 since", "条文 article", "来源 source"), rows)


def _grounds(book: RuleBook, cite: Citing) -> Iterator[str]:
    if not book.grounds:
        return
    yield "## 情形 Grounds"
    yield ""
    rows = [
        (f"`{one['id']}`", cite(one["article"]), one["text"], both(book.grounds[one["id"]]))
        for one in book.document["grounds"]
    ]
    yield from table(("", "条文 article", "条文 text", "简称 title"), rows)


def _conflicts(book: RuleBook, index: str, cite: Citing) -> Iterator[str]:
    yield "## 冲突与所取读法 Conflicts, and the reading taken"
    yield ""
    if not book.conflicts:
        alone = len(book.instruments) == 1
        yield "只有一部规则，没有冲突。One instrument alone: no conflict." if alone else "没有冲突。None."
        yield ""
        return
    rows = [
        (
            f"[{one.id}]({index}#{one.id})",
            cite.zh(one.between) + "<br>" + cite.en(one.between),
            f"{one.reading.zh}<br>{one.reading.en}",
            "存疑 unsure" if one.unsure else "",
        )
        for one in book.conflicts
    ]
    yield from table(("", "条文 between", "读法 reading", ""), rows)


def differences(before: RuleBook, after: RuleBook) -> Iterator[str]:
    """Yield what differs in a rule book from the one that governed there before it."""
    found, cite = compare(before, after), Citing(names_of(before, after))
    yield f"## 与此前的差异 What differs from `{before.id}`"
    yield ""
    yield "`+` 新增 new, `−` 不再有 gone, `~` 有变化 changed."
    yield f"全部 In full: `gongxiang rules diff {before.id} {after.id}`."
    yield ""
    if found.same:
        yield "没有差异。Nothing differs."
        yield ""
    for kind, changes in found.wholes.items():
        if changes:
            yield f"**{both(KINDS[kind])}**"
            yield ""
            yield from _listed(changes, cite)
    for one in found.procedures:
        yield from _procedure(one, cite)


def _listed(changes: Iterable[Change], cite: Citing) -> Iterator[str]:
    for one in changes:
        value = f": {span(one.record['value'], one.record['unit'])}" if one.kind == "number" else ""
        cited = f" ({cite.en(one.articles)})" if one.articles else ""
        yield f"- {MARKS[one.word]} {_called(one)}{value}{cited}{_keys(one)}"
    yield ""


def _called(one: Change) -> str:
    return f"{one.title.zh} `{one.id}`" if one.kind != "conflict" else f"`{one.id}`"


def _keys(one: Change) -> str:
    said = ", ".join(_detail(detail.key, detail.before, detail.after) for detail in one.details)
    return f": {said}" if said else ""


def _detail(key: str, before: Any, after: Any) -> str:
    """Return what differs under a key: both values where they are plain, else the key alone."""
    plain = all(value is None or isinstance(value, str | int) for value in (before, after))
    return f"{key} {before} → {after}" if plain and key not in ("text", "mend", "title") else key


def _procedure(one: ProcedureChange, cite: Citing) -> Iterator[str]:
    """Yield a procedure's differences, a line a kind of record: what is new, gone and changed."""
    title = text_of(one.record["title"])
    mark = "" if one.word == "changed" else f"{MARKS[one.word]} "
    yield f"**{mark}{both(title)}** `{one.id}`"
    yield ""
    rows = []
    for kind in SECTIONS:
        changes = one.sections.get(kind, ())
        cells = [
            "<br>".join(dict.fromkeys(_short(change, cite) for change in changes if change.word == word))
            for word in MARKS
        ]
        if changes:
            rows.append((both(KINDS[kind]), *cells))
    yield from table(("", *MARKS.values()), rows)


def _short(one: Change, cite: Citing) -> str:
    """Return a record in a cell: what it is called; a new one with its article, a changed one with what differs."""
    title = one.title.zh if one.kind not in ("guard", "flag") else ""
    said = f"{title} `{one.id}`".strip()
    if one.word == "changed":
        return f"{said} ({', '.join(detail.key for detail in one.details)})"
    return said + (f" {cite.en(one.articles)}" if one.articles else "")
