"""The rule pages: the law with its text beside its tables, generated from the shipped instruments and committed.

python -m gongxiang.rules.pages docs/rules
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from gongxiang import rules
from gongxiang.canonical import canonical
from gongxiang.errors import Refused
from gongxiang.rules import shelf
from gongxiang.rules.book_pages import book_page, differences
from gongxiang.rules.index_page import index_page
from gongxiang.rules.instrument import Instrument
from gongxiang.rules.markdown import page
from gongxiang.rules.places import LawOfPlaces
from gongxiang.rules.procedure_pages import procedure_page
from gongxiang.workflow.procedure import RuleBook

WHOLE = ("decree-330", "order-809", "zhejiang-2022", "liaoning-2025-08-01")
"""The rule books that have a folder, with a page for each procedure."""


def pages() -> dict[str, str]:
    """Return every page by its path under docs/rules. What other distributions bring has none."""
    law = LawOfPlaces(shelf.shipped().values(), shelf.source)
    instruments = {head.id: rules.instrument(head.id) for head in law.heads}
    whole = {name: instruments[name].book if name in instruments else law.named(name) for name in WHOLE}
    links = {name: f"{name}/README.md" if name in WHOLE else f"{name}.md" for name in (*WHOLE, *law.known())}
    made = {"README.md": page(index_page(law, tuple(instruments.values()), links))}
    for book in (*whole.values(), *(law.named(name) for name in law.known() if name not in WHOLE)):
        composing = {one.id: instruments[one.id] for one in book.instruments}
        made[links[book.id]] = page(_book(law, book, composing, whole))
    for name, book in whole.items():
        composing = {one.id: instruments[one.id] for one in book.instruments}
        for table in book.procedures.values():
            made[f"{name}/{table.id}.md"] = page(procedure_page(book, table, composing))
    return made


def _book(
    law: LawOfPlaces, book: RuleBook, instruments: Mapping[str, Instrument], whole: Mapping[str, RuleBook]
) -> Iterator[str]:
    """Yield the page of a rule book, with what differs from the one that governed there the day before it."""
    if book.id in whole:
        links, index = {name: f"{name}.md" for name in book.procedures}, "../README.md"
    else:
        links, index = _pages_of_the_same(book, whole), "README.md"
    yield from book_page(book, instruments, links, index)
    before = _before(law, book) if book.id in law.standings else None
    if before is not None:
        yield from differences(before, book)


def _pages_of_the_same(book: RuleBook, whole: Mapping[str, RuleBook]) -> dict[str, str]:
    """Return where the procedures are shown that a rule book has just as one with a folder has them."""
    shown = {
        _law_of(table): f"{name}/{table['procedure']}.md"
        for name, other in whole.items()
        for table in other.document["procedures"]
    }
    tables = {table["procedure"]: _law_of(table) for table in book.document["procedures"]}
    return {name: shown[text] for name, text in tables.items() if text in shown}


def _law_of(table: Mapping[str, Any]) -> str:
    """Return a table without the day and place that a composition writes into the guards and flags of an instrument."""
    tests = {
        kind: [{key: value for key, value in one.items() if key not in ("since", "prefix")} for one in table[kind]]
        for kind in ("guard", "flag")
        if kind in table
    }
    return canonical({**table, **tests})


def _before(law: LawOfPlaces, book: RuleBook) -> RuleBook | None:
    """Return the rule book that governed at a place on the day before this one; None where nothing did."""
    try:
        return law.book(book.territory.ljust(6, "0"), book.in_force - timedelta(days=1))
    except Refused:
        return None


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    for name, text in pages().items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
