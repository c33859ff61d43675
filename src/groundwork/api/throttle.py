"""How often somebody may ask: a bucket of tokens for each of them, and one for all together.

Each process counts for itself. That is enough here: what is guarded cannot be found by guessing,
and the bound is there so that nobody keeps the others waiting.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from fastapi import Request

from groundwork.api.errors import Problem
from groundwork.runtime.networks import Networks

MOST_ADDRESSES: Final = 20_000
"""How many addresses are remembered; the one that asked longest ago is forgotten first."""

HOME_NETWORK: Final = 64
"""The bits of an IPv6 address that tell one household from another."""

_MINUTE: Final = 60.0
_UNKNOWN: Final = "unknown"


class Bucket:
    """As many tokens as may be taken in a minute, which come back evenly."""

    def __init__(self, per_minute: int, now: float) -> None:
        self._most = float(per_minute)
        self._held = self._most
        self._since = now

    def wait(self, now: float) -> float:
        """The seconds until there is a token; 0 when there is one."""
        gained = max(0.0, now - self._since) * self._most / _MINUTE
        self._held = min(self._most, self._held + gained)
        self._since = now
        return max(0.0, 1.0 - self._held) * _MINUTE / self._most

    def take(self) -> None:
        """Take one."""
        self._held -= 1.0

    def give_back(self) -> None:
        """Put one back."""
        self._held = min(self._most, self._held + 1.0)


class Throttle:
    """Counts requests by address and in all."""

    def __init__(
        self,
        per_minute: int,
        total_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without `total_per_minute` all together may ask as often as they like."""
        self._per_minute = per_minute
        self._clock = clock
        self._total = Bucket(total_per_minute, clock()) if total_per_minute else None
        self._of: OrderedDict[str, Bucket] = OrderedDict()

    def admit(self, address: str) -> None:
        """Let a request in. Raises Problem (too_many_requests), which says when to try again."""
        now = self._clock()
        own = self._of.get(address)
        if own is None:
            own = self._of[address] = Bucket(self._per_minute, now)
        self._of.move_to_end(address)
        if len(self._of) > MOST_ADDRESSES:
            self._of.popitem(last=False)
        waits = [one.wait(now) for one in (own, self._total) if one is not None]
        seconds = math.ceil(max(waits))
        if seconds > 0:
            headers = {"Retry-After": str(seconds)}
            raise Problem("too_many_requests", seconds=seconds, headers=headers)
        own.take()
        if self._total is not None:
            self._total.take()

    def excuse(self, address: str) -> None:
        """Not count a request that was let in: where only failures are to be bounded."""
        if self._total is not None:
            self._total.give_back()
        if address in self._of:
            self._of[address].give_back()


def client_of(request: Request, proxies: Networks) -> str:
    """The address that a request comes from, an IPv6 one cut to its network.

    A proxy that is trusted says whom it asks for; of what several wrote, the last that is not
    itself a trusted proxy counts, since everything before it may be made up.
    """
    client = _address(request.client.host if request.client else "")
    if client is None:
        return _UNKNOWN
    said = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    for written in reversed(said):
        if not any(client in network for network in proxies):
            break
        before = _address(written.strip())
        if before is None:
            break
        client = before
    if isinstance(client, IPv6Address):
        return str(ip_network((client, HOME_NETWORK), strict=False))
    return str(client)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
