"""A newer version of a definition for chains that run: previewed, rolled out, adopted once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api import calendar_shapes, upgrade_shapes
from groundwork.catalogue.loader import get
from tests.api.house import House

KIND = "land-to-construction"
OLD, NEW = "1.0.0", "1.1.0"


async def launched(house: House) -> str:
    """A running chain on the older version, with its first step handed in."""
    project = await house.project()
    order = {"chain": KIND, "version": OLD, "project": project["code"]}
    response = await house.post("housekeeper", "/chains", order)
    assert response.status_code in {201, 202}, response.text
    chain: str = response.json()["chain"]
    first = next(one for one in get(KIND, OLD).steps if not one.after)
    materials = [one.id for one in first.materials]
    await house.act("administrator", chain, "receive", step=first.id, materials=materials)
    return chain


async def ended(house: House) -> dict[str, Any]:
    """The rollout, once it has come to an end."""
    async with asyncio.timeout(60):
        while True:
            response = await house.get("administrator", f"/catalogue/{KIND}/upgrade")
            calendar_shapes.RolloutShape.model_validate_json(response.content)
            now: dict[str, Any] = response.json()
            if now["state"] in {"done", "incomplete", "superseded"}:
                return now
            await asyncio.sleep(0.2)


async def test_a_chain_that_is_over_goes_over_to_nothing(busy_house: House) -> None:
    house = busy_house
    chain = await launched(house)
    await house.act("housekeeper", chain, "withdraw_chain", reason="项目取消")
    async with asyncio.timeout(60):
        while (over := await house.get("administrator", f"/chains/{chain}/upgrade")).is_success:
            await asyncio.sleep(0.05)
    assert (over.status_code, over.json()["code"]) == (409, "chain_closed")
    path = house.app.openapi()["paths"]["/api/v1/chains/{chain_id}/upgrade"]["get"]
    assert (
        "chain_closed"
        in path["responses"]["409"]["content"]["application/problem+json"]["examples"]
    )


async def test_running_chains_go_over_to_the_newer_version_once(
    busy_house: House, engine: AsyncEngine
) -> None:
    house = busy_house
    chains = [await launched(house) for _ in range(3)]
    alone, *together = chains

    one = await house.get("administrator", f"/chains/{alone}/upgrade")
    told = upgrade_shapes.ChainUpgradeShape.model_validate_json(one.content)
    assert (told.version, told.to.version, told.fits) == (OLD, NEW, True)
    preview = await house.get("administrator", f"/catalogue/{KIND}/upgrade/preview?afresh=true")
    seen = upgrade_shapes.UpgradePreviewShape.model_validate_json(preview.content)
    assert (seen.state, seen.looked_at, seen.unfit_count) == ("ready", 3, 0)

    adopted = await house.act(
        "administrator", alone, "adopt_definition", version=NEW, hash=told.to.hash
    )
    assert adopted.status_code in {200, 202}, adopted.text
    begun = await house.post("administrator", f"/catalogue/{KIND}/upgrade", {})
    assert begun.json()["definition"]["version"] == NEW
    done = await ended(house)
    assert (done["state"], done["failed"], done["left"]) == ("done", 0, 0)
    for chain in chains:
        shown = (await house.get("administrator", f"/chains/{chain}")).json()
        assert shown["definition_version"] == NEW
        assert {step["key"] for step in shown["steps"]} == {one.id for one in get(KIND, NEW).steps}
    # Asked for again it does nothing more, and the record is whole.
    await house.post("administrator", f"/catalogue/{KIND}/upgrade", {"version": NEW})
    assert (await ended(house))["left"] == 0
    async with engine.connect() as connection:
        count = await connection.scalar(
            text("SELECT count(*) FROM event WHERE type = 'definition_adopted'")
        )
    assert count == len(together) + 1
    whole = await house.get("data_bureau", "/audit/verify")
    assert whole.json()["findings"] == []


class TestWhoMay:
    @pytest.mark.parametrize("who", ["housekeeper", "ops", "data_bureau"])
    async def test_only_administrators(self, house: House, who: str) -> None:
        path = f"/catalogue/{KIND}/upgrade"
        assert (await house.get(who, path)).status_code == 403
        assert (await house.get(who, f"{path}/preview")).status_code == 403
        assert (await house.post(who, path, {})).status_code == 403
        assert (await house.get(who, "/chains/some.chain/upgrade")).status_code == 403

    async def test_what_is_not_there_is_told(self, house: House) -> None:
        path = f"/catalogue/{KIND}/upgrade?version=9.9.9"
        for address in (path, path.replace("?", "/preview?")):
            answer = await house.get("administrator", address)
            assert (answer.status_code, answer.json()["code"]) == (404, "definition_not_found")
        missing = await house.get("administrator", "/chains/some.chain/upgrade")
        assert missing.json()["code"] == "chain_not_found"

    async def test_an_engine_that_is_away_is_told(self, house: House) -> None:
        answer = await house.post("administrator", f"/catalogue/{KIND}/upgrade", {})
        assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")
