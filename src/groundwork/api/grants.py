"""What administrators give to people (授权): what is within their reach, and rights."""

from datetime import datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Response
from pydantic import Field

from groundwork.api.answers import answer
from groundwork.api.bodies import Line, ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.people import PersonId
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import Listed, Shape
from groundwork.api.visit import IdempotencyKey, PeopleManager, Visit
from groundwork.domain.base import Frozen
from groundwork.domain.grants import Grant, GrantKind, grantable
from groundwork.domain.identifiers import check_project_code, check_uscc
from groundwork.store.duties import Written
from groundwork.store.people import Person

router = APIRouter(prefix="/people/{person_id}/grants", tags=["people"])

Value = Annotated[str, Path(max_length=200)]


class GrantBody(Frozen):
    """Something to give: an enterprise by its unified social credit code, a park by its district, a
    project by its code, or a right by the action that it allows.
    """

    kind: GrantKind
    value: ShortLine
    reason: Annotated[Line, Field(description="Why it is given; kept on record.")]


class GrantShape(Shape):
    """What a person was given, by whom and when."""

    person_id: str
    kind: GrantKind
    value: str
    granted_by: str
    granted_at: datetime


@router.post(
    "",
    status_code=201,
    response_model=GrantShape,
    responses=documented(
        *WRITING, "person_not_found", "project_not_found", "grant_unfit", "key_reused"
    ),
)
async def give(
    visit: PeopleManager, key: IdempotencyKey, person_id: PersonId, body: GrantBody
) -> Response:
    """Give a person something to reach, or a right. Giving it twice is giving it once."""
    grant = Grant(kind=body.kind, value=_normal(body.kind, body.value))
    await _require_fit(visit, await _person(visit, person_id), grant)

    async def write() -> bytes:
        written = Written(visit.actor.id, body.reason)
        row = await visit.resources.grants.give(person_id, grant, written)
        visit.resources.standing.forget()
        return orjson.dumps(row, option=orjson.OPT_UTC_Z)

    asked = f"{person_id} grant {body.model_dump_json()}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    place = f"{PREFIX}/people/{person_id}/grants"
    return Response(content, 201, {"Location": place}, media_type="application/json")


@router.get(
    "",
    response_model=Listed[GrantShape],
    responses=documented(*SIGNED_IN, "person_not_found"),
)
async def list_grants(visit: PeopleManager, person_id: PersonId) -> Response:
    """What a person was given."""
    await _person(visit, person_id)
    found = await visit.resources.grants.of([person_id])
    return answer({"items": found[person_id], "next": None})


@router.delete(
    "/{kind}/{value}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "person_not_found", "grant_not_found"),
)
async def take(
    visit: PeopleManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
    kind: GrantKind,
    value: Value,
) -> Response:
    """Take something back that was given. It ends at once; what was done stays on record."""
    await _person(visit, person_id)
    grant = Grant(kind=kind, value=_normal(kind, value))
    if not await visit.resources.grants.take(person_id, grant, Written(visit.actor.id, "")):
        raise Problem("grant_not_found", person=person_id)
    visit.resources.standing.forget()
    return Response(status_code=204)


async def _person(visit: Visit, person_id: str) -> Person:
    person = await visit.resources.people.get(person_id)
    if person is None:
        raise Problem("person_not_found", person=person_id)
    return person


async def _require_fit(visit: Visit, person: Person, grant: Grant) -> None:
    """Raise Problem unless giving that to the person means something."""
    wrong = grant.kind is GrantKind.ENTERPRISE and bool(check_uscc(grant.value).errors)
    if wrong or not person.active or not grantable(person.role, grant):
        raise Problem("grant_unfit", person=person.id)
    if grant.kind is GrantKind.PROJECT and await visit.resources.projects.get(grant.value) is None:
        raise Problem("project_not_found", project=grant.value)


def _normal(kind: GrantKind, value: str) -> str:
    """The value as the record writes it."""
    if kind is GrantKind.ENTERPRISE:
        return check_uscc(value).value
    return check_project_code(value).value if kind is GrantKind.PROJECT else value
