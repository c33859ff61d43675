"""Clusters that ask for TLS, a certificate of ours or a key: reached by the SDK's own variables.

The embedded server speaks no TLS, so a Caddy before it does, as strictly as Temporal Cloud.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.processes import free_ports
from groundwork.runtime.settings import load_settings
from groundwork.runtime.temporal import TemporalUnavailable, connect

CADDY = Path(sys.executable).with_name("caddy")
KEY = "key-of-a-service-account"
CONFIGURATION = """
{{
    admin off
    auto_https off
}}
https://localhost:{mutual} {{
    tls {home}/server.pem {home}/server.key {{
        client_auth {{
            mode require_and_verify
            trust_pool file {home}/ca.pem
        }}
    }}
    reverse_proxy h2c://{server}
}}
https://localhost:{keyed} {{
    tls {home}/server.pem {home}/server.key
    @stranger not header Authorization "Bearer {key}"
    respond @stranger 401
    reverse_proxy h2c://{server}
}}
"""


class Doors(NamedTuple):
    """A server behind TLS: where a certificate is asked for, where a key, and our files."""

    mutual: str
    keyed: str
    home: Path


def issue(
    home: Path, name: str, signer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None
) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
    """Write a certificate and its key, signed by another or, for an authority, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, issuer_key = signer or (subject, key)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    (home / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (home / f"{name}.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return subject, key


@pytest.fixture(scope="module")
def doors(
    temporal_server: EmbeddedTemporal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doors]:
    """The doors, open for this module's tests."""
    home = tmp_path_factory.mktemp("tls")
    authority = issue(home, "ca", None)
    for name in ("server", "client"):
        issue(home, name, authority)
    mutual, keyed = free_ports(2)
    configuration = CONFIGURATION.format(
        mutual=mutual, keyed=keyed, home=home, server=temporal_server.address, key=KEY
    )
    (home / "Caddyfile").write_text(configuration)
    caddy = subprocess.Popen(
        [CADDY, "run", "--adapter", "caddyfile", "--config", home / "Caddyfile"],
        env={"HOME": str(home)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Doors(f"localhost:{mutual}", f"localhost:{keyed}", home)
    finally:
        caddy.terminate()
        caddy.wait(30)


@pytest.fixture(autouse=True)
def trusting(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is our own, so it is named; the rest each test chooses."""
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(doors.home / "ca.pem"))


async def reached() -> bool:
    """Whether the server that the environment describes answers in our namespace."""
    async with asyncio.timeout(30):
        while True:
            try:
                client = await connect(load_settings())
            except TemporalUnavailable as error:
                # The proxy needs a moment; afterwards a no is an answer.
                if "refused" in str(error.__cause__):
                    await asyncio.sleep(0.05)
                    continue
                return False
            return (await client.count_workflows()).count >= 0


async def test_a_certificate_of_ours_opens_the_door(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", doors.mutual)
    assert not await reached()
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(doors.home / "client.pem"))
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(doors.home / "client.key"))
    assert await reached()


async def test_a_key_opens_the_door(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", doors.keyed)
    monkeypatch.setenv("TEMPORAL_API_KEY", "of somebody else")
    assert not await reached()
    monkeypatch.setenv("TEMPORAL_API_KEY", KEY)
    assert await reached()


async def test_a_profile_in_a_file_says_it_all(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = doors.home / "temporal.toml"
    file.write_text(
        f'[profile.cloud]\naddress = "{doors.keyed}"\nnamespace = "default"\napi_key = "{KEY}"\n'
    )
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_PROFILE", "cloud")
    assert await reached()
