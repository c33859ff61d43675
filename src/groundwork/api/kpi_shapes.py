"""What figures of effect look like."""

from datetime import date, datetime

from groundwork.api.shapes import Shape
from groundwork.domain.definition import LimitUnit, Provenance, Variant
from groundwork.domain.kpis import Measure, Whose
from groundwork.domain.model import Light


class SummaryShape(Shape):
    """How many cases there were, and what came of them.

    Of times: median, P90 (nearest rank: values that occurred), shortest, longest, and how many
    were `within` the target. Of the others: how many cases hit, in percent too.
    """

    n: int
    small: bool
    median: int | None = None
    p90: int | None = None
    shortest: int | None = None
    longest: int | None = None
    within: int | None = None
    hits: int | None = None
    percent: float | None = None


class GroupShape(SummaryShape):
    """The same for one department, step, level, variant or month, with its name."""

    id: str
    name: str


class ValueShape(Shape):
    """A length of time, and how many cases took that long."""

    value: int
    number: int


class ReferenceShape(Shape):
    """A figure to compare with, where it comes from, and what must be known of it."""

    amount: int
    up_to: int | None
    reported: bool
    provenance: Provenance
    source: str
    note: str | None


class KpiShape(Shape):
    """One figure; `values` says how its times are spread, of the shortest first.

    `compression` is by how many percent of the baseline the median is shorter,
    `promised_compression` the same of the target.
    """

    id: str
    name: str
    what: str
    measure: Measure
    unit: LimitUnit | None
    whose: Whose
    definition: str | None
    route: str | None
    until: str | None
    baseline: ReferenceShape | None
    target: ReferenceShape | None
    reported: ReferenceShape | None
    summary: SummaryShape
    compression: float | None
    promised_compression: float | None
    remark: str | None
    values: list[ValueShape]
    months: list[GroupShape]
    departments: list[GroupShape]
    steps: list[GroupShape]
    levels: list[GroupShape]
    variants: list[GroupShape]
    cases: str


class KpisShape(Shape):
    """The figures of a period; `running` chains are counted in none as finished."""

    as_of: datetime
    since: date
    until: date
    department: str | None
    book: str
    small_sample: int
    running: int
    figures: list[KpiShape]


class CaseShape(Shape):
    """A case behind a figure: what it is, when it began and ended, and what it measured.

    `item` is the key of a step or the id of an escalation, deficiency or commitment; empty for a
    whole chain. `value` is a time in the figure's unit, `hit` whether a counted case hit.
    """

    chain_id: str
    item: str
    definition: str
    variant: Variant
    district: str
    department: str | None
    department_name: str | None
    step: str | None
    step_name: str | None
    level: int | None
    began: date | None
    due: date | None
    ended: date
    value: int | None
    stopped: int
    hit: bool
    project_code: str
    project_name: str
    enterprise: str


class DepartmentLightsShape(Shape):
    """A department's open steps by their lights."""

    department: str
    name: str
    lights: dict[Light, int]
    total: int


class LightsShape(Shape):
    """How many open steps each department has, by their lights, at a moment."""

    as_of: datetime
    departments: list[DepartmentLightsShape]
    total: dict[Light, int]
