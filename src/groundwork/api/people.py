"""People and their tokens: for administrators only."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import orjson
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from groundwork.api.answers import answer
from groundwork.api.bodies import ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import FieldError, Problem
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import IssuedShape, Listed, PasswordShape, PersonShape, TokenShape
from groundwork.api.visit import IdempotencyKey, PeopleManager, Visit
from groundwork.domain.base import Frozen, Moment
from groundwork.domain.definition import Text
from groundwork.domain.model import Role
from groundwork.domain.policy import permits
from groundwork.store.duties import Written
from groundwork.store.errors import SignInNameTaken, SubjectErased, UnknownPerson, WorkLeft

router = APIRouter(prefix="/people", tags=["people"])

SignInName = Annotated[ShortLine, Field(pattern=r"^[^\s]+$")]
PersonId = Annotated[str, Path(max_length=60)]

_MISSING: Final = Text(zh="此角色须填写所属部门", en="is required for this role")
_NEEDLESS: Final = Text(zh="此角色不属于任何部门，请删除", en="must be left out for this role")
_NOBODY: Final = Text(zh="系统角色不能授予人员", en="must not be system: that is nobody")
_UNKNOWN: Final = Text(zh="目录中没有这个部门", en="must be a department of the catalogue")


class PersonBody(Frozen):
    """A person to add. Those who work on a department's steps belong to that department."""

    name: ShortLine
    role: Role
    department: ShortLine | None = None


class TokenBody(Frozen):
    """A token to issue; `label` says where it is used.

    Without `expires_at` it lapses after GROUNDWORK_TOKEN_DAYS. `scope` narrows what its bearer may
    do: `read`, `act`, or `admin` for what is reserved for administrators.
    """

    label: ShortLine
    expires_at: Moment | None = None
    scope: Literal["read", "act", "admin"] = "act"


class PasswordBody(Frozen):
    """A one-time password to hand out. Without `sign_in_name` it stays as it is, or is the id.

    `second_factor` takes the person's second factor away, as for a lost phone.
    """

    sign_in_name: SignInName | None = None
    second_factor: bool = False


@router.post(
    "", status_code=201, response_model=PersonShape, responses=documented(*WRITING, "key_reused")
)
async def create_person(visit: PeopleManager, key: IdempotencyKey, body: PersonBody) -> Response:
    """Add a person under a new opaque id."""
    _check(visit, body)

    async def write() -> bytes:
        person = await visit.resources.people.create(body.name, body.role, body.department)
        visit.resources.standing.forget()
        return orjson.dumps(person.model_dump())

    return await once(visit, key, body, write)


@router.get("", response_model=Listed[PersonShape], responses=documented(*SIGNED_IN))
async def list_people(visit: PeopleManager) -> Response:
    """Everybody, by the date of their creation."""
    people = await visit.resources.people.all()
    return answer({"items": [person.model_dump() for person in people], "next": None})


@router.get(
    "/{person_id}", response_model=PersonShape, responses=documented(*SIGNED_IN, "person_not_found")
)
async def get_person(visit: PeopleManager, person_id: PersonId) -> Response:
    """One person."""
    person = await visit.resources.people.get(person_id)
    if person is None:
        raise Problem("person_not_found", person=person_id)
    return answer(person.model_dump())


@router.delete(
    "/{person_id}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "person_not_found", "work_left"),
)
async def deactivate_person(
    visit: PeopleManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
    *,
    leave_work: Annotated[
        bool, Query(description="Leave open steps in their charge, on purpose and on record.")
    ] = False,
) -> Response:
    """Refuse the person from now on. What they did stays on record under their id.

    Nobody leaves with open work unless it was handed over or is left on purpose. Absences and
    delegations in which they have a part end, with a record.
    """
    written = Written(visit.actor.id, "leave_work" if leave_work else "")
    try:
        await visit.resources.duties.leave(person_id, written, leave_work=leave_work)
    except UnknownPerson:
        raise Problem("person_not_found", person=person_id) from None
    except WorkLeft as left:
        raise Problem(
            "work_left",
            person=person_id,
            steps=left.steps,
            substitutes=left.substitutes,
            delegations=left.delegations,
        ) from None
    visit.resources.identities.forget()
    visit.resources.standing.forget()
    return Response(status_code=204)


@router.get(
    "/{person_id}/tokens",
    response_model=Listed[TokenShape],
    responses=documented(*SIGNED_IN, "person_not_found"),
)
async def list_tokens(visit: PeopleManager, person_id: PersonId) -> Response:
    """A person's tokens, without their secrets."""
    rows = await visit.resources.people.tokens(person_id)
    if not rows and await visit.resources.people.get(person_id) is None:
        raise Problem("person_not_found", person=person_id)
    return answer({"items": rows, "next": None})


