"""In production nothing starts with defaults that others know, and each reason is said."""

import os
import subprocess
import sys
from typing import Any

import pytest

from groundwork.runtime.production import findings, require_sound
from groundwork.runtime.settings import Settings, SettingsError, load_settings

SOUND: dict[str, Any] = {
    "environment": "production",
    "database_url": "postgresql://groundwork:9f86d081884c7d65@db.example/groundwork",
    "temporal_address": "temporal.example:7233",
    "public_url": "https://approvals.example",
    "oidc_issuer": "https://login.example",
    "oidc_client_id": "groundwork",
    "oidc_client_secret": "2c26b46b68ffc68ff99b453c",
}


def test_sound_settings_are_let_through() -> None:
    require_sound(load_settings(**SOUND))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"demo": True}, "GROUNDWORK_DEMO"),
        ({"database_url": None}, "DATABASE_URL"),
        ({"database_url": "postgresql://groundwork:groundwork@db/x"}, "DATABASE_URL"),
        ({"database_url": "postgresql://groundwork:Postgres@db/x"}, "DATABASE_URL"),
        ({"temporal_address": None}, "TEMPORAL_ADDRESS"),
        ({"public_url": None}, "GROUNDWORK_PUBLIC_URL"),
        ({"public_url": "http://approvals.example"}, "GROUNDWORK_PUBLIC_URL"),
        ({"oidc_issuer": "http://127.0.0.1:9000"}, "GROUNDWORK_OIDC_ISSUER"),
        ({"oidc_client_secret": "secret"}, "GROUNDWORK_OIDC_CLIENT_SECRET"),
        ({"credit_token": "tiny-one"}, "GROUNDWORK_CREDIT_TOKEN"),
    ],
)
def test_each_finding_names_its_setting_in_both_languages(
    changes: dict[str, Any], named: str
) -> None:
    (wrong,) = findings(load_settings(**SOUND | changes))
    assert named in wrong
    assert any("\u4e00" <= one <= "\u9fff" for one in wrong)
    assert ". " in wrong or ": " in wrong
    for value in changes.values():
        assert not isinstance(value, str) or value not in wrong
    with pytest.raises(SettingsError, match=named):
        require_sound(load_settings(**SOUND | changes))


def test_outside_production_nothing_is_asked() -> None:
    settings = Settings()
    assert list(findings(settings))
    require_sound(settings)


@pytest.mark.parametrize("module", ["groundwork.api", "groundwork.worker"])
def test_servers_do_not_start_and_say_everything_at_once(module: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", module],
        env={**os.environ, "GROUNDWORK_ENVIRONMENT": "production", "GROUNDWORK_DEMO": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert told.returncode == 1
    for name in ("GROUNDWORK_DEMO", "DATABASE_URL", "TEMPORAL_ADDRESS", "GROUNDWORK_PUBLIC_URL"):
        assert name in told.stderr
    assert "Traceback" not in told.stderr
