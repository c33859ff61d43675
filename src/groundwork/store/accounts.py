"""Local accounts: sign-in names, hashes of passwords, second factors, and who is locked out.

Nothing here sees a password. An attempt is counted as failed before the password is looked at, so
that guesses sent at once are counted like guesses sent one after the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.base import Frozen
from groundwork.store import vault
from groundwork.store.account_tables import AccountRow, RecoveryCodeRow
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import SignInNameTaken
from groundwork.store.tables import PersonRow, table

_ACCOUNT = table(AccountRow)
_CODE = table(RecoveryCodeRow)
_PERSON = table(PersonRow)

FREE_FAILURES: Final = 4
"""How often somebody may mistype before they are made to wait."""

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
"""The wait doubles with every further failure, up to this: an account is never shut for good."""


class Account(Frozen):
    """How a person signs in."""

    person_id: str
    sign_in_name: str
    hash: str
    must_change: bool
    lapses_at: datetime | None
    changed_at: datetime
    failures: int
    locked_until: datetime | None
    totp_secret: str | None
    totp_since: datetime | None
    totp_step: int | None

    @property
    def two_factors(self) -> bool:
        """Whether a code is asked for besides the password."""
        return self.totp_since is not None


class Accounts:
    """Reads and writes accounts."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, person_id: str) -> Account | None:
        """A person's account; None for somebody who signs in another way."""
        query = select(_ACCOUNT).where(_ACCOUNT.c.person_id == person_id)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            return await _account(connection, row) if row else None

    async def attempt(self, sign_in_name: str, now: datetime) -> tuple[str | None, Account | None]:
        """Count a sign-in as failed, for now: whose it is, and the account unless it is locked."""
        async with transaction(self._engine) as connection:
            named = _ACCOUNT.c.sign_in_key == await vault.digest(connection, sign_in_name)
            query = (
                select(_ACCOUNT.c.person_id, _ACCOUNT.c.failures, _PERSON.c.active)
                .join(_PERSON)
                .where(named)
                .with_for_update(of=_ACCOUNT)
            )
            found = (await connection.execute(query)).one_or_none()
            if found is None:
                return None, None
            failures = found.failures + 1
            statement = (
                update(_ACCOUNT)
                .where(
                    named, or_(_ACCOUNT.c.locked_until.is_(None), _ACCOUNT.c.locked_until <= now)
                )
                .values(failures=failures, locked_until=_locked_until(failures, now))
                .returning(_ACCOUNT)
            )
            row = (await connection.execute(statement)).mappings().one_or_none()
            if row is None or not found.active:
                return found.person_id, None
            return found.person_id, await _account(connection, row)

    async def succeed(self, person_id: str, new_hash: str | None = None) -> None:
        """Forget the failures: the person has signed in. `new_hash` is of the same password."""
        fresh = {"hash": new_hash} if new_hash else {}
        await self._change(person_id, failures=0, locked_until=None, **fresh)

    async def open(
        self, person_id: str, sign_in_name: str, one_time_hash: str, now: datetime, lapses: datetime
    ) -> None:
        """Give a person a password for one sign-in, and an account if they have none.

        Raises SignInNameTaken.
        """
        given = {
            "person_id": person_id,
            "sign_in_name": sign_in_name,
            "hash": one_time_hash,
            "must_change": True,
            "lapses_at": lapses,
            "changed_at": now,
            "failures": 0,
            "locked_until": None,
        }
        there = update(_ACCOUNT).where(_ACCOUNT.c.person_id == person_id)
        async with transaction(self._engine) as connection:
            values = await vault.sealed(connection, _ACCOUNT, given)
            values["sign_in_key"] = await vault.digest(connection, sign_in_name)
            try:
                if not (await connection.execute(there.values(values))).rowcount:
                    await connection.execute(_ACCOUNT.insert().values(values))
            except IntegrityError:
                raise SignInNameTaken(f"the sign-in name of {person_id} is another's") from None

    async def change_password(self, person_id: str, new_hash: str, now: datetime) -> None:
        """Keep the password that somebody chose."""
        await self._change(
            person_id, hash=new_hash, must_change=False, lapses_at=None, changed_at=now,
            failures=0, locked_until=None,
        )  # fmt: skip

    async def propose_totp(self, person_id: str, secret: str) -> None:
        """Keep the secret of a second factor that does not count yet."""
        values = {"totp_secret": secret, "totp_since": None, "totp_step": None}
        statement = update(_ACCOUNT).where(_ACCOUNT.c.person_id == person_id)
        async with transaction(self._engine) as connection:
            key = await vault.key_for(connection, person_id)
            await connection.execute(statement.values(vault.seal_with(key, _ACCOUNT, values)))

    async def confirm_totp(
        self, person_id: str, now: datetime, step: int, codes: Sequence[str]
    ) -> None:
        """From now on the second factor counts; `codes` replace all earlier recovery codes."""
        statement = (
            update(_ACCOUNT)
            .where(_ACCOUNT.c.person_id == person_id)
            .values(totp_since=now, totp_step=step)
        )
        rows = [{"person_id": person_id, "hash": _digest(code)} for code in codes]
        async with transaction(self._engine) as connection:
            await connection.execute(statement)
            await connection.execute(delete(_CODE).where(_CODE.c.person_id == person_id))
            await connection.execute(_CODE.insert(), rows)

    async def drop_totp(self, person_id: str) -> None:
        """Ask for no second factor any more; recovery codes are void."""
        statement = (
            update(_ACCOUNT)
            .where(_ACCOUNT.c.person_id == person_id)
            .values(totp_secret=None, totp_since=None, totp_step=None)
        )
        async with transaction(self._engine) as connection:
            await connection.execute(statement)
            await connection.execute(delete(_CODE).where(_CODE.c.person_id == person_id))

    async def use_step(self, person_id: str, step: int) -> bool:
        """Use up the code of a half minute; False when it or a later one was used before."""
        statement = (
            update(_ACCOUNT)
            .where(
                _ACCOUNT.c.person_id == person_id,
                or_(_ACCOUNT.c.totp_step.is_(None), _ACCOUNT.c.totp_step < step),
            )
            .values(totp_step=step)
        )
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def use_recovery(self, person_id: str, code: str) -> bool:
        """Use up a recovery code; False when there is none such."""
        statement = delete(_CODE).where(
            _CODE.c.person_id == person_id, _CODE.c.hash == _digest(code)
        )
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def recovery_left(self, person_id: str) -> int:
        """How many recovery codes are left."""
        query = select(_CODE.c.hash).where(_CODE.c.person_id == person_id)
        async with autocommit(self._engine) as connection:
            return len((await connection.execute(query)).all())

    async def _change(self, person_id: str, **values: Any) -> None:
        statement = update(_ACCOUNT).where(_ACCOUNT.c.person_id == person_id).values(values)
        async with transaction(self._engine) as connection:
            await connection.execute(statement)


async def _account(connection: AsyncConnection, row: Mapping[Any, Any]) -> Account:
    (plain,) = await vault.opened(connection, _ACCOUNT, [row])
    return Account.model_validate({name: plain[name] for name in Account.model_fields})


def _locked_until(failures: int, now: datetime) -> datetime | None:
    if failures <= FREE_FAILURES:
        return None
    wait = FIRST_WAIT
    for _ in range(failures - FREE_FAILURES - 1):
        if wait >= LONGEST_WAIT:
            break
        wait *= 2
    return now + min(wait, LONGEST_WAIT)


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
