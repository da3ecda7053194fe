"""What an instrument says of itself: how it ranks, where and since when it governs, and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gongxiang.errors import Finding, Text
from gongxiang.located import Located
from gongxiang.nearest import did_you_mean
from gongxiang.rules.rank import RANKS, Rank
from gongxiang.workflow.soundness import LIST, Fault, blank_faults, date_faults, faults_of_shape

_TITLE = {"zh!": str, "en!": str}
MAIN: dict[str, Any] = {
    "id!": str,
    "title!": _TITLE,
    "short!": _TITLE,
    "number!": str,
    "rank!": str,
    "adopted!": str,
    "signed!": str,
    "complete!": bool,
    "source!": str,
    "last_checked!": str,
    "procedures!": LIST,
    "layers": LIST,
    "in_force!": {"since!": str, "article!": str, "quote": str, "until": str},
    "territory!": {"prefix!": str, "article!": str, "quote": str, "place!": str, "title!": _TITLE},
    "templates": LIST,
    "parameter": list,
    "field": list,
    "gap": [{"articles!": str, "what!": _TITLE, "effect!": _TITLE}],
}
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_ARTICLES = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:-[0-9]+)?(?:, [0-9]+(?:\.[0-9]+)?(?:-[0-9]+)?)*")
_LAYER = re.compile(r"over_[a-z0-9_]+/[a-z0-9_]+\.toml")


@dataclass(frozen=True, slots=True)
class Gap:
    """What an instrument that is not complete leaves out, and what the engine therefore does not do."""

    path: str
    line: int
    articles: str
    what: Text
    effect: Text


@dataclass(frozen=True, slots=True)
class Head:
    """An instrument's place in the order of law. In force from `since` until the day before `until`, if any.

    `prefix` is what the region codes of its territory begin with; the nation's is empty. `place` is its name in ids.
    """

    id: str
    title: Text
    short: Text
    number: str
    rank: Rank
    since: date
    until: date | None
    prefix: str
    place: str
    place_title: Text
    complete: bool
    in_force_article: str
    territory_article: str
    procedures: tuple[str, ...]
    folder: Path
    main: Located

    @property
    def precedence(self) -> tuple[Rank, date, str]:
        """What instruments are sorted by: the superior first, then the earlier."""
        return self.rank, self.since, self.id

    def is_in_force(self, day: date) -> bool:
        """Return whether it governs on `day`."""
        return self.since <= day and (self.until is None or day < self.until)

    def as_record(self) -> dict[str, Any]:
        """Return what a rule book's document says of the instrument."""
        return {
            "id": self.id,
            "title": self.title._asdict(),
            "short": self.short._asdict(),
            "rank": self.rank.id,
            "since": self.since.isoformat(),
            "complete": self.complete,
        }


def text_at(record: Mapping[str, str]) -> Text:
    """Return a `{zh, en}` record as a Text."""
    return Text(record["zh"], record["en"])


def head_of(main: Located, folder: Path) -> Head:
    """Return the head of an instrument whose `instrument.toml` has no finding."""
    data = main.data
    in_force, territory = data["in_force"], data["territory"]
    return Head(
        id=data["id"],
        title=text_at(data["title"]),
        short=text_at(data["short"]),
        number=data["number"],
        rank=RANKS[data["rank"]],
        since=date.fromisoformat(in_force["since"]),
        until=date.fromisoformat(in_force["until"]) if "until" in in_force else None,
        prefix=territory["prefix"],
        place=territory["place"],
        place_title=text_at(territory["title"]),
        complete=data["complete"],
        in_force_article=f"{data['id']}/{in_force['article']}",
        territory_article=f"{data['id']}/{territory['article']}",
        procedures=tuple(data["procedures"]),
        folder=folder,
        main=main,
    )


def gaps_of(main: Located) -> tuple[Gap, ...]:
    """Return what the instrument leaves out, in its order."""
    return tuple(
        Gap(main.path, main.line("gap", number), gap["articles"], text_at(gap["what"]), text_at(gap["effect"]))
        for number, gap in enumerate(main.data.get("gap", ()))
    )