@router.post(
    "/{person_id}/tokens",
    status_code=201,
    response_model=IssuedShape,
    responses=documented(*WRITING, "person_not_found", "key_reused"),
)
async def issue_token(
    visit: PeopleManager, key: IdempotencyKey, person_id: PersonId, body: TokenBody
) -> Response:
    """Issue a token. `secret` is shown this once; only its hash is kept."""

    async def write() -> bytes:
        try:
            token = await visit.resources.people.issue_token(
                person_id,
                body.label,
                expires_at=body.expires_at or _lapse(visit),
                scope=body.scope,
            )
        except (UnknownPerson, SubjectErased):
            raise Problem("person_not_found", person=person_id) from None
        return orjson.dumps({"id": token.id, "person_id": person_id, "secret": token.secret})

    return await once(visit, key, body, write, person_id)


@router.delete(
    "/{person_id}/tokens/{token_id}",
    status_code=204,
    response_class=Response,
    responses=documented(*WRITING, "token_not_found"),
)
async def revoke_token(
    visit: PeopleManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    person_id: PersonId,
    token_id: Annotated[str, Path(max_length=60)],
) -> Response:
    """Refuse a token from now on."""
    people = visit.resources.people
    if token_id not in {row["id"] for row in await people.tokens(person_id)}:
        raise Problem("token_not_found", token=token_id)
    await people.revoke(token_id)
    visit.resources.identities.forget()
    return Response(status_code=204)


@router.post(
    "/{person_id}/password",
    status_code=201,
    response_model=PasswordShape,
    responses=documented(*WRITING, "person_not_found", "sign_in_name_taken", "key_reused"),
)
async def reset_password(
    visit: PeopleManager, key: IdempotencyKey, person_id: PersonId, body: PasswordBody
) -> Response:
    """Give a person a one-time password, shown this once; whoever is signed in so is signed out."""
    people, desk = visit.resources.people, visit.resources.accounts

    async def write() -> bytes:
        person = await people.get(person_id)
        if person is None or not person.active:
            raise Problem("person_not_found", person=person_id)
        try:
            handed = await desk.hand_out(person, body.sign_in_name)
        except SignInNameTaken:
            raise Problem("sign_in_name_taken") from None
        if body.second_factor:
            await desk.store.drop_totp(person_id)
        await people.end_sessions(person_id)
        visit.resources.identities.forget()
        told = {"person_id": person_id, **handed._asdict()}
        return orjson.dumps(told, option=orjson.OPT_UTC_Z)

    return await once(visit, key, body, write, person_id)


def _lapse(visit: Visit) -> datetime | None:
    """When a token ends that was issued without an end."""
    days = visit.resources.settings.token_days
    return visit.received_at + timedelta(days=days) if days else None


def _check(visit: Visit, body: PersonBody) -> None:
    """Raise Problem unless role and department fit each other."""
    works_in_department = permits(body.role, "accept") and body.role is not Role.ADMINISTRATOR
    known = {department.id for department in visit.resources.shelf.departments}
    if body.role is Role.SYSTEM:
        raise wrong("role", "role_system", _NOBODY)
    if works_in_department and body.department is None:
        raise wrong("department", "missing", _MISSING)
    if not works_in_department and body.department is not None:
        raise wrong("department", "department_needless", _NEEDLESS)
    if body.department is not None and body.department not in known:
        raise wrong("department", "department_unknown", _UNKNOWN)


def wrong(name: str, code: str, detail: Text) -> Problem:
    """The problem of one field of a body."""
    first = Text(zh=f"{name}：{detail.zh}", en=f"{name} {detail.en}")
    fields = [FieldError("body", f"#/{name}", code, detail)]
    return Problem("invalid_request", fields=fields, count=1, first=first)


async def once(
    visit: Visit,
    key: str,
    body: Frozen,
    write: Callable[[], Awaitable[bytes]],
    person_id: str = "",
) -> Response:
    """The answer to a write that is carried out once per key. Raises Problem (key_reused)."""
    asked = f"{person_id} {type(body).__name__} {body.model_dump_json()}".encode()
    content = await visit.resources.replays.once(visit.actor.id, key, asked, write)
    created = orjson.loads(content)
    place = f"{PREFIX}/people/{created.get('person_id') or created['id']}"
    headers = {"Location": place}
    return Response(content, 201, headers, media_type="application/json")
