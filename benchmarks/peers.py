"""The same six-step case in this engine and in the peers that pip can install, side by side in one run, as Markdown.

python benchmarks/peers.py [--rounds N] [--cases N] [--venv DIR] [--postgres URL] [--write]

A request is submitted, refused, disputed; the dispute is taken up and settled; the request is closed. Each step is an
act of its own: the case is read from the database, moved, written and committed, and the next step waits for the
answer. Every peer runs in a process and a virtual environment of its own, on a new database, in turn (A B C, A B C).
On SQLite all have a write-ahead log and synchronous=FULL, and the forced writes are counted (where strace is there);
on PostgreSQL fsync and synchronous_commit must be on. A peer that cannot be installed or run is listed with the reason.
`--venv` keeps the environments, `--write` puts the tables into docs/explanation/peers.md. Exit 1 when a run failed.

What is installed for each:

    SpiffWorkflow: SpiffWorkflow==3.2.0
    viewflow.fsm: django-viewflow==2.4.0
    python-statemachine: python-statemachine==3.2.2 SQLAlchemy==2.1.9
    DBOS: dbos==3.4.0 psycopg[binary]==3.3.9
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REQUIREMENTS = dict(re.findall(r"^    ([\w.-]+): (.+)$", __doc__, re.MULTILINE))
WARM_UP, RUN_SECONDS, SETTLING_SECONDS = 5, 600, 10
REPORT = Path(__file__).parents[1] / "docs" / "explanation" / "peers.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

# The machine that every peer gets: the states and events of share_request and its dispute, the two cases told as one.
MOVES = (
    ("submit", "new", "awaiting_reply"),
    ("grant", "awaiting_reply", "granted"),
    ("refuse", "awaiting_reply", "refused"),
    ("raise_dispute", "granted", "disputed"),
    ("raise_dispute", "refused", "disputed"),
    ("accept", "disputed", "coordinating"),
    ("settle", "coordinating", "granted"),
    ("withdraw", "awaiting_reply", "withdrawn"),
    ("withdraw", "disputed", "withdrawn"),
    ("close", "granted", "closed"),
    ("close", "refused", "closed"),
)
STATES = list(dict.fromkeys(state for _, *ends in MOVES for state in ends))
FINAL = ("withdrawn", "closed")
ACTS = ("refuse", "raise_dispute", "accept", "settle", "close")
REPLY_DAYS = 14  # calendar days: 12 to 26 February 2026, the due date that this engine computes from five working days

Submit = Callable[[str], object]
Act = Callable[[str, str], object]
Ready = tuple[Submit, Act | None, type[Exception] | None]  # no act: submitting runs through; no error: refuses nothing


def ours(url: str) -> Ready:
    from datetime import datetime

    import gongxiang
    from gongxiang.errors import StepNotAllowed

    def at(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-{text}+08:00")

    engine = gongxiang.open_engine(url, rules="decree-330")
    cast = {"police": "government", "labour": "government", "bureau": "authority"}
    for name, kind in cast.items():
        engine.register({"id": name, "name": name, "region": "210100", "level": "city", "kind": kind})
    resource = {
        "code": "307-01-000001",
        "name": "人口基础信息",
        "sharing": "conditional",
        "legal_basis": ["某条例第三条"],
    }
    request = {"purpose": "核验参保人员", "basis": "社会保险法", "scope": "姓名、身份证号"}
    acts: dict[str, tuple[str, str, datetime, dict[str, Any]]] = {
        "refuse": ("", "police", at("02-25T10:00"), {"reasons": "范围超出职责", "legal_basis": ["某条例第五条"]}),
        "raise_dispute": ("", "labour", at("02-26T10:00"), {"grounds": "请求有法律依据"}),
        "accept": ("/D", "bureau", at("02-27T10:00"), {}),
        "settle": ("/D", "bureau", at("03-02T10:00"), {"outcome": "grant", "opinion": "双方同意缩小范围"}),
        "close": ("", "labour", at("03-03T10:00"), {}),
    }

    def submit(case: str) -> object:
        return engine.open(
            "share_request",
            case=case,
            by="labour",
            provider="police",
            at=at("02-12T09:00"),
            resource=resource,
            payload=request,
            idempotency_key=f"{case} submit",
        )

    def act(case: str, event: str) -> object:
        suffix, by, moment, payload = acts[event]
        return engine.fire(case + suffix, event, by=by, at=moment, payload=payload, idempotency_key=f"{case} {event}")

    return submit, act, StepNotAllowed


def spiffworkflow(url: str) -> Ready:
    from io import BytesIO

    from lxml import etree
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.exceptions import WorkflowException
    from SpiffWorkflow.util.task import TaskState

    parser, serializer = BpmnParser(), BpmnWorkflowSerializer()
    parser.add_bpmn_xml(etree.parse(BytesIO(bpmn().encode())))
    spec = parser.get_spec("share_request")
    database = sqlite3.connect(url.removeprefix("sqlite:///"))
    with database:
        database.execute("CREATE TABLE instance (name TEXT PRIMARY KEY, body TEXT NOT NULL)")

    def onward(workflow: Any) -> str:
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
        return str(serializer.serialize_json(workflow))

    def submit(case: str) -> None:
        with database:
            database.execute("INSERT INTO instance VALUES (?, ?)", (case, onward(BpmnWorkflow(spec))))

    def act(case: str, event: str) -> None:
        with database:
            (body,) = database.execute("SELECT body FROM instance WHERE name = ?", (case,)).fetchone()
            workflow = serializer.deserialize_json(body)
            (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
            task.data["act"] = event
            task.run()
            database.execute("UPDATE instance SET body = ? WHERE name = ?", (onward(workflow), case))

    return submit, act, WorkflowException


def bpmn() -> str:
    """Return the machine as BPMN: a user task for each state that waits, a gateway by the act, a timer on the reply."""
    waiting = [state for state in STATES if state != "new" and state not in FINAL]
    flows = [("start", "awaiting_reply", ""), ("lapse", "lapsed", "")]
    flows += [(state, f"{state}_act", "") for state in waiting]
    flows += [(f"{source}_act", target, event) for event, source, target in MOVES if source != "new"]
    parts = ['<startEvent id="start"/>', *(f'<endEvent id="{state}"/>' for state in (*FINAL, "lapsed"))]
    parts += [f'<userTask id="{state}" name="{state}"/><exclusiveGateway id="{state}_act"/>' for state in waiting]
    parts.append('<boundaryEvent id="lapse" attachedToRef="awaiting_reply" cancelActivity="false">')
    parts.append(f'<timerEventDefinition><timeDuration>"P{REPLY_DAYS}D"</timeDuration></timerEventDefinition>')
    parts.append("</boundaryEvent>")
    for number, (source, target, event) in enumerate(flows):
        when = f"<conditionExpression>act == '{event}'</conditionExpression>" if event else ""
        parts.append(f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{when}</sequenceFlow>')
    namespace = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="peers"'
    return f'<definitions {namespace}><process id="share_request">{"".join(parts)}</process></definitions>'


def viewflow_fsm(url: str) -> Ready:
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:///")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    from django.db import connection, models, transaction  # these two read the settings when they are imported
    from viewflow.fsm import State, TransitionNotAllowed

    class Case(models.Model):  # type: ignore[misc]  # Django has no types here
        name = models.CharField(max_length=40, primary_key=True)
        state = models.CharField(max_length=20)

        class Meta:
            app_label = "peers"

    with connection.schema_editor() as editor:
        editor.create_model(Case)
    state = State(STATES, default="new")
    state.getter()(lambda flow: flow.case.state)
    state.setter()(lambda flow, value: setattr(flow.case, "state", value))
    members: dict[str, Any] = {"state": state, "__init__": lambda flow, case: setattr(flow, "case", case)}
    for event, source, target in MOVES:

        def move(_flow: Any) -> None:
            """What else is to be done in this step: nothing."""

        move.__name__ = event
        members[event] = state.transition(source=source, target=target)(members.get(event, move))
    flow = type("Flow", (), members)

    def act(case: str, event: str) -> None:
        with transaction.atomic():
            found = Case.objects.get(pk=case)
            getattr(flow(found), event)()
            found.save(update_fields=["state"])

    def submit(case: str) -> None:
        with transaction.atomic():
            new = Case(name=case, state="new")
            flow(new).submit()
            new.save(force_insert=True)

    return submit, act, TransitionNotAllowed


def python_statemachine(url: str) -> Ready:
    from types import new_class

    from sqlalchemy import Column, String, create_engine
    from sqlalchemy.orm import Session, declarative_base
    from statemachine import State, StateMachine
    from statemachine.exceptions import TransitionNotAllowed

    base: Any = declarative_base()

    class Case(base):
        __tablename__ = "peers_case"
        name = Column(String, primary_key=True)
        state = Column(String, nullable=False)

    members: dict[str, Any] = {name: State(initial=name == "new", final=name in FINAL) for name in STATES}
    for event, source, target in MOVES:
        move = members[source].to(members[target])
        members[event] = members[event] | move if event in members else move
    machine: Any = new_class("ShareRequest", (StateMachine,), exec_body=lambda namespace: namespace.update(members))
    engine = create_engine(url)
    base.metadata.create_all(engine)

    def submit(case: str) -> None:
        with Session(engine) as session, session.begin():
            new = Case(name=case)
            machine(new).send("submit")
            session.add(new)

    def act(case: str, event: str) -> None:
        with Session(engine) as session, session.begin():
            machine(session.get_one(Case, case)).send(event)

    return submit, act, TransitionNotAllowed


def dbos(url: str) -> tuple[Ready, Ready]:
    """Return two ways: a workflow that takes the six steps without waiting for anybody, and one to which each act is
    sent and which writes its answer. The table of moves is the host's: DBOS has no states and refuses nothing by
    itself. To move in the table is no work, so only where nothing else is written is it a step.
    """
    from dbos import DBOS, SetWorkflowID

    # On SQLite it looks for messages at an interval: 1 s unless told otherwise, here the shortest that it allows.
    DBOS(
        config={
            "name": "peers",
            "system_database_url": url,
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": 0.001,
        }
    )
    targets = {(event, source): target for event, source, target in MOVES}

    @DBOS.step()
    def move(event: str, state: str) -> str:
        return targets[event, state]

    @DBOS.workflow()
    def straight() -> None:
        state = "new"
        for event in ("submit", *ACTS):
            state = move(event, state)

    @DBOS.workflow()
    def waiting() -> None:
        event, state = "submit", "new"
        while (state := targets[event, state]) not in FINAL:
            DBOS.set_event(event, state)
            event = DBOS.recv("act", timeout_seconds=REPLY_DAYS * 86_400)
        DBOS.set_event(event, state)

    DBOS.launch()

    def whole(case: str) -> None:
        with SetWorkflowID(case):
            straight()

    def submit(case: str) -> None:
        with SetWorkflowID(case):
            DBOS.start_workflow(waiting)
        DBOS.get_event(case, "submit")

    def act(case: str, event: str) -> None:
        DBOS.send(case, event, "act", idempotency_key=f"{case} {event}")
        DBOS.get_event(case, event)

    return (whole, None, None), (submit, act, None)


@dataclass
class Contender:
    """One way through the six steps; `closed` counts the cases that its own tables say are done."""

    name: str
    needs: str | None
    begin: Callable[[str], Ready]
    closed: str
    found: list[dict[str, Any]] = field(default_factory=list)
    forced: float | None = None
    failed: str = ""

    def count(self, url: str) -> Any:
        return ask(url.replace("+psycopg", ""), self.closed.format(schema="" if url.startswith("sqlite") else "dbos."))

    def rate(self, of: Callable[[list[float]], float]) -> float:
        return of([one["rate"] for one in self.found])


ORM = "SELECT count(*) FROM peers_case WHERE state = 'closed'"
SPIFF = "SELECT count(*) FROM instance WHERE json_extract(body, '$.completed')"
DONE = "SELECT count(*) FROM {schema}workflow_status WHERE status = 'SUCCESS'"
CONTENDERS = (
    Contender("gongxiang", None, ours, "SELECT count(*) FROM gongxiang_case WHERE state = 'closed'"),
    Contender("SpiffWorkflow", "SpiffWorkflow", spiffworkflow, SPIFF),
    Contender("viewflow.fsm, Django's ORM", "viewflow.fsm", viewflow_fsm, ORM),
    Contender("python-statemachine, SQLAlchemy's ORM", "python-statemachine", python_statemachine, ORM),
    Contender("DBOS, nobody waited for", "DBOS", lambda url: dbos(url)[0], DONE),
    Contender("DBOS, each act sent and answered", "DBOS", lambda url: dbos(url)[1], DONE),
)


def work(number: int, url: str, cases: int, marker: str) -> None:
    """Take one contender through the cases in this process and print what was found as JSON.

    The marker is forced to disk before and after the timed part, so that a trace shows where that lies.
    """
    submit, act, refusal = CONTENDERS[number].begin(url)
    said = "nothing of its own"
    if act and refusal:
        submit("early")
        try:
            act("early", "close")
            said = "it was done"
        except refusal as error:
            said = f"`{type(error).__name__}: {str(error).strip()}`"

    def run(first: int, past: int) -> None:
        for case in map(str, range(first, past)):
            submit(case)
            for event in ACTS if act else ():
                act(case, event)

    file = os.open(marker, os.O_CREAT | os.O_WRONLY)
    run(0, WARM_UP)
    before = census(url)
    os.fdatasync(file)
    begun = time.perf_counter()
    run(WARM_UP, WARM_UP + cases)
    seconds = time.perf_counter() - begun
    os.fdatasync(file)
    # What was answered is done; that it is done, a peer may write down only behind its answer.
    end = time.monotonic() + SETTLING_SECONDS
    while CONTENDERS[number].count(url) < WARM_UP + cases and time.monotonic() < end:
        time.sleep(0.01)
    rows, size = ((now - then) / cases for now, then in zip(census(url), before, strict=True))
    print(
        json.dumps({"rate": cases * (1 + len(ACTS)) / seconds, "said": said, "rows": rows, "bytes": size}), flush=True
    )
    os._exit(0)  # a peer's own threads are not waited for


def census(url: str) -> tuple[int, int]:
    """Return the rows of all tables and the bytes of an SQLite database; nothing is counted on PostgreSQL."""
    if not url.startswith("sqlite"):
        return 0, 0
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = sum(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables)
        (pages,), (page,) = (database.execute(f"PRAGMA page_{what}").fetchone() for what in ("count", "size"))
        return rows, pages * page


def ask(url: str, statement: str) -> Any:
    """Run a statement in autocommit and return the first value of its answer, None where it has none."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return (database.execute(statement).fetchone() or (None,))[0]
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(statement.encode())
        return (answer.fetchone() or (None,))[0] if answer.description else None


