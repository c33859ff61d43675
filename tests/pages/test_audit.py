"""The overseers' page: signatures, refused attempts, and a check that names what is wrong."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.calendars import load_calendar
from groundwork.catalogue.loader import latest
from groundwork.domain.rules import Rules
from groundwork.store.signatures import SigningKey, fingerprint
from groundwork.store.signed_heads import SignedHeads
from tests.api.house import House
from tests.api.pages import plain
from tests.api.recorded import recorded, started
from tests.pages.browsing import signed_in

KEY = SigningKey.new()


@pytest.fixture
async def chain(house: House, engine: AsyncEngine) -> str:
    """A chain in the record, signed, on which an attempt was refused."""
    rules = Rules(latest("land-to-construction"), load_calendar("cn-2026.1"))
    chain = await recorded(engine, await started(house, engine, rules))
    actor = house.people["project_manager"]
    await house.resources.denials.write(actor, "decide", f"chains/{chain}", "not_permitted")
    await SignedHeads(engine).sign(datetime.now(UTC), KEY)
    return chain


async def test_it_is_for_overseers_only(house: House) -> None:
    keeper = await signed_in(house, "housekeeper")
    assert (await keeper.get("/audit")).status_code == 403
    assert 'href="/audit"' not in (await keeper.get("/")).text
    overseer = await signed_in(house, "data_bureau")
    assert 'href="/audit"' in (await overseer.get("/")).text


async def test_before_anything_is_signed_it_says_so(house: House) -> None:
    page = await (await signed_in(house, "data_bureau")).get("/audit")
    assert "还没有签名" in page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["每日签名", "有效", "被拒绝的操作", "台账完整，未发现问题"]),
        ("en", ["Signed heads", "good", "Refused attempts", "the record is whole"]),
    ],
)
async def test_it_shows_signatures_denials_and_a_check(
    house: House, chain: str, language: str, said: list[str]
) -> None:
    overseer = await signed_in(house, "data_bureau")
    page = await overseer.send("/audit", f"/audit?lang={language}", chain=chain)
    shown = plain(page.text)
    for words in [*said, fingerprint(KEY.public), house.people["project_manager"], "not_permitted"]:
        assert words in shown, words
    assert "whole" not in plain((await overseer.get("/audit?lang=en")).text).partition("Signed")[2]


async def test_a_check_names_the_row_that_was_changed(
    house: House, engine: AsyncEngine, chain: str
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
        changed = "UPDATE event SET basis = 'none' WHERE chain_id = :chain AND seq = 2"
        await connection.execute(text(changed), {"chain": chain})
    overseer = await signed_in(house, "data_bureau")
    shown = plain((await overseer.send("/audit", "/audit", chain="")).text)
    assert "发现 1 处问题" in shown
    assert f"{chain} 2 被改动 its column basis differs from its body" in shown


async def test_nobody_is_made_to_check_it_unawares(house: House) -> None:
    overseer = await signed_in(house, "data_bureau")
    forged = await overseer.post("/audit", chain="")
    assert forged.status_code == 403
    assert "台账完整" not in (await overseer.get("/audit?check=1")).text


async def test_one_check_waits_for_the_other_and_nobody_else_does(house: House, chain: str) -> None:
    overseer = await signed_in(house, "data_bureau")
    async with house.resources.checking:
        asked = asyncio.create_task(overseer.send("/audit", "/audit", chain=chain))
        other = await house.get("housekeeper", "/chains")
        assert (other.status_code, asked.done()) == (200, False)
    assert "台账完整，未发现问题" in plain((await asked).text)


async def test_an_unknown_chain_is_not_called_whole(house: House) -> None:
    overseer = await signed_in(house, "data_bureau")
    page = await overseer.send("/audit", "/audit", chain="none")
    assert "缺失" in plain(page.text)


async def test_the_history_leads_overseers_to_the_file_of_the_case(
    house: House, chain: str
) -> None:
    address = f"/api/v1/audit/chains/{chain}/case.pdf"
    overseer, keeper = [await signed_in(house, who) for who in ("data_bureau", "housekeeper")]
    assert address in (await overseer.get(f"/chains/{chain}/history")).text
    assert "/audit/" not in (await keeper.get(f"/chains/{chain}/history")).text
    assert (await overseer.get(address)).headers["content-type"] == "application/pdf"
