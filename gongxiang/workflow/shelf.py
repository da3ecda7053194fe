"""The rule books at hand: those that the law gives new cases, and those that running cases are pinned to."""

from __future__ import annotations

from datetime import date
from weakref import WeakValueDictionary

from gongxiang.errors import Reason, Refused, Text
from gongxiang.nearest import did_you_mean
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.law import Law
from gongxiang.workflow.procedure import Procedure, RuleBook
from gongxiang.workflow.store import Transaction

_COMPILED: WeakValueDictionary[str, RuleBook] = WeakValueDictionary()
"""The rule books that somebody in this process holds, by hash: compiling one takes longer than most acts."""


class Shelf:
    """Rule books by hash. A case keeps the version it was opened under, whatever this program ships today."""

    def __init__(self, law: Law) -> None:
        self._law = law
        self._books: dict[str, RuleBook] = {}

    @property
    def latest(self) -> RuleBook:
        """The newest rule book of the home place."""
        return self._kept(self._law.latest)

    def governing(self, region: str, day: date) -> RuleBook:
        """Return the rule book that governs new cases at a region on a day. Raises Refused where there is none."""
        return self._kept(self._law.book(region, day))

    def _kept(self, book: RuleBook) -> RuleBook:
        _COMPILED[book.hash] = book
        return self._books.setdefault(book.hash, book)

    def __call__(self, transaction: Transaction, version: str) -> RuleBook:
        """Return the rule book of that hash, compiled from the document that the database keeps if it is not at
        hand.
        """
        book = self._books.get(version)
        if book is None:
            document = transaction.rule_book(version)
            if document is None:
                raise Refused(
                    Reason(
                        "unknown_rule_book",
                        Text(f"数据库中没有规则版本{version[:16]}", f"the database lacks the rule book {version[:16]}"),
                        None,
                        Text("数据库不完整，请从备份恢复", "the database is incomplete; restore a backup"),
                    )
                )
            # The document is the one that hashes to this: a book compiled from it elsewhere in this process serves.
            book = self._kept(_COMPILED.get(version) or rule_book(document))
        return book

    def procedure(self, book: RuleBook, name: str) -> Procedure:
        """Return a procedure of the book. Raises Refused with the nearest name."""
        found = book.procedures.get(name)
        if found is None:
            near = did_you_mean(name, book.procedures)
            raise Refused(
                Reason(
                    "unknown_procedure",
                    Text(f"没有程序“{name}”{near.zh}", f"there is no procedure '{name}'{near.en}"),
                    None,
                    Text(
                        f"可用的程序：{'、'.join(book.procedures)}", f"the procedures are {', '.join(book.procedures)}"
                    ),
                )
            )
        return found
