"""Servers of our own, to which anything may be done."""

from __future__ import annotations

from itertools import count

import databases
import psycopg
from postgres import NoServer, Server

NUMBERS = count(1)


def made(*, durable: bool) -> Server:
    """Return a new server; the test is skipped, and the last lines of the run say so, where there can be none."""
    try:
        return Server.create(durable=durable)
    except NoServer as error:
        databases.skip(error.why, error.mend)


def database_on(server: Server) -> str:
    """Return the URL of a new database."""
    name = f"faults_{next(NUMBERS)}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.url(name)
