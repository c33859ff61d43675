"""Who acts for whom right now, and who receives what is addressed to a role.

`Roster` is a picture of everybody in office with the absences and delegations that stand; what
follows from it at a moment is pure. `Deputies` takes the picture.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

import structlog
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import local_date
from groundwork.domain.deputies import Absence, stand_in, stood_in_for
from groundwork.domain.grants import Grant
from groundwork.domain.mandates import Mandate
from groundwork.domain.model import Actor, Role
from groundwork.domain.reach import NOTHING, Reach, project_of, reach_of
from groundwork.store.engine import autocommit
from groundwork.store.people_tables import AbsenceRow, DelegationRow, GrantRow
from groundwork.store.tables import (
    CommitmentRow,
    DeficiencyRow,
    EscalationRow,
    PersonRow,
    StepRow,
    table,
)

_PERSON = table(PersonRow)
_ABSENCE = table(AbsenceRow)
_DELEGATION = table(DelegationRow)
_GRANT = table(GrantRow)
_STEP = table(StepRow)
_PARTS: Final[Mapping[str, Table]] = {
    "deficiency": table(DeficiencyRow),
    "commitment": table(CommitmentRow),
    "escalation": table(EscalationRow),
}

NEXT_IN_LINE: Final = (Role.SECTION_HEAD, Role.DIRECTOR)
"""Who receives, in this order, what has no other recipient in a department."""

log = structlog.stdlib.get_logger(__name__)


class Delegation(Frozen):
    """A standing delegation, as the policy needs it."""

    id: str
    delegator: str
    delegate: str
    actions: frozenset[str]
    chains: frozenset[str]
    steps: frozenset[str]
    first_day: date
    last_day: date

    def mandate(self, principal: Actor) -> Mandate:
        """What it lets the delegate do in the principal's place."""
        return Mandate(
            id=self.id,
            principal=principal,
            actions=self.actions,
            chains=self.chains,
            steps=self.steps,
        )


class Receivers(NamedTuple):
    """Who receives something, and in which role they do; `role` differs when others fell out."""

    people: tuple[str, ...]
    role: Role
    asked: Role

    @property
    def replaced(self) -> bool:
        """Whether somebody else than those addressed receives it."""
        return self.role is not self.asked


class Roster(NamedTuple):
    """Everybody in office, in the order of their creation, with what stands for them.

    `grants` are the keys that people were given, by their ids; who left has them no more.
    """

    people: Mapping[str, Actor]
    absences: tuple[Absence, ...]
    delegations: tuple[Delegation, ...]
    grants: Mapping[str, frozenset[str]] = MappingProxyType({})

    def deputy(self, person: str, at: datetime) -> str | None:
        """Who acts for the person: themselves unless away; None when nobody in office does."""
        absence = stand_in(person, self.absences, local_date(at))
        acting = person if absence is None else absence.substitute
        # A loop leads back to whoever is away: then nobody does.
        away = absence is not None and acting == person
        return acting if acting in self.people and not away else None

    def given(self, person: str, grant: Grant) -> bool:
        """Whether the person is in office and was given that."""
        return person in self.people and grant.key in self.grants.get(person, frozenset())

    def reach(self, person: str, at: datetime) -> Reach:
        """What the person reaches at the moment, with all for whom they act.

        A delegation limited to chains opens no more than their projects.
        """
        actor = self.people.get(person)
        if actor is None:
            return NOTHING
        found = reach_of(actor, self.grants.get(person, frozenset()))
        for mandate in self.mandates(person, at):
            principal = mandate.principal
            lent = reach_of(principal, self.grants.get(principal.id, frozenset()))
            if mandate.chains and lent is not NOTHING:
                keys = frozenset(f"project:{project_of(chain)}" for chain in mandate.chains)
                lent = Reach(keys=keys)
            found = found.joined(lent)
        return found

    def stands_in_for(self, person: str, at: datetime) -> tuple[str, ...]:
        """Those whose place the person takes at the moment."""
        return tuple(one.principal.id for one in self._substitutions(person, at))

    def mandates(self, person: str, at: datetime) -> tuple[Mandate, ...]:
        """What lets the person act for others at the moment: absences, then delegations."""
        return (*self._substitutions(person, at), *self._delegations(person, at))

    def _substitutions(self, person: str, at: datetime) -> Iterable[Mandate]:
        if person not in self.people:
            return
        for absence in stood_in_for(person, self.absences, local_date(at)):
            principal = self.people.get(absence.person)
            if principal is not None:
                yield Mandate(id=absence.id, principal=principal)

    def _delegations(self, person: str, at: datetime) -> Iterable[Mandate]:
        delegate, day = self.people.get(person), local_date(at)
        for one in self.delegations:
            principal = self.people.get(one.delegator)
            if one.delegate != person or principal is None or delegate is None:
                continue
            # Either may have moved to another desk since.
            if principal.department == delegate.department and one.first_day <= day <= one.last_day:
                yield one.mandate(principal)

    def receivers(
        self,
        role: Role,
        department: str | None,
        at: datetime,
        sees: Callable[[str], bool] = lambda _: True,
    ) -> Receivers:
        """Who receives what is addressed to a role of a department, substitutes applied, if they
        see it.

        A role without departments has one list for all. Where nobody is left, the section head
        receives it, then the director, then the administrators, of whom there always is one.
        """
        asked = role
        for candidate in dict.fromkeys((role, *NEXT_IN_LINE)):
            found = tuple(one for one in self._present(candidate, department, at) if sees(one))
            if found:
                return Receivers(found, candidate, asked)
        administrators = self._present(Role.ADMINISTRATOR, None, at)
        return Receivers(administrators, Role.ADMINISTRATOR, asked)

    def _present(self, role: Role, department: str | None, at: datetime) -> tuple[str, ...]:
        of_role = [
            person.id
            for person in self.people.values()
            if person.role is role and person.department in {None, department}
        ]
        acting = (self.deputy(person, at) for person in of_role)
        return tuple(dict.fromkeys(one for one in acting if one is not None))


