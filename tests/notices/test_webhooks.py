"""Webhooks: signed as an independent implementation expects, guarded, given up at last."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from groundwork.activities.calls import Caller, NotTaken, signature
from groundwork.domain.post import TargetState
from groundwork.runtime.guard import (
    TargetRefused,
    checked_address,
    is_public,
    require_sound_url,
)
from groundwork.store.webhooks import Calls, Webhooks
from tests.notices.town import BOOK, IMPATIENT, Receiver, Town


async def subscribe(town: Town, url: str, types: Sequence[str] = ("*",)) -> tuple[str, str]:
    row, secret = await Webhooks(town.engine).add("监管平台", url, types, "p-admin")
    return row["id"], secret


async def call_all(town: Town, trusted: Sequence[str]) -> None:
    calls, caller = Calls(town.engine, BOOK, IMPATIENT), Caller(trusted)
    while claimed := await calls.claim(16):
        for one in claimed:
            try:
                await caller.call(one)
            except NotTaken as error:
                await calls.failed(one, str(error))
            else:
                await calls.made(one)
        await asyncio.sleep(0.03)


async def test_a_receiver_verifies_the_signature_and_gets_every_event_in_order(
    town: Town, hook: Receiver
) -> None:
    _, secret = await subscribe(town, hook.url)
    await town.launch()
    chain = await town.receive()
    await town.plan()
    await call_all(town, ["127.0.0.1"])
    told = [Webhook(secret).verify(body.decode(), headers) for headers, body in hook.requests]
    assert [one["data"]["seq"] for one in told] == list(range(1, chain.seq + 1))
    assert told[0]["type"] == "chain_launched"
    assert told[0]["data"]["chain"] == chain.id
    assert len({headers["webhook-id"] for headers, _ in hook.requests}) == chain.seq
    for _, body in hook.requests:
        assert b"p-" not in body


async def test_a_changed_body_or_another_secret_does_not_verify(town: Town, hook: Receiver) -> None:
    _, secret = await subscribe(town, hook.url, ["chain_launched"])
    await town.launch()
    await town.plan()
    await call_all(town, ["127.0.0.1"])
    ((headers, body),) = hook.requests
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.decode() + " ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(body.decode(), headers)


def test_the_specifications_own_example() -> None:
    body = b'{"test": 2432232314}'
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_while_a_secret_is_rotated_both_verify(town: Town, hook: Receiver) -> None:
    webhook, old = await subscribe(town, hook.url, ["chain_launched"])
    new = await Webhooks(town.engine).rotate(webhook)
    assert new is not None
    await town.launch()
    await town.plan()
    await call_all(town, ["127.0.0.1"])
    ((headers, body),) = hook.requests
    for secret in (old, new):
        assert json.loads(body) == Webhook(secret).verify(body.decode(), headers)
    await town.sql("UPDATE webhook SET old_secret_until = now() - interval '1 second'")
    await town.launch()
    await town.plan()
    await call_all(town, ["127.0.0.1"])
    headers, body = hook.requests[-1]
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body.decode(), headers)


async def test_only_what_was_subscribed_to_comes(town: Town, hook: Receiver) -> None:
    await subscribe(town, hook.url, ["step_received"])
    await town.launch()
    await town.receive()
    await town.plan()
    await call_all(town, ["127.0.0.1"])
    assert [json.loads(body)["type"] for _, body in hook.requests] == ["step_received"]


async def test_a_receiver_that_keeps_failing_is_given_up_and_told_to_operators(
    town: Town, hook: Receiver
) -> None:
    await subscribe(town, hook.url)
    hook.status = 500
    await town.launch()
    await town.plan()
    await call_all(town, ["127.0.0.1"])
    (row,) = await Webhooks(town.engine).all()
    assert row["state"] == TargetState.DEAD.value
    assert row["last_error"] == "status_500"
    assert len({headers["webhook-id"] for headers, _ in hook.requests}) == 1
    assert len(hook.requests) == IMPATIENT.tries
    assert await town.told("ops") == ["webhook_dead"]
    assert {row[0] for row in await town.sql("SELECT status FROM webhook_call")} == {"dead"}


async def test_a_redirect_is_not_followed(town: Town, hook: Receiver) -> None:
    await subscribe(town, hook.url, ["chain_launched"])
    hook.status = 302
    await town.launch()
    await town.plan()
    await call_all(town, ["127.0.0.1"])
    (row,) = await Webhooks(town.engine).all()
    assert row["last_error"] == "status_302"


async def test_an_untrusted_private_receiver_is_never_called(town: Town, hook: Receiver) -> None:
    await subscribe(town, hook.url.replace("http:", "https:"), ["chain_launched"])
    await town.launch()
    await town.plan()
    await call_all(town, [])
    assert hook.requests == []
    (row,) = await Webhooks(town.engine).all()
    assert row["last_error"] == "private_target"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_no_private_address_passes_for_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "114.114.114.114"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "[::1]"])
async def test_a_private_address_is_known_in_every_spelling(host: str) -> None:
    with pytest.raises(TargetRefused):
        await checked_address(host, 443, [])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "not_https"),
        ("ftp://example.com/", "malformed"),
        ("https://user:pw@example.com/", "malformed"),
        ("https:///x", "malformed"),
        ("https://example.com:999999/", "malformed"),
        ("file:///etc/passwd", "malformed"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(url: str, why: str) -> None:
    with pytest.raises(TargetRefused, match=why):
        require_sound_url(url, [])


async def test_a_trusted_host_is_exempt_on_its_port_alone() -> None:
    assert await checked_address("localhost", 8443, ["localhost:8443"])
    with pytest.raises(TargetRefused, match="private_target"):
        await checked_address("localhost", 8444, ["localhost:8443"])
