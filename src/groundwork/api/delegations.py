"""Delegations (委托): a leader lets somebody do named things in their place, within limits."""

from datetime import date, datetime
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Response
from pydantic import Field

from groundwork.api.absences import require_days, require_fit
from groundwork.api.answers import answer
from groundwork.api.bodies import Line, ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.people import PersonId
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import Listed, Shape
from groundwork.api.standing import about
from groundwork.api.visit import Colleague, Delegator, IdempotencyKey, Visit
from groundwork.domain.base import Day, Frozen
from groundwork.domain.commands.base import StepKey
from groundwork.domain.mandates import DELEGABLE
from groundwork.domain.policy import permits
from groundwork.domain.reach import reach_of
from groundwork.store.duties import Written
from groundwork.store.people import Person

router = APIRouter(tags=["people"])

MOST: Final = 100
"""The length of the lists in a request; nothing follows from it."""

Chain = Annotated[str, Field(min_length=1, max_length=200)]


class DelegationBody(Frozen):
    """What to delegate to whom, on which days (both included); empty limits are none."""

    delegate: ShortLine
    actions: Annotated[tuple[ShortLine, ...], Field(min_length=1, max_length=MOST)]
    first_day: Day
    last_day: Day
    chains: Annotated[tuple[Chain, ...], Field(max_length=MOST)] = ()
    steps: Annotated[tuple[StepKey, ...], Field(max_length=MOST)] = ()
    reason: Line


class DelegationShape(Shape):
    """A delegation; `ended_at` when it was taken back."""

    id: str
    delegator_id: str
    delegate_id: str
    actions: list[str]
    chains: list[str]
    steps: list[str]
    first_day: date
    last_day: date
    reason: str
    granted_by: str
    granted_at: datetime
    ended_at: datetime | None
    ended_by: str | None


@router.post(
    "/people/{person_id}/delegations",
    status_code=201,
    response_model=DelegationShape,
    responses=documented(
        *WRITING,
        "other_person",
        "person_not_found",
        "substitute_unfit",
        "not_delegable",
        "chain_not_found",
        "key_reused",
    ),
)
async def delegate(
    visit: Delegator, key: IdempotencyKey, person_id: PersonId, body: DelegationBody
) -> Response:
    """Delegate named actions on the person's department's steps to somebody of the department.

    Only what the delegator's own role may do, on cases within their own reach; what was delegated
    to them goes no further.
    """
    person, _ = await about(visit, "delegate", person_id)
    require_days(visit, body.first_day, body.last_day)
    await require_fit(visit, person, body.delegate)
    _require_delegable(person, body.actions)
    await _require_own_cases(visit, person, body.chains)

    async def write() -> bytes:
        delegation = {
            "delegator_id": person_id,
            "delegate_id": body.delegate,
            "actions": list(dict.fromkeys(body.actions)),
            "chains": list(body.chains),
            "steps": list(body.steps),
            "first_day": body.first_day,
            "last_day": body.last_day,
        }
        written = Written(visit.actor.id, body.reason)
        row = await visit.resources.duties.delegate(delegation, written)
        visit.resources.standing.forget()
        return orjson.dumps(row, option=orjson.OPT_UTC_Z)

    asked = f"{person_id} delegation {body.model_dump_json()}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    place = f"{PREFIX}/people/{person_id}/delegations"
    return Response(content, 201, {"Location": place}, media_type="application/json")


def _require_delegable(person: Person, actions: tuple[str, ...]) -> None:
    own = sorted(action for action in DELEGABLE if permits(person.role, action))
    for action in actions:
        # An administrator has no desk, and so nothing of a department's to give.
        if action not in own or person.department is None:
            delegable = ", ".join(own if person.department else ())
            raise Problem("not_delegable", action=action, delegable=delegable)


async def _require_own_cases(visit: Visit, person: Person, chains: tuple[str, ...]) -> None:
    """Raise OutOfReach for a chain that the delegator does not see: who is lent it would see it."""
    if not chains:
        return
    roster = await visit.resources.standing.roster()
    own = reach_of(person.actor, roster.grants.get(person.id, frozenset()))
    for chain in chains:
        await visit.resources.sight.require_chain(own, chain)


@router.get(
    "/people/{person_id}/delegations",
    response_model=Listed[DelegationShape],
    responses=documented(*SIGNED_IN, "person_not_found", "other_person"),
)
async def list_delegations(visit: Colleague, person_id: PersonId) -> Response:
    """The delegations given by or to a person, the latest first, ended ones included."""
    await about(visit, "read_duties", person_id)
    return answer({"items": await visit.resources.duties.delegations(person_id), "next": None})


@router.delete(
    "/people/{person_id}/delegations/{delegation_id}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "person_not_found", "other_person", "delegation_not_found"),
)
async def end_delegation(
    visit: Delegator,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
    delegation_id: Annotated[str, Path(max_length=60)],
) -> Response:
    """Take a delegation back now. What was done under it stands."""
    await about(visit, "delegate", person_id)
    row = await visit.resources.duties.delegation(delegation_id)
    if row is None or row["delegator_id"] != person_id:
        raise Problem("delegation_not_found", delegation=delegation_id)
    await visit.resources.duties.end_delegation(delegation_id, Written(visit.actor.id, ""))
    visit.resources.standing.forget()
    return Response(status_code=204)
