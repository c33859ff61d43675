"""Everything that can happen to a chain.

The same events are the audit trail, the projection's input and the notices' trigger. An event
carries every fact that its fold needs (due dates included), so that a reader needs neither the
definition nor the calendar to know what was true.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.clock import Stop
from groundwork.domain.definition import Limit, Mode
from groundwork.domain.model import Actor, DecisionResult, Launch, Light


class Event(Frozen):
    """What every event says: its number in the chain, when, by whom and on what basis.

    `at` is business time: when the cause was received or the due moment passed, whenever it was
    processed. `key` is the idempotency key of the command behind it, if there was one.
    """

    seq: int
    at: datetime
    by: Actor
    basis: str = ""
    key: str | None = None


class ChainLaunched(Event):
    """A housekeeper started the chain."""

    type: Literal["chain_launched"] = "chain_launched"
    launch: Launch
    steps: dict[str, Mode]


class ChainCompleted(Event):
    """Every step is settled and nothing promised is open any more."""

    type: Literal["chain_completed"] = "chain_completed"


class ChainWithdrawn(Event):
    """The applicant withdrew the whole chain (撤件)."""

    type: Literal["chain_withdrawn"] = "chain_withdrawn"
    reason: str


class ChainTerminated(Event):
    """The chain ended without its purpose (终止), for example because the land was not won."""

    type: Literal["chain_terminated"] = "chain_terminated"
    reason: str


class StepEvent(Event):
    """Something that happened to one step."""

    step: str


class StepReady(StepEvent):
    """All that the step builds on is settled."""

    type: Literal["step_ready"] = "step_ready"


class ModeChosen(StepEvent):
    """The applicant chose how the step shall be handled."""

    type: Literal["mode_chosen"] = "mode_chosen"
    mode: Mode


class StepReceived(StepEvent):
    """The application was handed in (接件); silence until `accept_by` accepts it."""

    type: Literal["step_received"] = "step_received"
    materials: tuple[str, ...]
    accept_by: datetime | None


class CorrectionRequested(StepEvent):
    """The one-time notice of everything that must be corrected (一次性告知)."""

    type: Literal["correction_requested"] = "correction_requested"
    items: tuple[str, ...]


class CorrectionSubmitted(StepEvent):
    """The applicant handed in the corrections; the acceptance window starts afresh."""

    type: Literal["correction_submitted"] = "correction_submitted"
    materials: tuple[str, ...]
    accept_by: datetime | None


class AcceptanceRefused(StepEvent):
    """The application was not accepted (不予受理), with reasons."""

    type: Literal["acceptance_refused"] = "acceptance_refused"
    reason: str


class StepAccepted(StepEvent):
    """The application was accepted (受理) and, where a limit is promised, its clock started.

    With `by_silence` the acceptance is dated back to the receipt: 《行政许可法》第三十二条.
    """

    type: Literal["step_accepted"] = "step_accepted"
    accepted_at: datetime
    by_silence: bool = False
    limit: Limit | None
    due_on: date | None
    due_provisional: bool = False


class AcceptanceReversed(StepEvent):
    """An acceptance by silence is undone: an answer received in time arrived after it."""

    type: Literal["acceptance_reversed"] = "acceptance_reversed"


class ReviewBegun(StepEvent):
    """The department began its review (部门开始办理)."""

    type: Literal["review_begun"] = "review_begun"


class ClockStopped(StepEvent):
    """The clock stopped for a special procedure (特别程序); lights freeze."""

    type: Literal["clock_stopped"] = "clock_stopped"
    stop: Stop


class ClockResumed(StepEvent):
    """A stop ended. With `automatic` it ended at its planned end because nobody ended it."""

    type: Literal["clock_resumed"] = "clock_resumed"
    stop_index: int
    automatic: bool = False
    due_on: date | None
    due_provisional: bool = False


class LimitExtended(StepEvent):
    """The limit was prolonged, once, by an approver, with the reason told."""

    type: Literal["limit_extended"] = "limit_extended"
    amount: int
    reason: str
    approver: str
    due_on: date
    due_provisional: bool = False


class LightEased(StepEvent):
    """The due date moved so far that the light went back; past escalations stand."""

    type: Literal["light_eased"] = "light_eased"
    level: int
    light: Light


class StepDecided(StepEvent):
    """The department decided (办结)."""

    type: Literal["step_decided"] = "step_decided"
    result: DecisionResult
    opinion: str = ""
    document: str = ""
    legal_effect: bool = True


class StepExempted(StepEvent):
    """The step is not needed (豁免)."""

    type: Literal["step_exempted"] = "step_exempted"
    ground: str


class StepWithdrawn(StepEvent):
    """The applicant took this step's application back (撤件)."""

    type: Literal["step_withdrawn"] = "step_withdrawn"
    reason: str


