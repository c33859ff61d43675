"""A project's bag of documents (一袋式): look into it, hand in by form, download, remove."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from groundwork.api.answers import answer
from groundwork.api.bag_view import (
    documents_view,
    project_bag,
    step_bag,
    step_bag_view,
    uses_of,
)
from groundwork.api.chains import find_chain
from groundwork.api.document_shapes import BagShape, DocumentShape, StepBagShape, TakenShape
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.downloads import download
from groundwork.api.errors import Problem
from groundwork.api.handing_in import Told, take_form
from groundwork.api.projects import find_project
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import Listed
from groundwork.api.visit import (
    ChainId,
    Cursor,
    DocumentRemover,
    DocumentUploader,
    IdempotencyKey,
    PageSize,
    Reader,
    Visit,
)
from groundwork.domain.documents import Scan
from groundwork.domain.model import Role
from groundwork.store.documents import as_filed
from groundwork.store.paging import Row

router = APIRouter(tags=["documents"])

ProjectCode = Annotated[str, Path(max_length=60, description="Such as `2603-440784-04-01-558123`.")]
DocumentId = Annotated[str, Path(max_length=60, description="Such as `d-0123456789abcdef`.")]

CHECKS: Final = (
    "document_empty",
    "document_too_large",
    "document_name_unfit",
    "document_type_refused",
    "document_type_differs",
    "document_swollen",
    "document_size_differs",
    "document_hash_differs",
    "document_infected",
    "document_material_unknown",
    "document_not_found",
    "documents_unavailable",
    "key_reused",
)
"""What can be wrong with a document that is handed in."""

_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        **{name: {"type": "string"} for name in (*Told.model_fields, "sha256")},
                    },
                }
            }
        },
    }
}


@router.get(
    "/projects/{code}/documents",
    response_model=Listed[DocumentShape],
    responses=documented(*SIGNED_IN, "cursor_invalid", "project_not_found"),
)
async def list_documents(
    visit: Reader, code: ProjectCode, *, cursor: Cursor = None, limit: PageSize = 50
) -> Response:
    """The documents of a project's bag, oldest first, with their versions and uses."""
    project = await _project(visit, code)
    documents = visit.resources.document_desk.documents
    page = await documents.page(project, cursor=cursor, limit=limit)
    items = await documents_view(visit, project, page.items)
    return answer({"items": items, "next": page.next})


@router.post(
    "/projects/{code}/documents",
    status_code=201,
    response_model=TakenShape,
    responses={
        200: {"model": TakenShape, "description": "The bag has this content already."},
        **documented(*WRITING, "malformed_form", "project_not_found", *CHECKS),
    },
    openapi_extra=_FORM,
)
async def hand_in(
    request: Request, visit: DocumentUploader, key: IdempotencyKey, code: ProjectCode
) -> Response:
    """Hand a document in as a form (`multipart/form-data`), whole.

    On a bad line begin an upload instead, which can be resumed.
    """
    project = await _project(visit, code)
    taken = await take_form(visit, request, project, key)
    location = f"{PREFIX}/projects/{project}/documents/{taken.document}"
    return answer(taken._asdict(), 200 if taken.already else 201, {"Location": location})


@router.get(
    "/projects/{code}/documents/{document}",
    response_model=DocumentShape,
    responses=documented(*SIGNED_IN, "project_not_found", "document_not_found"),
)
async def get_document(visit: Reader, code: ProjectCode, document: DocumentId) -> Response:
    """A document with its versions, and where each was used."""
    project = await _project(visit, code)
    row = await find_document(visit, project, document)
    (shown,) = await documents_view(visit, project, [row])
    return answer(shown)


@router.get(
    "/projects/{code}/documents/{document}/content",
    response_class=StreamingResponse,
    responses={
        206: {"description": "The range that was asked for."},
        **documented(
            *SIGNED_IN,
            "project_not_found",
            "document_not_found",
            "document_version_not_found",
            "document_scan_pending",
            "documents_unavailable",
        ),
    },
)
async def get_content(
    visit: Reader,
    code: ProjectCode,
    document: DocumentId,
    *,
    version: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Without it the newest.")
    ] = None,
    wanted: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
    condition: Annotated[str | None, Header(alias="If-Range", max_length=200)] = None,
) -> Response:
    """The file itself, to be saved; one range of it, if asked for."""
    project = await _project(visit, code)
    row = await find_document(visit, project, document)
    chosen = readable_version(row, version)
    return await download(visit.resources.document_desk.files, chosen, wanted, condition)


