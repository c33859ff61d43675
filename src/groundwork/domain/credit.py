"""What is asked and told about credit (信用): facts come from a source, `credit_law` judges them.

The source is a register or the bureau behind an adapter. It answers with records; whether somebody
may commit or be tolerated is for the law and the chain's definition to say.
"""

from datetime import date
from enum import StrEnum
from typing import Protocol, Self

from pydantic import AwareDatetime, Field, model_validator

from groundwork.domain.base import Frozen

LOOK_UP_CREDIT = "look_up_credit"
"""The name of the activity that answers a `CreditQuestion`; it fails rather than guesses."""
FILE_CREDIT = "file_credit"
"""The name of the activity that hands a `CreditReport` to the source, once per `id`."""


class Severity(StrEnum):
    """How grave a credit record is (《信用修复管理办法》, in force from 2026-04-01)."""

    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"


class CreditGrade(StrEnum):
    """The grade of somebody's credit: by the gravest record that still counts."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class CreditKind(StrEnum):
    """What a credit record is about."""

    FALSE_COMMITMENT = "false_commitment"
    OVERDUE_COMMITMENT = "overdue_commitment"
    NON_CONFORMING_COMMITMENT = "non_conforming_commitment"
    LAPSED_DEFICIENCY = "lapsed_deficiency"
    FAILED_REPORT = "failed_report"
    PENALTY = "penalty"
    OTHER = "other"


class CreditRecord(Frozen):
    """One entry about a subject.

    `ends_on` is the last day on which it counts if it is not repaired before, None while it has no
    end of its own; `repaired_on` the day from which it no longer counts. `document` is the number
    of the deciding document, never a text about persons.
    """

    id: str
    subject: str
    kind: CreditKind
    severity: Severity
    decided_on: date
    ends_on: date | None = None
    repaired_on: date | None = None
    document: str = ""

    def counts(self, on: date) -> bool:
        """Whether the record still counts on that day."""
        repaired = self.repaired_on is not None and self.repaired_on <= on
        over = self.ends_on is not None and self.ends_on < on
        return self.decided_on <= on and not repaired and not over


class CreditPurpose(StrEnum):
    """What somebody's credit is judged for: 告知承诺 or 容缺受理."""

    COMMITMENT = "commitment"
    TOLERANCE = "tolerance"


class CreditQuestion(Frozen):
    """Whose credit is asked for: the enterprise first, then third parties it relies on."""

    subjects: tuple[str, ...] = Field(min_length=1)


class CreditAnswer(Frozen):
    """The records of the subjects as the source had them; `source` names it for the audit.

    `subjects` are those that were asked for, in the question's order. Raises ValueError for a
    record of somebody else, and for one that is told twice.
    """

    asked_at: AwareDatetime
    source: str
    subjects: tuple[str, ...] = Field(min_length=1)
    records: tuple[CreditRecord, ...] = ()

    @model_validator(mode="after")
    def _answers_what_was_asked(self) -> Self:
        if not {record.subject for record in self.records} <= set(self.subjects):
            raise ValueError("a record is about somebody who was not asked for")
        if len({record.id for record in self.records}) < len(self.records):
            raise ValueError("a record is told twice")
        return self


class CreditReport(Frozen):
    """A record that a chain hands to the source: `id` is unique, so that it counts once."""

    id: str
    record: CreditRecord
    publish_on: date | None = None


class CreditSource(Protocol):
    """The port: whoever knows records and takes reports. It fails rather than guesses."""

    async def look_up(self, question: CreditQuestion) -> CreditAnswer:
        """The records of the subjects, ended and repaired ones included."""
        ...

    async def file(self, report: CreditReport) -> None:
        """Take a report, once per `id`: the same again changes nothing."""
        ...
