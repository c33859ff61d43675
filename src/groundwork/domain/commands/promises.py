"""What can be asked of deficiencies, commitments and escalations."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.commands.base import Id, Number, Reason, Remark, StepCommand


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


class AppealEscalation(Frozen):
    """Appeal a card that the department holds to be wrong, once and in time (申诉)."""

    type: Literal["appeal_escalation"] = "appeal_escalation"
    escalation: Id
    reason: Reason


class UpholdEscalation(Frozen):
    """Dismiss an appeal, with the reason: the card stands."""

    type: Literal["uphold_escalation"] = "uphold_escalation"
    escalation: Id
    reason: Reason


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


AnyPromiseCommand = (
    SignCommitment
    | VerifyCommitment
    | SubmitCure
    | ConfirmCure
    | RefuseCure
    | ExtendCure
    | Acknowledge
    | AppealEscalation
    | UpholdEscalation
    | AnnulEscalation
    | DecideReferral
)
"""Any command on a deficiency, commitment or escalation."""
