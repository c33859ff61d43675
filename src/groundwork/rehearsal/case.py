"""What a played chain comes to: dates, figures, lights and promises, all reckoned from its events.

Nothing here is typed in: every figure follows from the events, the definition and the calendar.
"""

from datetime import date, datetime

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.clock import Split
from groundwork.domain.credit import CreditKind
from groundwork.domain.definition import (
    BreachKind,
    Limit,
    Mode,
    StatutoryLimit,
    Text,
    Variant,
)
from groundwork.domain.facts import UnitState
from groundwork.domain.model import (
    ChainState,
    CommitmentState,
    DeficiencyState,
    EscalationState,
    Light,
    Role,
    StepState,
    WaitingOn,
)


class LightSpan(Frozen):
    """A stretch of time in which a step showed one light; `until` is None for the last."""

    light: Light
    since: datetime
    until: datetime | None = None


class StepReport(Frozen):
    """One step: its dates, and the days it took against what was promised and what the law sets.

    `working_days` are those of the last attempt, from acceptance (of the enterprise's own steps,
    from the receipt) to decision, stops excluded. `late_by` are working days past the due date.
    `split` says whose time the step took since it could be handed in; None if undecided.
    """

    step: str
    name: Text
    department: Text
    mode: Mode
    state: StepState
    light: Light
    worst_light: Light
    attempts: int
    received_on: date | None
    accepted_on: date | None
    accepted_by_silence: bool
    due_on: date | None
    due_provisional: bool
    decided_on: date | None
    working_days: int | None
    stopped_days: int
    split: Split | None
    extended_by: int
    late_by: int
    promised: Limit | None
    statutory: tuple[StatutoryLimit, ...]
    lights: tuple[LightSpan, ...]


class EscalationReport(Frozen):
    """One rung of the ladder that was reached, and what people did about it."""

    id: str
    step: str
    name: Text
    department: Text
    level: int
    rung: str
    rung_name: Text
    light: Light
    at: datetime
    recipients: tuple[str, ...]
    supervision_order: bool
    human_decides: bool
    state: EscalationState
    answer: str
    answered_at: datetime | None
    answered_by: Role | None


class DeficiencyReport(Frozen):
    """One material that was tolerated missing, and what became of it.

    `confirmed_on` is the day on which the owner of the item confirmed the cure. `consequence` is
    the type of event that a lapse led to: `step_returned` or `recheck_ordered`.
    """

    id: str
    step: str
    unit: str | None
    material: str
    material_name: Text
    opened_on: date
    cure_by: date
    provisional: bool
    state: DeficiencyState
    submitted_at: datetime | None
    on_last_day: bool
    closed_at: datetime | None
    confirmed_on: date | None
    consequence: str | None


class CreditFilingReport(Frozen):
    """A record that a breach put on the credit record, or one that takes such a record back."""

    id: str
    kind: CreditKind
    due_on: date
    filed_on: date | None
    takes_back: bool


class CommitmentReport(Frozen):
    """One commitment, and what became of it. `item` is what was granted on it.

    `consequence` is the type of event that a breach led to: `recheck_ordered`, `step_annulled` or
    `step_returned`. `rectify_since` is the day on which putting faults right was ordered.
    """

    id: str
    item: Text
    step: str
    unit: str | None
    obligations: tuple[str, ...]
    signed_on: date | None
    due_on: date | None
    provisional: bool
    performed_on: date | None
    rectify_since: date | None
    state: CommitmentState
    outcome: CommitmentState | None
    breach: BreachKind | None
    consequence: str | None
    credit: tuple[CreditFilingReport, ...]
    closed_on: date | None


class WaitingReport(Frozen):
    """A step of a unit that is at work or may be handed in, and who has to act."""

    step: str
    name: Text
    state: StepState
    department: Text
    waiting_on: WaitingOn


class UnitReport(Frozen):
    """One unit that is accepted on its own (单体).

    It is accepted on the day of the last decision that the gate to its use hangs on, and in use
    from the day since which that gate stands open. `into` is the unit that it became part of.
    """

    id: str
    name: str
    state: UnitState
    into: str | None
    waits_for: tuple[WaitingReport, ...]
    accepted_on: date | None
    in_use_on: date | None


class MissingCondition(Frozen):
    """A condition at which a gate is shut: why, on which steps, and who holds it."""

    condition: str
    name: Text
    why: Text
    steps: tuple[str, ...]
    holder: str | None
    holder_name: Text | None
    waiting_on: WaitingOn


class GateReport(Frozen):
    """The gate of a unit that must stand open before the chain is done (投产)."""

    gate: str
    name: Text
    unit: str
    unit_name: str
    open: bool
    open_since: datetime | None
    missing: tuple[MissingCondition, ...]


class Entry(Frozen):
    """One line of the timeline. `notable` when it is more than a step taking its usual course."""

    seq: int
    at: datetime
    event: str
    step: str | None
    light: Light | None
    by: Role
    text: Text
    basis: str
    notable: bool


class RefusalReport(Frozen):
    """An action of the script that was refused. `line` is 0 where no file says so."""

    line: int
    at: datetime
    action: str
    by: Role
    reason: str
    text: Text


class UnplayedReport(Frozen):
    """An action of the script whose moment never came."""

    line: int
    action: str


class EngineReport(Frozen):
    """How the chain was played. `agrees`: the engine came to what the pure core had foretold."""

    commands: int
    events: int
    seconds: float
    agrees: bool


class CaseReport(Frozen):
    """A played chain.

    `working_days` are the named routes' sums of promised limits in the chain's variant, and
    `measured_working_days` the same steps as they were played; None while one of them is undecided.
    A chain without named routes has neither, and one without units no `units` and no gates.
    `reported_days` is what was published about the case: shown as reported, and no sum of these
    dates.
    """

    project: str
    project_name: Text
    project_code: str
    account: Text | None
    chain: str
    chain_name: Text
    version: str
    variant: Variant
    status: ChainState
    ending: str
    started_on: date
    finished_on: date | None
    watched_until: datetime
    worst_light: Light
    milestones: dict[str, date | None]
    calendar_days: dict[str, int | None]
    reported_days: int | None
    reported_source: Text | None
    working_days: dict[str, int]
    measured_working_days: dict[str, int | None]
    names: dict[str, Text] = Field(description="Of milestones, spans and routes")
    splits: tuple[Split, ...] = Field(description="Whose time all steps took, by unit")
    units: tuple[UnitReport, ...]
    production_gate: tuple[GateReport, ...]
    steps: tuple[StepReport, ...]
    escalations: tuple[EscalationReport, ...]
    deficiencies: tuple[DeficiencyReport, ...]
    commitments: tuple[CommitmentReport, ...]
    refusals: tuple[RefusalReport, ...]
    unplayed: tuple[UnplayedReport, ...]
    timeline: tuple[Entry, ...]
    engine: EngineReport
