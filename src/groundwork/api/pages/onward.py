"""What if (假如这样办): a running chain rehearsed onward from where it stands, for housekeepers."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from pydantic import ValidationError

from groundwork.api.answers import as_problem
from groundwork.api.errors import Problem
from groundwork.api.onward import Assumptions, told_onward
from groundwork.api.pages.asked import Asked
from groundwork.api.pages.cases import Case, open_case, show_case
from groundwork.api.pages.forms import invalid
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.visit import ChainId
from groundwork.domain.calendar import HorizonError
from groundwork.domain.model import SETTLED, ChainState
from groundwork.domain.names import ROLES, STATES
from groundwork.domain.rejections import Rejection

router = APIRouter(include_in_schema=False, prefix="/chains/{chain_id}")

Rehearser = Annotated[Page, Depends(Opened("rehearse"))]

_WHOLE: Final = 100
SHARES: Final = (50, 70, 100, 130, 150, 200)
STEP_SHARES: Final = (50, 150, 200, 300)
CORRECTIONS: Final = (3, 5, 10)
HANDING_IN: Final = (0, 1, 3, 5, 10)
ENTRIES_SHOWN: Final = 60


@router.get("/what-if")
async def get_what_if(page: Rehearser, chain_id: ChainId) -> Response:
    """What would become of the chain if people acted as the address supposes."""
    case, asked = await open_case(page, chain_id), Asked(page)
    told: dict[str, Any] | None = None
    problem: Problem | None = None
    if case.chain.state is ChainState.RUNNING:
        try:
            told = await told_onward(page.visit, case.chain, _assumed(asked))
        except ValidationError as error:
            problem = invalid(error)
        except (Problem, Rejection, HorizonError) as error:
            problem = as_problem(error)
    return show_case(
        case,
        "what-if.html",
        "",
        200 if problem is None else 422,
        told=told,
        asked=asked,
        choices=_choices(page, case),
        states=STATES,
        role_names=ROLES,
        entries=ENTRIES_SHOWN,
        mistakes=page.mistakes(problem),
    )


def _assumed(asked: Asked) -> Assumptions:
    """The assumptions of the address; what is left empty is as usual. Raises ValidationError."""
    names = ("share", "handing_in", "correcting")
    given: dict[str, Any] = {name: asked[name] for name in names if asked[name]}
    if asked["step"]:
        given["steps"] = {asked["step"]: asked["step_share"] or STEP_SHARES[1]}
    return Assumptions.model_validate(given)


def _choices(page: Page, case: Case) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen, by field."""
    say = page.say

    def percent(one: int) -> str:
        if one == _WHOLE:
            return say("用满时限", "the whole limit")
        return say(f"时限的 {one}%", f"{one}% of the limit")

    def days(one: int) -> str:
        return say(f"{one} 个工作日", f"{one} working days")

    open_steps = [one for one in case.steps if one["state"] not in SETTLED]
    return {
        "share": [(str(one), percent(one)) for one in SHARES],
        "step": [("", say("都一样", "all alike"))]
        + [(one["key"], f"{one['key']} {one['name']}") for one in open_steps],
        "step_share": [(str(one), percent(one)) for one in STEP_SHARES],
        "handing_in": [(str(one), days(one)) for one in HANDING_IN],
        "correcting": [("", say("不需要补正", "nothing is corrected"))]
        + [(str(one), days(one)) for one in CORRECTIONS],
    }
