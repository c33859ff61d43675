"""A chain as it usually goes: a script written from the definition, for when there is none.

The enterprise hands in when it can, departments take what they promised, and what was promised in
return is kept.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.core import chosen_modes
from groundwork.domain.definition import (
    Limit,
    LimitUnit,
    Mode,
    StepDefinition,
    Text,
    Variant,
)
from groundwork.domain.facts import OpinionKind, UnitChoice
from groundwork.domain.model import Role
from groundwork.domain.rules import Rules
from groundwork.rehearsal.moments import When
from groundwork.rehearsal.script import (
    Action,
    Choices,
    Days,
    Project,
    Script,
    all_materials,
    department_of,
    usual_actor,
)

UNITS: Final = MappingProxyType(
    {LimitUnit.WORKING_DAYS: "wd", LimitUnit.CALENDAR_DAYS: "cd", LimitUnit.HOURS: "h"}
)
ANY_PROJECT: Final = Project(
    name=Text(zh="典型办理", en="As it usually goes"),
    code="2601-440784-04-01-000000",
    uscc="91440784MA0000015C",
)
"""The invented project whose chain is played when none is named."""


class Habits(Frozen):
    """How people usually act. Days are working days.

    `share` is the part of each limit that departments take, in percent; minimum terms of the law
    are always taken whole. `unlimited` is how long a step takes for which there is no figure.
    """

    share: int = Field(default=100, ge=0, le=1000)
    handing_in: int = Field(default=1, ge=0, le=250)
    accepting: int = Field(default=0, ge=0, le=250)
    confirming: int = Field(default=1, ge=0, le=250)
    unlimited: int = Field(default=10, ge=0, le=250)


def typical_script(
    rules: Rules,
    start: datetime,
    choices: Choices | None = None,
    project: Project | None = None,
    habits: Habits | None = None,
) -> Script:
    """The script of a chain on which everybody acts as usual.

    Raises Rejection (launch_invalid, mode_not_offered) for modes or phases that there are not.
    """
    choices = choices or Choices()
    writer = _Writer(rules, choices.variant, habits or Habits())
    modes = chosen_modes(rules, choices.modes, choices.phases, choices.units)
    return Script(
        project=project or ANY_PROJECT,
        choices=choices,
        start=start,
        actions=(
            *(action for key, mode in modes.items() for action in writer.step(key, mode)),
            *writer.equipment(choices.units, next(iter(modes))),
        ),
    )


class _Writer:
    """Writes the actions of one chain, step by step."""

    def __init__(self, rules: Rules, variant: Variant, habits: Habits) -> None:
        self.rules = rules
        self.variant = variant
        self.habits = habits

    def step(self, key: str, mode: Mode) -> Iterator[Action]:
        """What people do on one step."""
        definition = self.rules.step(key)
        if mode is Mode.EXEMPT or definition.settles_cures:
            return
        lacking: tuple[str, ...] = ()
        if not definition.ex_officio:
            if mode is Mode.DEFICIENCY_TOLERANT:
                lacking = self._lacking(definition)
            yield self._receive(key, lacking)
        if mode is Mode.COMMITMENT:
            yield from self._commitment(key)
        if not definition.applicant_owned and not definition.ex_officio:
            yield self._do("accept", key, _after(self.habits.accepting, "wd", key, "received"))
        yield from self._joint(key, definition)
        began = "received" if definition.applicant_owned else "accepted"
        yield self._do("decide", key, self._length(definition, key, began))
        for material in lacking:
            yield from self._cure(key, f"{key}-{material}")

    def _joint(self, key: str, definition: StepDefinition) -> Iterator[Action]:
        """The joint site visit and the opinions of everybody consulted."""
        if self.rules.definition.joint is None or not definition.consulted:
            return
        accepted = _after(0, "wd", key, "accepted")
        if definition.joint:
            yield self._do("record_visit", key, accepted, visited_on=Days(count=0, unit="cd"))
        for department in definition.consulted:
            agrees = self._do("give_opinion", key, accepted, opinion=OpinionKind.AGREE)
            yield agrees.model_copy(update={"department": department})

    def equipment(self, units: Sequence[UnitChoice], first: str) -> Iterator[Action]:
        """Every unit has no special equipment, where a gate asks for it."""
        conditions = [one for gate in self.rules.definition.gates for one in gate.conditions]
        holder = next((one.holder for one in conditions if one.holder), None)
        if holder is None:
            return
        for unit in units:
            yield Action(
                when=_after(0, "wd", first, "ready"),
                verb="register_equipment",
                subject=unit.id,
                by=Role.OFFICER,
                department=holder,
                fields={"without_equipment": True},
            )

    def _do(
        self, verb: str, subject: str, when: When, step: str | None = None, **fields: Any
    ) -> Action:
        owner = step or subject
        role = usual_actor(verb, owner, self.rules.definition)
        return Action(
            when=when,
            verb=verb,
            subject=subject,
            by=role,
            department=department_of(role, verb, owner, self.rules.definition),
            fields=fields,
        )

    def _receive(self, key: str, lacking: tuple[str, ...]) -> Action:
        materials = all_materials(key, self.rules.definition, but=lacking)
        when = _after(self.habits.handing_in, "wd", key, "ready")
        return self._do("receive", key, when, materials=materials)

    def _lacking(self, definition: StepDefinition) -> tuple[str, ...]:
        """What is handed in later: all that may be, or why else would the mode be chosen."""
        tolerable = tuple(one.id for one in definition.materials if one.cure is not None)
        return tolerable[: self.rules.definition.windows.max_tolerated_materials]

    def _commitment(self, key: str) -> Iterator[Action]:
        promise, received = f"{key}-commitment", _after(0, "wd", key, "received")
        fields: dict[str, Any] = {}
        if (terms := self.rules.definition.promises) is not None:
            yield self._do("draft_commitment", key, received)
            fields["officers"] = tuple(f"officer-{one}" for one in range(1, terms.officers + 1))
        yield self._do("sign_commitment", key, received)
        verified = _after(self.habits.confirming, "wd", promise, "expired")
        yield self._do("verify_commitment", promise, verified, step=key, **fields)

    def _cure(self, key: str, deficiency: str) -> Iterator[Action]:
        last_day = When(subject=deficiency, word="cure_by")
        yield self._do("submit_cure", deficiency, last_day, step=key)
        confirmed = _after(self.habits.confirming, "wd", deficiency, "cure_submitted")
        yield self._do("confirm_cure", deficiency, confirmed, step=key)

    def _length(self, definition: StepDefinition, key: str, began: str) -> When:
        """When a step is decided: a share of its limit after it began, minimum terms whole."""
        minimum = sum(
            limit.amount
            for limit in definition.statutory
            if limit.at_least and limit.unit is LimitUnit.CALENDAR_DAYS
        )
        limit = self._limit(definition)
        if limit is None and minimum:
            return _after(minimum, "cd", key, began)
        if limit is None or limit.unit not in UNITS:
            return _after(self.habits.unlimited, "wd", key, began)
        taken = -(-limit.amount * self.habits.share // 100)
        return _after(taken, UNITS[limit.unit], key, began)

    def _limit(self, definition: StepDefinition) -> Limit | None:
        """The limit a department works to: its promise, else the shortest that the law sets."""
        promised = self.rules.running_limit(definition, self.variant)
        if promised is not None:
            return promised
        binding = [one for one in definition.statutory if one.binds_whole_step]
        return min(binding, key=lambda one: one.amount, default=None)


def _after(count: int, unit: str, subject: str, word: str) -> When:
    return When(count=count, unit=unit, subject=subject, word=word)
