"""Figures of effect (效能): tallies of what is over, and the cases behind each of them.

A tally says how often a value occurs, so that medians of any group follow without another query.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast
from weakref import WeakValueDictionary

from sqlalchemy import Column, ColumnElement, Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.calendar import Calendar, end_of, local_date, start_of
from groundwork.domain.kpis import Measure
from groundwork.domain.model import ChainState
from groundwork.store.engine import autocommit, transaction
from groundwork.store.kpi_statements import CASE_COLUMNS, STATEMENTS
from groundwork.store.kpi_tables import RecordPulseRow
from groundwork.store.paging import Order, Page, page
from groundwork.store.projection import STEP, UNIT
from groundwork.store.reach import looking_with, reach_into, reach_now, within, within_desk
from groundwork.store.tables import ChainRow, ProjectRow, table

_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)

MOST_CASES: Final = 5000
"""How many cases a whole list may have; more are refused, not cut off."""

_MARGIN: Final = timedelta(days=31)
"""How long before the first launch the numbering of working days begins, to be on the safe side."""

# Without statistics on what a CTE holds, nested loops look cheaper than they are, and compiling
# takes longer than running.
_PLANNING: Final = select(
    *(
        func.set_config(name, value, True)  # for this transaction alone
        for name, value in (
            ("enable_nestloop", "off"),
            ("enable_mergejoin", "off"),
            ("jit", "off"),
            ("work_mem", "64MB"),
            ("statement_timeout", "60s"),  # a year of a province is more than a page of a list
        )
    )
)

_PULSE: Final = select(func.sum(table(RecordPulseRow).c.beats))
"""What grows with every batch that is recorded: while it stays, no figure has changed."""

_REMEMBERED: Final = 128
"""How many answers are kept, those that were asked for last, while nothing new is recorded."""

_AT_ONCE: Final = 3
"""How many statements a reader of figures may have running; others want connections too."""

SLOW_SECONDS: Final = 1.0
"""Where reading takes longer, an answer holds on for KEPT_TIMES as long whatever is recorded."""
KEPT_TIMES: Final = 20


class KpiFilter(NamedTuple):
    """Which cases count; None means any.

    They ended from `since` to `until`, both included; what is open is late once its due day lies
    before `today`. `step` is the definition's id of a step, without phase or unit. `hit` keeps
    those that hit (in time, kept, corrected) or those that did not.
    """

    since: date
    until: date
    today: date
    definition: str | None = None
    variant: str | None = None
    district: str | None = None
    department: str | None = None
    step: str | None = None
    level: int | None = None
    hit: bool | None = None


_NARROWING: Final = ("definition", "variant", "district", "department", "step", "level", "hit")
"""By what cases are narrowed besides their period."""


class Pins(NamedTuple):
    """What the recorded chains rely on: calendars, definitions, and since when there are any."""

    calendars: frozenset[str]
    definitions: Mapping[str, str]
    first: date | None


class Ground(NamedTuple):
    """What a measure is reckoned with.

    `calendars` are those in use by version, `first` the day of the first launch. `routes` are the
    steps of a route by the hash of the definition, `last` the step with which a span ends.
    """

    calendars: Mapping[str, Calendar]
    first: date | None
    routes: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    last: str | None = None


class Tally(NamedTuple):
    """How many cases (`number`) agree in all of this; `month` is the first day of it."""

    definition: str
    variant: str
    district: str
    department: str | None
    step: str | None
    level: int | None
    month: date
    value: int | None
    stopped: int
    hit: bool
    number: int


class Asked(NamedTuple):
    """A measure to tally, of which cases, and what it is reckoned with."""

    measure: Measure
    which: KpiFilter
    ground: Ground


class Tallied(NamedTuple):
    """How often which value occurs, and as of when."""

    tallies: list[Tally]
    as_of: datetime


_Key = tuple[Any, ...]


class _Kept(NamedTuple):
    """An answer, at which pulse it was read, and until when it holds whatever was recorded."""

    pulse: int
    answer: Tallied
    until: float


class Kpis:
    """Reads figures of effect. Nothing here writes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._known: OrderedDict[_Key, _Kept] = OrderedDict()
        self._turns: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()
        self._pins: tuple[int, Pins] | None = None

    async def pins(self) -> Pins:
        """What has to be at hand before anything can be reckoned."""
        pulse = await self._pulse()
        if self._pins is not None and self._pins[0] == pulse:
            return self._pins[1]
        query = select(
            _CHAIN.c.calendar_version,
            _CHAIN.c.definition_hash,
            _CHAIN.c.definition_id,
            func.min(_CHAIN.c.launched_at).label("first"),
        ).group_by(_CHAIN.c.calendar_version, _CHAIN.c.definition_hash, _CHAIN.c.definition_id)
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        pins = Pins(
            calendars=frozenset(row.calendar_version for row in rows),
            definitions={row.definition_hash: row.definition_id for row in rows},
            first=min((local_date(row.first) for row in rows), default=None),
        )
        self._pins = (pulse, pins)
        return pins

    async def tallies(self, measure: Measure, which: KpiFilter, ground: Ground) -> list[Tally]:
        """How often which value occurs within the reader's reach."""
        (found,) = await self.all_tallies([Asked(measure, which, ground)])
        return found.tallies

    async def all_tallies(self, asked: Sequence[Asked]) -> list[Tallied]:
        """How often which value occurs within the reader's reach, for each measure.

        A period is read once for each reach and narrowed here, so that whoever looks at one
        department after the other waits once; it is read again when an event was recorded since.
        """
        pulse, turns = await self._pulse(), asyncio.Semaphore(_AT_ONCE)

        async def found(one: Asked) -> Tallied:
            async with turns:
                whole = await self._whole(pulse, one)
            return Tallied(_matching(whole.tallies, one.which), whole.as_of)

        return list(await asyncio.gather(*map(found, asked)))

    async def _pulse(self) -> int:
        async with autocommit(self._engine) as connection:
            return int(await connection.scalar(_PULSE) or 0)

    async def _whole(self, pulse: int, asked: Asked) -> Tallied:
        """A period with all that can be narrowed, from memory if it holds."""
        measure, which, ground = asked
        everything = KpiFilter(which.since, which.until, which.today)
        reach = reach_into(which.department)
        key = (measure, everything, frozenset(ground.routes.items()), ground.last, reach)
        # Who asks for the same at once waits for one reading.
        async with self._turns.setdefault(key, asyncio.Lock()):
            known = self._recalled(key, pulse)
            with looking_with(reach):
                return known or await self._read(key, pulse, Asked(measure, everything, ground))

    def _recalled(self, key: _Key, pulse: int) -> Tallied | None:
        """What was answered to the same, if nothing was recorded since or it still holds."""
        kept = self._known.get(key)
        if kept is None or (kept.pulse < pulse and time.monotonic() >= kept.until):
            return None
        self._known.move_to_end(key)
        return kept.answer if kept.pulse < pulse else kept.answer._replace(as_of=datetime.now(UTC))

    async def _read(self, key: _Key, pulse: int, asked: Asked) -> Tallied:
        began, as_of = time.monotonic(), datetime.now(UTC)
        async with transaction(self._engine) as connection:
            await connection.execute(_PLANNING)
            answer = Tallied(await _tallies(connection, *asked), as_of)
        took = time.monotonic() - began
        until = began + took + (KEPT_TIMES * took if took >= SLOW_SECONDS else 0)
        self._known[key] = _Kept(pulse, answer, until)
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return answer

    async def cases(
        self,
        measure: Measure,
        which: KpiFilter,
        ground: Ground,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """The cases behind a figure with their projects' names, in the order of their ends."""
        cases, parameters = _cases(measure, which, ground)
        unit = select(UNIT.c.name).where(
            UNIT.c.chain_id == cases["chain_id"],
            UNIT.c.id == func.split_part(cases["item"], ".", 2),
        )
        query = (
            select(
                *cases.values(),
                unit.correlate_except(UNIT).scalar_subquery().label("unit_name"),
                _CHAIN.c.project_code,
                _PROJECT.c.name.label("project_name"),
                _PROJECT.c.enterprise,
            )
            .join(_CHAIN, _CHAIN.c.id == cases["chain_id"])
            .join(_PROJECT, _PROJECT.c.code == _CHAIN.c.project_code)
            .where(within_desk(_CHAIN.c.project_code, which.department))
        )
        order = Order([cases["ended"], cases["chain_id"], cases["item"]])
        narrowed: Select[Any] = _of_measure(_narrowed(query, cases, which), cases, measure)
        narrowed = narrowed.params(**parameters)
        async with transaction(self._engine) as connection:
            await connection.execute(_PLANNING)
            return await page(connection, narrowed, order, cursor, limit)

    async def running(self, which: KpiFilter) -> int:
        """Chains that still run, which no figure counts as finished."""
        wanted = {
            _CHAIN.c.definition_id: which.definition,
            _CHAIN.c.variant: which.variant,
            _CHAIN.c.district: which.district,
        }
        query = select(func.count()).where(
            _CHAIN.c.state == ChainState.RUNNING,
            *(column == value for column, value in wanted.items() if value is not None),
            within(_CHAIN.c.project_code),
        )
        async with autocommit(self._engine) as connection:
            return await connection.scalar(query) or 0

    async def lights(self, department: str | None = None) -> dict[str, dict[str, int]]:
        """How many open steps each department has, by their lights."""
        query = (
            select(STEP.c.department, STEP.c.light, func.count())
            .where(STEP.c.open, within_desk(STEP.c.project_code, department))
            .group_by(STEP.c.department, STEP.c.light)
            .order_by(STEP.c.department)
        )
        if department is not None:
            query = query.where(STEP.c.department == department)
        found: dict[str, dict[str, int]] = {}
        async with autocommit(self._engine) as connection:
            for lead, light, count in (await connection.execute(query)).all():
                found.setdefault(lead, {})[light] = count
        return found


async def _tallies(
    connection: AsyncConnection, measure: Measure, which: KpiFilter, ground: Ground
) -> list[Tally]:
    cases, parameters = _cases(measure, which, ground)
    month = func.date_trunc("month", cases["ended"]).cast(cases["ended"].type)
    columns = [
        month.label(name) if name == "month" else cases[name]
        for name in Tally._fields
        if name != "number"
    ]
    query = _of_measure(select(*columns, func.count()), cases, measure).group_by(*columns)
    if not reach_now().everything:
        query = query.join(_CHAIN, _CHAIN.c.id == cases["chain_id"])
        query = query.where(within(_CHAIN.c.project_code))
    return [Tally(*row) for row in (await connection.execute(query, parameters)).all()]


def _matching(tallies: Iterable[Tally], which: KpiFilter) -> list[Tally]:
    """Those that a filter lets through, besides its period."""
    wanted = {name: value for name in _NARROWING if (value := getattr(which, name)) is not None}
    return [
        one for one in tallies if all(getattr(one, name) == value for name, value in wanted.items())
    ]


def _cases(
    measure: Measure, which: KpiFilter, ground: Ground
) -> tuple[dict[str, Column[Any]], dict[str, Any]]:
    """The columns of a measure's cases, and the parameters of its statement."""
    source = text(STATEMENTS[measure]).columns(*CASE_COLUMNS).subquery("cases")
    parameters = {
        "since": which.since,
        "until": which.until,
        "begin": start_of(which.since),
        "end": end_of(which.until),
        "today": which.today,
    }
    statement = STATEMENTS[measure]
    given = parameters | _numbering(which, ground) | _way(ground)
    return (
        {name: cast("Column[Any]", source.c[name]) for name in source.c.keys()},  # noqa: SIM118
        {name: value for name, value in given.items() if re.search(f":{name}\\b", statement)},
    )


def _of_measure(
    query: Select[Any], cases: Mapping[str, ColumnElement[Any]], measure: Measure
) -> Select[Any]:
    """Leave out the steps whose clock never stood where the time it stood is asked for."""
    return query.where(cases["stopped"] > 0) if measure is Measure.STEP_STOPPED else query


def _narrowed(
    query: Select[Any], cases: Mapping[str, ColumnElement[Any]], which: KpiFilter
) -> Select[Any]:
    wanted = {name: getattr(which, name) for name in _NARROWING}
    return query.where(
        *(cases[name] == value for name, value in wanted.items() if value is not None)
    )


def _way(ground: Ground) -> dict[str, Any]:
    """The steps of a route as parallel lists, and the last step of a span."""
    pairs = [(hashed, key) for hashed, keys in ground.routes.items() for key in keys]
    return {
        "hashes": [hashed for hashed, _ in pairs],
        "keys": [key for _, key in pairs],
        "last": ground.last,
    }


def _numbering(which: KpiFilter, ground: Ground) -> dict[str, Any]:
    """The running number of working days on every day, by each calendar in use."""
    # Nothing has ended after today, however far ahead the period asked for reaches.
    last = which.today + timedelta(days=1)
    first = (ground.first or last) - _MARGIN
    cals: list[str] = []
    days: list[date] = []
    numbers: list[int] = []
    closing: list[str] = []
    for version, calendar in ground.calendars.items():
        closing += [f"{version}/{department}" for department in sorted(calendar.closed_for)]
        for name, one in _variants(version, calendar):
            counted = _numbered(one, first, last)
            cals += [name] * len(counted)
            days += [first + timedelta(days=n) for n in range(len(counted))]
            numbers += counted
    return {"cals": cals, "days": days, "numbers": numbers, "closing": closing}


def _variants(version: str, calendar: Calendar) -> Iterable[tuple[str, Calendar]]:
    """A calendar, and that of each department which has closures of its own."""
    yield version, calendar
    for department in sorted(calendar.closed_for):
        yield f"{version}/{department}", calendar.of(department)


@lru_cache(maxsize=64)
def _numbered(calendar: Calendar, first: date, last: date) -> tuple[int, ...]:
    """How many working days there were by the end of each day from the first to the last."""
    number, numbers = 0, []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        number += calendar.is_working_day(date.fromordinal(ordinal))
        numbers.append(number)
    return tuple(numbers)
