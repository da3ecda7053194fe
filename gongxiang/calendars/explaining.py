"""Why a day counts or not, in words, with the notice or statute that makes it so."""

from __future__ import annotations

from datetime import date

from gongxiang.calendars.due import Day
from gongxiang.calendars.table import Table
from gongxiang.errors import Text

WEEK = "国务院关于职工工作时间的规定第七条"
HOLIDAYS = "全国年节及纪念日放假办法第二条"
IN_LIEU = "全国年节及纪念日放假办法第六条"

_ENGLISH = {
    "元旦": "New Year",
    "春节": "Spring Festival",
    "清明节": "Tomb-Sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-Autumn Festival",
    "国庆节": "National Day",
}


def english(name: str) -> str:
    """Return the English name of a festival, or of several joined by 、; an unknown name stays as it is."""
    return " and ".join(_ENGLISH.get(part, part) for part in name.split("、"))


def explain(day: date, table: Table) -> Day:
    """Return the explanation of `day`; past the horizon by the law alone, marked provisional."""
    notices = table.composition
    if day in notices.off:
        notice, holiday = notices.off[day]
        return Day(
            day, False, "holiday", Text(f"{holiday.name}放假", f"{english(holiday.name)} holiday"), notice.number
        )
    if day in notices.make_up:
        return Day(day, True, "make_up", Text("调休上班", "make-up workday"), notices.make_up[day].number)
    provisional = day > table.horizon
    festival, in_lieu = table.open_days.law_rest.get(day, (None, False)) if provisional else (None, False)
    name = festival.name if festival else table.law_days.get(day)
    mark, mark_en = ("（暂定）", " (provisional)") if provisional else ("", "")
    if name is not None:
        word, word_en = ("补假", "holiday in lieu") if in_lieu else ("放假", "holiday")
        why = Text(f"{name}{word}{mark}", f"{english(name)} {word_en}{mark_en}")
        return Day(day, False, "holiday", why, IN_LIEU if in_lieu else HOLIDAYS, provisional=provisional)
    if day.weekday() >= 5:
        why = Text(f"周末{mark}", f"weekend{mark_en}")
        return Day(day, False, "weekend", why, WEEK, provisional=provisional)
    why = Text(f"工作日{mark}", f"workday{mark_en}")
    return Day(day, True, "workday", why, WEEK, provisional=provisional)
