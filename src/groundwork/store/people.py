"""People, their bearer tokens and the sessions of their browsers.

A token is 256 random bits. Only its SHA-256 is kept: with that much randomness nothing slower is
needed, and whoever reads the database can act as nobody. A session is a token of another kind: it
ends when nobody uses it, and neither kind is taken for the other.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from secrets import token_hex, token_urlsafe
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.base import Frozen
from groundwork.domain.model import Actor, Role
from groundwork.store import vault
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import UnknownPerson
from groundwork.store.identity_tables import ProviderSessionRow
from groundwork.store.paging import Row
from groundwork.store.tables import PersonRow, TokenRow, table

TOKEN_PREFIX = "gw_"
SESSION_PREFIX: Final = "gs_"

Kind = Literal["api", "session"]
Scope = Literal["setup", "read", "act", "admin"]
"""What a token may be used for, of what its bearer's role permits; each includes those before it.

`setup` is for nothing but setting up one's own account.
"""

_PERSON = table(PersonRow)
_TOKEN = table(TokenRow)
_THROUGH = table(ProviderSessionRow)
PEOPLE: Final = select(_PERSON, vault.SUBJECT.c.key_id, vault.SUBJECT.c.wrapped).select_from(
    _PERSON.outerjoin(vault.SUBJECT, vault.SUBJECT.c.id == _PERSON.c.id)
)
"""People with the keys of their names: one statement, for it is asked with every request."""

_USE_NOTED_EVERY = timedelta(minutes=5)
_SESSION_USE_NOTED_EVERY = timedelta(minutes=1)
_BOOTSTRAP_LOCK = 0x61646D696E


class Person(Frozen):
    """Somebody who acts. In events only `id` appears."""

    id: str
    name: str
    role: Role
    department: str | None
    active: bool
    created_at: datetime

    @property
    def actor(self) -> Actor:
        """The person as commands and events know them."""
        return Actor(id=self.id, role=self.role, department=self.department)


class Bearer(NamedTuple):
    """Who bears a token or session, and what it is good for."""

    person: Person
    token_id: str
    kind: Kind
    scope: Scope
    expires_at: datetime | None
    confirmed_at: datetime | None
    """When the person of a session last showed who they are."""


class Through(NamedTuple):
    """By which link to the identity provider a session is begun, and a hash of its session there.

    The provider may end it (`store.signed_out`).
    """

    link_id: str
    sid_key: str | None


class IssuedToken(NamedTuple):
    """A new token. The secret is shown this once and cannot be found again."""

    id: str
    secret: str


class People:
    """Creates people, issues and revokes their tokens, and tells who bears one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def create(self, name: str, role: Role, department: str | None = None) -> Person:
        """Add a person under a new opaque id."""
        async with transaction(self._engine) as connection:
            return await _create(connection, name, role, department)

    async def get(self, person_id: str) -> Person | None:
        """The person of that id."""
        query = PEOPLE.where(_PERSON.c.id == person_id)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return person_of(row) if row else None

    async def all(self) -> list[Person]:
        """Everybody, by the date of their creation."""
        query = PEOPLE.order_by(_PERSON.c.created_at, _PERSON.c.id)
        async with autocommit(self._engine) as connection:
            return [person_of(row) for row in (await connection.execute(query)).mappings()]

    async def deactivate(self, person_id: str) -> None:
        """Refuse the person's tokens from now on. Raises UnknownPerson."""
        query = update(_PERSON).where(_PERSON.c.id == person_id).values(active=False)
        async with transaction(self._engine) as connection:
            if not (await connection.execute(query)).rowcount:
                raise _unknown(person_id)

    async def issue_token(
        self,
        person_id: str,
        label: str,
        *,
        expires_at: datetime | None = None,
        scope: Scope = "admin",
    ) -> IssuedToken:
        """A new token for a person; without `expires_at` it holds until it is revoked.

        `label` says where it is used, for people. Raises UnknownPerson.
        """
        async with transaction(self._engine) as connection:
            known = select(_PERSON.c.id).where(_PERSON.c.id == person_id)
            if (await connection.execute(known)).one_or_none() is None:
                raise _unknown(person_id)
            return await _issue(connection, person_id, label, expires_at, scope)

    async def begin_session(
        self,
        person_id: str,
        *,
        expires_at: datetime,
        scope: Scope = "admin",
        confirmed_at: datetime | None,
        through: Through | None = None,
    ) -> IssuedToken:
        """A session for a person who showed who they are at `confirmed_at`; None: nobody knows
        how long ago. `through` is how, if it was the identity provider that they came by."""
        now = datetime.now(UTC)
        secret = SESSION_PREFIX + token_urlsafe(32)
        session = IssuedToken(f"t-{token_hex(6)}", secret)
        row = _new(session, person_id, "browser", expires_at, scope) | {
            "kind": "session",
            "confirmed_at": confirmed_at,
            "last_used_at": now,
        }
        async with transaction(self._engine) as connection:
            await connection.execute(
                _TOKEN.insert().values(await vault.sealed(connection, _TOKEN, row))
            )
            if through is not None:
                known = {"token_id": session.id, **through._asdict()}
                await connection.execute(_THROUGH.insert().values(known))
        return session

    async def confirm_session(self, token_id: str, *, scope: Scope | None = None) -> None:
        """The person of a session has shown once more who they are."""
        values: dict[str, Any] = {"confirmed_at": datetime.now(UTC)}
        if scope is not None:
            values["scope"] = scope
        query = (
            update(_TOKEN).where(_TOKEN.c.id == token_id, _TOKEN.c.kind == "session").values(values)
        )
        async with transaction(self._engine) as connection:
            await connection.execute(query)

    async def end_sessions(self, person_id: str, *, but: str | None = None) -> None:
        """End every session of a person, except that of the id `but`; tokens stay."""
        query = (
            update(_TOKEN)
            .where(
                _TOKEN.c.person_id == person_id,
                _TOKEN.c.kind == "session",
                _TOKEN.c.revoked_at.is_(None),
                _TOKEN.c.id.is_distinct_from(but),
            )
            .values(revoked_at=datetime.now(UTC))
        )
        async with transaction(self._engine) as connection:
            await connection.execute(query)

    async def tokens(self, person_id: str) -> list[Row]:
        """A person's tokens, without their hashes."""
        shown = [column for column in _TOKEN.c if column.name != "hash"]
        query = select(*shown).where(_TOKEN.c.person_id == person_id).order_by(_TOKEN.c.created_at)
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            return await vault.opened(connection, _TOKEN, rows)

    async def revoke(self, token_id: str) -> bool:
        """Refuse a token from now on; whether it was in force."""
        query = (
            update(_TOKEN)
            .where(_TOKEN.c.id == token_id, _TOKEN.c.revoked_at.is_(None))
            .values(revoked_at=datetime.now(UTC))
        )
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(query)).rowcount)

    async def revoke_secret(self, secret: str) -> None:
        """Refuse the token of that secret from now on, if there is one in force."""
        statement = (
            update(_TOKEN)
            .where(_TOKEN.c.hash == _digest(secret), _TOKEN.c.revoked_at.is_(None))
            .values(revoked_at=datetime.now(UTC))
        )
        async with transaction(self._engine) as connection:
            await connection.execute(statement)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """What the people of those ids are called."""
        wanted = list(ids)
        if not wanted:
            return {}
        query = select(_PERSON.c.id, _PERSON.c.name).where(_PERSON.c.id.in_(wanted))
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            return {row["id"]: row["name"] for row in await vault.opened(connection, _PERSON, rows)}

    async def authenticate(self, secret: str) -> Person | None:
        """Who bears the token of a program; None for any other, and as `bearer`."""
        found = await self.bearer(secret)
        return found.person if found and found.kind == "api" else None

    async def bearer(
        self, secret: str, *, idle: timedelta | None = None, counts: bool = True
    ) -> Bearer | None:
        """Who bears the token or session; None for an unknown, expired or revoked one, or a former
        person's, or a session that nobody used for longer than `idle`.

        What asks by itself does not count as use. The work is the same for every secret that is
        refused, whatever the reason.
        """
        now = datetime.now(UTC)
        digest = _digest(secret)
        query = (
            PEOPLE.add_columns(
                _TOKEN.c.id.label("token_id"),
                _TOKEN.c.hash,
                _TOKEN.c.expires_at,
                _TOKEN.c.revoked_at,
                _TOKEN.c.last_used_at,
                _TOKEN.c.kind,
                _TOKEN.c.scope,
                _TOKEN.c.confirmed_at,
            )
            .join(_TOKEN, _TOKEN.c.person_id == _PERSON.c.id)
            .where(_TOKEN.c.hash == digest)
        )
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            # The index found it by its hash; comparing again costs nothing and leaves no doubt.
            matches = compare_digest(row["hash"] if row else "", digest)
            if row is None or not (matches and _in_force(dict(row), now, idle)):
                return None
            if counts:
                await _note_use(connection, dict(row), now)
        return Bearer(person_of(row), *(row[name] for name in Bearer._fields[1:]))

    async def ensure_administrator(self, name: str = "系统管理员") -> str | None:
        """If there is no administrator, create one and return the secret of a token for them.

        Safe when several processes start at once: one of them creates, the others get None.
        """
        query = (
            select(func.count())
            .select_from(_PERSON)
            .where(_PERSON.c.role == Role.ADMINISTRATOR, _PERSON.c.active)
        )
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _BOOTSTRAP_LOCK}
            )
            if (await connection.execute(query)).scalar_one():
                return None
            person = await _create(connection, name, Role.ADMINISTRATOR, None)
            label = "first administrator"
            return (await _issue(connection, person.id, label, None, "admin")).secret


