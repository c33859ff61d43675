"""The chain aggregate: what is known of one project's way through one chain.

State is only ever the fold of events (`fold.evolve`); nothing here changes itself.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, UNLESS_NONE, Frozen
from groundwork.domain.calendar import end_of
from groundwork.domain.clock import Clock
from groundwork.domain.definition import BreachKind, Mode, Unanswered, Variant
from groundwork.domain.facts import (
    Consultation,
    CreditCheck,
    CreditFiling,
    SiteRectification,
    Unit,
    UnitChoice,
)


class Role(StrEnum):
    """What a person is to the chain. Recipients of escalations are roles too."""

    HOUSEKEEPER = "housekeeper"
    PROJECT_MANAGER = "project_manager"
    OFFICER = "officer"
    SECTION_HEAD = "section_head"
    DEPUTY_LEADER = "deputy_leader"
    DIRECTOR = "director"
    DATA_BUREAU = "data_bureau"
    BUSINESS_ENVIRONMENT_OFFICE = "business_environment_office"
    LIAISON_LEADER = "liaison_leader"
    SUPERVISOR = "supervisor"
    OPS = "ops"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Actor(Frozen):
    """Who did something, by opaque id: never a name, so that events hold no personal datum.

    Who acts for another keeps their own `id`; `on_behalf_of` is the other's, and `mandate` the id
    of the absence or delegation that allowed it. Role and department are then those acted under.
    """

    id: str
    role: Role
    department: str | None = None
    on_behalf_of: Annotated[str | None, UNLESS_NONE] = None
    mandate: Annotated[str | None, UNLESS_NONE] = None


SYSTEM = Actor(id="system", role=Role.SYSTEM)


class StepState(StrEnum):
    """Where a step is in its life."""

    WAITING = "waiting"
    READY = "ready"
    RECEIVED = "received"
    CORRECTION = "correction"
    CORRECTED = "corrected"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    IN_REVIEW = "in_review"
    STOPPED = "stopped"
    RESUMED = "resumed"
    PASSED = "passed"
    PASSED_WITH_TOLERANCE = "passed_with_tolerance"
    FAILED = "failed"
    EXEMPT = "exempt"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    RECHECK = "recheck"
    REVOKED = "revoked"
    ANNULLED = "annulled"
    DROPPED = "dropped"


SETTLED = frozenset(
    {
        StepState.PASSED,
        StepState.PASSED_WITH_TOLERANCE,
        StepState.EXEMPT,
        # Its unit is no longer part of the chain.
        StepState.DROPPED,
        # A re-check never silently voids what was built on the step.
        StepState.RECHECK,
    }
)
"""States on which later steps may build."""

FINISHED = SETTLED - {StepState.RECHECK}
"""States in which nobody has anything to do on a step any more."""

RUNNING = frozenset({StepState.ACCEPTED, StepState.IN_REVIEW, StepState.RESUMED})
"""States in which the department's clock runs."""

RECEIVABLE = frozenset(
    {
        StepState.READY,
        StepState.NOT_ACCEPTED,
        StepState.RETURNED,
        StepState.FAILED,
        StepState.WITHDRAWN,
        StepState.REVOKED,
        StepState.ANNULLED,
    }
)
"""States in which an application can be handed in, for the first time or again."""

OPEN = frozenset(
    {
        StepState.READY,
        StepState.RECEIVED,
        StepState.CORRECTION,
        StepState.CORRECTED,
        StepState.STOPPED,
        StepState.RECHECK,
    }
    | RUNNING
)
"""States in which somebody has something to do on the step."""


class Light(StrEnum):
    """The colour of a step or chain: always shown with its shape, glyph and word."""

    TODO = "todo"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    PAUSED = "paused"
    DONE = "done"


class WaitingOn(StrEnum):
    """In whose court a step or chain is."""

    DEPARTMENT = "department"
    APPLICANT = "applicant"
    OTHER = "other"
    NOBODY = "nobody"


class DecisionResult(StrEnum):
    """How a step was decided (办结)."""

    PASS = "pass"
    PASS_WITH_TOLERANCE = "pass_with_tolerance"
    FAIL = "fail"


class Correction(Frozen):
    """The one-time notice of what is to be corrected (一次性告知, 补正)."""

    requested_at: datetime
    items: tuple[str, ...]
    submitted_at: datetime | None = None


