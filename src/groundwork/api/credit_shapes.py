"""What answers about credit look like."""

from datetime import date, datetime

from groundwork.api.shapes import Shape
from groundwork.domain.credit import CreditGrade, CreditKind, CreditPurpose, Severity


class CreditRecordShape(Shape):
    """A record. `counts` says whether it does today, `repairable_from` when it may be repaired."""

    id: str
    subject: str
    kind: CreditKind
    kind_name: str
    severity: Severity
    severity_name: str
    decided_on: date
    ends_on: date | None
    repaired_on: date | None
    document: str
    counts: bool
    repairable_from: date


class KeptRecordShape(CreditRecordShape):
    """A record of the register, with who kept it and how. People appear by their ids."""

    publish_on: date | None
    filed_by: str
    filed_at: datetime
    uscc_override_reason: str | None
    repaired_by: str | None
    repaired_at: datetime | None
    promise: str | None


class GroundShape(Shape):
    """A record that bars: why, until when (null: until it is repaired), and the way out."""

    record: str
    kind: CreditKind
    severity: Severity
    document: str
    until: date | None
    repairable_from: date
    source: str
    why: str
    remedy: str


class EligibilityShape(Shape):
    """Whether the subject may."""

    eligible: bool
    grounds: list[GroundShape]


class CreditShape(Shape):
    """A subject's credit on a day, as its source tells it and the policy judges it.

    `source` is `register` or names the bureau, which was asked at `asked_at`.
    """

    subject: str
    on: date
    grade: CreditGrade
    source: str
    asked_at: datetime
    policy: str
    eligibility: dict[CreditPurpose, EligibilityShape]
    records: list[CreditRecordShape]


class PublishedShape(Shape):
    """A record that the public may see."""

    id: str
    subject: str
    kind: CreditKind
    kind_name: str
    severity: Severity
    severity_name: str
    decided_on: date
    ends_on: date | None
    document: str
    publish_on: date
