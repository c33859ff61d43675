"""What leaves the store says what is wrong and never quotes a row, a parameter or a password."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.store.engine import (
    autocommit,
    create_engine,
    database_url,
    driver_connection,
    ping,
    transaction,
)
from groundwork.store.errors import SchemaOlder, StoreError, StoreUnavailable
from groundwork.store.migrations import migrate
from groundwork.store.people import People

SECRET = "s3cret-p4ssword"


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://clerk:{SECRET}@db/groundwork",
        f"sqlite:///{SECRET}.db",
        f"postgresql+asyncpg://clerk:{SECRET}@db/groundwork",
        f"postgresql:/{SECRET}",
        f"{SECRET}",
        f"postgresql://clerk:{SECRET}@db:not-a-port/groundwork",
        "",
    ],
)
def test_a_url_of_something_else_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreError, match="postgresql://") as refused:
        database_url(url)
    assert_clean(refused.value, SECRET)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_name_of_postgresql_is_accepted(scheme: str) -> None:
    assert database_url(f"{scheme}://u@h/d").drivername == "postgresql+psycopg"


async def test_an_absent_database_is_unavailable() -> None:
    url = f"postgresql://clerk:{SECRET}@127.0.0.1:1/nowhere"
    engine = create_engine(url)
    with pytest.raises(StoreUnavailable) as refused:
        await ping(engine)
    assert_clean(refused.value, SECRET, "clerk", "127.0.0.1")
    with pytest.raises(StoreUnavailable) as refused:
        migrate(url)
    assert_clean(refused.value, SECRET, "clerk", "127.0.0.1")


async def test_a_database_that_answers_is_available(engine: AsyncEngine) -> None:
    await ping(engine)


async def test_a_violated_constraint_is_named_and_the_row_is_not_shown(
    engine: AsyncEngine,
) -> None:
    insert = text("INSERT INTO person VALUES ('p-1', :name, 'officer', NULL, true, now())")

    async def add_twice() -> None:
        async with transaction(engine) as connection:
            await connection.execute(insert, {"name": "陈经办"})
            await connection.execute(insert, {"name": "陈经办"})

    with pytest.raises(StoreError, match="UniqueViolation, 23505, pk_person") as refused:
        await add_twice()
    assert_clean(refused.value, "陈经办", "p-1")
    assert await People(engine).all() == []


async def test_a_refused_value_is_not_shown(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError) as refused:
        async with autocommit(engine) as connection:
            await connection.execute(text("SELECT CAST(:secret AS integer)"), {"secret": SECRET})
    assert_clean(refused.value, SECRET)


async def test_a_statement_that_takes_too_long_is_given_up(database: str) -> None:
    engine = create_engine(database, statement_timeout=50)
    with pytest.raises(StoreUnavailable, match="QueryCanceled"):
        async with autocommit(engine) as connection:
            await connection.execute(text("SELECT pg_sleep(5)"))
    await engine.dispose()


async def test_a_pool_without_a_free_connection_says_so(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine(database, pool_size=1)
    monkeypatch.setattr(engine.pool, "_timeout", 0.1)
    async with autocommit(engine):
        with pytest.raises(StoreUnavailable, match="busy"):
            async with autocommit(engine):
                pass
    await engine.dispose()


def assert_clean(error: BaseException, *values: str) -> None:
    """Neither the message nor anything that is shown with it has a value."""
    for value in values:
        assert value not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


async def test_a_connection_that_waits_in_vain_for_a_host_that_is_gone_is_given_up(
    engine: AsyncEngine,
) -> None:
    async with engine.connect() as connection:
        driver = await driver_connection(connection)
        parameters = driver.info.get_parameters()
    assert 0 < int(parameters["tcp_user_timeout"]) <= 60_000


@pytest.mark.parametrize("query", ["SELECT 1 FROM absent", "SELECT absent FROM person"])
async def test_what_the_tables_lack_is_said_with_the_remedy(
    engine: AsyncEngine, query: str
) -> None:
    with pytest.raises(SchemaOlder, match="groundwork prepare"):
        async with autocommit(engine) as connection:
            await connection.execute(text(query))
