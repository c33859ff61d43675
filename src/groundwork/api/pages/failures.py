"""Problems as pages: what went wrong, what to do, and the number to name when asking for help."""

from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from groundwork.api.errors import Problem
from groundwork.api.pages.confirming import confirm_page
from groundwork.api.pages.frame import answer_page
from groundwork.api.pages.signin import to_sign_in
from groundwork.api.visit import SETTING_UP
from groundwork.domain.model import Role


async def page_of(request: Request, problem: Problem) -> Response:
    """The page that tells a problem; who is not signed in is shown where to."""
    if problem.code == "confirmation_required":
        return await confirm_page(request)
    if problem.code == "setup_required":
        return RedirectResponse(SETTING_UP, 303)
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        return await to_sign_in(request)
    body = problem.body(request.state.language, request.state.request_id)
    actor = getattr(request.state, "actor", None)
    operator = actor is not None and actor.role is Role.OPS
    response = answer_page(
        request,
        "problem.html",
        problem.status_code,
        title=body["title"],
        detail=body["detail"],
        code=problem.code,
        request_id=request.state.request_id,
        no_case=operator and problem.status_code == HTTPStatus.FORBIDDEN,
        try_again=problem.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    response.headers.update(problem.headers or {})
    return response
