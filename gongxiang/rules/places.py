"""The law of every place on every day: which instruments are in force there, and the rule book they make together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from gongxiang.errors import FaultyRules, Finding, Reason, Refused, Text
from gongxiang.located import load
from gongxiang.rules.composing import Composition, compose
from gongxiang.rules.head import Head, head_findings, head_of
from gongxiang.rules.instrument import own_findings
from gongxiang.rules.source import Source
from gongxiang.workflow.compile import rule_book
from gongxiang.workflow.procedure import RuleBook

HOME = "21"
"""The region whose law is opened when none is named: Liaoning."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The instruments in force at a place from a day on, the superior first, until one begins or ceases."""

    id: str
    place: Head
    since: date
    heads: tuple[Head, ...]

    @property
    def has_tables(self) -> bool:
        """Whether any of them brings a whole table."""
        return any(head.procedures for head in self.heads)


def heads_of(folders: Iterable[Path]) -> tuple[Head, ...]:
    """Read what the instruments say of themselves, the superior first. Raises FaultyRules with every finding.

    No id stands twice, and no instrument is in force twice at one place on one day.
    """
    mains = []
    findings: list[Finding] = []
    for folder in folders:
        try:
            main = load(folder / "instrument.toml", FaultyRules, name=f"{folder.name}/instrument.toml")
        except FaultyRules as error:
            findings.extend(error.findings)
        else:
            findings.extend(head_findings(main))
            mains.append((main, folder))
    if not findings:
        heads = sorted((head_of(main, folder) for main, folder in mains), key=lambda head: head.precedence)
        findings.extend(overlapping(heads))
        if not findings:
            return tuple(heads)
    raise FaultyRules(sorted(set(findings)))


def overlapping(heads: Sequence[Head]) -> Iterator[Finding]:
    """Yield ids that stand twice, instruments in force twice, and places called by two names."""
    for number, head in enumerate(heads):
        for other in heads[:number]:
            if head.id == other.id:
                yield head.main.finding(
                    ("id",),
                    Text(
                        f"“{head.id}”已是“{other.main.path}”的代号", f"'{head.id}' is the id of {other.main.path} too"
                    ),
                    Text("请改名，或移除其中之一", "rename or remove one of the two"),
                )
            elif head.number == other.number and _meet(head, other):
                yield head.main.finding(
                    ("number",),
                    Text(
                        f"“{head.number}”同时以“{other.id}”施行",
                        f"'{head.number}' is in force as {other.id} on the same days",
                    ),
                    Text("请在先前的文本写 until", "say `until` when the earlier text ceased"),
                )
            if head.prefix == other.prefix and head.place != other.place:
                yield head.main.finding(
                    ("territory", "place"),
                    Text(f"同一地域又名“{other.place}”", f"the same territory is called '{other.place}' by {other.id}"),
                    Text("同一地域用同一名称", "call one territory by one name"),
                )
            elif head.prefix != other.prefix and head.place == other.place:
                yield head.main.finding(
                    ("territory", "place"),
                    Text(
                        f"“{head.place}”是另一地域的名称",
                        f"'{head.place}' is another territory's name, by {other.id}",
                    ),
                    Text("每一地域用自己的名称", "give each territory a name of its own"),
                )


def _meet(head: Head, other: Head) -> bool:
    """Return whether two instruments are in force at one place on one day."""
    nested = head.prefix.startswith(other.prefix) or other.prefix.startswith(head.prefix)
    return nested and any(head.is_in_force(day) and other.is_in_force(day) for day in (head.since, other.since))


