"""Calls webhooks as the Standard Webhooks specification says, and signs what it sends."""

import base64
import hashlib
import hmac
import time
from collections.abc import Collection, Sequence
from typing import Final

import httpx
import orjson

from groundwork.runtime.guard import TargetRefused, checked_address, require_sound_url
from groundwork.store.webhooks import SECRET_PREFIX, Call

SECONDS: Final = 15.0


class NotTaken(Exception):
    """The receiver did not take it; the message is a code."""


class Caller:
    """Calls webhooks, one request each, following nothing."""

    def __init__(self, trusted: Collection[str] = ()) -> None:
        self._trusted = frozenset(trusted)

    async def call(self, call: Call) -> None:
        """Send one event. Raises NotTaken unless the answer is 2xx."""
        body = orjson.dumps(call.payload)
        try:
            host, port = require_sound_url(call.url, self._trusted)
            address = await checked_address(host, port, self._trusted)
        except TargetRefused as refused:
            raise NotTaken(str(refused)) from None
        url = httpx.URL(call.url)
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Groundwork",
            **signed_headers(call.secrets, call.id, int(time.time()), body),
        }
        # To the address that was checked, under the name that was asked for.
        request = httpx.Request(
            "POST",
            url.copy_with(host=address),
            headers=headers,
            content=body,
            extensions={
                "sni_hostname": host,
                "timeout": httpx.Timeout(SECONDS).as_dict(),
            },
        )
        try:
            async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as http:
                answer = await http.send(request, stream=True)
                await answer.aclose()
        except httpx.TimeoutException:
            raise NotTaken("timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NotTaken("unreachable") from None
        if not answer.is_success:
            raise NotTaken(f"status_{answer.status_code}")


def signed_headers(
    secrets: Sequence[str], message: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers that identify and sign a message, with a signature for each secret."""
    signatures = (signature(secret, message, timestamp, body) for secret in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over id, timestamp and body, as `v1,<base64>`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
