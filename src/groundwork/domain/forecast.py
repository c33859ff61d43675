"""How long a chain will take: the critical path through its steps, before or during its run.

The network is reckoned on a numbered axis of working days: 0 is the day the forecast starts, k the
k-th working day after it. Every step begins on the day on which the last step before it ends, is
handed in complete and accepted that same day, and takes exactly what is promised.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Final, NamedTuple

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import Calendar, local_date, start_of
from groundwork.domain.clock import Clock, due, window
from groundwork.domain.core import chosen_modes
from groundwork.domain.definition import Limit, LimitUnit, Mode, Provenance, Text, Variant
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import RUNNING, SETTLED, Chain, ChainState, Step, StepState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules, predecessors

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


class StepForecast(Frozen):
    """When one step can begin and end, and how long it may be late without moving the finish.

    Dates are local dates. For a settled step they are what really happened, and `slack`, in
    working days, is None; for a step at work the start is. `remark` says what was assumed.
    """

    step: str
    name: Text
    mode: Mode
    state: StepState
    limit: Limit | None
    earliest_start: date
    earliest_finish: date
    latest_start: date
    latest_finish: date
    slack: int | None
    critical: bool
    provisional: bool
    remark: Text | None


class RouteSum(Frozen):
    """The promised working days of a named route in the forecast's variant.

    `published` is the figure that the city published for the standard variant.
    """

    id: str
    name: Text
    steps: tuple[str, ...]
    working_days: int
    published: int


class Forecast(Frozen):
    """When a chain will be done.

    `begins` is the launch of a running chain, else the start asked for; `working_days` (the
    beginning excluded) and `calendar_days` count from there to `finish`, `remaining_working_days`
    from `as_of`. `critical_path` is the unbroken sequence of steps that leads to the finish. Steps
    beside it may be `critical` too, and one on it may have slack that a limit in calendar days
    after it swallows by ending on a working day. Promises that outlive their steps (cures,
    commitments) are not part of it. `provisional` when a year in it has no published calendar.
    """

    variant: Variant
    begins: date
    as_of: date
    finish: date
    working_days: int = Field(ge=0)
    calendar_days: int = Field(ge=0)
    remaining_working_days: int = Field(ge=0)
    provisional: bool
    critical_path: tuple[str, ...]
    steps: tuple[StepForecast, ...]
    routes: tuple[RouteSum, ...]


def forecast(  # noqa: PLR0913 -- the choices of a launch, each by its name
    rules: Rules,
    variant: Variant,
    start: datetime,
    *,
    modes: Mapping[str, Mode] = MappingProxyType({}),
    phases: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    units: Sequence[UnitChoice] = (),
    chain: Chain | None = None,
    unlimited_days: Mapping[str, int] = _NOTHING,
) -> Forecast:
    """When a chain will be done that starts then, or that runs and stands as it does then.

    A running `chain` brings its own modes, phases, units, states and dates: a step at work ends on
    its due date, or today if that is over; one that waits for people begins today. Steps without a
    promised limit take their calendar days from `unlimited_days`, by step or phase, else 0 with a
    remark.
    Raises Rejection (launch_invalid, mode_not_offered, unknown_step) for a choice that there is
    not, and for one that contradicts the running chain.
    """
    if chain is None:
        chosen = chosen_modes(rules, modes, phases, units)
        steps = {key: Step(key=key, mode=mode) for key, mode in chosen.items()}
    elif modes or phases or units or variant is not chain.launch.variant:
        raise Rejection(
            Reason.LAUNCH_INVALID,
            detail_zh="运行中的链条已选定方案、方式、分期和单体。",
            detail_en="a running chain has its variant, modes, phases and units already.",
        )
    else:
        steps = chain.steps
    for key in unlimited_days:
        if key not in steps:
            raise Rejection(Reason.UNKNOWN_STEP, step=key, known=", ".join(steps))
    names = {unit.id: unit.name for unit in (chain.units.values() if chain else units)}
    planner = _Planner(rules, variant, local_date(start), steps, chain, unlimited_days, names)
    return planner.forecast()


def promised(rules: Rules, chain: Chain) -> date:
    """The day on which the chain would be done had every step taken what is promised since launch.

    Reckoned as a forecast made at the launch for the chain's steps and modes: units that were added
    since count from the start, those that were dropped do not.
    """
    steps = {
        key: Step(key=key, mode=step.mode)
        for key, step in chain.steps.items()
        if step.state is not StepState.DROPPED
    }
    names = {unit.id: unit.name for unit in chain.units.values()}
    launched = local_date(chain.launched_at)
    planner = _Planner(rules, chain.launch.variant, launched, steps, None, _NOTHING, names)
    return planner.glance().finish


class Glance(NamedTuple):
    """Of a forecast only when the chain will be done, and what leads there; see `Forecast`."""

    finish: date
    remaining_working_days: int
    provisional: bool
    critical_path: tuple[str, ...]


def glance(rules: Rules, chain: Chain, at: datetime) -> Glance:
    """What `forecast` says of a chain's finish, for a fraction of its work."""
    names = {unit.id: unit.name for unit in chain.units.values()}
    variant, today = chain.launch.variant, local_date(at)
    return _Planner(rules, variant, today, chain.steps, chain, _NOTHING, names).glance()


