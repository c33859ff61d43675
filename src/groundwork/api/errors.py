"""How a request is told that it failed: one shape for everything that can go wrong.

    Problem               an answer of RFC 9457: its code stands in `problems`
    Rejection, Refused    the law says no: their reasons stand in the same table
    Unfit                 a document that is not taken in: its code
    FilesUnavailable      documents_unavailable
    StoreUnavailable      store_unavailable
    EngineSilent          engine_unavailable
    anything else         internal_error, with a request id to look up in the log

`docs/errors.md` lists every code; `answers` turns exceptions into responses.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from fastapi import HTTPException

from groundwork.api.languages import Language, said
from groundwork.api.problems import PROBLEMS
from groundwork.domain.definition import Text
from groundwork.domain.names import worded

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:groundwork"


class FieldError(NamedTuple):
    """One value that must be corrected: where it stands, and what is wrong with it."""

    place: str
    """`body`, `query`, `path` or `header`."""
    pointer: str
    """A JSON pointer into the body, or the name of the parameter."""
    code: str
    detail: Text


class Problem(HTTPException):
    """Ends a request with one of PROBLEMS; `params` fill its sentence.

    `extensions` are further members of the answer, for programs.
    """

    def __init__(
        self,
        code: str,
        /,
        *,
        fields: Sequence[FieldError] = (),
        extensions: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **params: str | int | Text,
    ) -> None:
        self.info = PROBLEMS[code]
        super().__init__(self.info.status, code, dict(headers or {}))
        self.code = code
        self.fields = tuple(fields)
        self.extensions = dict(extensions or {})
        self.params = params

    def body(self, language: Language, request_id: str) -> dict[str, Any]:
        """The members of the answer."""
        return problem_body(self.code, language, request_id, self.params) | {
            **(
                {"errors": [_shown(field, language) for field in self.fields]}
                if self.fields
                else {}
            ),
            **self.extensions,
        }


def problem_body(
    code: str, language: Language, request_id: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    """The members that every problem has."""
    info = PROBLEMS[code]
    shown = {
        name: said(value, language) if isinstance(value, Text) else str(value)
        for name, value in params.items()
    }
    return {
        "type": f"{URN}:problem:{code}",
        "title": said(info.title, language),
        "status": info.status,
        "detail": said(info.detail, language).format_map(worded(shown, language)),
        "instance": f"{URN}:request:{request_id}",
        "code": code,
    }


def _shown(field: FieldError, language: Language) -> dict[str, str]:
    where = {"pointer": field.pointer} if field.place == "body" else {"name": field.pointer}
    return {"in": field.place, **where, "code": field.code, "detail": said(field.detail, language)}


def problem_example(code: str) -> dict[str, Any]:
    """What a problem looks like, for the documentation: its sentence still has its gaps."""
    info = PROBLEMS[code]
    return {
        "type": f"{URN}:problem:{code}",
        "title": info.title.en,
        "status": info.status,
        "detail": info.detail.en,
        "instance": f"{URN}:request:{'0' * 32}",
        "code": code,
    }
