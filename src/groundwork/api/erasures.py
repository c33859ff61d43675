"""Erasing people, and holding what is kept of them: for administrators only."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from groundwork.api.answers import answer
from groundwork.api.bodies import Line
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.shapes import Shape
from groundwork.api.visit import IdempotencyKey, PeopleManager
from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text
from groundwork.store.duties import Written
from groundwork.store.erasure import Erasable, Erasure
from groundwork.store.errors import ErasureRefused, UnknownPerson

router = APIRouter(prefix="/people", tags=["people"])

PersonId = Annotated[str, Path(max_length=60)]

_WHY: Final = {
    "active": Text(
        zh="该人员仍在岗，请先停用（groundwork people deactivate）",
        en="they are still active; deactivate them first (groundwork people deactivate)",
    ),
    "work": Text(
        zh="该人员名下还有未移交的工作，请先移交（groundwork people reassign）",
        en="open work is still in their charge; hand it over first (groundwork people reassign)",
    ),
    "held": Text(
        zh="该人员的信息须依法保留，解除后方可删除（groundwork people release）",
        en="what is kept of them is held by law until it is released (groundwork people release)",
    ),
    "erased": Text(zh="此前已经删除", en="it was done before"),
}


class ErasureShape(Erasable, Shape):
    """What is kept of a person, and `why` it may not be erased, unless it may."""


class ReasonBody(Frozen):
    """Why it is done. It stays in the record: write no personal data into it."""

    reason: Line


@router.get(
    "/{person_id}/erasure",
    response_model=ErasureShape,
    responses=documented(*SIGNED_IN, "person_not_found"),
)
async def preview_erasure(visit: PeopleManager, person_id: PersonId) -> Response:
    """What erasing the person would make unreadable, and whether it may be done."""
    try:
        found = await Erasure(visit.resources.database).preview(person_id)
    except UnknownPerson:
        raise Problem("person_not_found", person=person_id) from None
    return answer(found.model_dump())


@router.post(
    "/{person_id}/erasure",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "person_not_found", "erasure_refused"),
)
async def erase_person(
    visit: PeopleManager,
    key: IdempotencyKey,  # not looked at: what is erased is erased
    person_id: PersonId,
    body: ReasonBody,
) -> Response:
    """Destroy the key of a person's data, for good. Their id and what they did stay on record."""
    written = Written(visit.actor.id, body.reason)
    try:
        await Erasure(visit.resources.database).erase(person_id, written)
    except UnknownPerson:
        raise Problem("person_not_found", person=person_id) from None
    except ErasureRefused as refused:
        raise Problem("erasure_refused", person=person_id, why=_WHY[refused.why]) from None
    visit.resources.identities.forget()
    visit.resources.standing.forget()
    return Response(status_code=204)


@router.put(
    "/{person_id}/hold",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "person_not_found"),
)
async def hold_person(
    visit: PeopleManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
    body: ReasonBody,
) -> Response:
    """Let nobody erase the person until it is released."""
    return await _hold(visit, person_id, body.reason, held=True)


@router.delete(
    "/{person_id}/hold",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "person_not_found"),
)
async def release_person(
    visit: PeopleManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
) -> Response:
    """End a hold: the person may be erased again."""
    return await _hold(visit, person_id, "", held=False)


async def _hold(visit: PeopleManager, person_id: str, reason: str, *, held: bool) -> Response:
    erasure, written = Erasure(visit.resources.database), Written(visit.actor.id, reason)
    try:
        await (erasure.hold if held else erasure.release)(person_id, written)
    except UnknownPerson:
        raise Problem("person_not_found", person=person_id) from None
    return Response(status_code=204)
