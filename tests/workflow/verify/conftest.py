from __future__ import annotations

from pathlib import Path

import pytest
from tampering import NAMES, Ledger, played


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The three dockets, each played once; whoever changes one copies it first."""
    folder = tmp_path_factory.mktemp("ledgers")
    for name in NAMES:
        played(name, folder / f"{name}.db")
    return {name: folder / f"{name}.db" for name in NAMES}


@pytest.fixture(scope="session")
def ledgers(databases: dict[str, Path]) -> dict[str, Ledger]:
    return {name: Ledger.read(path) for name, path in databases.items()}


@pytest.fixture
def escalation(ledgers: dict[str, Ledger]) -> Ledger:
    return ledgers["contested-escalation"].copy()


@pytest.fixture
def notice(ledgers: dict[str, Ledger]) -> Ledger:
    return ledgers["notice-of-january-2020"].copy()
