"""Tokens open the door for whom they were issued, and are of no use to who reads the database."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.model import Actor, Role
from groundwork.store.engine import create_engine
from groundwork.store.errors import UnknownPerson
from groundwork.store.people import People
from tests.store.conftest import Execute


@pytest.fixture
def people(engine: AsyncEngine) -> People:
    return People(engine)


async def test_a_token_tells_who_bears_it(people: People) -> None:
    officer = await people.create("陈经办", Role.OFFICER, "planning")
    token = await people.issue_token(officer.id, "desktop")
    assert await people.authenticate(token.secret) == officer
    assert officer.actor == Actor(id=officer.id, role=Role.OFFICER, department="planning")
    assert await people.get(officer.id) == officer
    assert await people.get("p-nobody") is None


async def test_a_token_is_256_random_bits_behind_a_prefix(people: People) -> None:
    person = await people.create("陈经办", Role.OFFICER)
    secrets = {(await people.issue_token(person.id, "x")).secret for _ in range(5)}
    assert len(secrets) == 5
    assert all(re.fullmatch(r"gw_[A-Za-z0-9_-]{43}", secret) for secret in secrets)


async def test_no_secret_is_stored_in_clear(people: People, execute: Execute) -> None:
    person = await people.create("陈经办", Role.OFFICER)
    token = await people.issue_token(person.id, "desktop")
    await people.authenticate(token.secret)
    tables = await execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert len(tables) > 10
    for (table,) in tables:
        rows = str(await execute(f'SELECT * FROM "{table}"'))
        assert token.secret not in rows
        assert token.secret.removeprefix("gw_") not in rows
    listed = await people.tokens(person.id)
    assert [row["id"] for row in listed] == [token.id]
    assert "hash" not in listed[0]


@pytest.mark.parametrize("secret", ["", "gw_", "gw_unknown", "\0", "\ud800", "经办" * 1000])
async def test_an_unknown_secret_is_refused(people: People, secret: str) -> None:
    await people.create("陈经办", Role.OFFICER)
    assert await people.authenticate(secret) is None


async def test_a_revoked_token_is_refused_and_others_are_not(people: People) -> None:
    person = await people.create("陈经办", Role.OFFICER)
    lost = await people.issue_token(person.id, "lost")
    kept = await people.issue_token(person.id, "kept")
    assert await people.revoke(lost.id)
    assert not await people.revoke(lost.id)
    assert not await people.revoke("t-unknown")
    assert await people.authenticate(lost.secret) is None
    assert await people.authenticate(kept.secret) == person


async def test_an_expired_token_is_refused(people: People) -> None:
    person = await people.create("陈经办", Role.OFFICER)
    now = datetime.now(UTC)
    old = await people.issue_token(person.id, "old", expires_at=now - timedelta(seconds=1))
    new = await people.issue_token(person.id, "new", expires_at=now + timedelta(hours=1))
    assert await people.authenticate(old.secret) is None
    assert await people.authenticate(new.secret) == person


async def test_somebody_who_left_is_refused(people: People) -> None:
    person = await people.create("陈经办", Role.OFFICER)
    token = await people.issue_token(person.id, "desktop")
    await people.deactivate(person.id)
    assert await people.authenticate(token.secret) is None
    assert [somebody.active for somebody in await people.all()] == [False]


async def test_use_is_noted_but_not_on_every_request(people: People, execute: Execute) -> None:
    person = await people.create("陈经办", Role.OFFICER)
    token = await people.issue_token(person.id, "desktop")
    assert (await people.tokens(person.id))[0]["last_used_at"] is None
    await people.authenticate(token.secret)
    first = (await people.tokens(person.id))[0]["last_used_at"]
    assert first is not None
    await people.authenticate(token.secret)
    assert (await people.tokens(person.id))[0]["last_used_at"] == first
    await execute("UPDATE api_token SET last_used_at = last_used_at - interval '1 hour'")
    await people.authenticate(token.secret)
    assert (await people.tokens(person.id))[0]["last_used_at"] > first


async def test_nobody_gets_a_token_who_is_not_there(people: People) -> None:
    with pytest.raises(UnknownPerson, match="no person p-ghost"):
        await people.issue_token("p-ghost", "desktop")
    with pytest.raises(UnknownPerson):
        await people.deactivate("p-ghost")


class TestFirstAdministrator:
    async def test_there_is_one_once(self, people: People) -> None:
        secret = await people.ensure_administrator()
        assert secret is not None
        person = await people.authenticate(secret)
        assert person is not None
        assert person.role is Role.ADMINISTRATOR
        assert await people.ensure_administrator() is None

    async def test_processes_that_start_at_once_create_one(
        self, people: People, database: str
    ) -> None:
        engines = [create_engine(database) for _ in range(3)]
        secrets = await asyncio.gather(
            *(People(engine).ensure_administrator() for engine in engines * 2)
        )
        for engine in engines:
            await engine.dispose()
        assert sum(secret is not None for secret in secrets) == 1
        assert len(await people.all()) == 1

    async def test_other_people_do_not_count_and_a_former_one_does_not_either(
        self, people: People
    ) -> None:
        await people.create("管家", Role.HOUSEKEEPER)
        former = await people.create("前管理员", Role.ADMINISTRATOR)
        await people.deactivate(former.id)
        assert await people.ensure_administrator() is not None
