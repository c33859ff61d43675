"""What answers look like, for OpenAPI and for tests that hold the answers to it.

Rows are sent as they are read; nothing is built from these models while a request waits.
"""

from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from groundwork.api.receipts import Status
from groundwork.domain.definition import BreachKind, Mode, Variant
from groundwork.domain.model import (
    AppealState,
    ChainState,
    CommitmentState,
    DeficiencyState,
    EscalationState,
    Light,
    Role,
    StepState,
    WaitingOn,
)

Item = TypeVar("Item")


class Shape(BaseModel):
    """The base of all shapes: exactly these members."""

    model_config = ConfigDict(extra="forbid")


class Listed(Shape, Generic[Item]):
    """A page of a list; `next` is the cursor of the page after it, null on the last."""

    items: list[Item]
    next: str | None = None


class ReceiptShape(Shape):
    """What became of a write.

    `done`: it is carried out, and `seq` is the number of the last event that it caused; `projected`
    says whether reads show it already. `pending`: the engine has not answered. `refused`: `problem`
    says why, and nothing changed.
    """

    chain: str
    key: str
    status: Status
    seq: int | None
    projected: bool
    note: str | None = None
    problem: dict[str, Any] | None = None


class ProjectShape(Shape):
    """A construction project."""

    code: str
    name: str
    enterprise: str
    uscc: str
    uscc_override_reason: str | None
    district: str
    housekeeper: str
    created_at: datetime
    created_by: str


class NamedShape(Shape):
    """Something with a name in the caller's language."""

    id: str
    name: str


class ChainHead(Shape):
    """A chain as lists show it.

    `next_due_on` is the next day by which somebody must act, on the step `next_due_step`;
    `provisional` when it lies in a year whose calendar is not published.
    """

    id: str
    name: str
    project_code: str
    project_name: str
    enterprise: str
    type: str
    definition_id: str
    definition_version: str
    definition_hash: str
    calendar_version: str
    variant: Variant
    district: str
    housekeeper: str
    state: ChainState
    light: Light
    waiting_on: WaitingOn
    next_due_on: date | None
    next_due_step: str | None
    next_due_step_name: str | None
    provisional: bool
    launched_at: datetime
    finished_at: datetime | None
    seq: int
    updated_at: datetime


class ProjectDetail(ProjectShape):
    """A project with the chains it has."""

    chains: list[ChainHead]


class DepartmentShape(NamedShape):
    """A department."""

    short: str


class InboxStep(Shape):
    """An open step of a department; `act_by` is the last day on which its holder acts in time."""

    chain_id: str
    key: str
    unit: str | None
    name: str
    project_code: str
    project_name: str
    enterprise: str
    department: str
    stage: str
    state: StepState
    status_code: int | None
    mode: Mode
    light: Light
    level: int
    waiting_on: WaitingOn
    attempt: int
    due_on: date | None
    due_provisional: bool
    act_by: date | None
    ready_at: datetime | None
    received_at: datetime | None
    accept_by: datetime | None
    accepted_at: datetime | None
    accepted_by_silence: bool
    assignee: str | None


class EscalationRowShape(Shape):
    """An escalation, with what became of it.

    `answer_before` and `appeal_before` are the first instants that are too late; `because` names
    the unanswered card for which this rung was reached at once.
    """

    chain_id: str
    id: str
    project_code: str
    project_name: str
    enterprise: str
    step: str
    step_name: str
    department: str
    level: int
    rung: str
    name: str
    light: Light
    state: EscalationState
    at: datetime
    recipients: list[Role]
    answer_by: date | None
    answer: str
    supervision_order: bool
    human_decides: bool
    referred: bool | None
    answer_before: datetime | None
    answer_overdue: bool
    answered_by: str | None
    answered_at: datetime | None
    appeal_by: date | None
    appeal_before: datetime | None
    appeal_state: AppealState | None
    appeal_reason: str
    appealed_by: str | None
    appealed_at: datetime | None
    appeal_decision: str
    appeal_decided_by: str | None
    appeal_decided_at: datetime | None
    annulled_for: str
    because: str | None


class PromiseRowShape(Shape):
    """What both ledgers of promises show; `unit` is the building of the step, by its id."""

    chain_id: str
    id: str
    project_code: str
    project_name: str
    enterprise: str
    district: str
    housekeeper: str
    step: str
    step_name: str
    unit: str | None
    department: str
    provisional: bool
    reminded: list[int]
    closed_at: datetime | None


