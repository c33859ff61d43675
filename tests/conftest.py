"""What every room's tests share: real servers, started once, and an environment of their own."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings as hypotheses
from temporalio.client import Client

from groundwork.runtime import processes
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store import vault
from groundwork.store.migrations import migrate
from tests.rings import KEY_FILES, rings_in
from tests.spread import ByUnit, rank

# Laws are about behaviour: how long an example takes on a busy machine says nothing.
hypotheses.register_profile("patient", hypotheses(), deadline=None)
hypotheses.load_profile("patient")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByUnit:
    """Several processes share the tests unit by unit."""
    config.option.loadscopereorder = False
    return ByUnit(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest where several processes share the tests."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.nodeid))


@pytest.fixture(scope="session", autouse=True)
def key_rings() -> Iterator[tuple[Path, Path]]:
    """Key rings for vaults and payloads, which every process that a test starts finds too."""
    with _open_folder() as folder, rings_in(folder) as files:
        yield files


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests reaches them."""
    for name in os.environ:
        ours = name.startswith(("GROUNDWORK_", "TEMPORAL_")) or name == "DATABASE_URL"
        if ours and name not in KEY_FILES:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def own_vault(key_rings: tuple[Path, Path]) -> Iterator[None]:
    """A command that runs in this process takes its own key ring; the next test takes ours."""
    kept = vault._ring.keys
    yield
    if kept is not None:
        vault.use(kept)


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on; `processes.free_port()` gives more."""
    return processes.free_port()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for the data of embedded servers."""
    with _open_folder() as folder:
        yield folder


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Default settings with a data folder and ports of their own."""
    port, temporal_port, ui_port = processes.free_ports(3)
    return Settings(
        data_dir=data_dir, port=port, temporal_port=temporal_port, temporal_ui_port=ui_port
    )


@pytest.fixture(scope="session")
def temporal_server() -> Iterator[EmbeddedTemporal]:
    """A Temporal server in memory, with namespaces `default` and `rehearsal`."""
    server = EmbeddedTemporal(port=processes.free_port())
    try:
        run(server.start())
        yield server
    finally:
        run(server.stop())


@pytest.fixture
async def temporal_client(temporal_server: EmbeddedTemporal, settings: Settings) -> Client:
    """A client in the live namespace, configured as in production."""
    return await connect(settings, address=temporal_server.address)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server that does not wait for the disk."""
    with _open_folder() as folder:
        server = EmbeddedPostgres(folder, durable=False)
        try:
            run(server.start())
            yield server
        finally:
            run(server.stop())


@pytest.fixture
def postgres_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """An empty database for one test."""
    yield from _fresh_database(postgres_server)


@pytest.fixture(scope="module")
def module_postgres_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """An empty database shared by one module's tests."""
    yield from _fresh_database(postgres_server)


@pytest.fixture(scope="session")
def migrated(postgres_server: EmbeddedPostgres) -> str:
    """The name of a migrated database without rows: a copy is made much faster than another one."""
    name = "migrated"
    migrate(postgres_server.create_database(name))
    return name


@pytest.fixture
def migrated_url(postgres_server: EmbeddedPostgres, migrated: str) -> Iterator[str]:
    """A migrated database for one test."""
    yield from _fresh_database(postgres_server, migrated)


@pytest.fixture(scope="module")
def module_migrated_url(postgres_server: EmbeddedPostgres, migrated: str) -> Iterator[str]:
    """A migrated database shared by one module's tests."""
    yield from _fresh_database(postgres_server, migrated)


@contextlib.contextmanager
def _open_folder() -> Iterator[Path]:
    """A folder outside pytest's own, which every new run of pytest closes to other accounts.

    Run as root, PostgreSQL is another account.
    """
    folder = Path(tempfile.mkdtemp(prefix="groundwork-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _fresh_database(server: EmbeddedPostgres, template: str = "template1") -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    yield server.create_database(name, template=template)
    server.drop_database(name)
