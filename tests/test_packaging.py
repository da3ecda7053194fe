"""The wheel, built from the tree and through the sdist, holds the package alone and works in a clean environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
NEVER_AT_THE_TOP = ("workflow", "rules", "calendars", "cli")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel from the tree, the sdist, and the wheel from that sdist."""
    out = tmp_path_factory.mktemp("dist")
    build(ROOT, out / "direct", "--wheel")
    build(ROOT, out / "sdist", "--sdist")
    sdist = next((out / "sdist").glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        archive.extractall(out / "unpacked", filter="data")
    build(next((out / "unpacked").iterdir()), out / "through", "--wheel")
    return {
        "direct": next((out / "direct").glob("*.whl")),
        "sdist": sdist,
        "through the sdist": next((out / "through").glob("*.whl")),
    }


@pytest.fixture(scope="module")
def environment(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a clean environment in which the wheel that came through the sdist is installed."""
    return clean_environment(tmp_path_factory.mktemp("clean"), built["through the sdist"])


@pytest.mark.parametrize("way", ["direct", "through the sdist"])
def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(built: dict[str, Path], way: str) -> None:
    with zipfile.ZipFile(built[way]) as wheel:
        content = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}

    assert content == {path.as_posix(): (ROOT / path).read_bytes() for path in tree("gongxiang")}


def test_the_wheel_holds_the_law_the_notices_and_the_mark_of_types(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["through the sdist"]) as wheel:
        names = set(wheel.namelist())

    assert {
        "gongxiang/py.typed",
        "gongxiang/calendars/notices.toml",
        "gongxiang/rules/decree_330/articles.md",
        "gongxiang/rules/decree_330/rectification.toml",
    } <= names


def test_the_sdist_holds_what_the_tests_and_the_documents_need(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    wanted = {path.as_posix() for folder in ("gongxiang", "tests", "docs", "examples") for path in tree(folder)}
    assert {*wanted, "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "constraints.txt"} - names == set()
    assert [name for name in names if re.split("[/.]", name)[0] in NEVER_AT_THE_TOP] == []


def test_installed_alone_with_what_it_declares_the_command_answers(environment: Path, tmp_path: Path) -> None:
    command = environment.with_name("gongxiang")

    help_text = run(command, "--help", cwd=tmp_path)
    answer = json.loads(run(command, "calendar", "due", "2026-02-13", "5", "--json", cwd=tmp_path))

    assert "calendar" in help_text
    # 14 February, a make-up Saturday, is the first; 24 to 27 February the other four (国办发明电〔2025〕7号).
    assert answer["due"] == "2026-02-27"


def test_nothing_of_ours_stands_at_the_top_of_site_packages_but_the_package(environment: Path, tmp_path: Path) -> None:
    ask = "import importlib.metadata as m; print(*{f.parts[0] for f in m.files('gongxiang') if f.parts[0] != '..'})"

    recorded = run(environment, "-c", ask, cwd=tmp_path).split()

    assert {name.split("-")[0] for name in recorded} == {"gongxiang"}
    for name in NEVER_AT_THE_TOP:
        found = run(
            environment, "-c", f"import importlib.util as u; print(u.find_spec('{name}'))", cwd=tmp_path
        ).strip()
        assert found == "None"


def test_a_distribution_that_brings_an_instrument_governs_its_place(
    built: dict[str, Path], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # An environment of its own: what is installed here meets no other test.
    python = clean_environment(tmp_path_factory.mktemp("bringing"), built["through the sdist"])
    command = python.with_name("gongxiang")

    def ask(*words: str) -> Any:
        return json.loads(run(command, *words, "--json", cwd=tmp_path))

    ask("rules", "new", "jilin-2026", "--into", "made")
    assert "jilin-2026" not in {one["id"] for one in ask("rules", "list")["instruments"]}
    build(tmp_path / "made" / "jilin-2026", tmp_path / "dist", "--wheel")
    install(python, next((tmp_path / "dist").glob("*.whl")), tmp_path)

    known = ask("rules", "list")
    assert "jilin-2026" in {one["id"] for one in known["instruments"]}
    assert {"jilin-2026-2024-01-01", "jilin-2026-2025-08-01"} <= set(known["rule_books"])
    assert ask("rules", "check")["findings"] == []
    # 99 is the sample's region; it is governed by Order 809 too from 1 August 2025 on.
    governing = [ask("rules", "on", day, "--region", "990100") for day in ("2025-07-31", "2025-08-01")]
    assert [[one["id"] for one in book["instruments"]] for book in governing] == [
        ["jilin-2026"],
        ["order-809", "jilin-2026"],
    ]

    docket = tmp_path / "cases.jsonl"
    docket.write_text("".join(f"{json.dumps(line)}\n" for line in a_request_before_the_festival()), "utf-8")
    alone = played(ask("docket", "play", "--rules", "jilin-2026", str(docket)))
    # Saturday 14 February, a make-up day, is the second working day; 24 to 26 February are the third to the fifth;
    # then 27, the make-up Saturday 28, and 2 to 4 March: the tenth (国办发明电〔2025〕7号).
    assert alone == ("jilin-2026", {"reply": "2026-02-26"})
    composed = played(ask("--db", "sqlite:///other.db", "docket", "play", str(docket)))
    assert composed == ("jilin-2026-2025-08-01", {"reply": "2026-02-26", "national_reply": "2026-03-04"})


def a_request_before_the_festival() -> Iterator[dict[str, Any]]:
    """A request for conditional data received in the sample's region on Thursday 12 February 2026."""
    place = {"region": "990100", "level": "city", "kind": "government"}
    for name in ("asking", "asked"):
        yield {"at": "2026-02-12T08:00+08:00", "do": "register", "department": {"id": name, "name": name, **place}}
    yield {
        "at": "2026-02-12T09:00+08:00",
        "do": "open",
        "procedure": "share_request",
        "case": "R-1",
        "by": "asking",
        "provider": "asked",
        "resource": {"code": "307", "name": "人口基础信息", "sharing": "conditional"},
        "payload": {"purpose": "待遇资格认证", "basis": "社会保险法", "scope": "姓名、公民身份号码"},
    }


def played(document: Any) -> tuple[str, dict[str, str]]:
    """Under which rule book the one case of a docket stands, and what is due on which day."""
    (case,) = document["cases"]
    return case["rules"].partition("@")[0], {one["limit"]: one["due"] for one in case["deadlines"]}


def test_every_distribution_that_an_extra_installs_is_pinned() -> None:
    pinned = {canonical(line.partition("==")[0]) for line in constraints()}

    assert {canonical(name) for name in closure("gongxiang", extras={"test", "check"})} - pinned - {
        "gongxiang"
    } == set()


def test_constraints_are_plain_names_with_exact_versions() -> None:
    assert [line for line in constraints() if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []


def constraints() -> list[str]:
    return (ROOT / "constraints.txt").read_text("utf-8").splitlines()


def build(source: Path, out: Path, kind: str) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", out, source, cwd=source)


def run(*command: str | Path, cwd: Path) -> str:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GONGXIANG"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**inherited, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tree(folder: str) -> Iterator[Path]:
    """The files of a folder of the project that belong to it, relative to the project."""
    for path in sorted((ROOT / folder).rglob("*")):
        generated = {"__pycache__", ".mypy_cache", ".hypothesis", ".ruff_cache"} & set(path.parts)
        if path.is_file() and not generated:
            yield path.relative_to(ROOT)


def clean_environment(folder: Path, wheel: Path) -> Path:
    """Make an environment with the wheel and only what the wheel declares, taken from this environment.

    Nothing is downloaded: each declared distribution, and what it declares in turn, is linked. What the wheel uses but
    does not declare is missing there.
    """
    place = folder / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    install(python, wheel, folder)
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    with zipfile.ZipFile(wheel) as archive:
        declared = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode("utf-8")
    for name in closure_of(re.findall(r"(?m)^Requires-Dist: (.+)$", declared), set()):
        for top in {file.parts[0] for file in metadata.files(name) or () if file.parts[0] != ".."} - {"__pycache__"}:
            source = Path(str(metadata.distribution(name).locate_file(top)))
            (packages / top).symlink_to(source, target_is_directory=source.is_dir())
    return python


def install(python: Path, wheel: Path, cwd: Path) -> None:
    """Install a wheel alone into the environment of `python`, which has no pip of its own."""
    run(sys.executable, "-m", "pip", "--isolated", "--python", python, "install", "-q", "--no-deps", wheel, cwd=cwd)


def closure(name: str, extras: set[str]) -> set[str]:
    """The distributions that an installed one needs, with these of its extras, and what they need in turn."""
    return closure_of(metadata.requires(name) or [], extras)


def closure_of(requirements: list[str], extras: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = [(Requirement(text), extras) for text in requirements]
    while waiting:
        requirement, chosen = waiting.pop()
        applies = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in (*chosen, "")
        )
        if applies and (name := canonical(requirement.name)) not in found:
            found.add(name)
            waiting += [(Requirement(text), requirement.extras) for text in requirements_of(name)]
    return found


def requirements_of(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # of an extra that is not installed here
        return []


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
