"""Payloads on their way into Temporal: compressed, encrypted, and readable as long as a key is."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.common.v1 import Payload

from groundwork.domain.keyring import KeyRing
from groundwork.runtime import payloads
from groundwork.runtime.keyrings import new_key
from groundwork.runtime.payloads import SealingCodec

SECRET = "身份证 440784199001011234"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=f'"{SECRET}"'.encode())


class Rings:
    """A key ring that tests turn."""

    def __init__(self) -> None:
        self.ring = KeyRing(keys=(new_key(),))

    def __call__(self) -> KeyRing:
        return self.ring


@pytest.fixture
def rings() -> Rings:
    return Rings()


@pytest.fixture
def codec(rings: Rings) -> SealingCodec:
    return SealingCodec(rings)


async def test_a_payload_is_encrypted_and_comes_back_the_same(
    codec: SealingCodec, rings: Rings
) -> None:
    (encoded,) = await codec.encode([PLAIN])
    assert encoded.metadata == {
        "encoding": b"binary/encrypted",
        "key-id": rings.ring.keys[0].id.encode(),
    }
    assert SECRET.encode() not in encoded.SerializeToString()
    assert b"json/plain" not in encoded.SerializeToString()
    assert await codec.decode([encoded]) == [PLAIN]


async def test_the_same_payload_never_looks_the_same_twice(codec: SealingCodec) -> None:
    one, other = await codec.encode([PLAIN, PLAIN])
    assert one.data != other.data


async def test_a_large_payload_is_compressed_before_it_is_encrypted(codec: SealingCodec) -> None:
    large = Payload(metadata={"encoding": b"json/plain"}, data=b'"' + b"la" * 5000 + b'"')
    (encoded,) = await codec.encode([large])
    assert encoded.ByteSize() < large.ByteSize() / 10
    assert await codec.decode([encoded]) == [large]


async def test_what_would_not_become_smaller_grows_by_little(codec: SealingCodec) -> None:
    noise = Payload(data=os.urandom(5000))
    (encoded,) = await codec.encode([noise])
    assert encoded.ByteSize() < noise.ByteSize() + 100
    assert await codec.decode([encoded]) == [noise]


async def test_what_the_sdk_tells_the_temporal_ui_is_encrypted_as_well(
    codec: SealingCodec,
) -> None:
    details = Payload(metadata={"encoding": b"json/protobuf"}, data=b'{"currentDetails": "L03"}')
    (encoded,) = await codec.encode([details])
    assert b"L03" not in encoded.SerializeToString()


async def test_payloads_of_earlier_releases_stay_readable(
    codec: SealingCodec, monkeypatch: pytest.MonkeyPatch
) -> None:
    compressed = payloads._compressed(Payload(data=b"la" * 5000))
    assert compressed.metadata["encoding"] == b"binary/zlib"
    assert await codec.decode([PLAIN, compressed]) == [PLAIN, Payload(data=b"la" * 5000)]


async def test_what_an_old_key_encrypted_is_read_and_a_new_one_writes(
    codec: SealingCodec, rings: Rings
) -> None:
    (old,) = await codec.encode([PLAIN])
    rings.ring = rings.ring.with_key(new_key())
    (new,) = await codec.encode([PLAIN])
    assert new.metadata["key-id"] == rings.ring.keys[1].id.encode() != old.metadata["key-id"]
    assert await codec.decode([old, new]) == [PLAIN, PLAIN]


async def test_a_key_writes_from_its_time_on(codec: SealingCodec, rings: Rings) -> None:
    later = new_key(timedelta(hours=2))
    rings.ring = rings.ring.with_key(later)
    (encoded,) = await codec.encode([PLAIN])
    assert encoded.metadata["key-id"] == rings.ring.keys[0].id.encode()
    assert rings.ring.current(datetime.now(UTC) + timedelta(hours=3)) == later


async def test_a_payload_whose_key_is_gone_is_refused_by_the_keys_name(
    codec: SealingCodec, rings: Rings
) -> None:
    (encoded,) = await codec.encode([PLAIN])
    gone = rings.ring.keys[0].id
    rings.ring = KeyRing(keys=(new_key(),))
    with pytest.raises(ValueError, match=f"key {gone}, which the ring lacks"):
        await codec.decode([encoded])


@pytest.mark.parametrize("damage", ["cut", "noise", "bit"])
async def test_a_damaged_payload_is_refused(codec: SealingCodec, damage: str) -> None:
    (encoded,) = await codec.encode([PLAIN])
    data = encoded.data
    encoded.data = {
        "cut": data[:-6],
        "noise": b"noise",
        "bit": data[:-1] + bytes([data[-1] ^ 1]),
    }[damage]
    with pytest.raises(ValueError, match="payload is damaged"):
        await codec.decode([encoded])


async def test_a_payload_that_explodes_is_refused(
    codec: SealingCodec, monkeypatch: pytest.MonkeyPatch
) -> None:
    (encoded,) = await codec.encode([Payload(data=b"la" * 5000)])
    monkeypatch.setattr(payloads, "LARGEST_PAYLOAD", 1000)
    with pytest.raises(ValueError, match="larger than allowed"):
        await codec.decode([encoded])
