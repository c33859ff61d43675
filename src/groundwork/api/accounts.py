"""Who signs in with a name and a password, and with a second factor where there is one.

Whatever is wrong - the name, the password, the code, or an account that must wait - the answer is
the same and takes the same work. What was typed is never written down.
"""

import time
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from secrets import choice
from typing import Final, NamedTuple

from pyotp import TOTP, random_base32

from groundwork.api.errors import FieldError, Problem
from groundwork.api.throttle import Throttle
from groundwork.domain.definition import Text
from groundwork.domain.model import Role
from groundwork.domain.passwords import LEAST, MOST, weakness
from groundwork.runtime import passwords
from groundwork.runtime.settings import Settings, SettingsError
from groundwork.store.accounts import Account, Accounts
from groundwork.store.people import Person

ALL_ADDRESSES: Final = 30
"""How many times as often all addresses together may try as one of them."""

TRIPS: Final = 6
"""How many times as often an address may set out for the identity provider as sign-ins may fail:
whoever succeeds is not excused there."""

RECOVERY_CODES: Final = 10
_RECOVERY_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_RECOVERY_LENGTH: Final = 16
_STEP_SECONDS: Final = 30
_CODE_LENGTH: Final = 6
_ISSUER: Final = "Groundwork"

_WRONG: Final = {
    "password_short": Text(
        zh=f"密码至少{LEAST}个字符", en=f"must be at least {LEAST} characters long"
    ),
    "password_long": Text(zh=f"密码最多{MOST}个字符", en=f"must be at most {MOST} characters long"),
    "password_like_name": Text(
        zh="密码不得包含姓名或登录名", en="must not contain the name or the sign-in name"
    ),
    "password_common": Text(
        zh="这个密码太常见，容易被猜到，请换一个",
        en="is among the first that are guessed; choose another",
    ),
    "password_same": Text(zh="新密码须与原密码不同", en="must differ from the one before"),
}


class SignInFailed(Problem):
    """Nobody is signed in; `person_id` is whose account it was, for the record alone."""

    def __init__(self, person_id: str | None) -> None:
        super().__init__("sign_in_failed")
        self.person_id = person_id


class OneTime(NamedTuple):
    """A password to hand out: it opens the account until then, to choose one of one's own."""

    sign_in_name: str
    password: str
    lapses_at: datetime


