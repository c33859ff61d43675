"""How figures of effect are written in their file."""

from typing import Annotated

from pydantic import Field

from groundwork.catalogue.written import WrittenSource
from groundwork.catalogue.written_basics import (
    ROUTE,
    VERSION,
    AnyUnit,
    Slug,
    StepId,
    Tag,
    Words,
    Written,
    WrittenText,
)
from groundwork.domain.kpis import Measure, Whose

AnyMeasure = Annotated[Measure, Field(strict=False)]
AnyWhose = Annotated[Whose, Field(strict=False)]
Days = Annotated[int, Field(ge=0, le=9999)]


class WrittenReference(Written):
    """A figure to compare with · 对照值"""

    amount: Days
    up_to: Days | None = Field(None, description="The end of a range · 区间上限")
    reported: bool = Field(False, description="Shown, never compared · 仅列示，不作比较")
    source: Words = Field(description="A tag of `sources` · 依据代号")
    note: WrittenText | None = None


class WrittenKpi(Written):
    """One figure · 一项指标"""

    id: Slug
    name: WrittenText
    what: WrittenText = Field(description="What is measured, from which event to which · 口径")
    measure: AnyMeasure
    unit: AnyUnit | None = Field(None, description="None for shares and counts · 计量单位")
    whose: AnyWhose = Field(description="Whose time · 计谁的时间")
    definition: Slug | None = Field(None, description="Only chains of this definition · 所属链条")
    route: Annotated[str, Field(pattern=ROUTE)] | None = None
    until: StepId | None = Field(None, description="The step whose decision ends it · 止于哪个环节")
    baseline: WrittenReference | None = None
    target: WrittenReference | None = None
    reported: WrittenReference | None = None


class WrittenSmallSample(Written):
    """Samples smaller than this are shown with a remark · 样本偏少的界限"""

    below: Annotated[int, Field(ge=1, le=1000)]
    source: Words


class WrittenKpiFile(Written):
    """A file of figures of effect · 效能指标"""

    id: Slug
    version: Annotated[str, Field(pattern=VERSION)]
    sources: dict[Tag, WrittenSource] = Field({})
    small_sample: WrittenSmallSample
    figures: list[WrittenKpi] = Field(min_length=1)
