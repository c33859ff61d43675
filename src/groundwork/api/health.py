"""Whether the service lives, and whether it can do its work: for supervisors and balancers."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response

from groundwork.api.answers import RETRY_AFTER, answer
from groundwork.api.documented import ANY, documented
from groundwork.api.errors import Problem
from groundwork.api.resources import Resources
from groundwork.api.shapes import Alive, Ready
from groundwork.runtime.deadlines import CHECK_SECONDS, within
from groundwork.runtime.gateway import EngineSilent
from groundwork.store.engine import ping
from groundwork.store.errors import StoreError

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=Alive, responses=documented(*ANY))
async def healthz() -> Response:
    """The process is alive."""
    return answer({"status": "alive"})


@router.get("/readyz", response_model=Ready, responses=documented(*ANY, "not_ready"))
async def readyz(request: Request) -> Response:
    """The database and the engine answer in time; `parts` says which of them does not."""
    resources: Resources = request.app.state.resources
    store, engine = await asyncio.gather(
        *(
            within(CHECK_SECONDS, _answers(part), otherwise=False)
            for part in (ping(resources.database), resources.link.ping())
        )
    )
    parts = {"store": store, "engine": engine}
    missing = [part for part, answers in parts.items() if not answers]
    if missing:
        raise Problem(
            "not_ready",
            parts=", ".join(missing),
            extensions={"parts": parts},
            headers=RETRY_AFTER,
        )
    return answer({"status": "ready", "parts": parts})


async def _answers(asked: Coroutine[Any, Any, None]) -> bool:
    try:
        await asked
    except (StoreError, EngineSilent):
        return False
    return True
