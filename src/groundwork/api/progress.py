"""Public progress (公开进度): how far a project is, for whoever has its tracking code.

It stands outside `/api/v1` and asks for no token: the code is the key. It cannot be guessed, its
check tells a slip from an unknown code, and a code that was renewed is answered like one that never
was. What is told names nobody (`domain.progress`): who finds a lost code learns no project by it.
"""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from groundwork.api.answers import answer, as_problem
from groundwork.api.chain_view import in_language
from groundwork.api.documented import ANY, documented
from groundwork.api.errors import Problem
from groundwork.api.languages import Language, said
from groundwork.api.progress_shapes import ProgressShape
from groundwork.api.resources import Resources
from groundwork.api.throttle import client_of
from groundwork.domain.calendar import Calendar, HorizonError, local_date
from groundwork.domain.definition import Text
from groundwork.domain.names import CHAIN_STATES, STATES, WAITING_ON
from groundwork.domain.notices import day, left
from groundwork.domain.progress import Deed, StageState, progress
from groundwork.domain.tracking import read_tracking_code
from groundwork.store.errors import StoreUnavailable

public = APIRouter(tags=["progress"])

HEADERS: Final = MappingProxyType(
    {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
)
"""Said with every answer: the address holds the code, so it goes to no other site or index."""

DEEDS: Final = MappingProxyType(
    {
        Deed.HAND_IN: Text(zh="递交申请材料", en="Hand in the application"),
        Deed.CORRECT: Text(zh="按告知补正材料", en="Correct what the notice names"),
        Deed.CARRY_OUT: Text(zh="办理并报告本环节", en="Carry out this step and report it"),
        Deed.PUT_RIGHT: Text(zh="按要求完成整改", en="Put right what was ordered"),
        Deed.CURE: Text(zh="补交容缺材料", en="Hand in the material that was tolerated"),
        Deed.SIGN: Text(zh="签署承诺书", en="Sign the commitment"),
        Deed.PERFORM: Text(zh="履行承诺并报告", en="Keep the commitment and report it"),
    }
)
STAGE_STATES: Final = MappingProxyType(
    {
        StageState.TODO: Text(zh="未开始", en="not started"),
        StageState.CURRENT: Text(zh="办理中", en="under way"),
        StageState.DONE: Text(zh="已办结", en="done"),
    }
)


@public.get(
    "/progress/{code}.json",
    response_model=ProgressShape,
    responses=documented(
        *ANY,
        "tracking_code_unknown",
        "tracking_code_mistyped",
        "too_many_requests",
        "store_unavailable",
        "date_out_of_range",
    ),
)
async def get_progress(
    request: Request,
    code: Annotated[str, Path(description="The tracking code, with or without its dashes.")],
) -> Response:
    """How far a project is, by its tracking code. Open to all; how often is limited."""
    state, resources = request.state, request.app.state.resources
    try:
        admit(request, resources)
        told = await public_progress(resources, code, state.received_at, state.language)
    except (Problem, StoreUnavailable, HorizonError) as error:
        problem = as_problem(error)
        problem.headers = {**(problem.headers or {}), **HEADERS}
        raise problem from None
    return answer(told, headers=HEADERS)


def admit(request: Request, resources: Resources) -> None:
    """Let a stranger's request in, unless there were too many. Raises Problem."""
    resources.throttle.admit(client_of(request, resources.settings.proxies))


async def public_progress(
    resources: Resources, typed: str, at: datetime, language: Language
) -> dict[str, Any]:
    """What whoever typed that code may know of its project.

    Raises Problem (tracking_code_mistyped, tracking_code_unknown), StoreUnavailable.
    """
    code = read_tracking_code(typed)
    if code is None:
        raise Problem("tracking_code_mistyped")
    project = await resources.tracking.find(code)
    if project is None:
        raise Problem("tracking_code_unknown")
    chains = []
    for chain in await resources.project_list.chains_of(project):
        rules = await resources.rules(chain)
        told = progress(rules, chain, at).model_dump()
        chains.append(_Words(rules.calendar, at, language).chain(told))
    return {"code": code, "as_of": at, "chains": chains}


class _Words:
    """Puts what is told into words of one language."""

    def __init__(self, calendar: Calendar, at: datetime, language: Language) -> None:
        self._calendar = calendar
        self._today = local_date(at)
        self._language: Language = language

    def chain(self, told: dict[str, Any]) -> dict[str, Any]:
        """A chain's progress with names for its codes and words for its days."""
        for stage in told["stages"]:
            stage["state_name"] = self._said(STAGE_STATES[stage["state"]])
        for step in (*told["now"], *told["next"]):
            step["state_name"] = self._said(STATES[step["state"]])
            step["waiting_on_name"] = self._said(WAITING_ON[step["waiting_on"]])
            step["term"] = self._term(step["term"])
        for one in told["todo"]:
            one["deed_name"] = self._said(DEEDS[one["deed"]])
            one["term"] = self._term(one["term"])
        told["state_name"] = self._said(CHAIN_STATES[told["state"]])
        told["expected"] = self._term(told["expected"])
        told["promised_day"] = self._said(day(told["promised_on"]))
        shown: dict[str, Any] = in_language(told, self._language)
        return shown

    def _term(self, term: dict[str, Any] | None) -> dict[str, Any] | None:
        if term is None:
            return None
        return term | {
            "day": self._said(day(term["on"])),
            "left": self._said(left(self._calendar, self._today, term["on"])),
        }

    def _said(self, text: Text) -> str:
        return said(text, self._language)
