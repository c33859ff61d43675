"""The form of what a chain says about promises, joint acceptance, units and gates."""

from typing import Annotated

from pydantic import Field

from groundwork.catalogue.written_basics import (
    Amount,
    AnyCondition,
    AnyConsequence,
    AnyLimit,
    Slug,
    StepId,
    Words,
    Written,
    WrittenText,
)


class WrittenNotice(Written):
    """What the applicant is told before signing a step's commitment · 告知书"""

    conditions: list[WrittenText] = Field(
        min_length=1, description="What has to be so · 应当具备的条件"
    )
    checks: list[WrittenText] = Field(min_length=1, description="How it is checked · 核查方式")
    basis: Words = Field(description="A tag of `sources`, or the source itself · 依据")
    limit: AnyLimit | None = Field(
        None, description="By when it is kept; none: the longest cure · 履行期限"
    )


class WrittenConsequences(Written):
    """What each breach does to the decision · 各类违诺的后果"""

    false_commitment: AnyConsequence = Field(description="What was said is untrue · 虚假承诺")
    overdue_commitment: AnyConsequence = Field(description="Not kept in time · 逾期未履行")
    non_conforming_commitment: AnyConsequence = Field(
        description="Kept otherwise than promised · 履行不符合承诺"
    )


class WrittenPromises(Written):
    """What holds for every commitment and deficiency of the chain · 承诺与容缺的规则"""

    undertakings: list[WrittenText] = Field(
        min_length=1, description="What every letter undertakes · 承诺书的承诺事项"
    )
    undertakings_source: Words
    reminders: list[Amount] = Field(
        [], description="Days before the last one, falling: [10, 3, 0] · 到期前几天提醒"
    )
    reminders_source: Words
    verification: AnyLimit = Field(description="Verified within, once due · 到期后核查期限")
    officers: Annotated[int, Field(ge=1, le=10)] = Field(
        description="How many verify on site · 现场核查人数"
    )
    officers_source: Words
    publication: AnyLimit = Field(
        description="Unreported when it is over: broken and published · 逾期多久公示"
    )
    consequences: WrittenConsequences
    consequences_source: Words


class WrittenVisit(Written):
    """Who must be on site together · 联合踏勘人员"""

    officers: Annotated[int, Field(ge=1, le=10)] = Field(
        description="How many of the lead department visit · 牵头部门到场人数"
    )
    source: Words


class WrittenJoint(Written):
    """The limits of joint acceptance and other consultations · 联合验收与会商的时限"""

    reply: AnyLimit = Field(description="Silence until then is no objection · 反馈意见期限")
    reinspection: AnyLimit = Field(description="After what was put right · 复验期限")
    silence_source: Words = Field(description="Why silence counts so · 缺席默认的依据")
    visit: WrittenVisit | None = Field(
        None, description="Who visits the site; none: no names are asked for · 踏勘人员"
    )


class WrittenUnits(Written):
    """What is accepted one by one, and how many there may be · 单体"""

    name: WrittenText
    most: Annotated[int, Field(ge=1, le=999)]
    source: Words


class WrittenCondition(Written):
    """One thing that must be so before a gate opens · 准许条件"""

    id: Slug
    name: WrittenText
    kind: AnyCondition
    step: StepId | None = Field(None, description="kind step: it must have passed · 须通过的环节")
    holder: Slug | None = Field(
        None, description="kind equipment: the department that registers it · 登记部门"
    )
    source: Words


class WrittenGate(Written):
    """What is allowed to a unit once all conditions are met · 准许门"""

    id: Slug
    name: WrittenText
    permits: WrittenText = Field(description="What it allows, and only that · 准许的事项")
    conditions: list[WrittenCondition] = Field(min_length=1)
    closes_chain: bool = Field(
        False, description="The chain ends only once it is open for every unit · 全部打开方可办结"
    )
