"""The vault (保险库): personal data stands sealed in its columns, one key per subject.

`SEALED` lists every such column. A process says once where its key ring is (`use`); the ring is
asked for each time, and no key of a subject is kept in memory: who was erased is erased at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Table, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from groundwork.domain.keyring import Key, KeyRing
from groundwork.store.errors import SubjectErased, VaultKeyMissing
from groundwork.store.sealing import DataKey
from groundwork.store.tables import table
from groundwork.store.vault_tables import VaultSubjectRow

SUBJECT: Final = table(VaultSubjectRow)

ERASED: Final = "已删除 · erased"
"""What stands where a personal datum was."""

SIGN_IN_NAMES: Final = "sign-in-names"
"""The subject whose key finds sign-in names, and subjects elsewhere, without keeping them."""

REWRAPPED_AT_ONCE: Final = 200


class Sealed(NamedTuple):
    """The sealed columns of a table, and the column that names their subject."""

    subject: str
    columns: tuple[str, ...]


SEALED: Final[Mapping[str, Sealed]] = {
    "person": Sealed("id", ("name",)),
    "account": Sealed("person_id", ("sign_in_name", "totp_secret")),
    "person_identity": Sealed("person_id", ("subject",)),
    "channel": Sealed("person_id", ("label", "url")),
    "api_token": Sealed("person_id", ("label",)),
    "feed": Sealed("person_id", ("label",)),
    "absence": Sealed("person_id", ("reason",)),
    "delegation": Sealed("delegator_id", ("sealed_reason",)),
    "duty_record": Sealed("sealed_for", ("sealed_reason",)),
    "handover": Sealed("source_id", ("sealed_reason",)),
    "webhook": Sealed("id", ("url", "secret", "old_secret")),
}


class _Ring:
    """Where this process finds its key ring."""

    def __init__(self) -> None:
        self.keys: Callable[[], KeyRing] | None = None

    def __call__(self) -> KeyRing:
        if self.keys is None:
            raise VaultKeyMissing("no key ring was given to this process")
        return self.keys()


_ring: Final = _Ring()


def use(keys: Callable[[], KeyRing]) -> None:
    """Say where the key ring of this process is; asked for each time, so that it may change."""
    _ring.keys = keys


def master() -> Key:
    """The key that data keys are wrapped under now. Raises VaultKeyMissing."""
    return _ring().current(datetime.now(UTC))


def unwrap(subject: str, key_id: str | None, wrapped: bytes | None) -> DataKey | None:
    """The key of a subject as its row holds it; None once it is erased.

    Raises VaultKeyMissing, SealBroken.
    """
    if wrapped is None or key_id is None:
        return None
    under = _ring().find(key_id)
    if under is None:
        raise VaultKeyMissing(
            f"personal data is sealed under key {key_id}, which the key ring lacks: put back the "
            "ring that has it (docs/privacy.md)"
        )
    return DataKey.unwrapped(subject, under, wrapped)


async def key_for(connection: AsyncConnection, subject: str) -> DataKey:
    """The key of a subject, made now if there is none. Raises SubjectErased, VaultKeyMissing."""
    found = await _wrapped(connection, [subject])
    if not found:
        under = master()
        values = {
            "id": subject,
            "key_id": under.id,
            "wrapped": DataKey.new(subject).wrapped(under),
            "made_at": datetime.now(UTC),
        }
        await connection.execute(insert(SUBJECT).values(values).on_conflict_do_nothing())
        # Another may have been quicker: the key that is kept is the one that counts.
        found = await _wrapped(connection, [subject])
    key = found[subject]
    if key is None:
        raise SubjectErased(f"the personal data of {subject} was erased")
    return key


async def sealed(
    connection: AsyncConnection, of: Table, values: Mapping[str, Any]
) -> dict[str, Any]:
    """A row to be written, its personal data sealed. It must name its subject.

    Raises SubjectErased, VaultKeyMissing.
    """
    kind = SEALED[of.name]
    key = await key_for(connection, values[kind.subject])
    return seal_with(key, of, values)


def seal_with(key: DataKey, of: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """As `sealed`, with the subject's key in hand; the subject need not be among the values."""
    given = [name for name in SEALED[of.name].columns if values.get(name) is not None]
    return dict(values) | {name: key.seal(f"{of.name}.{name}", values[name]) for name in given}


