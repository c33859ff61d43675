"""What answers about one chain look like: its steps, promises and timeline."""

from datetime import date, datetime, time
from typing import Any

from groundwork.api.shapes import ChainHead, DepartmentShape, NamedShape, Shape
from groundwork.api.unit_shapes import (
    CarriedShape,
    ConsultationShape,
    CreditCheckShape,
    SiteRectificationShape,
    UnitShape,
)
from groundwork.domain.definition import (
    BreachKind,
    LimitUnit,
    Mode,
    Provenance,
    StopReason,
    Unanswered,
)
from groundwork.domain.model import (
    AppealState,
    CommitmentState,
    DecisionResult,
    DeficiencyState,
    EscalationState,
    Light,
    Role,
    StepState,
    WaitingOn,
)


class CutOffShape(Shape):
    """The local time at which business closes and the last day of a limit ends."""

    at: time
    provenance: Provenance
    source: str


class LimitShape(Shape):
    """A figure of time: what it counts, whose word it is, and where that stands.

    `rolls_forward` and `cut_off` are left out where a limit rolls on to a working day and ends at
    24:00, as most do.
    """

    amount: int
    unit: LimitUnit
    counts_first_day: bool
    rolls_forward: bool = True
    cut_off: CutOffShape | None = None
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
    """A document of a step.

    `promised` when the applicant promised in writing that it will follow; `document` is the number
    under which it comes from the chain before.
    """

    handed_in: bool
    promised: bool
    tolerable: bool
    document: str | None


class CorrectionShape(Shape):
    """The one-time notice of what must be corrected."""

    requested_at: datetime
    items: list[str]
    submitted_at: datetime | None


class ExtensionShape(Shape):
    """A prolonged limit; `notice` is left out where none was given."""

    amount: int
    reason: str
    approver: str
    notice: str = ""


class DecisionShape(Shape):
    """What was decided."""

    result: DecisionResult
    at: datetime
    opinion: str
    document: str
    legal_effect: bool


class SplitShape(Shape):
    """Whose time was used, in `unit`.

    `department_days` are those of the limit, `acceptance_days` those that the department took to
    accept; `applicant_days` hold the time to hand in and to correct. `stopped_days` are those, of
    the applicant's and others', for which the clock stood.
    """

    unit: LimitUnit
    department_days: int
    applicant_days: int
    other_days: int
    acceptance_days: int
    stopped_days: int


class StepShape(Shape):
    """A step of one chain, with the names and figures of its definition."""

    key: str
    name: str
    unit: str | None
    stage: NamedShape
    department: DepartmentShape
    consulted: list[DepartmentShape]
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
    resumed_by_itself: bool
    split: SplitShape | None
    output: str
    attempt: int
    ready_at: datetime | None
    received_at: datetime | None
    accepted_at: datetime | None
    accepted_by_silence: bool
    consultation: ConsultationShape | None
    site_rectification: SiteRectificationShape | None
    correction: CorrectionShape | None
    extension: ExtensionShape | None
    decision: DecisionShape | None
    assignee: str | None


class DeficiencyShape(Shape):
    """A tolerated missing material; `cure_before` is the first instant that is too late.

    `paper` is the address of the notice that told of it.
    """

    id: str
    step: str
    step_name: str
    material: str
    material_name: str
    state: DeficiencyState
    opened_at: datetime
    cure_by: date
    cure_before: datetime
    provisional: bool
    extended: bool
    reminded: list[int]
    submitted_at: datetime | None
    closed_at: datetime | None
    paper: str


class CommitmentShape(Shape):
    """A promise, from its letter to its file; `due_before` is the first instant that is too late.

    `verify_on` is the last day for its verification, `publish_on` the last before it is broken for
    want of a report, and `outcome` how it ended. Officers are opaque ids. `paper` is the address of
    its notice and letter, `rectification_paper` that of what was to be put right.
    """

    id: str
    step: str
    step_name: str
    obligations: list[str]
    third_parties: list[str]
    state: CommitmentState
    outcome: CommitmentState | None
    breach: BreachKind | None
    drafted_at: datetime | None
    signed_at: datetime | None
    signature: str
    due_on: date | None
    due_before: datetime | None
    provisional: bool
    rectify_since: datetime | None = None
    reminded: list[int]
    performed_at: datetime | None
    performance: str
    verify_on: date | None
    verify_before: datetime | None
    unverified: bool
    publish_on: date | None
    rectified: bool
    officers: list[str]
    closed_at: datetime | None
    paper: str | None
    rectification_paper: str | None


class AppealShape(Shape):
    """A department's appeal against a card, and how it was decided."""

    reason: str
    by: str
    at: datetime
    state: AppealState
    decided_by: str | None
    decided_at: datetime | None
    decision: str


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
    answer_before: datetime | None
    unanswered: Unanswered | None
    answer_overdue: bool
    answered_by: str | None
    answered_at: datetime | None
    appeal_by: date | None
    appeal_before: datetime | None
    appeal: AppealShape | None
    annulled_for: str
    because: str | None


class ChainDetail(ChainHead):
    """A chain with its units, steps and promises.

    `predecessor` is the chain that it follows and `carried` the documents that come from there;
    `checks` are look-ups of credit.
    """

    ending: str
    converted_at: datetime | None
    splits: list[SplitShape]
    predecessor: str | None
    carried: list[CarriedShape]
    units: list[UnitShape]
    checks: list[CreditCheckShape]
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
