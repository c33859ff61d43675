"""The clock of a step: which days of its limit are used up, and when the limit is over.

Every answer comes from one ledger (`reckon`), which looks at one day after the other and says
whether it counts and why not. Hour limits have no days to look at: they run from instant to
instant (`_instant_after`).

Conventions, with their sources: working days (Administrative Licensing Law art. 82); the day of the
event is excluded unless the limit counts its first day, hours start at once (Civil Code art. 201);
a limit that ends on a rest day ends on the next working day, at 24:00 or, where there are business
hours, when business closes (art. 203); what a special procedure takes is not counted
(Administrative Licensing Law art. 45).

Business hours bound the last day only. What is received after they are over is received on that
day all the same: article 203 speaks of the end of a limit, and article 201 leaves that day out
whatever the hour. But no limit ends before it begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple, Self

from pydantic import AwareDatetime, Field, field_validator

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import (
    HORIZON_DAYS,
    Calendar,
    HorizonError,
    days_after,
    end_of,
    local_date,
    moment_on,
    start_of,
)
from groundwork.domain.definition import Limit, LimitUnit, Text
from groundwork.domain.stops import Court, Stop

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)

_EVENT_DAY = Text(zh="起算事件当日不计入", en="Day of the event, not counted")
_COUNTED_HOURS = Text(zh="按小时计", en="Counted in hours")


class Clock(Frozen):
    """A running limit: its start, its length and everything that moved its end.

    `extended_by` is in the limit's own unit. Raises ValueError (as pydantic's ValidationError) for
    a limit in months, which exists in statutes only.
    """

    started: AwareDatetime
    limit: Limit
    extended_by: int = Field(default=0, ge=0)
    stops: tuple[Stop, ...] = ()

    @field_validator("limit")
    @classmethod
    def _can_be_counted(cls, limit: Limit) -> Limit:
        if limit.unit is LimitUnit.MONTHS:
            raise ValueError("limit: no clock runs in months; give it in days or hours")
        return limit

    @property
    def budget(self) -> int:
        """What may be used up in all, in the limit's unit."""
        return self.limit.amount + self.extended_by

    @property
    def open_stops(self) -> tuple[Stop, ...]:
        """The stops that have not ended."""
        return tuple(stop for stop in self.stops if stop.until is None)

    @property
    def running(self) -> bool:
        """Whether no stop is open."""
        return not self.open_stops

    def with_stop(self, index: int, stop: Stop) -> Self:
        """The clock with one of its stops changed."""
        stops = (*self.stops[:index], stop, *self.stops[index + 1 :])
        return self.model_copy(update={"stops": stops})

    @cached_property
    def _reckoned(self) -> dict[int, "tuple[Calendar, Due]"]:
        # A tick asks every clock of a chain for its due date several times over, so the answer is
        # remembered with the clock: by the calendar's identity, for comparing one takes longer.
        return {}

    def __copy__(self) -> Self:
        """A copy that reckons for itself: `model_copy` may be about to change it."""
        copied = super().__copy__()
        copied.__dict__.pop("_reckoned", None)
        return copied


class DayMark(StrEnum):
    """What a day is to a clock."""

    EVENT_DAY = "event_day"
    COUNTED = "counted"
    REST_DAY = "rest_day"
    STOPPED = "stopped"
    ROLLED = "rolled"


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """One day in the reckoning of a due date: small, for every clock keeps some dozens.

    `number` says which counted day it is; for hour limits, how many hours have begun by its end.
    `note` names the holiday, the weekday or the stop; `court` says whose time a stopped day is.
    """

    day: date
    mark: DayMark
    number: int | None
    note: Text
    provisional: bool
    court: Court | None = None


class Due(Frozen):
    """When a limit is over, and the reckoning that leads there.

    `on` is the legal due date and `moment` the instant at which the limit is over: 24:00 or the
    close of business of that date, or the exact instant of an hour limit. `provisional` when the
    reckoning touches a year whose calendar is not published; `projected` while a stop is open,
    which is then taken to end as planned. `budget` is in `unit`, extensions included.
    """

    on: date
    moment: AwareDatetime
    provisional: bool
    projected: bool
    ledger: tuple[LedgerDay, ...]
    budget: int
    unit: LimitUnit


