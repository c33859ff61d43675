"""Commands that wait for the engine's answer."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.commands import Accept, Envelope
from groundwork.domain.model import Actor, Role
from groundwork.store.pending import Kept, Pending, Refusal

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def _asked(key: str, at: datetime = NOON, step: str = "L01") -> Envelope:
    officer = Actor(id="officer-1", role=Role.OFFICER, department="park-committee")
    return Envelope(key=key, by=officer, received_at=at, command=Accept(step=step))


@pytest.fixture
def pending(engine: AsyncEngine) -> Pending:
    return Pending(engine)


async def test_a_kept_command_is_found_as_it_was(pending: Pending) -> None:
    await pending.keep("chain-1", _asked("accept-0001"))
    assert await pending.find("chain-1", "accept-0001") == Kept(_asked("accept-0001"), None)


async def test_it_counts_from_the_first_time_it_was_received(pending: Pending) -> None:
    await pending.keep("chain-1", _asked("accept-0001"))
    await pending.keep("chain-1", _asked("accept-0001", NOON + timedelta(hours=13)))
    kept = await pending.find("chain-1", "accept-0001")
    assert kept is not None
    assert kept.envelope.received_at == NOON


async def test_those_that_wait_longest_come_first(pending: Pending) -> None:
    await pending.keep("chain-2", _asked("accept-later", NOON + timedelta(seconds=1)))
    await pending.keep("chain-1", _asked("accept-first"))
    assert [one.envelope.key for one in await pending.oldest(10)] == [
        "accept-first",
        "accept-later",
    ]
    assert len(await pending.oldest(1)) == 1


async def test_an_answered_command_is_forgotten(pending: Pending) -> None:
    await pending.keep("chain-1", _asked("accept-0001"))
    await pending.drop("chain-1", "accept-0001")
    assert await pending.find("chain-1", "accept-0001") is None
    assert await pending.oldest(10) == []


async def test_a_refused_command_waits_no_longer_but_its_refusal_is_told(pending: Pending) -> None:
    refusal = Refusal("wrong_state", {"step": "L01"})
    await pending.keep("chain-1", _asked("accept-0001"))
    await pending.refuse("chain-1", "accept-0001", refusal)
    assert await pending.oldest(10) == []
    assert await pending.find("chain-1", "accept-0001") == Kept(_asked("accept-0001"), refusal)
