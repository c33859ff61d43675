"""The form in which a chain is written: what a file may say, short forms included.

The JSON Schema for editors is generated from these classes, so an editor and the loader accept the
same files. `resolve` turns what is written into the domain's definition.
"""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from groundwork.catalogue.mistakes import FieldPath
from groundwork.catalogue.source import Located
from groundwork.domain.definition import (
    LimitUnit,
    Mode,
    Provenance,
    StopReason,
    Trigger,
    Unanswered,
    Variant,
)

UNITS: Final = {
    "wd": LimitUnit.WORKING_DAYS,
    "工作日": LimitUnit.WORKING_DAYS,
    "cd": LimitUnit.CALENDAR_DAYS,
    "自然日": LimitUnit.CALENDAR_DAYS,
    "日历天": LimitUnit.CALENDAR_DAYS,
    "h": LimitUnit.HOURS,
    "小时": LimitUnit.HOURS,
    "mo": LimitUnit.MONTHS,
    "月": LimitUnit.MONTHS,
}
"""Units as they may be written after an amount; the Chinese ones may carry 个 before them."""

SLUG: Final = "^[a-z][a-z0-9-]*$"
STEP: Final = "^[A-Za-z][A-Za-z0-9-]*$"
PHASE: Final = "^[A-Za-z0-9]+$"
STEP_OR_PHASE: Final = r"^[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9]+)?$"
ROUTE: Final = "^[a-z][a-z0-9_-]*$"
VERSION: Final = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"
WORKFLOW: Final = "^[A-Z][A-Za-z0-9]*$"
TAG: Final = "^[A-Z][A-Za-z0-9-]*$"
LADDER: Final = r"^[a-z][a-z0-9-]*-[0-9]+\.[0-9]+\.[0-9]+$"
SHORT_LIMIT: Final = f"^[0-9]{{1,4}} *个?({'|'.join(UNITS)})( +[A-Z][A-Za-z0-9-]*)?$"

SHORT_LIMIT_PARTS: Final = re.compile(
    f"([0-9]{{1,4}}) *个?({'|'.join(UNITS)})(?: +([A-Z][A-Za-z0-9-]*))?"
)

Words = Annotated[str, Field(min_length=1, max_length=500)]
Slug = Annotated[str, Field(pattern=SLUG, max_length=60)]
StepId = Annotated[str, Field(pattern=STEP, max_length=20)]
Tag = Annotated[str, Field(pattern=TAG, max_length=20)]
Amount = Annotated[int, Field(ge=0, le=9999)]
ShortLimit = Annotated[str, Field(pattern=SHORT_LIMIT)]

# YAML holds the names of these, not the members: strictness would ask for the members.
AnyUnit = Annotated[LimitUnit, Field(strict=False)]
AnyProvenance = Annotated[Provenance, Field(strict=False)]
AnyMode = Annotated[Mode, Field(strict=False)]
AnyStop = Annotated[StopReason, Field(strict=False)]
AnyTrigger = Annotated[Trigger, Field(strict=False)]
AnyUnanswered = Annotated[Unanswered, Field(strict=False)]
AnyVariant = Annotated[Variant, Field(strict=False)]


class Written(BaseModel):
    """A piece of a file. It refuses unknown fields and, if a mapping, knows where it stands."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    _path: FieldPath | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _remember_place(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        piece = handler(data)
        if isinstance(data, Located):
            piece._path = data.path
        return piece

    def path_or(self, otherwise: FieldPath) -> FieldPath:
        """Where the piece stands, or `otherwise` when it was written in a short form."""
        return otherwise if self._path is None else self._path


class WrittenText(Written):
    """A name in both languages · 中英文名称"""

    zh: Words
    en: Words


def _long_limit(value: Any) -> Any:
    if isinstance(value, str):
        return {"limit": value}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"amount": value}
    return value


class WrittenLimit(Written):
    """A figure of time · 时限

    Short: `10` (working days), `10 wd`, `60 cd XK42` (with a tag of `sources`). Long: as below,
    with either `limit` in the short form or `amount` and `unit`.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["limit"]}, {"required": ["amount"]}]}
    )

    limit: ShortLimit | None = None
    amount: Amount | None = None
    unit: AnyUnit | None = None
    counts_first_day: bool = False
    provenance: AnyProvenance | None = None
    source: Words | None = Field(None, description="A tag of `sources`, or the source itself")
    note: WrittenText | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.limit is None) == (self.amount is None):
            raise PydanticCustomError("limit_form", "either limit or amount")
        if self.limit is not None and self.unit is not None:
            raise PydanticCustomError("limit_unit", "unit goes with amount")
        if self.tag is not None and self.source is not None:
            raise PydanticCustomError("limit_source", "one source only")
        return self

    @property
    def figure(self) -> tuple[int, LimitUnit]:
        """Amount and unit, whichever form they were written in."""
        if self.limit is None:
            return self.amount or 0, self.unit or LimitUnit.WORKING_DAYS
        amount, unit = _parts(self.limit)[:2]
        return int(amount), UNITS[unit]

    @property
    def tag(self) -> str | None:
        """The source tag of the short form, if it has one."""
        return None if self.limit is None else _parts(self.limit)[2]


