"""The read model of a chain that goes by another definition than the one it was launched on."""

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import events as ev
from groundwork.domain.definition import ChainDefinition, Mode
from groundwork.domain.model import DefinitionRef
from groundwork.store.audit import Audit
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, DEFINITION, History, definition, find_definition

NEWER = "sha256-of-the-newer-definition"


def newer() -> ChainDefinition:
    """One step fewer, another one instead, and a department that leads them all."""
    steps = [one.model_copy(update={"lead": "permits"}) for one in definition(21).steps]
    added = steps[0].model_copy(update={"id": "L30"})
    return ChainDefinition.model_validate(
        {**dict(DEFINITION), "version": "2", "steps": (*steps, added)}
    )


def find(content_hash: str) -> ChainDefinition:
    return newer() if content_hash == NEWER else find_definition(content_hash)


async def test_its_rows_are_those_of_the_definition_it_goes_by(
    recorder: Recorder, engine: AsyncEngine, execute: Execute
) -> None:
    history = History().open("L01").decide("L01")
    await recorder.record(history.batch())
    history.add(
        ev.DefinitionAdopted,
        definition=DefinitionRef(id=DEFINITION.id, version="2", hash=NEWER),
        previous=DefinitionRef(id=DEFINITION.id, version="1", hash="sha256-of-the-definition"),
        added={"L30": Mode.STANDARD},
        removed=("L22",),
    )
    adopted = Recorder(engine, find)
    assert await adopted.record(history.batch()) == len(history.events)
    rows = await execute("SELECT key, department FROM step ORDER BY key")
    assert [row.key for row in rows] == [f"L{n:02}" for n in (*range(1, 22), 30)]
    assert {row.department for row in rows} == {"permits"}
    (head,) = await execute("SELECT definition_version, definition_hash FROM chain")
    assert tuple(head) == ("2", NEWER)
    audit = Audit(engine, find)
    assert await audit.verify(CHAIN) == []
    assert await audit.refold(CHAIN) == []