async def opened(
    connection: AsyncConnection, of: Table, rows: Iterable[Mapping[Any, Any]]
) -> list[dict[str, Any]]:
    """Rows as they were written; ERASED stands for what was. They must name their subjects.

    Raises VaultKeyMissing, SealBroken.
    """
    found = [dict(row) for row in rows]
    subject = SEALED[of.name].subject
    keys = await _wrapped(connection, {row[subject] for row in found}) if found else {}
    return [open_with(keys.get(row[subject]), of, row) for row in found]


def open_with(key: DataKey | None, of: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as it was written, with its subject's key in hand; None once that was destroyed."""
    columns = SEALED[of.name].columns
    return {
        str(name): _open(key, f"{of.name}.{name}", value) if name in columns else value
        for name, value in row.items()
    }


def with_reason(row: Mapping[str, Any]) -> dict[str, Any]:
    """An opened row of a table that was readable once, its reason where readers look for it."""
    plain = dict(row)
    said = plain.pop("sealed_reason")
    return plain if said is None else plain | {"reason": said}


async def is_erased(connection: AsyncConnection, subject: str) -> bool:
    """Whether the subject's key was destroyed, so that nothing can be sealed for them any more."""
    query = select(SUBJECT.c.erased_at).where(SUBJECT.c.id == subject)
    return (await connection.execute(query)).scalar_one_or_none() is not None


async def digest(connection: AsyncConnection, name: str) -> str:
    """By which a sign-in name, or a subject elsewhere, is found without being kept."""
    return (await key_for(connection, SIGN_IN_NAMES)).digest(name)


async def dependants(connection: AsyncConnection) -> dict[str, int]:
    """How many subjects' keys are wrapped under each key of the ring, by its id."""
    query = (
        select(SUBJECT.c.key_id, func.count())
        .where(SUBJECT.c.key_id.is_not(None))
        .group_by(SUBJECT.c.key_id)
    )
    return {str(row[0]): int(row[1]) for row in await connection.execute(query)}


async def rewrap(connection: AsyncConnection, at_once: int = REWRAPPED_AT_ONCE) -> int:
    """Wrap some subjects' keys anew that are not under the current key; how many.

    What they seal is not touched, and readers are not held up: repeat until it is 0.
    """
    under = master()
    query = (
        select(SUBJECT.c.id, SUBJECT.c.key_id, SUBJECT.c.wrapped)
        .where(SUBJECT.c.key_id.is_not(None), SUBJECT.c.key_id != under.id)
        .order_by(SUBJECT.c.id)
        .limit(at_once)
        .with_for_update(skip_locked=True)
    )
    rows = (await connection.execute(query)).all()
    for row in rows:
        key = unwrap(row.id, row.key_id, row.wrapped)
        if key is not None:
            statement = update(SUBJECT).where(SUBJECT.c.id == row.id)
            await connection.execute(statement.values(key_id=under.id, wrapped=key.wrapped(under)))
    return len(rows)


async def require_keys(connection: AsyncConnection) -> None:
    """Raise VaultKeyMissing unless the ring has every key that something is wrapped under."""
    lacking = _ring().lacks(await dependants(connection))
    if lacking:
        raise VaultKeyMissing(
            f"personal data is sealed under {', '.join(lacking)}, which the key ring lacks: put "
            "back the ring that has it (docs/privacy.md)"
        )


async def destroy(connection: AsyncConnection, subject: str) -> bool:
    """Destroy the key of a subject, for good; whether there was one."""
    gone = {"key_id": None, "wrapped": None, "erased_at": datetime.now(UTC)}
    statement = update(SUBJECT).where(SUBJECT.c.id == subject, SUBJECT.c.erased_at.is_(None))
    return bool((await connection.execute(statement.values(gone))).rowcount)


async def _wrapped(
    connection: AsyncConnection, subjects: Iterable[str]
) -> dict[str, DataKey | None]:
    wanted: Sequence[str] = list(subjects)
    query = select(SUBJECT.c.id, SUBJECT.c.key_id, SUBJECT.c.wrapped).where(
        SUBJECT.c.id.in_(wanted)
    )
    return {row.id: unwrap(*row) for row in await connection.execute(query)}


def _open(key: DataKey | None, field: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    return ERASED if key is None else key.open(field, value)
