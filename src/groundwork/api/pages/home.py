"""The home page: what needs the reader today."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from groundwork.api.pages.frame import Opened, Page, show

router = APIRouter(include_in_schema=False)

AnyReader = Annotated[Page, Depends(Opened("read_catalogue"))]


@router.get("/")
async def get_home(page: AnyReader) -> Response:
    """What needs the reader today."""
    return show(page, "home.html")
