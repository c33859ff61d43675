"""Options that choose how a chain runs: its variant, modes, phases and units."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from groundwork.console.faults import Misuse
from groundwork.console.options import pairs

if TYPE_CHECKING:
    from groundwork.domain.definition import Mode, Variant
    from groundwork.domain.facts import UnitChoice
    from groundwork.domain.rules import Rules

VariantName = Literal["standard", "fast"]
VariantChoice = Annotated[
    VariantName, typer.Option("--variant", help="Standard (标准方案) or fast (极速方案).")
]
ModeChoices = Annotated[
    list[str],
    typer.Option(
        "--mode",
        metavar="STEP=MODE",
        help="How a step is handled (办理方式): standard, commitment (告知承诺), "
        "deficiency_tolerant (容缺) or exempt (豁免). Repeatable.",
        default_factory=list,
        show_default=False,
    ),
]
PhaseChoices = Annotated[
    list[str],
    typer.Option(
        "--phase",
        metavar="STEP=A,B",
        help="Phases (分期) that a step is licensed in. Repeatable.",
        default_factory=list,
        show_default=False,
    ),
]
UnitChoices = Annotated[
    list[str],
    typer.Option(
        "--unit",
        metavar="ID=NAME",
        help="A building accepted on its own (单体), such as B1=1号厂房. Repeatable.",
        default_factory=list,
        show_default=False,
    ),
]
DefinitionVersion = Annotated[
    str | None, typer.Option("--version", help="Version of the definition; else the newest.")
]
CalendarVersion = Annotated[
    str | None,
    typer.Option("--calendar", metavar="VERSION", help="Such as cn-2026.1; else the newest."),
]


def modes(given: Sequence[str]) -> dict[str, "Mode"]:
    """The modes chosen with `--mode`. Raises Misuse for one that does not exist."""
    from groundwork.domain.definition import Mode

    chosen = {}
    for step, name in pairs(given, "--mode").items():
        try:
            chosen[step] = Mode(name)
        except ValueError:
            known = ", ".join(Mode)
            raise Misuse(
                f"没有办理方式“{name}”；可用：{known}。 "
                f"There is no mode {name}; choose from: {known}."
            ) from None
    return chosen


def phases(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The phases chosen with `--phase`."""
    return {
        step: tuple(name.strip() for name in names.split(","))
        for step, names in pairs(given, "--phase").items()
    }


def units(given: Sequence[str]) -> tuple["UnitChoice", ...]:
    """The units named with `--unit`."""
    from groundwork.domain.facts import UnitChoice

    return tuple(UnitChoice(id=key, name=name) for key, name in pairs(given, "--unit").items())


def variant(name: VariantName) -> "Variant":
    """The variant of that name."""
    from groundwork.domain.definition import Variant

    return Variant(name)


def days(given: Sequence[str]) -> Mapping[str, int]:
    """Calendar days chosen with `--days`. Raises Misuse for what is no number."""
    return _numbers(given, "--days", zh="天数", en="a number of days")


def percents(given: Sequence[str]) -> Mapping[str, int]:
    """Percent of limits chosen with `--step`. Raises Misuse for what is no number."""
    return _numbers(given, "--step", zh="百分数", en="a percentage")


def _numbers(given: Sequence[str], option: str, *, zh: str, en: str) -> dict[str, int]:
    chosen = {}
    for step, count in pairs(given, option).items():
        if not (count.isascii() and count.isdigit()):
            said = f"{option} {step}={count}"
            raise Misuse(f"{said}：请填写{zh}。 {said}: write {en}.")
        chosen[step] = int(count)
    return chosen


def rules(chain_type: str, version: str | None, calendar: str | None) -> "Rules":
    """A chain's definition from the catalogue, with a calendar.

    Raises CatalogueError, UnknownCalendarError.
    """
    from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
    from groundwork.catalogue.loader import get
    from groundwork.domain.rules import Rules

    return Rules(get(chain_type, version), load_calendar(calendar or newest_calendar_version()))
