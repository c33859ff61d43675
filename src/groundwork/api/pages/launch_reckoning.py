"""When a chain would be done that is not launched yet, with its steps' least times."""

from datetime import date

from groundwork.domain.calendar import start_of
from groundwork.domain.definition import LimitUnit, Mode, StepDefinition, Variant
from groundwork.domain.forecast import Forecast, forecast
from groundwork.domain.rules import Rules
from groundwork.rehearsal.script import Choices
from groundwork.rehearsal.typical import ANY_UNITS


def reckoned(rules: Rules, choices: Choices, start: date) -> Forecast:
    """The forecast of a launch on that day; a chain of buildings has one before any is named.

    Raises Rejection (launch_invalid, mode_not_offered), HorizonError.
    """
    unnamed = rules.definition.units is not None and not choices.units
    return forecast(
        rules,
        choices.variant,
        start_of(start),
        modes=choices.modes,
        phases=choices.phases,
        units=ANY_UNITS if unnamed else choices.units,
        unlimited_days=_least_days(rules, choices),
    )


def timeless(rules: Rules, view: Forecast) -> list[str]:
    """The steps that a forecast takes to need no time, because nobody says how long they need."""
    found = (one.step.partition(".")[0] for one in view.steps if one.mode is not Mode.EXEMPT)
    return [
        step
        for step in dict.fromkeys(found)
        if _unlimited(rules, rules.step(step), view.variant) and not _least(rules.step(step))
    ]


def _least_days(rules: Rules, choices: Choices) -> dict[str, int]:
    """The calendar days that the law sets at least, of steps for which nothing is promised."""
    return {
        step.id: least
        for step in rules.definition.steps
        if not (step.per_unit or step.id in choices.phases)
        and _unlimited(rules, step, choices.variant)
        and (least := _least(step))
    }


def _unlimited(rules: Rules, step: StepDefinition, variant: Variant) -> bool:
    return rules.running_limit(step, variant) is None


def _least(step: StepDefinition) -> int:
    return sum(
        one.amount for one in step.statutory if one.at_least and one.unit is LimitUnit.CALENDAR_DAYS
    )
