"""Workers as processes: they record, remind once, are told to stop, and outlive their database."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import acts
import databases
import pytest
from acts import at
from postgres import NoServer, Server
from working import FROM_NOTHING, TERMINATED, Working

# Requests received on 12 February 2026 are due on the 26th; the correction ordered on 3 March on the 17th.
AFTER = "2026-03-18T09:00:00+08:00"
QUIET = ("--seal", "none", "--remind", "none", "--warn", "none")


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """A database for what has nothing to do with databases."""
    return f"sqlite:///{tmp_path / 'cases.db'}"


@pytest.fixture
def durable() -> Iterator[Server]:
    """A server of our own that may be stopped, and comes back with what it has acknowledged."""
    try:
        server = Server.create(durable=True)
    except NoServer as error:
        databases.skip(error.why, error.mend)
    with server:
        yield server


def requests(url: str, number: int, first: int = 0) -> None:
    engine = acts.engine(url)
    for one in range(first, first + number):
        acts.request(engine, f"R-{one}")
    engine.close()


def lapses(url: str) -> list[str]:
    engine = acts.engine(url)
    found = sorted(event.case for event in engine.ledger() if event.kind == "lapse")
    assert acts.faults(engine) == []
    engine.close()
    return found


def test_a_worker_records_what_has_lapsed_and_ends_when_it_is_told_to(shared_url: str) -> None:
    requests(shared_url, 3)

    with Working(shared_url, "--name", "first", "--now", AFTER, *QUIET, program=FROM_NOTHING) as worker:
        swept = worker.until("sweep")
        worker.signal()
        code = worker.ended()

    assert code == 0
    assert (swept["lapses"], swept["held"], swept["incidents"], swept["whole"]) == (3, 0, 0, True)
    # From the beginning of 27 February to nine o'clock on 18 March: nineteen days and nine hours.
    assert swept["oldest_seconds"] == (19 * 24 + 9) * 3600
    assert [told["event"] for told in worker.said] == ["started", "sweep", "stopped"]
    assert {told["worker"] for told in worker.said} == {"first"}
    assert lapses(shared_url) == ["R-0", "R-1", "R-2"]
    (row,) = acts.engine(shared_url).health(now=at("2026-03-18T09:00")).workers
    assert (row.worker, row.stopped_at, row.told["sweep"]["lapses"]) == ("first", at("2026-03-18T09:00"), 3)


def test_a_worker_told_twice_to_stop_in_a_batch_finishes_it_and_leaves_the_rest(shared_url: str) -> None:
    requests(shared_url, 25)

    with Working(shared_url, "--now", AFTER, *QUIET, program=TERMINATED) as stopped:
        assert stopped.ended() == 0
    recorded = lapses(shared_url)
    with Working(shared_url, "--once", "--now", AFTER, *QUIET) as after:
        assert after.ended() == 0

    (swept,) = stopped.all("sweep")
    assert (swept["lapses"], swept["batches"], swept["whole"]) == (20, 2, False)
    assert len(recorded) == 20
    assert after.all("sweep")[0]["lapses"] == 5
    assert lapses(shared_url) == sorted(f"R-{one}" for one in range(25))


def test_two_workers_side_by_side_record_each_lapse_and_remind_once(shared_url: str) -> None:
    requests(shared_url, 30)
    words = ("--remind", "08:30", "--seal", "none", "--warn", "none", "--every", "1", "--now", AFTER)

    with ExitStack() as both:
        workers = [both.enter_context(Working(shared_url, "--name", name, *words)) for name in ("one", "two")]
        for worker in workers:
            worker.until("sweep")
            worker.until("sweep")
            worker.signal()
        assert [worker.ended() for worker in workers] == [0, 0]

    reminders = [told for worker in workers for told in worker.all("reminder")]
    assert [(told["department"], told["overdue"]) for told in reminders] == [("police", 30)]
    assert sum(told["lapses"] for worker in workers for told in worker.all("sweep")) == 30
    assert len(lapses(shared_url)) == 30


def test_a_worker_says_over_http_whether_it_works_and_nothing_else(file_url: str) -> None:
    requests(file_url, 1)

    with Working(file_url, "--name", "seen", "--health", "127.0.0.1:0", "--now", AFTER, *QUIET) as worker:
        port = worker.until("listening")["port"]
        worker.until("sweep")
        answered = [asked(port, method, path) for method, path in QUESTIONS]
        worker.signal()
        assert worker.ended() == 0

    (code, body), headed, *others = answered
    assert code == 200
    assert headed == (200, "")
    told = json.loads(body)
    assert (told["ok"], told["worker"], told["standing"]) == (True, "seen", "working")
    assert [code for code, _ in others] == [404, 404, 501]
    with pytest.raises(ConnectionRefusedError):
        asked(port, "GET", "/healthz")


def test_two_workers_of_one_name_say_so(shared_url: str) -> None:
    requests(shared_url, 1)
    one, other = (Working(shared_url, "--name", "w", "--every", "1", *QUIET) for _ in range(2))

    with one, other:
        pids = [worker.until("name_shared")["pid"] for worker in (one, other)]
        one.signal()
        other.signal()
        assert [one.ended(), other.ended()] == [0, 0]

    assert pids == [other.pid, one.pid]
    assert [len(worker.all("name_shared")) for worker in (one, other)] == [1, 1]


QUESTIONS = (("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", "/"), ("GET", "/healthz/../etc"), ("POST", "/healthz"))


def asked(port: int, method: str, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, said


def test_a_worker_outlives_its_database_and_goes_on_when_it_is_back(durable: Server) -> None:
    url = durable.url("postgres")
    requests(url, 2)

    with Working(url, "--every", "1", "--health", "0", *QUIET) as worker:
        port = worker.until("listening")["port"]
        worker.until("sweep", lapses=2)
        durable.stop("immediate")
        away = worker.until("database_away")
        code, said = asked(port, "GET", "/healthz")
        worker.until("database_away", tries=2)
        durable.start()
        back = worker.until("database_back")
        requests(url, 1, first=2)
        worker.until("sweep", lapses=1)
        worker.signal()
        assert worker.ended() == 0

    assert away["error"].startswith(("cannot_open_database", "connection_lost", "database"))
    assert (code, json.loads(said)["standing"]) == (503, "database_away")
    assert back["since"] <= back["moment"]


def test_a_worker_that_starts_before_its_database_waits_for_it_and_may_be_stopped_meanwhile(durable: Server) -> None:
    url = durable.url("postgres")
    durable.stop()

    with Working(url, *QUIET) as stopped, Working(url, *QUIET) as patient:
        stopped.until("database_away")
        stopped.signal()
        assert stopped.ended() == 0
        patient.until("database_away")
        durable.start()
        patient.until("database_back")
        patient.signal()
        assert patient.ended() == 0

    assert stopped.said[-1]["unfinished"] is True
    assert patient.said[-1]["unfinished"] is False


def program(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_hook_gets_each_reminder_as_json_on_its_standard_input(file_url: str, tmp_path: Path) -> None:
    requests(file_url, 1)
    acts.finding(acts.engine(file_url), at=at("2026-03-17T09:00"))
    given = tmp_path / "given.jsonl"
    hook = program(tmp_path / "hook", f"cat >> '{given}'")

    words = ("--remind", "08:30", "--seal", "none", "--warn", "none", "--hook", hook)
    with Working(file_url, "--once", "--now", "2026-02-26T09:00:00+08:00", *words) as worker:
        assert worker.ended() == 0

    (line,) = [json.loads(line) for line in given.read_text("utf-8").splitlines()]
    assert line == worker.all("reminder")[0]
    assert (line["department"], line["name"], line["due_today"]) == ("police", "沈阳市公安局", 1)
    (item,) = line["items"]
    assert (item["case"], item["duty"], item["due"], item["when"]) == ("R-0", "reply", "2026-02-26", "due_today")


@pytest.mark.parametrize(
    ("body", "error"), [("echo 'no relay' >&2; exit 7", "exit 7: no relay"), ("exec sleep 1000", "it took too long")]
)
def test_a_hook_that_does_not_do_its_work_is_logged_and_stops_nothing(
    body: str, error: str, tmp_path: Path, file_url: str
) -> None:
    requests(file_url, 1)
    waiting = tmp_path / "waiting"
    os.mkfifo(waiting)
    hook = program(tmp_path / "hook", f"echo > '{waiting}'; {body}")

    with Working(file_url, "--remind", "08:30", *QUIET[:2], "--hook", hook, "--now", AFTER) as worker:
        waiting.read_text("utf-8")  # the hook runs
        if "sleep" in body:
            worker.signal()  # so it is not waited for
            failed = worker.until("hook_failed")
        else:
            failed = worker.until("hook_failed")
            worker.until("sweep", lapses=1)
            worker.signal()
        assert worker.ended() == 0

    assert failed["error"].startswith(error)
    assert json.loads(failed["line"])["event"] == "reminder"
