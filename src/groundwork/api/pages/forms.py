"""What somebody typed into a form, and what was wrong with it.

Every form is a plain `<form method=post>`. It carries the mark of our own page (`csrf`) and a
number drawn when it was shown (`nonce`): a form sent twice is the same write, a form changed and
sent again is another.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from secrets import token_urlsafe
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from groundwork.api.errors import Problem
from groundwork.api.fields import validation_problem
from groundwork.api.languages import Language, said
from groundwork.api.marks import MARK_FIELD
from groundwork.domain.base import Frozen

NONCE_FIELD: Final = "nonce"
LINES: Final = ".lines"
"""A field whose name ends so is a text area that holds one item on each line."""

MOST_FIELDS: Final = 2000

_NEVER_KEPT: Final = frozenset({MARK_FIELD, "password", "old", "new", "again", "token"})
_OURS: Final = frozenset({MARK_FIELD, NONCE_FIELD, "next", "verb"})


def new_nonce() -> str:
    """The number of a form that is about to be shown."""
    return token_urlsafe(12)


class Form:
    """The fields of a form as they were sent; texts are stripped at both ends.

    PostgreSQL has no U+0000: it is shown as U+FFFD, as in the record.
    """

    def __init__(self, items: Sequence[tuple[str, str | UploadFile]] = ()) -> None:
        self._sent: FormData | None = None
        self.files: dict[str, list[UploadFile]] = {}
        self.values: dict[str, list[str]] = {}
        for name, value in items:
            if isinstance(value, str):
                text = value.replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
                self.values.setdefault(name, []).append(text)
            elif value.filename:
                self.files.setdefault(name, []).append(value)

    @classmethod
    async def of(cls, request: Request) -> "Form":
        """The form that a request sends. Raises Problem (malformed_request)."""
        data: FormData = await request.form(max_fields=MOST_FIELDS)
        form = cls(data.multi_items())
        form._sent = data
        return form

    async def close(self) -> None:
        """Let go of the files that came with it."""
        if self._sent is not None:
            await self._sent.close()

    def get(self, name: str, otherwise: str = "") -> str:
        """The last value of a field."""
        return self.values.get(name, [otherwise])[-1]

    def all(self, name: str) -> list[str]:
        """Every value of a field that is not empty."""
        return [value for value in self.values.get(name, []) if value]

    @property
    def key(self) -> str:
        """The idempotency key of what the form asks for, as it was filled in."""
        content = repr(sorted((name, v) for name, v in self.values.items() if name != MARK_FIELD))
        return f"page.{sha256(content.encode()).hexdigest()[:32]}"

    def fields(self, kind: type[Frozen], **given: Any) -> dict[str, Any]:
        """The fields of a command or body of that kind; empty ones are left out.

        `given` are those that the page knows: they win over what was typed.
        """
        found: dict[str, Any] = {}
        for name, field in kind.model_fields.items():
            several = _is_several(field.annotation)
            if several and (name in self.values or name + LINES in self.values):
                lines = [line.strip() for line in self.get(name + LINES).splitlines()]
                found[name] = self.all(name) + [line for line in lines if line]
            elif not several and (value := self.get(name)):
                found[name] = value
        return found | given

    def read(self, kind: type[Frozen], **given: Any) -> Any:
        """The command or body that the form says. Raises Problem (invalid_request)."""
        try:
            return kind.model_validate(self.fields(kind, **given))
        except ValidationError as error:
            raise invalid(error) from None

    def kept(self) -> list[tuple[str, str]]:
        """What to carry along when somebody has to sign in before the form can be sent.

        Secrets are not: the next reader of a shared screen would find them in the page.
        """
        return [
            (name, value)
            for name, values in self.values.items()
            if name not in _NEVER_KEPT
            for value in values
        ]


def invalid(error: ValidationError) -> Problem:
    """What a model found wrong, as the problem that the API tells as well."""
    return validation_problem(
        [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_input=False)]
    )


class Mistakes:
    """What was wrong with a form, for the page that shows it again."""

    def __init__(self, problem: Problem | None, language: Language, request_id: str) -> None:
        self.problem = problem
        body = problem.body(language, request_id) if problem else {}
        self.title: str = body.get("title", "")
        self.detail: str = body.get("detail", "")
        self.fields: Mapping[str, str] = (
            {
                one.pointer.removeprefix("#/").partition("/")[0]: said(one.detail, language)
                for one in problem.fields
            }
            if problem
            else {}
        )
        self.places: dict[str, str] = {}
        """By field, the id of the element that shows what is wrong with it, once it was drawn."""

    def __bool__(self) -> bool:
        return self.problem is not None

    def of(self, name: str, place: str) -> str:
        """What is wrong with a field, drawn in the element of that id; empty if nothing is."""
        field = name.removesuffix(LINES)
        if field in self.fields:
            self.places.setdefault(field, place)
        return self.fields.get(field, "")


def _is_several(annotation: Any) -> bool:
    """Whether a field holds several values."""
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return any(_is_several(one) for one in get_args(annotation))
    return origin in {tuple, list, set, frozenset}
