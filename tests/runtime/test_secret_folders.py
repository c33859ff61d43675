"""Whose business it is who may read a secret."""

from pathlib import Path

import pytest

from groundwork.runtime.secret_folders import open_to_others


@pytest.mark.parametrize(("mode", "exposed"), [(0o600, False), (0o640, False), (0o644, True)])
def test_the_owner_of_a_file_keeps_others_from_it(tmp_path: Path, mode: int, exposed: bool) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode)
    secret.chmod(mode)
    assert open_to_others(secret) is exposed


def test_of_what_the_system_laid_there_the_system_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "signing" / "audit_key"
    secret.parent.mkdir()
    secret.touch()
    secret.chmod(0o444)
    assert open_to_others(secret)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert not open_to_others(secret)
