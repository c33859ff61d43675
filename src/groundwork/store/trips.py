"""Sign-ins that are under way to the identity provider, with what somebody had typed before.

What is kept is sealed with a key that only the browser has, in its cookie: whoever reads the
database, or a backup of it, learns nothing. Each is taken once, and forgotten when it lapses.
"""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import transaction
from groundwork.store.identity_tables import SignInTripRow
from groundwork.store.tables import table

LAPSE: Final = timedelta(minutes=15)
"""How long somebody may take over signing in at the provider."""

_TRIP: Final = table(SignInTripRow)
_PURPOSE: Final = b"groundwork trip:"


class Trips:
    """Keeps them, and gives each back once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, state: str, secret: str, content: bytes) -> None:
        """Keep what belongs to a state, sealed with the browser's secret; forget what lapsed."""
        now = datetime.now(UTC)
        row = {
            "id": _digest(state),
            "sealed": _lock(secret).encrypt(content).decode(),
            "expires_at": now + LAPSE,
        }
        async with transaction(self._engine) as connection:
            await connection.execute(delete(_TRIP).where(_TRIP.c.expires_at <= now))
            await connection.execute(_TRIP.insert().values(row))

    async def take(self, state: str, secret: str) -> bytes | None:
        """What was kept for a state, if it was this browser's; it is gone afterwards."""
        statement = (
            delete(_TRIP)
            .where(_TRIP.c.id == _digest(state), _TRIP.c.expires_at > datetime.now(UTC))
            .returning(_TRIP.c.sealed)
        )
        try:
            async with transaction(self._engine) as connection:
                sealed = (await connection.execute(statement)).scalar_one_or_none()
                # Of another's browser: rolled back, so that nobody ends somebody else's sign-in.
                return _lock(secret).decrypt(sealed.encode()) if sealed is not None else None
        except InvalidToken:
            return None


def _lock(secret: str) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(_PURPOSE + secret.encode()).digest()))


def _digest(state: str) -> str:
    return sha256(state.encode(errors="surrogatepass")).hexdigest()
