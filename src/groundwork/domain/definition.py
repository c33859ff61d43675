"""What a chain is made of: steps, limits, materials, modes and the escalation ladder.

A definition is data, written once per version in `catalogue/` and pinned by every chain that runs
on it. Nothing here knows of a particular chain; every figure says where it comes from.
"""

from enum import StrEnum
from functools import cached_property

from pydantic import Field

from groundwork.domain.base import Frozen


class Variant(StrEnum):
    """Which promise the city makes for the whole chain."""

    STANDARD = "standard"
    FAST = "fast"


class LimitUnit(StrEnum):
    """What a limit counts. Months occur in statutes only; no clock runs on them."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"
    MONTHS = "months"


class Provenance(StrEnum):
    """How sure a figure is, and whose word it is."""

    STATUTORY = "statutory"
    PROMISED = "promised"
    DEFAULT = "default"


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


class Text(Frozen):
    """A name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Limit(Frozen):
    """A figure of time with its unit, provenance and source."""

    amount: int = Field(ge=0)
    unit: LimitUnit = LimitUnit.WORKING_DAYS
    counts_first_day: bool = False
    provenance: Provenance
    source: str = Field(min_length=1)
    note: Text | None = None


class StatutoryLimit(Limit):
    """A figure that the law sets for a step.

    Not every such figure is the step's deadline: `part` names the piece of the step that it
    measures, `case` the circumstance in which it holds, and `at_least` marks a minimum.
    """

    at_least: bool = False
    part: Text | None = None
    case: Text | None = None

    @property
    def binds_whole_step(self) -> bool:
        """Whether the law wants the whole step decided within this limit."""
        return self.part is None and not self.at_least


class Department(Frozen):
    """An office that leads or is consulted on steps."""

    id: str
    name: Text
    short: Text


class Material(Frozen):
    """A document an applicant hands in.

    `cure` says that the material may be lacking at acceptance, and within what limit it must then
    follow; None means that it may never be lacking.
    """

    id: str
    name: Text
    cure: Limit | None = None


class Exemption(Frozen):
    """The circumstance in which a step is not needed."""

    when: Text
    source: str = Field(min_length=1)


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
    a later edit says.
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


class ChainDefinition(Frozen):
    """A whole chain, immutable per version; chains pin it by id, version and content hash."""

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

    @cached_property
    def _steps(self) -> dict[str, StepDefinition]:
        return {step.id: step for step in self.steps}

    @cached_property
    def _departments(self) -> dict[str, Department]:
        return {department.id: department for department in self.departments}

    def step(self, step_id: str) -> StepDefinition:
        """The definition of a step; a phase (`L20.A`) answers with its step's definition.

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
