"""What a lapse can bring about: its limit is marked as passed and the case may stand elsewhere, nothing more."""

from __future__ import annotations

from collections.abc import Iterator

from gongxiang.errors import Text
from gongxiang.workflow.facts import FIXED
from gongxiang.workflow.fault import LIMIT_EFFECTS, Fault, Table, named, rows_of
from gongxiang.workflow.vocabulary import Role

NOT_THE_CLOCKS = (
    *("payload", "exactly_one", "at_most_one", "when", "guards", "flags", *LIMIT_EFFECTS, "extends_by", "retains"),
    *("remember", "forget", "mark", "names", "releases", "follows", "document"),
)
"""Keys of a row that only an act honours: time carries nothing, is asked nothing but what kind of case it is (`FIXED`),
and has no effect but its lapse.
"""


def clock_faults(_: Table, table: Table) -> Iterator[Fault]:
    """Yield what a row of the clock says and no lapse does, and the rows that the clock shares with others."""
    for place, entry in rows_of(table):
        if Role.CLOCK not in named(entry, "by"):
            continue
        if set(named(entry, "by")) != {Role.CLOCK}:
            yield Fault(
                (*place, "by"),
                Text(
                    f"步骤“{entry['id']}”既由期限届满引起又由人办理",
                    f"the step '{entry['id']}' is the clock's and somebody's",
                ),
                Text('请分写两行，一行只写 by = "clock"', 'write two rows, one of them with by = "clock" alone'),
            )
        for key in NOT_THE_CLOCKS:
            if entry.get(key) and not (key == "when" and set(entry["when"]) <= set(FIXED)):
                yield Fault(
                    (*place, key),
                    Text(
                        f"期限届满引起的步骤“{entry['id']}”不能有“{key}”",
                        f"the step '{entry['id']}' is the clock's and can have no '{key}'",
                    ),
                    Text(
                        f"请删去“{key}”，或写在其后由人办理的步骤上",
                        f"remove '{key}', or write it on the step that somebody takes next",
                    ),
                )