class Split(Frozen):
    """Whose time was used, in `unit`; a day or hour that has begun counts whole.

    `department_days` are those of the limit that are used up. `stopped_days` are those for which
    the clock stood, each once; of them `applicant_days` and `other_days` say whose they were, the
    stop that began first taking what overlaps. What came before the acceptance is left out unless
    a step is asked for as a whole (`courts.step_split`): there `applicant_days` hold the time to
    hand in and to correct too, and `acceptance_days` what the department took to answer.
    """

    unit: LimitUnit
    department_days: int = 0
    applicant_days: int = 0
    other_days: int = 0
    acceptance_days: int = 0
    stopped_days: int = 0


class _Pause(NamedTuple):
    """A stop in local dates: the days later than `since` and up to `until` are excluded.

    It lasts over the end of the days from `first_end` on and before `next_end`.
    """

    since: date
    until: date
    first_end: date
    next_end: date
    stop: Stop

    def excludes(self, day: date) -> bool:
        return self.since < day <= self.until

    def lasts_beyond(self, day: date) -> bool:
        return self.first_end <= day < self.next_end


def _pauses(clock: Clock) -> tuple[_Pause, ...]:
    return tuple(_pause(clock.limit, stop) for stop in _in_order(clock))


def _pause(limit: Limit, stop: Stop) -> _Pause:
    since, until = local_date(stop.since), _resumed_on(stop)
    if limit.cut_off is None:
        return _Pause(since, until, since, until, stop)
    # After business has closed, a day's end is over: a stop that begins then leaves it alone, and
    # one that ends then has lasted over it.
    first_end = since if stop.since < closing(limit, since) else since + _DAY
    next_end = until if stop.ends <= closing(limit, until) else until + _DAY
    return _Pause(since, until, first_end, next_end, stop)


def closing(limit: Limit, day: date) -> datetime:
    """The instant at which a day is over for a limit: its close of business, or else 24:00."""
    return end_of(day) if limit.cut_off is None else moment_on(day, limit.cut_off.at)


def _resumed_on(stop: Stop) -> date:
    # 24:00 of the planned last day still belongs to that day: a stop that ran its course excludes
    # the same days as were projected while it was open.
    ended_as_planned = stop.ends == end_of(stop.planned_end)
    return stop.planned_end if ended_as_planned else local_date(stop.ends)


def reckon(clock: Clock, calendar: Calendar) -> Iterator[LedgerDay]:
    """Every day from the event on, whether it counts and why not, also beyond the due date.

    For limits in days. Raises HorizonError instead of running on for ever.
    """
    event_day = local_date(clock.started)
    pauses = _pauses(clock)
    only_working_days = clock.limit.unit is LimitUnit.WORKING_DAYS
    number = 0
    for day in days_after(event_day - _DAY):
        counted = court = None
        note = calendar.describe(day).name
        if day == event_day and not clock.limit.counts_first_day:
            mark, note = DayMark.EVENT_DAY, _EVENT_DAY
        elif only_working_days and not calendar.is_working_day(day):
            mark = DayMark.REST_DAY
        elif pause := next((p for p in pauses if p.excludes(day)), None):
            mark, note, court = DayMark.STOPPED, pause.stop.name, pause.stop.court
        else:
            mark, number = DayMark.COUNTED, number + 1
            counted = number
        yield LedgerDay(
            day=day,
            mark=mark,
            number=counted,
            note=note,
            provisional=calendar.is_provisional(day),
            court=court,
        )


def due(clock: Clock, calendar: Calendar) -> Due:
    """When the limit is over, with the ledger that says why.

    A budget of 0 is over with the day of the event. Raises HorizonError for a limit beyond reason.
    """
    known = clock._reckoned.get(id(calendar))
    if known and known[0] is calendar:
        return known[1]
    by_the_hour = clock.limit.unit is LimitUnit.HOURS
    answer = _due_by_the_hour(clock) if by_the_hour else _due_by_the_day(clock, calendar)
    clock._reckoned[id(calendar)] = (calendar, answer)
    return answer


def _due_by_the_day(clock: Clock, calendar: Calendar) -> Due:
    ledger = tuple(_until_due(clock, calendar))
    return Due(
        on=ledger[-1].day,
        moment=closing(clock.limit, ledger[-1].day),
        provisional=any(entry.provisional for entry in ledger),
        projected=not clock.running,
        ledger=ledger,
        budget=clock.budget,
        unit=clock.limit.unit,
    )


def _until_due(clock: Clock, calendar: Calendar) -> Iterator[LedgerDay]:
    """The ledger up to the due date: until the budget is used up and the limit may end."""
    budget, pauses = clock.budget, _pauses(clock)
    used_up = False
    for entry in reckon(clock, calendar):
        last = budget in (entry.number, 0)
        if not used_up and not last:
            yield entry
            continue
        ends = _may_end_on(clock, entry.day, pauses, calendar)
        yield _rolled(entry, ends, pauses, calendar) if used_up else entry
        if ends:
            return
        used_up = True


