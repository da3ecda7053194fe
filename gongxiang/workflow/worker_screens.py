"""The workers as a person looks after them: who works, how late what is, what could not be swept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from gongxiang.errors import Language, Text
from gongxiang.page import Block, Column, Facts, Grid, Heading, Phrase, Sentence, Tone, Words
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.health import MOST_UNSEALED, Health
from gongxiang.workflow.incidents import Incident
from gongxiang.workflow.labels import Labels, moment
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.store.workers import Attendance

STANDINGS: Mapping[str, tuple[Text, Tone]] = {
    "running": (Text("运行中", "running"), "good"),
    "silent": (Text("失去联系", "not seen"), "warn"),
    "stopped": (Text("已停止", "stopped"), "dim"),
}
LATENESS: Mapping[str, tuple[Text, Tone]] = {
    "under_a_minute": (Text("一分钟内", "under a minute"), ""),
    "under_an_hour": (Text("一小时内", "under an hour"), ""),
    "under_a_day": (Text("一天内", "under a day"), "warn"),
    "under_a_week": (Text("一周内", "under a week"), "bad"),
    "more": (Text("超过一周", "more than a week"), "bad"),
}
TRIED: Mapping[str, tuple[Text, Tone]] = {
    "failing": (Text("重试中", "tried again"), "warn"),
    "incident": (Text("已放弃", "given up"), "bad"),
    "aside": (Text("已搁置", "set aside"), "dim"),
}
SHOWN = 20
"""How many workers and incidents are shown on the page of the health; the rest is counted."""
BAR = 30


def health(seen: Health, language: Language) -> Iterator[Block]:
    """Yield how the machinery stands."""
    say = Labels(language).say
    yield Heading(say(f"后台运行　{moment(seen.now)}", f"The scheduler at {moment(seen.now)}"))
    if not seen.wanting:
        yield Sentence([Words("✓ ", "good"), Words(say("一切正常", "all is well"), "good")])
    for one in seen.wanting:
        yield Sentence([Words("✗ ", "bad"), Words(one.text.of(language), "bad")], hang=2)
        if one.mend:
            yield Sentence([Words("→ ", "good"), one.mend.of(language)], indent=2, hang=2)
    yield from _workers(seen, language)
    yield from _lateness(seen, language)
    if seen.incidents:
        yield from incidents(seen.incidents[:SHOWN], language, total=len(seen.incidents))
    yield from _around(seen, language)


def _workers(seen: Health, language: Language) -> Iterator[Block]:
    say = Labels(language).say
    counted = say(f"共 {len(seen.workers)} 个", f"{len(seen.workers)} on record")
    yield Heading(say("工作进程", "Workers"), counted)
    if not seen.workers:
        yield Sentence(say("从未有过工作进程。", "There never was one."), indent=2)
        return
    columns = (
        Column(say("名称", "Worker"), most=30, gives=True),
        Column(say("状态", "Standing")),
        Column(say("最近一次", "Last seen")),
        Column(say("上次清查", "Last sweep"), gives=True, wraps=True),
    )
    order = {"running": 0, "silent": 1, "stopped": 2}
    ordered = sorted(seen.workers, key=lambda one: order[seen.standing(one)])
    yield Grid(columns, [_worker(one, seen, language) for one in ordered[:SHOWN]], indent=2)
    if len(ordered) > SHOWN:
        yield _and_more(len(ordered) - SHOWN, language)


def _worker(one: Attendance, seen: Health, language: Language) -> list[Phrase]:
    text, tone = STANDINGS[seen.standing(one)]
    return [
        Words(one.worker, "accent"),
        Words(text.of(language), tone),
        _ago(seen.now, one.seen_at, language),
        _swept(one, language),
    ]


def _swept(one: Attendance, language: Language) -> str:
    told = one.told.get("sweep")
    if not isinstance(told, Mapping):
        return "—"
    milliseconds, lapses = told.get("milliseconds"), told.get("lapses")
    return Text(f"记录 {lapses} 项逾期，用时 {milliseconds} 毫秒", f"{lapses} lapses in {milliseconds} ms").of(language)


def _lateness(seen: Health, language: Language) -> Iterator[Block]:
    say = Labels(language).say
    total = sum(seen.lateness.values())
    yield Heading(
        say("届满而未记录的期限", "Deadlines that passed and are not on record"),
        say(f"共 {total} 项", f"{total} in all"),
    )
    if not total:
        yield Sentence(say("没有。", "None."), indent=2)
        return
    most = max(seen.lateness.values())
    rows: list[Sequence[Phrase]] = []
    for name, count in seen.lateness.items():
        text, tone = LATENESS[name]
        bar = "█" * max(1, round(BAR * count / most)) if count else ""
        rows.append([text.of(language), Words(str(count), tone if count else "dim"), Words(bar, tone)])
    columns = (Column(say("已过", "Ago")), Column(say("项数", "Number"), right=True), Column())
    yield Grid(columns, rows, indent=2)
    more = "+" if seen.partial else ""
    yield Sentence(
        Words(
            say(
                f"其中暂缓 {seen.held}{more} 项（已知通知会改变其日期）；待记录 {seen.waiting}{more} 件案件。",
                f"held back, for a known notice moves them: {seen.held}{more}; "
                f"cases that wait to be swept: {seen.waiting}{more}.",
            ),
            "dim",
        ),
        indent=2,
    )


def incidents(found: Sequence[Incident], language: Language, total: int | None = None) -> Iterator[Block]:
    """Yield the cases that could not be swept; `total` where there are more of them than `found`."""
    say = Labels(language).say
    number = len(found) if total is None else total
    yield Heading(say("清查失败的案件", "Cases that could not be swept"), say(f"共 {number} 件", f"{number} in all"))
    if not found:
        yield Sentence(say("没有。", "None."), indent=2)
        return
    columns = (
        Column(say("案件", "Case"), most=24, gives=True),
        Column(say("状态", "Standing")),
        Column(say("次数", "Tries"), right=True),
        Column(say("最近一次", "Last try")),
        Column(say("原因", "Error"), wraps=True, gives=True),
    )
    died = say("工作进程中途退出", "its worker died")
    yield Grid(
        columns,
        [
            [
                Words(one.case, "accent"),
                Words(TRIED[one.state][0].of(language), TRIED[one.state][1]),
                str(one.tries),
                moment(one.tried_at),
                one.error if one.error is not None else died,
            ]
            for one in found
        ],
        indent=2,
    )
    if number > len(found):
        yield _and_more(number - len(found), language)
    todo = say("处理：scheduler retry CASE … 或 scheduler set-aside CASE …", "Use scheduler retry, or set-aside.")
    yield Sentence(Words(todo, "dim"), indent=2, hang=2)


def decided(case: str, receipt: Receipt, done: Text, labels: Labels) -> Iterator[Block]:
    """Yield what was decided about a case that could not be swept."""
    by = labels.department(receipt.by)
    said = Text(f"{case} {done.zh}（{by}，已记入登记簿）", f"{case} {done.en} ({by}; entered in the register)")
    yield Sentence([Words("✓ ", "good"), labels.of(said)], hang=2)


def _around(seen: Health, language: Language) -> Iterator[Block]:
    say = Labels(language).say
    many = "+" if seen.unsealed >= MOST_UNSEALED else ""
    never = say("从未封存", "never sealed")
    sealed = say("上次封存 ", "last sealed at ") + moment(seen.sealed_at) if seen.sealed_at else never
    warning = seen.calendar.warning
    covered = say(f"至 {seen.calendar.horizon} 为止", f"settled through {seen.calendar.horizon}")
    unsealed = say(f"{seen.unsealed}{many} 个事件，", f"{seen.unsealed}{many} events, ")
    yield Heading(say("其他", "Besides"))
    yield Facts(
        (
            (say("未封存", "Not sealed"), unsealed + sealed),
            (say("日历", "Calendar"), Words(warning.of(language), "warn") if warning else covered),
        ),
        indent=2,
    )


def _and_more(number: int, language: Language) -> Sentence:
    return Sentence(
        Words(Text(f"另有 {number} 个，见 --json", f"{number} more: see --json").of(language), "dim"), indent=2
    )


def _ago(now: datetime, then: datetime, language: Language) -> str:
    """Return a moment, and where it is less than a day ago how long ago it was."""
    seconds = int((now - then).total_seconds())
    if not 0 <= seconds < 86_400:
        return moment(beijing(then))
    for size, zh, en in ((3_600, "小时前", "h ago"), (60, "分钟前", "min ago"), (1, "秒前", "s ago")):
        if seconds >= size:
            return Text(f"{seconds // size} {zh}", f"{seconds // size} {en}").of(language)
    return Text("刚才", "just now").of(language)
