"""Projects: what a chain is about."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.base import Frozen
from groundwork.store.engine import autocommit, transaction
from groundwork.store.errors import ProjectExists
from groundwork.store.reach import within
from groundwork.store.tables import ChainRow, ProjectRow, table
from groundwork.store.tracking import issue_code

_CHAIN = table(ChainRow)
_PROJECT = table(ProjectRow)


class NewProject(Frozen):
    """A project to create. `housekeeper` and `created_by` are ids of people.

    `uscc_override_reason` says why an officer let a credit code pass whose check digit fails.
    """

    code: str
    name: str
    enterprise: str
    uscc: str
    uscc_override_reason: str | None = None
    district: str
    housekeeper: str
    created_by: str


class Projects:
    """Creates and finds projects."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def create(self, project: NewProject) -> dict[str, Any]:
        """Create a project with its tracking code, and return its row.

        Raises ProjectExists when the project's code is taken.
        """
        values = project.model_dump() | {"created_at": datetime.now(UTC)}
        statement = insert(_PROJECT).values(values).on_conflict_do_nothing().returning(_PROJECT)
        async with transaction(self._engine) as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
            if row is not None:
                await issue_code(connection, project.code, project.created_by)
        if row is None:
            raise ProjectExists(
                f"project {project.code} exists already; open it, or check the code for a slip"
            )
        return dict(row)

    async def get(self, code: str) -> dict[str, Any] | None:
        """The project of that code, if it is within the reader's reach."""
        statement = select(_PROJECT).where(_PROJECT.c.code == code, within(_PROJECT.c.code))
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
        return dict(row) if row else None

    async def names(self, chains: Iterable[str]) -> dict[str, str]:
        """What the projects of these chains are called, by the chains' ids."""
        statement = (
            select(_CHAIN.c.id, _PROJECT.c.name)
            .join(_PROJECT, _PROJECT.c.code == _CHAIN.c.project_code)
            .where(_CHAIN.c.id.in_(sorted(set(chains))), within(_PROJECT.c.code))
        )
        async with autocommit(self._engine) as connection:
            return {row.id: row.name for row in await connection.execute(statement)}
