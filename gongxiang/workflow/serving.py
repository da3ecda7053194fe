"""One answer over HTTP: whether this worker works. For whatever watches over it; nothing of any case is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6
from threading import Thread
from typing import Any

PATH = "/healthz"
PATIENCE_SECONDS = 4
"""How long a caller may take to ask."""

Told = Mapping[str, Any]


@contextmanager
def serving(host: str, port: int, health: Callable[[], Told]) -> Iterator[int]:
    """Answer GET and HEAD /healthz meanwhile: 200 where `health()["ok"]`, else 503, with it as JSON. Yield the port.

    Port 0 is any free one. Raises OSError for an address that cannot be had.
    """
    server = _Server((host, port), _answering(health))
    thread = Thread(target=server.serve_forever, name="health", daemon=True, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        if ":" in address[0]:
            self.address_family = AF_INET6
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that hung up."""


def _answering(health: Callable[[], Told]) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        timeout = PATIENCE_SECONDS
        server_version, sys_version = "gongxiang", ""

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def _answer(self) -> None:
            if self.path.partition("?")[0] != PATH:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            told = health()
            body = json.dumps(told, ensure_ascii=False).encode()
            self.send_response(HTTPStatus.OK if told["ok"] else HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep no log of callers: standard error is the worker's."""

    return Answer
