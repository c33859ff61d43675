"""The real chain of 22 steps over a year: how fast it is rehearsed, what it leaves in the history.

`year.yaml` says who does what when; one correction, one clock stop and one escalation are in it.
"""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from temporalio.client import Client

from bench.effort import Effort
from bench.history import trace
from bench.report import Figure, Report
from bench.site import POLL_SECONDS, Site
from groundwork.rehearsal.driver import Played, play
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.reading import read_script
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.room import room_at

SCRIPT = Path(__file__).with_name("year.yaml")
CORE_RUNS = 9
EVENTS_PER_COMMAND, REHEARSAL_S, CORE_MS = 8, 5.0, 50.0

_LEAPS = ("workflow_execution_time_skipping_transitioned", "workflow_execution_options_updated")
"""Events that only a rehearsal has."""


async def measure_year(site: Site, effort: Effort) -> Report:
    """Rehearse the year on the run's server, and let the pure core play it alone."""
    script, definition = read_script(SCRIPT)
    rules = rules_for(definition)
    core_ms, rehearsal_s = [], []
    for _ in range(CORE_RUNS):
        began = perf_counter()
        plan = make_plan(script, rules)
        core_ms.append((perf_counter() - began) * 1000)
    async with room_at(site.settings, site.temporal.address) as room:
        for _ in range(effort.rehearsals):
            rehearsal_s.append((await _checked(play(room, plan))).seconds)
        left = await trace(room.client, await _workflow_id(room.client, plan))
    leaps = sum(left.kinds.get(kind, 0) for kind in _LEAPS)
    commands = left.kinds["workflow_execution_update_accepted"]
    per_command = round((left.events - leaps) / commands, 2)
    seconds, alone = round(median(rehearsal_s), 2), round(median(core_ms), 1)
    return Report(
        [
            Figure("22 real steps, events per command", per_command, at_most=EVENTS_PER_COMMAND),
            Figure("rehearsal of a year, 22 steps", seconds, "s", at_most=REHEARSAL_S),
            Figure("the same in the pure core", alone, "ms", at_most=CORE_MS),
        ],
        {
            "rehearsal_year_s": seconds,
            "rehearsal_core_ms": alone,
            "real_chain": {
                "events_per_command": per_command,
                "events": left.events - leaps,
                "commands": commands,
                "kinds": {kind: n for kind, n in left.kinds.items() if kind not in _LEAPS},
            },
        },
    )


async def _checked(performance: Coroutine[Any, Any, Played]) -> Played:
    played = await performance
    if not played.agrees:
        raise RuntimeError("the rehearsal and the pure core came to different events")
    return played


async def _workflow_id(client: Client, plan: Plan) -> str:
    """The id under which the plan was rehearsed last, once the server lists it."""
    query = f'WorkflowId STARTS_WITH "{plan.launch.chain_id}."'
    while True:
        async for found in client.list_workflows(query):
            return found.id
        await asyncio.sleep(POLL_SECONDS)
