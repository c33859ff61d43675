"""What OpenAPI says about failures: every problem that an address can answer with, by status."""

from collections import defaultdict
from http import HTTPStatus
from threading import Lock
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from groundwork.api.errors import MEDIA_TYPE, problem_example
from groundwork.api.problems import PROBLEMS
from groundwork.domain.rejections import Reason

ANY: Final = ("malformed_request", "internal_error", "too_many_requests", "request_too_long")
"""What can happen at every address."""

SIGNED_IN: Final = (
    *(*ANY, "not_signed_in", "not_permitted", "scope_too_narrow", "setup_required"),
    *("invalid_request", "store_unavailable"),
)
"""What can happen at every address that asks who you are."""

UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "It is the version that `If-None-Match` names."}
}
"""What an address of something immutable can answer besides."""

WRITING: Final = (
    *SIGNED_IN,
    "idempotency_key_required",
    "idempotency_key_malformed",
    "body_too_large",
    "request_too_slow",
)
"""What can happen to every write."""

LAW: Final = tuple(reason.value for reason in Reason if reason is not Reason.LAUNCH_INVALID)
"""What the core can answer to a command."""

_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}

_SCHEMA: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "Why a request was not done, and what to do (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "The code as a URI."},
        "title": {"type": "string", "description": "What kind of problem, for people."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, for people."},
        "instance": {"type": "string", "format": "uri", "description": "Names this request."},
        "code": {"type": "string", "description": "What kind of problem, for programs."},
        "errors": {
            "type": "array",
            "description": "The values to correct, with invalid_request.",
            "items": {
                "type": "object",
                "required": ["in", "code", "detail"],
                "properties": {
                    "in": {"enum": ["body", "query", "path", "header"]},
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "name": {"type": "string", "description": "Which parameter."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}

_ACCEPT_LANGUAGE: Final[dict[str, Any]] = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "default": "zh"},
    "description": "`zh` or `en`: the language of names and texts.",
}
"""Read by the front door, not by routes, so it is documented here."""


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer with these problems."""
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[PROBLEMS[code].status].append(code)
    return {status: _response(status, by_status[status]) for status in sorted(by_status)}


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    titles = "; ".join(f"`{code}`: {PROBLEMS[code].title.en}" for code in codes)
    return {
        "description": f"{HTTPStatus(status).phrase}. {titles}",
        "content": {
            MEDIA_TYPE: {
                "schema": _PROBLEM,
                "examples": {code: {"value": problem_example(code)} for code in codes},
            }
        },
    }


_MAKING: Final = Lock()
"""Held while the document is made, so that those who ask at once do not each make it."""


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application, made once, whichever threads ask for it."""
    with _MAKING:
        return _described(app)


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        document["components"].setdefault("schemas", {})["Problem"] = _SCHEMA
        document["components"]["parameters"] = {"AcceptLanguage": _ACCEPT_LANGUAGE}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation.setdefault("parameters", []).append(
                    {"$ref": "#/components/parameters/AcceptLanguage"}
                )
        app.openapi_schema = document
    return app.openapi_schema
