"""The OpenAPI document, for those who are signed in."""

import asyncio

from fastapi import APIRouter, Request, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.visit import CatalogueReader

router = APIRouter(tags=["catalogue"])


@router.get("/openapi.json", response_model=dict[str, object], responses=documented(*SIGNED_IN))
async def get_openapi(request: Request, visit: CatalogueReader) -> Response:
    """This very document."""
    # Putting it together for the first time takes a second or more, in which others are served.
    return answer(await asyncio.to_thread(request.app.openapi))
