"""Passwords: hashed with Argon2id, and drawn where one is handed out."""

from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from secrets import choice
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what is mistaken for something else when it is read out or copied by hand."""

_GROUPS: Final = 4
_LETTERS: Final = 5

_HASHER: Final = PasswordHasher()
"""The library's own figures, the second choice of RFC 9106: 64 MiB, three passes."""

AT_ONCE: Final = 4
"""Hashes that are computed at the same time: each takes its memory."""

_threads: Final = ThreadPoolExecutor(AT_ONCE, "argon2")


def one_time_password() -> str:
    """A password to hand out, of some 99 random bits, in groups that can be read out."""
    groups = ("".join(choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


async def hashed(password: str) -> str:
    """The Argon2id of a password, computed beside the event loop."""
    return await get_running_loop().run_in_executor(_threads, _HASHER.hash, password)


async def verified(known: str | None, password: str) -> bool:
    """Whether it is the password; the same work where there is none to compare with."""
    return await get_running_loop().run_in_executor(_threads, _verified, known, password)


def outdated(known: str) -> bool:
    """Whether a hash was made with weaker figures than are used now."""
    return _HASHER.check_needs_rehash(known)


def _verified(known: str | None, password: str) -> bool:
    nobody = _nobody()
    try:
        _HASHER.verify(known or nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


@cache
def _nobody() -> str:
    """What is compared with when nobody has the name; not made before somebody signs in."""
    return _HASHER.hash(one_time_password())
