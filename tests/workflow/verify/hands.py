"""The hand of somebody who rewrites a ledger and knows the recipe: afterwards every hash fits again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tampering import Ledger, canonical, row_hash

Change = Callable[[dict[str, Any]], object]


def body(case: str, seq: int, change: Change) -> Callable[[Ledger], None]:
    """Return the rewriting of one event's body, the chain made to fit."""

    def rewrite(ledger: Ledger) -> None:
        ledger.edit(case, seq, change)
        ledger.reseal(case)

    return rewrite


def field(case: str, seq: int, **values: Any) -> Callable[[Ledger], None]:
    """Return the rewriting of stored fields of one event, the chain made to fit."""

    def rewrite(ledger: Ledger) -> None:
        ledger.row(case, seq).update(values)
        ledger.reseal(case)

    return rewrite


def moment(case: str, seq: int, **shift: float) -> Callable[[Ledger], None]:
    """Return the rewriting of the moment of an event by a time span."""

    def rewrite(ledger: Ledger) -> None:
        row = ledger.row(case, seq)
        row["at"] += timedelta(**shift)
        ledger.reseal(case)

    return rewrite


def dropped(case: str, seq: int) -> Callable[[Ledger], None]:
    """Return the rewriting that leaves an event out and numbers the rest anew."""

    def rewrite(ledger: Ledger) -> None:
        del ledger.rows[ledger.index(case, seq)]
        ledger.reseal(case)

    return rewrite


def doubled(case: str, seq: int, **values: Any) -> Callable[[Ledger], None]:
    """Return the rewriting that has an event a second time, right after itself, perhaps with other values."""

    def rewrite(ledger: Ledger) -> None:
        place = ledger.index(case, seq)
        ledger.rows.insert(place + 1, {**ledger.rows[place], **values})
        ledger.reseal(case)

    return rewrite


def effect(number: int, **values: Any) -> Change:
    return lambda said: said["effects"][number].update(values)


def deadline(number: int, **values: Any) -> Change:
    return lambda said: said["effects"][number]["deadline"].update(values)


def without(key: str, number: int) -> Change:
    return lambda said: said[key].pop(number)


def hash_left(ledger: Ledger) -> None:
    ledger.edit("E-X-01", 2, lambda said: said["payload"].update(text="别的"))


def prev(ledger: Ledger) -> None:
    row = ledger.row("E-X-01", 12)
    row["prev"] = "1" * 64
    row["hash"] = row_hash(row)


def gap(ledger: Ledger) -> None:
    del ledger.rows[ledger.index("E-X-01", 5)]


def split(ledger: Ledger) -> None:
    ledger.rows.append(ledger.rows.pop(ledger.index("E-X-01", 13)))


def unreadable(ledger: Ledger) -> None:
    ledger.row("E-X-09", 3)["at"] = None


def spaced(ledger: Ledger) -> None:
    row = ledger.row("E-X-09", 1)
    row["body"] = row["body"].replace(":", ": ", 1)
    ledger.reseal("E-X-09")


def book(ledger: Ledger) -> None:
    version, book = next(iter(ledger.rule_books.items()))
    ledger.rule_books = {version: {**book, "territory": {**book["territory"], "prefix": ""}}}


def twin(ledger: Ledger) -> None:
    chain = [dict(row, case="E-X-99") for row in ledger.rows if row["case"] == "E-X-09"]
    for row in chain:
        row["at"] += timedelta(minutes=1)
        row["recorded_at"] += timedelta(minutes=1)
    ledger.rows += chain[:1]
    ledger.reseal("E-X-99")


def king(ledger: Ledger) -> None:
    ledger.edit("", 2, lambda said: said["department"].update(kind="king"))
    ledger.reseal("")


def shortened(ledger: Ledger) -> None:
    ledger.edit("N-R-04", 1, deadline(-1, due="2020-02-28"))
    ledger.reseal("N-R-04")


def early_circular(ledger: Ledger) -> None:
    """The lapse taken out and the circular written as if there had been a default."""
    del ledger.rows[ledger.index("E-X-06", 3)]
    ledger.reseal("E-X-06")


def held(ledger: Ledger) -> None:
    """A lapse on 31 January 2020, made a rest day by the notice of the 27th, before anybody recalculated."""
    start = ledger.row("N-R-04", 1)
    said = {
        "role": "clock",
        "from": "awaiting_reply",
        "to": "awaiting_reply",
        "payload": {},
        "edition": edition(ledger, "N-R-04", 2),
    }
    end = stored(ledger, "N-R-04", 1)["ends_before"]
    said["effects"] = [{"do": "lapse", "limit": "reply", "at": end}]
    seen = {"limit": "reply", "ends_before": end, "met_at": None, "stopped_at": None}
    said["guards"] = [{"guard": "limit_passed", "holds": True, "inputs": seen}]
    at = datetime.fromisoformat(end)
    found = {"at": at, "recorded_at": at + timedelta(hours=9), "kind": "lapse", "name": "lapse", "by": ""}
    ledger.rows.insert(ledger.index("N-R-04", 1) + 1, {**start, **found, "body": canonical(said)})
    ledger.reseal("N-R-04")


def stored(ledger: Ledger, case: str, seq: int) -> Any:
    found: list[Any] = []
    ledger.edit(case, seq, lambda said: found.append(next(e for e in said["effects"] if "deadline" in e)["deadline"]))
    return found[0]


def edition(ledger: Ledger, case: str, seq: int) -> str:
    found: list[str] = []
    ledger.edit(case, seq, lambda said: found.append(said["edition"]))
    return found[0]


def settled_in_one_hand(ledger: Ledger) -> None:
    """The dispute made moot by another than who granted: the two chains no longer say the same."""
    ledger.row("E-R-01/D", 4)["by"] = "sy-housing"
    ledger.reseal("E-R-01/D")


def no_moot(ledger: Ledger) -> None:
    del ledger.rows[ledger.index("E-R-01/D", 4)]


def shorter(said: dict[str, Any]) -> None:
    said["payload"].pop("due", None)
    said["payload"]["working_days"] = 1


def added(said: dict[str, Any]) -> None:
    said["remark"] = "…"


def flagged(said: dict[str, Any]) -> None:
    said["effects"].insert(0, {"do": "flag", "flag": "utility", "article": "decree-330/7"})


def unflagged(said: dict[str, Any]) -> None:
    said["effects"] = [one for one in said["effects"] if one["do"] != "flag"]