@contextmanager
def new_database(folder: Path, server: str | None) -> Iterator[str]:
    """Make a database for one run: a file with a write-ahead log in the folder, or one on the server, dropped after."""
    name = f"peers_{os.getpid()}_{time.monotonic_ns()}"
    if not server:
        ask(url := f"sqlite:///{folder / name}.db", "PRAGMA journal_mode=WAL")
        yield url
        return
    ask(server, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        ask(server, f"DROP DATABASE {name} WITH (FORCE)")


def environments(folder: Path) -> dict[str | None, str]:
    """Return the interpreter of each peer's environment, made where it is not there, or why it could not be made."""
    found: dict[str | None, str] = {None: sys.executable}
    for peer, requirements in REQUIREMENTS.items():
        python = found[peer] = str(folder.absolute() / peer / "bin" / "python")
        install = [python, "-m", "pip", "install", "--quiet", *requirements.split()]
        for step in ([sys.executable, "-m", "venv", str(folder / peer)], install):
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                found[peer] = f"not installed: {last_line(done.stderr)}"
                break
    return found


def last_line(text: str) -> str:
    return ([line.strip() for line in text.splitlines() if line.strip()] or ["it said nothing"])[-1]


def cell(text: str) -> str:
    """Return the text as it may stand in a committed table: no folders of this machine, no bars."""
    return re.sub(r"(?<![\w:/])/[^\s'\"]*/", "", text).replace("|", "/")


def once(one: Contender, python: str, folder: Path, server: str | None, cases: int, *, traced: bool) -> str:
    """Run a contender once on a new database and note what was found. Return why it failed, nothing when it did not."""
    if not Path(python).exists():
        return python
    number, marker, trace = [each.name for each in CONTENDERS].index(one.name), folder / "marker", folder / "trace"
    with new_database(folder, server) as url:
        given = url if one.needs else re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
        command = [python, str(Path(__file__).resolve()), "--work", str(number), given, str(cases), str(marker)]
        if traced:
            command = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", str(trace), *command]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            return f"not done within {RUN_SECONDS} s"
        if done.returncode:
            return last_line(done.stderr)
        closed = one.count(url)
    if closed != WARM_UP + cases:
        return f"{closed} of {WARM_UP + cases} cases stand closed in its tables"
    if not traced:
        one.found.append(json.loads(last_line(done.stdout)))
        return ""
    calls = [line for line in trace.read_text().splitlines() if "sync(" in line]
    first, last = (place for place, line in enumerate(calls) if str(marker) in line)
    one.forced = (last - first - 1) / cases
    return "" if one.forced >= (1 + len(ACTS)) else f"{one.forced:.1f} forced writes a case: not every step is durable"


def measure(
    told: argparse.Namespace, folder: Path, server: str | None, pythons: dict[str | None, str]
) -> list[Contender]:
    """Run every contender that knows this kind of database, in turn; first once to count the forced writes."""
    for name in ("fsync", "synchronous_commit") if server else ():
        if (said := ask(server or "", f"SHOW {name}")) != "on":
            raise SystemExit(f"the server has {name} = {said}; the durability is the same only with on")
    lineup = [replace(one, found=[]) for one in CONTENDERS if not server or one.needs in (None, "DBOS")]
    traced = not server and shutil.which("strace") is not None
    for turn in range(0 if traced else 1, told.rounds + 1):
        for one in lineup:
            one.failed = one.failed or once(one, pythons[one.needs], folder, server, told.cases, traced=turn == 0)
            print(f"round {turn}: {one.name}: {one.failed or 'done'}", file=sys.stderr)
    return lineup


def table(lineup: list[Contender]) -> list[str]:
    """Return the figures as a Markdown table, ours first; ratios are to ours."""
    heads = (
        "",
        "steps/s, best",
        "median",
        "times ours, best",
        "median",
        "forced writes a case",
        "rows a case",
        "bytes a case",
    )
    rows, ours = [list(heads), ["---", *["---:"] * 7]], lineup[0]
    for one in lineup:
        if one.failed:
            rows.append([one.name, f"did not run: {cell(one.failed)}", *[""] * 6])
            continue
        row = [one.name, *(f"{one.rate(of):,.0f}" for of in (max, statistics.median))]
        row += ["–" if ours.failed else f"{one.rate(of) / ours.rate(of):.2f}" for of in (max, statistics.median)]
        row += ["–" if one.forced is None else f"{one.forced:.1f}"]
        row += [f"{one.found[0][what]:,.0f}" if one.found[0]["rows"] else "–" for what in ("rows", "bytes")]
        rows.append(row)
    return [f"| {' | '.join(row)} |" for row in rows]


def machine(told: argparse.Namespace, folder: Path) -> list[str]:
    """Return what is measured on, in words."""
    times = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(200):
            begun = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    about = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", about.read_text()) if about.exists() else None
    words = [f"{os.cpu_count()} cores ({model[1] if model else platform.machine()})"]
    words += [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    words += [f"PostgreSQL {ask(told.postgres, 'SHOW server_version')}"] if told.postgres else []
    words += [f"a forced write of one page takes {statistics.median(times) * 1e3:.2f} ms"]
    words += [f"load {os.getloadavg()[0]:.1f} before the first round", f"{told.rounds} rounds of {told.cases} cases"]
    return [", ".join(words) + ".", f"Peers: {', '.join(' '.join(REQUIREMENTS.values()).split())}."]


def report(told: argparse.Namespace, folder: Path) -> tuple[str, bool]:
    """Return the measured part as Markdown, and whether every run came to its end."""
    lines, all_ran, pythons = machine(told, folder), True, environments(told.venv or folder / "venv")
    for store, server in {"SQLite": None, **({"PostgreSQL": told.postgres} if told.postgres else {})}.items():
        lineup = measure(told, folder, server, pythons)
        lines += ["", f"### On {store}", "", *table(lineup)]
        all_ran = all_ran and not any(one.failed for one in lineup)
        if not server:
            lines += ["", "What each said when asked to `close` a request that still awaits its reply:", ""]
            lines += [f"- {one.name}: {one.found[0]['said']}" for one in lineup if one.found]
    return "\n".join(lines), all_ran


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=100, help="cases a round, six steps each")
    parser.add_argument("--venv", type=Path, help="keep the environments there")
    parser.add_argument("--postgres", metavar="URL", help="a server on which databases may be made")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/explanation/peers.md")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.work:
        number, url, cases, marker = told.work
        work(int(number), url, int(cases), marker)
    with tempfile.TemporaryDirectory() as folder:
        measured, all_ran = report(told, Path(folder))
    print(measured)
    if told.write:
        before, after = REPORT.read_text("utf-8").split(BEGIN)[0], REPORT.read_text("utf-8").split(END)[1]
        REPORT.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", "utf-8")
    return 0 if all_ran else 1


if __name__ == "__main__":
    sys.exit(main())
