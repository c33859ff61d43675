"""A moment of the database that a backup holds: whole, and held without holding up decisions."""

import psycopg
import pytest
from psycopg.errors import LockNotAvailable, UndefinedTable

from groundwork.store.backup_point import backup_point, emptied, is_empty, users
from groundwork.store.migrations import is_known, revision

PROJECT = """
    INSERT INTO project (code, name, enterprise, uscc, district, housekeeper, created_at,
        created_by)
    VALUES ('2603-440784-04-01-000001', '备份', '备份', '91440784MA0000015C', '440784', 'h', now(),
        't')
"""


def connected(database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(database.replace("+psycopg", ""), autocommit=True)


def may_write(database: str) -> bool:
    """Whether an event could be recorded right now."""
    with connected(database) as connection, connection.transaction():
        try:
            connection.execute("LOCK TABLE event IN ROW EXCLUSIVE MODE NOWAIT")
        except LockNotAvailable:
            return False
        return True


def test_nobody_adds_to_the_record_meanwhile_and_everybody_afterwards(database: str) -> None:
    could: list[bool] = []
    with backup_point(database, lambda: could.append(may_write(database))):
        could.append(may_write(database))
    assert could == [False, True]


def test_what_comes_later_is_not_part_of_it(database: str) -> None:
    with backup_point(database, lambda: None) as point, connected(database) as connection:
        connection.execute(PROJECT)
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.execute(f"SET TRANSACTION SNAPSHOT '{point.snapshot}'")
            assert connection.execute("SELECT count(*) FROM project").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM project").fetchone() == (1,)
        assert (point.chains, point.events, point.contents) == (0, 0, ())
        assert point.revision == revision(database).current


def test_a_database_is_empty_until_it_is_migrated_and_while_it_is_emptied(
    database: str, postgres_url: str
) -> None:
    assert is_empty(postgres_url)
    assert not is_empty(database)
    with emptied(database, "before"):
        assert is_empty(database)
    assert is_empty(database)


def test_what_a_database_held_is_back_if_nothing_comes_of_it(database: str) -> None:
    with connected(database) as connection:
        connection.execute(PROJECT)
        with pytest.raises(UndefinedTable), emptied(database, "before"):
            connection.execute("CREATE TABLE half AS SELECT * FROM not_there_yet")
        assert connection.execute("SELECT count(*) FROM project").fetchone() == (1,)


def test_processes_that_use_it_are_counted(database: str) -> None:
    assert users(database) == 0
    where = database.replace("+psycopg", "") + "&application_name=groundwork"
    with psycopg.connect(where):
        assert users(database) == 1


def test_a_later_release_s_schema_is_not_known(database: str) -> None:
    assert is_known(revision(database).current)
    assert is_known(None)
    assert not is_known("v9999")
