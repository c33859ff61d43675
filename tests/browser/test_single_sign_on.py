"""Signing in through an identity server in a browser, as people do: there and back, and out."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Page
from pydantic import SecretStr

from groundwork.console.preparing import prepare_tables
from groundwork.domain.model import Role
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.settings import Settings
from groundwork.store.engine import create_engine
from groundwork.store.linked import LinkedIdentities
from groundwork.store.people import People
from tests.browser.conftest import PHONE, Open, Watch
from tests.browser.demo import Serving, answering
from tests.signon.conftest import identity_server
from tests.signon.server import CLIENT, CLIENT_SECRET, PEOPLE, IdentityServer

__all__ = ["identity_server"]

EXPECTED = ("status of 401", "status of 403", "status of 404")
"""Pages that ask to sign in, the one that lets nobody in, and files that the identity server's own
pages lack."""


@pytest_asyncio.fixture(loop_scope="session")
async def site(
    postgres_server: EmbeddedPostgres,
    temporal_server: EmbeddedTemporal,
    identity_server: IdentityServer,
    tmp_path: Path,
) -> AsyncIterator[str]:
    """A Groundwork that is registered with the identity server, with one person linked."""
    identity_server.start()
    name = f"signon_{uuid4().hex}"
    url = postgres_server.create_database(name)
    await prepare_tables(url)
    database = create_engine(url)
    person = await People(database).create("张某", Role.HOUSEKEEPER)
    linked = LinkedIdentities(database)
    await linked.link(
        person.id, identity_server.issuer, "zhang", kind="person", by="p-administrator"
    )
    settings = Settings(
        data_dir=tmp_path,
        port=identity_server.site_port,
        database_url=SecretStr(url),
        temporal_address=temporal_server.address,
        oidc_issuer=identity_server.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
        local_sign_in=False,
    )
    with Serving(settings, url, temporal_server.address):
        await answering(settings.api_url)
        yield settings.api_url
    await database.dispose()
    postgres_server.drop_database(name)


async def signs_in_there(page: Page, name: str) -> None:
    """Fill in the identity server's own pages."""
    await page.locator("#login").fill(name)
    await page.locator("#loginform button[type=submit]").first.click()
    await page.locator("#password").fill(PEOPLE[name])
    await page.locator("#passwordform button[type=submit]").first.click()


async def test_there_and_back_and_out(
    open_context: Open, site: str, identity_server: IdentityServer, watch: Watch
) -> None:
    watch.forgiven = EXPECTED
    context = await open_context("zh", PHONE, base_url=site)
    page = await context.new_page()
    await page.goto("/profile/channels")
    await page.wait_for_url("**/sign-in?next=*")
    assert await page.locator("#password").count() == 0, "no local sign-in"
    await page.get_by_role("button", name="登录 · 统一身份认证").click()
    await page.wait_for_url(f"{identity_server.issuer}/**")
    await signs_in_there(page, "zhang")
    await page.wait_for_url(f"{site}/profile/channels")

    # The session ends while a form is being filled in; what was typed is there afterwards.
    await page.locator('main form [name="label"]').first.fill("值班手机")
    session = [one for one in await context.cookies() if one["name"] == "groundwork"]
    assert session[0]["httpOnly"]
    await context.clear_cookies(name="groundwork")
    await page.locator('main form [name="url"]').first.fill("a@example.cn")
    await page.locator("main form button.primary").first.click()
    await page.get_by_role("button", name="登录 · 统一身份认证").click()
    # The server still knows who it is, and sends them straight back.
    await page.wait_for_url(f"{site}/sign-in/callback?*")
    assert await page.locator('[name="label"]').input_value() == "值班手机"
    assert "state=" not in await page.locator("footer").inner_text()

    await page.goto("/profile")
    await page.locator('form[action="/sign-out"] button').click()
    await page.wait_for_url(f"{site}/sign-in")
    await page.get_by_role("button", name="登录 · 统一身份认证").click()
    await page.locator("#login").wait_for()  # signed out there as well: it asks who it is


async def test_somebody_not_linked_is_told_whom_to_ask(
    open_context: Open, site: str, watch: Watch
) -> None:
    watch.forgiven = EXPECTED
    context = await open_context("en", base_url=site)
    page = await context.new_page()
    await page.goto("/sign-in?lang=en")
    await page.get_by_role("button", name="Sign in · Single sign-on").click()
    await signs_in_there(page, "li")
    await page.wait_for_url(f"{site}/sign-in/callback?*")
    await page.locator("main", has_text="you are not linked to anybody").wait_for()
    assert [one for one in await context.cookies() if one.get("name") == "groundwork"] == []