class _Axis:
    """The numbered working days; a rest day stands where the working day after it does."""

    def __init__(self, origin: date, calendar: Calendar) -> None:
        self._days = [origin]
        self._calendar = calendar

    def day(self, position: int) -> date:
        while len(self._days) <= position:
            self._days.append(self._calendar.next_working_day(self._days[-1]))
        return self._days[position]

    def position(self, day: date) -> int:
        while self._days[-1] < day:
            self.day(len(self._days))
        return bisect_left(self._days, day)


class _Task(NamedTuple):
    """A step still to be done: `ends(start)` is where it ends if it begins at `start`.

    `begun` is when it really began, for a step at work; nothing earlier moves it any more.
    """

    ends: Callable[[int], int]
    after: tuple[str, ...]
    limit: Limit | None
    begun: date | None = None
    remark: Text | None = None


class _Begun(NamedTuple):
    """Where a task can begin and end on the axis at the earliest."""

    earliest_start: int
    earliest_finish: int


class _Span(NamedTuple):
    """Where a task can begin and end on the axis, at the earliest and at the latest."""

    earliest_start: int
    earliest_finish: int
    latest_start: int
    latest_finish: int

    @property
    def slack(self) -> int:
        return self.latest_finish - self.earliest_finish


@dataclass(frozen=True)
class _Planner:
    """One forecast in the making."""

    rules: Rules
    variant: Variant
    today: date
    steps: Mapping[str, Step]
    chain: Chain | None
    unlimited_days: Mapping[str, int]
    unit_names: Mapping[str, str]

    @cached_property
    def axis(self) -> _Axis:
        return _Axis(self.today, self.rules.calendar)

    def forecast(self) -> Forecast:
        """Both passes over the network, and what they say."""
        tasks = self._tasks()
        spans = _spans(tasks)
        begins = self._begins
        finish = self._finish(spans)
        calendar = self.rules.calendar
        return Forecast(
            variant=self.variant,
            begins=begins,
            as_of=self.today,
            finish=finish,
            working_days=max(0, calendar.count_working_days(begins, finish)),
            calendar_days=max(0, (finish - begins).days),
            remaining_working_days=max((s.earliest_finish for s in spans.values()), default=0),
            provisional=self._is_provisional(finish),
            critical_path=_critical_path(tasks, spans),
            steps=tuple(
                self._planned(step, tasks[key], spans[key]) if key in tasks else self._past(step)
                for key, step in self.steps.items()
            ),
            routes=tuple(self._routes()),
        )

    def glance(self) -> Glance:
        """The pass forward alone."""
        tasks = self._tasks()
        spans = _earliest(tasks)
        finish = self._finish(spans)
        remaining = max((span.earliest_finish for span in spans.values()), default=0)
        path = _critical_path(tasks, spans)
        return Glance(finish, remaining, self._is_provisional(finish), path)

    def _tasks(self) -> dict[str, _Task]:
        return {key: self._task(step) for key, step in self.steps.items() if self._is_open(step)}

    @property
    def _begins(self) -> date:
        return local_date(self.chain.launched_at) if self.chain else self.today

    def _is_provisional(self, finish: date) -> bool:
        """Whether a year on the way to the finish has no published calendar."""
        years = range(self._begins.year, finish.year + 1)
        return any(self.rules.calendar.is_provisional(date(year, 1, 1)) for year in years)

    def _is_open(self, step: Step) -> bool:
        ended = self.chain is not None and self.chain.state is not ChainState.RUNNING
        return not ended and step.state not in SETTLED

    def _task(self, step: Step) -> _Task:
        """What a step still takes, from its promise and from what has already happened."""
        after = self._awaited(step)
        if step.mode is Mode.EXEMPT and step.state in {StepState.WAITING, StepState.READY}:
            return _Task(lambda start: start, after, None, remark=_EXEMPT)
        at_work = step.state in RUNNING or step.state is StepState.STOPPED
        begun = local_date(step.accepted_at) if at_work and step.accepted_at else None
        if begun is not None and step.clock is not None:
            return self._timed_task(step.key, step.clock, begun)
        limit = self.rules.running_limit(self.rules.step(step.key), self.variant)
        remark = None
        if limit is None:
            limit = _assumed(self.unlimited_days.get(step.key, 0))
            remark = _UNLIMITED if step.key in self.unlimited_days else _UNKNOWN
        ends = partial(self._end_after, step.key, limit)
        if begun is not None:
            end = ends(begun)
            return _Task(lambda _: end, (), limit, begun, remark)
        return _Task(lambda start: ends(self.axis.day(start)), after, limit, None, remark)

    def _timed_task(self, key: str, clock: Clock, begun: date) -> _Task:
        """A step whose clock runs or stands still: it ends when it is due, or today if late."""
        term = due(clock, self.rules.calendar_of(key))
        end = self.axis.position(term.on)
        remark = None
        if term.on < self.today:
            remark = _OVERDUE
        elif term.projected:
            remark = _PROJECTED
        return _Task(lambda _: end, (), clock.limit, begun, remark)

    def _awaited(self, step: Step) -> tuple[str, ...]:
        """The open steps that this one has to wait for; one that is ready waits for none."""
        if step.state is not StepState.WAITING:
            return ()
        keys = frozenset(self.steps)
        before = predecessors(self.rules.definition, step.key, self.variant, keys)
        return tuple(key for key in before if self._is_open(self.steps[key]))

    def _end_after(self, key: str, limit: Limit, begin: date) -> int:
        """Where a limit ends that starts on a day; hours are taken to start with the day."""
        calendar = self.rules.calendar_of(key)
        plain = limit.unit is LimitUnit.WORKING_DAYS and not limit.counts_first_day
        plain = plain and calendar is self.rules.calendar
        if plain and begin >= self.today:
            return self.axis.position(begin) + limit.amount
        return self.axis.position(window(start_of(begin), limit, calendar).on)

    def _finish(self, spans: Mapping[str, _Begun | _Span]) -> date:
        if spans:
            return self.axis.day(max(span.earliest_finish for span in spans.values()))
        if self.chain is not None and self.chain.finished_at is not None:
            return local_date(self.chain.finished_at)
        return max(self._past(step).earliest_finish for step in self.steps.values())

    def _planned(self, step: Step, task: _Task, span: _Span) -> StepForecast:
        finish = self.axis.day(span.earliest_finish)
        return StepForecast(
            step=step.key,
            name=self._name(step.key),
            mode=step.mode,
            state=step.state,
            limit=task.limit,
            earliest_start=task.begun or self.axis.day(span.earliest_start),
            earliest_finish=finish,
            latest_start=task.begun or self.axis.day(span.latest_start),
            latest_finish=self.axis.day(span.latest_finish),
            slack=span.slack,
            critical=span.slack == 0,
            provisional=self.rules.calendar.is_provisional(finish),
            remark=task.remark,
        )

    def _name(self, key: str) -> Text:
        """What a step is called, with its unit where it is taken for one."""
        definition = self.rules.step(key)
        unit = self.unit_names.get(key.partition(".")[2]) if definition.per_unit else None
        if unit is None:
            return definition.name
        return Text(zh=f"{definition.name.zh} · {unit}", en=f"{definition.name.en} · {unit}")

    def _past(self, step: Step) -> StepForecast:
        """A step that is settled, or ended with its chain, on its real dates."""
        moments = [step.ready_at, step.received_at, step.decision.at if step.decision else None]
        known = [local_date(moment) for moment in moments if moment is not None]
        if not known:
            known = [local_date(self.chain.launched_at) if self.chain else self.today]
        begun, ended = known[-2:][0], known[-1]
        return StepForecast(
            step=step.key,
            name=self._name(step.key),
            mode=step.mode,
            state=step.state,
            limit=step.clock.limit if step.clock else None,
            earliest_start=begun,
            earliest_finish=ended,
            latest_start=begun,
            latest_finish=ended,
            slack=None,
            critical=False,
            provisional=False,
            remark=_RECHECK if step.state is StepState.RECHECK else None,
        )

    def _routes(self) -> Iterator[RouteSum]:
        for route in self.rules.definition.routes:
            limits = [
                self.rules.running_limit(self.rules.step(key), self.variant) for key in route.steps
            ]
            yield RouteSum(
                id=route.id,
                name=route.name,
                steps=route.steps,
                working_days=sum(
                    limit.amount
                    for limit in limits
                    if limit is not None and limit.unit is LimitUnit.WORKING_DAYS
                ),
                published=route.working_days,
            )


