"""A town with an empty post."""

from collections.abc import AsyncIterator, Iterator

import pytest

from groundwork.store.engine import create_engine
from tests.notices.town import Receiver, Sink, Town, mail_server, receiver


@pytest.fixture
async def town(migrated_url: str) -> AsyncIterator[Town]:
    """People and a database; chains are launched by the test."""
    engine = create_engine(migrated_url)
    town = Town(engine)
    await town.found()
    yield town
    await engine.dispose()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A mail server."""
    with mail_server() as sink:
        yield sink


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """An HTTP receiver."""
    with receiver() as kept:
        yield kept
