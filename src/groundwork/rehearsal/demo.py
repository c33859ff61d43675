"""The cases that Groundwork shows to newcomers: documented, going badly, and by buildings."""

import asyncio
from pathlib import Path
from typing import Final

from groundwork.domain.base import Frozen
from groundwork.rehearsal.case import CaseReport
from groundwork.rehearsal.rehearse import rehearse_file
from groundwork.rehearsal.room import RehearsalRoom, open_room
from groundwork.runtime.settings import Settings

SCRIPTS: Final = Path(__file__).parent / "scripts"
CASES: Final = ("fujian-youyi", "messy", "fengping-metal")


class DemoReport(Frozen):
    """What the demonstration shows."""

    cases: tuple[CaseReport, ...]


async def play_demo(settings: Settings, address: str | None = None) -> DemoReport:
    """Play the cases side by side: on the Temporal server at the address, else on a private one.

    Raises StartError, TemporalError or RehearsalError with a message for the user.
    """
    async with open_room(settings, address) as room:
        return DemoReport(cases=tuple(await asyncio.gather(*(_case(room, one) for one in CASES))))


async def _case(room: RehearsalRoom, name: str) -> CaseReport:
    return (await rehearse_file(room, SCRIPTS / f"{name}.yaml")).case