class Deputies:
    """Takes the picture from the database, and answers from it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def roster(self) -> Roster:
        """Everybody in office and what stands. Raises StoreUnavailable."""
        async with autocommit(self._engine) as connection:
            return await read_roster(connection)

    async def assignee(self, chain_id: str, step: str) -> str | None:
        """Who is in charge of a step, as far as the record shows."""
        query = select(_STEP.c.assignee).where(_STEP.c.chain_id == chain_id, _STEP.c.key == step)
        async with autocommit(self._engine) as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def department(self, chain_id: str, step: str) -> str | None:
        """The department that leads a step, as far as the record shows."""
        query = select(_STEP.c.department).where(_STEP.c.chain_id == chain_id, _STEP.c.key == step)
        async with autocommit(self._engine) as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def step_of(self, chain_id: str, kind: str, part: str) -> str | None:
        """The step that a deficiency, commitment or escalation belongs to."""
        of = _PARTS[kind]
        query = select(of.c.step).where(of.c.chain_id == chain_id, of.c.id == part)
        async with autocommit(self._engine) as connection:
            return (await connection.execute(query)).scalar_one_or_none()


async def read_roster(connection: AsyncConnection) -> Roster:
    """Everybody in office and what stands, read over somebody's connection."""
    people = select(_PERSON).where(_PERSON.c.active).order_by(_PERSON.c.created_at, _PERSON.c.id)
    absences = select(_ABSENCE).where(_ABSENCE.c.ended_at.is_(None)).order_by(_ABSENCE.c.id)
    standing = _DELEGATION.c.ended_at.is_(None)
    delegations = select(_DELEGATION).where(standing).order_by(_DELEGATION.c.id)
    actors = [
        Actor(id=row["id"], role=Role(row["role"]), department=row["department"])
        for row in (await connection.execute(people)).mappings()
    ]
    away = [absence_of(dict(row)) for row in (await connection.execute(absences)).mappings()]
    given = [_delegation(dict(row)) for row in (await connection.execute(delegations)).mappings()]
    grants = await _grants(connection)
    return Roster({actor.id: actor for actor in actors}, tuple(away), tuple(given), grants)


async def _grants(connection: AsyncConnection) -> dict[str, frozenset[str]]:
    key = _GRANT.c.kind.op("||")(":").op("||")(_GRANT.c.value)
    query = select(_GRANT.c.person_id, func.array_agg(key)).group_by(_GRANT.c.person_id)
    return {person: frozenset(keys) for person, keys in await connection.execute(query)}


def warn_if_replaced(found: Receivers, department: str | None) -> None:
    """Say in the log that a role has nobody, and who received instead."""
    if found.replaced or not found.people:
        log.warning(
            "nobody in the role",
            role=found.asked.value,
            department=department,
            received_by=found.role.value,
            people=len(found.people),
        )


def absence_of(row: Mapping[str, object]) -> Absence:
    """An absence as the pure functions know it."""
    return Absence.model_validate(
        {
            "id": row["id"],
            "person": row["person_id"],
            "substitute": row["substitute_id"],
            "first_day": row["first_day"],
            "last_day": row["last_day"],
        }
    )


def _delegation(row: Mapping[str, object]) -> Delegation:
    return Delegation.model_validate(
        {
            "id": row["id"],
            "delegator": row["delegator_id"],
            "delegate": row["delegate_id"],
            "actions": row["actions"],
            "chains": row["chains"],
            "steps": row["steps"],
            "first_day": row["first_day"],
            "last_day": row["last_day"],
        }
    )
