"""What can happen to what was promised: deficiencies, commitments and escalations."""

from datetime import date, datetime
from typing import Annotated, Literal

from groundwork.domain.base import UNLESS_EMPTY, UNLESS_NONE
from groundwork.domain.definition import BreachKind, Text, Unanswered
from groundwork.domain.events.base import (
    CommitmentEvent,
    DeficiencyEvent,
    EscalationEvent,
    StepEvent,
)
from groundwork.domain.model import Light


class DeficiencyOpened(StepEvent):
    """A lacking material was tolerated (容缺), to follow by a day."""

    type: Literal["deficiency_opened"] = "deficiency_opened"
    deficiency: str
    material: str
    cure_by: date
    cure_before: datetime
    provisional: bool = False


class CureSubmitted(DeficiencyEvent):
    """The lacking material was handed in."""

    type: Literal["cure_submitted"] = "cure_submitted"
    document: str = ""


class CureConfirmed(DeficiencyEvent):
    """The owner of the item confirmed the cure; the deficiency is closed."""

    type: Literal["cure_confirmed"] = "cure_confirmed"


class CureRefused(DeficiencyEvent):
    """What was handed in does not cure the deficiency."""

    type: Literal["cure_refused"] = "cure_refused"
    reason: str


class CureExtended(DeficiencyEvent):
    """The term of the cure was prolonged, once."""

    type: Literal["cure_extended"] = "cure_extended"
    reason: str
    cure_by: date
    cure_before: datetime
    provisional: bool = False


class DeficiencyLapsed(DeficiencyEvent):
    """Nothing followed by the day that was promised."""

    type: Literal["deficiency_lapsed"] = "deficiency_lapsed"


class LapseReversed(DeficiencyEvent):
    """A lapse is undone: a cure received in time arrived after it."""

    type: Literal["lapse_reversed"] = "lapse_reversed"


class DeficiencyDropped(DeficiencyEvent):
    """The step that the deficiency belonged to ended otherwise."""

    type: Literal["deficiency_dropped"] = "deficiency_dropped"


class CureReminded(DeficiencyEvent):
    """The applicant was reminded that a cure is due in so many days."""

    type: Literal["cure_reminded"] = "cure_reminded"
    days_left: int


class CommitmentDrafted(StepEvent):
    """The notice was given and the letter drawn up (告知)."""

    type: Literal["commitment_drafted"] = "commitment_drafted"
    commitment: str
    obligations: tuple[str, ...]
    third_parties: tuple[str, ...] = ()


class CommitmentSigned(StepEvent):
    """The enterprise signed a commitment (告知承诺).

    With `awaits_force` it is in force only once credit was looked up and stands in no way.
    """

    type: Literal["commitment_signed"] = "commitment_signed"
    commitment: str
    obligations: tuple[str, ...]
    due_on: date
    due_before: datetime
    provisional: bool = False
    signature: Annotated[str, UNLESS_EMPTY] = ""
    awaits_force: Annotated[bool, UNLESS_EMPTY] = False


class CommitmentInForce(CommitmentEvent):
    """Nothing stands in the way of the commitment (生效)."""

    type: Literal["commitment_in_force"] = "commitment_in_force"


class CommitmentRefused(CommitmentEvent):
    """Credit bars the enterprise, or a third party, from this commitment."""

    type: Literal["commitment_refused"] = "commitment_refused"
    grounds: tuple[Text, ...]


class CommitmentReminded(CommitmentEvent):
    """The enterprise was reminded that a commitment is due in so many days."""

    type: Literal["commitment_reminded"] = "commitment_reminded"
    days_left: int


class PerformanceSubmitted(CommitmentEvent):
    """The enterprise reported that the commitment is kept, or its faults put right."""

    type: Literal["performance_submitted"] = "performance_submitted"
    document: str = ""
    verify_on: date | None = None
    verify_before: datetime | None = None


class CommitmentDue(CommitmentEvent):
    """The day of the commitment is over: it awaits verification (待核查).

    One that nobody reported as kept is broken at `publish_before`.
    """

    type: Literal["commitment_due"] = "commitment_due"
    verify_on: Annotated[date | None, UNLESS_NONE] = None
    verify_before: Annotated[datetime | None, UNLESS_NONE] = None
    publish_before: Annotated[datetime | None, UNLESS_NONE] = None


