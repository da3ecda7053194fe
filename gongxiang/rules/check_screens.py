"""What a check of rule folders found, as people read it: faults first, then gaps, then what rests on our word alone."""

from __future__ import annotations

from collections.abc import Iterator

from gongxiang.errors import Language
from gongxiang.page import Block, Drawn, Heading, Sentence, Words
from gongxiang.rules.checked import Checked
from gongxiang.rules.words import say


def check(found: Checked, language: Language) -> Iterator[Block]:
    """Yield what was found."""
    yield from _faults(found, language)
    yield from _gaps(found, language)
    yield from _readings(found, language)


def _faults(found: Checked, language: Language) -> Iterator[Block]:
    if found.findings:
        yield Drawn([finding.of(language) for finding in found.findings])
    else:
        yield Sentence(Words(say(language, "没有问题。", "No faults."), "good"))
    if found.apart:
        names = say(language, "、", ", ").join(found.apart)
        told = say(
            language, f"{names} 本身有问题，与之的组合未检查。", f"{names}: faulty, so nothing was checked with it."
        )
        yield Sentence(Words(f"! {told}", "warn"), hang=2)


def _gaps(found: Checked, language: Language) -> Iterator[Block]:
    if not found.gaps:
        return
    note = say(language, f"{len(found.gaps)} 处：原文未得，不作推测", f"{len(found.gaps)}: not at hand, not invented")
    yield Heading(say(language, "缺漏", "Gaps"), note)
    for _, gap in found.gaps:
        yield Sentence(
            [
                Words(f"{gap.path}:{gap.line}  ", "dim"),
                Words(f"{gap.articles}  ", "accent"),
                gap.what.of(language),
            ],
            indent=2,
            hang=2,
        )
        yield Sentence([Words("→ ", "warn"), gap.effect.of(language)], indent=4, hang=2)


def _readings(found: Checked, language: Language) -> Iterator[Block]:
    told, listed = found.readings, found.conflicts
    if not any(told.values()) and not listed["listed"]:
        return
    yield Heading(say(language, "读法", "Readings"))
    yield Sentence(
        say(
            language,
            f"条文未尽之处 {sum(told.values())} 条：有条文明定 {told['statute']}，类推 {told['analogy']}，"
            f"仅为本项目的读法 {told['ours']}",
            f"{sum(told.values())} points that the texts leave open: {told['statute']} settled by a text, "
            f"{told['analogy']} by analogy, {told['ours']} by our reading alone",
        ),
        indent=2,
        hang=2,
    )
    yield Sentence(
        say(
            language,
            f"冲突 {listed['listed']} 处：尚无有权机关确认 {listed['unconfirmed']}，存疑 {listed['unsure']}",
            f"{listed['listed']} conflicts: {listed['unconfirmed']} confirmed by nobody competent, "
            f"{listed['unsure']} unsure",
        ),
        indent=2,
        hang=2,
    )
