"""A chain as it usually goes: a script written from the definition, for when there is none.

The enterprise hands in when it can, departments take what they promised, and what was promised in
return is kept.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from groundwork.domain.base import Frozen
from groundwork.domain.core import chosen_modes
from groundwork.domain.definition import (
    ConditionKind,
    Limit,
    LimitUnit,
    Mode,
    StepDefinition,
    Text,
    Variant,
)
from groundwork.domain.facts import UnitChoice
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
ANY_UNITS: Final = (UnitChoice(id="B1", name="1号厂房"),)
"""The unit of a chain that has units when none is named."""
EQUIPMENT: Final = "特种设备使用登记证"
"""What stands for the number of a registration."""
TO_CORRECT: Final = "材料需补正 · Materials are to be corrected"
"""What stands for that which a correction notice lists."""


class Habits(Frozen):
    """How people usually act. Days are working days.

    `share` is the part of each limit that departments take, in percent; minimum terms of the law
    are always taken whole. `unlimited` is how long a step takes for which there is no figure, and
    `correcting` how long the enterprise takes to correct what it handed in; None: nothing has to be
    corrected.
    """

    share: int = Field(default=100, ge=0, le=1000)
    handing_in: int = Field(default=1, ge=0, le=250)
    accepting: int = Field(default=0, ge=0, le=250)
    confirming: int = Field(default=1, ge=0, le=250)
    visiting: int = Field(default=1, ge=0, le=250)
    unlimited: int = Field(default=10, ge=0, le=250)
    correcting: int | None = Field(default=None, ge=0, le=250)


def typical_script(
    rules: Rules,
    start: datetime,
    choices: Choices | None = None,
    project: Project | None = None,
    habits: Habits | Callable[[str], Habits] | None = None,
) -> Script:
    """The script of a chain on which everybody acts as usual.

    Where nothing is chosen, a chain that has units gets one. `habits` may say by a step's key how
    people act on it, where they do not act on all alike.

    Raises Rejection (launch_invalid, mode_not_offered) for modes, phases or units that there are
    not.
    """
    choices = choices or Choices(units=ANY_UNITS if rules.definition.units else ())
    known = habits or Habits()

    def writer(key: str) -> Writer:
        own = known if isinstance(known, Habits) else known(key)
        return Writer(rules, choices.variant, own)

    modes = chosen_modes(rules, choices.modes, choices.phases, choices.units)
    of_steps = (action for key, mode in modes.items() for action in writer(key).step(key, mode))
    of_units = (action for unit in choices.units for action in writer(unit.id).unit(unit.id))
    return Script(
        project=project or ANY_PROJECT,
        choices=choices,
        start=start,
        actions=(*of_steps, *of_units),
    )


class Writer:
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
            complete = "received"
            if self.habits.correcting is not None and definition.materials and not lacking:
                yield from self._correction(key, self.habits.correcting)
                complete = "corrected"
            yield self.do("accept", key, after(self.habits.accepting, "wd", key, complete))
        if definition.joint:
            yield from self.joint_visit(key, definition)
        began = "received" if definition.applicant_owned else "accepted"
        yield self.do("decide", key, self.length(definition, key, began))
        for material in lacking:
            yield from self._cure(key, f"{key}-{material}")

    def do(
        self,
        verb: str,
        subject: str,
        when: When,
        step: str | None = None,
        department: str | None = None,
        **fields: Any,
    ) -> Action:
        """The usual person doing it: of the department named, or else the step's own."""
        owner = step or subject
        role = usual_actor(verb, None if department else owner, self.rules.definition)
        own = None if department else department_of(role, verb, owner, self.rules.definition)
        return Action(
            when=when,
            verb=verb,
            subject=subject,
            by=role,
            department=department or own,
            fields=fields,
        )

    def _receive(self, key: str, lacking: tuple[str, ...]) -> Action:
        materials = all_materials(key, self.rules.definition, but=lacking)
        when = after(self.habits.handing_in, "wd", key, "ready")
        return self.do("receive", key, when, materials=materials)

    def _lacking(self, definition: StepDefinition) -> tuple[str, ...]:
        """What is handed in later: all that may be, or why else would the mode be chosen."""
        tolerable = tuple(one.id for one in definition.materials if one.cure is not None)
        return tolerable[: self.rules.definition.windows.max_tolerated_materials]

    def _correction(self, key: str, days: int) -> Iterator[Action]:
        """Once, everything that is wrong is told, and then put right."""
        told = after(self.habits.accepting, "wd", key, "received")
        yield self.do("request_correction", key, told, items=(TO_CORRECT,))
        corrected = after(days, "wd", key, "correction_requested")
        yield self.do("submit_correction", key, corrected)

    def _commitment(self, key: str) -> Iterator[Action]:
        promise = f"{key}-commitment"
        told = self.rules.definition.promises is not None
        if told:
            yield self.do("draft_commitment", key, after(0, "wd", key, "received"))
        yield self.do("sign_commitment", key, after(0, "wd", key, "received"))
        if told:
            last_day = When(subject=promise, word="due")
            yield self.do("submit_performance", promise, last_day, step=key)
        kept = "performed" if told else "expired"
        verified = after(self.habits.confirming, "wd", promise, kept)
        yield self.do("verify_commitment", promise, verified, step=key)

    def joint_visit(self, key: str, definition: StepDefinition) -> Iterator[Action]:
        """One visit, after which everybody consulted agrees on the spot."""
        limit = self._limit(definition)
        days = limit is not None and limit.unit is LimitUnit.WORKING_DAYS
        taken = self._share_of(limit) if limit is not None and days else self.habits.visiting
        visit = after(min(self.habits.visiting, taken), "wd", key, "consulted")
        yield self.visit(key, visit)
        for department in definition.consulted:
            yield self.agree(key, department, after(0, "wd", key, "visited"))

    def visit(self, key: str, when: When) -> Action:
        """The joint visit of a site, held and recorded on that day."""
        return self.do("record_visit", key, when, visited_on=Days(count=0, unit="cd"))

    def agree(self, key: str, department: str, when: When) -> Action:
        """A department that is asked agrees."""
        return self.do("give_opinion", key, when, department=department, opinion="agree")

    def unit(self, unit: str) -> Iterator[Action]:
        """What people do for a unit besides its steps: its special equipment is registered."""
        for gate in self.rules.definition.gates:
            steps = [one.step for one in gate.conditions if one.step is not None]
            for condition in gate.conditions:
                if condition.kind is ConditionKind.EQUIPMENT:
                    when = self._after_step(steps, unit)
                    yield self.do(
                        "register_equipment",
                        unit,
                        when,
                        department=condition.holder,
                        document=EQUIPMENT,
                    )

    def _after_step(self, steps: list[str], unit: str) -> When:
        """A day after the first of the steps that a gate waits for, or else after the launch."""
        if not steps:
            return after(self.habits.confirming, "wd", "chain", "launched")
        per_unit = self.rules.step(steps[0]).per_unit
        key = f"{steps[0]}.{unit}" if per_unit else steps[0]
        return after(self.habits.confirming, "wd", key, "decided")

    def _cure(self, key: str, deficiency: str) -> Iterator[Action]:
        last_day = When(subject=deficiency, word="cure_by")
        yield self.do("submit_cure", deficiency, last_day, step=key)
        confirmed = after(self.habits.confirming, "wd", deficiency, "cure_submitted")
        yield self.do("confirm_cure", deficiency, confirmed, step=key)

    def length(self, definition: StepDefinition, key: str, began: str) -> When:
        """When a step is decided: a share of its limit after it began, minimum terms whole."""
        minimum = sum(
            limit.amount
            for limit in definition.statutory
            if limit.at_least and limit.unit is LimitUnit.CALENDAR_DAYS
        )
        limit = self._limit(definition)
        if limit is None and minimum:
            return after(minimum, "cd", key, began)
        if limit is None or limit.unit not in UNITS:
            return after(self.habits.unlimited, "wd", key, began)
        return after(self._share_of(limit), UNITS[limit.unit], key, began)

    def _share_of(self, limit: Limit) -> int:
        return -(-limit.amount * self.habits.share // 100)

    def _limit(self, definition: StepDefinition) -> Limit | None:
        """The limit a department works to: its promise, else the shortest that the law sets."""
        promised = self.rules.running_limit(definition, self.variant)
        if promised is not None:
            return promised
        binding = [one for one in definition.statutory if one.binds_whole_step]
        return min(binding, key=lambda one: one.amount, default=None)


def after(count: int, unit: str, subject: str, word: str) -> When:
    """So many days or hours after something happened to a subject."""
    return When(count=count, unit=unit, subject=subject, word=word)
