"""The form in which the park is written; docs/demonstration.md explains it."""

from typing import Annotated, Any

from pydantic import Field

from groundwork.catalogue.written_basics import (
    AnyKind,
    AnyMode,
    AnySeverity,
    AnyVariant,
    Slug,
    StepId,
    Words,
    Written,
    WrittenText,
)
from groundwork.domain.definition import Variant
from groundwork.rehearsal.form import StepKey, UnitId
from groundwork.rehearsal.typical import Habits


class WrittenRecord(Written):
    """A credit record that the enterprise has · 信用记录"""

    kind: AnyKind
    severity: AnySeverity
    days_ago: Annotated[int, Field(ge=1, le=3650)]
    document: Words


class WrittenChain(Written):
    """A chain of a project: the usual course, what differs, and where today lies · 链条

    `without` are actions of the usual course that nobody takes, such as `decide L17`; `* L17` are
    all of a step. `actions` are written as in a rehearsal's script.
    """

    chain: Slug
    variant: AnyVariant = Variant.STANDARD
    today: Words
    habits: dict[str, int] = Field(default_factory=dict)
    modes: dict[StepKey, AnyMode] = Field(default_factory=dict)
    phases: dict[StepId, list[Words]] = Field(default_factory=dict)
    units: dict[UnitId, Words] = Field(default_factory=dict)
    without: list[Words] = Field(default_factory=list)
    actions: list[dict[str, Any]] = Field(default_factory=list)

    def usual(self) -> Habits:
        """How people act where nothing else is written."""
        return Habits.model_validate(self.habits)


class WrittenParkProject(Written):
    """A project of the park · 项目

    `serial` ends its project code, which begins with the month of its launch.
    """

    serial: Annotated[int, Field(ge=1, le=999_999)]
    name: WrittenText
    enterprise: Words
    uscc: Words
    credit: list[WrittenRecord] = Field(default_factory=list)
    chains: list[WrittenChain] = Field(default_factory=list, max_length=2)


class WrittenPark(Written):
    """The whole park · 演示园区"""

    projects: list[WrittenParkProject] = Field(min_length=1)
