"""What people say of a document that they hand in, in JSON or in a form, made into an upload."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Request
from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from starlette.datastructures import UploadFile

from groundwork.api.bodies import Line
from groundwork.api.document_desk import MIB, Taken
from groundwork.api.errors import FieldError, Problem
from groundwork.api.fields import validation_problem
from groundwork.api.visit import Visit
from groundwork.domain.bag import Filing, FilingKind
from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text
from groundwork.runtime.settings import Settings
from groundwork.store.documents import filing_of
from groundwork.store.uploads import NewUpload

_FORM_ROOM: Final = 64 * 1024
"""What the fields of a form and its boundaries may add to a document's size."""
_FORMS: Final = re.compile(r"(/api/v1)?/projects/[^/]+/documents")
_PARTS: Final = re.compile(r"(/api/v1)?/projects/[^/]+/uploads/[^/]+")
_FORM: Final = "multipart/form-data"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Told(Frozen):
    """What a document is.

    `material` is a material of the catalogue, `output` the step that it is the result of; with
    neither it is an attachment. `part` is the unit or phase that alone it is about. `document`
    names a document of which this is a new version, and then says all of that.
    """

    material: Line | None = None
    output: Line | None = None
    part: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,20}$")] | None = None
    title: Line | None = None
    document: Line | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Told":
        if sum(one is not None for one in (self.material, self.output, self.document)) > 1:
            raise PydanticCustomError(
                "one_filing", "name a material, an output or a document, and only one of them"
            )
        return self


class UploadBody(Told):
    """An upload to begin: the file's name, its size in bytes and its SHA-256.

    Without `sha256`, for browsers that cannot reckon it, the server reckons it from what came.
    """

    file_name: Annotated[str, Field(max_length=1000)]
    size: Annotated[int, Field(ge=0, le=2**53)]
    sha256: Digest | None = None


class _FormFields(Told):
    sha256: Digest | None = None


def room(settings: Settings) -> Callable[[str, str], int | None]:
    """How large a request may be that brings a document or a part of one.

    The pages' own addresses are those of the API without its prefix.
    """
    form = settings.documents_largest_mib * MIB + _FORM_ROOM
    part = settings.documents_part_mib * MIB

    def largest(method: str, path: str) -> int | None:
        if method == "POST" and _FORMS.fullmatch(path):
            return form
        if method == "PATCH" and _PARTS.fullmatch(path):
            return part
        return None

    return largest


async def new_upload(
    visit: Visit,
    project: str,
    told: Told,
    file_name: str,
    *,
    key: str,
    size: int | None = None,
    sha256: str | None = None,
) -> NewUpload:
    """The upload that somebody describes. Raises Unfit."""
    name, extension = visit.resources.document_desk.checked(file_name, size)
    return NewUpload(
        project=project,
        document=told.document,
        filing=await _filing(visit, project, told),
        title=told.title or "",
        file_name=name,
        extension=extension,
        size=size,
        sha256=sha256,
        by=visit.actor.id,
        key=key,
    )


async def take_form(visit: Visit, request: Request, project: str, key: str) -> Taken:
    """Take the document in that a form brings in its field `file`.

    The form is read here and not by the framework, so that nobody is listened to who may not
    upload. Works without a script; `key` is whatever makes sending the form twice harmless. Raises
    Problem, Rejection, Unfit.
    """
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        raise Problem("malformed_form")
    async with request.form(max_files=1, max_fields=20) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise _no_file()
        given = {name: value for name, value in form.items() if name != "file" and value != ""}
        return await take_file(visit, project, file, given, key)


async def take_file(
    visit: Visit, project: str, file: UploadFile, given: dict[str, Any], key: str
) -> Taken:
    """Take in one file of a form whose other fields are `given`.

    Raises Problem, Rejection, Unfit.
    """
    fields = _fields(given)
    new = await new_upload(
        visit, project, fields, file.filename or "", key=key, size=file.size, sha256=fields.sha256
    )
    return await visit.resources.document_desk.take_in(new, file.file)


def _fields(given: dict[str, Any]) -> _FormFields:
    try:
        return _FormFields.model_validate(given)
    except ValidationError as error:
        wrong = [one | {"loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise validation_problem(wrong) from None


def _no_file() -> Problem:
    detail = Text(zh="请选择要上传的文件", en="choose the file to upload")
    fields = [FieldError("body", "#/file", "missing", detail)]
    first = Text(zh=f"file：{detail.zh}", en=f"file: {detail.en}")
    return Problem("invalid_request", fields=fields, count=1, first=first)


async def _filing(visit: Visit, project: str, told: Told) -> Filing:
    book, desk = visit.resources.materials, visit.resources.document_desk
    if told.document is not None:
        row = await desk.documents.get(project, told.document)
        if row is None:
            raise Problem("document_not_found", document=told.document)
        return filing_of(row)
    if told.material is not None:
        return book.material(told.material, told.part)
    if told.output is not None:
        return book.output(told.output, told.part)
    return Filing(kind=FilingKind.FREE, part=told.part)
