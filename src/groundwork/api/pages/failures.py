"""Problems as pages: what went wrong, what to do, and the number to name when asking for help."""

from http import HTTPStatus

from fastapi import Request, Response

from groundwork.api.errors import Problem
from groundwork.api.pages.frame import answer_page
from groundwork.api.pages.signin import to_sign_in


async def page_of(request: Request, problem: Problem) -> Response:
    """The page that tells a problem; who is not signed in is shown where to."""
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        return await to_sign_in(request)
    body = problem.body(request.state.language, request.state.request_id)
    response = answer_page(
        request,
        "problem.html",
        problem.status_code,
        title=body["title"],
        detail=body["detail"],
        code=problem.code,
        request_id=request.state.request_id,
        try_again=problem.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    response.headers.update(problem.headers or {})
    return response
