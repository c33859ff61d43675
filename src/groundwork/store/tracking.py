"""Tracking codes (跟踪码): one per project, shown to those who look after it, found by its hash."""

from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import randbelow

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from groundwork.domain.tracking import CODES, tracking_code
from groundwork.store.engine import autocommit
from groundwork.store.paging import Row
from groundwork.store.reader_tables import TrackingCodeRow
from groundwork.store.tables import table

_CODE = table(TrackingCodeRow)
_SHOWN = (_CODE.c.code, _CODE.c.issued_at, _CODE.c.issued_by)


class Tracking:
    """Issues, shows and finds tracking codes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, project_code: str, by: str) -> Row:
        """The code of a project, issued now if it has none yet. The project must be there."""
        async with autocommit(self._engine) as connection:
            return await issue_code(connection, project_code, by)

    async def renew(self, project_code: str, by: str) -> Row:
        """Give the project another code; the one before is unknown from now on."""
        values = _drawn(project_code, by)
        fresh = {name: value for name, value in values.items() if name != "project_code"}
        statement = insert(_CODE).values(values)
        renewed = statement.on_conflict_do_update(index_elements=["project_code"], set_=fresh)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(renewed.returning(*_SHOWN))).mappings().one()
        return dict(row)

    async def find(self, code: str) -> str | None:
        """The project of a code in its printed form, by one statement whatever it is."""
        wanted = _hash(code)
        query = select(_CODE.c.project_code, _CODE.c.code).where(_CODE.c.hash == wanted)
        async with autocommit(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or not compare_digest(row.code, code):
            return None
        project: str = row.project_code
        return project


async def issue_code(connection: AsyncConnection, project_code: str, by: str) -> Row:
    """The code of a project on this connection, issued if it has none."""
    statement = insert(_CODE).values(_drawn(project_code, by)).on_conflict_do_nothing()
    await connection.execute(statement)
    query = select(*_SHOWN).where(_CODE.c.project_code == project_code)
    return dict((await connection.execute(query)).mappings().one())


def _drawn(project_code: str, by: str) -> Row:
    code = tracking_code(randbelow(CODES))
    return {
        "project_code": project_code,
        "code": code,
        "hash": _hash(code),
        "issued_at": datetime.now(UTC),
        "issued_by": by,
    }


def _hash(code: str) -> str:
    return sha256(code.encode()).hexdigest()