class Extension(Frozen):
    """A prolonged limit: once per step, with its approver and the reason told.

    `notice` is the number or the words of the notice that told the applicant.
    """

    amount: int
    reason: str
    approver: str
    notice: str = Field(default="", exclude_if=lambda notice: not notice)


class Decision(Frozen):
    """What was decided on a step, when and with which document."""

    result: DecisionResult
    at: datetime
    opinion: str = ""
    document: str = ""
    legal_effect: bool = True


class Step(Frozen):
    """One step of one chain; `key` is the definition's id, with its phase or unit if it has one.

    `promised` are the materials of which the applicant promised in writing that they will follow.
    `assignee` is the person in charge (承办人), by opaque id, while the department named one.
    `reminded_on` is when somebody last sent a reminder of it (催办).
    """

    key: str
    state: StepState = StepState.WAITING
    mode: Mode = Mode.STANDARD
    attempt: int = 0
    ready_at: datetime | None = None
    received_at: datetime | None = None
    accept_by: datetime | None = None
    materials: tuple[str, ...] = ()
    correction: Correction | None = None
    accepted_at: datetime | None = None
    accepted_by_silence: bool = False
    clock: Clock | None = None
    due_on: date | None = None
    due_provisional: bool = False
    extension: Extension | None = None
    decision: Decision | None = None
    level: int = 0
    light: Light = Light.TODO
    prior: StepState | None = None
    cause: str | None = None
    promised: tuple[str, ...] = ()
    consultation: Consultation | None = None
    site_rectification: SiteRectification | None = None
    assignee: Annotated[str | None, UNLESS_NONE] = None
    reminded_on: Annotated[date | None, UNLESS_NONE] = None


class DeficiencyState(StrEnum):
    """The life of a deficiency (容缺)."""

    OPEN = "open"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    LAPSED = "lapsed"
    DROPPED = "dropped"


class Deficiency(Frozen):
    """A tolerated missing material and the day by which it must follow.

    `cure_before` is the first instant that is too late: the end of the local day `cure_by`, or the
    close of business on it where the term ends with that. `reminded` are the days before it on
    which the applicant was reminded by itself, `reminded_on` is when somebody last did.
    """

    id: str
    step: str
    material: str
    state: DeficiencyState = DeficiencyState.OPEN
    opened_at: datetime
    cure_by: date
    cure_before: datetime
    provisional: bool = False
    extended: bool = False
    submitted_at: datetime | None = None
    closed_at: datetime | None = None
    reminded: tuple[int, ...] = ()
    reminded_on: Annotated[date | None, UNLESS_NONE] = None


class CommitmentState(StrEnum):
    """The life of a commitment (告知承诺)."""

    DRAFT = "draft"
    SIGNED = "signed"
    REFUSED = "refused"
    IN_FORCE = "in_force"
    AWAITING_VERIFICATION = "awaiting_verification"
    RECTIFYING = "rectifying"
    FULFILLED = "fulfilled"
    BREACHED = "breached"
    ARCHIVED = "archived"
    DROPPED = "dropped"


class Commitment(Frozen):
    """A promise to meet conditions by a day, verified afterwards.

    `due_on` and `due_before` are when it must be kept or, while it is rectified, when the faults
    must be put right: `rectify_since` is when that was ordered, once. `performed_at` is when
    the enterprise reported that it is; without that it is broken at `publish_before`. It is to be
    verified before `verify_before`, by the `officers` named then. `outcome` is how it ended,
    archived or not.
    """

    id: str
    step: str
    obligations: tuple[str, ...]
    third_parties: tuple[str, ...] = ()
    state: CommitmentState = CommitmentState.IN_FORCE
    drafted_at: datetime | None = None
    signed_at: datetime | None = None
    signature: str = ""
    due_on: date | None = None
    due_before: datetime | None = None
    provisional: bool = False
    reminded: tuple[int, ...] = ()
    performed_at: datetime | None = None
    performance: str = ""
    verify_on: date | None = None
    verify_before: datetime | None = None
    unverified: bool = False
    publish_before: datetime | None = None
    rectify_since: Annotated[datetime | None, UNLESS_NONE] = None
    officers: tuple[str, ...] = ()
    breach: BreachKind | None = None
    outcome: CommitmentState | None = None
    closed_at: datetime | None = None

    @property
    def rectified(self) -> bool:
        """Whether putting faults right was ordered, which happens once."""
        return self.rectify_since is not None or self.state is CommitmentState.RECTIFYING


