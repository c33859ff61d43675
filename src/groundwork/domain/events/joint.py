"""What can happen while departments are consulted on a step (会商、联合验收)."""

from datetime import date, datetime
from typing import Annotated, Literal

from groundwork.domain.base import UNLESS_EMPTY
from groundwork.domain.events.base import StepEvent
from groundwork.domain.facts import OpinionKind


class ConsultationOpened(StepEvent):
    """The departments consulted were asked; whoever is silent until then has no objection."""

    type: Literal["consultation_opened"] = "consultation_opened"
    round: int
    departments: tuple[str, ...]
    reply_on: date
    reply_before: datetime
    provisional: bool = False


class OpinionGiven(StepEvent):
    """A department gave its opinion."""

    type: Literal["opinion_given"] = "opinion_given"
    department: str
    kind: OpinionKind
    text: str = ""


class SilenceCounted(StepEvent):
    """These departments did not reply in time: no objection (超时默认). Opinions only."""

    type: Literal["silence_counted"] = "silence_counted"
    departments: tuple[str, ...]


class SiteVisitScheduled(StepEvent):
    """The day of the one joint site visit was set."""

    type: Literal["site_visit_scheduled"] = "site_visit_scheduled"
    visit_on: date


class SiteVisitHeld(StepEvent):
    """The joint site visit was held, by these officers of the lead department."""

    type: Literal["site_visit_held"] = "site_visit_held"
    visited_on: date
    findings: str = ""
    officers: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()


class SiteRectificationRequested(StepEvent):
    """The applicant was told, once, everything to be put right, and by when."""

    type: Literal["site_rectification_requested"] = "site_rectification_requested"
    items: tuple[str, ...]
    due_on: date


class SiteRectificationSubmitted(StepEvent):
    """The applicant reported that everything was put right."""

    type: Literal["site_rectification_submitted"] = "site_rectification_submitted"
    document: str = ""


AnyJointEvent = (
    ConsultationOpened
    | OpinionGiven
    | SilenceCounted
    | SiteVisitScheduled
    | SiteVisitHeld
    | SiteRectificationRequested
    | SiteRectificationSubmitted
)
"""Any event of a consultation or joint acceptance."""
