"""Chains on which a step climbs by the hour, and what the core says must have happened on one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from groundwork.catalogue.calendars import load_calendar
from groundwork.catalogue.loader import load_chain
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.definition import Mode
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules
from tests.catalogue.planting import Plot
from tests.survival.town import Town, all_materials, asked

HOUR = timedelta(hours=1)
RUNGS = {"yellow": 4 * HOUR, "red": 8 * HOUR, "yellow_card": 9 * HOUR}
"""The rungs of a limit of eight hours, and how long after the acceptance each is reached."""
CHOICE = cmd.ChooseMode(step="L22", mode=Mode.STANDARD)
"""A command that is always possible."""


def hourly_rules(folder: Path) -> Rules:
    """L01 has eight hours and climbs by the hour."""
    ladders = "ladder: default-1.1.0\nladders:\n  steps: {L01: hotline-1.0.0}\n"
    plot = (
        Plot(folder)
        .plant("ladder: default-1.0.0\n", ladders)
        .in_step("L01", "promised: 1\n", "promised: 8 h\n")
    )
    assert plot.harvest() == []
    return Rules(load_chain(plot.file), load_calendar("cn-2026.1"))


class Case(NamedTuple):
    """A chain on which L01 was handed in, and the rung that it is to reach."""

    chain: Chain
    received: cmd.Envelope
    rung: str


async def handed_in(town: Town, rung: str, now: datetime) -> Case:
    """Launch a chain and hand L01 in, long enough ago."""
    chain = await town.launch(at=now - 12 * HOUR)
    command = cmd.Receive(step="L01", materials=all_materials(town, "L01"))
    received = asked(command, now - 11 * HOUR)
    await town.answer(chain, received)
    return Case(chain, received, rung)


def foretold(
    rules: Rules, case: Case, accepted: cmd.Envelope, until: datetime
) -> list[ev.AnyEvent]:
    """What the core says has happened on the chain by then, since its launch."""
    chain, events = case.chain, list[ev.AnyEvent]()
    for envelope in (case.received, accepted):
        outcome = core.handle(rules, chain, envelope)
        assert isinstance(outcome, core.Accepted)
        chain = outcome.chain
        events += outcome.events
    return [*events, *core.tick(rules, chain, until).events]
