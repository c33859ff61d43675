"""What a chain is made of: steps, limits, materials, modes and the escalation ladder.

A definition is data, written once per version in `catalogue/` and pinned by every chain that runs
on it. Nothing here knows of a particular chain; every figure says where it comes from.
"""

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field

from groundwork.domain.base import UNLESS_NONE, Frozen
from groundwork.domain.credit import CreditKind, Severity
from groundwork.domain.figures import *


class Variant(StrEnum):
    """Which promise the city makes for the whole chain."""

    STANDARD = "standard"
    FAST = "fast"


class Mode(StrEnum):
    """How a step may be handled (办理方式)."""

    STANDARD = "standard"
    COMMITMENT = "commitment"
    DEFICIENCY_TOLERANT = "deficiency_tolerant"
    EXEMPT = "exempt"


class StopReason(StrEnum):
    """Why a clock may stop (特别程序 and the applicant's own time)."""

    HEARING = "hearing"
    LISTING = "listing"
    INSPECTION = "inspection"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert_review"
    PUBLICITY = "publicity"
    CORRECTION = "correction"
    RECTIFICATION = "rectification"
    DESIGN_CHANGE = "design_change"
    PAYMENT = "payment"
    SUPERIOR_APPROVAL = "superior_approval"
    EXTERNAL_WORKS = "external_works"
    FORCE_MAJEURE = "force_majeure"


class Department(Frozen):
    """An office that leads or is consulted on steps."""

    id: str
    name: Text
    short: Text


class Material(Frozen):
    """A document an applicant hands in.

    `cure` says that the material may be lacking at acceptance, and within what limit it must then
    follow; None means that it may never be lacking. `output_of` names the step, of this chain or
    of the one it follows (`land-to-construction/L20`), whose result the material is.
    """

    id: str
    name: Text
    cure: Limit | None = None
    output_of: str | None = None


class Exemption(Frozen):
    """The circumstance in which a step is not needed."""

    when: Text
    source: str = Field(min_length=1)


class BreachKind(StrEnum):
    """How a commitment was broken (违诺)."""

    FALSE = "false"
    OVERDUE = "overdue"
    NON_CONFORMING = "non_conforming"


class Consequence(StrEnum):
    """What a breach does to the decision that was given on the commitment."""

    RECHECK = "recheck"
    ANNUL = "annul"


class CommitmentNotice(Frozen):
    """What the applicant is told before signing a step's commitment (告知书).

    Item, materials and deadline follow from the step itself; these are the conditions to be met,
    how it will be checked, and on which law all of it stands.
    """

    conditions: tuple[Text, ...] = Field(min_length=1)
    checks: tuple[Text, ...] = Field(min_length=1)
    basis: str = Field(min_length=1)
    limit: Limit | None = None


class PromiseTerms(Frozen):
    """What holds for every commitment and deficiency of a chain, from notice to consequence.

    `reminders` are days before a promise is due. A commitment whose day has passed is verified
    within `verification` by `officers` people; one that nobody reported as kept is broken once
    `publication` is over, and then published. `consequences` say what a breach does to the
    decision.
    """

    undertakings: tuple[Text, ...] = Field(min_length=1)
    undertakings_source: str = Field(min_length=1)
    reminders: tuple[int, ...] = ()
    reminders_source: str = Field(min_length=1)
    verification: Limit
    officers: int = Field(ge=1)
    officers_source: str = Field(min_length=1)
    publication: Limit
    consequences: dict[BreachKind, Consequence]
    consequences_source: str = Field(min_length=1)


class VisitTerms(Frozen):
    """How many officers of the lead department a joint site visit takes, and where that stands."""

    officers: int = Field(ge=1)
    source: str = Field(min_length=1)


class JointTerms(Frozen):
    """The limits of joint acceptance and of every other consultation between departments.

    Silence until `reply` is over is no objection: of an internal opinion only, as `silence_source`
    says; no licence is ever granted by it. Without `visit`, a site visit is recorded without names.
    """

    reply: Limit
    reinspection: Limit
    silence_source: str = Field(min_length=1)
    visit: Annotated[VisitTerms | None, UNLESS_NONE] = None


