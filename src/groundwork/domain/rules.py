"""The rules that one chain is decided by: its definition and its calendar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from groundwork.domain.calendar import Calendar
from groundwork.domain.clock import Due, window
from groundwork.domain.definition import ChainDefinition, Limit, StepDefinition, Variant
from groundwork.domain.model import Chain, Step
from groundwork.domain.rejections import Reason, Rejection

FindCalendar = Callable[[str], Calendar]
"""Finds a version of the calendar, always the same for a name; raises for an unknown one."""


def _no_other(version: str) -> Calendar:
    raise Rejection(Reason.UNKNOWN_CALENDAR, version=version)


@dataclass(frozen=True)
class Rules:
    """Everything besides the chain itself that a decision depends on. Immutable and shareable.

    `calendars` finds the versions that a chain may adopt instead of `calendar`.
    """

    definition: ChainDefinition
    calendar: Calendar
    calendars: FindCalendar = field(default=_no_other, compare=False, repr=False)
    _of_department: dict[str, Calendar] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def under(self, version: str) -> "Rules":
        """The same rules under another version of the calendar.

        Raises Rejection (unknown_calendar), or whatever `calendars` raises.
        """
        if version == self.calendar.version:
            return self
        return Rules(self.definition, self.calendars(version), self.calendars)

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

    def window(self, started: datetime, limit: Limit, key: str | None = None) -> Due:
        """When a term that cannot be stopped is over, by the calendar of a step if it has one."""
        return window(started, limit, self.calendar_of(key) if key else self.calendar)

    def running_limit(self, step: StepDefinition, variant: Variant) -> Limit | None:
        """The limit that the step's clock counts: what the city promised for the variant."""
        return step.promised.get(variant)

    def predecessors(self, key: str, chain: Chain) -> tuple[str, ...]:
        """Keys of the steps that a step builds on, in this chain's variant and phases."""
        return predecessors(self.definition, key, chain.launch.variant, frozenset(chain.steps))

    def dependants(self, key: str, chain: Chain) -> tuple[Step, ...]:
        """The steps that build directly on a step."""
        return tuple(
            step for step in chain.steps.values() if key in self.predecessors(step.key, chain)
        )


def predecessors(
    definition: ChainDefinition, key: str, variant: Variant, keys: frozenset[str]
) -> tuple[str, ...]:
    """Keys among `keys` that `key` builds on.

    A dependency on a phase (`L20.A`) means the whole step where the chain has no such phase; a
    dependency on a phased step means all its phases.
    """
    found: list[str] = []
    for edge in definition.step(key).after:
        if variant not in edge.variants:
            continue
        whole = edge.step.partition(".")[0]
        if edge.step in keys:
            found.append(edge.step)
        elif whole in keys:
            found.append(whole)
        else:
            found.extend(sorted(k for k in keys if k.partition(".")[0] == whole))
    return tuple(found)


def step_keys(
    definition: ChainDefinition, phases: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The keys of a chain's steps, in the definition's order, phases spread out."""
    keys: list[str] = []
    for step in definition.steps:
        chosen = phases.get(step.id, ())
        keys.extend([f"{step.id}.{phase}" for phase in chosen] or [step.id])
    return tuple(keys)
