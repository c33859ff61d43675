"""Asks a time-stamp authority (RFC 3161) to witness a signed head."""

from base64 import b64encode
from typing import Final

import httpx
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from groundwork.store.stamps import granted

LARGEST_ANSWER: Final = 256 * 1024
_OK: Final = 200


class NotStamped(Exception):
    """There is no stamp; the message is a code."""


class TimeStamper:
    """Asks one authority, over HTTP as the standard says (section 3.4)."""

    def __init__(self, url: str, seconds: float) -> None:
        self.url = url
        self._seconds = seconds

    async def stamp(self, head_hash: str) -> str:
        """The authority's answer for the hash, in base64. Raises NotStamped."""
        content = head_hash.encode()
        request = (
            TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA512).build()
        )
        body = await self._ask(request.as_bytes())
        try:
            response = decode_timestamp_response(body)
        except ValueError:
            raise NotStamped("unreadable") from None
        if not granted(response, content) or response.tst_info.nonce != request.nonce:
            raise NotStamped("not_granted")
        return b64encode(body).decode()

    async def _ask(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            async with (
                httpx.AsyncClient(timeout=self._seconds, follow_redirects=False) as http,
                http.stream("POST", self.url, content=body, headers=headers) as answer,
            ):
                if answer.status_code != _OK:
                    raise NotStamped(f"status_{answer.status_code}")
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > LARGEST_ANSWER:
                        raise NotStamped("too_large")
        except httpx.TimeoutException:
            raise NotStamped("timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NotStamped("unreachable") from None
        return content
