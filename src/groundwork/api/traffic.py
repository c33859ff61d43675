"""How much one account or one address may ask, and how long a request may take over it.

The bounds are generous: nobody at work meets them. They are there so that a loop in a program, a
guesser or a connection that dawdles on purpose does not keep the others waiting.
"""

import asyncio
import time
from typing import Final

from fastapi import Request

from groundwork.api.errors import Problem
from groundwork.api.throttle import Throttle, client_of
from groundwork.runtime.settings import Settings

PROBES: Final = frozenset({"/healthz", "/readyz"})
"""Asked by machines that watch over this one; they are never kept waiting."""

SLOWEST_BYTES: Final = 4096
"""How many bytes of a body must arrive in a second, once BODY_SECONDS are over."""

BODY_SECONDS: Final = 60.0


class Traffic:
    """Counts requests by address and by account, in this process."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = settings.proxies
        self._addresses = _throttle(settings.requests_per_address)
        self._accounts = _throttle(settings.requests_per_account)

    def admit_address(self, request: Request) -> None:
        """Let a request of an address in. Raises Problem (too_many_requests)."""
        if self._addresses is not None and request.url.path not in PROBES:
            self._addresses.admit(client_of(request, self._proxies))

    def admit_account(self, person_id: str) -> None:
        """Let a request of an account in. Raises Problem (too_many_requests)."""
        if self._accounts is not None:
            self._accounts.admit(person_id)


class Pace:
    """Whether a request comes in fast enough."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._since = time.monotonic()
        self._received = 0

    def patience(self) -> asyncio.Timeout:
        """How long the next piece of the body may be waited for."""
        return asyncio.timeout(self._silence)

    def note(self, size: int) -> None:
        """A piece has come. Raises Problem (request_too_slow) if all of it takes too long."""
        self._received += size
        if time.monotonic() - self._since > BODY_SECONDS + self._received / SLOWEST_BYTES:
            raise too_slow()


def too_slow() -> Problem:
    """The problem of a request whose body does not come; its connection is given up."""
    return Problem("request_too_slow", headers={"Connection": "close"})


def _throttle(per_minute: int) -> Throttle | None:
    return Throttle(per_minute) if per_minute else None
