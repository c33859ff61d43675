"""`groundwork rehearse` and `groundwork demo`: chains in skipped time, on a server of their own.

Nothing live is ever constructed for them, so nothing live can be touched.
"""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundwork.console import launching
from groundwork.console.faults import ExitCode, Fault
from groundwork.console.foresight import Start
from groundwork.console.options import prints
from groundwork.console.screen import Screen

if TYPE_CHECKING:
    from groundwork.domain.definition import ChainDefinition
    from groundwork.rehearsal.case import CaseReport
    from groundwork.rehearsal.script import Choices, Script


@prints
def rehearse(
    screen: Screen,
    chain_type: Annotated[
        str,
        typer.Argument(
            metavar="CHAIN_TYPE|FILE",
            help="A chain of the catalogue, such as land-to-construction, or a definition's file.",
        ),
    ],
    *,
    script: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Who does what when, in YAML; else everybody acts as usual.",
        ),
    ] = None,
    variant: launching.VariantChoice = "standard",
    start: Start = None,
    modes: launching.ModeChoices,
    phases: launching.PhaseChoices,
    units: launching.UnitChoices,
    share: Annotated[
        int,
        typer.Option(
            min=0, max=1000, help="Percent of each limit that departments take; 130 is late."
        ),
    ] = 100,
    version: launching.DefinitionVersion = None,
) -> None:
    """Rehearse a chain (启动前预演): timeline and escalations (督办).

    It is played on a real Temporal server of its own, with time skipped. Live data cannot be
    reached and nobody is notified. A script brings its own variant, start, modes, phases and
    units, and the version it was written for unless one is named.
    """
    from groundwork.rehearsal.reading import read_script
    from groundwork.rehearsal.report import render_case
    from groundwork.rehearsal.script import Choices

    definition = _definition(chain_type, version)
    if script is not None:
        named = version is not None or _is_file(chain_type)
        play, own = read_script(script, definition if named else None)
        if own.id != definition.id:
            play, _ = read_script(script, definition)  # which says so
        definition = own
    else:
        choices = Choices(
            variant=launching.variant(variant),
            modes=launching.modes(modes),
            phases=launching.phases(phases),
            units=launching.units(units),
        )
        play = _as_usual(definition, choices, start, share)
    with screen.busy("正在预演…", "Rehearsing…"):
        case = _play(play, definition)
    if screen.as_json:
        screen.json(case.model_dump(mode="json"))
    else:
        screen.draw(render_case(case, screen.language))
    _require_agreement([case])


def _definition(chain_type: str, version: str | None) -> "ChainDefinition":
    """The definition to rehearse. Raises CatalogueError, Fault when no workflow carries it."""
    from groundwork.catalogue.loader import get, load_chain
    from groundwork.rehearsal.workflows import REHEARSED

    definition = load_chain(chain_type) if _is_file(chain_type) else get(chain_type, version)
    playable = {kind.__name__.removeprefix("Rehearsed") for kind in REHEARSED}
    if definition.workflow_type not in playable:
        known = ", ".join(sorted(playable))
        raise Fault(
            f"workflow_type“{definition.workflow_type}”不能预演，可用：{known}。 "
            f"A chain of workflow_type {definition.workflow_type} cannot be played; "
            f"there are: {known}."
        )
    return definition


def _is_file(chain_type: str) -> bool:
    file = Path(chain_type)
    return file.suffix in {".yaml", ".yml"} or file.is_file()


def _as_usual(
    definition: "ChainDefinition", choices: "Choices", start: date | None, share: int
) -> "Script":
    """The script of a chain on which everybody acts as usual."""
    from groundwork.rehearsal.moments import moment
    from groundwork.rehearsal.rehearse import rules_for
    from groundwork.rehearsal.typical import Habits, typical_script

    begin = moment(start, time(9)) if start else datetime.now(UTC)
    return typical_script(rules_for(definition), begin, choices, habits=Habits(share=share))


def _play(script: "Script", definition: "ChainDefinition") -> "CaseReport":
    from groundwork.rehearsal.rehearse import rehearse as play
    from groundwork.rehearsal.rehearse import rules_for
    from groundwork.rehearsal.room import open_room
    from groundwork.runtime.loop import run
    from groundwork.runtime.settings import load_settings

    async def perform() -> "CaseReport":
        async with open_room(load_settings()) as room:
            return (await play(room, script, rules_for(definition))).case

    return run(perform())


@prints
def demo(screen: Screen) -> None:
    """Play three cases in skipped time (演示).

    One is documented, one invented, late and messy, and one accepts two workshops in turn. Prints
    each chain's timeline with its lights, and the figures. Needs no running `up`.
    """
    from groundwork.rehearsal.demo import play_demo
    from groundwork.rehearsal.report import render_demo
    from groundwork.runtime.loop import run
    from groundwork.runtime.settings import load_settings

    with screen.busy(
        "正在真实的 Temporal 服务器上演示三个案例…", "Playing three cases on Temporal…"
    ):
        report = run(play_demo(load_settings()))
    if screen.as_json:
        screen.json(report.model_dump(mode="json"))
    else:
        screen.draw(render_demo(report, screen.language))
    _require_agreement(report.cases)


def _require_agreement(cases: "list[CaseReport] | tuple[CaseReport, ...]") -> None:
    """Fail when the engine came to something else than the rules foretold."""
    if not all(case.engine.agrees for case in cases):
        raise typer.Exit(ExitCode.REFUSED)