def _spans(tasks: Mapping[str, _Task]) -> dict[str, _Span]:
    """The forward and the backward pass (critical path method).

    Limits in calendar days make a task's length depend on where it begins, so the latest start is
    the last one that still ends in time; `ends` never falls, so it can be found by halving.
    """
    earliest = _earliest(tasks)
    last = max((span.earliest_finish for span in earliest.values()), default=0)
    latest_finish = dict.fromkeys(tasks, last)
    spans = {}
    for key in reversed(earliest):
        task, ends_by = tasks[key], latest_finish[key]
        start = begins_by = earliest[key].earliest_start
        if task.begun is None:
            possible = range(start, ends_by + 1)
            begins_by += bisect_right(possible, ends_by, key=task.ends) - 1
        for before in task.after:
            latest_finish[before] = min(latest_finish[before], begins_by)
        spans[key] = _Span(start, earliest[key].earliest_finish, begins_by, ends_by)
    return {key: spans[key] for key in tasks}


def _earliest(tasks: Mapping[str, _Task]) -> dict[str, _Begun]:
    """The forward pass alone, each task behind those it waits for."""
    spans: dict[str, _Begun] = {}
    for key in TopologicalSorter({k: task.after for k, task in tasks.items()}).static_order():
        after = (spans[before].earliest_finish for before in tasks[key].after)
        start = max(after, default=0)
        spans[key] = _Begun(start, tasks[key].ends(start))
    return spans


