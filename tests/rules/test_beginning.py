"""A new instrument begun: sound as it stands, alone and beside the others; installed, it governs its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gongxiang import rules
from gongxiang.cli import main as command
from gongxiang.errors import BadInput
from gongxiang.rules.beginning import begin, package_of

NAME = "hubei-2026"
TODAY = rules.instrument().since


def test_it_is_sound_alone_and_beside_the_instruments_at_hand(tmp_path: Path) -> None:
    folder = begin(NAME, tmp_path / "made", TODAY) / package_of(NAME)

    assert rules.check(folder) == []
    assert rules.check_compositions([*rules.folders().values(), folder]) == []
    made = rules.open_instrument(folder)
    assert made.id == NAME
    assert [gap.articles for gap in made.gaps] == ["5-20"]


def test_from_order_809_on_its_own_number_stands_before_the_outer_one(tmp_path: Path) -> None:
    folder = begin(NAME, tmp_path, TODAY) / package_of(NAME)
    law = rules.LawOfPlaces([*rules.folders().values(), folder])

    before, after = (
        law.book("990000", rules.instrument("order-809").since.replace(day=1, month=7)),
        law.book("990000", rules.instrument("order-809").since),
    )
    assert [one.id for one in before.instruments] == [NAME]
    assert [one.id for one in after.instruments] == ["order-809", NAME]
    assert before.procedures["share_request"].limits["reply"].days == 5
    limits = after.procedures["share_request"].limits
    assert (limits["reply"].days, limits["national_reply"].days) == (5, 10)
    assert limits["national_reply"].outer_of == "reply"


@pytest.mark.parametrize("name", ["zhejiang-2022", "a-b-1", "zhejiang-big-data-2022"])
def test_an_instruments_id_is_a_good_name(name: str, tmp_path: Path) -> None:
    assert rules.check(begin(name, tmp_path, TODAY) / package_of(name)) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "zhejiang",
        "Zhejiang-2022",
        "zhejiang_2022",
        "2022-zhejiang",
        "-a",
        "a-",
        "a--b",
        "浙江-2022",
        "a-" * 40 + "b",
        "../a-b",
        "a-b\n",
    ],
)
def test_what_cannot_be_an_id_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be an instrument's id"):
        begin(name, tmp_path, TODAY)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["folder", "file", "broken link"])
def test_what_is_there_is_refused_and_left_alone(there: str, tmp_path: Path) -> None:
    place = tmp_path / NAME
    if there == "folder":
        place.mkdir()
    elif there == "file":
        place.write_text("mine", "utf-8")
    else:
        place.symlink_to(tmp_path / "nowhere")

    with pytest.raises(BadInput, match="exists already"):
        begin(NAME, tmp_path, TODAY)

    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert not place.is_dir() or list(place.iterdir()) == []


def test_a_file_is_no_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")

    with pytest.raises(BadInput, match="is not a folder"):
        begin(NAME, tmp_path / "file", TODAY)


def test_a_failure_on_the_way_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        begin(NAME, tmp_path, TODAY)

    assert list(tmp_path.iterdir()) == []


def python(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
    root = str(Path(rules.__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(at), root]), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *words], env=environment, cwd=at, capture_output=True, encoding="utf-8", check=False
    )


def test_installed_it_is_listed_and_a_docket_is_played_under_it(tmp_path: Path) -> None:
    folder = begin(NAME, tmp_path, TODAY)
    site = tmp_path / "site"
    pip = ("-m", "pip", "--isolated", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index")
    site.mkdir()
    installed = python(*pip, "--target", str(site), str(folder), at=site)
    assert installed.returncode == 0, installed.stderr

    listed = json.loads(python("-m", "gongxiang", "rules", "list", "--json", at=site).stdout)
    assert NAME in {one["id"] for one in listed["instruments"]}
    assert f"{NAME}-2025-08-01" in listed["rule_books"]

    place = {"region": "990100", "level": "city", "kind": "government"}
    resource = {"code": "307", "name": "人口基础信息", "sharing": "conditional"}
    asked = {"by": "a", "provider": "b", "resource": resource, "payload": {"purpose": "p", "basis": "b", "scope": "s"}}
    lines = [
        {"at": "2024-01-01T08:00:00+08:00", "do": "register", "department": {"id": one, "name": one, **place}}
        for one in "ab"
    ]
    lines += [
        {"at": f"{day}T09:00:00+08:00", "do": "open", "procedure": "share_request", "case": day, **asked}
        for day in ("2025-07-31", "2025-08-01")
    ]
    docket = tmp_path / "docket.jsonl"
    docket.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    played = python(
        "-m", "gongxiang", "--db", f"sqlite:///{tmp_path}/x.db", "docket", "play", str(docket), "--json", at=site
    )
    old, new = json.loads(played.stdout)["cases"]

    # From Thursday 31 July 2025 the fifth working day is 7 August; from Friday 1 August the 8th, the tenth the 15th.
    assert old["rules"].startswith(f"{NAME}-2024-01-01@")
    assert [(one["limit"], one["due"]) for one in old["deadlines"]] == [("reply", "2025-08-07")]
    assert new["rules"].startswith(f"{NAME}-2025-08-01@")
    assert {one["limit"]: one["due"] for one in new["deadlines"]} == {
        "reply": "2025-08-08",
        "national_reply": "2025-08-15",
    }


def test_the_command_names_what_it_wrote(tmp_path: Path) -> None:
    from click.testing import CliRunner

    done = CliRunner().invoke(command, ["rules", "new", NAME, "--into", str(tmp_path / "new"), "--json"])
    document = json.loads(done.stdout)

    assert done.exit_code == 0
    assert document["folder"] == str(tmp_path / "new" / NAME)
    assert {"pyproject.toml", "README.md", f"{package_of(NAME)}/instrument.toml"} <= set(document["files"])
    assert all((Path(document["folder"]) / file).is_file() for file in document["files"])
    checked = CliRunner().invoke(command, ["rules", "check", document["package"]])
    assert checked.exit_code == 0
    again = CliRunner().invoke(command, ["rules", "new", NAME, "--into", str(tmp_path / "new")])
    assert again.exit_code == 1
