"""How notices fit together: in order of publication, an amendment replacing what it names, nothing overlapping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from gongxiang.calendars.notice import Holiday, Notice, Origin
from gongxiang.calendars.reading import days_of, read_notices
from gongxiang.calendars.statutory import festivals
from gongxiang.errors import BadInput, FaultyNotice, Finding, Reason, Text
from gongxiang.located import Located, Step

SHIPPED = Path(__file__).with_name("notices.toml")


@dataclass(slots=True)
class Composition:
    """What a set of notices says together: which days are off, which are make-up workdays, and by which notice."""

    off: dict[date, tuple[Notice, Holiday]] = field(default_factory=dict)
    make_up: dict[date, Notice] = field(default_factory=dict)
    ranges: list[tuple[Notice, Holiday]] = field(default_factory=list)
    yearly: dict[int, Notice] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True


def compose(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return the notices in order of application; raise FaultyNotice with every fault if they do not fit together.

    The order is that of publication. The same notice twice is one notice.
    """
    ordered = in_order(notices)
    findings = apply(ordered).findings
    if findings:
        raise FaultyNotice(sorted(findings, key=lambda finding: (finding.path, finding.line)))
    return ordered


def check_notices(notices: Iterable[Notice]) -> tuple[Finding, ...]:
    """Return every fault that `notices` have together, none if they fit."""
    return tuple(apply(in_order(notices)).findings)


