"""What can be asked of deficiencies, commitments and escalations."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, UNLESS_NONE, Frozen
from groundwork.domain.commands.base import Id, Number, Reason, Remark, StepCommand
from groundwork.domain.definition import BreachKind


class DraftCommitment(StepCommand):
    """Give the applicant the notice and draw up the letter to be signed (告知书、承诺书).

    `obligations` left out are the conditions that the definition's notice tells.
    `third_parties` are the unified social credit codes of those on whose papers the application
    relies, such as the firm behind a report: their credit counts, too.
    """

    type: Literal["draft_commitment"] = "draft_commitment"
    obligations: Annotated[tuple[Reason, ...], Field(max_length=20)] = ()
    third_parties: Annotated[tuple[Number, ...], Field(max_length=5), UNLESS_EMPTY] = ()


class SignCommitment(StepCommand):
    """Sign the commitment of a step in commitment mode (告知承诺).

    Where a letter was drawn up, it is signed as it stands: `obligations` are left out, and
    `signature` says under which number the signed letter is kept.
    """

    type: Literal["sign_commitment"] = "sign_commitment"
    obligations: tuple[Reason, ...] = ()
    signature: Annotated[Number, UNLESS_EMPTY] = ""


class VerificationOutcome(StrEnum):
    """What the verification of a commitment found."""

    FULFILLED = "fulfilled"
    RECTIFY = "rectify"
    BREACHED = "breached"


class SubmitPerformance(Frozen):
    """Report that a commitment is kept, or its faults are put right (履行报告)."""

    type: Literal["submit_performance"] = "submit_performance"
    commitment: Id
    document: Number = ""


class VerifyCommitment(Frozen):
    """Record what the verification of a commitment found (核查).

    `officers` are the opaque ids of those who verified it on site; `breach` says how a broken
    commitment was broken.
    """

    type: Literal["verify_commitment"] = "verify_commitment"
    commitment: Id
    outcome: VerificationOutcome
    reason: Remark = ""
    officers: Annotated[tuple[Id, ...], Field(max_length=10), UNLESS_EMPTY] = ()
    breach: Annotated[BreachKind | None, UNLESS_NONE] = None


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
    DraftCommitment
    | SignCommitment
    | SubmitPerformance
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
