"""Everything that a person can ask of a chain.

A command's `type` is its verb: the update's name in Temporal, the word in the API and the CLI, and
the action that the policy permits or refuses.
"""

from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from groundwork.domain.base import Frozen
from groundwork.domain.definition import Mode, StopReason
from groundwork.domain.model import Actor, DecisionResult

_PRINTABLE = r"^[^\x00]*$"
"""Any text but U+0000, which no database keeps and nobody types on purpose."""

_UNLESS_EMPTY = Field(exclude_if=lambda value: not value)
_UNLESS_NONE = Field(exclude_if=lambda value: value is None)
"""What is not said is not written either: most commands of a chain are decisions."""

Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=_PRINTABLE)]
Remark = Annotated[str, Field(max_length=2000, pattern=_PRINTABLE)]
Number = Annotated[str, Field(max_length=120, pattern=_PRINTABLE)]
StepKey = Annotated[str, Field(pattern=r"^[A-Z]\d{2}(\.[A-Z0-9]+)?$")]
Id = Annotated[str, Field(min_length=1, max_length=120)]


class StepCommand(Frozen):
    """A command on one step."""

    step: StepKey


class ChooseMode(StepCommand):
    """Choose how the step shall be handled; possible until it is handed in."""

    type: Literal["choose_mode"] = "choose_mode"
    mode: Mode


class Receive(StepCommand):
    """Hand in the application with the materials named (接件)."""

    type: Literal["receive"] = "receive"
    materials: tuple[str, ...] = ()


class RequestCorrection(StepCommand):
    """Tell the applicant, once, everything that must be corrected (一次性告知)."""

    type: Literal["request_correction"] = "request_correction"
    items: Annotated[tuple[Reason, ...], Field(min_length=1)]


class SubmitCorrection(StepCommand):
    """Hand in what the correction notice asked for."""

    type: Literal["submit_correction"] = "submit_correction"
    materials: tuple[str, ...] = ()


class Accept(StepCommand):
    """Accept the application (受理): the clock starts."""

    type: Literal["accept"] = "accept"


class RefuseAcceptance(StepCommand):
    """Refuse to accept the application (不予受理), with the reason."""

    type: Literal["refuse_acceptance"] = "refuse_acceptance"
    reason: Reason


class BeginReview(StepCommand):
    """Begin the department's review (部门开始办理)."""

    type: Literal["begin_review"] = "begin_review"


class StopClock(StepCommand):
    """Stop the clock for a special procedure, with its legal basis and planned last day."""

    type: Literal["stop_clock"] = "stop_clock"
    reason: StopReason
    basis: Reason
    planned_end: date


class ResumeClock(StepCommand):
    """End the stop of that reason."""

    type: Literal["resume_clock"] = "resume_clock"
    reason: StopReason


class Extend(StepCommand):
    """Prolong the limit, once, in its own unit; the actor is the approver."""

    type: Literal["extend"] = "extend"
    amount: Annotated[int, Field(ge=1)]
    reason: Reason


class Decide(StepCommand):
    """Decide the step (办结).

    The conversion gate also needs the winner's unified social credit code and whether the planning
    conditions changed since the pre-review.
    """

    type: Literal["decide"] = "decide"
    result: DecisionResult
    opinion: Annotated[Remark, _UNLESS_EMPTY] = ""
    document: Annotated[Number, _UNLESS_EMPTY] = ""
    winner_uscc: Annotated[str | None, _UNLESS_EMPTY] = None
    planning_conditions_changed: Annotated[bool | None, _UNLESS_NONE] = None


class Exempt(StepCommand):
    """Declare the step not needed (豁免), with the ground."""

    type: Literal["exempt"] = "exempt"
    ground: Reason


class WithdrawStep(StepCommand):
    """Take one application back before it is decided (撤件)."""

    type: Literal["withdraw_step"] = "withdraw_step"
    reason: Reason


class Revoke(StepCommand):
    """Take a lawful decision back because law or facts changed (撤回)."""

    type: Literal["revoke"] = "revoke"
    reason: Reason


