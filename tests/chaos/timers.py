"""Chains on which something falls due in the middle of the storm."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from groundwork.domain import commands as cmd
from groundwork.domain.events import EscalationFired
from tests.survival.hourly import RUNGS, foretold, handed_in
from tests.survival.town import Town, asked


@dataclass(frozen=True)
class Timer:
    """What must have fired on a chain, and when, by the end."""

    chain: str
    fires: list[tuple[str, datetime]]


async def set_timers(
    town: Town, count: int, first: datetime, spread: timedelta, seed: int
) -> list[Timer]:
    """So many chains, on each of which a rung is reached at some moment after the first."""
    dice = random.Random(f"{seed} timers")
    return [await _set(town, first + spread * dice.random(), dice) for _ in range(count)]


async def _set(town: Town, moment: datetime, dice: random.Random) -> Timer:
    moment = moment.replace(microsecond=0)
    case = await handed_in(town, dice.choice(list(RUNGS)), moment)
    accept = asked(cmd.Accept(step="L01"), moment - RUNGS[case.rung])
    await town.answer(case.chain, accept)
    events = foretold(town.rules, case, accept, moment)
    fires = [(one.rung, one.at) for one in events if isinstance(one, EscalationFired)]
    assert fires[-1] == (case.rung, moment)
    return Timer(case.chain.id, fires)
