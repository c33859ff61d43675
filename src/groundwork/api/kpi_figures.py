"""Figures of effect put together: each with its definition, sample, comparison and groups."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from groundwork.api.errors import Problem
from groundwork.api.languages import said
from groundwork.api.receipts import PREFIX
from groundwork.api.resources import Resources
from groundwork.api.visit import Visit
from groundwork.catalogue.kpis import default_kpis
from groundwork.domain.definition import Text
from groundwork.domain.kpis import (
    TIMES,
    WHOLE_CHAIN,
    Kpi,
    KpiBook,
    Measure,
    Reference,
    Share,
    compression,
    times,
)
from groundwork.domain.model import Role
from groundwork.domain.names import VARIANTS
from groundwork.domain.reach import EVERYTHING
from groundwork.store.kpis import Asked, Ground, KpiFilter, Pins, Tally
from groundwork.store.reach import looking_with

_OF_STEPS: Final = frozenset({Measure.STEP_TIME, Measure.STEP_STOPPED, Measure.CORRECTIONS})
"""Measures of the same cases, which are read once for all three."""


def find_kpi(kpi: str) -> Kpi:
    """The figure of that id. Raises Problem."""
    book = default_kpis()
    found = book.find(kpi)
    if found is None:
        known = ", ".join(one.id for one in book.figures)
        raise Problem("kpi_not_found", kpi=kpi, known=known)
    return found


async def ground_of(resources: Resources, kpi: Kpi, pins: Pins) -> Ground:
    """What a figure is reckoned with: the calendars in use, and the steps of its route."""
    calendars = {one: await resources.calendar(one) for one in sorted(pins.calendars)}
    routes: dict[str, tuple[str, ...]] = {}
    for hashed, definition_id in pins.definitions.items():
        if kpi.route is not None and definition_id == kpi.definition:
            definition = await resources.definition(hashed)
            found = (one.steps for one in definition.routes if one.id == kpi.route)
            routes[hashed] = next(found, ())
    return Ground(calendars, pins.first, routes, kpi.until)


def asked_of(kpi: Kpi, which: KpiFilter) -> KpiFilter:
    """The filter with the figure's own definition laid over."""
    return which._replace(definition=kpi.definition) if kpi.definition else which


def concerns(kpi: Kpi, which: KpiFilter) -> bool:
    """Whether a figure says anything under a filter: no department or step has a whole chain."""
    if kpi.measure in WHOLE_CHAIN and (which.department or which.step):
        return False
    return not (kpi.definition and which.definition and kpi.definition != which.definition)


async def figures(visit: Visit, which: KpiFilter) -> dict[str, Any]:
    """Every figure that says something under the filter."""
    resources, book = visit.resources, default_kpis()
    wanted = [kpi for kpi in book.figures if concerns(kpi, which)]
    pins, running = await asyncio.gather(resources.kpis.pins(), resources.kpis.running(which))
    grounds = {_reading(kpi): (kpi, await ground_of(resources, kpi, pins)) for kpi in wanted}
    asked = [
        Asked(
            Measure.STEP_TIME if kpi.measure in _OF_STEPS else kpi.measure,
            asked_of(kpi, which),
            ground,
        )
        for kpi, ground in grounds.values()
    ]
    found = await resources.kpis.all_tallies(asked)
    tallies = {reading: one.tallies for reading, one in zip(grounds, found, strict=True)}
    return {
        "as_of": min([visit.received_at, *(one.as_of for one in found)]),
        "since": which.since,
        "until": which.until,
        "department": which.department,
        "book": f"{book.id}-{book.version}",
        "small_sample": book.small_sample,
        "running": running,
        "figures": [
            _Telling(visit, book, kpi, which).told(tallies[_reading(kpi)]) for kpi in wanted
        ],
    }


def _reading(kpi: Kpi) -> tuple[str, str | None, str | None]:
    name = "steps" if kpi.measure in _OF_STEPS else kpi.id
    return (name, kpi.route, kpi.definition)


