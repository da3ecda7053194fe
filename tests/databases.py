"""The databases of the tests: what uses one runs on SQLite and on a real PostgreSQL alike.

The server is the one that GONGXIANG_TEST_POSTGRES names, else one of our own: one a run, however many processes the run
has. It is asked for when the first test needs it, and where none can be had, the last lines of the run say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from keeper import Keeper
from postgres import Databases, NoServer, Server, named_server

BOTH = ("sqlite", "postgresql")
SKIPPED, MEND = "no PostgreSQL: ", "; to mend it: "


class Offer:
    """The server of this run: its URL, or why there is none and what mends that."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._made: dict[str, str] | None = None

    def made(self) -> dict[str, str]:
        """Return {"url", "named"} or {"why", "mend"}; the first call starts a server where none is named."""
        if self._made is None:
            try:
                self._made = {"url": self._url(), "named": named_server() or ""}
            except NoServer as error:
                self._made = {"why": error.why, "mend": error.mend}
        return self._made

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def _url(self) -> str:
        named = named_server()
        if named:
            Databases(named).close()
            return named
        self._server = Server.create()
        return self._server.url()


only_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
"""For what only SQLite has, and for what is the same whatever the database."""

only_postgresql = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)

OFFER = pytest.StashKey[Offer]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[OFFER] = Offer()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[OFFER].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist which server this run has."""
    node.workerinput["postgresql"] = node.config.stash[OFFER].made()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say last, and loudly, what was not tested."""
    yield
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if SKIPPED in str(report.longrepr)]
    if skipped:
        terminalreporter.section("NOTHING OF THIS WAS TESTED ON POSTGRESQL", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests did not run; that they pass on SQLite says nothing of PostgreSQL.")
    for reason in sorted({str(report.longrepr[2]) for report in skipped}):
        why, _, mend = reason.partition(SKIPPED)[2].partition(MEND)
        terminalreporter.line(f"Why: {why}.")
        terminalreporter.line(f"To mend it: {mend}.")


def skip(why: str, mend: str) -> NoReturn:
    """Skip a test that needs a server, so that the last lines of the run tell why."""
    pytest.skip(f"{SKIPPED}{why}{MEND}{mend}")


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """A source of fresh databases on PostgreSQL."""
    config = request.config
    made = config.workerinput["postgresql"] if hasattr(config, "workerinput") else config.stash[OFFER].made()
    if "url" not in made:
        skip(made["why"], made["mend"])
    with Databases(made["url"], outlives=bool(made["named"])) as source:
        yield source


@pytest.fixture(scope="session")
def keeper(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Keeper:
    return Keeper(
        lambda: tmp_path_factory.mktemp("database"),
        lambda: cast(Databases, request.getfixturevalue("postgresql")),
    )


@pytest.fixture
def copy_of(keeper: Keeper) -> Iterator[Callable[[str], str]]:
    """What copies a database for as long as the test lasts."""
    given: list[str] = []

    def copy(url: str) -> str:
        given.append(keeper.copy(url))
        return given[-1]

    yield copy
    for url in given:
        keeper.give_back(url)


@pytest.fixture(scope="module", params=BOTH)
def backend(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return str(request.param)


@pytest.fixture
def url(backend: str, keeper: Keeper) -> Iterator[str]:
    """A database of this test's own. On SQLite it stands in memory and goes with its engine."""
    with keeper.one(backend) as made:
        yield made


@pytest.fixture
def shared_url(backend: str, keeper: Keeper, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own that several engines and processes may open."""
    with keeper.one(backend, f"sqlite:///{tmp_path / 'cases.db'}") as made:
        yield made


@pytest.fixture
def empty_url(backend: str, keeper: Keeper, tmp_path: Path) -> Iterator[str]:
    """The same in which nothing stands yet, not even our tables."""
    with keeper.one(backend, f"sqlite:///{tmp_path / 'empty.db'}", empty=True) as made:
        yield made


@pytest.fixture(scope="module")
def module_url(backend: str, keeper: Keeper) -> Iterator[str]:
    """A database that the tests of a module share: in memory on SQLite."""
    with keeper.one(backend) as made:
        yield made
