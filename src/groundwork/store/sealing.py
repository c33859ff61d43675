"""How personal data is sealed: AES-256-GCM under a key of each subject's own.

A data key is random and kept wrapped under a key of the ring, bound to its subject. What it seals
is bound to the subject and the field: moved anywhere else, it does not open.
"""

import hmac
from hashlib import sha256
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from groundwork.domain.keyring import SECRET_BYTES, Key
from groundwork.store.errors import SealBroken

NONCE_BYTES: Final = 12


class DataKey:
    """The key of one subject. Its representation does not show it."""

    def __init__(self, subject: str, raw: bytes) -> None:
        self.subject = subject
        self._raw = raw
        self._cipher = AESGCM(raw)

    @classmethod
    def new(cls, subject: str) -> "DataKey":
        """A fresh key."""
        return cls(subject, token_bytes(SECRET_BYTES))

    @classmethod
    def unwrapped(cls, subject: str, master: Key, wrapped: bytes) -> "DataKey":
        """The key that was wrapped under `master`. Raises SealBroken."""
        return cls(subject, _opened(AESGCM(master.raw), wrapped, _of_subject(subject)))

    def wrapped(self, master: Key) -> bytes:
        """The key to be kept, which opens with `master` alone."""
        return _sealed(AESGCM(master.raw), self._raw, _of_subject(self.subject))

    def seal(self, field: str, value: str) -> bytes:
        """A personal datum to be kept in that field, such as `person.name`."""
        return _sealed(self._cipher, value.encode(), self._of_field(field))

    def open(self, field: str, sealed: bytes) -> str:
        """What was sealed for that field. Raises SealBroken."""
        return _opened(self._cipher, sealed, self._of_field(field)).decode()

    def digest(self, value: str) -> str:
        """By which a value is found without being kept: HMAC-SHA256, in hexadecimal digits."""
        return hmac.new(self._raw, value.encode(errors="surrogatepass"), sha256).hexdigest()

    def _of_field(self, field: str) -> bytes:
        return f"groundwork vault {field} {self.subject}".encode()


def _of_subject(subject: str) -> bytes:
    return f"groundwork vault key {subject}".encode()


def _sealed(cipher: AESGCM, content: bytes, bound: bytes) -> bytes:
    nonce = token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, bound)


def _opened(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise SealBroken("what the vault holds does not open: it was changed or moved") from None
