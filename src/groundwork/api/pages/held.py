"""Taking back what is held, and putting away refusals that were read: all of one act together."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from groundwork.api.pages.acting import back_to
from groundwork.api.pages.frame import Opened, Page

router = APIRouter(include_in_schema=False)

AnyReader = Annotated[Page, Depends(Opened("read_catalogue"))]


@router.post("/held/take-back")
async def take_back(page: AnyReader) -> Response:
    """Take back what is not sent yet of what somebody did at once."""
    commands = _named(page)
    done = await page.resources.pending.take_back(commands, page.actor.id)
    word = "too_late" if not done else "taken_back" if done == len(commands) else "partly_too_late"
    return back_to(page, page.form.get("next"), f"said:{word}")


@router.post("/held/dismiss")
async def dismiss(page: AnyReader) -> Response:
    """Put refusals away."""
    await page.resources.pending.dismiss(_named(page), page.actor.id)
    return back_to(page, page.form.get("next"), "said:removed")


def _named(page: Page) -> list[tuple[str, str]]:
    """The commands that a bar is about, by chain and key."""
    form = page.form
    return list(zip(form.all("chain"), form.all("key"), strict=False))
