"""Migrations as the registers have them: the document of each, and the cases named held against the events in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import Row
from gongxiang.workflow.verify.document import Document, digest_of, document_faults
from gongxiang.workflow.verify.findings import Finding, named, versus
from gongxiang.workflow.verify.tables import Record

Key = tuple[str, ...]


class Migrations:
    """The entries of the register, and what still waits for its other half."""

    def __init__(self, rule_books: Mapping[str, Record]) -> None:
        self._books = rule_books
        self._documents: dict[Key, Document | None] = {}
        self._stated: dict[Key, list[int]] = {}
        self._made: list[tuple[Key, int]] = []

    def entered(self, row: Row, entry: Record) -> Iterator[tuple[str, Text]]:
        """Note an entry of the register; yield what is wrong in it by itself."""
        said, version, cases = entry["document"], entry["to"], entry["cases"]
        if row.name != (digest := digest_of(said)):
            yield "migration", versus(digest, row.name)
        if not cases or cases != sorted(set(cases)):
            yield "migration", named(cases)
        for case in cases:
            self._stated.setdefault(_key(case, row, row.name, version, entry["signer"]), []).append(row.seq)
        document: Document | None = None
        if version not in self._books:
            yield "rule_book", named(version)
        elif bad := list(document_faults(said, version, self._books[version])):
            yield "migration_document", named(", ".join(bad))
        else:
            document = Document(said)
        self._documents[_entry(row, row.name, str(version))] = document

    def document(self, row: Row, payload: Record) -> Document | None:
        """Return the document under which an event says it was made; None where none is entered, or none that is fit to
        be followed.
        """
        return self._documents.get(_entry(row, str(payload.get("document")), row.rules))

    def named(self, version: str) -> Record | None:
        """Return the rule book of that hash, if the database keeps it."""
        return self._books.get(version)

    def made(self, row: Row, payload: Record) -> None:
        """Note a migration in a case."""
        key = _key(row.case, row, str(payload.get("document")), row.rules, str(payload.get("signer")))
        self._made.append((key, row.seq))

    def findings(self) -> Iterator[Finding]:
        """Yield what stands on one side alone or more often, once every chain has been read."""
        left = {key: list(entries) for key, entries in self._stated.items()}
        for key, seq in self._made:
            if left.get(key):
                left[key].pop(0)
            else:
                yield Finding(key[0], seq, "migration", named(" ".join(key)))
        for key, entries in left.items():
            for seq in entries:
                yield Finding("", seq, "migration", named(" ".join(key)))


def _entry(row: Row, digest: str, version: str) -> Key:
    return (digest, version, row.moment, row.by)


def _key(case: Any, row: Row, digest: str, version: Any, signer: Any) -> Key:
    return (str(case), *_entry(row, digest, str(version)), str(signer))
