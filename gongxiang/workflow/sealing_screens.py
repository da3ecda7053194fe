"""Seals and proofs: what to keep outside, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from gongxiang.errors import Language
from gongxiang.page import Block, Facts, Heading, Phrase, Sentence, Words
from gongxiang.workflow.labels import Labels, moment
from gongxiang.workflow.proving import Consistency, Inclusion
from gongxiang.workflow.sealing import Seal

SHOWN = 20
"""How many seals a screen lists, the newest; `--json` gives all."""


def sealed(seal: Seal, language: Language) -> Iterator[Block]:
    """Yield what a seal has added, and what to keep of it."""
    say = Labels(language).say
    yield Heading(say("封存", "Sealed"))
    new = say(f"新封存 {seal.appended} 个事件", f"{seal.appended} events appended")
    if not seal.number:
        yield Sentence(Words(say("台账中没有事件可封存。", "There is no event to seal."), "dim"))
        return
    nothing = say("没有新的事件，仍是上次的封存", "nothing new: it is the seal that stood there")
    yield Sentence([Words("✓ ", "good"), Words(new if seal.appended else nothing, "good")])
    yield Facts(_facts(seal, language))
    keep = say(
        "请把下面一行另行保存在系统之外；日后以 audit verify --seal 核对：",
        "Keep this line outside the system; audit verify --seal compares with it:",
    )
    yield Sentence(keep)
    yield Sentence(Words(seal.noted, "strong"))


def seals(found: Sequence[Seal], language: Language) -> Iterator[Block]:
    """Yield the seals, the newest last, each with what to compare."""
    say = Labels(language).say
    yield Heading(say("封存", "Seals"), say(f"共 {len(found)} 次", f"{len(found)} in all"))
    if not found:
        yield Sentence(say("从未封存。", "The ledger has never been sealed."))
        return
    if len(found) > SHOWN:
        earlier = say(f"较早的 {len(found) - SHOWN} 次见 --json", f"{len(found) - SHOWN} earlier ones: see --json")
        yield Sentence(Words(earlier, "dim"), indent=2)
    for one in found[-SHOWN:]:
        number = Words(say(f"第 {one.number} 号", f"number {one.number}"), "accent")
        more = say(f"，新增 {one.appended} 个事件", f", {one.appended} events appended")
        yield Sentence([number, f"  {_when(one)}{more}"], indent=2)
        yield Sentence(one.noted, indent=4)


def inclusion(found: Inclusion, language: Language) -> Iterator[Block]:
    """Yield the proof that an event is sealed."""
    say = Labels(language).say
    event = say(f"第 {found.seq} 号事件", f"event {found.seq}")
    chain = found.case or say("登记簿", "the registers")
    yield Heading(say("封存证明", "Proof of sealing"), f"{chain} {event}")
    yield Facts(
        (
            (say("事件哈希", "Hash"), found.hash),
            (say("位置", "Place"), str(found.place)),
            *_facts(found.seal, language),
            *_path(found.path, language),
        )
    )
    if found.later:
        later = say(f"另有 {found.later} 个事件不在此次封存之内", f"{found.later} later events are not under this seal")
        yield Sentence(Words(f"! {later}", "warn"), hang=2)


def consistency(found: Consistency, language: Language) -> Iterator[Block]:
    """Yield the proof that the log only grew."""
    say = Labels(language).say
    yield Heading(say("续增证明", "Proof of growth"), say("旧日志是新日志的开头", "the new log begins with the old"))
    yield Facts(
        (
            (say("旧长度", "Old size"), str(found.size)),
            (say("旧根", "Old root"), found.root),
            *_facts(found.seal, language),
            *_path(found.path, language),
        )
    )


def covered(seal: Mapping[str, Any] | None, language: Language) -> list[tuple[str, Phrase]]:
    """Return how far a ledger that was verified is sealed."""
    say = Labels(language).say
    if not seal or not seal["number"]:
        return []
    when = moment(datetime.fromisoformat(seal["sealed_at"]))
    return [
        (say("封存", "Seal"), say(f"第 {seal['number']} 号（{when}）", f"number {seal['number']} ({when})")),
        (say("长度", "Size"), str(seal["size"])),
        (say("根", "Root"), str(seal["root"])),
    ]


def uncovered(seal: Mapping[str, Any] | None, language: Language) -> Iterator[Block]:
    """Yield what no seal covers yet."""
    if seal and seal["unsealed"]:
        said = Labels(language).say(
            f"有 {seal['unsealed']} 个事件尚未封存，不受任何封存保护；请运行 audit seal",
            f"{seal['unsealed']} events are not sealed yet and no seal protects them: run audit seal",
        )
        yield Sentence(Words(f"! {said}", "warn"), hang=2)


def _facts(seal: Seal, language: Language) -> list[tuple[str, Phrase]]:
    say = Labels(language).say
    return [
        (say("封存", "Seal"), say(f"第 {seal.number} 号（{_when(seal)}）", f"number {seal.number} ({_when(seal)})")),
        (say("长度", "Size"), str(seal.size)),
        (say("根", "Root"), seal.root),
    ]


def _path(path: Sequence[str], language: Language) -> list[tuple[str, Phrase]]:
    title = Labels(language).say("路径", "Path")
    return [("" if number else title, one) for number, one in enumerate(path)] or [(title, "—")]


def _when(seal: Seal) -> str:
    return moment(seal.sealed_at) if seal.sealed_at else ""