def in_order(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return the notices by day of publication, a yearly one before what amends it on the same day, doubles removed."""
    given = list(notices)
    for notice in given:
        if not isinstance(notice, Notice):
            raise BadInput(
                Reason(
                    "not_a_notice",
                    Text(f"{notice!r} 不是公告", f"{notice!r} is not a Notice"),
                    None,
                    Text("用 load_notices 读取文件", "read the file with load_notices"),
                )
            )
    return tuple(sorted(dict.fromkeys(given), key=lambda n: (n.published, n.amends is not None, n.year, n.id)))


def load_notices(
    path: str | Path, known: Iterable[Notice] | None = None, name: str | None = None
) -> tuple[Notice, ...]:
    """Return the notices of a file, in order of application; raise FaultyNotice with every fault, by line.

    They are judged together with the notices that are `known` (None: the shipped ones), of which the file may repeat
    some. `name` is what findings call the file.
    """
    read, faults, complete = read_notices(path, name)
    for number, notice in enumerate(read):
        if notice in read[:number]:
            faults.append(
                _finding(
                    notice, ("id",), Text(f"{notice.id} 写了两次", f"{notice.id} twice"), Text("删去一个", "remove one")
                )
            )
    ids = {notice.id for notice in read}
    context = [notice for notice in (shipped_notices() if known is None else known) if notice.id not in ids]
    # Where a notice could not be read, what leans on it is not to blame.
    faults += apply(in_order([*context, *read]), complete=complete).findings
    if faults:
        raise FaultyNotice(sorted(faults, key=lambda finding: finding.line))
    return in_order(read)


@cache
def shipped_notices() -> tuple[Notice, ...]:
    """Return the notices that come with the package, 2019 to 2026, in order of application."""
    return load_notices(SHIPPED, (), "notices.toml")


def apply(ordered: Iterable[Notice], complete: bool = True) -> Composition:
    """Apply notices one after the other; `findings` of the result holds what does not fit.

    Unless the set is `complete`, a year without notice and an amendment of an unknown notice are passed over.
    """
    done = Composition(complete=complete)
    by_id: dict[str, Notice] = {}
    for notice in ordered:
        if notice.id in by_id:
            done.findings.append(
                _finding(
                    notice,
                    ("id",),
                    Text(f"编号 {notice.id} 已用于另一公告", f"id {notice.id} stands for another notice already"),
                    Text("给它另一个编号", "give it another id"),
                )
            )
            continue
        by_id[notice.id] = notice
        if notice.amends is None:
            _apply_yearly(done, notice)
        else:
            _apply_amendment(done, notice, by_id.get(notice.amends))
        _add_days(done, notice)
    if complete:
        _check_years(done)
    return done


def _check_years(done: Composition) -> None:
    """Find years without a notice in between, and notices published before that of the year before."""
    years = sorted(done.yearly)
    for before, year in pairwise(years):
        notice, earlier = done.yearly[year], done.yearly[before]
        if year != before + 1:
            done.findings.append(
                _finding(
                    notice,
                    ("year",),
                    Text(
                        f"{before} 年之后是 {year} 年：中间没有 {before + 1} 年的公告",
                        f"{year} follows {before}: no notice for {before + 1} in between",
                    ),
                    Text(f"先导入 {before + 1} 年的公告", f"import the notice for {before + 1} first"),
                )
            )
        if notice.published <= earlier.published:
            done.findings.append(
                _finding(
                    notice,
                    ("published",),
                    Text(
                        f"{year} 年的公告不晚于 {before} 年的公告（{earlier.published}）",
                        f"the notice for {year} is published no later than that for {before}, {earlier.published}",
                    ),
                    Text("核对 published", "check published"),
                )
            )


def _apply_yearly(done: Composition, notice: Notice) -> None:
    year = notice.year
    if year in done.yearly:
        done.findings.append(
            _finding(
                notice,
                ("year",),
                Text(
                    f"{year} 年已有公告 {done.yearly[year].number}",
                    f"{year} has the notice {done.yearly[year].number} already",
                ),
                Text("修改它的公告须写明 amends", "a notice that changes it names it in amends"),
            )
        )
    done.yearly.setdefault(year, notice)
    for number, holiday in enumerate(notice.holidays):
        done.findings.extend(_against_the_law(notice, number, holiday))
    statutory = {day for festival in festivals(year) for day in festival.days}
    for number, day in enumerate(notice.workdays):
        if day in statutory:
            done.findings.append(
                _finding(
                    notice,
                    ("workdays", number),
                    Text(f"调休上班日 {day} 是法定节假日", f"make-up workday {day} is a statutory holiday"),
                    Text("核对通知原文", "compare the text of the notice"),
                )
            )


def _against_the_law(notice: Notice, number: int, holiday: Holiday) -> list[Finding]:
    """Find a range that misses the statutory days of the festival it is named after."""
    found = []
    law = festivals(notice.year)
    for festival in law:
        missed = [day for day in festival.days if not holiday.first <= day <= holiday.last]
        if missed and festival.name.removesuffix("节") in holiday.name:
            found.append(
                _finding(
                    notice,
                    ("holiday", number, "from"),
                    Text(
                        f"{holiday.name} 的放假区间不含法定节假日 {missed[0]}（{festival.law}）",
                        f"the range of {holiday.name} misses the statutory day {missed[0]}",
                    ),
                    Text("核对通知原文", "compare the text of the notice"),
                )
            )
    known = {day for festival in law for day in festival.days}
    for at, day in enumerate(holiday.statutory):
        if known and day.year == notice.year and day not in known:
            found.append(
                _finding(
                    notice,
                    ("holiday", number, "statutory", at),
                    Text(f"{day} 不是法定节假日（{law[0].law}）", f"{day} is not a statutory holiday ({law[0].law})"),
                    Text("改正该日期，或删除 statutory", "correct the day, or leave statutory out"),
                )
            )
    return found


def _apply_amendment(done: Composition, notice: Notice, amended: Notice | None) -> None:
    if amended is None and not done.complete:
        return
    if amended is None or amended.amends is not None or amended.year != notice.year:
        done.findings.append(
            _finding(
                notice,
                ("amends",),
                Text(
                    f"所修改的 {notice.year} 年公告 {notice.amends} 不存在，或公布更晚",
                    f"amends {notice.amends}, which is no earlier notice for {notice.year}",
                ),
                Text("写明所修改的年度公告的编号", "name the id of the yearly notice that it amends"),
            )
        )
        return
    names = notice.amends_names or tuple(holiday.name for holiday in notice.holidays)
    for number, name in enumerate(names):
        replaced = [
            entry for entry in done.ranges if entry[1].name == name and amended.id in (entry[0].id, entry[0].amends)
        ]
        if not replaced:
            done.findings.append(
                _finding(
                    notice,
                    ("amends_names", number),
                    Text(f"{amended.id} 中没有 {name}，无可修改", f"{amended.id} has no {name} to amend"),
                    Text(
                        "照原公告的名称书写：" + "、".join(h.name for h in amended.holidays),
                        "write the name as the amended notice has it",
                    ),
                )
            )
        for entry in replaced:
            done.ranges.remove(entry)
            for day in days_of(entry[1]):
                done.off.pop(day, None)
    for number, day in enumerate(notice.cancels_workdays):
        if done.make_up.pop(day, None) is None:
            done.findings.append(
                _finding(
                    notice,
                    ("cancels_workdays", number),
                    Text(f"{day} 本来不是调休上班日，无可取消", f"{day} is no make-up workday that could be cancelled"),
                    Text("核对所修改的公告", "compare the amended notice"),
                )
            )


def _add_days(done: Composition, notice: Notice) -> None:
    for number, holiday in enumerate(notice.holidays):
        taken = [day for day in days_of(holiday) if day in done.off]
        worked = [day for day in days_of(holiday) if day in done.make_up]
        if taken:
            other = done.off[taken[0]]
            done.findings.append(
                _finding(
                    notice,
                    ("holiday", number, "from"),
                    Text(
                        f"{holiday.name} 与 {other[1].name}（{other[0].number}）在 {taken[0]} 重叠",
                        f"{holiday.name} overlaps {other[1].name} ({other[0].number}) on {taken[0]}",
                    ),
                    Text(
                        "改正区间；修改先前的公告须在 amends_names 中写明节日",
                        "correct the range; an amendment names the festival in amends_names",
                    ),
                )
            )
        for day in worked:
            done.findings.append(
                _finding(
                    notice,
                    ("holiday", number, "to"),
                    Text(
                        f"{holiday.name} 的放假区间含调休上班日 {day}（{done.make_up[day].number}）",
                        f"the range of {holiday.name} lies over the make-up workday {day} ({done.make_up[day].number})",
                    ),
                    Text(
                        "改正区间，或在 cancels_workdays 中取消该上班日",
                        "correct the range, or cancel the workday in cancels_workdays",
                    ),
                )
            )
        done.ranges.append((notice, holiday))
        for day in days_of(holiday):
            done.off[day] = (notice, holiday)
    for number, day in enumerate(notice.workdays):
        if day in done.make_up or (day in done.off and done.off[day][0] is not notice):
            done.findings.append(
                _finding(
                    notice,
                    ("workdays", number),
                    Text(f"{day} 已由先前的公告安排", f"{day} is settled by an earlier notice already"),
                    Text("改正该日期", "correct the day"),
                )
            )
        done.make_up[day] = notice


def _finding(notice: Notice, steps: tuple[Step, ...], text: Text, mend: Text) -> Finding:
    origin = notice.origin or Origin(Located(notice.id, {}, {(): 0}), ())
    return origin.finding(steps, text, mend)