class UnitTerms(Frozen):
    """What a chain's units are called, and how many there may be."""

    name: Text
    most: int = Field(ge=1)
    source: str = Field(min_length=1)


class ConditionKind(StrEnum):
    """What a condition of a gate looks at."""

    STEP = "step"
    EQUIPMENT = "equipment"
    RED_LINE = "red_line"


class GateCondition(Frozen):
    """One thing that must be so before a gate opens.

    `step` is the step that must have passed, of the unit where it fans out; `holder` the
    department that registers equipment. A red-line condition looks at every step on a red line.
    """

    id: str
    name: Text
    kind: ConditionKind
    step: str | None = None
    holder: str | None = None
    source: str = Field(min_length=1)


class Gate(Frozen):
    """What is allowed to a unit, and when: derived from conditions, never set by anybody.

    `permits` says what an open gate allows, and only that. A chain is not complete before every
    gate that `closes_chain` stands open for every unit.
    """

    id: str
    name: Text
    permits: Text
    conditions: tuple[GateCondition, ...] = Field(min_length=1)
    closes_chain: bool = False


class Phase(Frozen):
    """A part of a step that is licensed on its own and runs on its own clock."""

    id: str
    name: Text


class Edge(Frozen):
    """A dependency, on all variants or on some.

    `step` may name a phase (`L20.A`): that phase where the chain runs in phases, else the step.
    """

    step: str
    variants: tuple[Variant, ...] = (Variant.STANDARD, Variant.FAST)


class StepDefinition(Frozen):
    """One step of a chain (事项).

    `never_tolerable` marks a red line: no material of the step may ever be lacking, whatever
    a later edit says. `per_unit` spreads the step over the chain's units; `confirms_units` marks
    the decision that names them. In a `joint` step the departments consulted give opinions after
    one joint site visit. `settles_cures` marks the step that passes by itself once nothing that
    was tolerated in its unit is open.
    """

    id: str
    name: Text
    stage: str
    lead: str
    consulted: tuple[str, ...] = ()
    after: tuple[Edge, ...] = ()
    statutory: tuple[StatutoryLimit, ...] = ()
    promised: dict[Variant, Limit] = Field(default_factory=dict)
    modes: tuple[Mode, ...]
    exemption: Exemption | None = None
    materials: tuple[Material, ...] = ()
    stops: tuple[StopReason, ...] = ()
    extension: Limit
    output: Text
    pre_review: bool = False
    conversion_gate: bool = False
    applicant_owned: bool = False
    ex_officio: bool = False
    never_tolerable: bool = False
    phases: tuple[Phase, ...] = ()
    per_unit: bool = False
    confirms_units: bool = False
    joint: bool = False
    settles_cures: bool = False
    commitment: CommitmentNotice | None = None

    def material(self, material_id: str) -> Material | None:
        """The material of that id, or None."""
        return next((m for m in self.materials if m.id == material_id), None)


class Stage(Frozen):
    """A group of steps with a lead department."""

    id: str
    name: Text
    lead: str


class Route(Frozen):
    """A named sequence of steps whose promised limits add up to a published figure."""

    id: str
    name: Text
    steps: tuple[str, ...]
    working_days: int
    source: str


class Windows(Frozen):
    """The limits that hold for every step of a chain."""

    acceptance: Limit
    commitment_verification: Limit
    rectification: Limit
    max_tolerated_materials: int = Field(ge=0)
    max_tolerated_source: str
    cure_extension_percent: int = Field(ge=0, le=100)
    cure_extension_source: str
    close_of_business: CutOff | None = Field(
        default=None, exclude_if=lambda cut_off: cut_off is None
    )


class Trigger(StrEnum):
    """What a rung of the ladder waits for."""

    SHARE_USED = "share_used"
    PAST_DUE = "past_due"


class Unanswered(StrEnum):
    """What follows when a card's answer is not there in time."""

    MARK = "mark"
    NEXT = "next"


