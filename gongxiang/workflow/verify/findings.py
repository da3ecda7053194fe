"""What the verifier can find, each under a stable code, and what it answers (docs/reference/ledger.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gongxiang.errors import Language, Text

CODES: Mapping[str, Text] = {
    # The chain and what it is written on
    "unreadable": Text("记录无法读取", "the record cannot be read"),
    "malformed": Text("事件内容不合格式", "the event does not have the form of its kind"),
    "hash": Text("哈希与内容不符", "the hash is not that of the content"),
    "prev": Text("与前一事件的链接断开", "the link to the event before is broken"),
    "sequence": Text("序号不连续", "the numbers of the chain do not follow each other"),
    "split_chain": Text("同一案件的事件不在一处", "the chain does not stand in one place"),
    "head": Text("台账总哈希与所给不符", "the head of the ledger is not the one that was noted"),
    "rule_book": Text("规则版本缺失或被改动", "the rule book is missing or altered"),
    "pinned_rules": Text("案件未经迁移改用了另一规则版本", "the case changed its rule book without a migration"),
    "law_of_the_day": Text(
        "所用规则版本在立案所依之日尚未施行", "the rule book was not yet in force on the day that decides"
    ),
    # The table
    "not_opened": Text("首个事件不是开案行为", "the first event does not open a case"),
    "parties": Text("当事各方与程序表或开案行为不符", "the parties are not those of the table or of the opening"),
    "state": Text("起始状态与案件所处状态不符", "it does not start from the state in which the case stood"),
    "not_in_table": Text("程序表没有这一行", "the table has no such row"),
    "payload": Text("所载内容与程序表不符", "what it carries is not what the table asks for"),
    "effect_missing": Text("缺少程序表规定的效果", "an effect that the table gives is missing"),
    "effect_extra": Text("有程序表未规定的效果", "an effect that the table does not give"),
    "effect_altered": Text("效果的内容与推导不符", "an effect differs from what is derived"),
    # Who
    "unknown_actor": Text("登记册当日没有行为人", "the register does not know who acted on that day"),
    "wrong_party": Text("行为人无权办理", "who acted may not take this step"),
    "wrong_role": Text("所记角色与行为人的角色不符", "the role on record is not the role of who acted"),
    "not_the_clock": Text("期限届满不由任何人办理", "a lapse is nobody's act"),
    # Guards
    "guard_missing": Text("条件没有记录", "a guard is not on record"),
    "guard_fails": Text("条件不成立", "a guard does not hold"),
    "guard_inputs": Text("条件所依据的事实与记录不符", "what a guard looked at is not what was so"),
    "flag": Text("标记与推导不符", "a flag is not raised exactly where its test fails"),
    "open_twin": Text("同一事由已有未结案件", "a case on the same matter was open"),
    # Deadlines
    "edition": Text("所用日历不是当日已知的日历", "the calendar is not the one known on the day"),
    "start_moment": Text("期限起算时刻不符", "the limit does not start when it should"),
    "wrong_length": Text("期限长度不符", "the limit does not have its length"),
    "wrong_due": Text("到期日不符", "the due date is wrong"),
    "wrong_sheet": Text("期限计算说明与逐日计算不符", "the sheet is not what counting day by day gives"),
    "wrong_deadline": Text("期限的其他记载不符", "something else about the deadline is wrong"),
    "wrong_met": Text("完成时刻不符", "the limit was not met at that moment"),
    "extended_too_late": Text("已届满的期限被延长", "a limit was extended that had lapsed"),
    "shortened": Text("期限被缩短而无明示", "a limit was shortened without an explicit word"),
    "beyond_horizon": Text("起算日已超出有通知的年份", "the limit starts past the years that have a notice"),
    # Lapses
    "lapse_unfounded": Text("所记届满没有未履行的期限", "there is no unmet limit that could have lapsed"),
    "lapse_moment": Text("届满时刻不是期限的终了", "the lapse is not dated at the end of the limit"),
    "lapse_held": Text("已知通知使届满不成立", "a known notice holds the lapse back"),
    "lapse_state": Text("届满后的状态不符", "the lapse does not bring the state of the table"),
    "missing_lapse": Text("应记录的届满没有记录", "a lapse that had to be recorded is not"),
    # Time
    "out_of_order": Text("早于本案先前的事件", "it is dated before an earlier event of its case"),
    "recorded_early": Text("记录先于发生", "it was recorded before it happened"),
    # Between cases
    "no_cause": Text("没有引起它的事件", "nothing brought it about"),
    "not_followed": Text("应随之发生的事件没有发生", "what had to follow did not"),
    "link": Text("关联案件不存在或不符", "the linked case does not exist or is another"),
    # Registers, recalculations, corrections
    "register_entry": Text("登记册条目不合要求", "an entry of the register is not as it must be"),
    "recalculation": Text(
        "重新计算与登记册或推导不符", "a recalculation is not that of the register, or moves nothing"
    ),
    "not_an_authority": Text(
        "重新计算或迁移不是由管理部门办理", "the recalculation or migration is not the act of an authority"
    ),
    "no_signer": Text("重新计算或迁移没有写明签发人", "the recalculation or migration names no signer"),
    "correction": Text("更正与所更正的事件不符", "a correction does not fit the event that it corrects"),
    # Migrations
    "migration": Text("迁移与登记册或所依文件不符", "a migration is not that of the register or of its document"),
    "migration_document": Text("迁移文件不合要求", "the document of a migration is not as it must be"),
    "migration_from": Text(
        "案件不在文件所迁出的规则之下，或已终结", "the case is not an open one of those that the document moves"
    ),
    "migration_state": Text("迁移后的状态不是文件所对应的", "the state is not the one that the document maps it to"),
    "deadline_lost": Text("迁移使未了的期限丢失", "a migration loses an open limit"),
    "sanction_undone": Text(
        "已据以处理的期限被重新计算", "a limit was computed anew that the standing of the case rests on"
    ),
    # Projection
    "projection_differs": Text("案件现状与事件推导不符", "the case row differs from the fold of its events"),
    "projection_missing": Text("案件没有现状记录", "the case has events and no row"),
    "projection_orphan": Text("现状记录没有事件", "the case has a row and no events"),
    # The seal
    "leaf_orphan": Text("已封存的事件不在台账中", "the ledger does not have an event that was sealed"),
    "leaf_differs": Text("事件不是所封存的事件", "the event is not the one that was sealed"),
    "leaf_missing": Text("事件既未封存，也不待封存", "the event is neither sealed nor waiting to be"),
    "leaf_double": Text("事件不止一次封存或待封存", "the event is sealed, or waits to be, more than once"),
    "leaf_place": Text("封存日志的位置不连续", "the places of the log do not follow each other"),
    "outbox_orphan": Text("待封存的事件不在台账中", "the ledger does not have an event that waits to be sealed"),
    "seal_differs": Text("封存与其日志不符", "a seal is not that of its log"),
    "seal_noted": Text("封存日志与所给的根不符", "the log is not the one whose root was noted"),
    # What stands around them
    "key_differs": Text("幂等键的回执与事件不符", "the receipt of a key is not that of its event"),
    "key_orphan": Text("幂等键的回执所指事件不在台账中", "the receipt of a key names an event that is not there"),
    "trigger": Text("触发器与本程序所建不符", "the triggers are not those that the program makes"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wanting: the chain and event (seq 0: the chain as a whole), the code, and what exactly."""

    case: str
    seq: int
    code: str
    detail: Text

    @property
    def text(self) -> Text:
        """The whole sentence, in both languages."""
        said = CODES[self.code]
        if not self.detail.en:
            return said
        return Text(f"{said.zh}：{self.detail.zh}", f"{said.en}: {self.detail.en}")

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {"case": self.case, "seq": self.seq, "code": self.code, "message": self.text.of(language)}


