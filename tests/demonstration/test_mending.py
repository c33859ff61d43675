"""The repair kit understands the demonstration's chains, whose input has a clock beside it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundwork.console.reconciling import Reconciling, Standing
from groundwork.domain import commands as cmd
from groundwork.domain.model import Role
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.settings import Settings
from tests.demonstration import stage
from tests.demonstration.conftest import Garden

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_they_agree_with_their_record_and_go_on_from_it(
    garden: Garden,
    temporal_server: EmbeddedTemporal,
    module_postgres_url: str,
    tmp_path: Path,
) -> None:
    state = await garden.seeding().run(garden.park, tmp_path, lambda *_: None)
    projects = list(garden.park.planned(stage.casting(), state.as_of))
    chains = [plan.launch.chain_id for project in projects for plan in project.plans]
    settings = Settings(demo=True, task_queue=garden.queue)
    reconciling = Reconciling(settings, module_postgres_url, temporal_server.address)
    found = [await reconciling.look(chain) for chain in chains]
    assert {one.standing for one in found} == {Standing.AGREE}

    await reconciling.restart(chains[0], "to see it go on")
    review = cmd.Envelope(
        key="reviewed-after-the-restart",
        by=stage.casting().actor(Role.OFFICER, "park-committee"),
        received_at=datetime.now(UTC),
        command=cmd.BeginReview(step="L03"),
    )
    receipt = await garden.gateway.act(chains[0], review)
    assert receipt.seq > found[0].recorded
