"""Ed25519 as the signed heads use it: keys and signatures as text, without files or settings."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class UnusableKey(ValueError):
    """What was given is no Ed25519 private key in PEM without a password."""


class SigningKey:
    """A private key. Its representation does not show it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def new(cls) -> "SigningKey":
        """A fresh key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, pem: bytes) -> "SigningKey":
        """The key of a PEM file (PKCS #8). Raises UnusableKey."""
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise UnusableKey("it holds no private key in PEM without a password") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKey("its key is not of the kind Ed25519")
        return cls(key)

    def pem(self) -> bytes:
        """The key to be kept in a file that its owner alone may read."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> str:
        """The public key: 32 bytes in base64."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return b64encode(raw).decode()

    def sign(self, content: bytes) -> str:
        """The signature: 64 bytes in base64."""
        return b64encode(self._key.sign(content)).decode()


def fingerprint(public_key: str) -> str:
    """By which a public key is known: SHA-256 over its 32 bytes. Any text has one."""
    return f"sha256:{sha256(_bytes(public_key)).hexdigest()}"


def signed(public_key: str, signature: str, content: bytes) -> bool:
    """Whether the content bears the signature of that key."""
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(public_key)).verify(_bytes(signature), content)
    except (InvalidSignature, ValueError):
        return False
    # Base64 has spellings that decode to the same bytes; only ours is one of ours.
    return all(b64encode(_bytes(one)).decode() == one for one in (public_key, signature))


def public_pem(public_key: str) -> str:
    """A public key in PEM, for other programs. Raises ValueError."""
    key = Ed25519PublicKey.from_public_bytes(_bytes(public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return b""