def _may_end_on(clock: Clock, day: date, pauses: tuple[_Pause, ...], calendar: Calendar) -> bool:
    """Whether a limit can be over with that day: a working day at whose end the clock runs.

    A stop that begins on the last day leaves part of that day unused, so the limit cannot end
    while the stop lasts; it ends with the day of the resumption. A limit that does not roll forward
    may end on a rest day.
    """
    if clock.limit.rolls_forward and not calendar.is_working_day(day):
        return False
    if clock.limit.cut_off is not None and closing(clock.limit, day) <= clock.started:
        return False
    return not any(pause.lasts_beyond(day) for pause in pauses)


def _rolled(
    entry: LedgerDay, ends: bool, pauses: tuple[_Pause, ...], calendar: Calendar
) -> LedgerDay:
    """The entry of a day that comes after the budget is used up, so that it counts no more."""
    mark, note, court = DayMark.ROLLED, calendar.describe(entry.day).name, None
    if not ends and not calendar.is_working_day(entry.day):
        mark = DayMark.REST_DAY
    elif not ends:
        stop = next(p.stop for p in pauses if p.lasts_beyond(entry.day))
        mark, note, court = DayMark.STOPPED, stop.name, stop.court
    return replace(entry, mark=mark, number=None, note=note, court=court)


def used_days(clock: Clock, calendar: Calendar, on: date) -> int:
    """What is used up of the limit by the end of that day, in its unit.

    More than the budget when the limit was over before.
    """
    return consumed(clock, calendar, end_of(on) - _INSTANT).department_days


def left(clock: Clock, calendar: Calendar, on: date) -> int:
    """What is left of the budget at the end of that day, in its unit; never below 0."""
    return max(0, clock.budget - used_days(clock, calendar, on))


def day_numbered(clock: Clock, calendar: Calendar, k: int) -> date:
    """The k-th counted day, or the local date on which the k-th hour ends; the event day for 0."""
    if clock.limit.unit is LimitUnit.HOURS:
        return _last_date(clock, _instant_after(clock, k * _HOUR))
    if k == 0:
        return local_date(clock.started)
    days = due(clock, calendar).ledger if k <= clock.budget else reckon(clock, calendar)
    return next(entry.day for entry in days if entry.number == k)


def days_past_due_on(clock: Clock, calendar: Calendar, k: int) -> date:
    """The k-th working day past the due date, the due date itself for 0.

    Always in working days, whatever the limit's unit. Days at whose end a stop lasts are no days
    past due: lights freeze while the clock stands still.
    """
    due_on = due(clock, calendar).on
    if k == 0:
        return due_on
    pauses = _pauses(clock)
    past = (
        day
        for day in days_after(due_on)
        if calendar.is_working_day(day) and _may_end_on(clock, day, pauses, calendar)
    )
    return next(day for number, day in enumerate(past, start=1) if number == k)


def past_due(clock: Clock, calendar: Calendar, working_days: int) -> datetime:
    """The instant at which so many working days past the due date are over; 0: the limit itself.

    An hour limit counts running hours past due instead.
    """
    if clock.limit.unit is LimitUnit.HOURS:
        return _instant_after(clock, (clock.budget + working_days) * _HOUR)
    return closing(clock.limit, days_past_due_on(clock, calendar, working_days))


def hours_past_due(clock: Clock, calendar: Calendar, hours: int) -> datetime:
    """The instant at which the clock has run so many hours past its limit, whatever its unit."""
    over = due(clock, calendar).moment
    return _instant_after(clock.model_copy(update={"started": over}), hours * _HOUR)