def _critical_path(
    tasks: Mapping[str, _Task], spans: Mapping[str, _Begun | _Span]
) -> tuple[str, ...]:
    """The sequence of tasks that leads to the finish, each beginning when the one before ends."""
    awaited = {before for task in tasks.values() for before in task.after}
    candidates = tuple(key for key in tasks if key not in awaited)
    path: list[str] = []
    while candidates:
        # The last to end; of several, the one that takes longest itself.
        key = max(candidates, key=lambda k: (spans[k].earliest_finish, -spans[k].earliest_start))
        path.append(key)
        candidates = tasks[key].after
    return tuple(reversed(path))


def _assumed(days: int) -> Limit:
    return Limit(
        amount=days, unit=LimitUnit.CALENDAR_DAYS, provenance=Provenance.DEFAULT, source="P"
    )


_EXEMPT: Final = Text(zh="已豁免，不占时间。", en="Exempt: takes no time.")
_UNLIMITED: Final = Text(
    zh="没有承诺时限，按所填自然日推算。", en="No promised limit: the calendar days given count."
)
_UNKNOWN: Final = Text(
    zh="没有承诺时限，也未填天数，按 0 天推算。",
    en="No promised limit and no days given: taken as 0 days.",
)
_OVERDUE: Final = Text(
    zh="已超过到期日，按今日办结推算。", en="Overdue: taken to be decided today."
)
_PROJECTED: Final = Text(
    zh="计时暂停中，按计划恢复日推算。", en="Its clock is stopped: taken to resume as planned."
)
_RECHECK: Final = Text(
    zh="复核中，后续环节可继续办理。", en="In re-check; later steps may build on it meanwhile."
)
