"""The vault: sealed where it stands, bound to whom it is about, readable as long as a key is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.keyring import KeyRing
from groundwork.domain.model import Role
from groundwork.runtime.keyrings import RingFile, new_key
from groundwork.store import vault
from groundwork.store.accounts import Accounts
from groundwork.store.audit import Audit
from groundwork.store.duties import Duties, Written
from groundwork.store.engine import autocommit, transaction
from groundwork.store.erasure import Erasure
from groundwork.store.errors import ErasureRefused, SealBroken, SubjectErased, VaultKeyMissing
from groundwork.store.grants import Grants
from groundwork.store.people import People, Person
from groundwork.store.recorder import Recorder
from groundwork.store.sealing import DataKey
from groundwork.store.tables import PersonRow, table
from tests.store.conftest import Execute
from tests.store.histories import eventful

NAME = "欧阳若溪"
PERSON = table(PersonRow)
WHY = Written("p-admin", "离职满期")


class Rings:
    """A key ring that tests turn."""

    def __init__(self) -> None:
        self.ring = KeyRing(keys=(new_key(),))

    def __call__(self) -> KeyRing:
        return self.ring

    def turn(self) -> None:
        self.ring = self.ring.with_key(new_key())


@pytest.fixture
def rings(key_rings: tuple[Path, Path]) -> Iterator[Rings]:
    rings = Rings()
    vault.use(rings)
    yield rings
    vault.use(RingFile(key_rings[0], "GROUNDWORK_VAULT_KEY_FILE"))


@pytest.fixture
async def person(engine: AsyncEngine, rings: Rings) -> str:
    return (await People(engine).create(NAME, Role.OPS)).id


async def test_a_name_is_sealed_where_it_stands_and_read_as_before(
    engine: AsyncEngine, person: str, execute: Execute
) -> None:
    ((kept,),) = await execute("SELECT name FROM person")
    assert NAME.encode() not in kept
    found = await People(engine).get(person)
    assert found is not None
    assert found.name == NAME
    assert await People(engine).names([person]) == {person: NAME}


async def test_two_of_the_same_name_do_not_look_alike(
    engine: AsyncEngine, person: str, execute: Execute
) -> None:
    await People(engine).create(NAME, Role.OPS)
    (one,), (other,) = await execute("SELECT name FROM person")
    assert one != other


def test_what_is_sealed_opens_for_its_subject_and_field_alone() -> None:
    key = DataKey.new("p-1")
    sealed = key.seal("person.name", NAME)
    assert key.open("person.name", sealed) == NAME
    with pytest.raises(SealBroken):
        key.open("account.sign_in_name", sealed)
    with pytest.raises(SealBroken):
        DataKey.new("p-1").open("person.name", sealed)
    master = new_key()
    wrapped = key.wrapped(master)
    with pytest.raises(SealBroken):
        DataKey.unwrapped("p-2", master, wrapped)
    assert NAME not in repr(key)


async def test_data_that_was_moved_to_somebody_else_does_not_open(
    engine: AsyncEngine, person: str, execute: Execute
) -> None:
    other = await People(engine).create("别人", Role.OPS)
    await execute(
        "UPDATE person SET name = (SELECT name FROM person WHERE id = :a) WHERE id = :b",
        a=person,
        b=other.id,
    )
    with pytest.raises(SealBroken):
        await People(engine).get(other.id)


async def test_a_sign_in_name_is_found_without_being_kept(
    engine: AsyncEngine, person: str, execute: Execute
) -> None:
    accounts, found = Accounts(engine), await People(engine).get(person)
    assert found is not None
    now = found.created_at
    await accounts.open(person, "ouyang.ruoxi", "hash", now, now)
    await accounts.propose_totp(person, "JBSWY3DPEHPK3PXP")
    rows = repr(await execute("SELECT * FROM account"))
    assert "ouyang" not in rows
    assert "JBSWY3DPEHPK3PXP" not in rows
    owner, account = await accounts.attempt("ouyang.ruoxi", now)
    assert owner == person
    assert account is not None
    assert (account.sign_in_name, account.totp_secret) == ("ouyang.ruoxi", "JBSWY3DPEHPK3PXP")
    assert await accounts.attempt("ouyang", now) == (None, None)


async def test_rewrapping_leaves_what_is_sealed_alone_and_frees_the_old_key(
    engine: AsyncEngine, person: str, rings: Rings, execute: Execute
) -> None:
    for number in range(4):
        await People(engine).create(f"第{number}人", Role.OPS)
    before = await execute("SELECT name FROM person ORDER BY id")
    old = rings.ring.keys[0]
    rings.turn()
    await People(engine).create("新来的", Role.OPS)
    batches: list[int] = []
    while not batches or batches[-1]:
        async with transaction(engine) as connection:
            batches.append(await vault.rewrap(connection, at_once=2))
    assert batches == [2, 2, 1, 0]
    async with autocommit(engine) as connection:
        assert await vault.dependants(connection) == {rings.ring.keys[1].id: 6}
    rings.ring = KeyRing(keys=rings.ring.keys[1:])
    assert old not in rings.ring.keys
    assert await People(engine).names([person]) == {person: NAME}
    assert set(before) <= set(await execute("SELECT name FROM person"))


async def test_a_ring_that_lacks_the_key_is_told_by_its_id(
    engine: AsyncEngine, person: str, rings: Rings
) -> None:
    lost = rings.ring.keys[0].id
    rings.ring = KeyRing(keys=(new_key(),))
    with pytest.raises(VaultKeyMissing, match=f"{lost}.*put back the ring"):
        await People(engine).get(person)
    async with autocommit(engine) as connection:
        with pytest.raises(VaultKeyMissing, match=lost):
            await vault.require_keys(connection)


class TestErasing:
    async def test_destroys_the_key_and_keeps_the_id(
        self, engine: AsyncEngine, person: str, execute: Execute
    ) -> None:
        people, now = People(engine), (await People(engine).all())[0].created_at
        await people.issue_token(person, "若溪的电脑")
        await Accounts(engine).open(person, "ouyang.ruoxi", "hash", now, now)
        await people.deactivate(person)
        await Erasure(engine).erase(person, WHY)
        assert await people.names([person]) == {person: "已删除 · erased"}
        assert [one["label"] for one in await people.tokens(person)] == ["已删除 · erased"]
        assert await Accounts(engine).of(person) is None
        ((wrapped, erased_at),) = await execute(
            "SELECT wrapped, erased_at FROM vault_subject WHERE id = :id", id=person
        )
        assert wrapped is None
        assert erased_at is not None
        (noted,) = await Duties(engine).record(person)
        assert (noted["what"], noted["by_id"], noted["reason"]) == ("person_erased", *WHY)
        assert noted["sealed_for"] == WHY.by

    async def test_takes_along_what_was_written_about_them(
        self, engine: AsyncEngine, person: str, execute: Execute
    ) -> None:
        erasure, duties, illness = Erasure(engine), Duties(engine), "长期病假"
        await erasure.hold(person, Written("p-admin", illness))
        grant = Grant(kind=GrantKind.RIGHT, value="read_payloads")
        await Grants(engine).give(person, grant, Written("p-admin", illness))
        await duties.leave(person, Written("p-admin", illness))
        assert {one["reason"] for one in await duties.record(person)} == {illness}
        assert illness not in repr(await execute("SELECT * FROM duty_record"))
        await erasure.release(person, Written("p-admin", ""))
        await erasure.erase(person, WHY)
        reasons = [one["reason"] for one in await duties.record(person)]
        assert reasons == [vault.ERASED, vault.ERASED, vault.ERASED, "", WHY.reason]
        assert await Grants(engine).take(person, grant, Written("p-admin", "离职"))
        assert (await duties.record(person))[-1]["reason"] == "离职"

    async def test_needs_no_second_connection(self, engine: AsyncEngine, person: str) -> None:
        await People(engine).deactivate(person)
        alone = create_async_engine(engine.url, pool_size=1, max_overflow=0, pool_timeout=2)
        try:
            assert (await Erasure(alone).preview(person)).why is None
            await Erasure(alone).erase(person, WHY)
        finally:
            await alone.dispose()
        assert await People(engine).names([person]) == {person: vault.ERASED}

    async def test_is_for_good(self, engine: AsyncEngine, person: str) -> None:
        await People(engine).deactivate(person)
        await Erasure(engine).erase(person, WHY)
        with pytest.raises(ErasureRefused, match="erased"):
            await Erasure(engine).erase(person, WHY)
        with pytest.raises(SubjectErased):
            await People(engine).issue_token(person, "again")

    async def test_is_refused_while_they_are_active(self, engine: AsyncEngine, person: str) -> None:
        with pytest.raises(ErasureRefused, match="active"):
            await Erasure(engine).erase(person, WHY)
        assert await People(engine).names([person]) == {person: NAME}

    async def test_is_refused_while_what_is_kept_of_them_is_held(
        self, engine: AsyncEngine, person: str
    ) -> None:
        erasure = Erasure(engine)
        await People(engine).deactivate(person)
        await erasure.hold(person, Written("p-admin", "诉讼保全"))
        assert (await erasure.preview(person)).held
        with pytest.raises(ErasureRefused, match="held"):
            await erasure.erase(person, WHY)
        await erasure.release(person, Written("p-admin", ""))
        await erasure.erase(person, WHY)
        record = [one["what"] for one in await Duties(engine).record(person)]
        assert record == ["erasure_held", "erasure_released", "person_erased"]

    async def test_the_record_of_what_they_did_verifies_as_before(
        self, engine: AsyncEngine, rings: Rings, recorder: Recorder, audit: Audit, execute: Execute
    ) -> None:
        for batch in eventful().batches(4):
            await recorder.record(batch)
        ((actor, role),) = await execute("SELECT actor_id, actor_role FROM event LIMIT 1")
        person = Person(
            id=actor,
            name=NAME,
            role=Role(role),
            department=None,
            active=False,
            created_at=datetime.now(UTC),
        )
        async with transaction(engine) as connection:
            row = await vault.sealed(connection, PERSON, person.model_dump())
            await connection.execute(PERSON.insert().values(row))
        assert (await People(engine).names([actor])) == {actor: NAME}
        await Erasure(engine).erase(actor, WHY)
        assert (await People(engine).names([actor])) == {actor: vault.ERASED}
        assert await audit.verify() == []
        assert await audit.refold() == []
        ((still,),) = await execute("SELECT count(*) FROM event WHERE actor_id = :a", a=actor)
        assert still > 0
