"""What can happen to one step of a chain."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, UNLESS_NONE
from groundwork.domain.definition import Limit, Mode
from groundwork.domain.events.base import StepEvent
from groundwork.domain.model import DecisionResult, Light, WaitingOn
from groundwork.domain.stops import Stop


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
    promised: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()


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


class StopReplanned(StepEvent):
    """The planned last day of a stop moved. `due_on` is projected from the new plan.

    With `reopened` the stop had ended by itself before the command, received in time, was
    processed.
    """

    type: Literal["stop_replanned"] = "stop_replanned"
    stop_index: int
    planned_end: date
    ground: str
    notice: str = ""
    reopened: bool = False
    due_on: date | None
    due_provisional: bool = False


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
    notice: str = Field(default="", exclude_if=lambda notice: not notice)
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


class StepAssigned(StepEvent):
    """Somebody else, or nobody, is in charge of the step now (承办人)."""

    type: Literal["step_assigned"] = "step_assigned"
    assignee: str | None
    former: str | None
    reason: str


class StepReminded(StepEvent):
    """Somebody reminded who has the step in hand or, of a `deficiency`, who owes it (催办)."""

    type: Literal["step_reminded"] = "step_reminded"
    whom: WaitingOn
    deficiency: Annotated[str | None, UNLESS_NONE] = None
    note: Annotated[str, UNLESS_EMPTY] = ""


AnyStepEvent = (
    StepReady
    | ModeChosen
    | StepReceived
    | CorrectionRequested
    | CorrectionSubmitted
    | AcceptanceRefused
    | StepAccepted
    | AcceptanceReversed
    | ReviewBegun
    | ClockStopped
    | StopReplanned
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
    | StepAssigned
    | StepReminded
)
"""Any event of a step."""
