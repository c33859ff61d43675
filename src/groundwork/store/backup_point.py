"""A moment of the database that a backup holds on to, and the place into which one is restored.

Everything here blocks, and speaks to the database through a connection of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from sqlalchemy import URL, Connection, NullPool, create_engine, text

from groundwork.store.engine import database_url
from groundwork.store.errors import clean_errors
from groundwork.store.migrations import revision_of

LOCK_MILLISECONDS: Final = 10_000
"""How long writers may keep a backup waiting before it gives up."""


class Content(NamedTuple):
    """The content of a document: its SHA-256 and its size in bytes."""

    sha256: str
    size: int


class BackupPoint(NamedTuple):
    """What a backup needs to know of the moment it holds."""

    snapshot: str
    """By which pg_dump sees the same moment, as long as the point is held."""
    revision: str | None
    server: str
    """PostgreSQL's version, such as 18.1."""
    chains: int
    events: int
    contents: tuple[Content, ...]


@contextmanager
def backup_point(url: str | URL, meanwhile: Callable[[], None]) -> Iterator[BackupPoint]:
    """Hold a moment of the database. `meanwhile` runs while nobody can add to the record.

    Decisions go on in that time; workers try again to record them until they can. Whatever else
    keeps a copy of what was decided is copied in `meanwhile`, and then fits the record.

    Raises StoreUnavailable when the database does not answer or a writer does not end.
    """
    with _connected(url) as holder, _connected(url) as keeper:
        _execute(holder, f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        _execute(holder, "LOCK TABLE event IN SHARE MODE")
        keeper.execution_options(isolation_level="REPEATABLE READ")
        snapshot = str(_scalar(keeper, "SELECT pg_export_snapshot()"))
        meanwhile()
        holder.rollback()
        yield BackupPoint(
            snapshot=snapshot,
            revision=revision_of(keeper),
            server=str(_scalar(keeper, "SHOW server_version")).split()[0],
            chains=int(_scalar(keeper, "SELECT count(*) FROM chain")),
            events=int(_scalar(keeper, "SELECT count(*) FROM event")),
            contents=tuple(_contents(keeper)),
        )


def needed_contents(url: str | URL) -> tuple[Content, ...]:
    """The contents that documents of the database need. Raises StoreUnavailable."""
    with _connected(url) as connection:
        return tuple(_contents(connection))


def is_empty(url: str | URL) -> bool:
    """Whether nothing was ever put into the database. Raises StoreUnavailable."""
    with _connected(url) as connection:
        return not _scalar(
            connection,
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        )


def users(url: str | URL) -> int:
    """How many connections of Groundwork's processes the database has. Raises StoreUnavailable."""
    with _connected(url) as connection:
        return int(
            _scalar(
                connection,
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'groundwork'",
            )
        )


@contextmanager
def emptied(url: str | URL, aside: str) -> Iterator[None]:
    """Have the database empty. What it held is gone once all went well, and is back otherwise.

    Meanwhile it lies in a schema called `aside`: a crash leaves it there. Raises StoreUnavailable.
    """
    _carry_out(url, f"ALTER SCHEMA public RENAME TO {aside}", "CREATE SCHEMA public")
    try:
        yield
    except BaseException:
        _carry_out(url, "DROP SCHEMA public CASCADE", f"ALTER SCHEMA {aside} RENAME TO public")
        raise
    _carry_out(url, f"DROP SCHEMA {aside} CASCADE")


def _carry_out(url: str | URL, *statements: str) -> None:
    with _connected(url) as connection:
        for statement in statements:
            _execute(connection, statement)
        connection.commit()


def _contents(connection: Connection) -> Iterator[Content]:
    rows = connection.execute(
        text("SELECT DISTINCT sha256, size FROM document_version WHERE kept ORDER BY sha256")
    )
    return (Content(*row) for row in rows)


def _scalar(connection: Connection, query: str) -> Any:
    return connection.scalar(text(query))


def _execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


@contextmanager
def _connected(url: str | URL) -> Iterator[Connection]:
    engine = create_engine(
        database_url(url),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "application_name": "groundwork-backup"},
    )
    with clean_errors(), engine.connect() as connection:
        yield connection
