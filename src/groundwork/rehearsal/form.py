"""The form in which a script is written; docs/rehearsal.md explains it."""

from typing import Annotated, Any

from pydantic import Field

from groundwork.catalogue.written import (
    STEP_OR_PHASE,
    VERSION,
    AnyMode,
    AnyVariant,
    Slug,
    StepId,
    Words,
    Written,
    WrittenText,
)
from groundwork.domain.definition import Variant

StepKey = Annotated[str, Field(pattern=STEP_OR_PHASE, max_length=40)]
UnitId = Annotated[str, Field(pattern="^[A-Z0-9]{1,10}$")]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=60)]


class WrittenProject(Written):
    """Whose chain it is · 项目"""

    name: WrittenText
    code: Words = Field(description="Project code · 项目代码")
    uscc: Words = Field(description="Unified social credit code · 统一社会信用代码")


class WrittenMilestone(Written):
    """A moment people speak of · 里程碑"""

    name: WrittenText
    when: Words


class WrittenSpan(Written):
    """The calendar days between two milestones · 间隔"""

    name: WrittenText
    between: list[Name] = Field(min_length=2, max_length=2)


class WrittenReported(Written):
    """A figure published about the case, shown and never asserted · 公布口径"""

    days: Annotated[int, Field(ge=0)]
    source: WrittenText


class WrittenScript(Written):
    """A script · 剧本"""

    chain: Slug
    version: Annotated[str, Field(pattern=VERSION)] | None = None
    variant: AnyVariant = Variant.STANDARD
    start: Words
    until: Words | None = None
    project: WrittenProject
    account: WrittenText | None = None
    modes: dict[StepKey, AnyMode] = Field(default_factory=dict)
    phases: dict[StepId, list[Words]] = Field(default_factory=dict)
    units: dict[UnitId, Words] = Field(default_factory=dict)
    milestones: dict[Name, WrittenMilestone] = Field(default_factory=dict)
    spans: dict[Name, WrittenSpan] = Field(default_factory=dict)
    reported: WrittenReported | None = None
    steps: dict[StepKey, Annotated[list[Words], Field(min_length=2, max_length=3)]] = Field(
        default_factory=dict
    )
    actions: list[dict[str, Any]] = Field(default_factory=list)
