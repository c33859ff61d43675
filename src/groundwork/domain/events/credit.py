"""What a chain asks about credit, and what it puts on record."""

from typing import Literal

from pydantic import Field

from groundwork.domain.credit import CreditGrade, CreditPurpose, CreditReport
from groundwork.domain.definition import Text
from groundwork.domain.events.base import Event
from groundwork.domain.facts import CreditOccasion


class CreditAsked(Event):
    """The chain waits for the credit of these subjects to be looked up."""

    type: Literal["credit_asked"] = "credit_asked"
    check: str
    occasion: CreditOccasion
    subjects: tuple[str, ...]
    step: str | None = None
    commitment: str | None = None


class CreditAnswered(Event):
    """The source answered; with `grounds`, by purpose, when somebody is not eligible."""

    type: Literal["credit_answered"] = "credit_answered"
    check: str
    eligible: bool
    grade: CreditGrade
    grounds: dict[CreditPurpose, tuple[Text, ...]] = Field(default_factory=dict)
    source: str


class CreditCheckSkipped(Event):
    """An operator ended a look-up that will never succeed: what it would have said stays unknown.

    Nobody is barred or trusted for it; people look it up afresh or do without.
    """

    type: Literal["credit_check_skipped"] = "credit_check_skipped"
    check: str
    reason: str


class CreditFilingDue(Event):
    """Something goes on the credit record: a promise kept, broken, or a record taken back."""

    type: Literal["credit_filing_due"] = "credit_filing_due"
    report: CreditReport


class CreditFiled(Event):
    """The source has the record."""

    type: Literal["credit_filed"] = "credit_filed"
    report: str


class CreditFilingSkipped(Event):
    """An operator ended a filing that will never succeed: people hand the record in themselves."""

    type: Literal["credit_filing_skipped"] = "credit_filing_skipped"
    report: str
    reason: str


AnyCreditEvent = (
    CreditAsked
    | CreditAnswered
    | CreditCheckSkipped
    | CreditFilingDue
    | CreditFiled
    | CreditFilingSkipped
)
"""Any event about credit."""
