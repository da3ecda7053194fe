"""A real PostgreSQL for the tests, without docker, set-up or network.

    with Server.create(durable=True) as server:     # initdb, started; gone at the end, killed run or not
        open_engine(server.url("postgres"))

`Server` is one cluster in a directory of its own; `Databases` hands out fresh databases on one; `chosen` says which
server the environment asks for. The fixtures stand in tests/databases.py.
"""

from postgres.binaries import NoServer
from postgres.server import Server
from postgres.supply import Databases, named_server

__all__ = ["Databases", "NoServer", "Server", "named_server"]
