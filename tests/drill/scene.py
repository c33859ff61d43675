"""One exercise at a time: a fault, the alerts that must ring, the runbook, and quiet again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.drill.runbook import filled, runbook
from tests.drill.site import Site
from tests.drill.watch import Watch

Say = Callable[[str], None]

PATIENCE: Final = 240
"""Seconds in which an alert must ring, or rest again."""
WRONG_USE: Final = 2
"""With this code a command ends that does not exist, or is given what it does not take."""

MEANING: Final = {
    "CHAIN": r"(land-to-construction\.[\d-]+)",
    "CHANNEL": r"\b(c-[0-9a-f]{12})\b",
    "PID": r"^ *(\d+) \|",
}
"""How each word in capitals is found in what was printed before."""


class Scene:
    """The installation, who watches it, and what was done on it."""

    def __init__(
        self, site: Site, watch: Watch, chains: Sequence[str], factor: float, say: Say
    ) -> None:
        self.site, self.watch, self.chains, self.factor = site, watch, chains, factor
        self._say = say
        self._runbook = runbook()
        self.alerts = self._runbook.keys()
        self.done: list[str] = []
        self.findings: list[str] = []

    async def follow(self, alert: str, *, but: str | None = None) -> None:
        """Carry out what the runbook says, command by command; `but` leaves one that begins so."""
        printed = ""
        for command in self._runbook[alert]:
            if but is not None and command.startswith(but):
                continue
            printed += await self._carry_out(filled(command, printed, MEANING))

    async def meanwhile(self, what: str, deed: Callable[[], Awaitable[None] | None]) -> None:
        """Have happen what no command of the installation does."""
        self._note(f"({what})")
        awaited = deed()
        if awaited is not None:
            await awaited

    async def _carry_out(self, command: str) -> str:
        self._note(command)
        stands_in = self._stand_ins.get(command)
        if stands_in is not None:
            awaited = stands_in()
            if awaited is not None:
                await awaited
            return ""
        code, printed = await self.site.command(command)
        for line in printed.splitlines():
            self._say(f"      | {line}")
        if code not in {0, 1}:
            self.findings.append(f"`{command}` ended with {code}")
        return printed

    def _note(self, what: str) -> None:
        self.done.append(what)
        self._say(f"    {what}")

    @property
    def _stand_ins(self) -> dict[str, Callable[[], Awaitable[None] | None]]:
        """What goes on running, and what needs a service manager, which a drill does not have."""
        site = self.site
        return {
            "groundwork api": site.start_api,
            "groundwork worker": site.start_worker,
            "docker compose up --detach postgres": site.postgres.start,
            "docker compose up --detach temporal": site.temporal.start,
            "docker compose restart worker": self._restart_worker,
        }

    async def _restart_worker(self) -> None:
        await self.site.stop_workers()
        self.site.start_worker()


Deed = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Exercise:
    """What is done to the installation, what rings, and what helps."""

    provoked: str
    """The fault in a few words."""
    alerts: tuple[str, ...]
    fault: Callable[[Scene], "AsyncIterator[None]"]
    """An asynchronous generator that begins the fault and yields while it lasts."""
    remedy: Deed
    nearly: str = ""
    """In which respect it is not as in reality; empty where it is."""


@dataclass
class Outcome:
    """What became of one alert in an exercise."""

    alert: str
    provoked: str
    nearly: str
    fired: float | None = None
    """Seconds from the fault until it rang."""
    done: list[str] = field(default_factory=list)
    rested: float | None = None
    """Seconds from the first command until it rested."""


async def rehearse(scene: Scene, exercise: Exercise, say: Say) -> list[Outcome]:
    """Carry an exercise out. What does not hold is among the scene's findings."""
    say(f"== {', '.join(exercise.alerts)}: {exercise.provoked}")
    outcomes = [Outcome(one, exercise.provoked, exercise.nearly) for one in exercise.alerts]
    scene.done = []
    began = time.monotonic()
    async with asynccontextmanager(exercise.fault)(scene):
        await asyncio.gather(*(_rings(scene, one, began, say) for one in outcomes))
        besides = await scene.watch.firing() - set(exercise.alerts)
        if besides:
            say(f"  besides: {', '.join(sorted(besides))}")
        helped = time.monotonic()
        try:
            await exercise.remedy(scene)
        except LookupError as error:
            scene.findings.append(f"{', '.join(exercise.alerts)}: the runbook led nowhere: {error}")
        await asyncio.gather(*(_rests(scene, one, helped, say) for one in outcomes))
    return outcomes


async def _rings(scene: Scene, outcome: Outcome, began: float, say: Say) -> None:
    if not await scene.watch.until_firing(outcome.alert, PATIENCE):
        scene.findings.append(f"{outcome.alert} did not ring: {outcome.provoked}")
        return
    outcome.fired = time.monotonic() - began
    say(f"  {outcome.alert} rings after {outcome.fired:.0f} s")


async def _rests(scene: Scene, outcome: Outcome, helped: float, say: Say) -> None:
    outcome.done = scene.done
    rests = await scene.watch.until_resting({outcome.alert}, PATIENCE)
    if rests is None:
        scene.findings.append(f"{outcome.alert} did not rest again")
        return
    outcome.rested = rests - helped
    say(f"  {outcome.alert} rests after {outcome.rested:.0f} s")


async def calm(scene: Scene) -> None:
    """Have nothing ring any more, before another exercise begins."""
    if await scene.watch.until_resting(scene.alerts, PATIENCE) is None:
        late = await scene.watch.firing()
        scene.findings.append(f"still ringing: {', '.join(sorted(late))}")