class AccountDesk:
    """Verifies, changes and hands out passwords and second factors."""

    def __init__(self, store: Accounts, settings: Settings) -> None:
        """Raises SettingsError as `check_roles`."""
        check_roles(settings)
        self.store = store
        self._settings = settings
        per_minute = settings.sign_in_per_minute
        self._throttle = Throttle(per_minute, per_minute * ALL_ADDRESSES)
        self._trips = Throttle(per_minute * TRIPS, per_minute * TRIPS * ALL_ADDRESSES)

    async def sign_in(self, address: str, name: str, password: str, code: str) -> Account:
        """Whose name, password and code they are. Raises SignInFailed, Problem
        (too_many_sign_ins)."""
        self.admit(address)
        now = datetime.now(UTC)
        person_id, account = await self.store.attempt(sign_in_name(name), now)
        matches = await passwords.verified(account.hash if account else None, password)
        if account is None or not matches or _lapsed(account, now):
            raise SignInFailed(person_id)
        if account.two_factors and not await self.code_fits(account, code):
            raise SignInFailed(person_id)
        stronger = passwords.outdated(account.hash)
        fresh = await passwords.hashed(password) if stronger else None
        await self.store.succeed(account.person_id, fresh)
        self._throttle.excuse(address)
        return account

    async def require_code(self, address: str, account: Account, code: str) -> None:
        """Let in who has shown a token already, with the code. Raises as `sign_in`."""
        self.admit(address)
        person_id, found = await self.store.attempt(account.sign_in_name, datetime.now(UTC))
        if found is None or not await self.code_fits(found, code):
            raise SignInFailed(person_id)
        await self.store.succeed(account.person_id)
        self._throttle.excuse(address)

    async def code_fits(self, account: Account, code: str) -> bool:
        """Whether it is the code of this half minute, or a recovery code. Each fits once."""
        plain = code.replace(" ", "").replace("-", "").upper()
        if len(plain) == _CODE_LENGTH:
            step = code_step(account.totp_secret or "", plain)
            return step is not None and await self.store.use_step(account.person_id, step)
        return bool(plain) and await self.store.use_recovery(account.person_id, plain)

    async def change_password(
        self, person: Person, account: Account, old: str, new: str, address: str
    ) -> None:
        """Choose another password. Raises SignInFailed, Problem (invalid_request)."""
        self.admit(address)
        now = datetime.now(UTC)
        person_id, found = await self.store.attempt(account.sign_in_name, now)
        if not await passwords.verified(found.hash if found else None, old) or found is None:
            raise SignInFailed(person_id)
        await self.store.succeed(account.person_id)
        self._throttle.excuse(address)
        wrong = weakness(new, (person.name, account.sign_in_name))
        if wrong is None and compare_digest(old.encode(), new.encode()):
            wrong = "password_same"
        if wrong is not None:
            raise _unfit("new", wrong)
        await self.store.change_password(person.id, await passwords.hashed(new), now)

    async def hand_out(self, person: Person, name: str | None = None) -> OneTime:
        """A new password for one sign-in, and an account for who has none.

        Raises SignInNameTaken.
        """
        known = await self.store.of(person.id)
        chosen = sign_in_name(name or (known.sign_in_name if known else person.id))
        now, password = datetime.now(UTC), passwords.one_time_password()
        lapses = now + timedelta(hours=self._settings.one_time_password_hours)
        await self.store.open(person.id, chosen, await passwords.hashed(password), now, lapses)
        return OneTime(chosen, password, lapses)

    def asks_second_factor(self, person: Person, account: Account | None) -> bool:
        """Whether the person's role needs a second factor that they do not have yet."""
        required = person.role.value in self._settings.second_factor
        return required and not (account is not None and account.two_factors)

    async def propose(self, account: Account) -> str:
        """A new secret for a second factor; it counts once a code of it was entered."""
        secret = random_base32()
        await self.store.propose_totp(account.person_id, secret)
        return secret

    async def confirm(self, account: Account, code: str) -> list[str]:
        """Have the second factor count. The recovery codes, shown this once.

        Raises Problem (code_wrong).
        """
        step = code_step(account.totp_secret or "", code.replace(" ", ""))
        if step is None or account.two_factors:
            raise Problem("code_wrong")
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        await self.store.confirm_totp(account.person_id, datetime.now(UTC), step, codes)
        return [f"{one[:4]}-{one[4:8]}-{one[8:12]}-{one[12:]}" for one in codes]

    def admit(self, address: str) -> None:
        """Let an attempt in; one that succeeds is excused. Raises Problem (too_many_sign_ins)."""
        self._admit(self._throttle, address)

    def set_out(self, address: str) -> None:
        """Let somebody set out for the identity provider. Raises as `admit`."""
        self._admit(self._trips, address)

    def _admit(self, throttle: Throttle, address: str) -> None:
        try:
            throttle.admit(address)
        except Problem as problem:
            headers = problem.headers or {}
            seconds = headers.get("Retry-After", "60")
            raise Problem("too_many_sign_ins", seconds=seconds, headers=headers) from None


def check_roles(settings: Settings) -> None:
    """Raise SettingsError when a second factor is asked of a role that does not exist.

    Misspelt, it would leave people without one, unnoticed.
    """
    unknown = settings.second_factor - set(Role)
    if unknown:
        raise SettingsError(
            f"没有 {min(unknown)} 这个角色，请修改 GROUNDWORK_SECOND_FACTOR_ROLES。 "
            f"There is no role {min(unknown)}: correct GROUNDWORK_SECOND_FACTOR_ROLES."
        )


def sign_in_name(written: str) -> str:
    """A sign-in name as it is kept: however wide or large its letters were typed."""
    return unicodedata.normalize("NFKC", written).strip().casefold()


def code_step(secret: str, code: str) -> int | None:
    """The half minute whose code it is: this one, the one before or the next; None for no code."""
    if not secret or not code.isascii() or not code.isdecimal():
        return None
    totp, now = TOTP(secret), int(time.time()) // _STEP_SECONDS
    fitting = [
        step for step in (now - 1, now, now + 1) if compare_digest(totp.generate_otp(step), code)
    ]
    return fitting[-1] if fitting else None


def provisioning(secret: str, name: str) -> str:
    """What an authenticator reads from the picture."""
    return TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def _lapsed(account: Account, now: datetime) -> bool:
    return account.lapses_at is not None and account.lapses_at <= now


def _recovery_code() -> str:
    return "".join(choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH))


def _unfit(name: str, code: str) -> Problem:
    told = _WRONG[code]
    fields: Sequence[FieldError] = [FieldError("body", f"#/{name}", code, told)]
    return Problem("invalid_request", fields=fields, count=1, first=told)
