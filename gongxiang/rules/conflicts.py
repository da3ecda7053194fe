"""Where instruments differ: each conflict listed once, with the reading chosen, its authority and who confirmed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.nearest import did_you_mean
from gongxiang.rules.articles import paragraph
from gongxiang.rules.quoting import no_article
from gongxiang.rules.readings import AUTHORITIES
from gongxiang.rules.source import Place, Source
from gongxiang.workflow.soundness import LIST, Fault, blank_faults, faults_of_shape

_TITLE = {"zh!": str, "en!": str}
CONFLICT: dict[str, Any] = {
    "id!": str,
    "between!": LIST,
    "question!": _TITLE,
    "reading!": _TITLE,
    "authority!": str,
    "confirmed_by!": _TITLE,
    "unsure!": bool,
}
"""What a rule book's document says of a conflict."""
_SETTLING: dict[str, Any] = {"settles": LIST, "floor": str}
"""Of which procedures the conflict decides whose whole table stands, and whose: the floor, whatever its rank."""


def conflicts_of(source: Source) -> list[dict[str, Any]]:
    """Return the conflicts that an instrument lists, as its file has them; what cannot be read as one is left out."""
    listed = source.conflicts.data.get("conflict", [])
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def parties_to(conflict: Mapping[str, Any]) -> list[str]:
    """Return the instruments between which a conflict is."""
    between = conflict.get("between")
    listed = between if isinstance(between, list) else []
    return list(dict.fromkeys(str(reference).rpartition("/")[0] for reference in listed))


def is_between(conflict: Mapping[str, Any], articles: Iterable[str]) -> bool:
    """Return whether the conflict names all of `articles`; one without a paragraph stands for all of its own."""
    return all(
        any(article == named or article.startswith(f"{named}.") for named in conflict["between"])
        for article in articles
    )


def conflict_findings(source: Source) -> Iterator[Finding]:
    """Yield what is wrong with an instrument's list of conflicts as it stands alone."""
    if not source.conflicts.data:
        return
    data = source.conflicts.data
    faults = [
        Fault(*fault)
        for fault in (*faults_of_shape(data, {"conflict!": [{**CONFLICT, **_SETTLING}]}), *blank_faults(data, ()))
    ]
    yield from (source.conflicts.finding(*fault) for fault in faults)
    if faults:
        return
    ids: set[str] = set()
    matters: set[frozenset[str]] = set()
    for number, conflict in enumerate(conflicts_of(source)):
        place: Place = ("conflicts", number)
        yield from _listed(source, place, conflict)
        name, between = conflict["id"], frozenset(conflict["between"])
        if name in ids or between in matters:
            yield source.finding(
                place,
                Text(f"冲突“{name}”重复", f"the conflict '{name}' stands twice"),
                Text("同一冲突只列一次", "list each conflict once"),
            )
        ids.add(name)
        matters.add(between)


def _listed(source: Source, place: Place, conflict: Mapping[str, Any]) -> Iterator[Finding]:
    parties = parties_to(conflict)
    if "" in parties or len(parties) < 2 or source.id not in parties:
        yield source.finding(
            (*place, "between"),
            Text(
                "冲突须在本规则的条文与另一规则的条文之间",
                "a conflict is between this and another instrument's articles",
            ),
            Text(f"请写如 {source.id}/17.2、另一规则的代号/21.1", f"write as in {source.id}/17.2 and another-id/21.1"),
        )
    if ("settles" in conflict) != ("floor" in conflict) or conflict.get("floor", source.id) not in parties:
        yield source.finding(
            (*place, "floor" if "floor" in conflict else "settles"),
            Text(
                "settles 与 floor 须同写，floor 是冲突一方", "`settles` goes with `floor`, which is one of the parties"
            ),
            Text("请写由哪一部规则的整表作为底表", "say whose whole table is the floor"),
        )
    for reference in conflict["between"]:
        if reference.startswith(f"{source.id}/") and paragraph(source.articles, reference) is None:
            yield no_article(source, (*place, "between"), reference)
    if not conflict["authority"].startswith(AUTHORITIES):
        yield source.finding(
            (*place, "authority"),
            Text("依据应以 statute、analogy 或 ours 开头", "an authority begins with statute, analogy or ours"),
            Text("请注明依据的性质", "say of which kind it is"),
        )


def foreign_conflict_findings(source: Source, others: Mapping[str, Source]) -> Iterator[Finding]:
    """Yield the conflicts with no instrument or no article of another, and those that stand in the wrong folder."""
    for number, conflict in enumerate(conflicts_of(source)):
        place: Place = ("conflicts", number, "between")
        for reference in conflict["between"]:
            name = reference.rpartition("/")[0]
            if name == source.id:
                continue
            if name not in others:
                near = did_you_mean(name, others)
                yield source.finding(
                    place,
                    Text(f"没有规则“{name}”{near.zh}", f"there is no instrument '{name}'{near.en}"),
                    Text(f"可用的规则：{'、'.join(others)}", f"the instruments are {', '.join(others)}"),
                )
                continue
            if paragraph(others[name].articles, reference) is None:
                yield no_article(source, place, reference)
            if source.head.rank < others[name].head.rank:
                yield source.finding(
                    place,
                    Text(f"“{name}”位阶较低，冲突应由它列出", f"'{name}' ranks lower, so it lists the conflict"),
                    Text(f"请移到“{name}”的 conflicts.toml", f"move it to the conflicts.toml of {name}"),
                )


def as_told(conflict: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a rule book's document says of a conflict."""
    return {key: value for key, value in conflict.items() if f"{key}!" in CONFLICT}


def belonging(sources: Sequence[Source]) -> list[tuple[Source, int, dict[str, Any]]]:
    """Return the conflicts among instruments in force together: whose list, which number, the conflict."""
    present = {source.id for source in sources}
    return [
        (source, number, conflict)
        for source in sources
        for number, conflict in enumerate(conflicts_of(source))
        if present.issuperset(parties_to(conflict))
    ]
