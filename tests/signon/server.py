"""The identity server as tests start and stop it, and a browser that signs in there."""

import json
import re
import subprocess
import sys
import time
from html import unescape
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx
from joserfc.jwk import RSAKey

from groundwork.runtime import processes

CLIENT = "groundwork"
CLIENT_SECRET = "shared with the identity server"
SITE = "http://groundwork.test"
PEOPLE = {"zhang": "滨江厂房七月开工", "li": "another quiet harbour", "wang": "three tall cranes"}
SYSTEMS = {"board": "of the board", "stranger": "of nobody here"}
SYSTEM_SCOPES = ["groundwork:read", "groundwork:act", "unrelated"]


class IdentityServer:
    """One process of it, on a port that it keeps."""

    def __init__(self) -> None:
        self.port, self.site_port = processes.free_ports(2)
        """`site_port` is for a Groundwork of its own, whose address is registered as well."""
        self.issuer = f"http://127.0.0.1:{self.port}"
        key = RSAKey.generate_key(2048, private=True)
        key.ensure_kid()
        self.key = key
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.signon.idp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._plan()).encode())
        self._process.stdin.close()
        while True:
            assert self._process.poll() is None, "the identity server did not start"
            try:
                httpx.get(f"{self.issuer}/.well-known/openid-configuration")
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            return

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def token(self, system: str, scope: str = "groundwork:read") -> str:
        """An access token, by a system's own credentials."""
        answer = httpx.post(
            f"{self.issuer}/oauth/token",
            auth=(system, SYSTEMS[system]),
            data={"grant_type": "client_credentials", "scope": scope},
        )
        assert answer.is_success, answer.text
        token: str = answer.json()["access_token"]
        return token

    def _plan(self) -> dict[str, object]:
        sites = [SITE, f"http://127.0.0.1:{self.site_port}"]
        people = {
            "client_id": CLIENT,
            "client_name": "Groundwork",
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [f"{one}/sign-in/callback" for one in sites],
            "post_logout_redirect_uris": [f"{one}/sign-in" for one in sites],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": ["openid"],
            "token_endpoint_auth_method": "client_secret_basic",
        }
        systems = [
            {
                "client_id": name,
                "client_name": name,
                "client_secret": secret,
                "redirect_uris": [],
                "grant_types": ["client_credentials"],
                "scope": SYSTEM_SCOPES,
                "token_endpoint_auth_method": "client_secret_basic",
            }
            for name, secret in SYSTEMS.items()
        ]
        return {
            "port": self.port,
            "people": PEOPLE,
            "keys": [self.key.as_dict(private=True)],
            "clients": [people, *systems],
        }


class Visitor:
    """Somebody's browser at the identity server: it keeps its cookies there."""

    def __init__(self, server: IdentityServer, name: str) -> None:
        self._http = httpx.Client(base_url=server.issuer)
        self.name = name
        self.asked = 0
        """How often they had to type their password."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def goes(self, address: str) -> str:
        """Sign in there as far as asked; where the server sends the browser in the end."""
        page = self._http.get(address)
        for _ in range(8):
            if page.is_redirect:
                there = urljoin(str(page.url), page.headers["location"])
                if urlsplit(there).path == "/sign-in/callback":
                    return there
                page = self._http.get(there)
                continue
            page = self._http.post(page.url, data=self._filled(page.text))
        raise AssertionError(f"{page.status_code} at {page.url.path}: {page.text[:300]}")

    def _filled(self, text: str) -> dict[str, str]:
        fields = {}
        for field in re.findall(r"<(?:input|button)[^>]*>", text):
            name = re.search(r'name="([^"]*)"', field)
            value = re.search(r'value="([^"]*)"', field)
            if name and name[1] != "remember":
                fields[name[1]] = unescape(value[1]) if value else ""
        if "login" in fields:
            fields["login"] = self.name
        if "password" in fields:
            self.asked += 1
            fields["password"] = PEOPLE[self.name]
        return fields
