"""Who an address means today: the one place where roles become people.

Asked at the moment a notice is planned, so that whoever holds the desk then is told. Substitutes
belong here and nowhere else.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from groundwork.domain.model import Role
from groundwork.domain.notices import Address
from groundwork.store.tables import EventRow, PersonRow, table

_PERSON = table(PersonRow)
_EVENT = table(EventRow)


async def resolve(
    connection: AsyncConnection, to: Iterable[Address], *, but: str | None = None
) -> list[str]:
    """The ids of the active people meant, each once; `but` leaves out whoever acted."""
    meant = [_means(address) for address in to]
    if not meant:
        return []
    query = select(_PERSON.c.id).where(_PERSON.c.active, or_(*meant)).order_by(_PERSON.c.id)
    people = (await connection.execute(query)).scalars()
    return [person for person in people if person != but]


def _means(address: Address) -> ColumnElement[bool]:
    if address.person is not None:
        return _PERSON.c.id == address.person
    conditions = [_PERSON.c.role == address.role.value]
    if address.department is not None:
        conditions.append(_PERSON.c.department == address.department)
    if address.role is Role.PROJECT_MANAGER:
        # The applicant's own: those who have acted on the chain, not every enterprise's.
        acted = select(_EVENT.c.actor_id).where(
            _EVENT.c.chain_id == address.chain_id,
            _EVENT.c.actor_role == Role.PROJECT_MANAGER.value,
        )
        conditions.append(_PERSON.c.id.in_(acted))
    return and_(*conditions)
