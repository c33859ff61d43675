"""Who bears a token. What was found is remembered for a moment.

That saves a query per request, and lets commands through to the engine while the database is
away. A token revoked in this process is refused at once, in other processes after FRESH_SECONDS;
while the database does not answer, one that was good before stays good for STALE_SECONDS.

Tokens of the identity provider are taken like those of our own, where it issues any to systems.
"""

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from groundwork.api.errors import Problem
from groundwork.store.errors import StoreUnavailable
from groundwork.store.people import Bearer, Kind, People

FRESH_SECONDS: Final = 5.0
STALE_SECONDS: Final = 900.0
MOST_REMEMBERED: Final = 4096


class Issuer(Protocol):
    """Somebody else who issues tokens that count here."""

    def issued(self, secret: str) -> bool:
        """Whether it looks like a token of theirs."""

    async def bearer(self, secret: str, *, counts: bool = True) -> Bearer | None:
        """Who bears it; None for one that is not good. Raises Problem, StoreUnavailable."""


class _Known(NamedTuple):
    bearer: Bearer
    since: float


class Identities:
    """Finds the person behind a token or a browser's session, which lapses when it is not used."""

    def __init__(self, people: People, idle: timedelta, issuer: Issuer | None = None) -> None:
        self._people = people
        self._idle = idle
        self._issuer = issuer
        self._known: dict[bytes, _Known] = {}
        self._changes = 0

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
        changes = self._changes
        try:
            bearer = await self._look_up(secret, counts=counts)
        except StoreUnavailable:
            forgotten = changes != self._changes
            if known is not None and now - known.since < STALE_SECONDS and not forgotten:
                return _of_kind(known.bearer, kind)
            raise
        if bearer is None:
            self._known.pop(digest, None)
            raise not_signed_in()
        # What was read before somebody was forgotten must not be remembered after it.
        if counts and changes == self._changes:
            self._remember(digest, _Known(bearer, now))
        return _of_kind(bearer, kind)

    def forget(self) -> None:
        """Look everybody up again: a token was revoked, or a person deactivated."""
        self._changes += 1
        self._known.clear()

    async def _look_up(self, secret: str, *, counts: bool) -> Bearer | None:
        if self._issuer is not None and self._issuer.issued(secret):
            return await self._issuer.bearer(secret, counts=counts)
        return await self._people.bearer(secret, idle=self._idle, counts=counts)

    def _remember(self, digest: bytes, known: _Known) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[digest] = known


def _of_kind(bearer: Bearer, kind: Kind) -> Bearer:
    """A cookie's secret is no token for programs, nor the other way round."""
    lapsed = bearer.expires_at is not None and bearer.expires_at <= datetime.now(UTC)
    if bearer.kind != kind or lapsed:
        raise not_signed_in()
    return bearer


def not_signed_in() -> Problem:
    """The problem of who has no valid token."""
    return Problem("not_signed_in", headers={"WWW-Authenticate": 'Bearer realm="groundwork"'})