class Rung(Frozen):
    """One level of the escalation ladder.

    `share` is the part of the limit used up, in percent, or `days_left` whole working days left,
    whichever comes first; `days_past_due` are whole working days after the due date (0: the moment
    the due date is over), `hours_past_due` running hours after the instant at which it is over.

    `unanswered` says what follows when nobody answered within `answer_within`: the card is marked,
    or the next rung is reached at once. `appeal_within` is how long the department may appeal the
    card (申诉); None means that it may not.
    """

    level: int = Field(ge=1)
    id: str
    name: Text
    light: str
    trigger: Trigger
    share: int | None = None
    days_left: int | None = None
    days_past_due: int | None = None
    hours_past_due: int | None = None
    recipients: tuple[str, ...]
    answer_within: Limit | None = None
    unanswered: Unanswered | None = None
    appeal_within: Limit | None = None
    supervision_order: bool = False
    human_decides: bool = False
    source: str


class OtherLadder(Frozen):
    """A ladder that some steps, or all steps that some departments lead, climb instead."""

    id: str
    steps: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    rungs: tuple[Rung, ...]


class CreditTerms(Frozen):
    """How long bad credit of one severity counts, in months from the deciding document.

    Once `minimum` is over it may be repaired; with `maximum` it ends by itself.
    """

    minimum: Limit
    maximum: Limit


class CreditBar(Frozen):
    """Which counting records bar from something: by severity or by kind."""

    severities: tuple[Severity, ...] = ()
    kinds: tuple[CreditKind, ...] = ()
    source: str = Field(min_length=1)


class EligibilityLoss(Frozen):
    """For how many months after a breach of these kinds nobody may commit again."""

    kinds: tuple[CreditKind, ...]
    months: Limit


class BreachSeverity(Frozen):
    """How grave the record of a breach is."""

    severity: Severity
    source: str = Field(min_length=1)


class CreditPolicy(Frozen):
    """What credit means for commitments and tolerance (信用奖惩).

    It is complete: it knows every severity, and every breach that a chain can find.
    `third_parties` are firms whose papers the enterprise relies on; what bars them bars from both.
    """

    terms: dict[Severity, CreditTerms]
    breaches: dict[CreditKind, BreachSeverity]
    commitment: CreditBar
    tolerance: CreditBar
    third_parties: CreditBar
    loss: EligibilityLoss


class ChainDefinition(Frozen):
    """A whole chain, immutable per version; chains pin it by id, version and content hash.

    `follows` names the chain that usually comes before it in the same project. Chains whose
    definition has no `promises`, `joint`, `units` or `gates` run without them.
    """

    id: str
    version: str
    name: Text
    workflow_type: str
    departments: tuple[Department, ...]
    stages: tuple[Stage, ...]
    steps: tuple[StepDefinition, ...]
    routes: tuple[Route, ...] = ()
    windows: Windows
    ladder: tuple[Rung, ...]
    ladders: tuple[OtherLadder, ...] = ()
    follows: str | None = None
    promises: PromiseTerms | None = None
    joint: JointTerms | None = None
    units: UnitTerms | None = None
    gates: tuple[Gate, ...] = ()
    credit: CreditPolicy | None = None

    @cached_property
    def _steps(self) -> dict[str, StepDefinition]:
        return {step.id: step for step in self.steps}

    @cached_property
    def _departments(self) -> dict[str, Department]:
        return {department.id: department for department in self.departments}

    def step(self, step_id: str) -> StepDefinition:
        """The definition of a step; that of a phase or unit (`L20.A`, `C08.B1`) is its step's.

        Raises KeyError when the chain has no such step.
        """
        return self._steps[step_id.partition(".")[0]]

    def department(self, department_id: str) -> Department:
        """The department of that id. Raises KeyError when the chain names no such department."""
        return self._departments[department_id]

    @cached_property
    def _ladders(self) -> dict[str, tuple[Rung, ...]]:
        by_department = {one: other.rungs for other in self.ladders for one in other.departments}
        by_step = {one: other.rungs for other in self.ladders for one in other.steps}
        led = {step.id: by_department.get(step.lead, self.ladder) for step in self.steps}
        return led | by_step

    def ladder_of(self, step_id: str) -> tuple[Rung, ...]:
        """The ladder that a step or phase climbs: its own, else its lead's, else the chain's."""
        return self._ladders[step_id.partition(".")[0]]

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Every rung that some step can reach, the chain's own ladder first."""
        return (*self.ladder, *(rung for other in self.ladders for rung in other.rungs))
