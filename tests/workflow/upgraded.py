"""A process that upgrades a database several times, each time in a child that is killed at another statement.

    python upgraded.py URL STATEMENT...

prints after each child "killed STATEMENT VERSION DIGEST": which version stands there then, and what all tables hold.
Statement 0 kills nobody, and "done STATEMENTS VERSION DIGEST" says how many statements and commits there were.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
from earlier_release import contents
from killed import kill_at

from gongxiang.workflow.store import upgrading


def upgrade(url: str, statement: int) -> str:
    """Upgrade in a child; return what became of it."""
    child = os.fork()
    if not child:
        count = kill_at(statement, "after")
        upgrading.upgrade(url)
        os._exit(count.passed)
    _, status = os.waitpid(child, 0)
    return f"killed {statement}" if os.WIFSIGNALED(status) else f"done {os.WEXITSTATUS(status)}"


def main(url: str, statements: list[int]) -> None:
    upgrading.steps()  # what Alembic costs to load is paid once
    for statement in statements:
        became = upgrade(url, statement)
        digest = hashlib.sha256(repr(contents(url)).encode()).hexdigest()
        print(became, upgrading.status(url).present, digest, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(one) for one in sys.argv[2:]])
