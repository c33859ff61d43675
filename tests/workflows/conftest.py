"""Servers for the tests of the shell."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.workflows.office import Office, open_office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office() -> AsyncIterator[Office]:
    """An office whose server serves one module of tests."""
    async with open_office() as opened:
        yield opened
