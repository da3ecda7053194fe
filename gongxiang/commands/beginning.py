"""`rules new`: the skeleton of an instrument, as a distribution of its own."""

from __future__ import annotations

from pathlib import Path

from gongxiang.commands.books import today
from gongxiang.commands.rules import rules
from gongxiang.commands.settings import settings
from gongxiang.commands.speaking import Command, argument, option
from gongxiang.errors import Text


@rules.command(
    "new",
    cls=Command,
    text=Text(
        "写出一部新规则的骨架：可安装的发行包，含示例条文与程序表，能通过 rules check。",
        "Write the skeleton of a new instrument: an installable distribution with sample text and tables, sound as it "
        "stands.",
    ),
)
@argument("name", Text("规则代号，如 zhejiang-2022", "the instrument's id, such as zhejiang-2022"), metavar="NAME")
@option(
    "--into",
    metavar="DIR",
    default=".",
    text=Text("在此文件夹内新建（默认：当前文件夹）", "the folder to make it in (default: the current one)"),
)
def new(name: str, into: str) -> None:
    """Begin an instrument."""
    from gongxiang import rules as law
    from gongxiang.page import Drawn, Heading, Sentence, Words
    from gongxiang.rules.beginning import begin, package_of

    told = settings()
    known = name in law.folders()
    folder = begin(name, Path(into), today(told))
    package = folder / package_of(name)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    clash = Text(
        f"! 已有规则“{name}”：两者不能同时安装，请改名或替换",
        f"! there is an instrument '{name}' already: the two cannot be installed together",
    )
    told.show(
        {"name": name, "folder": str(folder), "package": str(package), "files": files, "known_already": known},
        lambda: [
            Heading([Words("✓ ", "good"), str(folder)], told.say(Text("已写出", "written"))),
            Drawn([f"  {file}" for file in files]),
            *([Sentence(Words(told.say(clash), "warn"), hang=2)] if known else []),
            Sentence(told.say(Text("下一步：", "next: ")) + f"gongxiang rules check {package}", hang=2),
        ],
    )
