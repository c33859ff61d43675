"""The demonstration's settings, and which environment commands mean."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from groundwork.runtime.demonstration import demonstration_of, in_use, read_cast, read_park
from groundwork.runtime.processes import started
from groundwork.runtime.settings import Settings, SettingsError, child_environment, load_settings
from groundwork.runtime.whereabouts import UpState, state_file


def running(folder: Path) -> None:
    """Note down that this process is a `groundwork up` on a data folder."""
    pid = os.getpid()
    state = UpState(
        pid=pid,
        started=started(pid) or "",
        since=datetime.now(UTC),
        api_url="http://127.0.0.1:1",
        temporal_address=None,
        temporal_ui_url=None,
        database_url=None,
        processes={},
    )
    folder.mkdir(exist_ok=True)
    state_file(folder).write_text(state.model_dump_json())


class TestTheDemonstration:
    def test_has_folder_and_namespace_of_its_own(self, tmp_path: Path) -> None:
        real = Settings(data_dir=tmp_path)
        demo = demonstration_of(real)
        assert (demo.demo, real.demo) == (True, False)
        assert demo.data_dir == tmp_path / "demo"
        assert demo.namespace not in {real.namespace, real.rehearsal_namespace}
        assert demonstration_of(demo) == demo

    def test_reaches_its_processes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        demo = demonstration_of(Settings(data_dir=tmp_path))
        environment = child_environment(demo, database_url=None, temporal_address=None)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        told = {"temporal_ui_url": demo.temporal_ui, "audit_key_file": demo.audit_key_place}
        assert load_settings() == demo.model_copy(update=told)

    @pytest.mark.parametrize(
        "servers",
        [
            {"database_url": SecretStr("postgresql://groundwork:hunter2@db.example/groundwork")},
            {"temporal_address": "temporal.example:7233"},
        ],
    )
    def test_touches_no_server_that_is_named(
        self, tmp_path: Path, servers: dict[str, object]
    ) -> None:
        real = Settings.model_validate({"data_dir": tmp_path, **servers})
        with pytest.raises(SettingsError, match="DATABASE_URL") as refused:
            demonstration_of(real)
        assert "hunter2" not in str(refused.value)

    def test_is_meant_by_commands_only_when_it_is_asked_for_or_alone_runs(
        self, tmp_path: Path
    ) -> None:
        real = Settings(data_dir=tmp_path)
        named = Settings(data_dir=tmp_path, database_url=SecretStr("postgresql://db.example/x"))
        assert in_use(real) == real
        assert in_use(Settings(data_dir=tmp_path, demo=True)).data_dir == tmp_path / "demo"

        running(tmp_path / "demo")
        assert in_use(real).data_dir == tmp_path / "demo"
        assert in_use(named) == named, "whoever names servers means those"
        running(tmp_path)
        assert in_use(real) == real

    def test_has_neither_people_nor_park_before_it_is_opened(self, tmp_path: Path) -> None:
        assert read_cast(tmp_path) == ()
        assert read_park(tmp_path) is None
