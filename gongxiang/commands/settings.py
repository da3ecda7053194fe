"""What the options that may stand anywhere say: database, language, now, JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gongxiang.errors import BadInput, FaultyRules, Language, Reason, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gongxiang.page import Block
    from gongxiang.workflow.engine import Engine
    from gongxiang.workflow.labels import Labels
    from gongxiang.workflow.procedure import RuleBook

DEFAULT_DATABASE = "sqlite:///gongxiang.db"


@dataclass
class Settings:
    """What `--db`, `--lang`, `--now` and `--json` say, wherever they stand."""

    language: Language = "zh"
    json: bool = False
    database: str | None = None
    now: datetime | None = None
    opened: list[Engine] = field(default_factory=list)

    def say(self, text: Text) -> str:
        """Return the text in the chosen language."""
        return text.of(self.language)

    def moment(self) -> datetime:
        """Return the moment that counts as now: `--now`, or what the clock says."""
        from gongxiang.clock import now

        return self.now or now()

    def url(self) -> str:
        """Return the database URL: `--db`, GONGXIANG_DB, or a file in the current folder."""
        return self.database or os.environ.get("GONGXIANG_DB") or DEFAULT_DATABASE

    def engine(self, *, create: bool = False, rules: RuleBook | None = None) -> Engine:
        """Return the engine over the database. Without `create` it must exist already, so that asking makes no file and
        no table in somebody's empty one.
        """
        from gongxiang import open_engine
        from gongxiang.workflow.store import absence

        engine = open_engine(self.url(), rules=rules, clock=self.moment)
        self.opened.append(engine)
        absent = None if create else absence(self.url())
        if absent is None:
            return engine
        if absent.bare:
            code = "empty_database"
            text = Text(f"“{absent.name}”中没有本程序的任何记录", f"there is nothing of ours in '{absent.name}'")
        else:
            code = "no_such_database"
            text = Text(f"没有数据库“{absent.name}”", f"there is no database '{absent.name}'")
        mend = Text(
            "请核对 --db 或 GONGXIANG_DB；docket play 或 department register 命令会建立登记册",
            "check --db or GONGXIANG_DB; the commands docket play and department register fill one",
        )
        raise BadInput(Reason(code, text, None, mend))

    def engine_if_any(self) -> Engine | None:
        """Return the engine over the database, or None where there is none yet, or nothing in it."""
        from gongxiang import open_engine
        from gongxiang.workflow.store import absence

        engine = open_engine(self.url(), clock=self.moment)
        self.opened.append(engine)
        return None if absence(self.url()) else engine

    def show(self, document: Any, blocks: Callable[[], Iterable[Block]]) -> None:
        """Print the answer: the document with `--json`, else the screen."""
        if self.json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=2))
            return
        from gongxiang.terminal import show

        show(blocks(), sys.stdout)


def settings() -> Settings:
    """Return the settings of the running command."""
    return click.get_current_context().ensure_object(Settings)


def labels_for(engine: Engine, told: Settings, moment: datetime) -> Labels:
    """Return what departments and things are called in this database at `moment`."""
    from gongxiang.workflow.labels import Labels

    return Labels(told.language, engine.departments(moment), engine.books(), names())


@cache
def names() -> Mapping[str, Text]:
    """Return what the instruments at hand are called in short, by id; nothing where they cannot be found."""
    from gongxiang import rules
    from gongxiang.rules.names import short_names

    try:
        return short_names(rules.folders().values())
    except FaultyRules:  # told by whatever needs the law itself
        return {}


def found_wanting() -> NoReturn:
    """End the command with exit code 1, its answer having been printed."""
    raise click.exceptions.Exit(1)
