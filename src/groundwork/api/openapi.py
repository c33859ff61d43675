"""The OpenAPI document, for those who are signed in."""

from fastapi import APIRouter, Request, Response

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.visit import CatalogueReader

router = APIRouter(tags=["catalogue"])


@router.get("/openapi.json", response_model=dict[str, object], responses=documented(*SIGNED_IN))
async def get_openapi(request: Request, visit: CatalogueReader) -> Response:
    """This very document."""
    return answer(request.app.openapi())
