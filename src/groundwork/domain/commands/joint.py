"""What can be asked of the departments that are consulted on a step."""

from typing import Annotated, Literal

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, Day
from groundwork.domain.commands.base import Id, Number, Reason, Remark, StepCommand
from groundwork.domain.facts import OpinionKind


class OpenConsultation(StepCommand):
    """Ask every department consulted on the step for its opinion (征求意见)."""

    type: Literal["open_consultation"] = "open_consultation"


class GiveOpinion(StepCommand):
    """Give the own department's opinion; a condition or an objection needs its text (会商意见)."""

    type: Literal["give_opinion"] = "give_opinion"
    opinion: Literal[OpinionKind.AGREE, OpinionKind.AGREE_WITH_CONDITIONS, OpinionKind.DISAGREE]
    text: Remark = ""


class ScheduleVisit(StepCommand):
    """Set the day of the one joint site visit (联合踏勘)."""

    type: Literal["schedule_visit"] = "schedule_visit"
    visit_on: Day


class RecordVisit(StepCommand):
    """Record that the joint site visit was held, by whom, and what was found.

    `officers` are the opaque ids of those of the lead department who were there.
    """

    type: Literal["record_visit"] = "record_visit"
    visited_on: Day
    findings: Remark = ""
    officers: Annotated[tuple[Id, ...], Field(max_length=10), UNLESS_EMPTY] = ()


class RequestRectification(StepCommand):
    """Tell the applicant, once, everything to be put right before acceptance (整改通知)."""

    type: Literal["request_rectification"] = "request_rectification"
    items: Annotated[tuple[Reason, ...], Field(min_length=1, max_length=100)]
    planned_end: Day


class SubmitRectification(StepCommand):
    """Report that everything was put right; the re-inspection begins (申请复验)."""

    type: Literal["submit_rectification"] = "submit_rectification"
    document: Number = ""


AnyJointCommand = (
    OpenConsultation
    | GiveOpinion
    | ScheduleVisit
    | RecordVisit
    | RequestRectification
    | SubmitRectification
)
"""Any command of a consultation or joint acceptance."""
