"""The form in which a chain is written: what a file may say, short forms included.

The JSON Schema for editors is generated from these classes, so an editor and the loader accept the
same files. `resolve` turns what is written into the domain's definition.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from groundwork.catalogue.written_basics import (
    CREDIT,
    LADDER,
    OUTPUT,
    PHASE,
    ROUTE,
    STEP_OR_PHASE,
    VERSION,
    WORKFLOW,
    Amount,
    AnyCutOff,
    AnyKind,
    AnyLimit,
    AnyMode,
    AnyProvenance,
    AnySeverity,
    AnyStatutory,
    AnyStop,
    AnyTrigger,
    AnyUnanswered,
    AnyVariant,
    ShortLimit,
    Slug,
    StepId,
    Tag,
    Words,
    Written,
    WrittenStatutory,
    WrittenText,
)
from groundwork.catalogue.written_promises import (
    WrittenGate,
    WrittenJoint,
    WrittenNotice,
    WrittenPromises,
    WrittenUnits,
)
from groundwork.domain.definition import Variant


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
    output_of: Annotated[str, Field(pattern=OUTPUT, max_length=80)] | None = Field(
        None,
        description="The step whose result it is: C06, or land-to-construction/L20 of the chain "
        "that this one follows · 由哪一环节办出",
    )


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
    materials: list[WrittenMaterial] = Field([])
    stops: list[AnyStop] = Field([], description="Why the clock may stop · 暂停计时的事由")
    extension: AnyLimit | None = Field(None, description="How far it may be extended · 可延长")
    output: WrittenText = Field(description="What comes out · 办理结果")
    pre_review: bool = Field(False, description="Runs before land is won, without effect · 预审")
    conversion_gate: bool = Field(False, description="Pre-reviews convert here · 转正门")
    applicant_owned: bool = Field(False, description="The enterprise's own step · 企业自行办理")
    ex_officio: bool = Field(False, description="Begins without an application · 依职权启动")
    never_tolerable: bool = Field(False, description="A red line: nothing may lack · 不得容缺")
    phases: list[WrittenPhase] = Field([])
    per_unit: bool = Field(False, description="Once for each unit · 按单体分别办理")
    confirms_units: bool = Field(False, description="Its decision names the units · 确认单体划分")
    joint: bool = Field(False, description="One site visit, one summary · 联合踏勘、汇总意见")
    settles_cures: bool = Field(
        False, description="Passes by itself once nothing tolerated is open · 容缺补齐后自动办结"
    )
    commitment: WrittenNotice | None = Field(
        None, description="What is told before a commitment is signed · 告知承诺的告知书"
    )


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
    close_of_business: AnyCutOff | None = None


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
    sources: dict[Tag, WrittenSource] = Field({})
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


class WrittenTerms(Written):
    """How long bad credit counts, in months · 失信信息的最短、最长期限（月）"""

    minimum: AnyLimit = Field(description="Before it may be repaired · 满此期限方可修复")
    maximum: AnyLimit = Field(description="After which it ends by itself · 满此期限自动终止")


class WrittenSeverities(Written):
    """The terms of each severity · 各等级的期限"""

    minor: WrittenTerms
    general: WrittenTerms
    serious: WrittenTerms


class WrittenBreach(Written):
    """How grave the record of a breach is · 违诺记入信用的等级"""

    severity: AnySeverity
    source: Words


class WrittenBreaches(Written):
    """What each breach is recorded as · 各类违诺的等级"""

    false_commitment: WrittenBreach
    overdue_commitment: WrittenBreach
    non_conforming_commitment: WrittenBreach
    lapsed_deficiency: WrittenBreach
    failed_report: WrittenBreach


class WrittenBar(Written):
    """Which records bar, while they count · 有哪些记录的不得办理"""

    severities: list[AnySeverity] = Field([])
    kinds: list[AnyKind] = Field([])
    source: Words


class WrittenLoss(Written):
    """How long a breach bars from commitments · 违诺后多久不得再承诺"""

    kinds: list[AnyKind] = Field(min_length=1)
    months: AnyLimit


class WrittenCredit(Written):
    """What credit means for commitments and tolerance · 信用奖惩"""

    terms: WrittenSeverities
    breaches: WrittenBreaches
    commitment: WrittenBar
    tolerance: WrittenBar
    third_parties: WrittenBar = Field(description="Firms relied on · 所依据材料的编制机构")
    loss: WrittenLoss


class WrittenCreditFile(Written):
    """A credit policy file · 信用规则"""

    id: Slug
    version: Annotated[str, Field(pattern=VERSION)]
    sources: dict[Tag, WrittenSource] = Field({})
    credit: WrittenCredit


AnyCredit = Annotated[str, Field(pattern=CREDIT, max_length=80)] | WrittenCredit
LadderName = Annotated[str, Field(pattern=LADDER, max_length=80)]


class WrittenLadders(Written):
    """Ladder files that some steps or departments climb instead · 个别环节、部门的督办阶梯"""

    steps: dict[StepId, LadderName] = Field({})
    departments: dict[Slug, LadderName] = Field({})


class WrittenChain(Written):
    """A chain file · 链条"""

    id: Slug
    version: Annotated[str, Field(pattern=VERSION)]
    name: WrittenText
    workflow_type: Annotated[str, Field(pattern=WORKFLOW, max_length=60)]
    ladder: AnyLadder = Field(description="A ladder file's name, or the rungs · 督办阶梯")
    sources: dict[Tag, WrittenSource] = Field({})
    ladders: WrittenLadders = WrittenLadders()
    defaults: WrittenDefaults = WrittenDefaults()
    windows: WrittenWindows
    credit: AnyCredit | None = Field(
        None,
        description="A credit file's name, or the policy; none: credit is not asked · 信用规则",
    )
    follows: Slug | None = Field(
        None, description="The chain that usually comes before · 通常接在哪条链条之后"
    )
    promises: WrittenPromises | None = Field(
        None, description="From notice to consequence; none: signing is enough · 承诺与容缺的规则"
    )
    joint: WrittenJoint | None = Field(
        None, description="Limits of consultation; none: nobody is consulted · 会商与联合验收的时限"
    )
    units: WrittenUnits | None = Field(
        None, description="What is accepted one by one; none: no units · 单体"
    )
    gates: list[WrittenGate] = Field([], description="What is allowed to a unit · 准许门")
    departments: list[WrittenDepartment] = Field(min_length=1)
    stages: list[WrittenStage] = Field(min_length=1)
    steps: list[WrittenStep] = Field(min_length=1)
    routes: list[WrittenRoute] = Field([])
