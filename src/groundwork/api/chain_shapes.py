"""What answers about one chain look like: its steps, promises and timeline."""

from datetime import date, datetime
from typing import Any

from groundwork.api.shapes import ChainHead, DepartmentShape, NamedShape, Shape
from groundwork.domain.definition import LimitUnit, Mode, Provenance, StopReason
from groundwork.domain.model import (
    CommitmentState,
    DecisionResult,
    DeficiencyState,
    EscalationState,
    Light,
    Role,
    StepState,
    WaitingOn,
)


class LimitShape(Shape):
    """A figure of time: what it counts, whose word it is, and where that stands."""

    amount: int
    unit: LimitUnit
    counts_first_day: bool
    provenance: Provenance
    source: str
    note: str | None


class StatutoryShape(LimitShape):
    """A figure that the law sets; `part`, `case` and `at_least` say what it measures."""

    at_least: bool
    part: str | None
    case: str | None
    binds_whole_step: bool


class MaterialShape(NamedShape):
    """A document of a step."""

    handed_in: bool
    tolerable: bool


class CorrectionShape(Shape):
    """The one-time notice of what must be corrected."""

    requested_at: datetime
    items: list[str]
    submitted_at: datetime | None


class ExtensionShape(Shape):
    """A prolonged limit."""

    amount: int
    reason: str
    approver: str


class DecisionShape(Shape):
    """What was decided."""

    result: DecisionResult
    at: datetime
    opinion: str
    document: str
    legal_effect: bool


class StepShape(Shape):
    """A step of one chain, with the names and figures of its definition."""

    key: str
    name: str
    stage: NamedShape
    department: DepartmentShape
    state: StepState
    status_code: int | None
    light: Light
    level: int
    waiting_on: WaitingOn
    applicant_owned: bool
    mode: Mode
    modes: list[Mode]
    after: list[str]
    due_on: date | None
    due_provisional: bool
    accept_by: datetime | None
    promised: LimitShape | None
    statutory: list[StatutoryShape]
    materials: list[MaterialShape]
    stops: list[StopReason]
    clock_stopped_for: list[StopReason]
    output: str
    attempt: int
    ready_at: datetime | None
    received_at: datetime | None
    accepted_at: datetime | None
    accepted_by_silence: bool
    correction: CorrectionShape | None
    extension: ExtensionShape | None
    decision: DecisionShape | None
    assignee: str | None


class DeficiencyShape(Shape):
    """A tolerated missing material; `cure_before` is the first instant that is too late."""

    id: str
    step: str
    material: str
    material_name: str
    state: DeficiencyState
    opened_at: datetime
    cure_by: date
    cure_before: datetime
    provisional: bool
    extended: bool
    submitted_at: datetime | None
    closed_at: datetime | None


class CommitmentShape(Shape):
    """A signed promise; `due_before` is the first instant that is too late."""

    id: str
    step: str
    obligations: list[str]
    state: CommitmentState
    signed_at: datetime
    due_on: date
    due_before: datetime
    provisional: bool
    closed_at: datetime | None


class EscalationShape(Shape):
    """A rung of the ladder that a step reached."""

    id: str
    step: str
    level: int
    rung: str
    name: str
    light: Light
    at: datetime
    recipients: list[Role]
    answer_by: date | None
    supervision_order: bool
    human_decides: bool
    state: EscalationState
    answer: str
    referred: bool | None


class ChainDetail(ChainHead):
    """A chain with its steps and promises."""

    ending: str
    converted_at: datetime | None
    steps: list[StepShape]
    deficiencies: list[DeficiencyShape]
    commitments: list[CommitmentShape]
    escalations: list[EscalationShape]


class TimelineEvent(Shape):
    """Something that happened. `at` is business time; `body` holds the event's own facts."""

    seq: int
    type: str
    name: str
    step: str | None
    step_name: str | None
    at: datetime
    recorded_at: datetime
    actor_id: str
    actor_role: Role
    actor_department: str | None
    basis: str
    body: dict[str, Any]
