"""Passwords are hashed so that each hash differs and none but the password fits."""

import asyncio

from argon2 import PasswordHasher

from groundwork.domain.passwords import weakness
from groundwork.runtime.passwords import hashed, one_time_password, outdated, verified


async def test_only_the_password_fits_and_no_two_hashes_are_alike() -> None:
    first, second = await asyncio.gather(hashed("one of these"), hashed("one of these"))
    assert first != second
    assert first.startswith("$argon2id$")
    assert await verified(first, "one of these")
    assert not await verified(first, "one of those")
    assert not await verified("no hash", "one of these")
    assert not await verified(None, "one of these")


async def test_hashes_of_weaker_figures_are_to_be_renewed() -> None:
    assert outdated(PasswordHasher(time_cost=1).hash("x"))
    assert not outdated(await hashed("x"))


def test_one_time_passwords_differ_and_would_pass_for_chosen_ones() -> None:
    drawn = {one_time_password() for _ in range(200)}
    assert len(drawn) == 200
    assert {weakness(one, ()) for one in drawn} == {None}
