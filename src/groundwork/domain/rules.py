"""The rules that one chain is decided by: its definition and its calendar."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from groundwork.domain.calendar import Calendar
from groundwork.domain.clock import Due, window
from groundwork.domain.definition import ChainDefinition, Limit, Rung, StepDefinition, Variant
from groundwork.domain.model import Chain, Step
from groundwork.domain.rejections import Reason, Rejection

FindCalendar = Callable[[str], Calendar]
"""Finds a version of the calendar, always the same for a name; raises for an unknown one."""

FindDefinition = Callable[[str], ChainDefinition]
"""Finds a definition by its content hash; raises for an unknown one."""


def _no_other(version: str) -> Calendar:
    raise Rejection(Reason.UNKNOWN_CALENDAR, version=version)


def _no_other_definition(content_hash: str) -> ChainDefinition:
    raise Rejection(Reason.UNKNOWN_DEFINITION, hash=content_hash)


@dataclass(frozen=True)
class Rules:
    """Everything besides the chain itself that a decision depends on. Immutable and shareable.

    `calendars` and `definitions` find what a chain may adopt instead of `calendar` and
    `definition`.
    """

    definition: ChainDefinition
    calendar: Calendar
    calendars: FindCalendar = field(default=_no_other, compare=False, repr=False)
    definitions: FindDefinition = field(default=_no_other_definition, compare=False, repr=False)
    _of_department: dict[str, Calendar] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _orders: "dict[tuple[Variant, frozenset[str]], Order]" = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def under(self, version: str) -> "Rules":
        """The same rules under another version of the calendar.

        Raises Rejection (unknown_calendar), or whatever `calendars` raises.
        """
        if version == self.calendar.version:
            return self
        return replace(self, calendar=self.calendars(version))

    def by(self, content_hash: str) -> "Rules":
        """The same rules by the definition of that content.

        Raises Rejection (unknown_definition), or whatever `definitions` raises.
        """
        return replace(self, definition=self.definitions(content_hash))

    def of(self, chain: Chain) -> "Rules":
        """The rules that the chain goes by now, from those that it went by a command ago.

        Raises what `under` and `by` raise.
        """
        adopted = chain.adopted_definition
        rules = self.under(chain.calendar_version)
        if adopted is None or adopted.version == self.definition.version:
            return rules
        return rules.by(adopted.hash)

    def calendar_of(self, key: str) -> Calendar:
        """The calendar that a step's clock follows: its lead department's."""
        if not self.calendar.closed_for:
            return self.calendar
        lead = self.step(key).lead
        # One object for each department, because clocks remember by the calendar's identity.
        return self._of_department.setdefault(lead, self.calendar.of(lead))

    def step(self, key: str) -> StepDefinition:
        """The definition behind a step or phase. Raises KeyError for an unknown one."""
        return self.definition.step(key)

    def ladder(self, key: str) -> tuple[Rung, ...]:
        """The escalation ladder that a step or phase climbs. Raises KeyError for an unknown one."""
        return self.definition.ladder_of(key)

    def window(self, started: datetime, limit: Limit, key: str | None = None) -> Due:
        """When a term that cannot be stopped is over, by the calendar of a step if it has one."""
        return window(started, limit, self.calendar_of(key) if key else self.calendar)

    def running_limit(self, step: StepDefinition, variant: Variant) -> Limit | None:
        """The limit that the step's clock counts: what the city promised for the variant."""
        return step.promised.get(variant)

    def predecessors(self, key: str, chain: Chain) -> tuple[str, ...]:
        """Keys of the steps that a step builds on, in this chain's variant, phases and units."""
        return self._order(chain).before[key]

    def dependants(self, key: str, chain: Chain) -> tuple[Step, ...]:
        """The steps that build directly on a step."""
        return tuple(chain.steps[other] for other in self._order(chain).after.get(key, ()))

    def _order(self, chain: Chain) -> "Order":
        """The order of a chain's steps. With sixty units it takes long to find, so it is kept."""
        variant, keys = chain.launch.variant, frozenset(chain.steps)
        order = self._orders.get((variant, keys))
        if order is None:
            if len(self._orders) >= _ORDERS_KEPT:
                self._orders.clear()
            order = _order_of(self.definition, variant, keys)
            self._orders[variant, keys] = order
        return order


class Order(NamedTuple):
    """What each step builds on, and what builds on it."""

    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]


_ORDERS_KEPT: Final = 32


def _order_of(definition: ChainDefinition, variant: Variant, keys: frozenset[str]) -> Order:
    place = {step.id: number for number, step in enumerate(definition.steps)}
    # The order of the steps decides in which order events are written: it must not be a set's.
    ordered = sorted(keys, key=lambda key: (place[key.partition(".")[0]], key))
    before = {key: predecessors(definition, key, variant, keys) for key in ordered}
    after: dict[str, list[str]] = {}
    for key, others in before.items():
        for other in others:
            after.setdefault(other, []).append(key)
    return Order(before, {key: tuple(others) for key, others in after.items()})


def predecessors(
    definition: ChainDefinition, key: str, variant: Variant, keys: frozenset[str]
) -> tuple[str, ...]:
    """Keys among `keys` that `key` builds on.

    A dependency on a phase (`L20.A`) means the whole step where the chain has no such phase; a
    dependency on a phased step means all its phases. Of two steps that fan out over the units, one
    builds on the other in its own unit; everything else builds on it in all units.
    """
    step, unit = definition.step(key), key.partition(".")[2]
    found: list[str] = []
    for edge in step.after:
        if variant not in edge.variants:
            continue
        whole = edge.step.partition(".")[0]
        in_unit = f"{whole}.{unit}"
        if edge.step in keys:
            found.append(edge.step)
        elif whole in keys:
            found.append(whole)
        elif step.per_unit and definition.step(whole).per_unit and in_unit in keys:
            found.append(in_unit)
        else:
            found.extend(sorted(k for k in keys if k.partition(".")[0] == whole))
    return tuple(found)


def step_keys(
    definition: ChainDefinition,
    phases: Mapping[str, tuple[str, ...]],
    units: Iterable[str] = (),
) -> tuple[str, ...]:
    """The keys of a chain's steps, in the definition's order, phases and units spread out."""
    chosen_units = tuple(units)
    keys: list[str] = []
    for step in definition.steps:
        spread = chosen_units if step.per_unit else phases.get(step.id, ())
        keys.extend([f"{step.id}.{part}" for part in spread] or [step.id])
    return tuple(keys)


def unit_keys(definition: ChainDefinition, unit: str, of: str | None = None) -> tuple[str, ...]:
    """The keys of the steps of a unit, or with `of` of a phase of that step."""
    if of is not None:
        return (f"{of}.{unit}",)
    return tuple(f"{step.id}.{unit}" for step in definition.steps if step.per_unit)
