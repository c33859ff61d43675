"""What can go wrong with the record, said without a value from it.

    StoreError
    ├── StoreUnavailable      the database does not answer, or did not in time
    ├── GapError              events are missing between the record and a batch
    ├── ConflictError         a number is taken by an event of other content
    ├── UnknownProject        a chain names a project that is not there
    ├── UnknownDefinition     a chain is pinned to a definition that is not there
    ├── UnknownCalendar       a calendar is published that is not there
    ├── UnknownPerson         a token is asked for somebody who is not there
    ├── SignInNameTaken       another person signs in under that name
    ├── ProjectExists         the project code is taken
    ├── UnknownCreditRecord   there is no credit record of that id
    ├── NothingToRepair       a credit record is repaired already
    ├── RepairTooEarly        a credit record has not counted long enough to be repaired
    ├── AbsenceClash          the person is out of office already on one of the days
    ├── SubstituteLoop        an absence would leave nobody to act
    ├── WorkLeft              somebody who leaves has open work
    ├── ViewExists            a saved view of that list has the name already
    ├── TooManyViews          a person keeps as many views of a list as there may be
    ├── VaultKeyMissing       personal data is sealed under a key that the key ring lacks
    ├── SealBroken            sealed data was changed or moved
    ├── SubjectErased         personal data is to be kept of somebody whose data was erased
    ├── ErasureRefused        somebody may not be erased yet
    ├── ContentDiffers        something immutable exists with other content
    ├── BadCursor             a page's cursor is not one that was given out
    ├── SchemaOlder           the database has not been prepared for this release
    └── SchemaNewer           the database was migrated by a later release

Messages of database drivers quote rows, parameters and addresses. They stop here: what leaves this
room names the kind of error, its SQLSTATE and the constraint, and never shows a value.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_CONNECTION_TROUBLE = ("08", "53", "57")
"""SQLSTATE classes: connection exception, insufficient resources, operator intervention."""

_LOCK_NOT_AVAILABLE = "55P03"
_NO_TABLE = "42P01"
_NO_COLUMN = "42703"


class StoreError(Exception):
    """The record could not be read or written."""


class StoreUnavailable(StoreError):
    """The database does not answer, or did not in time. Trying again later may help."""


class GapError(StoreError):
    """Events are missing between what is recorded and what was handed in."""

    def __init__(self, chain_id: str, expected: int, got: int) -> None:
        super().__init__(
            f"chain {chain_id}: the record ends with event {expected - 1}, so event {expected} was"
            f" expected, but the batch goes on with event {got}. The record has lost events, as"
            " after restoring an older backup: record the missing ones again, then this batch"
            " follows by itself"
        )
        self.chain_id = chain_id
        self.expected = expected
        self.got = got


class ConflictError(StoreError):
    """A number in the chain is taken by an event of other content."""

    def __init__(self, chain_id: str, seq: int) -> None:
        super().__init__(
            f"chain {chain_id}: event {seq} is recorded with other content than the batch has."
            " Nothing was written. Two histories claim the same chain: find out which one is true"
            " before either goes on"
        )
        self.chain_id = chain_id
        self.seq = seq


class UnknownProject(StoreError):
    """A chain names a project that is not in the store."""


class UnknownDefinition(StoreError):
    """A chain is pinned to a definition that is not in the store."""


class UnknownCalendar(StoreError):
    """There is no calendar of that version."""


class UnknownPerson(StoreError):
    """There is no person of that id."""


class SignInNameTaken(StoreError):
    """Another person signs in under that name."""


class IdentityTaken(StoreError):
    """A subject of the identity provider means another person."""


class ProjectExists(StoreError):
    """The project code is taken."""


class UnknownCreditRecord(StoreError):
    """There is no credit record of that id."""


class NothingToRepair(StoreError):
    """A credit record is repaired already."""


class RepairTooEarly(StoreError):
    """A credit record has not counted long enough; `first_day` is the first on which it has."""

    def __init__(self, record: str, first_day: date) -> None:
        super().__init__(f"credit record {record} may be repaired from {first_day} on, not before")
        self.first_day = first_day


class AbsenceClash(StoreError):
    """The person is out of office already on one of the days."""


class SubstituteLoop(StoreError):
    """With the absence, those away would stand in for each other and nobody would be left."""


class WorkLeft(StoreError):
    """Somebody who leaves has open work that nobody took over."""

    def __init__(self, steps: int, substitutes: int, delegations: int) -> None:
        super().__init__(
            f"open work is left: {steps} steps, {substitutes} absences to stand in for,"
            f" {delegations} delegations; hand it over, or leave it on purpose"
        )
        self.steps = steps
        self.substitutes = substitutes
        self.delegations = delegations


class ViewExists(StoreError):
    """A saved view of that list has the name already."""


class TooManyViews(StoreError):
    """A person keeps as many views of a list as there may be."""


class VaultKeyMissing(StoreError):
    """Personal data is sealed under a key that the key ring lacks."""


class SealBroken(StoreError):
    """Sealed data does not open: it was changed, or moved to another place."""


class SubjectErased(StoreError):
    """Personal data is to be kept of somebody whose data was erased for good."""


class ErasureRefused(StoreError):
    """Somebody may not be erased yet; `why` is one of `active`, `work`, `held`, `erased`."""

    def __init__(self, person: str, why: str) -> None:
        super().__init__(f"{person} may not be erased: {why}")
        self.why = why


class ContentDiffers(StoreError):
    """Something immutable exists already, with other content."""


class BadCursor(StoreError):
    """A page's cursor is not one that was given out for this list."""


class SchemaOlder(StoreError):
    """The database was not prepared for this release: it lacks tables or columns."""


class SchemaNewer(StoreError):
    """The database was migrated by a later release than this one."""


@contextmanager
def clean_errors() -> Iterator[None]:
    """Let no driver's message pass: it may quote personal data, parameters or addresses."""
    try:
        yield
    except DBAPIError as error:
        raise _cleaned(error.orig) from None
    except PoolTimeout:
        raise StoreUnavailable(
            "数据库连接均被占用，请稍后再试。 Every connection to the database is busy: try again."
        ) from None
    except psycopg.Error as error:
        raise _cleaned(error) from None


def _cleaned(error: BaseException | None) -> StoreError:
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if not isinstance(error, psycopg.Error) or _is_trouble(error, state):
        reason = f"{_kind(error)}, {state}" if state else _kind(error)
        return StoreUnavailable(
            f"数据库没有答复或未及时答复（{reason}）：请检查它是否运行、DATABASE_URL 是否正确，"
            f"原因见其日志。 The database does not answer or did not in time ({reason}): see "
            f"whether it runs and DATABASE_URL is right; its log says why."
        )
    if state in {_NO_TABLE, _NO_COLUMN}:
        return SchemaOlder(
            "数据库缺少本版本所需的表或字段：请核对 DATABASE_URL，并运行 groundwork prepare。 "
            "The database lacks a table or a column that this release needs: see whether "
            "DATABASE_URL is right, and run groundwork prepare."
        )
    where = error.diag.constraint_name or error.diag.table_name or "no constraint"
    return StoreError(f"the database refused ({_kind(error)}, {state}, {where})")


def _is_trouble(error: psycopg.Error, state: str | None) -> bool:
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state.startswith(_CONNECTION_TROUBLE) or state == _LOCK_NOT_AVAILABLE


def _kind(error: BaseException | None) -> str:
    return type(error).__name__