def head_findings(main: Located) -> Iterator[Finding]:
    """Yield what `instrument.toml` has too much or too little, beside the document that it makes."""
    data = main.data
    faults = [Fault(*fault) for fault in faults_of_shape(data, MAIN)]
    # The document says the same of these.
    own = {key: value for key, value in data.items() if key not in ("title", "parameter", "field")}
    faults.extend(Fault(*fault) for fault in blank_faults(own, ()))
    for day in ("adopted", "signed", "last_checked"):
        faults.extend(Fault(*fault) for fault in date_faults(data, day, (day,)))
    for day in ("since", "until"):
        faults.extend(Fault(*fault) for fault in date_faults(data.get("in_force"), day, ("in_force", day)))
    faults.extend((*_words(data), *_time(data), *_gaps(data)))
    yield from (main.finding(*fault) for fault in faults)


def _said(record: Any, key: str) -> str | None:
    """Return the text under `key`, if there is one: what is missing or of another type is a matter of shape."""
    value = record.get(key) if isinstance(record, Mapping) else None
    return value if isinstance(value, str) else None


def _listed(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key, [])
    return value if isinstance(value, list) else []


def _words(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the names that are not written as such."""
    rank = _said(data, "rank")
    if rank is not None and rank not in RANKS:
        near = did_you_mean(rank, RANKS)
        yield Fault(
            ("rank",),
            Text(f"没有位阶“{rank}”{near.zh}", f"unknown rank '{rank}'{near.en}"),
            Text(f"位阶：{'、'.join(RANKS)}", f"the ranks are {', '.join(RANKS)}"),
        )
    for place, name in (
        (("id",), _said(data, "id")),
        (("territory", "place"), _said(data.get("territory"), "place")),
    ):
        if name and not _ID.fullmatch(name):
            yield Fault(
                place,
                Text(f"“{name}”不能用作代号", f"'{name}' cannot be a name"),
                Text("代号用小写字母、数字和连字符", "write small letters, digits and hyphens"),
            )
    for number, layer in enumerate(_listed(data, "layers")):
        if isinstance(layer, str) and not is_layer(layer):
            yield Fault(
                ("layers", number),
                Text(f"“{layer}”不是叠加表的位置", f"'{layer}' is not where a layer stands"),
                Text("请写 over_<规则>/<程序>.toml", "write over_<instrument>/<procedure>.toml"),
            )
    for number, parameter in enumerate(_listed(data, "parameter")):
        if isinstance(parameter, Mapping) and not isinstance(parameter.get("matter", ""), str):
            yield Fault(
                ("parameter", number, "matter"),
                Text("“matter”应为文字", "'matter' should be a text"),
                Text("请写事项的代号", "write the name of the matter"),
            )


def is_layer(file: str) -> bool:
    """Return whether `file` is written as the place of a layer within the instrument's folder."""
    return _LAYER.fullmatch(file) is not None


def _time(data: Mapping[str, Any]) -> Iterator[Fault]:
    since, until = (_said(data.get("in_force"), key) for key in ("since", "until"))
    # ISO days sort as days.
    if since and until and until <= since:
        yield Fault(
            ("in_force", "until"),
            Text("失效之日不晚于施行之日", "it ceases no later than it begins"),
            Text("until 是不再施行的第一天", "`until` is the first day on which it is no longer in force"),
        )


def _gaps(data: Mapping[str, Any]) -> Iterator[Fault]:
    gaps = _listed(data, "gap")
    if data.get("complete") is False and not gaps:
        yield Fault(
            ("complete",),
            Text("不完整而没有写明缺什么", "it is not complete and does not say what is missing"),
            Text("请写 [[gap]]：条文、缺什么、因此不做什么", "write [[gap]] with articles, what and effect"),
        )
    if data.get("complete") is True and gaps:
        yield Fault(
            ("gap", 0),
            Text("标明完整而又写有缺漏", "it is marked complete and has a gap"),
            Text("请写 complete = false，或删去 [[gap]]", "write complete = false, or remove the gap"),
        )
    for number, gap in enumerate(gaps):
        articles = _said(gap, "articles")
        if articles and not _ARTICLES.fullmatch(articles):
            yield Fault(
                ("gap", number, "articles"),
                Text(f"“{articles}”不是条文编号", f"'{articles}' does not number articles"),
                Text("请写如 1-12, 18", "write them as in 1-12, 18"),
            )
