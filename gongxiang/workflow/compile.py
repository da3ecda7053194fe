"""From a rule book's document to its compiled form. Refuses what is not sound, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from gongxiang.errors import FaultyRules, Finding
from gongxiang.workflow import procedure as table
from gongxiang.workflow.arguments import TEST_KEYS
from gongxiang.workflow.fault import Fault
from gongxiang.workflow.procedure import as_tuple, sources_of, text_of
from gongxiang.workflow.soundness import faults_in
from gongxiang.workflow.vocabulary import Kind, Role


def rule_book(document: Mapping[str, Any]) -> table.RuleBook:
    """Compile a rule book's document. Raises FaultyRules with every fault of every table."""
    faults = faults_in(document)
    if faults:
        raise FaultyRules([_finding(document, fault) for fault in faults])
    parameters = {record["id"]: _parameter(record) for record in document["parameters"]}
    book = table.RuleBook(
        id=document["id"],
        title=text_of(document["title"]),
        in_force=date.fromisoformat(document["in_force"]["since"]),
        in_force_article=document["in_force"]["article"],
        territory=document["territory"]["prefix"],
        territory_article=document["territory"]["article"],
        procedures={},
        parameters=parameters,
        grounds={ground["id"]: text_of(ground["title"], ground["id"]) for ground in document["grounds"]},
        fields={entry["id"]: text_of(entry["title"]) for entry in document.get("fields", ())},
        ground_article=document["grounds"][0]["article"] if document["grounds"] else "",
        document=document,
        instruments=tuple(_instrument(entry) for entry in document.get("instruments", ())),
        conflicts=tuple(_conflict(entry) for entry in document.get("conflicts", ())),
    )
    procedures = {
        record["procedure"]: replace(_procedure(record, parameters), version=f"{book.hash}/{record['procedure']}")
        for record in document["procedures"]
    }
    return replace(book, procedures=procedures)


def _finding(document: Mapping[str, Any], fault: Fault) -> Finding:
    """Return the finding of a document that has no file: the path within the document stands for the place."""
    return Finding(f"{document.get('id', 'rule book')}:{'.'.join(map(str, fault.place))}", 0, fault.text, fault.mend)


def _instrument(record: Mapping[str, Any]) -> table.Instrument:
    return table.Instrument(
        record["id"],
        text_of(record["title"]),
        text_of(record["short"]),
        record["rank"],
        date.fromisoformat(record["since"]),
        record["complete"],
    )


def _conflict(record: Mapping[str, Any]) -> table.Conflict:
    return table.Conflict(
        record["id"],
        as_tuple(record["between"]),
        text_of(record["question"]),
        text_of(record["reading"]),
        record["authority"],
        text_of(record["confirmed_by"]),
        record.get("unsure", False),
    )


def _parameter(record: Mapping[str, Any]) -> table.Parameter:
    return table.Parameter(
        record["id"],
        record["value"],
        record["unit"],
        date.fromisoformat(record["since"]),
        record["article"],
        record["source"],
    )


def _procedure(record: Mapping[str, Any], parameters: Mapping[str, table.Parameter]) -> table.Procedure:
    states = {entry["id"]: _state(entry) for entry in record["state"]}
    guards = {entry["id"]: _test(entry) for entry in record.get("guard", ())}
    flags = {entry["id"]: _test(entry) for entry in record.get("flag", ())}
    retentions = {entry["id"]: _retention(entry, parameters) for entry in record.get("retention", ())}
    return table.Procedure(
        id=record["procedure"],
        title=text_of(record["title"]),
        article=record["article"],
        anchors=tuple(map(Role, as_tuple(record["anchor"]))),
        parties=tuple(
            table.Party(
                Role(entry["role"]), frozenset(map(Kind, entry["kinds"])), entry["article"], as_tuple(entry["named_by"])
            )
            for entry in record["party"]
        ),
        states=states,
        about=as_tuple(record.get("about")),
        resource=record.get("resource"),
        decisive=record.get("decisive"),
        opening=record.get("opening") or _last_opening(record),
        pending=tuple(_pending(entry) for entry in record.get("pending", ())),
        retentions=retentions,
        limits={entry["id"]: _limit(entry, parameters) for entry in record.get("limit", ())},
        rows=tuple(
            _row(entry, states, guards, flags, retentions)
            for kind in ("step", "activity")
            for entry in record.get(kind, ())
        ),
    )


