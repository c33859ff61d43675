"""Taking back what is held, and putting away refusals that were read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from groundwork.api.pages.acting import back_to
from groundwork.api.pages.frame import Opened, Page

router = APIRouter(include_in_schema=False)

AnyReader = Annotated[Page, Depends(Opened("read_catalogue"))]


@router.post("/held/take-back")
async def take_back(page: AnyReader) -> Response:
    """Take a command back, if it is not sent yet."""
    pending, form = page.resources.pending, page.form
    done = await pending.take_back(form.get("chain"), form.get("key"), page.actor.id)
    return back_to(page, form.get("next"), f"said:{'taken_back' if done else 'too_late'}")


@router.post("/held/dismiss")
async def dismiss(page: AnyReader) -> Response:
    """Put a refusal away."""
    form = page.form
    await page.resources.pending.dismiss(form.get("chain"), form.get("key"), page.actor.id)
    return back_to(page, form.get("next"), "said:removed")