def _parts(limit: str) -> tuple[str, str, str | None]:
    match = SHORT_LIMIT_PARTS.fullmatch(limit)
    assert match is not None, "the field's pattern has matched before"
    return match[1], match[2], match[3]


class WrittenStatutory(WrittenLimit):
    """A figure that the law sets · 法定时限"""

    at_least: bool = Field(False, description="A minimum · 最短期限")
    part: WrittenText | None = Field(None, description="The piece it measures · 所限的部分")
    case: WrittenText | None = Field(None, description="When it holds · 适用情形")


AnyLimit = Annotated[
    WrittenLimit,
    BeforeValidator(_long_limit, json_schema_input_type=Amount | ShortLimit | WrittenLimit),
]
AnyStatutory = Annotated[
    WrittenStatutory,
    BeforeValidator(_long_limit, json_schema_input_type=Amount | ShortLimit | WrittenStatutory),
]


class WrittenPromise(Written):
    """What the city promises per variant · 承诺时限。Leave a variant out: no limit."""

    standard: AnyLimit | None = None
    fast: AnyLimit | None = None


class WrittenEdge(Written):
    """A dependency of some variants only · 仅部分方案适用的前置环节"""

    step: Annotated[str, Field(pattern=STEP_OR_PHASE, max_length=40)]
    variants: list[AnyVariant] = Field([Variant.STANDARD, Variant.FAST], min_length=1)


class WrittenExemption(Written):
    """When the step is not needed · 豁免情形"""

    when: WrittenText
    source: Words | None = Field(None, description="A tag of `sources`, or the source itself")


class WrittenMaterial(Written):
    """A document that the applicant hands in · 材料。`cure` lets it follow later · 可容缺"""

    id: Slug
    name: WrittenText
    cure: AnyLimit | None = None


class WrittenPhase(Written):
    """A part of the step licensed on its own · 分阶段办理的一段"""

    id: Annotated[str, Field(pattern=PHASE, max_length=10)]
    name: WrittenText


def _promise_of_both(value: Any) -> Any:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return {"standard": value, "fast": value}
    return value


def _list_of_limits(value: Any) -> Any:
    return [value] if isinstance(value, str | int | dict) else value


def _long_edge(value: Any) -> Any:
    return {"step": value} if isinstance(value, str) else value


AnyPromise = Annotated[
    WrittenPromise,
    BeforeValidator(_promise_of_both, json_schema_input_type=Amount | ShortLimit | WrittenPromise),
]
Statutory = Annotated[
    list[AnyStatutory],
    BeforeValidator(
        _list_of_limits,
        json_schema_input_type=Amount | ShortLimit | WrittenStatutory | list[AnyStatutory],
    ),
]
AnyEdge = Annotated[
    WrittenEdge,
    BeforeValidator(
        _long_edge,
        json_schema_input_type=Annotated[str, Field(pattern=STEP_OR_PHASE)] | WrittenEdge,
    ),
]


class WrittenStep(Written):
    """One step · 事项"""

    id: StepId
    name: WrittenText
    stage: Slug
    lead: Slug = Field(description="Lead department · 牵头部门")
    consulted: list[Slug] = Field([], description="Consulted departments · 协同部门")
    after: list[AnyEdge] = Field([], description="Steps that come before · 前置环节")
    statutory: Statutory = Field([], description="Statutory limits · 法定时限")
    promised: AnyPromise | None = Field(None, description="Promised limits · 承诺时限")
    modes: list[AnyMode] = Field(min_length=1, description="How it may be handled · 办理方式")
    exemption: WrittenExemption | None = None
    materials: list[WrittenMaterial] = []
    stops: list[AnyStop] = Field([], description="Why the clock may stop · 暂停计时的事由")
    extension: AnyLimit | None = Field(None, description="How far it may be extended · 可延长")
    output: WrittenText = Field(description="What comes out · 办理结果")
    pre_review: bool = Field(False, description="Runs before land is won, without effect · 预审")
    conversion_gate: bool = Field(False, description="Pre-reviews convert here · 转正门")
    applicant_owned: bool = Field(False, description="The enterprise's own step · 企业自行办理")
    ex_officio: bool = Field(False, description="Begins without an application · 依职权启动")
    never_tolerable: bool = Field(False, description="A red line: nothing may lack · 不得容缺")
    phases: list[WrittenPhase] = []


