"""Faults of everything that the engine stands on. The cast and the ordinary acts are those of the tests of the
machinery.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Server

sys.path.append(str(Path(__file__).parents[1] / "workflow"))
from servers import database_on, made


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server of our own, whose log may be read and whose settings changed."""
    with made(durable=False) as server:
        yield server


@pytest.fixture
def server_url(server: Server) -> str:
    """A new database there."""
    return database_on(server)