def _last_opening(record: Mapping[str, Any]) -> str:
    return str(next(entry["id"] for entry in reversed(record["step"]) if not entry.get("from")))


def _state(entry: Mapping[str, Any]) -> table.State:
    def role(key: str) -> Role | None:
        return Role(entry[key]) if key in entry else None

    return table.State(
        id=entry["id"],
        title=text_of(entry["title"]),
        final=entry.get("final", False),
        owes=role("owes"),
        duty=entry.get("duty"),
        owes_when_stopped=role("owes_when_stopped"),
        waits_on=entry.get("waits_on"),
        article=entry.get("article"),
    )


def _limit(entry: Mapping[str, Any], parameters: Mapping[str, table.Parameter]) -> table.Limit:
    wanted = entry.get("proposal")
    proposal = (
        table.Proposal(
            wanted["procedure"],
            wanted["ground"],
            as_tuple(wanted.get("alternatives")),
            frozenset(map(Kind, as_tuple(wanted.get("not_against")))),
            wanted["article"],
        )
        if wanted
        else None
    )
    return table.Limit(
        id=entry["id"],
        title=text_of(entry["title"]),
        article=entry["article"],
        owed_by=Role(entry["owed_by"]),
        days=parameters[entry["parameter"]].value if "parameter" in entry else None,
        counted_from=entry.get("counted_from"),
        on_lapse=entry.get("on_lapse"),
        proposal=proposal,
        outer_of=entry.get("outer_of"),
        within=entry.get("within", ""),
    )


def _pending(entry: Mapping[str, Any]) -> table.Pending:
    return table.Pending(
        entry["key"], entry["value"], Role(entry["owes"]), entry["duty"], entry.get("by"), entry.get("article")
    )


def _retention(entry: Mapping[str, Any], parameters: Mapping[str, table.Parameter]) -> table.Retention:
    return table.Retention(entry["id"], text_of(entry["title"]), entry["article"], parameters[entry["parameter"]].value)


def _test(entry: Mapping[str, Any]) -> table.Test:
    return table.Test(
        id=entry["id"],
        test=entry["test"],
        arguments={key: value for key, value in entry.items() if key not in TEST_KEYS},
        article=entry.get("article"),
        text=text_of(entry["text"]),
        mend=text_of(entry["mend"]) if "mend" in entry else None,
    )


def _row(
    entry: Mapping[str, Any],
    states: Mapping[str, table.State],
    guards: Mapping[str, table.Test],
    flags: Mapping[str, table.Test],
    retentions: Mapping[str, table.Retention],
) -> table.Row:
    return table.Row(
        name=entry["id"],
        title=text_of(entry["title"]),
        sources=sources_of(entry, {state.id: state.final for state in states.values()}),
        to=entry.get("to"),
        by=frozenset(map(Role, as_tuple(entry["by"]))),
        article=entry.get("article"),
        own=entry.get("own", False),
        quote=entry.get("quote"),
        payload=dict(entry.get("payload", {})),
        exactly_one=as_tuple(entry.get("exactly_one")),
        at_most_one=as_tuple(entry.get("at_most_one")),
        when=dict(entry.get("when", {})),
        guards=tuple(guards[name] for name in as_tuple(entry.get("guards"))),
        flags=tuple(flags[name] for name in as_tuple(entry.get("flags"))),
        starts=as_tuple(entry.get("starts")),
        meets=as_tuple(entry.get("meets")),
        stops=as_tuple(entry.get("stops")),
        resumes=as_tuple(entry.get("resumes")),
        voids=as_tuple(entry.get("voids")),
        restarts=as_tuple(entry.get("restarts")),
        restores=as_tuple(entry.get("restores")),
        extends=as_tuple(entry.get("extends")),
        extends_by=entry.get("extends_by"),
        retains=tuple(retentions[name] for name in as_tuple(entry.get("retains"))),
        remember=dict(sorted(entry.get("remember", {}).items())),
        forget=as_tuple(entry.get("forget")),
        mark=entry.get("mark"),
        names=dict(sorted(entry.get("names", {}).items())),
        releases=as_tuple(entry.get("releases")),
        follows=tuple(
            table.Follow(
                follow["relation"],
                follow["step"],
                follow.get("procedure"),
                follow.get("suffix"),
                as_tuple(follow.get("payload")),
            )
            for follow in entry.get("follows", ())
        ),
        document=entry.get("document"),
    )