def yellow_from(
    clock: Clock, calendar: Calendar, share: int | None, days_left: int | None
) -> datetime:
    """The instant from which the limit counts as nearly used up; never before the clock started.

    That is the start of the first counted day with which `share` percent of the budget are used or
    no more than `days_left` days remain, whichever comes first; None leaves a condition out. A
    day that has begun counts as used. For an hour limit it is the instant at which `share` percent
    of the hours are used, and `days_left` has no meaning.
    """
    budget = clock.budget
    share = 100 if share is None else share
    if clock.limit.unit is LimitUnit.HOURS:
        return _instant_after(clock, budget * _HOUR * share / 100)
    if budget == 0:
        return clock.started
    by_share = -(-share * budget // 100)  # rounded up, in whole numbers
    by_days_left = budget if days_left is None else budget - days_left
    first = max(1, min(by_share, by_days_left, budget))
    return max(clock.started, start_of(day_numbered(clock, calendar, first)))


def consumed(clock: Clock, calendar: Calendar, at: datetime) -> Split:
    """Whose time was used from the start of the clock up to that moment, in the limit's unit.

    A day or hour that has begun counts whole. Rest days are nobody's.
    """
    unit = clock.limit.unit
    if unit is LimitUnit.HOURS:
        return Split(
            unit=unit,
            department_days=_begun_hours(_ran_until(clock, at)),
            applicant_days=_begun_hours(_stopped_until(clock, at, Court.APPLICANT)),
            other_days=_begun_hours(_stopped_until(clock, at, Court.OTHER)),
            stopped_days=_begun_hours(_stopped_until(clock, at)),
        )
    today, due_on = local_date(at), due(clock, calendar).on
    days = tuple(takewhile(lambda entry: entry.day <= today, reckon(clock, calendar)))
    # The rest days over which a limit in calendar days rolls to its due date are given, not used.
    used = sum(e.number is not None and (e.number <= clock.budget or e.day > due_on) for e in days)
    return Split(
        unit=unit,
        department_days=used,
        applicant_days=sum(e.court is Court.APPLICANT for e in days),
        other_days=sum(e.court is Court.OTHER for e in days),
        stopped_days=sum(e.mark is DayMark.STOPPED for e in days),
    )


def window(started: datetime, limit: Limit, calendar: Calendar) -> Due:
    """When a limit that knows no stops is over: acceptance windows, cure terms, answers."""
    return due(Clock(started=started, limit=limit), calendar)


def _due_by_the_hour(clock: Clock) -> Due:
    moment = _instant_after(clock, clock.budget * _HOUR)
    on = _last_date(clock, moment)
    days = takewhile(lambda day: day <= on, days_after(local_date(clock.started) - _DAY))
    return Due(
        on=on,
        moment=moment,
        provisional=False,
        projected=not clock.running,
        ledger=tuple(_hours_of(clock, day, moment) for day in days),
        budget=clock.budget,
        unit=clock.limit.unit,
    )


def _hours_of(clock: Clock, day: date, due_at: datetime) -> LedgerDay:
    """The ledger entry of a day on which an hour limit runs or stands still."""
    begin, end = max(start_of(day), clock.started), min(end_of(day), due_at)
    ran = _ran_until(clock, end)
    stop = None
    if ran == _ran_until(clock, begin):
        stop = next((s for s in _in_order(clock) if s.since < end and begin < s.ends), None)
    return LedgerDay(
        day=day,
        mark=DayMark.STOPPED if stop else DayMark.COUNTED,
        number=None if stop else _begun_hours(ran),
        note=stop.name if stop else _COUNTED_HOURS,
        provisional=False,
        court=stop.court if stop else None,
    )


def _in_order(clock: Clock) -> list[Stop]:
    return sorted(clock.stops, key=lambda stop: (stop.since, stop.reason))


def _stopped_intervals(clock: Clock) -> Iterator[tuple[datetime, datetime, Court]]:
    """The stops as instants without overlaps, from the start of the clock on, and whose."""
    reached = clock.started
    for stop in _in_order(clock):
        begin = max(stop.since, reached)
        if stop.ends > begin:
            reached = stop.ends
            yield begin, stop.ends, stop.court


def _instant_after(clock: Clock, running: timedelta) -> datetime:
    """The instant at which the clock has run for so long."""
    if running > HORIZON_DAYS * _DAY:
        raise HorizonError(f"a limit of {running // _HOUR} hours runs over {HORIZON_DAYS} days")
    moment = clock.started + running
    for begin, end, _ in _stopped_intervals(clock):
        if begin >= moment:
            break
        moment += end - begin
    return moment


def _stopped_until(clock: Clock, at: datetime, court: Court | None = None) -> timedelta:
    """For how long the clock had stood by then, in one court or in all."""
    pieces = (
        min(end, at) - begin
        for begin, end, whose in _stopped_intervals(clock)
        if begin < at and court in {None, whose}
    )
    return sum(pieces, timedelta(0))


def _ran_until(clock: Clock, at: datetime) -> timedelta:
    return max(timedelta(0), at - clock.started) - _stopped_until(clock, at)


def _begun_hours(duration: timedelta) -> int:
    return -(-duration // _HOUR)


def _last_date(clock: Clock, moment: datetime) -> date:
    # 24:00 is the end of a date, not the beginning of the next.
    return max(local_date(clock.started), local_date(moment - _INSTANT))
