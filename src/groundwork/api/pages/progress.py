"""Public progress (公开进度) as a page: how far a project is, for whoever types its tracking code.

The code is sent as a form, so that it stands in no address, log or history. Who asks is not signed
in and is told nothing personal; the page works without scripts and can be printed.
"""

from fastapi import APIRouter, Request, Response

from groundwork.api.answers import as_problem
from groundwork.api.errors import Problem
from groundwork.api.pages.forms import Form, Mistakes
from groundwork.api.pages.frame import answer_page
from groundwork.api.pages.moments import Moments
from groundwork.api.progress import HEADERS, admit, public_progress
from groundwork.api.resources import Resources
from groundwork.domain.calendar import HorizonError
from groundwork.store.errors import StoreUnavailable

router = APIRouter(include_in_schema=False)


@router.get("/progress")
async def get_progress_form(request: Request) -> Response:
    """Where a tracking code is typed."""
    return _form(request)


@router.post("/progress")
async def show_progress(request: Request) -> Response:
    """How far the project of the code is. How often strangers may ask is limited."""
    state, resources = request.state, _resources(request)
    form = await Form.of(request)
    typed = form.get("code")
    try:
        admit(request, resources)
        told = await public_progress(resources, typed, state.received_at, state.language)
        moments = Moments(state.language, state.received_at, await resources.calendar())
    except (Problem, StoreUnavailable, HorizonError) as error:
        return _form(request, typed, as_problem(error))
    response = answer_page(request, "progress.html", told=told, moments=moments)
    response.headers.update(HEADERS)
    return response


def _form(request: Request, typed: str = "", problem: Problem | None = None) -> Response:
    state = request.state
    response = answer_page(
        request,
        "progress-form.html",
        200 if problem is None else problem.status_code,
        typed=typed,
        mistakes=Mistakes(problem, state.language, state.request_id),
    )
    response.headers.update({**HEADERS, **((problem.headers if problem else None) or {})})
    return response


def _resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources
