"""The overseers' page: signatures, refused attempts, and a check that names what is wrong."""

import asyncio
from datetime import UTC, datetime
from typing import Any

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
from tests.pages.browsing import Browser, signed_in

KEY = SigningKey.new()


async def checked(overseer: Browser, chain: str, language: str = "zh") -> str:
    """What the page says once a check that was asked for is over."""
    asked = await overseer.send("/audit", "/audit", chain=chain)
    assert asked.headers["location"] == "/audit#check"
    return await shown_check(overseer, language)


async def shown_check(overseer: Browser, language: str = "zh") -> str:
    """What the page says once the check that is under way is over."""
    while "<progress" in (page := await overseer.get(f"/audit?lang={language}")).text:
        await asyncio.sleep(0.05)
    return plain(page.text)


def _numbered(check: dict[str, Any] | None) -> int | None:
    return check["id"] if check else None


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


async def test_before_anything_is_signed_or_checked_it_says_so(house: House) -> None:
    page = await (await signed_in(house, "data_bureau")).get("/audit")
    assert "还没有签名" in page.text
    assert "还没有核验过" in page.text


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
    shown = await checked(overseer, chain, language)
    for words in [*said, fingerprint(KEY.public), house.people["project_manager"], "not_permitted"]:
        assert words in shown, words


async def test_a_check_names_the_row_that_was_changed(
    house: House, engine: AsyncEngine, chain: str
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
        changed = "UPDATE event SET basis = 'none' WHERE chain_id = :chain AND seq = 2"
        await connection.execute(text(changed), {"chain": chain})
    overseer = await signed_in(house, "data_bureau")
    shown = await checked(overseer, "")
    assert "发现 1 处问题" in shown
    assert f"{chain} 2 被改动 its column basis differs from its body" in shown


async def test_nobody_is_made_to_check_it_unawares(house: House) -> None:
    overseer = await signed_in(house, "data_bureau")
    before = await house.resources.checks.kept.last()
    forged = await overseer.post("/audit", chain="")
    assert forged.status_code == 403
    assert (await overseer.get("/audit?check=1")).status_code == 200
    assert _numbered(await house.resources.checks.kept.last()) == _numbered(before)


async def test_one_check_waits_for_the_other_and_nobody_else_does(house: House, chain: str) -> None:
    overseer = await signed_in(house, "data_bureau")
    async with house.resources.checking:
        asked = asyncio.create_task(overseer.send("/audit", "/audit", chain=chain))
        other = await house.get("housekeeper", "/chains")
        assert (other.status_code, asked.done()) == (200, False)
        assert (await asked).status_code == 303
        assert "正在核验" in plain((await overseer.get("/audit")).text)
        # Whoever asks meanwhile is shown the one that is under way.
        assert (await overseer.send("/audit", "/audit", chain="other")).status_code == 303
    assert "台账完整，未发现问题" in await shown_check(overseer)
    assert chain in await shown_check(overseer)


async def test_the_check_of_the_whole_record_tells_everybody_how_far_it_is(
    house: House, chain: str
) -> None:
    overseer = await signed_in(house, "data_bureau")
    checks = house.resources.checks.kept
    number = await checks.begin(None, house.people["business_environment_office"])
    assert number is not None
    await checks.note(number, 3, 4)
    page = (await overseer.get("/audit")).text
    assert '<progress max="100" value="75"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    await checks.end(number, None)
    ended = (await overseer.get("/audit")).text
    assert "核验中断" in ended
    assert "<progress" not in ended
    assert "http-equiv" not in ended


async def test_an_unknown_chain_is_not_called_whole(house: House) -> None:
    overseer = await signed_in(house, "data_bureau")
    assert "缺失" in await checked(overseer, "none")


async def test_the_history_leads_overseers_to_the_file_of_the_case(
    house: House, chain: str
) -> None:
    address = f"/api/v1/audit/chains/{chain}/case.pdf"
    overseer, keeper = [await signed_in(house, who) for who in ("data_bureau", "housekeeper")]
    assert address in (await overseer.get(f"/chains/{chain}/history")).text
    assert "/audit/" not in (await keeper.get(f"/chains/{chain}/history")).text
    assert (await overseer.get(address)).headers["content-type"] == "application/pdf"