@router.delete(
    "/projects/{code}/documents/{document}",
    status_code=204,
    response_class=Response,
    responses=documented(
        *WRITING, "project_not_found", "document_not_found", "document_of_other", "document_in_use"
    ),
)
async def remove_document(
    visit: DocumentRemover,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    code: ProjectCode,
    document: DocumentId,
) -> Response:
    """Take a document out of the bag, as long as no step was handed in with it.

    Who removed it and when is kept; its content is not.
    """
    project = await _project(visit, code)
    await remove(visit, project, document)
    return Response(status_code=204)


@router.get(
    "/projects/{code}/bag",
    response_model=BagShape,
    responses=documented(*SIGNED_IN, "project_not_found", "definition_not_found"),
)
async def get_bag(
    visit: Reader,
    code: ProjectCode,
    chain: Annotated[
        str | None,
        Query(
            max_length=60,
            description="A chain of the catalogue, launched or not; without it all launched ones.",
        ),
    ] = None,
) -> Response:
    """Which materials are there and which are missing, step by step."""
    project = await _project(visit, code)
    return answer({"project": project, "chains": await project_bag(visit, project, chain)})


@router.get(
    "/chains/{chain_id}/steps/{key}/bag",
    response_model=StepBagShape,
    responses=documented(*SIGNED_IN, "chain_not_found", "unknown_step"),
)
async def get_step_bag(
    visit: Reader,
    chain_id: ChainId,
    key: Annotated[str, Path(max_length=20, description="Such as `L17`, or `C08.B1`.")],
) -> Response:
    """What the bag has for a step, to fill its command in with."""
    row, chain = await find_chain(visit, chain_id)
    definition = await visit.resources.definition(chain.definition.hash)
    bag = await step_bag(visit, chain, definition, key, row["project_code"])
    return answer(step_bag_view(visit, definition, bag, chain))


async def find_document(visit: Visit, project: str, document: str) -> Row:
    """A document of a project's bag, with its `versions`. Raises Problem (document_not_found)."""
    row = await visit.resources.document_desk.documents.get(project, document)
    if row is None:
        raise Problem("document_not_found", document=document)
    return row


def readable_version(row: Row, number: int | None) -> Row:
    """The version of that number, or the newest that is not infected, if it may be handed out.

    Raises Problem (document_version_not_found, document_scan_pending, document_infected).
    """
    versions: list[Row] = row["versions"]
    sound = [one for one in versions if one["scan"] != Scan.INFECTED.value]
    among = sound[-1:] if number is None else [one for one in sound if one["number"] == number]
    if not among:
        shown = number or versions[-1]["number"]
        raise Problem("document_version_not_found", document=row["id"], version=shown)
    (version,) = among
    if not Scan(version["scan"]).readable:
        raise Problem("document_scan_pending", document=row["id"])
    return version


async def remove(visit: Visit, project: str, document: str) -> None:
    """Take a document out of the bag for the visitor.

    Raises Problem (document_not_found, document_of_other, document_in_use).
    """
    row = await find_document(visit, project, document)
    theirs = {row["created_by"], *(one["uploaded_by"] for one in row["versions"])}
    if theirs != {visit.actor.id} and visit.actor.role is not Role.ADMINISTRATOR:
        raise Problem("document_of_other", document=document)
    used = await uses_of(visit, project, [as_filed(row)])
    if used:
        raise Problem("document_in_use", document=document, step=used[0].hand_in.step)
    if not await visit.resources.document_desk.documents.remove(document, visit.actor.id):
        raise Problem("document_not_found", document=document)


async def _project(visit: Visit, code: str) -> str:
    found: str = (await find_project(visit, code))["code"]
    return found
