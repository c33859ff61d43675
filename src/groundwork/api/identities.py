"""Who bears a token. What was found is remembered for a moment.

That saves a query per request, and lets commands through to the engine while the database is
away. A token revoked in this process is refused at once, in other processes after FRESH_SECONDS;
while the database does not answer, one that was good before stays good for STALE_SECONDS.
"""

import time
from hashlib import sha256
from typing import Final, NamedTuple

from groundwork.api.errors import Problem
from groundwork.domain.model import Actor
from groundwork.store.errors import StoreUnavailable
from groundwork.store.people import People, Person

FRESH_SECONDS: Final = 5.0
STALE_SECONDS: Final = 900.0
MOST_REMEMBERED: Final = 4096


class _Known(NamedTuple):
    person: Person
    since: float


class Identities:
    """Finds the person behind a token."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._known: dict[bytes, _Known] = {}

    async def actor(self, token: str) -> Actor:
        """Who bears the token, as commands know them. Raises as `person`."""
        return (await self.person(token)).actor

    async def person(self, token: str) -> Person:
        """Who bears the token. Raises Problem (not_signed_in), StoreUnavailable."""
        digest = sha256(token.encode()).digest()
        known = self._known.get(digest)
        now = time.monotonic()
        if known is not None and now - known.since < FRESH_SECONDS:
            return known.person
        try:
            person = await self._people.authenticate(token)
        except StoreUnavailable:
            if known is not None and now - known.since < STALE_SECONDS:
                return known.person
            raise
        if person is None:
            self._known.pop(digest, None)
            raise not_signed_in()
        self._remember(digest, _Known(person, now))
        return person

    def forget(self) -> None:
        """Look everybody up again: a token was revoked, or a person deactivated."""
        self._known.clear()

    def _remember(self, digest: bytes, known: _Known) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[digest] = known


def not_signed_in() -> Problem:
    """The problem of who has no valid token."""
    return Problem("not_signed_in", headers={"WWW-Authenticate": 'Bearer realm="groundwork"'})
