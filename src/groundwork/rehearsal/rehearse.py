"""Rehearsing a chain, from a script to its report."""

from pathlib import Path
from typing import NamedTuple

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.rules import Rules
from groundwork.rehearsal.account import report_on
from groundwork.rehearsal.case import CaseReport
from groundwork.rehearsal.driver import Played, play
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.reading import read_script
from groundwork.rehearsal.room import RehearsalRoom
from groundwork.rehearsal.script import Script


class Rehearsed(NamedTuple):
    """A rehearsal: what was played, and the report of it."""

    played: Played
    case: CaseReport


def rules_for(definition: ChainDefinition, calendar_version: str | None = None) -> Rules:
    """The rules that a new chain would get: the definition and the newest calendar.

    Raises UnknownCalendarError.
    """
    return Rules(definition, load_calendar(calendar_version or newest_calendar_version()))


async def rehearse(room: RehearsalRoom, script: Script, rules: Rules) -> Rehearsed:
    """Play a script on the real engine and report.

    Raises Rejection when the launch itself is refused, TimeSkippingOff when the room's server does
    not skip time.
    """
    played = await play(room, make_plan(script, rules))
    return Rehearsed(played, report_on(played))


async def rehearse_file(
    room: RehearsalRoom, path: Path | str, definition: ChainDefinition | None = None
) -> Rehearsed:
    """Play the script in a file, on its own definition or the one given. Raises ScriptError too."""
    script, definition = read_script(path, definition)
    return await rehearse(room, script, rules_for(definition))
