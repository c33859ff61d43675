"""Commands that are held: not sent before their time, and taken back until then by their sender."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.commands import Accept, Envelope
from groundwork.domain.model import Actor, Role
from groundwork.store.pending import Pending, Refusal

CHAIN = "land-to-construction.2603-440784-04-01-558123"
OFFICER = Actor(id="p_officer", role=Role.OFFICER, department="park-committee")


def envelope(key: str) -> Envelope:
    return Envelope(key=key, by=OFFICER, received_at=datetime.now(UTC), command=Accept(step="L01"))


@pytest.fixture
def pending(engine: AsyncEngine) -> Pending:
    return Pending(engine)


async def test_what_is_held_is_not_sent_yet(pending: Pending) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    await pending.keep(CHAIN, envelope("held-until-later"), not_before=later)
    await pending.keep(CHAIN, envelope("held-until-now"), not_before=datetime.now(UTC))
    keys = {one.envelope.key for one in await pending.oldest(100)}
    assert "held-until-now" in keys
    assert "held-until-later" not in keys


async def test_its_sender_sees_it_and_takes_it_back_once(pending: Pending) -> None:
    key = "held-and-taken-back"
    until = datetime.now(UTC) + timedelta(hours=1)
    await pending.keep(CHAIN, envelope(key), not_before=until)
    (seen,) = [one for one in await pending.of(OFFICER.id) if one.key == key]
    assert (seen.verb, seen.step, seen.until, seen.refusal) == ("accept", "L01", until, None)
    assert not await pending.take_back([(CHAIN, key)], "p_another")
    assert await pending.take_back([(CHAIN, key)], OFFICER.id)
    assert not await pending.take_back([(CHAIN, key)], OFFICER.id)
    assert await pending.find(CHAIN, key) is None


async def test_what_is_on_its_way_cannot_be_taken_back(pending: Pending) -> None:
    key = "held-long-enough"
    await pending.keep(CHAIN, envelope(key), not_before=datetime.now(UTC) - timedelta(seconds=1))
    assert not await pending.take_back([(CHAIN, key)], OFFICER.id)
    assert await pending.find(CHAIN, key) is not None


async def test_what_was_done_at_once_is_taken_back_at_once_but_for_what_is_sent(
    pending: Pending,
) -> None:
    now, keys = datetime.now(UTC), [f"held-at-once-{number}" for number in range(3)]
    for key, seconds in zip(keys, (60, 60, -1), strict=True):
        await pending.keep(CHAIN, envelope(key), not_before=now + timedelta(seconds=seconds))
    commands = [(CHAIN, key) for key in keys]
    assert await pending.take_back(commands, OFFICER.id) == 2
    assert [await pending.find(CHAIN, key) is None for key in keys] == [True, True, False]
    assert await pending.take_back([], OFFICER.id) == 0


async def test_a_refusal_is_shown_until_it_is_put_away(pending: Pending) -> None:
    key = "held-and-refused"
    await pending.keep(CHAIN, envelope(key), not_before=datetime.now(UTC))
    await pending.dismiss([(CHAIN, key)], OFFICER.id)
    await pending.refuse(CHAIN, key, Refusal("wrong_state", {}))
    (seen,) = [one for one in await pending.of(OFFICER.id) if one.key == key]
    assert seen.refusal == Refusal("wrong_state", {})
    await pending.dismiss([(CHAIN, key)], OFFICER.id)
    assert await pending.find(CHAIN, key) is None


async def test_a_command_kept_for_a_silent_engine_is_not_shown_as_held(pending: Pending) -> None:
    await pending.keep(CHAIN, envelope("kept-not-held"))
    assert "kept-not-held" not in {one.key for one in await pending.of(OFFICER.id)}
