"""Connections to PostgreSQL, the only database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import orjson
from psycopg import AsyncConnection as DriverConnection
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine as _create_async_engine

from groundwork.store.errors import StoreError, clean_errors

DRIVER = "postgresql+psycopg"

_ACCEPTED = frozenset({"postgres", "postgresql", DRIVER})


def database_url(url: str | URL) -> URL:
    """The URL with our driver in it.

    Raises StoreError for another database or for what is no URL; the message does not repeat it,
    for it may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(
            "the database URL cannot be read; write postgresql://user:password@host:5432/name"
        ) from None
    if parsed.drivername not in _ACCEPTED:
        raise StoreError(
            f"the database URL begins with {parsed.drivername}://, but only PostgreSQL is"
            " supported; write postgresql://…"
        )
    return parsed.set(drivername=DRIVER)


def create_engine(
    url: str | URL,
    *,
    pool_size: int = 10,
    lock_timeout: int = 2_000,
    statement_timeout: int = 10_000,
) -> AsyncEngine:
    """A pool of connections to the database.

    A lock or statement that takes longer than its limit (milliseconds) fails, so that nothing
    hangs. A connection is tried before it is handed out: a restarted database goes unnoticed.
    """
    return _create_async_engine(
        database_url(url),
        pool_size=pool_size,
        max_overflow=pool_size // 2,
        pool_timeout=5,
        pool_recycle=1800,
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        connect_args={
            "application_name": "groundwork",
            "options": f"-c lock_timeout={lock_timeout} -c statement_timeout={statement_timeout}",
            "connect_timeout": 5,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            # Keepalives are for idle connections; this is for one that waits in vain.
            "tcp_user_timeout": 30_000,
        },
    )


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


@asynccontextmanager
async def autocommit(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for single statements, each of which is its own transaction."""
    with clean_errors():
        async with engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")


async def driver_connection(connection: AsyncConnection) -> DriverConnection:
    """The driver's own connection, for statements whose time matters."""
    raw = await connection.get_raw_connection()
    return cast(DriverConnection, raw.driver_connection)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in one transaction, committed at the end unless something was raised."""
    with clean_errors():
        async with engine.begin() as connection:
            yield connection


async def ping(engine: AsyncEngine) -> None:
    """Return if the database answers. Raises StoreUnavailable when it does not."""
    async with autocommit(engine) as connection:
        await connection.execute(text("SELECT 1"))