@dataclass(frozen=True, slots=True)
class Sealing:
    """How far the ledger is sealed: the last seal (number 0: there is none) and how many events no seal covers yet.

    `size:root` is what to write down. `sealed_at` is ISO with offset.
    """

    number: int
    sealed_at: str | None
    size: int
    root: str | None
    unsealed: int


@dataclass(frozen=True, slots=True)
class Verification:
    """What an auditor gets. `head` is what to write down: any later change of what it covers is then found.

    `seal` is None where nothing was said of the log. `events` counts the events of cases, `entries` those of the
    registers' own chain.
    `unrecorded` counts the limits that have passed without a recorded lapse and are held back by nothing: a sweep is
    due.
    """

    cases: int
    events: int
    findings: tuple[Finding, ...]
    head: str
    unrecorded: int = 0
    entries: int = 0
    seal: Sealing | None = None
    ok: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ok", not self.findings)

    def as_record(self, language: Language = "zh") -> dict[str, Any]:
        """Return what the command line prints with `--json`."""
        return {
            "ok": self.ok,
            "cases": self.cases,
            "events": self.events,
            "findings": [finding.as_record(language) for finding in self.findings],
            "head": self.head,
            "unrecorded": self.unrecorded,
            "entries": self.entries,
            "seal": asdict(self.seal) if self.seal else None,
        }


class Found(Exception):
    """Raised inside a derivation where going on makes no sense; never leaves the package."""

    def __init__(self, code: str, detail: Text) -> None:
        self.code, self.detail = code, detail
        super().__init__(code)


def versus(expected: object, stored: object, about: str = "") -> Text:
    """Return "should be X, stands as Y" in both languages, long values cut."""
    wanted, stands = (_short(value) for value in (expected, stored))
    prefix = f"{about} " if about else ""
    return Text(f"{prefix}应为{wanted}，记为{stands}", f"{prefix}should be {wanted}, stands as {stands}")


def named(value: object) -> Text:
    """Return the value as the detail in both languages."""
    return Text(_short(value), _short(value))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 160 else f"{text[:157]}…"
