"""The calendar as people read it: a computation sheet with its ruler of days, a year, what is covered, what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from gongxiang.calendars.due import Day
from gongxiang.calendars.survey import Change, Month, Status
from gongxiang.errors import Language, Text
from gongxiang.page import BLANK, Block, Column, Drawn, Facts, Grid, Heading, Phrase, Sentence, Tone, Words, pad

WEEK = Text("一二三四五六日", "MonTueWedThuFriSatSun")
MONTHS_ABREAST = 3

Say = Callable[[str, str], str]


def _say(language: Language) -> Say:
    return lambda zh, en: zh if language == "zh" else en


def weekday(day: date, language: Language) -> str:
    """Return the day of the week, short."""
    number = day.weekday()
    return f"周{WEEK.zh[number]}" if language == "zh" else WEEK.en[3 * number : 3 * number + 3]


def sheet(record: Mapping[str, Any], language: Language, title: str = "") -> Iterator[Block]:
    """Yield a computation sheet (期限计算说明): from what, how long, until when, each day counted or not, and by what.

    `record` is what `Due.sheet()` gave, or what an event stored: nothing is computed anew.
    """
    say = _say(language)
    days = [Day.from_record(one) for one in record["days"]]
    due = date.fromisoformat(record["due"])
    heading = say("期限计算说明", "Computation sheet")
    yield Heading(heading + (say("：", ": ") + title if title else ""))
    yield Facts(_terms(record, due, language))
    yield BLANK
    yield from ruler(date.fromisoformat(record["received_day"]), due, days, language)
    yield BLANK
    yield from basis(days, language)


def _terms(record: Mapping[str, Any], due: date, language: Language) -> list[tuple[str, Phrase]]:
    say = _say(language)
    received = date.fromisoformat(record["received_day"])
    told = record["received"].replace("T", " ").removesuffix(":00+08:00")
    length = record["working_days"]
    ends = datetime.fromisoformat(record["ends_before"])
    until = say("当日 24:00 前", "before midnight") if not (ends.hour or ends.minute) else f"{ends:%H:%M}"
    pairs: list[tuple[str, Phrase]] = [
        (
            say("起算", "From"),
            f"{told}　{weekday(received, language)}" if language == "zh" else f"{told}, {weekday(received, language)}",
        ),
        (
            say("期限", "Period"),
            say(f"{length} 个工作日，起算当日不计入", f"{length} working days, the first day not counted")
            if length
            else say("责令所定之日，遇休息日顺延", "to the day fixed by the order; a rest day moves it on"),
        ),
        (
            say("到期日", "Due"),
            [
                Words(f"{due}", "strong"),
                f"　{weekday(due, language)}，{until}" if language == "zh" else f", {weekday(due, language)}, {until}",
            ],
        ),
    ]
    if record["provisional"]:
        pairs.append(
            (
                say("暂定", "Provisional"),
                Words(
                    say(
                        f"放假通知尚未公布，到期日在 {record['earliest']} 至 {record['latest']} 之间",
                        f"a notice is still missing: the date lies in {record['earliest']}..{record['latest']}",
                    ),
                    "warn",
                ),
            )
        )
    known = record["known_on"]
    by = say(f"，依据 {known} 以前公布的通知", f", notices published by {known}")
    if not known:
        by = say("，依据已收录的全部通知", ", all the notices on record")
    pairs.append((say("日历版本", "Edition"), record["edition"] + by))
    return pairs


def ruler(received: date, due: date, days: Sequence[Day], language: Language) -> Iterator[Block]:
    """Yield the days as weeks: each counted day with its number, rest days and make-up days marked."""
    by_day = {one.date: one for one in days}
    say = _say(language)
    shown = max([due, *by_day])
    monday = received - timedelta(days=received.weekday())
    rows: list[list[Phrase]] = []
    while monday <= shown:
        row: list[Phrase] = [Words(f"{monday:%m-%d}", "dim")]
        for number in range(7):
            day = monday + timedelta(days=number)
            row.append(_mark(day, received, due, by_day.get(day), say))
        rows.append(row)
        monday += timedelta(days=7)
    columns = [Column(say("周起", "week"))] + [
        Column(weekday(date(2026, 1, 5 + n), language), least=9) for n in range(7)
    ]
    yield Grid(columns, rows, indent=2, gap=1)
    legend = say(
        "[1] 计入的第几日  班 调休上班  假 放假  休 周末  起 起算日  ◀ 到期",
        "[1] counted  + make-up workday  hol holiday  off weekend  day 0  < due",
    )
    yield Sentence(Words(legend, "dim"), indent=2)


def _mark(day: date, received: date, due: date, told: Day | None, say: Say) -> Phrase:
    number = f"{day.day:>2}"
    if day == received:
        return Words(f"{number} {say('起', 'day 0')}", "accent")
    if told is None:
        return ""
    end = say("◀", "<") if day == due else ""
    if told.counted:
        make_up = say("班", "+") if told.kind == "make_up" else ""
        place = f"[{told.number}]" if told.number else "[ ]"
        tone: Tone = "strong" if day == due else "good" if make_up else ""
        return Words(f"{number} {place}{make_up}{end}", tone)
    word = say("假", "hol") if told.kind == "holiday" else say("休", "off")
    return Words(f"{number} {word}{end}", "bad" if told.kind == "holiday" else "dim")


def basis(days: Iterable[Day], language: Language) -> Iterator[Block]:
    """Yield why each run of days counts or not, and the notice or statute that says so."""
    rows: list[list[Phrase]] = []
    for _, same in groupby(days, key=lambda one: (one.counted, one.kind, one.why, one.source)):
        run = list(same)
        first, last = run[0], run[-1]
        span = f"{first.date:%m-%d} {weekday(first.date, language)}"
        if len(run) > 1:
            span += f" – {last.date:%m-%d} {weekday(last.date, language)}"
        tone: Tone = "good" if first.kind == "make_up" else "" if first.counted else "dim"
        number = "" if not first.number else f"{first.number}" if first is last else f"{first.number}–{last.number}"
        source = first.source if first.kind in ("holiday", "make_up") else ""
        rows.append(
            [Words(span, tone), Words(number, tone), Words(first.why.of(language), tone), Words(source, "accent")]
        )
    say = _say(language)
    columns = (
        Column(say("日期", "Days")),
        Column(say("第几日", "No."), right=True),
        Column(say("性质", "What it is"), most=26, gives=True),
        Column(say("依据", "Notice")),
    )
    yield Grid(columns, rows, indent=2)


def year(months: Sequence[Month], edition: str, language: Language) -> Iterator[Block]:
    """Yield a year: its months abreast, rest days and make-up days marked, and the notices behind the marks."""
    say = _say(language)
    which = months[0].year
    total = sum(month.working_days for month in months)
    yield Heading(
        say(f"{which} 年工作日历", f"Working days of {which}"),
        say(f"{total} 个工作日，日历版本 {edition}", f"{total} working days, edition {edition}"),
    )
    for start in range(0, len(months), MONTHS_ABREAST):
        yield BLANK
        yield Drawn(_abreast([_month(month, language) for month in months[start : start + MONTHS_ABREAST]]))
    yield BLANK
    yield Sentence(
        Words(
            say(
                "* 放假   + 调休上班   ? 暂定（通知未公布）",
                "* holiday   + make-up workday   ? provisional (no notice yet)",
            ),
            "dim",
        )
    )
    yield from _legend([day for month in months for day in month.days], language)


def _month(month: Month, language: Language) -> list[list[Words]]:
    say = _say(language)
    name = say(f"{month.month} 月", date(month.year, month.month, 1).strftime("%B"))
    count = say(f"{month.working_days} 个工作日", f"{month.working_days} working days")
    head = WEEK.zh if language == "zh" else [WEEK.en[3 * n : 3 * n + 2] for n in range(7)]
    lines = [[Words(name, "strong"), Words(f"  {count}", "dim")], [Words("".join(f"{word} " for word in head), "dim")]]
    line: list[Words] = [Words("   " * month.days[0].date.weekday())]
    for day in month.days:
        line.append(_cell(day))
        if day.date.weekday() == 6:
            lines.append(line)
            line = []
    return [*lines, line] if line else lines


def _cell(day: Day) -> Words:
    mark = "*" if day.kind == "holiday" else "+" if day.kind == "make_up" else "?" if day.provisional else " "
    tone: Tone = "bad" if day.kind == "holiday" else "good" if day.kind == "make_up" else "" if day.counted else "dim"
    return Words(f"{day.date.day:>2}{mark}", "warn" if day.provisional and day.counted else tone)


def _abreast(blocks: list[list[list[Words]]]) -> list[Phrase]:
    deep = max(len(block) for block in blocks)
    lines: list[Phrase] = []
    for number in range(deep):
        line: list[Words] = []
        for block in blocks:
            line += pad(block[number] if number < len(block) else [], 26)
        lines.append(line)
    return lines


def _legend(days: Iterable[Day], language: Language) -> Iterator[Block]:
    """Yield the holidays and make-up days by the notice that made them."""
    marked = [day for day in days if day.kind in ("holiday", "make_up")]
    for source in dict.fromkeys(day.source for day in marked):
        yield Heading(source)
        mine = [day for day in marked if day.source == source]
        rows: list[Sequence[Phrase]] = []
        for _, same in groupby(mine, key=lambda day: (day.kind, day.why)):
            run = list(same)
            span = f"{run[0].date:%m-%d}" + (
                f" – {run[-1].date:%m-%d}" if len(run) > 1 and run[0].kind == "holiday" else ""
            )
            if run[0].kind == "make_up":
                span = "  ".join(f"{day.date:%m-%d} {weekday(day.date, language)}" for day in run)
            rows.append([Words(run[0].why.of(language), "good" if run[0].kind == "make_up" else "bad"), span])
        yield Grid((Column(), Column(wraps=True)), rows, indent=2)


def status(shown: Status, language: Language) -> Iterator[Block]:
    """Yield what the calendar covers and how long it lasts."""
    say = _say(language)
    yield Heading(say("日历状态", "The calendar"), shown.edition)
    left = say(f"还有 {shown.days_left} 天", f"{shown.days_left} days from now")
    if shown.days_left < 0:
        left = say(f"已过 {-shown.days_left} 天", f"{-shown.days_left} days ago")
    yield Facts(
        (
            (say("今天", "Today"), f"{shown.today} {weekday(shown.today, language)}"),
            (say("首日", "First day"), str(shown.first_day)),
            (
                say("确定至", "Final through"),
                [Words(str(shown.horizon), "strong"), f" ({left})" if language == "en" else f"（{left}）"],
            ),
            (say("可暂定至", "Provisional through"), str(shown.last_provisional)),
            (say("下一份通知", "Next notice wanted"), say(f"{shown.missing_year} 年", str(shown.missing_year))),
        )
    )
    if shown.warning:
        yield BLANK
        yield Sentence(Words("! " + shown.warning.of(language), "warn"), hang=2)
    else:
        yield Sentence(Words(say("无须办理。", "Nothing to do."), "good"))
    yield Heading(say("已收录的放假通知", "Notices known"))
    yield Grid(
        (
            Column(say("年份", "Year")),
            Column(say("文号", "Number"), gives=True),
            Column(say("公布", "Published")),
            Column(say("修改", "Amends")),
        ),
        [[str(one["year"]), one["number"], one["published"], one["amends"] or ""] for one in shown.notices],
        indent=2,
    )


def diff(changes: Sequence[Change], before: str, after: str, language: Language) -> Iterator[Block]:
    """Yield the days that work in one edition and rest in the other."""
    say = _say(language)
    yield Heading(say("两个日历版本的差别", "Two editions compared"), f"{before} → {after}")
    if not changes:
        yield Sentence(say("没有差别。", "They do not differ."))
        return
    rows: list[list[Phrase]] = []
    for change in changes:
        became: Tone = "good" if change.after.counted else "bad"
        rows.append(
            [
                f"{change.date} {weekday(change.date, language)}",
                Words(change.before.why.of(language), "dim"),
                "→",
                Words(change.after.why.of(language), became),
                Words(change.after.source, "accent"),
            ]
        )
    columns = (
        Column(say("日期", "Day")),
        Column(say("原为", "Was"), most=22, gives=True),
        Column(),
        Column(say("改为", "Is"), most=22, gives=True),
        Column(say("依据", "By"), most=26),
    )
    yield Grid(columns, rows, indent=2)
    yield Sentence(Words(say(f"共 {len(changes)} 天", f"{len(changes)} days"), "dim"))


def imported(notices: Sequence[Mapping[str, Any]], language: Language, *, applied: bool) -> Iterator[Block]:
    """Yield the notices of a file: what each settles."""
    say = _say(language)
    for record in notices:
        yield Heading(
            say(f"{record['year']} 年放假通知　{record['number']}", f"Notice for {record['year']}: {record['number']}"),
            say("已导入", "imported") if applied else say("试算，未写入", "dry run, nothing written"),
        )
        rows: list[list[Phrase]] = [
            [
                holiday["name"],
                f"{holiday['from']} – {holiday['to']}" if holiday["from"] != holiday["to"] else holiday["from"],
            ]
            for holiday in record["holiday"]
        ]
        if record["workdays"]:
            rows.append([say("调休上班", "make-up workdays"), "  ".join(record["workdays"])])
        if record.get("cancels_workdays"):
            rows.append([say("取消的上班日", "workdays cancelled"), "  ".join(record["cancels_workdays"])])
        rows.append([say("公布", "published"), record["published"]])
        yield Grid((Column(), Column(wraps=True)), rows, indent=2)
