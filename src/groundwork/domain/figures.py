"""Words and figures of time that every definition is written in.

A figure never stands alone: it says what it counts, how sure it is and where it comes from.
"""

from datetime import time
from enum import StrEnum

from pydantic import Field

from groundwork.domain.base import Frozen


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


class Text(Frozen):
    """A name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class CutOff(Frozen):
    """The local time at which business closes, where a limit ends with business hours."""

    at: time
    provenance: Provenance
    source: str = Field(min_length=1)


class Limit(Frozen):
    """A figure of time with its unit, provenance and source.

    A limit in days is over at 24:00 of its last day or, with a `cut_off`, when business closes on
    it; and it ends on a working day unless it does not roll forward (Civil Code art. 203). Neither
    is written out where it is as usual, so that older definitions and events keep their content.
    """

    amount: int = Field(ge=0)
    unit: LimitUnit = LimitUnit.WORKING_DAYS
    counts_first_day: bool = False
    rolls_forward: bool = Field(default=True, exclude_if=bool)
    cut_off: CutOff | None = Field(default=None, exclude_if=lambda cut_off: cut_off is None)
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