class Annul(StepCommand):
    """Annul an unlawful decision (撤销); what was built on it goes to re-check."""

    type: Literal["annul"] = "annul"
    reason: Reason


class ConcludeRecheck(StepCommand):
    """End a re-check (复核): uphold the decision, or annul it."""

    type: Literal["conclude_recheck"] = "conclude_recheck"
    upheld: bool
    reason: Reason


class SignCommitment(StepCommand):
    """Sign the commitment of a step in commitment mode (告知承诺)."""

    type: Literal["sign_commitment"] = "sign_commitment"
    obligations: Annotated[tuple[Reason, ...], Field(min_length=1)]


class VerificationOutcome(StrEnum):
    """What the verification of a commitment found."""

    FULFILLED = "fulfilled"
    RECTIFY = "rectify"
    BREACHED = "breached"


class VerifyCommitment(Frozen):
    """Record what the verification of a commitment found (核查)."""

    type: Literal["verify_commitment"] = "verify_commitment"
    commitment: Id
    outcome: VerificationOutcome
    reason: Remark = ""


class SubmitCure(Frozen):
    """Hand in the material that was lacking (补正材料)."""

    type: Literal["submit_cure"] = "submit_cure"
    deficiency: Id
    document: Number = ""


class ConfirmCure(Frozen):
    """Confirm that the cure is complete; closes the deficiency."""

    type: Literal["confirm_cure"] = "confirm_cure"
    deficiency: Id


class RefuseCure(Frozen):
    """Send a cure back because it does not cure the deficiency."""

    type: Literal["refuse_cure"] = "refuse_cure"
    deficiency: Id
    reason: Reason


class ExtendCure(Frozen):
    """Prolong the term of a cure, once."""

    type: Literal["extend_cure"] = "extend_cure"
    deficiency: Id
    reason: Reason


class Acknowledge(Frozen):
    """Acknowledge an escalation, with the explanation it asks for."""

    type: Literal["acknowledge"] = "acknowledge"
    escalation: Id
    answer: Remark = ""


class AnnulEscalation(Frozen):
    """Take a card back, with the reason."""

    type: Literal["annul_escalation"] = "annul_escalation"
    escalation: Id
    reason: Reason


class DecideReferral(Frozen):
    """Decide, as a person, whether a delay is referred to discipline inspection."""

    type: Literal["decide_referral"] = "decide_referral"
    escalation: Id
    refer: bool
    reason: Reason


class WithdrawChain(Frozen):
    """Withdraw the whole chain for the applicant (撤件)."""

    type: Literal["withdraw_chain"] = "withdraw_chain"
    reason: Reason


class TerminateChain(Frozen):
    """End the chain without its purpose (终止)."""

    type: Literal["terminate_chain"] = "terminate_chain"
    reason: Reason


AnyCommand = Annotated[
    ChooseMode
    | Receive
    | RequestCorrection
    | SubmitCorrection
    | Accept
    | RefuseAcceptance
    | BeginReview
    | StopClock
    | ResumeClock
    | Extend
    | Decide
    | Exempt
    | WithdrawStep
    | Revoke
    | Annul
    | ConcludeRecheck
    | SignCommitment
    | VerifyCommitment
    | SubmitCure
    | ConfirmCure
    | RefuseCure
    | ExtendCure
    | Acknowledge
    | AnnulEscalation
    | DecideReferral
    | WithdrawChain
    | TerminateChain,
    Field(discriminator="type"),
]
"""Any command, told apart by its `type`."""


class Envelope(Frozen):
    """A command with who asked, when the API received it, and its idempotency key."""

    key: Annotated[str, Field(min_length=8, max_length=120)]
    by: Actor
    received_at: AwareDatetime
    command: AnyCommand

    @property
    def digest(self) -> str:
        """What is asked and by whom, in short: tells a retry from a reused key."""
        asked = f"{self.by.id} {self.command.model_dump_json()}"
        return sha256(asked.encode()).hexdigest()[:16]


class Receipt(Frozen):
    """The answer to an accepted command: the number of the last event it caused."""

    seq: int
