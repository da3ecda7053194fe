"""A new instrument begun: an installable distribution with sample text and tables that are sound as they stand.

The templates stand in `skeleton/`; they are written whole or not at all.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import date
from pathlib import Path
from string import Template

from gongxiang.errors import BadInput, Reason, Text

NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
LONGEST = 60
SKELETON = Path(__file__).parent / "skeleton"
SUFFIX = ".template"


def package_of(name: str) -> str:
    """Return the package whose folder is the instrument of that id."""
    return name.replace("-", "_")


def begin(name: str, into: Path, today: date) -> Path:
    """Write the distribution of an instrument `name` as a new folder of that name in `into`; return that folder.

    `today` is when it was last checked. Raises BadInput for a name that cannot be an id, where such a
    folder is, and where `into` is none.
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise BadInput(
            Reason(
                "bad_name",
                Text(f"“{name[:LONGEST]}”不能用作规则的代号", f"'{name[:LONGEST]}' cannot be an instrument's id"),
                None,
                Text(
                    "请写小写字母、数字和连字符，如 zhejiang-2022",
                    "write small letters and digits joined by hyphens, such as zhejiang-2022",
                ),
            )
        )
    if into.exists() and not into.is_dir():
        raise BadInput(
            Reason(
                "not_a_folder",
                Text(f"“{into}”不是文件夹", f"'{into}' is not a folder"),
                None,
                Text("请给出文件夹", "give a folder"),
            )
        )
    target = into / name
    if target.exists() or target.is_symlink():
        raise BadInput(
            Reason(
                "folder_exists",
                Text(f"“{target}”已经存在", f"'{target}' exists already"),
                None,
                Text("请另选名称或位置；不改动已有的文件", "choose another name or place; what is there is left alone"),
            )
        )
    into.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=into))
    try:
        _write(aside / name, {"name": name, "package": package_of(name), "today": today.isoformat()})
        (aside / name).rename(target)
    finally:
        shutil.rmtree(aside)
    return target


def _write(folder: Path, words: dict[str, str]) -> None:
    for template in sorted(SKELETON.rglob(f"*{SUFFIX}")):
        place = template.relative_to(SKELETON)
        parts = [words["package"] if part == "package" else part for part in place.parent.parts]
        file = folder.joinpath(*parts, place.name.removesuffix(SUFFIX))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(template.read_text("utf-8")).substitute(words), encoding="utf-8")