class LawOfPlaces:
    """The rule books of all places and days that a set of instruments makes. What was composed once is kept."""

    def __init__(self, folders: Iterable[Path], read: Callable[[Path], Source] = Source) -> None:
        """Read what the instruments in `folders` say of themselves. Raises FaultyRules with every finding."""
        self.heads = heads_of(folders)
        self._read = read
        self._sources: dict[str, Source] = {}
        self._books: dict[str, RuleBook] = {}
        self._stretches: dict[str, tuple[list[date], list[Standing | None]]] = {}

    def book(self, region: str, day: date) -> RuleBook:
        """Return the rule book of a region on a day. Raises Refused where no law, or no table, governs there then."""
        covering = [head for head in self.heads if region.startswith(head.prefix)]
        standing = self._standing(covering, day)
        if standing is None or not standing.has_tables:
            raise Refused(_no_rule(region, day, covering, standing))
        return self._book(standing)

    def _standing(self, covering: Sequence[Head], day: date) -> Standing | None:
        """What is in force changes on the days only on which an instrument begins or ceases: it is found once for each.

        The instruments that cover a region are those of its smallest territory and of all around it.
        """
        smallest = max((head.prefix for head in covering), key=len, default="")
        stretches = self._stretches.get(smallest)
        if stretches is None:
            days = sorted(_boundaries(covering))
            stretches = self._stretches[smallest] = days, [None, *(_standing(covering, first) for first in days)]
        days, standings = stretches
        return standings[bisect_right(days, day)]

    def named(self, name: str) -> RuleBook:
        """Return the rule book of that id exactly. Raises KeyError for any other name."""
        return self._book(self.standings[name])

    def known(self) -> tuple[str, ...]:
        """Return the ids of all rule books, by place and then by day. Nothing is composed for it."""
        return tuple(self.standings)

    @property
    def latest(self) -> RuleBook:
        """The newest rule book of the home place."""
        covering = [head for head in self.heads if HOME.startswith(head.prefix)]
        days = sorted(_boundaries(covering), reverse=True)
        tabled = (day for day in days if (standing := _standing(covering, day)) and standing.has_tables)
        return self.book(HOME, next(tabled, date.max))

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """Every place on every day on which an instrument begins or ceases there, by id."""
        found: dict[str, Standing] = {}
        for prefix in sorted({head.prefix for head in self.heads}):
            covering = [head for head in self.heads if prefix.startswith(head.prefix)]
            for day in sorted(_boundaries(covering)):
                standing = _standing(covering, day)
                if standing is not None and standing.has_tables:
                    found.setdefault(standing.id, standing)
        return dict(sorted(found.items(), key=lambda item: (item[1].place.prefix, item[1].since)))

    def source(self, name: str) -> Source:
        """Return the files of an instrument. Raises FaultyRules where one cannot be read."""
        if name not in self._sources:
            self._sources[name] = self._read(next(head.folder for head in self.heads if head.id == name))
        return self._sources[name]

    def composition(self, standing: Standing) -> Composition:
        """Compose what is in force. The instruments have no findings of their own."""
        sources = [self.source(head.id) for head in standing.heads]
        return compose(standing.id, standing.place, standing.since, sources)

    def _book(self, standing: Standing) -> RuleBook:
        if standing.id not in self._books:
            own = [finding for head in standing.heads for finding in own_findings(self.source(head.id))]
            if own:
                raise FaultyRules(sorted(set(own)))
            made = self.composition(standing)
            try:
                book = None if made.findings else rule_book(made.document())
            except FaultyRules:
                book = None
            if book is None:
                raise FaultyRules([made.named(finding) for finding in made.all_findings()])
            self._books[standing.id] = book
        return self._books[standing.id]


def _boundaries(heads: Iterable[Head]) -> set[date]:
    return {day for head in heads for day in (head.since, head.until) if day is not None}


def _standing(covering: Sequence[Head], day: date) -> Standing | None:
    """Return what is in force on a day of the instruments that cover a region; None where nothing is."""
    in_force = tuple(head for head in covering if head.is_in_force(day))
    if not in_force:
        return None
    place = max(in_force, key=lambda head: len(head.prefix))  # of several of one territory the superior
    bounds = _boundaries(head for head in covering if place.prefix.startswith(head.prefix))
    since = max(bound for bound in bounds if bound <= day)
    return Standing(f"{place.place}-{since.isoformat()}", place, since, in_force)


def _no_rule(region: str, day: date, covering: Sequence[Head], standing: Standing | None) -> Reason:
    """Return why no rule book governs a region on a day."""
    if not covering:
        return Reason(
            "outside_territory",
            Text(f"没有规则适用于区划“{region}”", f"no instrument governs the region '{region}'"),
            None,
            Text("请核对区划代码，或装入该地的规则", "check the region code, or install the law of that place"),
        )
    first = min(covering, key=lambda head: head.since)
    if standing is not None:
        names = "、".join(head.title.zh for head in standing.heads)
        listed = ", ".join(head.title.en for head in standing.heads)
        return Reason(
            "no_tables",
            Text(f"{day}施行的规则没有程序表：{names}", f"what is in force on {day} brings no table: {listed}"),
            standing.place.territory_article,
            Text("请装入含有程序表的规则", "install an instrument that has tables"),
        )
    if day < first.since:
        return Reason(
            "before_in_force",
            Text(
                f"{day}尚无规则施行：《{first.title.zh}》自{first.since}起施行",
                f"no instrument is in force on {day}: the first, {first.title.en}, begins on {first.since}",
            ),
            first.in_force_article,
            Text(
                "施行前的事项不适用本规则，请核对日期", "what was done before that day is not governed; check the date"
            ),
        )
    ceased = max(covering, key=lambda head: head.until or head.since)
    return Reason(
        "no_longer_in_force",
        Text(
            f"{day}已无规则施行：《{ceased.title.zh}》已失效",
            f"no instrument is in force on {day}: {ceased.title.en} ceased",
        ),
        ceased.in_force_article,
        Text("请装入其后的规则，或核对日期", "install the instrument that came after it, or check the date"),
    )
