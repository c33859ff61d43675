"""Secrets from files: read once, never beside the variable, never handed to children as values."""

from pathlib import Path

import pytest

from groundwork.runtime.secret_files import secret_fields
from groundwork.runtime.settings import (
    Settings,
    SettingsError,
    child_environment,
    load_settings,
    variable,
)

SECRET = "s3cret-word-of-a-file"
VALUES = {"database_url": f"postgresql://u:{SECRET}@db.example/groundwork"}
FIELDS = sorted(secret_fields(Settings))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a secret lies."""
    return tmp_path / "secret"


def test_every_secret_setting_has_a_file() -> None:
    assert {"database_url", "mail_url", "oidc_client_secret", "token"} <= set(FIELDS)
    secrets = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field)}
    own_file = {name for name in secrets if f"{name}_file" in Settings.model_fields}
    assert secrets == own_file | set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_a_file_gives_the_secret(field: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(f"{VALUES.get(field, SECRET)}\n")
    monkeypatch.setenv(f"{variable(field)}_FILE", str(file))
    settings = load_settings()
    value = getattr(settings, field)
    assert SECRET in value.get_secret_value()
    assert not value.get_secret_value().endswith("\n")
    assert SECRET not in repr(settings)
    environment = child_environment(
        settings,
        database_url=settings.database_url.get_secret_value() if settings.database_url else None,
        temporal_address=None,
    )
    assert SECRET not in str(environment)
    assert environment[f"{variable(field)}_FILE"] == str(file)


def test_a_child_gets_a_value_that_is_not_the_files(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(SECRET)
    monkeypatch.setenv("GROUNDWORK_TOKEN_FILE", str(file))
    changed = load_settings(token="another")
    environment = child_environment(changed, database_url=None, temporal_address=None)
    assert environment["GROUNDWORK_TOKEN"] == "another"
    assert "GROUNDWORK_TOKEN_FILE" not in environment


def test_both_at_once_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(SECRET)
    monkeypatch.setenv("GROUNDWORK_TOKEN_FILE", str(file))
    monkeypatch.setenv("GROUNDWORK_TOKEN", "another")
    with pytest.raises(SettingsError, match="GROUNDWORK_TOKEN_FILE are both set") as refused:
        load_settings()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_that_is_of_no_use_is_named(
    content: bytes | None, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("GROUNDWORK_TOKEN_FILE", str(file))
    with pytest.raises(SettingsError, match="GROUNDWORK_TOKEN_FILE names"):
        load_settings()
