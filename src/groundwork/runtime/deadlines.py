"""Questions to a part that may be frozen: after the deadline nobody waits for it any more."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

CHECK_SECONDS: Final = 2.5
"""How long a part may take to say that it works.

More than the engine is given for an answer, less than the five seconds that supervisors wait.
"""

Answer = TypeVar("Answer")

_left: set[asyncio.Task[Any]] = set()


async def within(
    seconds: float, question: Coroutine[Any, Any, Answer], *, otherwise: Answer
) -> Answer:
    """What the part answers, or `otherwise` when it does not in time.

    A question that is late is cancelled but not waited for: to cancel one at a database that is
    frozen takes as long as to wait for its answer.
    """
    asked = asyncio.ensure_future(question)
    try:
        await asyncio.wait({asked}, timeout=seconds)
    finally:
        if not asked.done():
            _leave(asked)
    return asked.result() if asked.done() else otherwise


def _leave(asked: asyncio.Task[Any]) -> None:
    _left.add(asked)  # or it may vanish before it has ended
    asked.add_done_callback(_ended)
    asked.cancel()


def _ended(asked: asyncio.Task[Any]) -> None:
    _left.discard(asked)
    if not asked.cancelled():
        asked.exception()  # nobody is left to be told
