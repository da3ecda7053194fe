"""Reading notices from TOML files and records: every fault of form found at once, with its line.

What is judged here is one notice by itself: keys, types, dates, ranges. Whether notices fit together is judged in
`composing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gongxiang.calendars.notice import Holiday, Notice, Origin
from gongxiang.errors import FaultyNotice, Finding, Text
from gongxiang.located import Located, Step, load
from gongxiang.nearest import nearest

T = TypeVar("T")

SCHEMA = "cn-holiday-notices/1"
_FILE_KEYS = frozenset({"schema", "compiled", "coverage_first", "coverage_last", "weekend", "notice"})
_REQUIRED = ("id", "year", "number", "signed", "published", "source", "holiday")
_NOTICE_KEYS = frozenset({*_REQUIRED, "workdays", "amends", "amends_names", "cancels_workdays", "note"})
_HOLIDAY_REQUIRED = ("name", "from", "to")
_HOLIDAY_KEYS = frozenset({*_HOLIDAY_REQUIRED, "statutory", "note"})
_LONGEST = timedelta(days=31)  # the longest range announced in 2019-2026 had ten days
_UNREAD = (date.min, date.max)  # what stands for a date that could not be read


class Reading(NamedTuple):
    """What was read of a file: the notices in its order, every fault, and whether every notice could be read."""

    notices: tuple[Notice, ...]
    findings: list[Finding]
    complete: bool


def read_notices(path: str | Path, name: str | None = None) -> Reading:
    """Read the file at `path`. Raise FaultyNotice if it is no TOML at all."""
    located = load(path, FaultyNotice, name)
    form = _Form(located)
    form.known_keys((), located.data, _FILE_KEYS)
    form.schema()
    tables = form.tables((), located.data, "notice")
    notices = [form.notice(("notice", number), table) for number, table in enumerate(tables)]
    readable = tuple(notice for notice in notices if notice is not None)
    return Reading(readable, form.findings, len(readable) == len(notices) > 0)


def notice_from_record(record: Mapping[str, Any]) -> Notice:
    """Return the notice that `record` (the keys of the notice file) states; raise FaultyNotice with every fault."""
    form = _Form(Located(str(record.get("id", "record")), dict(record), {(): 0}))
    notice = form.notice((), dict(record))
    if notice is None or form.findings:
        raise FaultyNotice(form.findings)
    return notice


class _Form:
    """The form of one file: reads what it can, gathers a finding for what it cannot."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.findings: list[Finding] = []

    def fault(self, steps: tuple[Step, ...], zh: str, en: str, mend_zh: str, mend_en: str) -> None:
        self.findings.append(self.located.finding(steps, Text(zh, en), Text(mend_zh, mend_en)))

    def schema(self) -> None:
        schema = self.located.data.get("schema", SCHEMA)
        if schema != SCHEMA:
            self.fault(
                ("schema",),
                f"不认识的格式：{schema!r}",
                f"unknown schema {schema!r}",
                f"本版本读取 {SCHEMA}",
                f"this version reads {SCHEMA}",
            )
        weekend = self.located.data.get("weekend", [6, 7])
        if weekend != [6, 7]:
            self.fault(
                ("weekend",),
                "周休息日必须是星期六和星期日",
                "the weekly rest days are Saturday and Sunday",
                "写作 weekend = [6, 7]（国务院关于职工工作时间的规定第七条）",
                "write weekend = [6, 7]",
            )

    def known_keys(self, steps: tuple[Step, ...], table: Mapping[str, Any], known: frozenset[str]) -> None:
        for key in table:
            if key not in known:
                near = nearest(key, known)
                self.fault(
                    (*steps, key),
                    f"不认识的项：{key}",
                    f"unknown key {key}",
                    f"是否应为 {near}？" if near else "删除此项",
                    f"did you mean {near}?" if near else "remove it",
                )

    def tables(self, steps: tuple[Step, ...], table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        value = table.get(key)
        if value is None and steps:
            return []  # reported as a missing key
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            header = "notice.holiday" if steps else key
            self.fault(
                (*steps, key),
                f"没有 [[{header}]]",
                f"no [[{header}]] tables",
                f"每项写作一个 [[{header}]]",
                f"write each as a [[{header}]] table",
            )
            return []
        return value

    def notice(self, steps: tuple[Step, ...], table: dict[str, Any]) -> Notice | None:
        """Return the notice in `table`, or None when a finding says why it cannot be read; find what makes no sense."""
        before = len(self.findings)
        self.known_keys(steps, table, _NOTICE_KEYS)
        self._required(steps, table, _REQUIRED)
        year = self._take(steps, table, "year", _whole_number, 0)
        read = Notice(
            id=self._take(steps, table, "id", _words, ""),
            year=year,
            number=self._take(steps, table, "number", _words, ""),
            signed=self._take(steps, table, "signed", _day, date.min),
            published=self._take(steps, table, "published", _day, date.max),
            source=self._take(steps, table, "source", _words, ""),
            holidays=tuple(
                self._holiday((*steps, "holiday", number), item)
                for number, item in enumerate(self.tables(steps, table, "holiday"))
            ),
            workdays=self._days(steps, table, "workdays"),
            amends=self._take(steps, table, "amends", _words, "") if "amends" in table else None,
            amends_names=self._names(steps, table),
            cancels_workdays=self._days(steps, table, "cancels_workdays"),
            note=self._take(steps, table, "note", _words, None) if "note" in table else None,
            origin=Origin(self.located, steps),
        )
        readable = len(self.findings) == before
        self._sense(steps, read)
        return read if readable else None

    def _holiday(self, steps: tuple[Step, ...], table: dict[str, Any]) -> Holiday:
        self.known_keys(steps, table, _HOLIDAY_KEYS)
        self._required(steps, table, _HOLIDAY_REQUIRED)
        return Holiday(
            name=self._take(steps, table, "name", _words, ""),
            first=self._take(steps, table, "from", _day, date.min),
            last=self._take(steps, table, "to", _day, date.max),
            statutory=self._days(steps, table, "statutory"),
            note=self._take(steps, table, "note", _words, None) if "note" in table else None,
        )

    def _required(self, steps: tuple[Step, ...], table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        for key in keys:
            if key not in table:
                self.fault(steps, f"缺少 {key}", f"{key} is missing", f"补上 {key}", f"add {key}")

    def _take(
        self, steps: tuple[Step, ...], table: Mapping[str, Any], key: str, read: Callable[[Any], T], missing: Any
    ) -> Any:
        if key not in table:
            return missing
        try:
            return read(table[key])
        except ValueError as error:
            self._unreadable((*steps, key), key, table[key], error)
            return missing

    def _unreadable(self, steps: tuple[Step, ...], key: str, value: Any, error: ValueError) -> None:
        zh, en, mend_zh, mend_en = error.args
        self.fault(steps, f"{key} 的值 {value!r} {zh}", f"{key}: {value!r} {en}", mend_zh, mend_en)

    def _days(self, steps: tuple[Step, ...], table: Mapping[str, Any], key: str) -> tuple[date, ...]:
        days: list[date] = []
        for number, item in enumerate(self._list(steps, table, key)):
            try:
                day = _day(item)
            except ValueError as error:
                self._unreadable((*steps, key, number), key, item, error)
                continue
            if day in days:
                self.fault(
                    (*steps, key, number),
                    f"{key} 重复写了 {day}",
                    f"{key} names {day} twice",
                    "删除重复的日期",
                    "remove one of them",
                )
            days.append(day)
        return tuple(days)

    def _names(self, steps: tuple[Step, ...], table: Mapping[str, Any]) -> tuple[str, ...]:
        names: list[str] = []
        for number, item in enumerate(self._list(steps, table, "amends_names")):
            try:
                names.append(_words(item))
            except ValueError as error:
                self._unreadable((*steps, "amends_names", number), "amends_names", item, error)
        return tuple(names)

    def _list(self, steps: tuple[Step, ...], table: Mapping[str, Any], key: str) -> list[Any]:
        value = table.get(key, [])
        if isinstance(value, list):
            return value
        self.fault((*steps, key), f"{key} 应为数组", f"{key} is not a list", f"写作 {key} = […]", f"write {key} = […]")
        return []

    def _sense(self, steps: tuple[Step, ...], notice: Notice) -> None:
        """Find what cannot be true of this notice, whatever others say. What could not be read is passed over."""
        if notice.published < notice.signed:
            self.fault(
                (*steps, "published"),
                f"公布日期 {notice.published} 早于签发日期 {notice.signed}",
                f"published {notice.published} before it was signed, {notice.signed}",
                "核对 signed 和 published",
                "check signed and published",
            )
        if notice.amends is None:
            for key in ("amends_names", "cancels_workdays"):
                if getattr(notice, key):
                    self.fault(
                        (*steps, key),
                        f"有 {key} 而没有 amends",
                        f"{key} without amends",
                        "写明 amends 所修改的通知",
                        "name the amended notice in amends",
                    )
        for number, holiday in enumerate(notice.holidays):
            self._range((*steps, "holiday", number), notice, holiday)
        for number, day in enumerate(notice.workdays):
            self._make_up_day((*steps, "workdays", number), notice, day)

    def _range(self, steps: tuple[Step, ...], notice: Notice, holiday: Holiday) -> None:
        if holiday.last < holiday.first:
            self.fault(
                (*steps, "to"),
                f"{holiday.name} 的放假区间颠倒：{holiday.first} 至 {holiday.last}",
                f"{holiday.name} ends {holiday.last} before it begins {holiday.first}",
                "对调 from 和 to，或改正日期",
                "exchange from and to, or correct the date",
            )
            return
        for key, day in (("from", holiday.first), ("to", holiday.last)):
            self._in_year((*steps, key), notice, day)
        if holiday.last - holiday.first > _LONGEST and _is_read(holiday):
            self.fault(
                (*steps, "to"),
                f"{holiday.name} 的放假区间超过 {_LONGEST.days} 天",
                f"the range of {holiday.name} is longer than {_LONGEST.days} days",
                "核对 from 和 to",
                "check from and to",
            )
        for number, day in enumerate(holiday.statutory):
            if not holiday.first <= day <= holiday.last:
                self.fault(
                    (*steps, "statutory", number),
                    f"法定节假日 {day} 不在 {holiday.name} 的放假区间内",
                    f"statutory day {day} lies outside the range of {holiday.name}",
                    "改正该日期或放假区间",
                    "correct the day or the range",
                )

    def _make_up_day(self, steps: tuple[Step, ...], notice: Notice, day: date) -> None:
        self._in_year(steps, notice, day)
        if day.isoweekday() < 6:
            self.fault(
                steps,
                f"调休上班日 {day} 本来就是工作日（星期{'一二三四五'[day.weekday()]}）",
                f"make-up workday {day} is a plain weekday ({day:%A})",
                "调休上班日只能是星期六或星期日，核对通知原文",
                "a make-up workday is a Saturday or Sunday: compare the notice",
            )
        for holiday in notice.holidays:
            if _is_read(holiday) and holiday.first <= day <= holiday.last:
                self.fault(
                    steps,
                    f"调休上班日 {day} 落在 {holiday.name} 的放假区间内",
                    f"make-up workday {day} lies in the range of {holiday.name}",
                    "改正该日期或放假区间",
                    "correct the day or the range",
                )

    def _in_year(self, steps: tuple[Step, ...], notice: Notice, day: date) -> None:
        if not notice.year or day in _UNREAD:
            return
        if not date(notice.year - 1, 12, 1) <= day <= date(notice.year, 12, 31):
            self.fault(
                steps,
                f"{day} 不在 {notice.year} 年（及上年12月）之内",
                f"{day} is neither in {notice.year} nor in the December before",
                "改正该日期或 year",
                "correct the day or year",
            )


def _is_read(holiday: Holiday) -> bool:
    return holiday.first not in _UNREAD and holiday.last not in _UNREAD


def _words(value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("不是文字", "is not text", "写成带引号的非空文字", "write it as text in quotes")


def _whole_number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 < value <= date.max.year:
        return value
    raise ValueError("不是年份", "is not a year", "写成四位数字", "write it as four digits")


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and day.isoformat() == value:
            return day
    raise ValueError("不是日期", "is not a date", "写作 2026-01-31 的形式", "write it like 2026-01-31")


def days_of(holiday: Holiday) -> list[date]:
    """Return every day of the range in order."""
    return [holiday.first + timedelta(days=n) for n in range((holiday.last - holiday.first).days + 1)]
