"""Running commands as a person types them, on a small world with long names, a provisional date and a late one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from gongxiang.cli import main

LONG_NAME = "喀喇沁左翼蒙古族自治县人力资源和社会保障局及其所属公共就业服务中心（含各乡镇服务站）"
LONG_CASE = "DL-2026-000000000000000000000000000000017"
NOW = "2026-12-29T09:00:00+08:00"

NOTICE = """\
schema = "cn-holiday-notices/1"

[[notice]]
year = 2027
id = "2027"
number = "国办发明电〔2026〕99号（虚构）"
signed = "2026-12-28"
published = "2026-12-28"
source = "https://example.org/notice"
workdays = ["2027-01-30", "2027-02-14"]
"""
for _name, _first, _last in (
    ("元旦", "2027-01-01", "2027-01-03"),
    ("春节", "2027-02-05", "2027-02-12"),
    ("清明节", "2027-04-03", "2027-04-05"),
    ("劳动节", "2027-05-01", "2027-05-04"),
    ("端午节", "2027-06-09", "2027-06-09"),
    ("中秋节", "2027-09-15", "2027-09-15"),
    ("国庆节", "2027-10-01", "2027-10-07"),
):
    NOTICE += f'  [[notice.holiday]]\n  name = "{_name}"\n  from = "{_first}"\n  to = "{_last}"\n'


def _line(at: str, do: str, **said: Any) -> str:
    return json.dumps({"at": f"{at}+08:00", "do": do, **said}, ensure_ascii=False)


RESOURCE = {
    "code": "307-01-000001",
    "name": "人口基础信息",
    "sharing": "conditional",
    "legal_basis": ["社会保险法第七十四条"],
}
BY_LONG = {"id": "klq-hrss", "name": LONG_NAME, "region": "211324", "level": "county", "kind": "government"}
WORLD = [
    *(Path(__file__).parent / "world.jsonl").read_text("utf-8").splitlines(),
    _line("2026-12-24T08:00:00", "register", department=BY_LONG),
    _line(
        "2026-12-25T09:00:00",
        "open",
        procedure="share_request",
        case=LONG_CASE,
        by="klq-hrss",
        provider="sy-mps",
        resource=RESOURCE,
        payload={"purpose": "核验" * 60, "basis": "社会保险法第七十四条", "scope": "参保人员"},
    ),
    _line(
        "2026-12-25T10:00:00",
        "open",
        procedure="rectification",
        case="X-9",
        by="sy-auth",
        against="sy-samr",
        payload={"ground": "26.3", "facts": "数据三个月没有更新"},
    ),
    _line(
        "2026-12-25T11:00:00",
        "order",
        case="X-9",
        by="sy-auth",
        payload={"ground": "26.3", "facts": "数据三个月没有更新", "working_days": 30},
    ),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command gave."""

    code: int
    out: str
    error: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> Any:
        return json.loads(self.error)["error"]


def run(*words: str, database: str | Path | None = None) -> Answer:
    """Run a command line at NOW, unless it says otherwise; `database` is a URL, or a file of SQLite."""
    given = list(words) if "--now" in words else ["--now", NOW, *words]
    if database:
        given = ["--db", f"sqlite:///{database}" if isinstance(database, Path) else database, *given]
    done = CliRunner().invoke(main, given)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Answer(done.exit_code, done.stdout, done.stderr)
