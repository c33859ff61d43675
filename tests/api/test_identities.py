"""What is remembered of tokens: never past the moment in which somebody was to be forgotten."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.errors import Problem
from groundwork.api.identities import Identities
from groundwork.store.people import Bearer, People
from tests.api.house import Cast


class Dawdling(People):
    """Reads at once and answers when it is let."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.has_read, self.may_answer = asyncio.Event(), asyncio.Event()

    async def bearer(
        self, secret: str, *, idle: timedelta | None = None, counts: bool = True
    ) -> Bearer | None:
        found = await super().bearer(secret, idle=idle, counts=counts)
        self.has_read.set()
        await self.may_answer.wait()
        return found


async def test_a_token_revoked_while_it_was_looked_up_is_not_remembered(
    engine: AsyncEngine, cast: Cast
) -> None:
    people = Dawdling(engine)
    identities = Identities(people, timedelta(hours=1))
    issued = await people.issue_token(cast.people["ops"], "short-lived")
    asking = asyncio.create_task(identities.bearer(issued.secret, "api"))
    await people.has_read.wait()
    await people.revoke(issued.id)
    identities.forget()
    people.may_answer.set()
    assert (await asking).person.id == cast.people["ops"], "it was good when it was read"
    with pytest.raises(Problem, match="not_signed_in"):
        await identities.bearer(issued.secret, "api")
