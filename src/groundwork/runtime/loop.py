"""The one way to run an asynchronous program that talks to Temporal."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

QUIET_SECONDS = 0.2
"""The SDK's native threads need this long to let go of Python before its loop may close;
without it some programs abort after their work was done."""


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run `main` to its end and return its result: `asyncio.run` that ends without a crash."""
    return asyncio.run(_quietly(main))


async def _quietly(main: Coroutine[Any, Any, Result]) -> Result:
    try:
        return await main
    finally:
        await asyncio.sleep(QUIET_SECONDS)
