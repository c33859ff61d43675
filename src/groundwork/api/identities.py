"""Who bears a token. What was found is remembered for a moment.

That saves a query per request, and lets commands through to the engine while the database is
away. A token revoked in this process is refused at once, in other processes after FRESH_SECONDS;
while the database does not answer, one that was good before stays good for STALE_SECONDS.
"""

import time
from datetime import timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from groundwork.api.errors import Problem
from groundwork.store.errors import StoreUnavailable
from groundwork.store.people import Bearer, Kind, People

FRESH_SECONDS: Final = 5.0
STALE_SECONDS: Final = 900.0
MOST_REMEMBERED: Final = 4096


class _Known(NamedTuple):
    bearer: Bearer
    since: float


class Identities:
    """Finds the person behind a token or a browser's session, which lapses when it is not used."""

    def __init__(self, people: People, idle: timedelta) -> None:
        self._people = people
        self._idle = idle
        self._known: dict[bytes, _Known] = {}

    async def bearer(self, secret: str, kind: Kind, *, counts: bool = True) -> Bearer:
        """Who bears a token or session of that kind. Raises Problem (not_signed_in),
        StoreUnavailable.

        What a page asks by itself does not count as its reader's use.
        """
        digest = sha256(secret.encode()).digest()
        known = self._known.get(digest)
        now = time.monotonic()
        if known is not None and now - known.since < FRESH_SECONDS:
            return _of_kind(known.bearer, kind)
        try:
            bearer = await self._people.bearer(secret, idle=self._idle, counts=counts)
        except StoreUnavailable:
            if known is not None and now - known.since < STALE_SECONDS:
                return _of_kind(known.bearer, kind)
            raise
        if bearer is None:
            self._known.pop(digest, None)
            raise not_signed_in()
        if counts:
            self._remember(digest, _Known(bearer, now))
        return _of_kind(bearer, kind)

    def forget(self) -> None:
        """Look everybody up again: a token was revoked, or a person deactivated."""
        self._known.clear()

    def _remember(self, digest: bytes, known: _Known) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[digest] = known


def _of_kind(bearer: Bearer, kind: Kind) -> Bearer:
    """A cookie's secret is no token for programs, nor the other way round."""
    if bearer.kind != kind:
        raise not_signed_in()
    return bearer


def not_signed_in() -> Problem:
    """The problem of who has no valid token."""
    return Problem("not_signed_in", headers={"WWW-Authenticate": 'Bearer realm="groundwork"'})
