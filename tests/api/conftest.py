"""An API with a real record behind it and, where a test asks for it, a real engine and worker."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.link import EngineLink
from groundwork.api.resources import Resources
from groundwork.api.shelf import Shelf
from groundwork.domain.model import Role
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings
from groundwork.runtime.temporal import connect
from groundwork.store.engine import create_engine
from groundwork.worker import running_worker
from groundwork.workflows import shelf as workers_shelf
from tests.api.house import PARK, REFORM, Cast, House, application, sign_up
from tests.api.production import halls, site

CAST = (
    (Role.ADMINISTRATOR, None),
    (Role.HOUSEKEEPER, None),
    (Role.PROJECT_MANAGER, None),
    (Role.OFFICER, PARK),
    (Role.OFFICER, REFORM),
    (Role.DATA_BUREAU, None),
    (Role.BUSINESS_ENVIRONMENT_OFFICE, None),
    (Role.OPS, None),
)


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """The catalogue, read once, and at hand for workers too."""
    return at_hand(Shelf())


@pytest.fixture(scope="session")
def production_shelf() -> Shelf:
    """The two small chains of a site and its halls, for the API and for workers."""
    return at_hand(Shelf((site(), halls())))


def at_hand(shelf: Shelf) -> Shelf:
    """The shelf, once workers have what is on it."""
    for published in shelf:
        workers_shelf.put_definition(published.hash, published.definition)
    for version in shelf.calendar_versions:
        workers_shelf.put_calendar(shelf.calendar(version))
    return shelf


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The application; each test gives it resources of its own."""
    return application()


@pytest.fixture(scope="module")
def database(module_migrated_url: str) -> str:
    """The URL of a migrated database that the tests of a module share."""
    return module_migrated_url


@pytest.fixture(scope="module")
def cast(database: str) -> Cast:
    """A person of every kind, with a token each."""
    return run(sign_up(database, CAST))


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """A pool of connections to that database."""
    engine = create_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def house(
    app: FastAPI, engine: AsyncEngine, shelf: Shelf, settings: Settings, cast: Cast
) -> AsyncIterator[House]:
    """The API without an engine."""
    resources = Resources(settings, engine, EngineLink(settings), shelf)
    async with House(app, resources, cast) as house:
        yield house


@pytest.fixture
def engine_settings(temporal_server: EmbeddedTemporal, settings: Settings) -> Settings:
    """Settings of an API and a worker on a task queue of their own."""
    return settings.model_copy(
        update={
            "temporal_address": temporal_server.address,
            "task_queue": f"groundwork-{settings.port}",
        }
    )


@pytest.fixture
async def idle_house(
    app: FastAPI, engine: AsyncEngine, shelf: Shelf, engine_settings: Settings, cast: Cast
) -> AsyncIterator[House]:
    """The API with an engine that no worker serves."""
    link = EngineLink(engine_settings)
    async with House(app, Resources(engine_settings, engine, link, shelf), cast) as house:
        yield house


@pytest.fixture
async def busy_house(
    idle_house: House, engine: AsyncEngine, engine_settings: Settings
) -> AsyncIterator[House]:
    """The API with an engine and a worker, as in production."""
    client = await connect(engine_settings)
    async with running_worker(client, engine, engine_settings.task_queue):
        yield idle_house


@pytest.fixture
async def halls_house(
    app: FastAPI,
    engine: AsyncEngine,
    production_shelf: Shelf,
    engine_settings: Settings,
    cast: Cast,
) -> AsyncIterator[House]:
    """The API with an engine, a worker and the two small chains of a site and its halls."""
    link = EngineLink(engine_settings)
    resources = Resources(engine_settings, engine, link, production_shelf)
    client = await connect(engine_settings)
    async with (
        House(app, resources, cast) as house,
        running_worker(client, engine, engine_settings.task_queue),
    ):
        yield house
