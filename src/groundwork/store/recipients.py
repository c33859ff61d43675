"""Who an address means today: the one place where roles become people.

Asked at the moment a notice is planned, so that whoever holds the desk then is told: the substitute
of whoever is away, whoever a department put in charge of the step, and those next in line where a
role has nobody. One picture serves a whole batch.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from groundwork.domain.addressing import Address
from groundwork.domain.model import Role
from groundwork.domain.reach import project_of
from groundwork.store.deputies import Roster, read_roster, warn_if_replaced
from groundwork.store.people_tables import ProjectKeyRow
from groundwork.store.tables import EventRow, table

_EVENT: Final = table(EventRow)
_KEY: Final = table(ProjectKeyRow)


class Directory:
    """Who is told what, at one moment.

    `managers` are those who acted for the enterprise, `keys` what opens the project that it is all
    about; those out of whose reach it is are not told.
    """

    def __init__(
        self,
        roster: Roster,
        at: datetime,
        managers: Iterable[str] = (),
        keys: Iterable[str] | None = None,
    ) -> None:
        self._roster = roster
        self._at = at
        self._managers = tuple(managers)
        self._keys = None if keys is None else frozenset(keys)
        self._desks: dict[tuple[Role, str | None], tuple[str, ...]] = {}

    def find(self, to: Iterable[Address], *, but: str | None = None) -> list[str]:
        """The ids of the people meant, each once; `but` leaves out whoever acted."""
        people = dict.fromkeys(person for address in to for person in self._meant(address))
        return [person for person in people if person != but]

    def _meant(self, address: Address) -> tuple[str, ...]:
        if address.person is not None:
            acting = self._roster.deputy(address.person, self._at)
            if acting is not None:
                return (acting,)
        if address.role is Role.PROJECT_MANAGER:
            return self._enterprise()
        return self._desk(address.role, address.department)

    def _enterprise(self) -> tuple[str, ...]:
        """The applicant's own. Nobody takes their place: an enterprise has no line of desks."""
        own = (self._roster.people.get(person) for person in self._managers)
        acting = (
            self._roster.deputy(person.id, self._at)
            for person in own
            if person is not None and person.role is Role.PROJECT_MANAGER
        )
        return tuple(person for person in acting if person is not None and self._sees(person))

    def _sees(self, person: str) -> bool:
        return self._keys is None or self._roster.reach(person, self._at).opens(self._keys)

    def _desk(self, role: Role, department: str | None) -> tuple[str, ...]:
        if (role, department) not in self._desks:
            found = self._roster.receivers(role, department, self._at, self._sees)
            warn_if_replaced(found, department)
            self._desks[role, department] = found.people
        return self._desks[role, department]


async def open_directory(connection: AsyncConnection, chain_id: str | None = None) -> Directory:
    """Who is told of a chain from now on, or of Groundwork itself, read over the connection."""
    managers: Iterable[str] = ()
    keys: Iterable[str] | None = None
    if chain_id is not None:
        acted = (
            select(_EVENT.c.actor_id)
            .where(
                _EVENT.c.chain_id == chain_id,
                _EVENT.c.actor_role == Role.PROJECT_MANAGER.value,
            )
            .distinct()
            .order_by(_EVENT.c.actor_id)
        )
        managers = (await connection.execute(acted)).scalars().all()
        held = select(_KEY.c.key).where(_KEY.c.project_code == project_of(chain_id))
        keys = (await connection.execute(held)).scalars().all()
    return Directory(await read_roster(connection), datetime.now(UTC), managers, keys)
