"""What reckonings look like: why a date, when a chain will be done."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from groundwork.api.chain_shapes import ExtensionShape, LimitShape
from groundwork.api.shapes import Shape
from groundwork.domain.clock import DayMark
from groundwork.domain.definition import LimitUnit, Mode, Variant
from groundwork.domain.explain import NoDateReason, WindowKind
from groundwork.domain.model import StepState


class LedgerDayShape(Shape):
    """One day in a reckoning."""

    day: date
    mark: DayMark
    number: int | None
    note: str
    provisional: bool


class CalendarDueShape(Shape):
    """When a number of working days is over, day by day."""

    calendar: str
    from_day: Annotated[date, Field(alias="from")]
    working_days: int
    due_on: date
    provisional: bool
    ledger: list[LedgerDayShape]


class DueShape(Shape):
    """When a limit is over; `moment` is the first instant that is too late."""

    on: date
    moment: datetime
    provisional: bool
    projected: bool
    ledger: list[LedgerDayShape]
    budget: int
    unit: LimitUnit


class NoDateShape(Shape):
    """Why there is no due date."""

    reason: NoDateReason
    text: str


class SplitShape(Shape):
    """Whose time was used, in the limit's unit."""

    department_days: int
    stopped_days: int


class LegalLimitShape(LimitShape):
    """A figure that the law sets; `part`, `case` and `at_least` say what it measures."""

    at_least: bool
    part: str | None
    case: str | None


class StatutoryTermShape(Shape):
    """One figure of the law, with the date on which it is over where it has one."""

    limit: LegalLimitShape
    due_on: date | None
    provisional: bool
    projected: bool
    remark: str | None


class WindowShape(Shape):
    """A term that runs on the step besides its own limit."""

    kind: WindowKind
    name: str
    subject: str | None
    closes_on: date
    closes: datetime
    provisional: bool
    due: DueShape | None


class ExplanationShape(Shape):
    """Everything that leads to a step's due date, or to its having none."""

    step: str
    name: str
    state: StepState
    promised: LimitShape | None
    extension: ExtensionShape | None
    accepted_at: datetime | None
    by_silence: bool
    due: DueShape | None
    no_date: NoDateShape | None
    split: SplitShape | None
    left: int | None
    statutory: list[StatutoryTermShape]
    windows: list[WindowShape]


class StepForecastShape(Shape):
    """When one step can begin and end, and how late it may be without moving the finish."""

    step: str
    name: str
    mode: Mode
    state: StepState
    limit: LimitShape | None
    earliest_start: date
    earliest_finish: date
    latest_start: date
    latest_finish: date
    slack: int | None
    critical: bool
    provisional: bool
    remark: str | None


class RouteShape(Shape):
    """The promised working days of a named route, beside the figure that was published."""

    id: str
    name: str
    steps: list[str]
    working_days: int
    published: int


class ForecastShape(Shape):
    """When a chain will be done, and which steps decide it."""

    variant: Variant
    begins: date
    as_of: date
    finish: date
    working_days: int
    calendar_days: int
    remaining_working_days: int
    provisional: bool
    critical_path: list[str]
    steps: list[StepForecastShape]
    routes: list[RouteShape]
