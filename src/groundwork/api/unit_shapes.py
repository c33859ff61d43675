"""What answers about units, their gates, consultations and credit look like."""

from datetime import date, datetime
from typing import Literal

from groundwork.api.shapes import DepartmentShape, NamedShape, Shape
from groundwork.domain.credit import CreditGrade
from groundwork.domain.facts import CreditOccasion, OpinionKind, UnitState
from groundwork.domain.model import Light, StepState, WaitingOn


class ConditionShape(NamedShape):
    """A condition of a gate: whether it is met and why, on which steps, and who has to act."""

    met: bool
    why: str
    steps: list[str]
    holder: DepartmentShape | None
    waiting_on: WaitingOn
    source: str


class GateShape(NamedShape):
    """A gate of a unit; `permits` is what it allows while it is open."""

    permits: str
    unit: str
    open: bool
    missing: list[str]
    conditions: list[ConditionShape]


class UnitShape(NamedShape):
    """A building of a chain (单体) with its gates; `into` is the unit it is part of now."""

    state: UnitState
    into: str | None
    equipment: str | None
    without_equipment: bool
    gates: list[GateShape]


class UnitGates(Shape):
    """The gates of one unit."""

    chain: str
    unit: str
    name: str
    gates: list[GateShape]


class OpinionShape(Shape):
    """What a department said; nothing yet while `opinion` is null."""

    department: DepartmentShape
    asked: bool
    opinion: OpinionKind | None
    opinion_name: str | None
    text: str
    at: datetime | None


class ConsultationShape(Shape):
    """A round of consultation; `pending` may still reply, `against` disagree.

    `visited_by` are the ids of the officers who were on site.
    """

    round: int
    opened_at: datetime
    reply_by: date
    provisional: bool
    opinions: list[OpinionShape]
    pending: list[str]
    against: list[str]
    visit_on: date | None
    visited_on: date | None
    visited_by: list[str]


class SiteRectificationShape(Shape):
    """The one notice of everything to be put right before joint acceptance, and its `paper`."""

    requested_at: datetime
    items: list[str]
    due_on: date
    submitted_at: datetime | None
    paper: str


class CreditCheckShape(Shape):
    """A look-up of credit; `note` says what stands still while it is `pending`, or was skipped."""

    id: str
    occasion: CreditOccasion
    subjects: list[str]
    asked_at: datetime
    step: str | None
    commitment: str | None
    pending: bool
    eligible: bool | None
    grade: CreditGrade | None
    grounds: list[str]
    skipped_at: datetime | None
    note: str | None


class CarriedShape(Shape):
    """A document that comes from the chain before."""

    material: str
    material_name: str
    step: str
    document: str


class OpenOpinion(Shape):
    """A step on which a department's opinion is awaited."""

    chain_id: str
    key: str
    unit: str | None
    name: str
    project_code: str
    project_name: str
    enterprise: str
    lead: str
    stage: str
    state: StepState
    light: Light
    reply_on: date
    visit_on: date | None
    due_on: date | None
    due_provisional: bool


class PreviewEvent(Shape):
    """Something that a command would cause; `by_itself` when time alone brings it."""

    type: str
    name: str
    sentence: str
    step: str | None
    by_itself: bool


class PreviewChange(Shape):
    """Something that would be different afterwards; null where it is not there."""

    kind: Literal["step", "deficiency", "commitment", "unit", "gate"]
    id: str
    name: str
    before: str | None
    after: str | None


class PreviewShape(Shape):
    """What a command would do now. Nothing was written."""

    chain: str
    verb: str
    events: list[PreviewEvent]
    changes: list[PreviewChange]
