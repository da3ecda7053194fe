"""The words of screens and pages: what keys and kinds of the tables are called, lengths of time, one text of two."""

from __future__ import annotations

from collections.abc import Mapping

from gongxiang.errors import Language, Text
from gongxiang.workflow.procedure import RuleBook

KINDS: Mapping[str, Text] = {
    "instrument": Text("规则", "Instruments"),
    "number": Text("法定数字", "Numbers"),
    "ground": Text("情形", "Grounds"),
    "conflict": Text("冲突", "Conflicts"),
    "party": Text("当事方", "Parties"),
    "state": Text("状态", "States"),
    "limit": Text("期限", "Limits"),
    "pending": Text("待办", "Acts that wait for another's"),
    "retention": Text("保存", "Records to be kept"),
    "guard": Text("条件", "Guards"),
    "flag": Text("标记", "Flags"),
    "step": Text("步骤", "Steps"),
    "activity": Text("活动", "Activities"),
}

FIELDS: Mapping[str, Text] = {
    "title": Text("名称", "title"),
    "short": Text("简称", "short title"),
    "article": Text("条文", "article"),
    "between": Text("条文", "between"),
    "text": Text("说明", "says"),
    "mend": Text("怎么办", "mend"),
    "value": Text("数值", "value"),
    "unit": Text("单位", "unit"),
    "since": Text("自", "since"),
    "anchor": Text("主管部门所依", "competent by"),
    "about": Text("所涉程序", "about"),
    "resource": Text("数据资源", "resource"),
    "decisive": Text("决定适用之日", "decisive day"),
    "kinds": Text("部门类别", "kinds"),
    "named_by": Text("由何栏指明", "named by"),
    "final": Text("终结", "final"),
    "owes": Text("轮到", "whose move"),
    "owes_when_stopped": Text("暂停时轮到", "whose move when stopped"),
    "waits_on": Text("等待", "waits on"),
    "duty": Text("应办", "duty"),
    "by": Text("由谁", "by"),
    "from": Text("起自", "from"),
    "except": Text("除外", "except"),
    "to": Text("转到", "to"),
    "payload": Text("内容", "carries"),
    "when": Text("适用于", "when"),
    "guards": Text("条件", "guards"),
    "flags": Text("标记", "flags"),
    "starts": Text("起算期限", "starts"),
    "meets": Text("办结期限", "meets"),
    "stops": Text("暂停期限", "stops"),
    "resumes": Text("恢复期限", "resumes"),
    "voids": Text("终止期限", "voids"),
    "restarts": Text("重新计算期限", "computes anew"),
    "restores": Text("恢复原期限", "restores"),
    "extends": Text("延长期限", "extends"),
    "extends_by": Text("延长多少", "extends by"),
    "retains": Text("保存", "keeps"),
    "remember": Text("记住", "remembers"),
    "forget": Text("不再记住", "forgets"),
    "names": Text("指定", "names"),
    "releases": Text("不再指定", "releases"),
    "follows": Text("关联案件", "in the linked case"),
    "own": Text("程序所需", "own"),
    "parameter": Text("期限长短", "length"),
    "owed_by": Text("义务人", "owed by"),
    "counted_from": Text("起算日", "counted from"),
    "on_lapse": Text("届满后", "when it passes"),
    "outer_of": Text("外限所对的较严期限", "outer limit of"),
    "proposal": Text("逾期后的建议", "proposes"),
    "test": Text("检验", "test"),
    "reading": Text("读法", "reading"),
    "question": Text("问题", "question"),
    "authority": Text("依据", "authority"),
    "confirmed_by": Text("确认", "confirmed by"),
    "unsure": Text("存疑", "unsure"),
    "rank": Text("位阶", "rank"),
    "complete": Text("完整", "complete"),
    "exactly_one": Text("须给出其一", "exactly one of"),
    "at_most_one": Text("至多给出其一", "at most one of"),
}

UNITS: Mapping[str, Text] = {"working_day": Text("个工作日", "working days"), "year": Text("年", "years")}
_ONE = {"working_day": "working day", "year": "year"}


def say(language: Language, zh: str, en: str) -> str:
    """Return one of the two."""
    return zh if language == "zh" else en


def length(value: int, unit: str, language: Language) -> str:
    """Return a length of time: 5 个工作日, 3 years."""
    if language == "en" and value == 1 and unit in _ONE:
        return f"1 {_ONE[unit]}"
    return f"{value} {UNITS[unit].of(language) if unit in UNITS else unit}"


def names_of(*books: RuleBook) -> dict[str, Text]:
    """Return what the instruments of rule books are called in short, by id."""
    return {one.id: one.short for book in books for one in book.instruments}
