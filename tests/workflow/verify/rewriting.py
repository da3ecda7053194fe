"""The table of rewritings: what was done, and under which code the verifier must find it.

One for each code at least, and more where a fault has several faces. Each changes a ledger: the escalation of April to
June 2026, or the notice of January 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import hands
from hands import body, deadline, doubled, dropped, effect, field, moment, without
from tampering import Ledger

ESCALATION, NOTICE = "contested-escalation", "notice-of-january-2020"


class Rewriting(NamedTuple):
    """What was done, on which ledger, where the verifier must find it, and under which code."""

    what: str
    ledger: str
    case: str
    seq: int
    code: str
    change: Callable[[Ledger], None]


def rewritings() -> Iterator[Rewriting]:
    """Yield every rewriting."""
    yield from of_chains_and_tables()
    yield from of_people_and_limits()
    yield from of_lapses_and_other_chains()


def of_chains_and_tables() -> Iterator[Rewriting]:
    """The chain, the rule book, the row, what is carried and what it does."""
    yield Rewriting("a text changed, the hash left", ESCALATION, "E-X-01", 2, "hash", hands.hash_left)
    yield Rewriting("a link turned elsewhere", ESCALATION, "E-X-01", 12, "prev", hands.prev)
    yield Rewriting("an event taken out", ESCALATION, "E-X-01", 6, "sequence", hands.gap)
    yield Rewriting("a chain torn in two", ESCALATION, "E-X-01", 13, "split_chain", hands.split)
    yield Rewriting("a moment that is none", ESCALATION, "E-X-09", 3, "unreadable", hands.unreadable)
    yield Rewriting("a body written otherwise", ESCALATION, "E-X-09", 1, "malformed", hands.spaced)
    yield Rewriting(
        "an event of an unknown kind", ESCALATION, "E-X-09", 2, "malformed", field("E-X-09", 2, kind="decree")
    )
    yield Rewriting(
        "a body without effects", ESCALATION, "E-X-09", 2, "malformed", body("E-X-09", 2, lambda b: b.pop("effects"))
    )
    yield Rewriting("a word put into a body", ESCALATION, "E-X-09", 2, "malformed", body("E-X-09", 2, hands.added))
    yield Rewriting("a word put into the register", ESCALATION, "", 3, "register_entry", body("", 3, hands.added))
    yield Rewriting(
        "a word put into a recalculation", NOTICE, "N-R-04", 2, "effect_altered", body("N-R-04", 2, effect(0, by="?"))
    )
    yield Rewriting("the law itself changed", ESCALATION, "", 0, "rule_book", hands.book)
    yield Rewriting(
        "a case opened under no rule book", ESCALATION, "E-X-09", 1, "rule_book", field("E-X-09", 1, rules="f" * 64)
    )
    yield Rewriting(
        "a case led on under other rules", ESCALATION, "E-X-09", 2, "pinned_rules", field("E-X-09", 2, rules="f" * 64)
    )
    yield Rewriting(
        "a case opened before the law",
        ESCALATION,
        "E-X-09",
        1,
        "law_of_the_day",
        moment("E-X-09", 1, days=-2500),
    )
    yield Rewriting(
        "an opening that opens nothing", ESCALATION, "E-X-09", 1, "not_opened", field("E-X-09", 1, name="urge")
    )
    yield Rewriting(
        "a request made by another",
        ESCALATION,
        "E-R-01",
        1,
        "parties",
        body("E-R-01", 1, lambda b: b["opening"]["parties"].update(requester="sy-samr")),
    )
    yield Rewriting(
        "a state nobody came from",
        ESCALATION,
        "E-X-01",
        3,
        "state",
        body("E-X-01", 3, lambda b: b.update({"from": "found"})),
    )
    yield Rewriting(
        "a state nobody goes to",
        ESCALATION,
        "E-X-01",
        3,
        "not_in_table",
        body("E-X-01", 3, lambda b: b.update(to="corrected")),
    )
    yield Rewriting("a second circular", ESCALATION, "E-X-01", 9, "not_in_table", doubled("E-X-01", 8))
    yield Rewriting(
        "a step called an activity", ESCALATION, "E-X-01", 3, "not_in_table", field("E-X-01", 3, kind="activity")
    )
    yield Rewriting(
        "a circular nobody signed",
        ESCALATION,
        "E-X-01",
        8,
        "payload",
        body("E-X-01", 8, lambda b: b["payload"].update(signer=" ")),
    )
    yield Rewriting(
        "a field the step does not have",
        ESCALATION,
        "E-X-01",
        2,
        "payload",
        body("E-X-01", 2, lambda b: b["payload"].update(fee=1)),
    )
    yield Rewriting(
        "a report that stopped nothing",
        ESCALATION,
        "E-X-01",
        5,
        "effect_missing",
        body("E-X-01", 5, without("effects", 0)),
    )
    yield Rewriting(
        "an order that is void at once",
        ESCALATION,
        "E-X-01",
        2,
        "effect_extra",
        body("E-X-01", 2, lambda b: b["effects"].append({"do": "mark", "mark": "x"})),
    )
    yield Rewriting(
        "another ground remembered",
        ESCALATION,
        "E-X-01",
        1,
        "effect_altered",
        body("E-X-01", 1, effect(0, value="26.5")),
    )


def of_people_and_limits() -> Iterator[Rewriting]:
    """Who acted, what the guards saw, and each date."""
    yield Rewriting(
        "an act of nobody known", ESCALATION, "E-X-01", 3, "unknown_actor", field("E-X-01", 3, by="sy-nobody")
    )
    yield Rewriting(
        "an order by the city next door", ESCALATION, "E-X-01", 3, "wrong_party", field("E-X-01", 3, by="dl-auth")
    )
    yield Rewriting(
        "a circular by the department itself", ESCALATION, "E-X-01", 8, "wrong_party", field("E-X-01", 8, by="sy-nr")
    )
    yield Rewriting(
        "a role one does not have",
        ESCALATION,
        "E-X-01",
        3,
        "wrong_role",
        body("E-X-01", 3, lambda b: b.update(role="working_body")),
    )
    yield Rewriting(
        "a lapse in somebody's name", ESCALATION, "E-X-01", 7, "not_the_clock", field("E-X-01", 7, by="sy-auth")
    )
    yield Rewriting(
        "a circular of the clock",
        ESCALATION,
        "E-X-01",
        8,
        "wrong_role",
        body("E-X-01", 8, lambda b: b.update(role="clock")),
    )
    yield Rewriting(
        "a guard left out", ESCALATION, "E-X-01", 8, "guard_missing", body("E-X-01", 8, without("guards", 0))
    )
    yield Rewriting(
        "data that are not shared",
        ESCALATION,
        "E-R-01",
        1,
        "guard_fails",
        body("E-R-01", 1, lambda b: b["opening"]["resource"].update(sharing="none")),
    )
    yield Rewriting(
        "an order on another ground",
        ESCALATION,
        "E-X-01",
        3,
        "guard_fails",
        body("E-X-01", 3, lambda b: b["payload"].update(ground="26.1")),
    )
    yield Rewriting("an order made shorter", ESCALATION, "E-X-01", 4, "guard_fails", body("E-X-01", 4, hands.shorter))
    yield Rewriting(
        "a guard that saw something else",
        ESCALATION,
        "E-X-01",
        8,
        "guard_inputs",
        body("E-X-01", 8, lambda b: b["guards"][0]["inputs"].update(lapsed_at="2026-01-01T00:00:00+08:00")),
    )
    yield Rewriting("a utility without its flag", ESCALATION, "E-X-03", 1, "flag", body("E-X-03", 1, hands.unflagged))
    yield Rewriting("a flag that nothing raises", ESCALATION, "E-X-01", 1, "flag", body("E-X-01", 1, hands.flagged))
    yield Rewriting("a second case on the same matter", ESCALATION, "E-X-99", 1, "open_twin", hands.twin)
    yield Rewriting(
        "a calendar not known that day",
        ESCALATION,
        "E-X-01",
        2,
        "edition",
        body("E-X-01", 2, lambda b: b.update(edition="cn-2020-x")),
    )
    yield Rewriting(
        "a limit that starts a day late",
        ESCALATION,
        "E-X-01",
        3,
        "start_moment",
        body("E-X-01", 3, deadline(0, started_at="2026-04-30T09:00:00+08:00")),
    )
    yield Rewriting(
        "a limit of a hundred days",
        ESCALATION,
        "E-R-01",
        1,
        "wrong_length",
        body("E-R-01", 1, deadline(-1, working_days=100)),
    )
    yield Rewriting(
        "a due date a week later",
        ESCALATION,
        "E-R-01",
        1,
        "wrong_due",
        body("E-R-01", 1, deadline(-1, due="2026-06-30")),
    )
    yield Rewriting(
        "a day left out of the sheet",
        ESCALATION,
        "E-R-01",
        1,
        "wrong_sheet",
        body("E-R-01", 1, lambda b: b["effects"][-1]["sheet"]["days"].pop()),
    )
    yield Rewriting(
        "a rest day counted on the sheet",
        ESCALATION,
        "E-R-01",
        1,
        "wrong_sheet",
        body("E-R-01", 1, lambda b: b["effects"][-1]["sheet"]["days"][0].update(counted=False, number=None)),
    )
    yield Rewriting(
        "a limit owed by the requester",
        ESCALATION,
        "E-R-01",
        1,
        "wrong_deadline",
        body("E-R-01", 1, deadline(-1, owed_by="sy-housing")),
    )
    yield Rewriting(
        "a late reply met in time",
        ESCALATION,
        "E-R-01",
        5,
        "wrong_met",
        body(
            "E-R-01",
            5,
            lambda b: next(e for e in b["effects"] if e["do"] == "meet").update(at="2026-04-02T09:00:00+08:00"),
        ),
    )
    yield Rewriting("a limit shortened without a word", NOTICE, "N-R-04", 2, "shortened", hands.shortened)
    yield Rewriting(
        "a request of the year 2035", ESCALATION, "E-R-01", 1, "beyond_horizon", moment("E-R-01", 1, days=3300)
    )


def of_lapses_and_other_chains() -> Iterator[Rewriting]:
    """Lapses, the order of time, and what one chain says of another."""
    yield Rewriting("a lapse twice", ESCALATION, "E-X-01", 8, "lapse_unfounded", doubled("E-X-01", 7))
    yield Rewriting("a lapse a second early", ESCALATION, "E-X-01", 7, "lapse_moment", moment("E-X-01", 7, seconds=-1))
    yield Rewriting("a lapse that a known notice moves", NOTICE, "N-R-04", 2, "lapse_held", hands.held)
    yield Rewriting(
        "a lapse that changes nothing",
        ESCALATION,
        "E-X-01",
        7,
        "lapse_state",
        body("E-X-01", 7, lambda b: b.update(to="ordered")),
    )
    yield Rewriting("a lapse left out", ESCALATION, "E-R-01", 2, "missing_lapse", dropped("E-R-01", 2))
    yield Rewriting("a circular without a default", ESCALATION, "E-X-06", 3, "missing_lapse", hands.early_circular)
    yield Rewriting("the same, by the table", ESCALATION, "E-X-06", 3, "not_in_table", hands.early_circular)
    yield Rewriting(
        "an act before the one before it", ESCALATION, "E-X-01", 3, "out_of_order", moment("E-X-01", 3, days=-30)
    )
    yield Rewriting(
        "an act recorded before it happened", ESCALATION, "E-X-01", 13, "recorded_early", moment("E-X-01", 13, hours=1)
    )
    yield Rewriting("a consequence of nothing", ESCALATION, "E-R-01/D", 4, "no_cause", hands.settled_in_one_hand)
    yield Rewriting("a cause without consequence", ESCALATION, "E-R-01", 5, "not_followed", hands.no_moot)
    yield Rewriting(
        "a case about no case",
        ESCALATION,
        "E-X-01",
        1,
        "link",
        body("E-X-01", 1, lambda b: b["payload"].update(about="E-R-77")),
    )
    yield Rewriting("a department of no kind", ESCALATION, "", 2, "register_entry", hands.king)
    yield Rewriting(
        "a case taken off the list of a recalculation",
        NOTICE,
        "N-R-04",
        2,
        "recalculation",
        body("", 16, lambda b: b["cases"].remove("N-R-04")),
    )
    yield Rewriting(
        "a case put on the list of a recalculation",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["cases"].append("N-R-01")),
    )
    yield Rewriting(
        "a recalculation said to have moved a limit elsewhere",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["moved"][0].update(new="2020-02-29")),
    )
    yield Rewriting(
        "a recalculation that does not say what it moved",
        NOTICE,
        "N-R-04",
        2,
        "recalculation",
        body("", 16, lambda b: b["moved"].clear()),
    )
    yield Rewriting(
        "a recalculation said to have left what it moved",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["left"].append(b["moved"][0])),
    )
    yield Rewriting(
        "a recalculation said to have left what comes later",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["left"].append({**b["moved"][0], "limit": "other"})),
    )
    yield Rewriting(
        "a recalculation said to have moved one limit twice",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["moved"].append(b["moved"][0])),
    )
    yield Rewriting("a batch that is entered twice", NOTICE, "", 16, "recalculation", doubled("", 16))
    yield Rewriting(
        "a case left for an act that never came",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["left"].append({**b["moved"][0], "case": "N-R-99", "kind": "acted_since"})),
    )
    yield Rewriting(
        "a case moved that was left for an act",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["moved"][0].update(kind="acted_since")),
    )
    yield Rewriting(
        "a later date called an earlier one",
        NOTICE,
        "",
        16,
        "recalculation",
        body("", 16, lambda b: b["moved"][0].update(kind="earlier")),
    )
    yield Rewriting("a recalculation by a department", NOTICE, "", 16, "not_an_authority", field("", 16, by="sy-hrss"))
    yield Rewriting(
        "a recalculation by a department, in the case",
        NOTICE,
        "N-R-04",
        2,
        "not_an_authority",
        field("N-R-04", 2, by="sy-hrss"),
    )
    yield Rewriting(
        "a recalculation nobody signed",
        NOTICE,
        "N-R-04",
        2,
        "no_signer",
        body("N-R-04", 2, lambda b: b["payload"].update(signer="")),
    )
    yield Rewriting(
        "a correction that hides what was",
        ESCALATION,
        "E-X-01",
        13,
        "correction",
        body("E-X-01", 13, effect(0, was={"text": "?"})),
    )