class _Telling:
    """Tells one figure in the caller's language."""

    def __init__(self, visit: Visit, book: KpiBook, kpi: Kpi, which: KpiFilter) -> None:
        self._visit = visit
        self._shelf = visit.resources.shelf
        self._book = book
        self._kpi = kpi
        self._which = which

    def told(self, tallies: Sequence[Tally]) -> dict[str, Any]:
        kpi, language = self._kpi, self._visit.language
        if kpi.measure is Measure.STEP_STOPPED:
            tallies = [one for one in tallies if one.stopped]
        summary = self._summary(tallies)
        return {
            "id": kpi.id,
            "name": said(kpi.name, language),
            "what": said(kpi.what, language),
            "measure": kpi.measure,
            "unit": kpi.unit,
            "whose": kpi.whose,
            "definition": kpi.definition,
            "route": kpi.route,
            "until": kpi.until,
            "baseline": self._reference(kpi.baseline),
            "target": self._reference(kpi.target),
            "reported": self._reference(kpi.reported),
            "summary": summary,
            "compression": compression(kpi.baseline, summary.get("median")),
            "promised_compression": compression(
                kpi.baseline, kpi.target.amount if kpi.target else None
            ),
            "remark": self._remark(summary["n"]),
            "values": self._values(tallies),
            "months": self._groups(
                tallies, lambda one: one.month.isoformat()[:7], lambda _, key: key
            ),
            "departments": self._groups(
                tallies,
                lambda one: one.department,
                lambda _, key: self._shelf.department_name(key, language),
            ),
            "steps": self._groups(
                tallies,
                lambda one: f"{one.definition}/{one.step}" if one.step else None,
                lambda one, _: self._shelf.step_name(one.definition, one.step or "", language),
            ),
            "levels": self._groups(
                tallies,
                lambda one: str(one.level) if one.level is not None else None,
                lambda _, key: said(Text(zh=f"第{key}级", en=f"Level {key}"), language),
            ),
            "variants": self._groups(
                tallies,
                lambda one: f"{one.definition}/{one.variant}",
                lambda one, _: self._variant(one),
            ),
            "cases": self._address(),
        }

    def _variant(self, one: Tally) -> str:
        name = self._shelf.chain_name(one.definition, self._visit.language)
        return f"{name} · {said(VARIANTS[one.variant], self._visit.language)}"

    def _groups(
        self,
        tallies: Iterable[Tally],
        key: Callable[[Tally], str | None],
        name: Callable[[Tally, str], str],
    ) -> list[dict[str, Any]]:
        groups: dict[str, list[Tally]] = {}
        for one in tallies:
            found = key(one)
            if found is not None:
                groups.setdefault(found, []).append(one)
        return [
            {"id": found, "name": name(groups[found][0], found), **self._summary(groups[found])}
            for found in sorted(groups)
        ]

    def _summary(self, tallies: Iterable[Tally]) -> dict[str, Any]:
        kpi = self._kpi
        if kpi.measure in TIMES:
            found = times(self._counts(tallies), kpi.target)
            return {**found._asdict(), "small": found.n < self._book.small_sample}
        ending: Counter[bool] = Counter()
        for one in tallies:
            ending[one.hit] += one.number
        share = Share(n=ending.total(), hits=ending[True])
        return {
            **share._asdict(),
            "percent": share.percent,
            "small": share.n < self._book.small_sample,
        }

    def _counts(self, tallies: Iterable[Tally]) -> Counter[int]:
        """How often each length of time occurred."""
        stopped = self._kpi.measure is Measure.STEP_STOPPED
        counts: Counter[int] = Counter()
        for one in tallies:
            counts[one.stopped if stopped else one.value or 0] += one.number
        return counts

    def _values(self, tallies: Iterable[Tally]) -> list[dict[str, int]]:
        if self._kpi.measure not in TIMES:
            return []
        counts = self._counts(tallies)
        return [{"value": value, "number": counts[value]} for value in sorted(counts)]

    def _remark(self, n: int) -> str | None:
        below = self._book.small_sample
        if n >= below:
            return None
        if n == 0:
            return said(
                Text(zh="期内无已办结的案例", en="Nothing ended in this period"),
                self._visit.language,
            )
        few = Text(
            zh=f"样本仅 {n} 件，少于 {below} 件，只供参考",
            en=f"Only {n} of at least {below} cases: an indication, no more",
        )
        return said(few, self._visit.language)

    def _reference(self, one: Reference | None) -> dict[str, Any] | None:
        if one is None:
            return None
        note = said(one.note, self._visit.language) if one.note else None
        return {**one.model_dump(mode="json"), "note": note}

    def _address(self) -> str:
        """Where the cases behind the figure are listed."""
        which = asked_of(self._kpi, self._which)
        query = {"from": which.since, "to": which.until}
        names = ("definition", "variant", "district", "department", "step")
        query |= {name: getattr(which, name) for name in names if getattr(which, name) is not None}
        return f"{PREFIX}/kpis/{self._kpi.id}/cases?{urlencode(query)}"


async def open_lights(visit: Visit, department: str | None = None) -> dict[str, dict[str, int]]:
    """The open steps within the reader's reach, by department and light.

    Operators, who see no case, see how many there are of all.
    """
    reach = EVERYTHING if visit.actor.role is Role.OPS else visit.reach
    with looking_with(reach):
        return await visit.resources.kpis.lights(department)


def lights(visit: Visit, found: dict[str, dict[str, int]], at: datetime) -> dict[str, Any]:
    """The open steps of departments by their lights, with the departments' names."""
    total: Counter[str] = Counter()
    for counts in found.values():
        total.update(counts)
    shelf = visit.resources.shelf
    return {
        "as_of": at,
        "departments": [
            {
                "department": department,
                "name": shelf.department_name(department, visit.language),
                "lights": counts,
                "total": sum(counts.values()),
            }
            for department, counts in found.items()
        ],
        "total": dict(total),
    }
