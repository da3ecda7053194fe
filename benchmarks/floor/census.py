"""What a database holds, so that two can be compared that were to write the same."""

from __future__ import annotations

from contextlib import closing

from bare import connected
from recorded import shapes


def census(url: str) -> dict[str, tuple[int, int]]:
    """Return of each table how many rows it holds, and how many bytes of text."""
    found, sqlite = {}, url.startswith("sqlite")
    kind = "typeof({0}) = 'text'" if sqlite else "pg_typeof({0})::text IN ('text', 'character varying')"
    size = "length(CAST({0} AS BLOB))" if sqlite else "octet_length({0}::text)"
    with closing(connected(url)) as connection:
        for shape in shapes(url):
            texts = (f"CASE WHEN {kind.format(one)} THEN {size.format(one)} END" for one in shape.columns)
            sums = ", ".join(f"coalesce(sum({text}), 0)" for text in texts)
            rows, *sizes = connection.execute(f"SELECT count(*), {sums} FROM {shape.table}").fetchone()
            found[shape.table] = (int(rows), int(sum(sizes)))
    return found
