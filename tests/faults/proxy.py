"""A wire between client and server that is cut at a chosen statement: before the server has it, or after it has carried
it out and before its answer comes back.
"""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, suppress
from typing import BinaryIO, Literal, Self

from postgres import Server
from sqlalchemy.engine import make_url

Moment = Literal["before", "after"]

# The types of messages (postgresql.org/docs/current/protocol-message-formats.html): what a client ends a statement
# with (Query, Sync) or a connection (Terminate), and what a server ends its answer with (ReadyForQuery).
STATEMENT, FAREWELL, READY = (b"Q", b"S"), b"X", b"Z"


class Proxy:
    """Passes on what is said, statement by statement, until it is told to cut. A thread for each connection."""

    def __init__(self, server: Server, url: str) -> None:
        self._socket = f"{server.directory}/.s.PGSQL.5432"
        self._database = make_url(url).database
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._place: tuple[int, Moment] | None = None
        self.passed = 0
        """Statements since it was last told something; what a connection begins with counts as one."""
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The same database, reached through here."""
        port = self._listening.getsockname()[1]
        # A wire that is cut in the middle is not to be read by anybody else: neither TLS nor Kerberos.
        return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{self._database}?sslmode=disable&gssencmode=disable"

    def cut_at(self, statement: int, moment: Moment) -> None:
        """Cut the connection that sends the statement of that number, 1 being the next, once; at 0 none."""
        with self._lock:
            self.passed, self._place = 0, (statement, moment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake who waits there.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._speak, args=(client,), daemon=True).start()

    def _speak(self, client: socket.socket) -> None:
        with ExitStack() as both, suppress(OSError, EOFError):
            server = socket.socket(socket.AF_UNIX)
            heard, answered = both.enter_context(client), both.enter_context(server)
            asks, answers = both.enter_context(heard.makefile("rb")), both.enter_context(answered.makefile("rb"))
            server.connect(self._socket)
            asked = _message(asks, kind=b"")  # who it is
            while not asked.startswith(FAREWELL):
                moment = self._passing()
                if moment == "before":
                    return
                server.sendall(asked)
                answer = _until(answers, READY)
                if moment == "after":
                    return
                client.sendall(answer)
                asked = _until(asks, *STATEMENT, FAREWELL)

    def _passing(self) -> Moment | None:
        with self._lock:
            self.passed += 1
            if self._place is None or self._place[0] != self.passed:
                return None
            self.cuts += 1
            return self._place[1]


def _until(said: BinaryIO, *kinds: bytes) -> bytes:
    """Return all messages up to the first of one of these types."""
    whole = b""
    while True:
        kind = said.read(1)
        whole += kind + _message(said, kind)
        if kind in kinds:
            return whole


def _message(said: BinaryIO, kind: bytes) -> bytes:
    """Return the length and the content of a message. Raises EOFError where the connection has ended."""
    length = said.read(4)
    rest = said.read(int.from_bytes(length, "big") - 4) if len(length) == 4 else b""
    if len(length) + len(rest) < 4 or len(rest) != int.from_bytes(length, "big") - 4:
        raise EOFError(kind)
    return length + rest
