"""The one way to run an asynchronous program that talks to Temporal.

The loop is uvloop's. The SDK's threads wake it many times per command, and each time costs Python's
own loop two calls of the kernel.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

Result = TypeVar("Result")

QUIET_SECONDS = 0.2
"""The SDK's native threads need this long to let go of Python before its loop may close;
without it some programs abort after their work was done."""


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run `main` to its end and return its result, without the crash that would follow."""
    return uvloop.run(_quietly(main))


async def _quietly(main: Coroutine[Any, Any, Result]) -> Result:
    try:
        return await main
    finally:
        await asyncio.sleep(QUIET_SECONDS)
