"""The chain aggregate: what is known of one project's way through one chain.

State is only ever the fold of events (`fold.evolve`); nothing here changes itself.
"""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.clock import Clock
from groundwork.domain.definition import Mode, Variant


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
    OPS = "ops"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Actor(Frozen):
    """Who did something, by opaque id: never a name, so that events hold no personal datum."""

    id: str
    role: Role
    department: str | None = None


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


SETTLED = frozenset(
    {
        StepState.PASSED,
        StepState.PASSED_WITH_TOLERANCE,
        StepState.EXEMPT,
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
    """A prolonged limit: once per step, with its approver and the reason told."""

    amount: int
    reason: str
    approver: str


class Decision(Frozen):
    """What was decided on a step, when and with which document."""

    result: DecisionResult
    at: datetime
    opinion: str = ""
    document: str = ""
    legal_effect: bool = True


class Step(Frozen):
    """One step of one chain; `key` is the definition's id, with the phase where there is one."""

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


class DeficiencyState(StrEnum):
    """The life of a deficiency (容缺)."""

    OPEN = "open"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    LAPSED = "lapsed"
    DROPPED = "dropped"


class Deficiency(Frozen):
    """A tolerated missing material and the day by which it must follow.

    `cure_before` is the first instant that is too late: the end of the local day `cure_by`.
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


class CommitmentState(StrEnum):
    """The life of a commitment (告知承诺) once it is signed."""

    IN_FORCE = "in_force"
    AWAITING_VERIFICATION = "awaiting_verification"
    RECTIFYING = "rectifying"
    FULFILLED = "fulfilled"
    BREACHED = "breached"
    DROPPED = "dropped"


class Commitment(Frozen):
    """A signed promise to meet conditions by a day, verified afterwards."""

    id: str
    step: str
    obligations: tuple[str, ...]
    state: CommitmentState = CommitmentState.IN_FORCE
    signed_at: datetime
    due_on: date
    due_before: datetime
    provisional: bool = False
    closed_at: datetime | None = None
    rectify_from: datetime | None = Field(default=None, exclude_if=lambda moment: moment is None)
    """When its rectification was ordered, from which the term counts."""


class EscalationState(StrEnum):
    """The life of one escalation after it fired."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANNULLED = "annulled"
    REVERSED = "reversed"


class Escalation(Frozen):
    """One rung of the ladder, reached on one step."""

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
    """What a housekeeper chose when launching. Ids and choices only: no names of people."""

    chain_id: str
    project_code: str
    uscc: str
    definition: DefinitionRef
    calendar_version: str
    variant: Variant = Variant.STANDARD
    modes: dict[str, Mode] = Field(default_factory=dict)
    phases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
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
    adopted_calendar: str | None = Field(default=None, exclude_if=lambda version: version is None)

    @property
    def id(self) -> str:
        """The sayable id, which is also the workflow's."""
        return self.launch.chain_id

    @property
    def calendar_version(self) -> str:
        """The calendar in force: the one adopted last, else the one of the launch."""
        return self.adopted_calendar or self.launch.calendar_version
