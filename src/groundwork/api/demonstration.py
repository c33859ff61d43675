"""The demonstration, as its pages show it: who can be played, and how far the park has come."""

from fastapi import APIRouter, Request, Response

from groundwork.api.answers import answer
from groundwork.api.documented import ANY, documented
from groundwork.api.resources import Resources
from groundwork.domain.base import Frozen
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.model import Role
from groundwork.runtime.demonstration import ParkState, Player, read_cast, read_park
from groundwork.store.duties import Written

router = APIRouter(tags=["health"])


class DemonstrationShape(Frozen):
    """Whether this is a demonstration; where it is none, `cast` is empty and `park` null."""

    demo: bool
    cast: tuple[Player, ...] = ()
    park: ParkState | None = None


@router.get("/demonstration", response_model=DemonstrationShape, responses=documented(*ANY))
async def get_demonstration(request: Request) -> Response:
    """Whether this is a demonstration, its invented people and its park; open to all."""
    resources: Resources = request.app.state.resources
    settings = resources.settings
    shown = DemonstrationShape(demo=False)
    if settings.demo:
        cast, park = read_cast(settings.data_dir), read_park(settings.data_dir)
        shown = DemonstrationShape(demo=True, cast=cast, park=park)
    return answer(shown.model_dump(mode="json"))


async def play_enterprise(resources: Resources, uscc: str) -> None:
    """In a demonstration, have whoever plays the project manager speak for the enterprise too."""
    if not resources.settings.demo:
        return
    enterprise = Grant(kind=GrantKind.ENTERPRISE, value=uscc)
    for player in read_cast(resources.settings.data_dir):
        if player.role is Role.PROJECT_MANAGER:
            written = Written("system", "demonstration")
            await resources.grants.give(player.person, enterprise, written)
    resources.standing.forget()
