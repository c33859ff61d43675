"""Linking people and systems to the identity provider, as administrators type it."""

from collections.abc import Iterator

import pytest

from groundwork.domain.model import Role
from groundwork.store.migrations import migrate
from tests.cli.terminal import done, run, serving, told


@pytest.fixture
def asks(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """How an administrator asks an installation that has a provider."""
    migrate(postgres_url)
    monkeypatch.setenv("GROUNDWORK_OIDC_ISSUER", "https://login.example")
    monkeypatch.setenv("GROUNDWORK_OIDC_CLIENT_ID", "groundwork")
    with serving(postgres_url, Role.ADMINISTRATOR) as env:
        yield env


def test_links_are_made_shown_and_ended(asks: dict[str, str]) -> None:
    person = told("people", "add", "张某", "--role", "ops", env=asks)["id"]
    made = told("people", "link", person, "zhang-0815", env=asks)
    assert (made["kind"], made["issuer"]) == ("person", "https://login.example")
    other = told("people", "link", person, "board", "--system", env=asks)
    assert other["kind"] == "system"
    shown = done("people", "show", person, env=asks)
    assert "zhang-0815" in shown
    assert made["id"] in shown
    taken = told("people", "add", "李某", "--role", "ops", env=asks)["id"]
    refused = run("people", "link", taken, "zhang-0815", env=asks)
    assert refused.exit_code == 1
    assert "identity_taken" in refused.stderr
    assert "zhang-0815" not in refused.stderr
    done("people", "unlink", person, made["id"], env=asks)
    told("people", "link", taken, "zhang-0815", env=asks)
    gone = run("people", "unlink", person, made["id"], env=asks)
    assert "identity_not_found" in gone.stderr
