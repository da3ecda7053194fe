"""What a database must say after its process was killed; used for a sample in the suite and for every statement in
benchmarks/.
"""

from __future__ import annotations

import acts
import forking
import killed


def statements(url: str) -> int:
    """Return how many statements and commits the whole play takes, having played it on the database at `url`."""
    done = forking.run("killed", url, 0, "before")
    assert done.returncode == 0
    return int(done.stdout.split()[-1])


def kill(url: str, statement: int, moment: str) -> list[str]:
    """Play, be killed at that statement, and return the acts that were acknowledged."""
    done = forking.run("killed", url, statement, moment)
    assert done.returncode == -9
    return _acknowledged(done.stdout.splitlines())


def kill_from_outside(url: str, lines: int) -> list[str]:
    """Play, be killed by another process once so many acts were acknowledged, at whatever instant that is."""
    child = forking.Child("killed", url, 0, "before")
    said = [child.stdout.readline() for _ in range(lines)]
    child.kill()
    return _acknowledged(said + child.ended().stdout.splitlines())


def aftermath(url: str, acknowledged: list[str], undisturbed: dict[str, str]) -> list[str]:
    """Return what is wrong. Plays the rest with the same keys: the ledger must come out as if nobody had been
    killed.
    """
    engine = acts.engine(url)
    found = acts.faults(engine)
    for name, act in killed.play(engine):
        done = act()
        receipt = getattr(done, "receipt", done)
        if name in acknowledged and not getattr(receipt, "replayed", True):
            found.append(f"{name} was acknowledged and is lost")
    found += acts.faults(engine)
    if acts.heads(engine) != undisturbed:
        found.append("the ledger is not what it would have been")
    engine.close()
    return found


def _acknowledged(lines: list[str]) -> list[str]:
    return [line.removeprefix("done ").strip() for line in lines if line.startswith("done ")]
