"""What can go wrong, typed, with its reason, its article and the mend.

    GongxiangError
    ├── BadInput                what was given is not of its kind: a naive date-time, a negative number of days
    ├── FaultyData              a file that cannot be used: findings with path, line and mend, all at once
    │   ├── FaultyNotice        a holiday notice
    │   ├── FaultyRules         an instrument or a procedure table
    │   └── FaultyDocket        a docket line that cannot be read
    ├── BeyondHorizon           the date needs a year whose notice is not known
    ├── Stopped                 a long work ended between two batches, as somebody asked
    ├── Refused                 the law, the table or the record does not allow the act
    │   ├── UnknownDepartment   nobody of that id in the register on that day
    │   ├── UnknownCase         no case of that name
    │   ├── UnknownStep         the procedure has no step or activity of that name
    │   ├── StepNotAllowed      the step exists, but not here, not now or not for this party
    │   ├── AlreadyDone         the same thing stands in the record already
    │   ├── OutOfOrder          dated before the last event of its case
    │   ├── Conflict            another act came first; names the event that won
    │   └── KeyReused           an idempotency key that stood for other content
    └── StoreError              the database cannot be used
        ├── DatabaseLocked      another process holds the write lock
        ├── DatabaseReadOnly    the file or its folder cannot be written
        ├── ConnectionLost      the connection broke; what was being written may be recorded or not
        ├── TransactionAborted  the database asks for the whole transaction again
        ├── DamagedRecord       something that stands there was changed by other hands
        ├── ForeignDatabase     the database belongs to another program
        └── UnknownSchema       the database was written by another version of this program

Every error carries `reasons`, never empty; each reason has a stable `code`, a text in Chinese and English, the article
it rests on where there is one, and the mend where there is one. `str(error)` is English; a command line picks the
language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """Return the sentence in `language`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an act is refused: a stable code, the sentence, the article (`instrument/article.paragraph`) and the mend."""

    code: str
    text: Text
    article: str | None = None
    mend: Text | None = None

    def as_json(self, language: Language = "zh") -> dict[str, str | None]:
        """Return `{"code", "text", "article", "mend"}` with the texts in `language`."""
        mend = self.mend.of(language) if self.mend else None
        return {"code": self.code, "text": self.text.of(language), "article": self.article, "mend": mend}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault in a data file. Prints as `path:line: message (mend)`; lines count from 1, 0 means the whole file."""

    path: str
    line: int
    text: Text
    mend: Text

    def of(self, language: Language = "en") -> str:
        """Return the one-line form in `language`."""
        return f"{self.path}:{self.line}: {self.text.of(language)} ({self.mend.of(language)})"

    def __str__(self) -> str:
        return self.of("en")


class GongxiangError(Exception):
    """Anything this package refuses or cannot do. `reasons` is never empty."""

    code: ClassVar[str] = "error"

    def __init__(self, *reasons: Reason) -> None:
        if not reasons:
            raise ValueError("an error without a reason explains nothing")
        self.reasons = reasons
        super().__init__("; ".join(reason.text.en for reason in reasons))

    def message(self, language: Language = "zh") -> str:
        """Return all reasons in one sentence."""
        return ("；" if language == "zh" else "; ").join(reason.text.of(language) for reason in self.reasons)


class BadInput(GongxiangError, ValueError):
    """What was given is not of its kind."""

    code = "bad_input"


class FaultyData(GongxiangError):
    """A data file with faults. `findings` holds them all, in the order of the file."""

    code = "faulty_data"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(
            *(
                Reason(
                    self.code,
                    Text(f"{Path(f.path).name}:{f.line}: {f.text.zh}", f"{Path(f.path).name}:{f.line}: {f.text.en}"),
                    None,
                    f.mend,
                )
                for f in self.findings
            )
        )


class FaultyNotice(FaultyData):
    """A holiday notice that cannot be used."""

    code = "faulty_notice"


class FaultyRules(FaultyData):
    """An instrument or a procedure table that cannot be used."""

    code = "faulty_rules"


class FaultyDocket(FaultyData):
    """A docket line that cannot be read."""

    code = "faulty_docket"


class BeyondHorizon(GongxiangError, LookupError):
    """The date needs a year whose notice is not known. `year` names it."""

    code = "beyond_horizon"

    def __init__(self, year: int, *reasons: Reason) -> None:
        self.year = year
        super().__init__(*reasons)


class Stopped(GongxiangError):
    """A long work ended between two batches, as somebody asked. What was done stands; the mend does the rest."""

    code = "stopped"


class Refused(GongxiangError):
    """The law, the table or the record does not allow the act."""

    code = "refused"


class UnknownDepartment(Refused):
    """Nobody of that id stands in the register on the day of the act."""

    code = "unknown_department"


class UnknownCase(Refused):
    """No case of that name."""

    code = "unknown_case"


class UnknownStep(Refused):
    """The procedure has no step or activity of that name."""

    code = "unknown_step"


class StepNotAllowed(Refused):
    """The step exists, but not in this state, not now or not for this party."""

    code = "step_not_allowed"

    def __init__(self, case: str, step: str, state: str, *reasons: Reason) -> None:
        self.case, self.step, self.state = case, step, state
        super().__init__(*reasons)


class AlreadyDone(Refused):
    """The same thing stands in the record already."""

    code = "already_done"


class OutOfOrder(Refused):
    """Dated before the last event of its case."""

    code = "out_of_order"


class Conflict(Refused):
    """Another act came first. `case`, `seq` and `step` name the event that won."""

    code = "conflict"

    def __init__(self, case: str, seq: int, step: str, *reasons: Reason) -> None:
        self.case, self.seq, self.step = case, seq, step
        super().__init__(*reasons)


class KeyReused(Refused):
    """An idempotency key that already stands for other content."""

    code = "key_reused"


class StoreError(GongxiangError):
    """The database cannot be used."""

    code = "store"


class DatabaseLocked(StoreError):
    """Another process held the write lock for longer than the time allowed."""

    code = "database_locked"


class DatabaseReadOnly(StoreError):
    """The database, or the folder it stands in, cannot be written."""

    code = "database_read_only"


class ConnectionLost(StoreError):
    """The connection to the database broke. What was being written may be recorded or not: with an idempotency key it
    is sent again without harm.
    """

    code = "connection_lost"


class TransactionAborted(StoreError):
    """The database broke the transaction off because another was in its way: the host rolls it back and runs it again
    from its beginning. Where the transaction is the engine's own, it does so itself.
    """

    code = "transaction_aborted"


class DamagedRecord(StoreError):
    """A row, a text or a hash that stands in the database is none that this program has written there."""


class ForeignDatabase(StoreError):
    """The database belongs to another program."""

    code = "foreign_database"


class UnknownSchema(StoreError):
    """The database was written by another version of this program."""

    code = "unknown_schema"
