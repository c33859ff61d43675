"""What can be asked of one step."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, UNLESS_NONE, Day
from groundwork.domain.commands.base import Id, Number, Reason, Remark, StepCommand
from groundwork.domain.definition import Mode, StopReason
from groundwork.domain.model import DecisionResult


class ChooseMode(StepCommand):
    """Choose how the step shall be handled; possible until it is handed in."""

    type: Literal["choose_mode"] = "choose_mode"
    mode: Mode


class Receive(StepCommand):
    """Hand in the application with the materials named (接件).

    `promised` are those that may follow and that the applicant promises, in writing, to hand in by
    the day they are told.
    """

    type: Literal["receive"] = "receive"
    materials: tuple[str, ...] = ()
    promised: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()


class RequestCorrection(StepCommand):
    """Tell the applicant, once, everything that must be corrected (一次性告知).

    `materials` are those handed in that are faulty: needed where only tolerable ones are lacking.
    """

    type: Literal["request_correction"] = "request_correction"
    items: Annotated[tuple[Reason, ...], Field(min_length=1)]
    materials: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()


class SubmitCorrection(StepCommand):
    """Hand in what the correction notice asked for."""

    type: Literal["submit_correction"] = "submit_correction"
    materials: tuple[str, ...] = ()


class Accept(StepCommand):
    """Accept the application (受理): the clock starts."""

    type: Literal["accept"] = "accept"


class RefusalGround(StrEnum):
    """Why an application is not accepted: 《行政许可法》第三十二条."""

    NOT_NEEDED = "not_needed"
    OUT_OF_REMIT = "out_of_remit"
    INCOMPLETE = "incomplete"


class RefuseAcceptance(StepCommand):
    """Refuse to accept the application (不予受理), with the reason.

    `ground` is needed where only tolerable materials are lacking: then it must not be that.
    """

    type: Literal["refuse_acceptance"] = "refuse_acceptance"
    reason: Reason
    ground: Annotated[RefusalGround | None, UNLESS_NONE] = None


class BeginReview(StepCommand):
    """Begin the department's review (部门开始办理)."""

    type: Literal["begin_review"] = "begin_review"


class StopClock(StepCommand):
    """Stop the clock for a special procedure, with its legal basis and planned last day.

    `notice` is the number or the words of the written notice of the time needed.
    """

    type: Literal["stop_clock"] = "stop_clock"
    reason: StopReason
    basis: Reason
    planned_end: Day
    notice: Annotated[Remark, UNLESS_EMPTY] = ""


class ReplanStop(StepCommand):
    """Move the planned last day of an open stop, with the ground; to a later day only once."""

    type: Literal["replan_stop"] = "replan_stop"
    reason: StopReason
    planned_end: Day
    ground: Reason
    notice: Annotated[Remark, UNLESS_EMPTY] = ""


class ResumeClock(StepCommand):
    """End the stop of that reason."""

    type: Literal["resume_clock"] = "resume_clock"
    reason: StopReason


class Extend(StepCommand):
    """Prolong the limit, once, in its own unit; the actor is the approver.

    `notice` is the number or the words of the notice that told the applicant the reason.
    """

    type: Literal["extend"] = "extend"
    amount: Annotated[int, Field(ge=1)]
    reason: Reason
    notice: Annotated[Remark, UNLESS_EMPTY] = ""


class Decide(StepCommand):
    """Decide the step (办结).

    The conversion gate also needs the winner's unified social credit code and whether the planning
    conditions changed since the pre-review.
    """

    type: Literal["decide"] = "decide"
    result: DecisionResult
    opinion: Annotated[Remark, UNLESS_EMPTY] = ""
    document: Annotated[Number, UNLESS_EMPTY] = ""
    winner_uscc: Annotated[str | None, UNLESS_EMPTY] = None
    planning_conditions_changed: Annotated[bool | None, UNLESS_NONE] = None


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


class Assign(StepCommand):
    """Put somebody of the department in charge of the step (指定承办人), or nobody.

    With `former` it is done only while that person is still in charge, so that two who hand work
    over at once do not undo each other.
    """

    type: Literal["assign"] = "assign"
    assignee: Id | None
    former: Annotated[Id | None, UNLESS_NONE] = None
    reason: Reason


class Remind(StepCommand):
    """Remind who has the step in hand or, with `deficiency`, who owes it (催办); once a day."""

    type: Literal["remind"] = "remind"
    deficiency: Annotated[Id | None, UNLESS_NONE] = None
    note: Annotated[Remark, UNLESS_EMPTY] = ""


AnyStepCommand = (
    ChooseMode
    | Receive
    | RequestCorrection
    | SubmitCorrection
    | Accept
    | RefuseAcceptance
    | BeginReview
    | StopClock
    | ReplanStop
    | ResumeClock
    | Extend
    | Decide
    | Exempt
    | WithdrawStep
    | Revoke
    | Annul
    | ConcludeRecheck
    | Assign
    | Remind
)
"""Any command on a step."""
