"""Uploads that survive a bad line: begin, send parts from where the last one ended, finish.

POST   …/uploads               name, size, SHA-256 and what it is; says `received`
PATCH  …/uploads/{id}          the bytes from `Upload-Offset` on; says `received`
GET    …/uploads/{id}          says `received`: whoever was interrupted goes on from there
POST   …/uploads/{id}/finish   checks it and makes a document of it
DELETE …/uploads/{id}          gives it up
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response

from groundwork.api.answers import answer
from groundwork.api.document_desk import Taken
from groundwork.api.document_shapes import TakenShape, UploadShape
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.documents import CHECKS, ProjectCode
from groundwork.api.errors import Problem
from groundwork.api.handing_in import UploadBody, new_upload
from groundwork.api.projects import find_project
from groundwork.api.receipts import PREFIX
from groundwork.api.visit import DocumentUploader, IdempotencyKey, Visit
from groundwork.store.paging import Row

router = APIRouter(prefix="/projects/{code}/uploads", tags=["documents"])

UploadId = Annotated[str, Path(max_length=60, description="Such as `u-0123456789abcdef`.")]
_FOUND = ("project_not_found", "upload_not_found")


@router.post(
    "",
    status_code=201,
    response_model=UploadShape,
    responses={
        200: {"model": UploadShape, "description": "The bag has this content already."},
        **documented(*WRITING, "project_not_found", *CHECKS),
    },
)
async def begin_upload(
    visit: DocumentUploader, key: IdempotencyKey, code: ProjectCode, body: UploadBody
) -> Response:
    """Begin an upload, or find the one that was begun with this key.

    Where the bag has the content already, it is `finished` at once and nothing need be sent.
    """
    project = (await find_project(visit, code))["code"]
    new = await new_upload(
        visit, project, body, body.file_name, key=key, size=body.size, sha256=body.sha256
    )
    row, taken = await visit.resources.document_desk.begin(new)
    status = 200 if taken and taken.already else 201
    location = f"{PREFIX}/projects/{project}/uploads/{row['id']}"
    return answer(upload_view(visit, row, taken), status, {"Location": location})


@router.get("/{upload}", response_model=UploadShape, responses=documented(*SIGNED_IN, *_FOUND))
async def get_upload(visit: DocumentUploader, code: ProjectCode, upload: UploadId) -> Response:
    """How much of an upload is there."""
    row = await find_upload(visit, code, upload)
    return answer(upload_view(visit, row, None))


@router.patch(
    "/{upload}",
    response_model=UploadShape,
    responses=documented(
        *WRITING,
        *_FOUND,
        "upload_offset_differs",
        "document_size_differs",
        "documents_unavailable",
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"format": "binary"}}},
        }
    },
)
async def send_part(
    request: Request,
    visit: DocumentUploader,
    key: IdempotencyKey,  # not looked at: the offset tells a repeat
    code: ProjectCode,
    upload: UploadId,
    *,
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**53)],
) -> Response:
    """Send the next bytes. Of a part that broke off, what came is kept."""
    row = await find_upload(visit, code, upload)
    received = await visit.resources.document_desk.receive(row, offset, request.stream())
    return answer(upload_view(visit, row | {"received": received}, None))


@router.post(
    "/{upload}/finish",
    response_model=TakenShape,
    responses=documented(*WRITING, *_FOUND, "upload_incomplete", *CHECKS),
)
async def finish_upload(
    visit: DocumentUploader,
    key: IdempotencyKey,  # not looked at: an upload is finished once
    code: ProjectCode,
    upload: UploadId,
) -> Response:
    """Check the upload and make a document of it. What fails a check is not kept."""
    row = await find_upload(visit, code, upload)
    taken = await visit.resources.document_desk.finish(row)
    return answer(taken._asdict())


@router.delete(
    "/{upload}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, *_FOUND, "documents_unavailable"),
)
async def drop_upload(
    visit: DocumentUploader,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    code: ProjectCode,
    upload: UploadId,
) -> Response:
    """Give an upload up. A document that it became already stays."""
    row = await find_upload(visit, code, upload)
    await visit.resources.document_desk.drop(row)
    return Response(status_code=204)


async def find_upload(visit: Visit, code: str, upload: str) -> Row:
    """An upload of the visitor's own. Raises Problem (project_not_found, upload_not_found)."""
    project = (await find_project(visit, code))["code"]
    row = await visit.resources.document_desk.uploads.get(project, upload)
    if row is None or row["created_by"] != visit.actor.id:
        raise Problem("upload_not_found", upload=upload)
    return row


def upload_view(visit: Visit, row: Row, taken: Taken | None) -> dict[str, Any]:
    """An upload as it is shown; `taken` if it became a document just now."""
    finished = taken is not None or row["version"] is not None
    document = taken.document if taken else row["document_id"]
    return {
        "id": row["id"],
        "state": "finished" if finished else "open",
        "received": row["size"] or 0 if finished else row["received"],
        "size": row["size"] or 0,
        "largest_part": visit.resources.document_desk.largest_part,
        "document": document if finished else None,
        "version": taken.version if taken else row["version"],
        "already": bool(taken and taken.already),
    }