class DeficiencyRowShape(PromiseRowShape):
    """A deficiency as its ledger shows it; `paper` is the address of the notice that told of it."""

    material: str
    material_name: str
    state: DeficiencyState
    opened_at: datetime
    cure_by: date
    extended: bool
    submitted_at: datetime | None
    paper: str


class CommitmentRowShape(PromiseRowShape):
    """A commitment as its ledger shows it.

    `act_by` is the day by which it is to be kept or, once that is over, verified. Third parties
    are counted, not named. `paper` is the address of its notice and letter, `rectification_paper`
    that of what was to be put right.
    """

    state: CommitmentState
    outcome: CommitmentState | None
    breach: BreachKind | None
    obligations: list[str]
    third_parties: int
    drafted_at: datetime | None
    signed_at: datetime | None
    due_on: date | None
    act_by: date | None
    performed_at: datetime | None
    verify_on: date | None
    unverified: bool
    publish_on: date | None
    rectified: bool
    officers: list[str]
    paper: str | None
    rectification_paper: str | None


class DefinitionHead(NamedShape):
    """A version of a chain in the catalogue."""

    version: str
    hash: str
    workflow_type: str
    steps: int


class CalendarHead(Shape):
    """A version of the working-day calendar.

    `published` are the years with a notice. `kind` says where it came from, `release` for those of
    the catalogue; the one that is `in_force` is what new chains count by.
    """

    version: str
    name: str | None
    region: str
    published: list[int]
    source: str
    hash: str
    in_force: bool
    days_closed: int
    departments_closed: list[str]
    kind: str
    base: str | None
    note: str | None
    imported_at: datetime | None
    imported_by: str | None
    published_at: datetime | None
    published_by: str | None


class AuditRow(Shape):
    """An event as the record keeps it, linked by its hashes."""

    chain_id: str
    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    actor_id: str
    actor_role: str
    actor_department: str | None
    basis: str
    key: str | None
    body: dict[str, Any]
    prev_hash: str
    hash: str


class PersonShape(Shape):
    """Somebody who may act."""

    id: str
    name: str
    role: Role
    department: str | None
    active: bool
    created_at: datetime


class Alive(Shape):
    """The process answers."""

    status: Literal["alive"]


class Ready(Shape):
    """Everything that the service needs answers."""

    status: Literal["ready"]
    parts: dict[str, bool]


class TokenShape(Shape):
    """A token or a browser's session, without its secret."""

    id: str
    person_id: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    kind: Literal["api", "session"]
    scope: Literal["setup", "read", "act", "admin"]
    confirmed_at: datetime | None


class IdentityShape(Shape):
    """A subject of the identity provider, and the person it means."""

    id: str
    person_id: str
    issuer: str
    kind: Literal["person", "system"]
    subject: str
    linked_at: datetime
    linked_by: str
    last_used_at: datetime | None


class PasswordShape(Shape):
    """A password for one sign-in; it is not kept and cannot be shown again."""

    person_id: str
    sign_in_name: str
    password: str
    lapses_at: datetime


class IssuedShape(Shape):
    """A new token; its secret is not kept and cannot be shown again."""

    id: str
    person_id: str
    secret: str


class CalendarShape(Shape):
    """A whole calendar, in both languages; maps are from a day to its holiday's name.

    `closed` are days on which all offices are shut, `closed_for` a department's own, with why.
    """

    version: str
    region: str
    name: dict[str, str] | None
    published: list[int]
    days_off: dict[date, dict[str, str]]
    days_worked: dict[date, dict[str, str]]
    source: str
    closed: dict[date, dict[str, str]] = {}
    closed_for: dict[str, dict[date, dict[str, str]]] = {}


class FindingShape(Shape):
    """One thing that is wrong with the record."""

    chain_id: str
    seq: int | None
    kind: str
    detail: str


class VerificationShape(Shape):
    """What a check of the record found; `whole` when nothing is wrong."""

    whole: bool
    chain: str | None
    findings: list[FindingShape]


class DenialShape(Shape):
    """An attempt that the policy refused, by opaque ids."""

    id: int
    at: datetime
    actor: str | None
    action: str
    subject: str
    reason: str
