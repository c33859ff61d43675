"""A house whose people may sign in through an identity server, which is a process of its own."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from groundwork.runtime.settings import Settings
from tests.api.conftest import app, cast, database, engine, house, shelf
from tests.signon.idp import AUDIENCE
from tests.signon.server import CLIENT, CLIENT_SECRET, SITE, IdentityServer

__all__ = ["app", "cast", "database", "engine", "house", "shelf"]


@pytest.fixture(scope="session")
def identity_server() -> Iterator[IdentityServer]:
    """The identity server, started once; a test that stops it starts it again."""
    with IdentityServer() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, identity_server: IdentityServer) -> Settings:
    """Settings of an installation that is registered with it."""
    identity_server.start()
    return settings.model_copy(
        update={
            "public_url": SITE,
            "oidc_issuer": identity_server.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_audience": AUDIENCE,
        }
    )
