"""How answers leave the API: rows as JSON, exceptions as problems."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from groundwork.api import denials
from groundwork.api.errors import MEDIA_TYPE, Problem
from groundwork.api.fields import validation_problem
from groundwork.api.problems import PROBLEMS
from groundwork.domain.calendar import HorizonError
from groundwork.domain.documents import Unfit
from groundwork.domain.rejections import Rejection
from groundwork.runtime.gateway import EngineSilent, Refused
from groundwork.store.api_reads import JsonPage
from groundwork.store.errors import BadCursor, StoreUnavailable
from groundwork.store.files import ContentGone, FilesUnavailable

RETRY_AFTER: Final = {"Retry-After": "2"}
"""Told with every 503: the seconds that a restart or failover usually takes."""

_FRAMEWORK_CODES: Final = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
}
"""What the framework's own refusals are called here."""

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_CODES: Final[dict[type[Exception], str]] = {
    StoreUnavailable: "store_unavailable",
    EngineSilent: "engine_unavailable",
    BadCursor: "cursor_invalid",
    FilesUnavailable: "documents_unavailable",
    ContentGone: "documents_unavailable",
    HorizonError: "date_out_of_range",
}


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer: times as ISO 8601 in UTC."""
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    return Response(body, status, headers, media_type="application/json")


def listed(page: JsonPage) -> Response:
    """A page of a list that came from the database as JSON."""
    following = orjson.dumps(page.next).decode()
    body = f'{{"items":[{",".join(page.items)}],"next":{following}}}'
    return Response(body, media_type="application/json")


def tagged(request: Request, tag: str, content: BaseModel) -> Response:
    """Something immutable: sent once, then only confirmed."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content.model_dump_json(), 200, headers, media_type="application/json")


async def problem_answer(request: Request, problem: Problem) -> Response:
    """A problem in the caller's language: for a browser as a page, else as RFC 9457 has it."""
    if "text/html" in request.headers.get("accept", ""):
        told: Response = await request.app.state.tell_page(request, problem)
        return told
    body = problem.body(request.state.language, request.state.request_id)
    return Response(orjson.dumps(body), problem.status_code, problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have the application tell these exceptions as problems; all others are internal errors."""
    told = (HTTPException, RequestValidationError, Rejection, Refused, Unfit)
    for kind in (*told, *_CODES):
        app.add_exception_handler(kind, _handle)


async def _handle(request: Request, error: Exception) -> Response:
    problem = as_problem(error)
    if problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers = {"Allow": ", ".join(_methods(request))}
    if (refusal := denials.refusal(problem)) is not None:
        await denials.note(request, refusal)
    return await problem_answer(request, problem)


def _methods(request: Request) -> list[str]:
    """The methods of the address: the framework names those of the first route that has it."""
    return [
        method
        for method in _METHODS
        for scope in (dict(request.scope, method=method),)
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
    ]


def as_problem(error: Exception) -> Problem:
    """The problem that an exception is told as."""
    match error:
        case Problem():
            return error
        case Rejection() | Refused():
            params: dict[str, Any] = error.params
            return Problem(error.reason.value, **params)
        case Unfit():
            told: dict[str, Any] = error.params
            return Problem(error.code, **told)
        case RequestValidationError():
            return validation_problem(error.errors())
        case HTTPException(status_code=status, headers=headers):
            return Problem(_FRAMEWORK_CODES.get(status, "internal_error"), headers=headers)
    code = _CODES.get(type(error), "internal_error")
    unavailable = PROBLEMS[code].status == HTTPStatus.SERVICE_UNAVAILABLE
    return Problem(code, headers=RETRY_AFTER if unavailable else None)
