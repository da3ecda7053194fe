"""A recalculation on the command line ends between two batches when somebody presses Ctrl-C, and says how to go on."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commanding import LONG_CASE, Answer, run

from gongxiang import terminal
from gongxiang.workflow import recalculating

SIGNED = ("--apply", "--by", "sy-auth", "--signer", "王某")


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One case a batch, and Ctrl-C while the first is done."""
    monkeypatch.setattr(recalculating, "BATCH", 1)

    @contextmanager
    def gauge(_: str) -> Iterator[Callable[[int, int], None]]:
        yield lambda done, _: signal.raise_signal(signal.SIGINT) if done == 1 else None

    monkeypatch.setattr(terminal, "gauge", gauge)


def moved(answer: Answer) -> list[str]:
    document = answer.document
    return [move["case"] for move in (document.get("recalculated") or document)["moved"]]


@pytest.mark.usefixtures("pressed")
@pytest.mark.parametrize("command", ["import", "recalculate"])
def test_what_ctrl_c_stopped_the_command_it_prints_goes_on_with(command: str, world: str, notice: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    if command == "recalculate":
        assert run("calendar", "import", str(notice), "--apply", database=world).code == 0
    words = ("import", str(notice)) if command == "import" else ("recalculate",)

    stopped = run("calendar", *words, *SIGNED, "--json", database=world)
    mend = stopped.complaint["reasons"][0]["mend"]
    asked = shlex.split(mend.partition("：")[2])
    program, option, database, *rest = asked
    rest_of_it = run(*rest, "--json", database=database)

    assert (stopped.code, stopped.complaint["code"]) == (1, "stopped")
    assert (program, option, rest) == ("gongxiang", "--db", ["calendar", "recalculate", *SIGNED])
    assert rest_of_it.code == 0
    assert (len(moved(stopped)), moved(rest_of_it)) == (1, ["X-9"])
    assert {*moved(stopped), *moved(rest_of_it)} >= {LONG_CASE, "X-9"}
    assert signal.getsignal(signal.SIGINT) is before
    assert run("audit", "verify", database=world).code == 0


@pytest.mark.usefixtures("pressed")
def test_the_line_that_says_how_to_go_on_keeps_the_word_that_shortens(world: str, notice: Path) -> None:
    stopped = run("calendar", "import", str(notice), *SIGNED, "--shorten", "--lang", "en", database=world)

    assert stopped.error.startswith("✗ stopped as asked: cases moved: 1; the rest is untouched\n")
    # Without the blanks: where the line breaks depends on how long the database's address is.
    assert "".join(stopped.error.split()).endswith("--signer'王某'--shorten")


def test_a_notice_that_is_known_is_refused_with_the_command_that_moves_what_it_moves(world: str, notice: Path) -> None:
    run("calendar", "import", str(notice), "--apply", database=world)

    refused = run("calendar", "import", str(notice), *SIGNED, "--lang", "en", database=world)

    assert refused.code == 1
    assert "calendar recalculate" in refused.error
