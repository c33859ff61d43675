"""What must be there before chains can live: tables, definitions, search attributes, a person."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.calendars import calendar_versions, load_calendar
from groundwork.catalogue.loader import available, content_hash, get
from groundwork.console import tokens
from groundwork.console.cast import save_token
from groundwork.domain.model import Role
from groundwork.runtime.deployments import Deployments
from groundwork.runtime.keyrings import require_key_rings, vault_keys
from groundwork.runtime.passwords import hashed, one_time_password
from groundwork.runtime.production import require_sound
from groundwork.runtime.settings import Settings, SettingsError
from groundwork.runtime.temporal import (
    connect,
    register_search_attributes,
    retain_closed_chains,
)
from groundwork.store import vault
from groundwork.store.accounts import Accounts
from groundwork.store.definitions import Definitions
from groundwork.store.engine import autocommit, create_engine
from groundwork.store.errors import SignInNameTaken
from groundwork.store.migrations import migrate
from groundwork.store.people import People

ADMINISTRATOR_NAME: Final = "admin"
"""The sign-in name of the first administrator."""


async def prepare_cluster(settings: Settings) -> dict[str, Any]:
    """Everything, for servers that are not ours. What was added, and a first person's token.

    Raises SettingsError when the settings name no such servers, StoreError, TemporalError.
    """
    require_sound(settings)
    if settings.database_url is None or settings.embeds_temporal:
        raise SettingsError(
            "prepare 用于自备的服务器：请设置 DATABASE_URL 和 TEMPORAL_ADDRESS；"
            "单机请用 groundwork up。 prepare is for servers of your own: set DATABASE_URL and "
            "TEMPORAL_ADDRESS; on one machine `groundwork up` prepares its own."
        )
    url = settings.database_url.get_secret_value()
    require_key_rings(settings)
    vault.use(vault_keys(settings))
    await prepare_tables(url)
    connections = database(url)
    try:
        await save_catalogue(connections)
        people = People(connections)
        token = await people.ensure_administrator()
        handed = await first_password(people, connections, settings) if token else None
    finally:
        await connections.dispose()
    return {
        "search_attributes": await prepare_temporal(settings),
        "waits_for_version": await _waits_for_version(settings),
        "administrator_token": token,
        **(
            {"administrator_sign_in_name": handed[0], "administrator_password": handed[1]}
            if handed
            else {}
        ),
    }


async def prepare_tables(url: str) -> None:
    """Bring the database up to date; its personal data must open with this process's key ring.

    Raises SchemaNewer, StoreUnavailable, VaultKeyMissing.
    """
    await asyncio.to_thread(migrate, url)
    connections = database(url)
    try:
        async with autocommit(connections) as connection:
            await vault.require_keys(connection)
    finally:
        await connections.dispose()


async def save_catalogue(database: AsyncEngine) -> None:
    """Keep the definitions and calendars of this release for ever. Raises ContentDiffers."""
    definitions = Definitions(database)
    for entry in available():
        definition = get(entry.id, entry.version)
        await definitions.save(content_hash(definition), definition)
    for version in calendar_versions():
        await definitions.save_calendar(load_calendar(version))


async def prepare_temporal(settings: Settings) -> list[str]:
    """Register the search attributes in both namespaces; the names added.

    Raises TemporalError when the server does not answer or lacks a namespace.
    """
    added: list[str] = []
    for namespace in (settings.namespace, settings.rehearsal_namespace):
        client = await connect(settings, namespace=namespace)
        added += await register_search_attributes(client, namespace)
    await retain_closed_chains(client, settings.namespace)
    return added


async def _waits_for_version(settings: Settings) -> str | None:
    """The version that must be made current before chains advance; None where nothing waits."""
    if not settings.versioned:
        return None
    found = await Deployments(await connect(settings), settings.deployment).find()
    return None if found and found.current else settings.build_id


async def first_administrator(people: People, data_dir: Path) -> str | None:
    """The secret of the first administrator's token if it was created just now; saved as well."""
    secret = await people.ensure_administrator()
    if secret is not None:
        tokens.save(data_dir, tokens.ADMINISTRATOR, secret)
    return secret


async def first_password(
    people: People, database: AsyncEngine, settings: Settings
) -> tuple[str, str]:
    """Sign-in name and one-time password for the administrator who was created just now."""
    person = next(
        one for one in await people.all() if one.active and one.role is Role.ADMINISTRATOR
    )
    password, now = one_time_password(), datetime.now(UTC)
    lapses = now + timedelta(hours=settings.one_time_password_hours)
    accounts, password_hash = Accounts(database), await hashed(password)
    try:
        await accounts.open(person.id, ADMINISTRATOR_NAME, password_hash, now, lapses)
    except SignInNameTaken:  # by an administrator who has left
        await accounts.open(person.id, person.id, password_hash, now, lapses)
        return person.id, password
    return ADMINISTRATOR_NAME, password


async def keep_administrator(people: People, data_dir: Path) -> None:
    """Save a fresh token of an administrator where the saved one is lost or out of force.

    Only for a database of our own: whoever reads its folder could do everything anyhow.
    """
    administrators = [
        person
        for person in await people.all()
        if person.role is Role.ADMINISTRATOR and person.active
    ]
    secret = tokens.find(data_dir, tokens.ADMINISTRATOR)
    bearer = await people.authenticate(secret) if secret else None
    if bearer is None and administrators:
        await save_token(people, administrators[0], tokens.ADMINISTRATOR, data_dir)


def database(url: str) -> AsyncEngine:
    """A few connections for a command."""
    return create_engine(url, pool_size=2)
