"""Absences and delegations: setting and ending them, and what is left when somebody leaves.

Whatever is written here is written down in `duty_record` in the same transaction. One lock at a
time, so that two who register absences at once cannot close a loop together.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Table, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.calendar import local_date
from groundwork.domain.deputies import closes_loop, overlap
from groundwork.store import vault
from groundwork.store.announcements import Topic, announce
from groundwork.store.deputies import absence_of
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import AbsenceClash, SubstituteLoop, UnknownPerson, WorkLeft
from groundwork.store.paging import Row
from groundwork.store.people_tables import AbsenceRow, DelegationRow, DutyRecordRow
from groundwork.store.reach import within
from groundwork.store.reads import unit_name
from groundwork.store.tables import PersonRow, ProjectRow, StepRow, table

_ABSENCE = table(AbsenceRow)
_DELEGATION = table(DelegationRow)
_RECORD = table(DutyRecordRow)
_PERSON = table(PersonRow)
_PROJECT = table(ProjectRow)
_STEP = table(StepRow)

LOCK = 0x647574696573
"""The advisory lock that one write at a time holds: "duties" in ASCII."""

_STEP_SHOWN = (
    _STEP.c.chain_id,
    _STEP.c.key.label("step"),
    _STEP.c.project_code,
    _PROJECT.c.name.label("project_name"),
    _STEP.c.department,
    _STEP.c.state,
    _STEP.c.light,
    _STEP.c.due_on,
    _STEP.c.due_provisional,
)


class Written(NamedTuple):
    """Who writes something down, and why."""

    by: str
    reason: str


class Work(NamedTuple):
    """Everything that would be left of somebody who leaves.

    `steps` are open ones in their charge; `standing_in` and `away` absences that are not over, as
    substitute and as the absent person; `delegations` those given by or to them.
    """

    steps: list[Row]
    standing_in: list[Row]
    away: list[Row]
    delegations: list[Row]

    @property
    def must_move(self) -> bool:
        """Whether something would be orphaned: their own absence would not."""
        return bool(self.steps or self.standing_in or self.delegations)


class Duties:
    """Writes and reads what people do for one another."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def set_absence(
        self, person: str, substitute: str, days: tuple[date, date], written: Written
    ) -> Row:
        """Have somebody stand in for a person from the first to the last day.

        Raises AbsenceClash, SubstituteLoop.
        """
        row = {
            "id": f"a-{token_hex(6)}",
            "person_id": person,
            "substitute_id": substitute,
            "first_day": days[0],
            "last_day": days[1],
            "reason": written.reason,
            "set_by": written.by,
            "set_at": datetime.now(UTC),
            "ended_at": None,
            "ended_by": None,
        }
        new = absence_of(row)
        async with self._writing() as connection:
            standing = select(_ABSENCE).where(
                _ABSENCE.c.ended_at.is_(None), _ABSENCE.c.last_day >= new.first_day
            )
            known = [
                absence_of(dict(one)) for one in (await connection.execute(standing)).mappings()
            ]
            if any(one.person == person and overlap(one, new) for one in known):
                raise AbsenceClash("the person is out of office already on one of the days")
            if closes_loop(new, known):
                raise SubstituteLoop("those away would stand in for each other")
            kept = await vault.sealed(connection, _ABSENCE, row)
            await connection.execute(_ABSENCE.insert().values(kept))
            # Why somebody is away may be their health: it stays in the row, which can be erased.
            await note(connection, Written(written.by, ""), person, "absence_set", new.id)
        return row

    async def absence(self, absence_id: str) -> Row | None:
        """The absence of that id."""
        rows = await self._absences(select(_ABSENCE).where(_ABSENCE.c.id == absence_id))
        return rows[0] if rows else None

    async def absences(self, person: str) -> list[Row]:
        """A person's absences and those in which they stand in, the latest first."""
        concerned = or_(_ABSENCE.c.person_id == person, _ABSENCE.c.substitute_id == person)
        query = select(_ABSENCE).where(concerned).order_by(_ABSENCE.c.first_day.desc())
        return await self._absences(query)

    async def end_absence(self, absence_id: str, written: Written) -> None:
        """End an absence now; what was done under it stands. Doing it twice is doing it once."""
        async with self._writing() as connection:
            await _end(connection, _ABSENCE, _ABSENCE.c.id == absence_id, written)

    async def delegate(self, delegation: Mapping[str, Any], written: Written) -> Row:
        """Write down a delegation: delegator, delegate, actions, limits and days, by column."""
        row = {
            **delegation,
            "id": f"d-{token_hex(6)}",
            "reason": written.reason,
            "granted_by": written.by,
            "granted_at": datetime.now(UTC),
            "ended_at": None,
            "ended_by": None,
        }
        readable = row | {"reason": "", "sealed_reason": written.reason}
        async with self._writing() as connection:
            kept = await vault.sealed(connection, _DELEGATION, readable)
            await connection.execute(_DELEGATION.insert().values(kept))
            person, quietly = row["delegator_id"], Written(written.by, "")
            await note(connection, quietly, person, "delegation_granted", row["id"])
        return row

    async def delegation(self, delegation_id: str) -> Row | None:
        """The delegation of that id."""
        rows = await self._said(_DELEGATION, _DELEGATION.c.id == delegation_id)
        return rows[0] if rows else None

    async def delegations(self, person: str) -> list[Row]:
        """The delegations given by or to a person, the latest first."""
        concerned = or_(_DELEGATION.c.delegator_id == person, _DELEGATION.c.delegate_id == person)
        return await self._said(_DELEGATION, concerned, _DELEGATION.c.granted_at.desc())

    async def end_delegation(self, delegation_id: str, written: Written) -> None:
        """Take a delegation back now; what was done under it stands."""
        async with self._writing() as connection:
            await _end(connection, _DELEGATION, _DELEGATION.c.id == delegation_id, written)

    async def record(self, person: str) -> list[Row]:
        """What was done about a person's duties, oldest first."""
        return await self._said(_RECORD, _RECORD.c.person_id == person, _RECORD.c.id)

    async def work(self, person: str, at: datetime, department: str | None = None) -> Work:
        """What a person has in hand at the moment; `department` narrows the steps."""
        async with autocommit(self._engine) as connection:
            return await work_of(connection, person, local_date(at), department)

    async def leave(self, person: str, written: Written, *, leave_work: bool = False) -> None:
        """Refuse a person from now on and end what others rely on them for, with a record.

        Open steps stay in their charge only with `leave_work`. Raises UnknownPerson, WorkLeft.
        """
        async with self._writing() as connection:
            work = await work_of(connection, person, local_date(datetime.now(UTC)))
            if work.must_move and not leave_work:
                raise WorkLeft(len(work.steps), len(work.standing_in), len(work.delegations))
            query = update(_PERSON).where(_PERSON.c.id == person).values(active=False)
            if not (await connection.execute(query)).rowcount:
                raise UnknownPerson(f"there is no person {person}")
            own = or_(_ABSENCE.c.person_id == person, _ABSENCE.c.substitute_id == person)
            await _end(connection, _ABSENCE, own, written)
            given = or_(_DELEGATION.c.delegator_id == person, _DELEGATION.c.delegate_id == person)
            await _end(connection, _DELEGATION, given, written)
            await note(connection, written, person, "person_left", person)
            for step in work.steps:
                left = f"{step['chain_id']}/{step['step']}"
                await note(connection, written, person, "step_left", left)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that nobody else writes duties beside."""
        async with transaction(self._engine) as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield connection
            await announce(connection, Topic.PEOPLE)

    async def _absences(self, query: Any) -> list[Row]:
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(query)).mappings()
            return await vault.opened(connection, _ABSENCE, rows)

    async def _said(self, of: Table, which: Any, *order: Any) -> list[Row]:
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(select(of).where(which).order_by(*order))).mappings()
            return [vault.with_reason(row) for row in await vault.opened(connection, of, rows)]


async def work_of(
    connection: AsyncConnection, person: str, today: date, department: str | None = None
) -> Work:
    """What a person has in hand on that day, read over somebody's connection."""
    steps = (
        select(*_STEP_SHOWN, unit_name(_STEP.c.chain_id, _STEP.c.key))
        .join(_PROJECT, _PROJECT.c.code == _STEP.c.project_code)
        .where(_STEP.c.open, _STEP.c.assignee == person, within(_STEP.c.project_code))
        .order_by(_STEP.c.act_by, _STEP.c.chain_id, _STEP.c.key)
    )
    if department is not None:
        steps = steps.where(_STEP.c.department == department)
    absences = (
        select(_ABSENCE)
        .where(_ABSENCE.c.ended_at.is_(None), _ABSENCE.c.last_day >= today)
        .order_by(_ABSENCE.c.first_day, _ABSENCE.c.id)
    )
    own = or_(_DELEGATION.c.delegator_id == person, _DELEGATION.c.delegate_id == person)
    delegations = (
        select(_DELEGATION)
        .where(_DELEGATION.c.ended_at.is_(None), _DELEGATION.c.last_day >= today, own)
        .order_by(_DELEGATION.c.first_day, _DELEGATION.c.id)
    )
    queries = (
        steps,
        absences.where(_ABSENCE.c.substitute_id == person),
        absences.where(_ABSENCE.c.person_id == person),
        delegations,
    )
    found = [
        [dict(row) for row in (await connection.execute(query)).mappings()] for query in queries
    ]
    for number in (1, 2):
        found[number] = await vault.opened(connection, _ABSENCE, found[number])
    given = await vault.opened(connection, _DELEGATION, found[3])
    found[3] = [vault.with_reason(row) for row in given]
    return Work(*found)


async def _end(connection: AsyncConnection, of: Table, which: Any, written: Written) -> None:
    """End what stands, and note it under the person it was for."""
    owner = of.c.person_id if of is _ABSENCE else of.c.delegator_id
    query = (
        update(of)
        .where(of.c.ended_at.is_(None), which)
        .values(ended_at=func.now(), ended_by=written.by)
        .returning(of.c.id, owner.label("owner"))
    )
    what = "absence_ended" if of is _ABSENCE else "delegation_ended"
    for row in (await connection.execute(query)).mappings().all():
        await note(connection, written, row["owner"], what, row["id"])


async def note(
    connection: AsyncConnection, written: Written, person: str, what: str, subject: str
) -> None:
    """Write down what is done about a person's duties, in the same transaction.

    The reason goes when the person is erased; why they were is sealed for who erased them.
    """
    values = {
        "at": datetime.now(UTC),
        "by_id": written.by,
        "person_id": person,
        "what": what,
        "subject": subject,
        "reason": "",
    }
    if written.reason:
        owner = written.by if await vault.is_erased(connection, person) else person
        said = {"sealed_for": owner, "sealed_reason": written.reason}
        values = await vault.sealed(connection, _RECORD, values | said)
    await connection.execute(_RECORD.insert().values(values))
