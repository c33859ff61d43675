"""What becomes of payloads on their way into Temporal: compressed, then encrypted.

Payloads of earlier releases, which were not encrypted, stay readable.
"""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import ClassVar, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, PayloadCodec

from groundwork.runtime.keyrings import Keys

ENCRYPTED: Final = b"binary/encrypted"
COMPRESSED: Final = b"binary/zlib"
KEY_ID: Final = "key-id"
PURPOSE: Final = b"groundwork payload "
"""Bound to each payload with the key's id, so that nothing else sealed is taken for one."""
NONCE_BYTES: Final = 12
WORTH_COMPRESSING: Final = 2048
"""Smaller payloads gain too little."""
LARGEST_PAYLOAD: Final = 64 * 1024 * 1024
"""Nothing we store decompresses to more; what claims to is an attack on memory."""


class SharedConverter(CompositePayloadConverter):
    """Pydantic's converter, of which a process needs but one.

    The SDK makes one for every chain and every activation. Each would learn anew how to read the
    shapes that travel, and remember it.
    """

    _shared: ClassVar = PydanticPayloadConverter()

    def __init__(self) -> None:
        super().__init__(*self._shared.converters.values())


class KeyLacking(ValueError):
    """A payload is encrypted with a key that the ring lacks."""


class SealingCodec(PayloadCodec):
    """Compresses a payload when that makes it smaller, and encrypts it (AES-256-GCM)."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """See `PayloadCodec.encode`. Raises KeyRingError."""
        key = self._keys().current(datetime.now(UTC))
        cipher, bound = AESGCM(key.raw), _bound(key.id)
        return [
            _sealed(cipher, key.id, bound, _compressed(one).SerializeToString()) for one in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Undo `encode`.

        Raises KeyRingError, and `ValueError` on a payload whose key the ring lacks, that is
        damaged, or far too large.
        """
        return [self.opened(payload) for payload in payloads]

    def opened(self, payload: Payload) -> Payload:
        """One payload as it was before `encode`. Raises as `decode`."""
        if payload.metadata.get("encoding") != ENCRYPTED:
            return _decompressed(payload)
        key_id = payload.metadata.get(KEY_ID, b"").decode("ascii", "replace")
        key = self._keys().find(key_id)
        if key is None:
            raise KeyLacking(f"a payload is encrypted with key {key_id}, which the ring lacks")
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            content = AESGCM(key.raw).decrypt(nonce, sealed, _bound(key_id))
        except (InvalidTag, ValueError):
            raise ValueError("an encrypted payload is damaged") from None
        return _decompressed(_read(content))


class NotPayloads(ValueError):
    """What was handed in is not the JSON of payloads."""


def decoded_json(keys: Keys, content: bytes) -> tuple[bytes, int]:
    """Payloads in the JSON of Temporal's UI, decoded, and how many there are.

    One that does not open is handed back as it is. Raises NotPayloads, KeyRingError.
    """
    try:
        asked = Parse(content, Payloads())
    except (ParseError, UnicodeDecodeError):
        raise NotPayloads("this is not the JSON of payloads") from None
    codec = SealingCodec(keys)
    shown = Payloads()
    for payload in asked.payloads:
        try:
            shown.payloads.append(codec.opened(payload))
        except ValueError:
            shown.payloads.append(payload)
    return MessageToJson(shown).encode(), len(shown.payloads)


def _sealed(cipher: AESGCM, key_id: str, bound: bytes, content: bytes) -> Payload:
    nonce = token_bytes(NONCE_BYTES)
    return Payload(
        metadata={"encoding": ENCRYPTED, KEY_ID: key_id.encode()},
        data=nonce + cipher.encrypt(nonce, content, bound),
    )


def _bound(key_id: str) -> bytes:
    return PURPOSE + key_id.encode()


def _compressed(payload: Payload) -> Payload:
    if len(payload.data) < WORTH_COMPRESSING:
        return payload
    smaller = Payload(
        metadata={"encoding": COMPRESSED}, data=zlib.compress(payload.SerializeToString())
    )
    return smaller if smaller.ByteSize() < payload.ByteSize() else payload


def _decompressed(payload: Payload) -> Payload:
    if payload.metadata.get("encoding") != COMPRESSED:
        return payload
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(payload.data, LARGEST_PAYLOAD)
    except zlib.error as error:
        raise ValueError("a compressed payload is damaged") from error
    if not stream.eof:
        raise ValueError("a compressed payload is cut off or larger than allowed")
    return _read(content)


def _read(content: bytes) -> Payload:
    try:
        return Payload.FromString(content)
    except DecodeError:
        raise ValueError("what was sealed or compressed is no payload") from None
