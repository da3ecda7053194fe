"""docs/reference/ledger.md tells an auditor how to check a ledger without us: what it says is so."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tampering import NAMES, verified
from test_raw import altered

from gongxiang import open_engine
from gongxiang.workflow import auditing, sealing
from gongxiang.workflow.verify import CODES

GUIDE = Path(__file__).parents[3] / "docs" / "reference" / "ledger.md"


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The scripts of the page: the log, a proof, the chains."""
    found = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(found) == 3
    paths = [tmp_path_factory.mktemp("guide") / "verify.py" for _ in found]
    for path, text in zip(paths, found, strict=True):
        path.write_text(text, "utf-8")
    return paths


@pytest.fixture(scope="module")
def script(scripts: list[Path]) -> Path:
    return scripts[2]


def run(script: Path, *told: object) -> subprocess.CompletedProcess[str]:
    # Isolated and from its own folder: nothing of ours can be imported by accident.
    line = [sys.executable, "-I", "-S", str(script), *map(str, told)]
    return subprocess.run(line, capture_output=True, encoding="utf-8", check=False, cwd=script.parent)


@pytest.mark.parametrize("name", NAMES)
def test_the_script_finds_the_chains_whole_and_the_head_that_we_find(
    script: Path, databases: dict[str, Path], name: str
) -> None:
    done = run(script, databases[name])

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith(f"0 broken events, head {verified(databases[name]).head}")


def test_the_script_finds_a_changed_event(script: Path, databases: dict[str, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(databases["contested-escalation"], copy)
    with sqlite3.connect(copy) as connection:
        connection.execute("DROP TRIGGER gongxiang_event_no_update")
        connection.execute("UPDATE gongxiang_event SET actor = 'sy-tax' WHERE case_id = 'E-X-01' AND seq = 3")
    connection.close()

    done = run(script, copy)

    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "broken: E-X-01 3"


@pytest.fixture
def sealed(databases: dict[str, Path], tmp_path: Path) -> Path:
    """A ledger sealed in four pieces."""
    copy = Path(shutil.copy(databases["contested-escalation"], tmp_path / "sealed.db"))
    with closing(open_engine(f"sqlite:///{copy}")) as engine:
        sealing.seal(engine._store, datetime(2026, 7, 1, 3, tzinfo=UTC), batch=30)
    return copy


def seal_of(database: Path) -> str:
    """Return SIZE:ROOT of the last seal."""
    with closing(open_engine(f"sqlite:///{database}")) as engine:
        return auditing.seals(engine)[-1].noted


def test_the_script_finds_the_root_that_we_sealed(scripts: list[Path], sealed: Path) -> None:
    done = run(scripts[0], sealed)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{seal_of(sealed)}, 0 wrong"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM gongxiang_event WHERE case_id = 'E-X-01'",
        "UPDATE gongxiang_leaf SET hash = upper(hash) WHERE place = 7",
        "DELETE FROM gongxiang_leaf WHERE place = 7",
        "UPDATE gongxiang_seal SET root = upper(root) WHERE number = 2",
        "UPDATE gongxiang_seal SET size = size + 1000 WHERE number = 4",
    ],
)
def test_the_script_finds_a_log_that_was_touched(
    scripts: list[Path], sealed: Path, tmp_path: Path, statement: str
) -> None:
    assert run(scripts[0], altered(sealed, tmp_path, statement)).returncode == 1


@pytest.mark.parametrize("case", ["E-X-01", "E-R-01/D", ""])
def test_the_script_checks_a_proof_by_the_root_alone(
    scripts: list[Path], sealed: Path, tmp_path: Path, case: str
) -> None:
    with closing(open_engine(f"sqlite:///{sealed}")) as engine:
        record = auditing.prove(engine, case).as_record()
    told, other = tmp_path / "proof.json", tmp_path / "other.json"
    told.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    kept = seal_of(sealed)

    done = run(scripts[1], told, kept)

    assert (done.returncode, done.stdout.strip()) == (0, f"{case} {record['seq']}: sealed".strip())
    for change in ({"seq": 99}, {"case": "E-X-99"}, {"place": 0}, {"hash": "0" * 64}, {"path": record["path"][1:]}):
        other.write_text(json.dumps({**record, **change}, ensure_ascii=False), "utf-8")
        assert run(scripts[1], other, kept).returncode == 1
    assert run(scripts[1], told, kept[:-1] + ("0" if kept[-1] != "0" else "1")).returncode == 1


def test_the_guide_lists_every_code_with_its_meaning() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    codes = [entry for entry in listed if entry[0] in CODES]

    assert codes == [(code, text.zh, text.en) for code, text in CODES.items()]