class WrittenDepartment(Written):
    """An office · 部门"""

    id: Slug
    name: WrittenText
    short: WrittenText


class WrittenStage(Written):
    """A group of steps with a lead department · 阶段"""

    id: Slug
    name: WrittenText
    lead: Slug


class WrittenRoute(Written):
    """Steps whose promised standard limits add up to a published figure · 用时口径"""

    id: Annotated[str, Field(pattern=ROUTE, max_length=60)]
    name: WrittenText
    steps: list[StepId] = Field(min_length=1)
    working_days: Amount
    source: Words


class WrittenWindows(Written):
    """Limits that hold for every step · 通用时限"""

    acceptance: AnyLimit
    commitment_verification: AnyLimit
    rectification: AnyLimit
    max_tolerated_materials: Annotated[int, Field(ge=0, le=99)]
    max_tolerated_source: Words
    cure_extension_percent: Annotated[int, Field(ge=0, le=100)]
    cure_extension_source: Words


class WrittenRung(Written):
    """One level of the escalation ladder · 督办的一级"""

    level: Annotated[int, Field(ge=1, le=99)]
    id: Annotated[str, Field(pattern=ROUTE, max_length=60)]
    name: WrittenText
    light: Literal["yellow", "red"]
    trigger: AnyTrigger
    share: Annotated[int, Field(ge=1, le=100)] | None = None
    days_left: Amount | None = None
    days_past_due: Amount | None = None
    hours_past_due: Amount | None = Field(None, description="Running hours · 超期小时数")
    recipients: list[Words] = Field(min_length=1, description="Roles · 接收人角色")
    answer_within: AnyLimit | None = None
    unanswered: AnyUnanswered | None = Field(
        None, description="What follows without an answer · 逾期未答复：记明或即升一级"
    )
    appeal_within: AnyLimit | None = Field(None, description="Term of an appeal · 申诉期限")
    supervision_order: bool = False
    human_decides: bool = False
    source: Words


class WrittenSource(Written):
    """Where figures come from: its text, and whose word it is · 依据"""

    text: Words
    provenance: AnyProvenance


class WrittenDefaults(Written):
    """What holds where a figure says nothing else · 默认值"""

    promised: Tag | None = Field(None, description="Source tag of promised limits")
    cure: Tag | None = Field(None, description="Source tag of cure limits")
    exemption: Tag | None = Field(None, description="Source tag of exemptions")
    extension: AnyLimit | None = Field(None, description="Extension of every step")


class WrittenLadder(Written):
    """A ladder file · 督办阶梯"""

    id: Slug
    version: Annotated[str, Field(pattern=VERSION)]
    sources: dict[Tag, WrittenSource] = {}
    rungs: list[WrittenRung] = Field(min_length=1)


class WrittenLadderUse(Written):
    """The ladder of a chain: a ladder file by name, or its rungs. Internal form of both."""

    file: Annotated[str, Field(pattern=LADDER, max_length=80)] | None = None
    rungs: list[WrittenRung] | None = Field(None, min_length=1)


def _ladder_use(value: Any) -> Any:
    if isinstance(value, str):
        return {"file": value}
    if isinstance(value, list):
        return {"rungs": value}
    # A mapping is neither: let the type be refused rather than our internal field names shown.
    return None if isinstance(value, dict) else value


AnyLadder = Annotated[
    WrittenLadderUse,
    BeforeValidator(
        _ladder_use,
        json_schema_input_type=Annotated[str, Field(pattern=LADDER)]
        | Annotated[list[WrittenRung], Field(min_length=1)],
    ),
]


LadderName = Annotated[str, Field(pattern=LADDER, max_length=80)]


class WrittenLadders(Written):
    """Ladder files that some steps or departments climb instead · 个别环节、部门的督办阶梯"""

    steps: dict[StepId, LadderName] = {}
    departments: dict[Slug, LadderName] = {}


class WrittenChain(Written):
    """A chain file · 链条"""

    id: Slug
    version: Annotated[str, Field(pattern=VERSION)]
    name: WrittenText
    workflow_type: Annotated[str, Field(pattern=WORKFLOW, max_length=60)]
    ladder: AnyLadder = Field(description="A ladder file's name, or the rungs · 督办阶梯")
    ladders: WrittenLadders = WrittenLadders()
    sources: dict[Tag, WrittenSource] = {}
    defaults: WrittenDefaults = WrittenDefaults()
    windows: WrittenWindows
    departments: list[WrittenDepartment] = Field(min_length=1)
    stages: list[WrittenStage] = Field(min_length=1)
    steps: list[WrittenStep] = Field(min_length=1)
    routes: list[WrittenRoute] = []
