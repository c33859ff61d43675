"""Whom the identity provider means: links of its subjects to people, for administrators only."""

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Path, Response
from pydantic import StringConstraints

from groundwork.api.answers import answer
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.people import PersonId, once
from groundwork.api.shapes import IdentityShape, Listed
from groundwork.api.visit import IdempotencyKey, PeopleManager, Visit
from groundwork.domain.base import Frozen
from groundwork.store.errors import IdentityTaken, SubjectErased, UnknownPerson
from groundwork.store.paging import Row

router = APIRouter(prefix="/people", tags=["people"])

Subject = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=r"^[!-~]+$")
]


class IdentityBody(Frozen):
    """A subject (`sub`) of the identity provider, as its tokens write it.

    `kind` says whether a person signs in by it, or a system sends its access tokens.
    """

    subject: Subject
    kind: Literal["person", "system"] = "person"


@router.get(
    "/{person_id}/identities",
    response_model=Listed[IdentityShape],
    responses=documented(*SIGNED_IN, "person_not_found"),
)
async def list_identities(visit: PeopleManager, person_id: PersonId) -> Response:
    """By which subjects of the identity provider a person is known."""
    rows = await visit.resources.linked.of(person_id)
    if not rows and await visit.resources.people.get(person_id) is None:
        raise Problem("person_not_found", person=person_id)
    return answer({"items": [_shown(row) for row in rows], "next": None})


@router.post(
    "/{person_id}/identities",
    status_code=201,
    response_model=IdentityShape,
    responses=documented(
        *WRITING, "person_not_found", "provider_missing", "identity_taken", "key_reused"
    ),
)
async def link_identity(
    visit: PeopleManager, key: IdempotencyKey, person_id: PersonId, body: IdentityBody
) -> Response:
    """Have a subject of the identity provider mean this person. Their role stays kept here."""
    issuer = _issuer(visit)
    linked = visit.resources.linked

    async def write() -> bytes:
        try:
            link_id = await linked.link(
                person_id, issuer, body.subject, kind=body.kind, by=visit.actor.id
            )
        except (UnknownPerson, SubjectErased):
            raise Problem("person_not_found", person=person_id) from None
        except IdentityTaken:
            raise Problem("identity_taken") from None
        visit.resources.identities.forget()
        (row,) = [one for one in await linked.of(person_id) if one["id"] == link_id]
        return orjson.dumps(_shown(row), option=orjson.OPT_UTC_Z)

    return await once(visit, key, body, write, person_id)


@router.delete(
    "/{person_id}/identities/{link_id}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "identity_not_found"),
)
async def end_identity(
    visit: PeopleManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
    link_id: Annotated[str, Path(max_length=60)],
) -> Response:
    """Have a subject mean nobody; the person is signed out everywhere. Their own tokens stay."""
    if not await visit.resources.linked.end(person_id, link_id, by=visit.actor.id):
        raise Problem("identity_not_found", link=link_id)
    await visit.resources.people.end_sessions(person_id)
    visit.resources.identities.forget()
    return Response(status_code=204)


def _issuer(visit: Visit) -> str:
    if visit.resources.provider is None:
        raise Problem("provider_missing")
    return visit.resources.provider.issuer


def _shown(row: Row) -> Row:
    return {name: row[name] for name in IdentityShape.model_fields}
