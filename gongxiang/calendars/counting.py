"""The rule of counting and its settings; the authority of each stands in the comment beside it."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Literal, Never, SupportsIndex

from gongxiang.errors import BadInput, Reason, Text

BEIJING = timezone(timedelta(hours=8), "UTC+08:00")

CutOff = Literal["midnight", "close_of_business"]
Receipt = Literal["same_day", "next_working_day"]


@dataclass(frozen=True, slots=True)
class Counting:
    """How a period is counted. The defaults are the reading of this project; each setting is an open point of law.

    cut_off: the period ends at 24:00 of the due day, or at `closes` (Civil Code Art. 203 ¶2).
    after_hours_receipt: what comes at or after `closes` on a working day is received that day (Electronic Signature Law
        Art. 11: on entering the system), or on the next working day.
    rest_day_receipt: what comes on a rest day is received that day, or on the next working day.
    """

    cut_off: CutOff = "midnight"
    closes: time = time(17, 0)
    after_hours_receipt: Receipt = "same_day"
    rest_day_receipt: Receipt = "same_day"

    def __post_init__(self) -> None:
        if self.cut_off not in ("midnight", "close_of_business"):
            _refuse_setting("cut_off", self.cut_off, "midnight, close_of_business")
        if not isinstance(self.closes, time) or self.closes.tzinfo is not None:
            _refuse_setting("closes", self.closes, "time(17, 0)")
        for name in ("after_hours_receipt", "rest_day_receipt"):
            if getattr(self, name) not in ("same_day", "next_working_day"):
                _refuse_setting(name, getattr(self, name), "same_day, next_working_day")

    def ends_before(self, due: date) -> datetime:
        """Return the instant before which a reply due on `due` is in time, Beijing time."""
        if self.cut_off == "close_of_business":
            return datetime.combine(due, self.closes, BEIJING)
        return datetime.combine(due + timedelta(days=1), time(), BEIJING)

    def as_record(self) -> dict[str, str]:
        """Return the settings as JSON-able data."""
        return {
            "cut_off": self.cut_off,
            "closes": self.closes.isoformat("minutes") if not self.closes.second else self.closes.isoformat(),
            "after_hours_receipt": self.after_hours_receipt,
            "rest_day_receipt": self.rest_day_receipt,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Counting:
        """Return the settings that `as_record` gave."""
        return cls(**{**record, "closes": time.fromisoformat(record["closes"])})


DEFAULT = Counting()


def _refuse_setting(name: str, value: object, allowed: str) -> Never:
    refuse(
        "bad_setting",
        f"{name} 不能是 {value!r}",
        f"{name} cannot be {value!r}",
        f"可用：{allowed}",
        f"one of: {allowed}",
    )


def refuse(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> Never:
    """Raise BadInput with one reason."""
    raise BadInput(Reason(code, Text(zh, en), None, Text(mend_zh, mend_en)))


def beijing_moment(received: object) -> tuple[date, time | None]:
    """Return the Beijing day of `received`, and the hour if it has one; raise BadInput if it is neither an aware
    date-time nor a date.
    """
    if isinstance(received, datetime):
        if received.utcoffset() is None:
            refuse(
                "naive_datetime",
                f"时间 {received.isoformat()} 没有时区",
                f"{received.isoformat()} has no time zone",
                "写明时区，例如 +08:00",
                "say the zone, for example +08:00",
            )
        try:
            local = received.astimezone(BEIJING)
        except OverflowError:
            refuse("out_of_range", "时间超出日历", "the moment lies outside the calendar", "核对年份", "check the year")
        return local.date(), local.time()
    if isinstance(received, date):
        return received, None
    refuse(
        "not_a_day",
        f"{received!r} 既不是日期也不是带时区的时间",
        f"{received!r} is neither a date nor an aware date-time",
        "给出 date，或带时区的 datetime",
        "give a date, or a datetime with its zone",
    )


def whole_number(n: object) -> int:
    """Return `n` as an int; raise BadInput unless it is a whole number >= 1 and no truth value, numpy's included."""
    if n.__class__ is int and n >= 1:  # the usual number; the protocol is slow to ask
        return n
    if isinstance(n, SupportsIndex) and type(n).__name__ not in ("bool", "bool_"):
        number = operator.index(n)
        if number >= 1:
            return number
    return refuse(
        "not_a_number_of_days",
        f"工作日数 {n!r} 不是正整数",
        f"{n!r} is not a whole number of working days, 1 or more",
        "给出不小于 1 的整数",
        "give a whole number, 1 or more",
    )
