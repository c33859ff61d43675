"""Carries exercises out on one installation, and tells what became of each."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tests.drill.crew import launch
from tests.drill.scene import Exercise, Outcome, Say, Scene, calm, rehearse
from tests.drill.site import open_site
from tests.drill.watch import watching

FACTOR: Final = 30
"""A minute of the rules is two seconds of a drill."""
CHAINS: Final = 8
CALM_SECONDS: Final = 60
SHOWN: Final = 60
"""How much of a command a table shows."""


class Result(NamedTuple):
    """What became of every alert, and what did not hold."""

    outcomes: list[Outcome]
    findings: list[str]


async def drill(
    exercises: Sequence[Exercise], factor: float, say: Say, chains: int = CHAINS
) -> Result:
    """Set an installation up with so many chains, have Prometheus watch it, and rehearse."""
    async with open_site() as site:
        site.signing_key()
        site.start_worker()
        site.start_api()
        await site.serving()
        async with site.client() as client:
            begun = await launch(client, chains)
        folder = site.home / "prometheus"
        folder.mkdir()
        say(f"every wait of the rules divided by {factor:g}; a full disk is {site.disk.how}")
        async with watching(folder, site.jobs, factor) as watch:
            scene = Scene(site, watch, begun, factor, say)
            await _begins_calm(scene)
            outcomes: list[Outcome] = []
            for number, exercise in enumerate(exercises):
                if number:
                    await calm(scene)
                outcomes += await rehearse(scene, exercise, say)
        return Result(outcomes, scene.findings)


async def _begins_calm(scene: Scene) -> None:
    """An installation that is well makes nothing ring, once it was looked at."""
    if await scene.watch.until_resting(scene.alerts, CALM_SECONDS) is None:
        ringing = ", ".join(sorted(await scene.watch.firing()))
        scene.findings.append(f"ringing though all is well: {ringing or 'nobody tells'}")


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What became of the alerts, as docs/ops/drill.md shows it."""
    yield "| Alert | Provoked by | Rang after | Then | Rested after |"
    yield "|---|---|---|---|---|"
    for one in outcomes:
        provoked = one.provoked + (f" *({one.nearly})*" if one.nearly else "")
        done = "; ".join(part if part.startswith("(") else f"`{_short(part)}`" for part in one.done)
        fired, rested = _seconds(one.fired), _seconds(one.rested)
        yield f"| {one.alert} | {provoked} | {fired} | {done or 'nothing'} | {rested} |"


def _short(command: str) -> str:
    """Long statements stand in the runbook."""
    return command if len(command) <= SHOWN else f"{command[:SHOWN].rstrip()}…"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.0f} s"
