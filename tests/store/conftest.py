"""A migrated database and what works on it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.audit import Audit
from groundwork.store.calendars import Calendars
from groundwork.store.engine import create_engine
from groundwork.store.projects import Projects
from groundwork.store.reads import Reads
from groundwork.store.recorder import Recorder
from groundwork.store.rollouts import Rollouts
from tests.store.histories import find_definition, project

Execute = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
def database(migrated_url: str) -> str:
    """The URL of a migrated database without rows."""
    return migrated_url


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """A pool of connections to it."""
    engine = create_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def execute(engine: AsyncEngine) -> Execute:
    """Runs a statement as an owner of the database would, and returns its rows."""

    async def run(statement: str, **parameters: Any) -> list[Any]:
        async with engine.begin() as connection:
            result = await connection.execute(text(statement), parameters)
            return list(result.all()) if result.returns_rows else []

    return run


@pytest.fixture
def calendars(engine: AsyncEngine) -> Calendars:
    """The versions of the calendar."""
    return Calendars(engine)


@pytest.fixture
def rollouts(engine: AsyncEngine) -> Rollouts:
    """How they spread."""
    return Rollouts(engine)


@pytest.fixture
async def recorder(engine: AsyncEngine) -> Recorder:
    """A recorder, and the project that the histories are about."""
    await Projects(engine).create(project())
    return Recorder(engine, find_definition)


@pytest.fixture
def audit(engine: AsyncEngine) -> Audit:
    """The audit of that database."""
    return Audit(engine, find_definition)


@pytest.fixture
def reads(engine: AsyncEngine) -> Reads:
    """The reads of that database."""
    return Reads(engine)
