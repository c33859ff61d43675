"""Chains of the past: played by the pure core, on the newer ladders, and written to the record."""

from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.calendars import load_calendar
from groundwork.catalogue.loader import content_hash, load_chain
from groundwork.domain.batch import RecordBatch
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import DefinitionRef
from groundwork.domain.rules import Rules
from groundwork.store.definitions import Definitions
from groundwork.store.recorder import Recorder
from tests.api.house import House
from tests.catalogue.planting import Plot
from tests.domain.worlds import Play

LADDERS = "ladder: default-1.1.0\nladders:\n  steps: {L17: hotline-1.0.0}\n"


def newer_rules(folder: Path) -> Rules:
    """Land to construction on the ladder whose cards are answered and appealed."""
    plot = Plot(folder).plant("ladder: default-1.0.0\n", LADDERS)
    assert plot.harvest() == []
    return Rules(load_chain(plot.file), load_calendar("cn-2026.1"))


async def started(house: House, engine: AsyncEngine, rules: Rules) -> Play:
    """A chain of a new project, launched on 2 March 2026, with L01 accepted an hour later."""
    return await started_for((await house.project())["code"], engine, rules)


async def started_for(code: str, engine: AsyncEngine, rules: Rules) -> Play:
    """The same for a project that is there."""
    play = await launched_for(code, engine, rules)
    return play.at("2026-03-02 10:00").receive("L01").accept("L01")


async def launched_for(code: str, engine: AsyncEngine, rules: Rules, **choices: Any) -> Play:
    """A chain of a project that is there, launched on 2 March 2026, with what was chosen."""
    definition, hashed = rules.definition, content_hash(rules.definition)
    await Definitions(engine).save(hashed, definition)
    await Definitions(engine).save_calendar(rules.calendar)
    pin = DefinitionRef(id=definition.id, version=definition.version, hash=hashed)
    chain_id = f"{definition.id}.{code}"
    return Play(rules, chain_id=chain_id, project_code=code, definition=pin, **choices)


async def recorded(engine: AsyncEngine, play: Play) -> str:
    """Write all that was played and return the chain's id."""

    def find(_: str) -> ChainDefinition:
        return play.rules.definition

    batch = RecordBatch(chain_id=play.chain.id, recorded_at=play.now, events=tuple(play.events))
    await Recorder(engine, find).record(batch)
    return play.chain.id
