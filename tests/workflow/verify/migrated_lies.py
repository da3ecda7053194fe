"""The table of lies about a migration: what was rewritten, where it must be found, and under which code.

The ledger is that of migrated.py. M-1 was moved by its fourth event and back by its seventh; the second migration made
its reply due earlier.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from hands import body, deadline, doubled, dropped, effect, field, without
from migrated import RENAMED, entry, new, old, redocumented
from tampering import Ledger, canonical

Document = dict[str, Any]
SHARING, ORDERING = 0, 2
"""Where the procedures stand in the first document."""


class Lie(NamedTuple):
    """What was rewritten, in which chain and event it must be found ("": the n-th migration of the register)."""

    what: str
    case: str
    seq: int
    code: str
    change: Callable[[Ledger], None]


def entered(number: int, change: Callable[[Document], object]) -> Callable[[Ledger], None]:
    """Return the rewriting of an entry of the register, not of its document."""
    return lambda ledger: body("", entry(ledger, number), change)(ledger)


def entered_by(number: int, **values: Any) -> Callable[[Ledger], None]:
    return lambda ledger: field("", entry(ledger, number), **values)(ledger)


def said(number: int, **values: Any) -> Callable[[Ledger], None]:
    """Return the rewriting of what a document says on the whole."""
    return redocumented(number, lambda one: one.update(values))


def told(number: int, procedure: int, key: str, **values: Any) -> Callable[[Ledger], None]:
    """Return the rewriting of what a document says of states or limits; None: nothing any more."""

    def change(one: Document) -> None:
        table = one["procedure"][procedure][key]
        table.update(values)
        for name in [name for name, value in table.items() if value is None]:
            del table[name]

    return redocumented(number, change)


def carried(case: str, seq: int, **values: Any) -> Callable[[Ledger], None]:
    return body(case, seq, lambda one: one["payload"].update(values))


def put(case: str, seq: int, like: tuple[str, int], **values: Any) -> Callable[[Ledger], None]:
    """Return the rewriting that puts an event like another after event `seq` of a case, its body with other values."""

    def rewrite(ledger: Ledger) -> None:
        row = dict(ledger.row(*like), case=case)
        row["body"] = canonical({**json.loads(row["body"]), **values})
        ledger.rows.insert(ledger.index(case, seq) + 1, row)
        ledger.reseal(case)

    return rewrite


def put_off(ledger: Ledger) -> None:
    """The lapse of O-2, written after the migration that it came before."""
    place = ledger.index("O-2", 3)
    lapse, move = ledger.rows[place : place + 2]
    ledger.rows[place : place + 2] = [move, lapse]
    lapse["body"] = move_to(lapse["body"], "reported", "reported")
    move["body"] = move_to(move["body"], "ordered", "ordered")
    ledger.reseal("O-2")


def move_to(text: str, origin: str, target: str) -> str:
    return canonical({**json.loads(text), "from": origin, "to": target})


def longer(ledger: Ledger) -> None:
    """Another signer, in the case alone."""
    carried("M-1", 4, signer="李某")(ledger)


def later(ledger: Ledger) -> None:
    """The migration an hour later, in the case alone."""
    ledger.row("M-1", 4)["at"] += timedelta(hours=1)
    ledger.row("M-1", 4)["recorded_at"] += timedelta(hours=1)
    ledger.reseal("M-1")


def of_the_register() -> list[Lie]:
    """What the entry says: by whom, which document, which cases."""
    return [
        Lie("a digest of another document", "", 0, "migration", entered_by(0, name="0" * 64)),
        Lie("a migration by a department", "", 0, "not_an_authority", entered_by(0, by="c-office")),
        Lie("a migration nobody signed", "", 0, "no_signer", entered(0, lambda one: one.update(signer=" "))),
        Lie("a migration without its document", "", 0, "register_entry", entered(0, lambda one: one.pop("document"))),
        Lie("a migration to a book that is not kept", "", 0, "rule_book", entered(0, lambda one: one.update(to="f"))),
        Lie("a case taken off its list", "M-1", 4, "migration", entered(0, lambda one: one["cases"].remove("M-1"))),
        Lie("a case put on its list", "", 0, "migration", entered(0, lambda one: one["cases"].append("Z-1"))),
        Lie("a case twice on its list", "", 0, "migration", entered(0, lambda one: one["cases"].insert(0, "M-1"))),
        Lie("a list out of order", "", 0, "migration", entered(0, lambda one: one["cases"].reverse())),
        Lie("a migration of nothing", "", 0, "migration", entered(0, lambda one: one["cases"].clear())),
    ]


def of_the_document() -> list[Lie]:
    """A document that is none, whatever the cases did."""
    code = "migration_document"
    return [
        Lie("a document with a word too many", "", 0, code, said(0, colour="red")),
        Lie("a document without reasons", "", 0, code, said(0, reasons=" ")),
        Lie("a document to another book", "", 0, code, said(0, to="layered")),
        Lie("a document from nowhere", "", 0, code, said(0, **{"from": ""})),
        Lie("a word that is neither yes nor no", "", 1, code, said(1, shorten="yes")),
        Lie("procedures left that are no list", "", 1, code, said(1, leave="ordering")),
        Lie(
            "a procedure twice",
            "",
            0,
            code,
            redocumented(0, lambda one: one["procedure"].append(one["procedure"][SHARING])),
        ),
        Lie(
            "a procedure with a word too many",
            "",
            0,
            code,
            redocumented(0, lambda one: one["procedure"][SHARING].update(colour="red")),
        ),
        Lie("a state mapped to a final one", "", 0, code, told(0, SHARING, "states", answered="destroyed")),
        Lie("a state mapped to none", "", 0, code, told(0, SHARING, "states", asked="asked")),
        Lie("a limit of which a strange word is said", "", 0, code, told(0, SHARING, "deadlines", reply="recompte")),
        Lie(
            "a limit kept as another",
            "",
            0,
            code,
            told(0, SHARING, "deadlines", reply={"do": "keep", "as": "outermost"}),
        ),
        Lie(
            "a limit counted as one that is not",
            "",
            0,
            code,
            told(0, SHARING, "deadlines", reply={"do": "recompute", "as": "outer_reply"}),
        ),
    ]


def of_the_hand() -> list[Lie]:
    """Who moved a case, when, under which document, from where."""
    return [
        Lie("a case moved by a department", "M-1", 4, "not_an_authority", field("M-1", 4, by="c-office")),
        Lie(
            "a case moved by somebody as a provider",
            "M-1",
            4,
            "not_an_authority",
            body("M-1", 4, lambda one: one.update(role="provider")),
        ),
        Lie("a case moved by another authority", "M-1", 4, "migration", field("M-1", 4, by="n-auth")),
        Lie("a case whose move nobody signed", "M-1", 4, "no_signer", carried("M-1", 4, signer="")),
        Lie("a case moved under another name", "M-1", 4, "migration", longer),
        Lie("the same, in the register", "", 0, "migration", longer),
        Lie("a case moved an hour later", "M-1", 4, "migration", later),
        Lie("a case moved for other reasons", "M-1", 4, "migration", carried("M-1", 4, reasons="别的")),
        Lie("a case moved by another document", "M-1", 4, "migration", carried("M-1", 4, document="0" * 64)),
        Lie("a move that says it leads elsewhere", "M-1", 4, "migration", carried("M-1", 4, to=old().hash)),
        Lie("a move with a word too many", "M-1", 4, "migration", carried("M-1", 4, colour="red")),
        Lie("a move by another name", "M-1", 4, "migration", field("M-1", 4, name="remove")),
        Lie("a case moved twice", "M-1", 5, "migration", doubled("M-1", 4)),
        Lie("a case moved from where it had been moved to", "M-1", 5, "migration_from", doubled("M-1", 4)),
        Lie("a move left out", "", 0, "migration", dropped("M-3/C", 2)),
        Lie("a step after a move that was left out", "M-1", 4, "pinned_rules", dropped("M-1", 4)),
        Lie("a closed case moved", "O-1", 4, "migration_from", put("O-1", 3, ("O-3", 3), to="found")),
        Lie("a case moved from another book", "M-1", 4, "migration_from", said(0, **{"from": "upper"})),
        Lie("a case moved that was to stay", "M-1", 4, "migration_from", said(0, leave=["sharing"])),
        Lie(
            "a case moved of which nothing is said",
            "M-1",
            4,
            "migration_from",
            redocumented(0, lambda one: one["procedure"].pop(SHARING)),
        ),
        Lie("a case moved to a book that is not kept", "M-1", 4, "rule_book", field("M-1", 4, rules="f" * 64)),
        Lie("a case moved to its own book", "M-1", 4, "migration", field("M-1", 4, rules=old().hash)),
        Lie(
            "a move by a calendar not known that day",
            "M-1",
            4,
            "edition",
            body("M-1", 4, lambda one: one.update(edition="cn-2020-x")),
        ),
        Lie(
            "a move that somebody checked", "M-1", 4, "migration", body("M-1", 4, lambda one: one["guards"].append({}))
        ),
    ]


def of_states() -> list[Lie]:
    """Where a case stood, where it stands, what it remembers, and by which table it goes on."""
    return [
        Lie("a move from elsewhere", "M-1", 4, "state", body("M-1", 4, lambda one: one.update({"from": "silent"}))),
        Lie("a move to elsewhere", "M-1", 4, "migration_state", body("M-1", 4, lambda one: one.update(to="overdue"))),
        Lie("a move by another map", "M-1", 4, "migration_state", told(0, SHARING, "states", asked="overdue")),
        Lie("a state without an image", "M-1", 4, "migration_state", told(0, SHARING, "states", asked=None)),
        Lie("a remembered state without an image", "M-2", 3, "migration_state", told(0, SHARING, "states", asked=None)),
        Lie("a remembered state left as it was", "M-2", 3, "effect_missing", body("M-2", 3, without("effects", 0))),
        Lie("another state remembered", "M-2", 3, "effect_altered", body("M-2", 3, effect(0, value="overdue"))),
        Lie("a word remembered that nobody kept", "M-2", 3, "effect_extra", body("M-2", 3, effect(0, key="more"))),
        Lie("a step from a state of the old table", "M-1", 5, "state", field_of("M-1", 5, "from", "asked")),
        Lie("a step to a state of the old table", "M-1", 5, "not_in_table", field_of("M-1", 5, "to", "asked")),
        Lie("a step under the old rules", "M-1", 5, "pinned_rules", field("M-1", 5, rules=old().hash)),
        Lie("a step back under the new rules", "M-1", 8, "pinned_rules", field("M-1", 8, rules=new().hash)),
        Lie("a case moved that lacks a party", "M-3/C", 2, "parties", body("M-3/C", 1, partyless)),
        Lie("a lapse left out before a move", "O-2", 3, "missing_lapse", left_out),
        Lie("a lapse written after a move", "O-2", 3, "missing_lapse", put_off),
        Lie("a lapse after a move left out", "O-3", 4, "missing_lapse", dropped("O-3", 4)),
    ]


def partyless(one: Document) -> None:
    del one["opening"]["parties"]["raised_by"]


def field_of(case: str, seq: int, name: str, value: str) -> Callable[[Ledger], None]:
    return body(case, seq, lambda one: one.update({name: value}))


def left_out(ledger: Ledger) -> None:
    """The lapse of O-2 left out, and the case moved from where it would then have stood."""
    dropped("O-2", 3)(ledger)
    body("O-2", 3, lambda one: one.update({"from": "ordered", "to": "ordered"}))(ledger)


def of_limits() -> list[Lie]:
    """What became of each open limit. The effects of M-1's first move: outer_reply void, outermost, reply, supplement
    void.
    """
    outermost = 1
    return [
        Lie(
            "a limit left where it was to be counted", "M-1", 4, "effect_missing", body("M-1", 4, without("effects", 2))
        ),
        Lie(
            "a limit counted that was to be kept", "M-1", 4, "effect_extra", told(0, SHARING, "deadlines", reply="keep")
        ),
        Lie(
            "a limit kept that was to be counted",
            "M-1",
            4,
            "effect_missing",
            told(0, SHARING, "deadlines", review="recompute"),
        ),
        Lie(
            "a limit void that was to be kept",
            "M-1",
            4,
            "effect_extra",
            told(0, SHARING, "deadlines", supplement="keep"),
        ),
        Lie(
            "a limit kept that was to be void",
            "M-1",
            4,
            "effect_missing",
            told(0, SHARING, "deadlines", review="cancel"),
        ),
        Lie("a limit void from another day on", "M-1", 4, "effect_altered", body("M-1", 4, effect(3, at="2026-03-05"))),
        Lie("a limit of which nothing is said", "M-1", 4, "deadline_lost", told(0, SHARING, "deadlines", review=None)),
        Lie(
            "a limit kept that the new table lacks",
            "M-1",
            4,
            "deadline_lost",
            told(0, SHARING, "deadlines", outer_reply="keep"),
        ),
        Lie(
            "two limits that become one",
            "M-1",
            4,
            "deadline_lost",
            told(0, SHARING, "deadlines", reply={"do": "recompute", "as": "outermost"}),
        ),
        Lie("a limit void as soon as it is set", "M-1", 4, "deadline_lost", body("M-1", 4, undone)),
        Lie("a limit without its day", "M-1", 4, "effect_altered", body("M-1", 4, dateless)),
        Lie("an effect twice", "M-1", 4, "effect_extra", body("M-1", 4, repeated)),
        Lie("a limit moved for another reason", "M-1", 4, "effect_altered", body("M-1", 4, effect(2, why="extend"))),
        Lie("another date before", "M-1", 4, "effect_altered", body("M-1", 4, effect(2, old="2026-03-10"))),
        Lie("a limit due a day later", "M-1", 4, "wrong_due", body("M-1", 4, deadline(2, due="2026-03-13"))),
        Lie("a limit of its old length", "M-1", 4, "wrong_length", body("M-1", 4, deadline(2, working_days=5))),
        Lie(
            "a limit counted from the move",
            "M-1",
            4,
            "start_moment",
            body("M-1", 4, deadline(2, started_at="2026-03-04T09:00:00+08:00")),
        ),
        Lie(
            "a limit that never had another date",
            "M-1",
            4,
            "wrong_deadline",
            body("M-1", 4, deadline(2, original_due="2026-03-12")),
        ),
        Lie(
            "a limit of the old article",
            "M-1",
            4,
            "wrong_deadline",
            body("M-1", 4, deadline(outermost, article="upper/2")),
        ),
        Lie(
            "a day left out of the sheet",
            "M-1",
            4,
            "wrong_sheet",
            body("M-1", 4, lambda one: one["effects"][2]["sheet"]["days"].pop()),
        ),
        Lie(
            "a fixed day made another",
            "M-1",
            7,
            "wrong_length",
            body("M-1", 7, deadline(3, fixed_day="2026-03-20")),
        ),
        Lie("a limit shortened without a word", "M-1", 7, "shortened", said(1, shorten=False)),
        Lie(
            "a limit undone that the case stands on",
            "O-2",
            4,
            "sanction_undone",
            told(0, ORDERING, "deadlines", correction="recompute"),
        ),
    ]


def undone(one: Document) -> None:
    one["effects"].append({**one["effects"][0], "limit": RENAMED["outer_reply"]})


def dateless(one: Document) -> None:
    del one["effects"][2]["sheet"], one["effects"][2]["deadline"]


def repeated(one: Document) -> None:
    one["effects"].append(one["effects"][3])


LIES = [*of_the_register(), *of_the_document(), *of_the_hand(), *of_states(), *of_limits()]
