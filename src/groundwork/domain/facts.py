"""Facts that a chain holds about its units, opinions and credit."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from groundwork.domain.base import UNLESS_EMPTY, UNLESS_NONE, Frozen
from groundwork.domain.credit import CreditGrade, CreditPurpose, CreditReport
from groundwork.domain.definition import Text


class UnitState(StrEnum):
    """Whether a unit is still part of its chain."""

    ACTIVE = "active"
    MERGED = "merged"
    DROPPED = "dropped"


class Unit(Frozen):
    """A building or other part of the project that is accepted and used on its own (单位工程).

    `equipment` is the number under which its special equipment is registered, and
    `without_equipment` says that it has none. `open_gates` are the gates that stand open for it.
    """

    id: str
    name: str
    state: UnitState = UnitState.ACTIVE
    into: str | None = None
    equipment: str | None = None
    without_equipment: bool = False
    open_gates: frozenset[str] = frozenset()

    @property
    def active(self) -> bool:
        """Whether the unit is still to be accepted, or was."""
        return self.state is UnitState.ACTIVE


class UnitChoice(Frozen):
    """A unit as it is named at the launch or when it is added."""

    id: str
    name: str


class OpinionKind(StrEnum):
    """What a department says when it is consulted (会商意见)."""

    AGREE = "agree"
    AGREE_WITH_CONDITIONS = "agree_with_conditions"
    DISAGREE = "disagree"
    NO_OBJECTION = "no_objection"


class Opinion(Frozen):
    """A department's opinion; `no_objection` is how its silence counts."""

    department: str
    kind: OpinionKind
    text: str = ""
    at: datetime


class Consultation(Frozen):
    """One round of asking the departments consulted on a step, and the joint site visit.

    `reply_before` is the first instant at which a reply is too late; `visited_by` are the officers
    who were on site.
    """

    round: int
    departments: tuple[str, ...]
    opened_at: datetime
    reply_on: date
    reply_before: datetime
    provisional: bool = False
    opinions: dict[str, Opinion] = Field(default_factory=dict)
    visit_on: date | None = None
    visited_on: date | None = None
    visited_by: Annotated[tuple[str, ...], UNLESS_EMPTY] = ()

    @property
    def pending(self) -> tuple[str, ...]:
        """The departments that have not replied, and whose silence does not count yet."""
        return tuple(one for one in self.departments if one not in self.opinions)

    def unheard(self, moment: datetime) -> tuple[str, ...]:
        """The departments that had not replied at a moment, and whose silence did not count yet.

        Of what has been said since, silence alone is seen: it counts from `reply_before` on.
        """
        counted = {
            one.department for one in self.opinions.values() if moment < self.reply_before <= one.at
        }
        return tuple(one for one in self.departments if one in counted or one in self.pending)

    @property
    def against(self) -> tuple[str, ...]:
        """The departments that disagree."""
        said = self.opinions.values()
        return tuple(one.department for one in said if one.kind is OpinionKind.DISAGREE)


class SiteRectification(Frozen):
    """The one notice of everything to be put right before joint acceptance (整改)."""

    requested_at: datetime
    items: tuple[str, ...]
    due_on: date
    submitted_at: datetime | None = None


class CreditOccasion(StrEnum):
    """On what occasion somebody's credit is looked up."""

    LAUNCH = "launch"
    SIGNING = "signing"
    TOLERANCE = "tolerance"


class CreditCheck(Frozen):
    """A look-up of credit that the chain waits for, or its result.

    `eligible` is None until the source has answered, and False if anything is barred. `grounds`
    say by purpose what stands in the way and how it is repaired. `skipped_at` is when an operator
    gave the look-up up: `eligible` stays None, and the chain waits for it no more.
    """

    id: str
    occasion: CreditOccasion
    subjects: tuple[str, ...]
    asked_at: datetime
    step: str | None = None
    commitment: str | None = None
    eligible: bool | None = None
    grade: CreditGrade | None = None
    grounds: dict[CreditPurpose, tuple[Text, ...]] = Field(default_factory=dict)
    skipped_at: Annotated[datetime | None, UNLESS_NONE] = None

    @property
    def pending(self) -> bool:
        """Whether the chain still waits for the answer."""
        return self.eligible is None and self.skipped_at is None


class CreditFiling(Frozen):
    """A credit record that the chain hands to the source, unless an operator gave that up."""

    report: CreditReport
    due_at: datetime
    filed_at: datetime | None = None
    skipped_at: Annotated[datetime | None, UNLESS_NONE] = None

    @property
    def pending(self) -> bool:
        """Whether the chain still has to hand it in."""
        return self.filed_at is None and self.skipped_at is None
