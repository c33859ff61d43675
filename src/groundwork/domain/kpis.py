"""Figures of effect (效能): what is measured, against what, and how many values become one.

A figure's definition is data (`catalogue/kpi/`). Only what is over is measured: a case that still
runs has no duration yet. Percentiles are by nearest rank, so that each is a value that occurred.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.definition import LimitUnit, Provenance, Text


class Measure(StrEnum):
    """What a figure is made of; `docs/kpi.md` says from which event to which."""

    ROUTE_TIME = "route_time"
    SPAN = "span"
    CHAIN_TIME = "chain_time"
    STEP_TIME = "step_time"
    STEP_STOPPED = "step_stopped"
    ON_TIME = "on_time"
    CORRECTIONS = "corrections"
    ESCALATIONS = "escalations"
    CURES = "cures"
    COMMITMENTS = "commitments"


WHOLE_CHAIN: Final = frozenset({Measure.ROUTE_TIME, Measure.SPAN, Measure.CHAIN_TIME})
"""Measures of whole chains: they belong to no single department."""

TIMES: Final = WHOLE_CHAIN | {Measure.STEP_TIME, Measure.STEP_STOPPED}
"""Measures whose values are lengths of time; the others count how many cases hit."""


class Whose(StrEnum):
    """Whose time a figure holds."""

    DEPARTMENT = "department"
    APPLICANT = "applicant"
    TOTAL = "total"


class Reference(Frozen):
    """A figure to compare with, in the unit of the figure it stands at.

    `up_to` is given where the source names a range; what is compared is then the lower end. A
    figure that is `reported` only is shown, but nothing is drawn from it.
    """

    amount: int = Field(ge=0)
    up_to: int | None = None
    reported: bool = False
    provenance: Provenance
    source: str = Field(min_length=1)
    note: Text | None = None


class Kpi(Frozen):
    """The definition of one figure.

    `unit` is None for shares and counts. `route` and `until` (a step) belong to a `definition`,
    whose chains alone are measured; without one all chains are.
    """

    id: str
    name: Text
    what: Text
    measure: Measure
    unit: LimitUnit | None = None
    whose: Whose
    definition: str | None = None
    route: str | None = None
    until: str | None = None
    baseline: Reference | None = None
    target: Reference | None = None
    reported: Reference | None = None


class KpiBook(Frozen):
    """A version of the figures. Samples smaller than `small_sample` are shown with a remark."""

    id: str
    version: str
    small_sample: int = Field(ge=1)
    small_sample_source: str = Field(min_length=1)
    figures: tuple[Kpi, ...] = Field(min_length=1)

    def find(self, kpi: str) -> Kpi | None:
        """The figure of that id."""
        return next((one for one in self.figures if one.id == kpi), None)


class Times(NamedTuple):
    """How long something took: `within` of the `n` took no longer than the target, if any."""

    n: int
    median: int | None
    p90: int | None
    shortest: int | None
    longest: int | None
    within: int | None = None


class Share(NamedTuple):
    """How many of the cases hit."""

    n: int
    hits: int

    @property
    def percent(self) -> float | None:
        """The share in percent, to one decimal; None of nothing."""
        return round(100 * self.hits / self.n, 1) if self.n else None


def nearest_rank(counts: Mapping[int, int], percent: int) -> int | None:
    """The smallest value that at least so many percent (1 to 100) of the values do not exceed.

    `counts` says how often each value occurs; None when none does.
    """
    rank, reached = -(-sum(counts.values()) * percent // 100), 0
    for value in sorted(counts):
        reached += counts[value]
        if reached >= rank and counts[value]:
            return value
    return None


def times(counts: Mapping[int, int], target: Reference | None = None) -> Times:
    """The statistics of lengths of time, given how often each occurs."""
    occurring = [value for value, count in counts.items() if count]
    limit = target.amount if target is not None else None
    return Times(
        n=sum(counts.values()),
        median=nearest_rank(counts, 50),
        p90=nearest_rank(counts, 90),
        shortest=min(occurring, default=None),
        longest=max(occurring, default=None),
        within=None
        if limit is None
        else sum(count for value, count in counts.items() if value <= limit),
    )


def compression(baseline: Reference | None, amount: int | None) -> float | None:
    """By how many percent of the baseline an amount is shorter, to one decimal.

    Negative when it is longer; None where there is nothing to compare.
    """
    if baseline is None or baseline.reported or not baseline.amount or amount is None:
        return None
    return round(100 * (baseline.amount - amount) / baseline.amount, 1)
