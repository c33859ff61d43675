"""What reckonings look like: why a date, when a chain will be done."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from groundwork.api.chain_shapes import ExtensionShape, LimitShape, SplitShape
from groundwork.api.shapes import Shape
from groundwork.domain.clock import DayMark
from groundwork.domain.definition import LimitUnit, Mode, StopReason, Variant
from groundwork.domain.explain import NoDateReason, WindowKind
from groundwork.domain.model import StepState
from groundwork.domain.stops import Court
from groundwork.domain.terms import TermKind


class LedgerDayShape(Shape):
    """One day in a reckoning; `court` says whose time a stopped day is."""

    day: date
    mark: DayMark
    number: int | None
    note: str
    provisional: bool
    court: Court | None = None


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


class DayRuleShape(Shape):
    """Why days of one mark count or not, and by which source; without a mark: how it ends."""

    mark: DayMark | None
    text: str
    source: str


class ToldStopShape(Shape):
    """A stop of the clock: why, by whom, until when, and whose time it takes."""

    reason: StopReason
    name: str
    court: Court
    court_source: str
    basis: str
    approver: str
    notice: str
    since: datetime
    planned_end: date
    until: datetime | None
    prolonged: bool
    ended_by_itself: bool


class TermShape(Shape):
    """A term besides a step's own limit; `closes` is the first instant that is too late."""

    kind: TermKind
    subject: str
    step: str
    name: str
    state: str
    limit: LimitShape
    extended: bool
    began: datetime | None
    closes_on: date
    closes: datetime
    provisional: bool
    due: DueShape | None
    rules: list[DayRuleShape]


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
    stops: list[ToldStopShape]
    rules: list[DayRuleShape]


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
