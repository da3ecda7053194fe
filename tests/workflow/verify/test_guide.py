"""docs/reference/ledger.md tells an auditor how to check a ledger without us: what it says is so."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import NAMES
from tampering import verified

from gongxiang.workflow.verify import CODES

GUIDE = Path(__file__).parents[3] / "docs" / "reference" / "ledger.md"


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(found) == 1
    path = tmp_path_factory.mktemp("guide") / "verify.py"
    path.write_text(found[0], "utf-8")
    return path


def run(script: Path, database: Path) -> subprocess.CompletedProcess[str]:
    # Isolated and from its own folder: nothing of ours can be imported by accident.
    line = [sys.executable, "-I", "-S", str(script), str(database)]
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


def test_the_guide_lists_every_code_with_its_meaning() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    codes = [entry for entry in listed if entry[0] in CODES]

    assert codes == [(code, text.zh, text.en) for code, text in CODES.items()]
