"""The figures of the office that operators watch, from a record with something in it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import SHANGHAI
from groundwork.store.figures import FIGURES, Figures
from groundwork.store.recorder import Recorder
from groundwork.store.signatures import SigningKey
from groundwork.store.signed_heads import SignedHeads
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, eventful

Told = dict[tuple[Any, ...], float]


async def told(engine: AsyncEngine) -> Told:
    """Every figure by its name, without our prefix, and its labels' values."""
    return {
        (family.name.removeprefix("groundwork_"), *sample.labels.values()): sample.value
        for family in await Figures(engine).collect()
        for sample in family.samples
    }


async def test_an_empty_record_has_nothing_open_and_nothing_waiting(engine: AsyncEngine) -> None:
    found = await told(engine)
    for name in ("commands_waiting", "commands_waiting_seconds", "planning_lag_seconds"):
        assert found[name,] == 0
    assert not any(name == "open_steps" for name, *_ in found)
    assert ("last_event_timestamp_seconds",) not in found
    assert found["store_connections", "used"] == 0


async def test_what_is_open_is_counted_by_department_and_light(
    engine: AsyncEngine, recorder: Recorder, execute: Execute
) -> None:
    await recorder.record(eventful().batch())
    found = await told(engine)
    rows = await execute(
        "SELECT department, light, count(*) FROM step WHERE open GROUP BY department, light"
    )
    assert rows
    for department, light, count in rows:
        assert found["open_steps", department, light] == count
    assert sum(value for (name, *_), value in found.items() if name == "running_chains") == 1
    assert found["planning_lag_seconds",] > 0
    (last,) = await execute("SELECT extract(epoch FROM max(recorded_at)) FROM event")
    assert found["last_event_timestamp_seconds",] == float(last[0])


async def test_a_record_of_which_no_head_was_ever_signed_is_unsigned_since_it_began(
    engine: AsyncEngine, recorder: Recorder, execute: Execute
) -> None:
    assert ("signed_head_timestamp_seconds",) not in await told(engine)
    await recorder.record(eventful().batch())
    (first,) = await execute("SELECT extract(epoch FROM min(recorded_at)) FROM event")
    assert (await told(engine))["signed_head_timestamp_seconds",] == float(first[0])
    await SignedHeads(engine).sign(datetime(2026, 3, 11, 1, tzinfo=UTC), SigningKey.new())
    end = datetime(2026, 3, 11, tzinfo=SHANGHAI)
    assert (await told(engine))["signed_head_timestamp_seconds",] == end.timestamp()


async def test_a_command_that_the_engine_does_not_answer_counts_from_when_it_is_to_be_sent(
    engine: AsyncEngine, execute: Execute
) -> None:
    for key, ago, held in (("a", "1 hour", None), ("b", "1 minute", "1 hour")):
        until = f"now() + interval '{held}'" if held else "NULL"
        await execute(
            "INSERT INTO pending_command (chain_id, key, received_at, envelope, not_before)"
            f" VALUES ('{CHAIN}', '{key}', now() - interval '{ago}', '{{}}', {until})"
        )
    found = await told(engine)
    assert found["commands_waiting",] == 1
    assert 3600 <= found["commands_waiting_seconds",] < 3700


async def test_every_figure_is_explained_and_every_explained_figure_asked_for(
    engine: AsyncEngine, recorder: Recorder
) -> None:
    await recorder.record(eventful().batch())
    families = {family.name: family for family in await Figures(engine).collect()}
    for name, meaning in FIGURES.items():
        family = families[f"groundwork_{name}"]
        assert family.documentation == meaning.sentence
        assert all(set(sample.labels) == set(meaning.labels) for sample in family.samples)
