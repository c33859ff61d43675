"""Plants the demonstration's park beside the running product, and tells how far it has come."""

import asyncio
import sys
from datetime import timedelta
from time import perf_counter

import structlog

from groundwork.console.preparing import database
from groundwork.console.screen import Mark, Screen
from groundwork.demonstration.casting import Casting
from groundwork.demonstration.park import PlannedProject, read_park_file
from groundwork.demonstration.seeding import Seeding
from groundwork.runtime.demonstration import ParkState, Player, read_park
from groundwork.runtime.gateway import GatewayError
from groundwork.runtime.settings import Settings
from groundwork.runtime.supervisor import Engines
from groundwork.runtime.temporal import TemporalError, connect
from groundwork.store.channels import Notices
from groundwork.store.errors import StoreError

AGAIN_SECONDS = 5.0
LOOKS = 120
"""Seconds that the postman has to catch up with months of events."""
NEWS = timedelta(days=2)

log = structlog.stdlib.get_logger(__name__)


async def plant(
    settings: Settings, engines: Engines, players: tuple[Player, ...], screen: Screen
) -> None:
    """Plant what is not there yet, however often an engine has to be started again meanwhile."""
    park = read_park_file()
    began = perf_counter()

    def tell(state: ParkState, project: PlannedProject) -> None:
        done = f"{len(state.done)}/{state.total}"
        _tell(screen, f"  {done}  {screen.say(project.name.zh, project.name.en)}")

    state = read_park(settings.data_dir)
    if state is None or not state.complete or len(park.ids) > state.total:
        _tell(
            screen,
            screen.say(
                "正在布置演示项目，可以边看边等：", "Planting the park; look around meanwhile:"
            ),
        )
    # Of a park that is whole nothing is planted again, but what is old may still be unread.
    while True:
        connections = database(engines.database_url)
        try:
            client = await connect(settings, address=engines.temporal_address)
            seeding = Seeding(client, settings.task_queue, connections, Casting(players))
            state = await seeding.run(park, settings.data_dir, tell)
            await _put_away(Notices(connections), state)
        except (GatewayError, StoreError, TemporalError) as error:
            log.warning("planting goes on in a moment", reason=str(error))
            await asyncio.sleep(AGAIN_SECONDS)
        except ExceptionGroup as mistakes:
            log.error("the park cannot be planted", reason=str(mistakes.exceptions[0]))
            return
        else:
            seconds = perf_counter() - began
            _tell(screen, Mark(f"{_whole(screen, state)} ({seconds:.0f} s)", "bold green"))
            return
        finally:
            await connections.dispose()


async def _put_away(notices: Notices, state: ParkState) -> None:
    """Let everybody have read what happened in the park's past, but for the last days."""
    for _ in range(LOOKS):
        if await notices.put_away(state.as_of - NEWS):
            return
        await asyncio.sleep(1)


def _whole(screen: Screen, state: ParkState) -> str:
    return screen.say(
        f"演示项目已齐备：{len(state.done)} 个。", f"The park is complete: {state.total} projects."
    )


def _tell(screen: Screen, line: str | Mark) -> None:
    screen.tell(line)
    sys.stdout.flush()
