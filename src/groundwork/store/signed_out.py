"""Sessions that were begun through the identity provider, and end when they end there.

Other sessions of a person, and their tokens, are not the provider's to end.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import transaction
from groundwork.store.identity_tables import (
    LogoutTokenRow,
    PersonIdentityRow,
    ProviderSessionRow,
)
from groundwork.store.linked import subject_key
from groundwork.store.people import Through
from groundwork.store.tables import TokenRow, table

_SESSION: Final = table(ProviderSessionRow)
_SEEN: Final = table(LogoutTokenRow)
_LINK: Final = table(PersonIdentityRow)
_TOKEN: Final = table(TokenRow)


class Ended(NamedTuple):
    """What an issuer says has ended: the sessions of a subject, one session, or both.

    `jti` names the token that said so, which could be sent again until `until`.
    """

    issuer: str
    subject: str | None
    sid: str | None
    jti: str
    until: datetime


class SignedOut:
    """Ends sessions for the provider."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def end(self, ended: Ended) -> int | None:
        """End the sessions; how many there were, or None when the token was taken before."""
        now = datetime.now(UTC)
        seen = {"id": _digest(ended.issuer, ended.jti), "expires_at": ended.until}
        once = insert(_SEEN).values(seen).on_conflict_do_nothing().returning(_SEEN.c.id)
        concerned = select(_SESSION.c.token_id)
        if ended.sid is not None:
            concerned = concerned.where(_SESSION.c.sid_key == _digest(ended.issuer, ended.sid))
        async with transaction(self._engine) as connection:
            await connection.execute(delete(_SEEN).where(_SEEN.c.expires_at <= now))
            if (await connection.execute(once)).one_or_none() is None:
                return None
            if ended.subject is not None:
                key = await subject_key(connection, ended.issuer, "person", ended.subject)
                links = select(_LINK.c.id).where(_LINK.c.subject_key == key)
                concerned = concerned.where(_SESSION.c.link_id.in_(links))
            over = update(_TOKEN).where(_TOKEN.c.id.in_(concerned), _TOKEN.c.revoked_at.is_(None))
            return (await connection.execute(over.values(revoked_at=now))).rowcount


def through(link_id: str, issuer: str, sid: str | None) -> Through:
    """What is kept of a session that is begun by a link, in that session at the issuer."""
    return Through(link_id, None if sid is None else _digest(issuer, sid))


def _digest(issuer: str, name: str) -> str:
    return sha256(f"{issuer} {name}".encode(errors="surrogatepass")).hexdigest()
