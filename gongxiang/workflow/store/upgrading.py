"""From one version of the tables to another, in one transaction: a killed one leaves the version that stood there.

Alembic is imported only here and beneath `migrations`, and only when one of these functions is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select, table

from gongxiang.errors import BadInput, Language, Reason, Text
from gongxiang.workflow.store.connection import BUSY_SECONDS, create_tables, revision_of, shown, unknown_schema
from gongxiang.workflow.store.driver import Server
from gongxiang.workflow.store.maintenance import reading, writing
from gongxiang.workflow.store.schema import PREFIX, REVISION, VERSION

MIGRATIONS = Path(__file__).with_name("migrations")


@dataclass(frozen=True, slots=True)
class Step:
    """A version of the tables, and what it is for."""

    revision: str
    says: Text
    losses: Callable[[Connection], tuple[Text, ...]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What an upgrade or a downgrade did: the version that stood there (None: no tables) and that stands there now.

    `losses` is what a downgrade removes for good; where it was not told that it may, it has done nothing and `after`
    is `before`.
    """

    before: str | None
    after: str | None
    steps: tuple[Step, ...] = ()
    losses: tuple[Text, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether nothing was done, for something would have been lost."""
        return bool(self.losses) and self.before == self.after

    def as_record(self, language: Language) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "before": self.before,
            "after": self.after,
            "steps": _records(self.steps, language),
            "losses": [loss.of(language) for loss in self.losses],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """Which version stands there (None: no tables), which is the newest, what an upgrade would do, and how many rows
    each of our tables has.
    """

    present: str | None
    newest: str
    pending: tuple[Step, ...]
    rows: Mapping[str, int]

    def as_record(self, language: Language) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "present": self.present,
            "newest": self.newest,
            "pending": _records(self.pending, language),
            "rows": dict(self.rows),
        }


def upgrade(url: str, busy_seconds: float = BUSY_SECONDS) -> Moved:
    """Bring the tables to the newest version, or make them where there are none.

    Raises UnknownSchema for tables newer than this program, ForeignDatabase, BadInput where there is no database,
    DatabaseLocked where somebody holds it for longer than `busy_seconds`.
    """

    def move(connection: Connection, server: Server) -> Moved:
        before = _held(connection, shown(url))
        if before is None:
            create_tables(connection, server)
            return Moved(None, REVISION)
        pending = _pending(before, shown(url))
        if pending:
            run(connection, REVISION)
        return Moved(before, REVISION, pending)

    _refuse_foreign(url)
    return writing(url, move, busy_seconds)


def downgrade(url: str, to: str, *, may_lose: bool = False, busy_seconds: float = BUSY_SECONDS) -> Moved:
    """Bring the tables back to version `to`. What cannot be kept is removed only where it `may_lose` it.

    Raises BadInput where `to` is no version from before, and what `upgrade` raises.
    """

    def move(connection: Connection, _: Server) -> Moved:
        known = [step.revision for step in steps()]
        if to in known and revision_of(connection, shown(url)) == to:
            return Moved(to, to)
        before = _held(connection, shown(url))
        if before is not None and before not in known:
            raise unknown_schema(before, shown(url))
        if before is None or to not in known or known.index(to) > known.index(before):
            raise _not_before(to, before, known)
        undone = tuple(reversed(steps()[known.index(to) + 1 : known.index(before) + 1]))
        losses = tuple(loss for step in undone for loss in step.losses(connection))
        if losses and not may_lose:
            return Moved(before, before, undone, losses)
        if undone:
            run(connection, to, down=True)
        return Moved(before, to, undone, losses)

    _refuse_foreign(url)
    return writing(url, move, busy_seconds)


def status(url: str) -> Standing:
    """Return what stands there. Raises UnknownSchema for tables newer than this program, ForeignDatabase, BadInput
    where there is no database.
    """

    def look(connection: Connection, _: Server) -> Standing:
        present = revision_of(connection, shown(url))
        pending = steps() if present is None else _pending(present, shown(url))
        names = sorted(name for name in inspect(connection).get_table_names() if name.startswith(PREFIX))
        counts = {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
        return Standing(present, REVISION, pending, counts)

    return reading(url, look)


def steps() -> tuple[Step, ...]:
    """Return every version there has been, the first one first."""
    from alembic.script import ScriptDirectory

    found = [one.module for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    return tuple(Step(module.revision, module.SAYS, module.losses) for module in reversed(found))


def run(connection: Connection, to: str, *, down: bool = False) -> None:
    """Take the steps to version `to`, within the transaction that was begun on the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=VERSION.name)
    (command.downgrade if down else command.upgrade)(config, to)


def _refuse_foreign(url: str) -> None:
    """Raise ForeignDatabase before anything is written: who only begins to write changes how SQLite keeps its file."""
    reading(url, lambda connection, _: revision_of(connection, shown(url)))


def _held(connection: Connection, url: str) -> str | None:
    """Return the version that stands there, which nobody else can move until the end of the transaction."""
    found = revision_of(connection, url)
    if found is None:
        return None
    if inspect(connection).has_table(VERSION.name):
        rows = connection.execute(select(VERSION.c.version_num).with_for_update()).scalars().all()
        return ", ".join(sorted(map(str, rows))) or "?"
    # Of several who take over what release 0.2.0 left, one makes the table; the others wait for it, and begin anew.
    VERSION.create(connection, checkfirst=False)
    connection.execute(VERSION.insert().values(version_num=found))
    return found


def _pending(present: str, url: str) -> tuple[Step, ...]:
    known = steps()
    revisions = [step.revision for step in known]
    if present not in revisions:
        raise unknown_schema(present, url)
    return known[revisions.index(present) + 1 :]


def _records(found: tuple[Step, ...], language: Language) -> list[dict[str, str]]:
    return [{"revision": step.revision, "says": step.says.of(language)} for step in found]


def _not_before(to: str, present: str | None, known: list[str]) -> BadInput:
    before = known[: known.index(present) + 1] if present else []
    zh, en = "、".join(before) or "无", ", ".join(before) or "none"
    return BadInput(
        Reason(
            "no_version_before",
            Text(f"不能退回版本“{to}”", f"there is no going back to version '{to}'"),
            None,
            Text(f"可退回的版本：{zh}", f"the versions to go back to: {en}"),
        )
    )