class VerificationMissed(CommitmentEvent):
    """The term for verifying a commitment ran out without a verification."""

    type: Literal["verification_missed"] = "verification_missed"


class CommitmentFulfilled(CommitmentEvent):
    """Verification found the commitment kept."""

    type: Literal["commitment_fulfilled"] = "commitment_fulfilled"
    officers: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()


class RectificationOrdered(CommitmentEvent):
    """Verification found faults that can be put right by a day (限期整改)."""

    type: Literal["rectification_ordered"] = "rectification_ordered"
    reason: str
    due_on: date
    due_before: datetime
    provisional: bool = False
    officers: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()


class CommitmentBreached(CommitmentEvent):
    """The commitment was broken (违诺)."""

    type: Literal["commitment_breached"] = "commitment_breached"
    reason: str
    kind: Annotated[BreachKind | None, UNLESS_NONE] = None
    officers: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()


class BreachReversed(CommitmentEvent):
    """A breach by lapse of time is undone: a report received in time arrived after it."""

    type: Literal["breach_reversed"] = "breach_reversed"


class CommitmentArchived(CommitmentEvent):
    """How the commitment ended is on the credit record: the file is closed (归档)."""

    type: Literal["commitment_archived"] = "commitment_archived"


class CommitmentDropped(CommitmentEvent):
    """The step that the commitment belonged to ended otherwise."""

    type: Literal["commitment_dropped"] = "commitment_dropped"


class EscalationFired(StepEvent):
    """A rung of the ladder was reached."""

    type: Literal["escalation_fired"] = "escalation_fired"
    escalation: str
    level: int
    rung: str
    light: Light
    recipients: tuple[str, ...]
    answer_by: date | None = None
    supervision_order: bool = False
    human_decides: bool = False
    answer_before: datetime | None = None
    unanswered: Unanswered | None = None
    appeal_by: date | None = None
    appeal_before: datetime | None = None
    because: str | None = None


class EscalationAcknowledged(EscalationEvent):
    """A recipient acknowledged the escalation, with an answer where one is due."""

    type: Literal["escalation_acknowledged"] = "escalation_acknowledged"
    answer: str


class AnswerOverdue(EscalationEvent):
    """The answer that a card asks for was not there in time."""

    type: Literal["answer_overdue"] = "answer_overdue"


class AnswerOverdueReversed(EscalationEvent):
    """The answer had been received in time; only its processing was late."""

    type: Literal["answer_overdue_reversed"] = "answer_overdue_reversed"


class EscalationAppealed(EscalationEvent):
    """The department appealed the card (申诉), with its reason."""

    type: Literal["escalation_appealed"] = "escalation_appealed"
    reason: str


class EscalationUpheld(EscalationEvent):
    """The appeal was dismissed by a person: the card stands."""

    type: Literal["escalation_upheld"] = "escalation_upheld"
    reason: str


class EscalationAnnulled(EscalationEvent):
    """The card was taken back by a person, with a reason."""

    type: Literal["escalation_annulled"] = "escalation_annulled"
    reason: str


class EscalationReversed(EscalationEvent):
    """The rung was never truly reached: what ended the wait had been received before."""

    type: Literal["escalation_reversed"] = "escalation_reversed"
    level: int
    light: Light


class ReferralDecided(EscalationEvent):
    """A person decided whether the delay is referred to discipline inspection."""

    type: Literal["referral_decided"] = "referral_decided"
    referred: bool
    reason: str


AnyPromiseEvent = (
    DeficiencyOpened
    | CureSubmitted
    | CureConfirmed
    | CureRefused
    | CureExtended
    | DeficiencyLapsed
    | LapseReversed
    | DeficiencyDropped
    | CureReminded
    | CommitmentDrafted
    | CommitmentSigned
    | CommitmentInForce
    | CommitmentRefused
    | CommitmentReminded
    | PerformanceSubmitted
    | CommitmentDue
    | VerificationMissed
    | CommitmentFulfilled
    | RectificationOrdered
    | CommitmentBreached
    | BreachReversed
    | CommitmentArchived
    | CommitmentDropped
    | EscalationFired
    | EscalationAcknowledged
    | AnswerOverdue
    | AnswerOverdueReversed
    | EscalationAppealed
    | EscalationUpheld
    | EscalationAnnulled
    | EscalationReversed
    | ReferralDecided
)
"""Any event of a deficiency, commitment or escalation."""
