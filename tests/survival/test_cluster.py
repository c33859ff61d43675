"""Several workers, several APIs and a proxy: what one of them began the others carry on."""

import shutil
import tempfile
from pathlib import Path

import httpx
import pytest

from groundwork.runtime.embedded import EmbeddedTemporal
from tests.streams import listening
from tests.survival.cluster import Cluster
from tests.survival.park import ENTERPRISE, chain_of, post, project_code
from tests.survival.walk import Walk

CODE = project_code(800_001)


@pytest.mark.timeout(400)
async def test_a_chain_comes_to_its_end_though_a_worker_and_an_api_die(
    postgres_url: str, temporal_server: EmbeddedTemporal
) -> None:
    home = Path(tempfile.mkdtemp(prefix="groundwork-"))
    async with Cluster(postgres_url, temporal_server.address, home) as cluster:
        one, other = (cluster.client(url) for url in cluster.apis)
        await post(one, "/projects", f"project-{CODE}", {"code": CODE, **ENTERPRISE})
        order = {"project": CODE, "chain": "land-to-construction"}
        await post(other, "/chains", f"launch-{CODE}", order)
        turns = cluster.turns()
        walk = Walk(chain_of(CODE), lambda: next(turns))

        async with listening(cluster.site, cluster.token) as page:
            for step in await walk.steps():
                await walk.decide(step)
            await page.until(f"chain:{walk.chain}")
            cluster.kill("worker-1")
            cluster.kill("api-1")
            end = await walk.to_the_end()

        site = cluster.client(cluster.site)
        events = (await site.get(f"/audit/chains/{walk.chain}", params={"limit": 200})).json()
        verified = (await site.get("/audit/verify", params={"chain": walk.chain})).json()
        outside = await site.get(f"{cluster.site}/readyz")
    shutil.rmtree(home)
    acknowledged = {event["key"]: event["seq"] for event in events["items"]}
    assert end["state"] == "completed"
    assert walk.receipts.items() <= acknowledged.items()
    assert [event["seq"] for event in events["items"]] == list(range(1, len(events["items"]) + 1))
    assert verified["findings"] == []
    assert outside.status_code == httpx.codes.NOT_FOUND