class StepReturned(StepEvent):
    """The application went back to the applicant (退件)."""

    type: Literal["step_returned"] = "step_returned"
    cause: str


class RecheckOrdered(StepEvent):
    """What the decision was built on no longer stands: look at it again (复核)."""

    type: Literal["recheck_ordered"] = "recheck_ordered"
    cause: str


class RecheckConcluded(StepEvent):
    """The re-check upheld the decision."""

    type: Literal["recheck_concluded"] = "recheck_concluded"
    reason: str


class StepRevoked(StepEvent):
    """A lawful decision was taken back (撤回)."""

    type: Literal["step_revoked"] = "step_revoked"
    reason: str


class StepAnnulled(StepEvent):
    """An unlawful decision was annulled (撤销)."""

    type: Literal["step_annulled"] = "step_annulled"
    reason: str


class PreReviewConverted(Event):
    """The land was won by the pre-review's applicant: its results take legal effect (转正)."""

    type: Literal["pre_review_converted"] = "pre_review_converted"
    steps: tuple[str, ...]


class DeficiencyOpened(StepEvent):
    """A lacking material was tolerated (容缺), to follow by a day."""

    type: Literal["deficiency_opened"] = "deficiency_opened"
    deficiency: str
    material: str
    cure_by: date
    cure_before: datetime
    provisional: bool = False


class DeficiencyEvent(Event):
    """Something that happened to one deficiency."""

    deficiency: str


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


class CommitmentSigned(StepEvent):
    """The enterprise signed a commitment (告知承诺)."""

    type: Literal["commitment_signed"] = "commitment_signed"
    commitment: str
    obligations: tuple[str, ...]
    due_on: date
    due_before: datetime
    provisional: bool = False


class CommitmentEvent(Event):
    """Something that happened to one commitment."""

    commitment: str


class CommitmentDue(CommitmentEvent):
    """The day of the commitment is over: it awaits verification (待核查)."""

    type: Literal["commitment_due"] = "commitment_due"


class CommitmentFulfilled(CommitmentEvent):
    """Verification found the commitment kept."""

    type: Literal["commitment_fulfilled"] = "commitment_fulfilled"


class RectificationOrdered(CommitmentEvent):
    """Verification found faults that can be put right by a day (限期整改)."""

    type: Literal["rectification_ordered"] = "rectification_ordered"
    reason: str
    due_on: date
    due_before: datetime
    provisional: bool = False


class CommitmentBreached(CommitmentEvent):
    """The commitment was broken (违诺)."""

    type: Literal["commitment_breached"] = "commitment_breached"
    reason: str


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


class EscalationEvent(Event):
    """Something that happened to one escalation."""

    escalation: str


class EscalationAcknowledged(EscalationEvent):
    """A recipient acknowledged the escalation, with an answer where one is due."""

    type: Literal["escalation_acknowledged"] = "escalation_acknowledged"
    answer: str


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


AnyEvent = Annotated[
    ChainLaunched
    | ChainCompleted
    | ChainWithdrawn
    | ChainTerminated
    | StepReady
    | ModeChosen
    | StepReceived
    | CorrectionRequested
    | CorrectionSubmitted
    | AcceptanceRefused
    | StepAccepted
    | AcceptanceReversed
    | ReviewBegun
    | ClockStopped
    | ClockResumed
    | LimitExtended
    | LightEased
    | StepDecided
    | StepExempted
    | StepWithdrawn
    | StepReturned
    | RecheckOrdered
    | RecheckConcluded
    | StepRevoked
    | StepAnnulled
    | PreReviewConverted
    | DeficiencyOpened
    | CureSubmitted
    | CureConfirmed
    | CureRefused
    | CureExtended
    | DeficiencyLapsed
    | LapseReversed
    | DeficiencyDropped
    | CommitmentSigned
    | CommitmentDue
    | CommitmentFulfilled
    | RectificationOrdered
    | CommitmentBreached
    | CommitmentDropped
    | EscalationFired
    | EscalationAcknowledged
    | EscalationAnnulled
    | EscalationReversed
    | ReferralDecided,
    Field(discriminator="type"),
]
"""Any event, told apart by its `type`."""
