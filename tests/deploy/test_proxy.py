"""The proxy: that Caddy takes its configuration, asks every API, and tells on nobody."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundwork.api.__main__ import GRACE_SECONDS
from groundwork.runtime.processes import free_ports
from groundwork.runtime.settings import Settings
from tests.deploy.topology import DEPLOY, own, services

CADDY = Path(sys.prefix) / "bin" / "caddy"
FILE = DEPLOY / "caddy" / "Caddyfile"
NANOSECONDS = 1_000_000_000
ASKED = {"authorization": "Bearer gw_secret", "x-forwarded-for": "203.0.113.9"}


def caddy(command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Have Caddy read the configuration in an environment of its own."""
    return subprocess.run(
        [CADDY, command, "--adapter", "caddyfile", "--config", str(FILE)],
        env={"HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def adapted() -> dict[str, Any]:
    """What Caddy makes of the configuration as Compose runs it."""
    settings: dict[str, Any] = json.loads(caddy("adapt", {}).stdout)
    return settings


def handlers(part: object, kind: str) -> list[dict[str, Any]]:
    """Every handler of a kind, wherever it stands."""
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    found = [part] if isinstance(part, dict) and part.get("handler") == kind else []
    return [*found, *(one for each in inside for one in handlers(each, kind))]


def seconds(text: str) -> int:
    """A period of the compose file."""
    assert text.endswith("s")
    return int(text.removesuffix("s"))


@pytest.mark.parametrize(
    "environment",
    [
        {"SITE_ADDRESS": "https://approvals.example.cn"},
        {"SITE_ADDRESS": "https://localhost", "SITE_TLS": "tls internal"},
        {"SITE_ADDRESS": "http://:8080", "API_UPSTREAMS": "to 10.0.0.1:8400 10.0.0.2:8400"},
    ],
)
def test_it_understands_its_configuration(environment: dict[str, str]) -> None:
    checked = caddy("validate", environment)
    assert checked.returncode == 0, checked.stderr


def test_it_takes_the_largest_document() -> None:
    limit = re.search(r"max_size \{\$LARGEST_REQUEST:(\d+)MiB\}", FILE.read_text())
    assert limit
    assert int(limit[1]) > Settings.model_fields["documents_largest_mib"].default


def test_under_compose_it_asks_each_api_that_there_is_just_now() -> None:
    (asked,) = handlers(adapted(), "reverse_proxy")
    assert "upstreams" not in asked  # one name as a single upstream is one API that gets it all
    found = asked["dynamic_upstreams"]
    assert found["name"] in own()
    assert services()[found["name"]]["command"] == ["api"]
    assert int(found["port"]) == Settings.model_fields["port"].default
    # A container that is made anew has another address.
    assert found["refresh"] <= 5 * NANOSECONDS
    assert not services()["proxy"]["environment"].keys() - {"SITE_ADDRESS", "SITE_TLS"}


def test_whoever_stops_is_given_longer_than_it_takes() -> None:
    proxy = adapted()["apps"]["http"]["grace_period"] / NANOSECONDS
    assert seconds(services()["proxy"]["stop_grace_period"]) > proxy
    assert seconds(services()["api"]["stop_grace_period"]) > GRACE_SECONDS


def test_it_does_not_try_to_change_whom_its_machine_trusts() -> None:
    authorities = adapted()["apps"]["pki"]["certificate_authorities"]
    assert {one["install_trust"] for one in authorities.values()} == {False}


async def test_what_fails_is_logged_without_who_asked_for_what(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (await reader.readline()).startswith(b"GET /healthz"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    (port,) = free_ports(1)
    log = tmp_path / "log"
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as api:
        upstream = f"to 127.0.0.1:{api.sockets[0].getsockname()[1]}"
        site = f"http://127.0.0.1:{port}"
        with log.open("wb") as output:
            proxy = subprocess.Popen(  # noqa: ASYNC220 -- it returns at once
                [CADDY, "run", "--adapter", "caddyfile", "--config", str(FILE)],
                env={**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": ""}
                | {"SITE_ADDRESS": site, "API_UPSTREAMS": upstream},
                stdout=output,
                stderr=output,
            )
        try:
            answer = await _asked(f"{site}/progress/ABCDE-FGHJK", proxy)
        finally:
            proxy.terminate()
            proxy.wait(20)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (told,) = [line for line in lines if line.get("status") == answer.status_code]
    assert answer.status_code == httpx.codes.BAD_GATEWAY
    assert told["request"]["method"] == "POST"
    for secret in ("ABCDE", "gw_secret", "203.0.113.9", "remote_ip", "client_ip"):
        assert secret not in log.read_text()


async def _asked(url: str, proxy: subprocess.Popen[bytes]) -> httpx.Response:
    """The answer to a write, once somebody listens."""
    async with asyncio.timeout(30), httpx.AsyncClient(timeout=15) as client:
        while True:
            with suppress(httpx.ConnectError):
                return await client.post(url, headers=ASKED)
            assert proxy.poll() is None
            await asyncio.sleep(0.05)
