"""One PostgreSQL cluster: made, started, stopped, killed, copied to a standby, and gone at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg

from postgres import guard
from postgres.binaries import Binaries, NoServer, find_binaries

LONGEST_SOCKET = 90
"""Bytes of the directory of a socket: the whole path must stay below 104 (macOS; 108 on Linux)."""

SETTINGS = {
    # No other user of the machine can reach the server: it listens in a directory that only its account may enter.
    "listen_addresses": "",
    "max_connections": "100",
    # A time zone of half hours and a summer time: nothing of ours may depend on the server's.
    "timezone": "America/St_Johns",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
IN_HASTE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Server:
    """A cluster in a directory of its own. A guard ends it when this process ends, however that happens."""

    def __init__(self, binaries: Binaries, directory: Path, guarded: subprocess.Popen[bytes]) -> None:
        self._guard = guarded
        self.binaries = binaries
        self.directory = directory
        self.data = directory / "data"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(cls, *, durable: bool = False, **settings: str) -> Server:
        """Make a cluster and start it. `durable`: what was committed survives the machine, as in production; without
        it nothing waits for the disk. Raises NoServer where that is impossible.
        """
        server = cls._placed(find_binaries())
        with server._gone_on_failure(), server._taken() as held:
            server.binaries.run(
                "initdb",
                f"--pgdata={server.data}",
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                within=server.directory,
                pass_fds=(held,),
            )
        with server._gone_on_failure():
            server.set(**SETTINGS, **({} if durable else IN_HASTE), **settings)
            server.start()
        return server

    def standby(self, name: str) -> Server:
        """Return a running copy that follows this server; `name` is what synchronous_standby_names calls it."""
        copy = self._placed(self.binaries)
        source = f"host={self.directory} user=postgres application_name={name}"
        with copy._gone_on_failure(), copy._taken() as held:
            copy.binaries.run(
                "pg_basebackup",
                f"--dbname={source}",
                f"--pgdata={copy.data}",
                "--checkpoint=fast",
                "--wal-method=stream",
                "--no-sync",
                within=copy.directory,
                pass_fds=(held,),
            )
        with copy._gone_on_failure():
            (copy.data / "standby.signal").touch()
            # It looks soon whether it was told to become the primary, also when it has just lost that.
            copy.set(primary_conninfo=source, synchronous_standby_names="", wal_retrieve_retry_interval="100ms")
            copy.start()
        return copy

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database for SQLAlchemy and for open_engine."""
        return f"postgresql+psycopg://postgres@/{quote(database)}?host={quote(str(self.directory), safe='')}"

    def dsn(self, database: str = "postgres") -> str:
        """Return the same for psycopg itself."""
        return f"host={self.directory} user=postgres dbname={database}"

    @property
    def running(self) -> bool:
        """Whether any process of the server lives."""
        return guard.is_running(self.directory)

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return (self.directory / "log").read_text("utf-8", errors="replace")

    def set(self, **settings: str) -> None:
        """Write settings; a running server takes them up at once, or at its next start where they need one."""
        lines = [
            f"{name} = '{value}'\n"
            for name, value in {"unix_socket_directories": str(self.directory), **settings}.items()
        ]
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(lines)
        if self.running:
            self._signal(signal.SIGHUP)

    def start(self) -> None:
        """Start and return when connections are accepted, after whatever recovery that takes."""
        with self._taken() as held:
            # Our own child and not pg_ctl's: killed, it must not stay a zombie, which a start would take for alive.
            self._process = self.binaries.start(
                "postgres", "-D", str(self.data), within=self.directory, said="log", pass_fds=(held,)
            )
        while not self._answers():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.01)
                raise NoServer(f"the server ended at its start: {self.log[-1000:]}")

    def stop(self, mode: str = "fast") -> None:
        """Stop: "smart" waits for the clients to go, "fast" sends them away, "immediate" is a crash with a farewell."""
        if self.running:
            self._signal({"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
            self._await_end()

    def kill(self) -> None:
        """Kill every process of the server by SIGKILL, as when the machine loses its power but for the disk cache."""
        found = guard.processes(self.directory) if self.running else []
        if found:
            os.kill(found[0], signal.SIGSTOP)  # it would start the others anew
            found = guard.processes(self.directory)
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._await_end()

    def restart(self, mode: str = "fast") -> None:
        """Stop and start again."""
        self.stop(mode)
        self.start()

    def promote(self) -> None:
        """Make a standby the primary; return when it takes writes."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            assert connection.execute("SELECT pg_promote()").fetchone() == (True,), self.log

    def close(self) -> None:
        """Stop the server and remove all that it had."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()
        if self._process is not None:
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def _placed(cls, binaries: Binaries) -> Server:
        base = _base()
        guard.end_what_was_left_behind(base)
        directory = Path(tempfile.mkdtemp(prefix=guard.PREFIX, dir=base))
        (directory / "making").touch(0o600)
        held = guard.take(directory / "making")
        assert held is not None
        (directory / "making").rename(directory / "guarded")
        server = cls(binaries, directory, _guarded(directory, held))
        os.close(held)
        with server._gone_on_failure():
            files = [directory / name for name in ("running", "log", "said")]
            for path in files:
                path.touch(0o600)
            if binaries.account:
                for path in (directory, *files):
                    shutil.chown(path, binaries.account)
            server.binaries = binaries.usable(directory)
        return server

    @contextlib.contextmanager
    def _taken(self) -> Iterator[int]:
        """Give the lock of the servers to what is started here: its processes hold it on until the last has ended."""
        held = guard.take(self.directory / "running")
        if held is None:
            raise NoServer(f"a server runs in {self.directory} already")
        try:
            yield held
        finally:
            os.close(held)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn()).close()
        except psycopg.OperationalError:
            return False
        return True

    def _await_end(self) -> None:
        guard.await_end(self.directory)
        if self._process is not None:
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        os.kill(guard.processes(self.directory)[0], number)

    @contextlib.contextmanager
    def _gone_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise


def _guarded(directory: Path, held: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", guard.__file__, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd="/",
        pass_fds=(held,),
        start_new_session=True,  # a Ctrl-C is for the tests; the guard ends when they have
    )


def _base() -> Path:
    """Return the folder for temporary files, or one that the account can enter and whose sockets have short names."""
    for base in map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp")):
        entered = os.geteuid() != 0 or all(path.stat().st_mode & 0o001 for path in (base, *base.parents))
        if base.is_dir() and entered and len(os.fsencode(base)) + len(guard.PREFIX) + 8 < LONGEST_SOCKET:
            return base
    raise NoServer("no folder for temporary files is open to an unprivileged account", "set TMPDIR to such a folder")