class EscalationState(StrEnum):
    """The life of one escalation after it fired."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANNULLED = "annulled"
    REVERSED = "reversed"


class AppealState(StrEnum):
    """What became of a department's appeal against a card (申诉)."""

    PENDING = "pending"
    GRANTED = "granted"
    DISMISSED = "dismissed"


class Appeal(Frozen):
    """A department's appeal against a card, and how it was decided."""

    reason: str
    by: str
    at: datetime
    state: AppealState = AppealState.PENDING
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = ""


class Escalation(Frozen):
    """One rung of the ladder, reached on one step.

    `answer_by` is the last day for the answer; `answer_before` is given where it must be there
    before an hour of that day. `appeal_before` is the first instant that is too late for an
    appeal. `because` names the unanswered card for which this rung was reached at once.
    """

    id: str
    step: str
    level: int
    rung: str
    light: Light
    at: datetime
    recipients: tuple[str, ...]
    answer_by: date | None = None
    supervision_order: bool = False
    human_decides: bool = False
    state: EscalationState = EscalationState.OPEN
    answer: str = ""
    referred: bool | None = None
    answer_before: datetime | None = None
    unanswered: Unanswered | None = None
    answer_overdue: bool = False
    answered_by: str | None = None
    answered_at: datetime | None = None
    appeal_by: date | None = None
    appeal_before: datetime | None = None
    appeal: Appeal | None = None
    annulled_for: str = ""
    because: str | None = None

    @property
    def answer_over(self) -> datetime | None:
        """The first instant that is too late for the answer; None when none is asked for."""
        if self.answer_before is not None:
            return self.answer_before
        return end_of(self.answer_by) if self.answer_by is not None else None


class ChainState(StrEnum):
    """Where a whole chain is."""

    RUNNING = "running"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"


class DefinitionRef(Frozen):
    """The definition a chain is pinned to. The hash decides; id and version are for people."""

    id: str
    version: str
    hash: str


class Launch(Frozen):
    """What a housekeeper chose when launching. Ids and choices only: no names of people.

    `predecessor` is the chain of the same project that this one follows, and `carried` the
    documents that come from it, by material.
    """

    chain_id: str
    project_code: str
    uscc: str
    definition: DefinitionRef
    calendar_version: str
    variant: Variant = Variant.STANDARD
    modes: dict[str, Mode] = Field(default_factory=dict)
    phases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    units: Annotated[tuple[UnitChoice, ...], UNLESS_EMPTY] = ()
    predecessor: Annotated[str | None, UNLESS_NONE] = None
    carried: Annotated[dict[str, str], UNLESS_EMPTY] = Field(default_factory=dict)
    housekeeper: str
    district: str
    key: str
    by: Actor
    received_at: datetime


class Chain(Frozen):
    """The aggregate. `seq` is the number of the last event folded into it."""

    launch: Launch
    seq: int = 0
    state: ChainState = ChainState.RUNNING
    launched_at: datetime
    finished_at: datetime | None = None
    ending: str = ""
    converted_at: datetime | None = None
    steps: dict[str, Step] = Field(default_factory=dict)
    deficiencies: dict[str, Deficiency] = Field(default_factory=dict)
    commitments: dict[str, Commitment] = Field(default_factory=dict)
    escalations: dict[str, Escalation] = Field(default_factory=dict)
    adopted_calendar: Annotated[str | None, UNLESS_NONE] = None
    adopted_definition: Annotated[DefinitionRef | None, UNLESS_NONE] = None
    units: dict[str, Unit] = Field(default_factory=dict)
    checks: dict[str, CreditCheck] = Field(default_factory=dict)
    filings: dict[str, CreditFiling] = Field(default_factory=dict)

    @property
    def active_units(self) -> tuple[Unit, ...]:
        """The units that are still part of the chain."""
        return tuple(unit for unit in self.units.values() if unit.active)

    @property
    def id(self) -> str:
        """The sayable id, which is also the workflow's."""
        return self.launch.chain_id

    @property
    def definition(self) -> DefinitionRef:
        """The definition in force: the one adopted last, else the one of the launch."""
        return self.adopted_definition or self.launch.definition

    @property
    def calendar_version(self) -> str:
        """The calendar in force: the one adopted last, else the one of the launch."""
        return self.adopted_calendar or self.launch.calendar_version