def person_of(row: Mapping[Any, Any]) -> Person:
    """A person of `PEOPLE`, by their name. Raises VaultKeyMissing, SealBroken."""
    key = vault.unwrap(row["id"], row["key_id"], row["wrapped"])
    plain = vault.open_with(key, _PERSON, {name: row[name] for name in Person.model_fields})
    return Person.model_validate(plain)


async def _create(
    connection: AsyncConnection, name: str, role: Role, department: str | None
) -> Person:
    person = Person(
        id=f"p-{token_hex(6)}",
        name=name,
        role=role,
        department=department,
        active=True,
        created_at=datetime.now(UTC),
    )
    row = await vault.sealed(connection, _PERSON, person.model_dump())
    await connection.execute(_PERSON.insert().values(row))
    return person


async def _issue(
    connection: AsyncConnection,
    person_id: str,
    label: str,
    expires_at: datetime | None,
    scope: Scope,
) -> IssuedToken:
    token = IssuedToken(f"t-{token_hex(6)}", TOKEN_PREFIX + token_urlsafe(32))
    row = _new(token, person_id, label, expires_at, scope)
    await connection.execute(_TOKEN.insert().values(await vault.sealed(connection, _TOKEN, row)))
    return token


def _new(
    token: IssuedToken, person_id: str, label: str, expires_at: datetime | None, scope: Scope
) -> dict[str, Any]:
    return {
        "id": token.id,
        "person_id": person_id,
        "hash": _digest(token.secret),
        "label": label,
        "created_at": datetime.now(UTC),
        "expires_at": expires_at,
        "scope": scope,
    }


async def _note_use(connection: AsyncConnection, token: dict[str, Any], now: datetime) -> None:
    # Now and then, not on every request: a read should not cost a write.
    last = token["last_used_at"]
    every = _SESSION_USE_NOTED_EVERY if token["kind"] == "session" else _USE_NOTED_EVERY
    if last is None or now - last > every:
        query = update(_TOKEN).where(_TOKEN.c.id == token["token_id"]).values(last_used_at=now)
        await connection.execute(query)


def _in_force(token: dict[str, Any], now: datetime, idle: timedelta | None) -> bool:
    expired = token["expires_at"] is not None and token["expires_at"] <= now
    used = token["last_used_at"]
    left = idle is not None and token["kind"] == "session" and used and now - used > idle
    return bool(token["active"]) and token["revoked_at"] is None and not expired and not left


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _unknown(person_id: str) -> UnknownPerson:
    return UnknownPerson(f"there is no person {person_id}; create the person first")
