"""What was recorded cannot be changed by a slip, whatever the program."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import Calendar
from groundwork.store.definitions import Definitions
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import DEFINITION, DEFINITION_HASH, eventful

ATTEMPTS = [
    ("UPDATE", "UPDATE {table} SET {column} = {column}"),
    ("DELETE", "DELETE FROM {table}"),
    ("TRUNCATE", "TRUNCATE {table} CASCADE"),
]
TABLES = [("event", "basis"), ("definition", "version"), ("calendar", "hash")]


@pytest.fixture(autouse=True)
async def rows(recorder: Recorder, engine: AsyncEngine) -> None:
    """A row in each of the tables."""
    await recorder.record(eventful().batch())
    await Definitions(engine).save(DEFINITION_HASH, DEFINITION)
    await Definitions(engine).save_calendar(Calendar(version="2026.1", source="test"))


@pytest.mark.parametrize(("table", "column"), TABLES)
@pytest.mark.parametrize(("verb", "statement"), ATTEMPTS)
async def test_a_row_is_only_ever_added(
    execute: Execute, verb: str, statement: str, table: str, column: str
) -> None:
    before = await execute(f"SELECT count(*) FROM {table}")
    with pytest.raises(
        IntegrityError, match=f'rows of table "{table}" are only ever added: {verb} is refused'
    ):
        await execute(statement.format(table=table, column=column))
    assert await execute(f"SELECT count(*) FROM {table}") == before


async def test_a_session_that_pretends_to_be_a_replica_is_refused_too(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SET session_replication_role = replica"))
        with pytest.raises(IntegrityError, match="only ever added"):
            await connection.execute(text("DELETE FROM event"))


async def test_a_chain_with_events_cannot_be_deleted(execute: Execute) -> None:
    for table in ("deficiency", "commitment", "escalation", "step"):
        await execute(f"DELETE FROM {table}")
    with pytest.raises(IntegrityError, match="fk_event_chain"):
        await execute("DELETE FROM chain")
