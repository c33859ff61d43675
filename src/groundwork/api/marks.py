"""The browser's cookie, and the mark by which a write shows that it comes from our own page.

The cookie holds a token like any other, which lapses and can be revoked. The mark is derived from
it, so nothing is kept for it; it is masked anew on every page, so that a compressed answer does not
give it away letter by letter.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes
from typing import Final

from groundwork.api.errors import Problem

COOKIE: Final = "groundwork"
LANGUAGE_COOKIE: Final = "language"
MARK_HEADER: Final = "x-csrf-token"
MARK_FIELD: Final = "csrf"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_PURPOSE: Final = b"groundwork csrf:"
_SIZE: Final = sha256().digest_size


def mark(secret: str) -> str:
    """A mark for the forms of one page, for whoever bears this token."""
    mask = token_bytes(_SIZE)
    return urlsafe_b64encode(mask + _mixed(mask, _digest(secret))).decode().rstrip("=")


def require_mark(secret: str, given: str) -> None:
    """Raise Problem (forged_request) unless the mark is this token's."""
    try:
        raw = urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except (NotBase64, ValueError):
        raw = b""
    mask, mixed = raw[:_SIZE], raw[_SIZE:]
    if len(mixed) != _SIZE or not compare_digest(_mixed(mask, mixed), _digest(secret)):
        raise Problem("forged_request")


def _digest(secret: str) -> bytes:
    return sha256(_PURPOSE + secret.encode()).digest()


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
