"""The schema's history, and how a database is brought up to date.

One file per revision in `versions/`, written by hand: the test that holds the tables to it prints
what is lacking. A revision that was released is never edited.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from groundwork.store.engine import database_url
from groundwork.store.errors import SchemaNewer, clean_errors

_LOCK = 0x67726F756E64
"""The advisory lock that one migration at a time holds: "ground" in ASCII."""


LOCK_TIMEOUT = "2s"
"""The longest that a migration waits for a lock: everybody else waits behind it for as long."""
ATTEMPTS = 150
PAUSE_SECONDS = 1.0


class Revision(NamedTuple):
    """Where a database's schema is, and where this release wants it."""

    current: str | None
    wanted: str | None

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to migrate."""
        return self.current == self.wanted


def migrate(url: str | URL, revision: str = "head") -> None:
    """Bring the database up to date; processes that do it at once wait for each other.

    People may go on working: each revision is a transaction of its own, so that no lock outlives
    it, and gives way after LOCK_TIMEOUT where it does not get a lock, to try again. What was
    migrated before a failure stays; run it again. Raises SchemaNewer when a later release was here,
    StoreUnavailable when the database does not answer, StoreError when it stays too busy.
    """
    with _migrating(url) as (config, connection):
        _giving_way(connection, lambda: command.upgrade(config, revision))


def downgrade(url: str | URL, revision: str) -> None:
    """Take the database back to a revision, `base` for nothing at all. What it held is lost."""
    with _migrating(url) as (config, connection):
        _giving_way(connection, lambda: command.downgrade(config, revision))


def revision(url: str | URL) -> Revision:
    """Where the database's schema is."""
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    with _connected(url) as connection:
        return Revision(revision_of(connection), wanted)


def is_known(name: str | None) -> bool:
    """Whether this release can bring a schema of that revision up to date; None: no schema yet."""
    return name is None or name in _known(_config())


@contextmanager
def _migrating(url: str | URL) -> Iterator[tuple[Config, Connection]]:
    config = _config()
    with _connected(url) as connection:
        # Held by the session, so that it also covers a revision that must commit half-way.
        _take_turns(connection)
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        current = revision_of(connection)
        connection.commit()
        if current is not None and current not in _known(config):
            raise SchemaNewer(
                f"the database's schema ({current}) is of a later release of Groundwork;"
                " run that release"
            )
        config.attributes["connection"] = connection
        yield config, connection


def _take_turns(connection: Connection) -> None:
    """Wait until no other process migrates.

    Asked again and again: a statement that waits keeps its snapshot, and an index that is made
    beside those who work waits for every snapshot, so that both would wait for each other.
    """
    taken = text("SELECT pg_try_advisory_lock(:lock)")
    while not connection.scalar(taken, {"lock": _LOCK}):
        connection.rollback()
        time.sleep(PAUSE_SECONDS)


def _giving_way(connection: Connection, step: Callable[[], None]) -> None:
    """Take the step; where a lock is not to be had, let those who wait behind us pass first.

    Nor is it where somebody takes locks in another order, so that each waits for the other.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            step()
        except DBAPIError as error:
            if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
            connection.rollback()
            time.sleep(PAUSE_SECONDS)
        else:
            return
    step()


@contextmanager
def _connected(url: str | URL) -> Iterator[Connection]:
    engine = create_engine(database_url(url), poolclass=NullPool, hide_parameters=True)
    with clean_errors(), engine.connect() as connection:
        yield connection


def revision_of(connection: Connection) -> str | None:
    """Where the schema is, as that connection sees it."""
    return MigrationContext.configure(connection).get_current_revision()


def _known(config: Config) -> set[str]:
    scripts = ScriptDirectory.from_config(config)
    return {script.revision for script in scripts.walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "groundwork.store:migrations")
    return config
