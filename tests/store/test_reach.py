"""By what projects can be reached, as the database keeps it, and what a limited reader is shown."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.reach import EVERYTHING, NOTHING, Reach
from groundwork.store.api_reads import HotLists
from groundwork.store.board_figures import BoardFigures
from groundwork.store.kpis import Kpis
from groundwork.store.project_list import ProjectList
from groundwork.store.projects import Projects
from groundwork.store.reach import ProjectKeys, looking_with
from groundwork.store.reads import Reads
from groundwork.store.recorder import Recorder
from tests.store.conftest import Execute
from tests.store.histories import CHAIN, PROJECT, T0, History, find_definition, project


async def planted(engine: AsyncEngine) -> History:
    """The usual project with a chain whose first step is open."""
    await Projects(engine).create(project(created_by="p-clerk"))
    history = History().open("L01")
    await Recorder(engine, find_definition).record(history.batch())
    return history


async def keys(engine: AsyncEngine) -> frozenset[str]:
    return (await ProjectKeys(engine).of([PROJECT]))[PROJECT]


OF_THE_PROJECT = {
    f"project:{PROJECT}",
    "enterprise:91440784MA4UQXXX00",
    "park:gonghe",
    "keeper:p-housekeeper",
    "keeper:p-clerk",
}


async def test_a_project_and_its_steps_have_their_keys(
    engine: AsyncEngine, execute: Execute
) -> None:
    await planted(engine)
    departments = {"department:planning", "department:fire"}
    assert await keys(engine) == OF_THE_PROJECT | departments
    await execute("UPDATE step SET awaited = '{water}' WHERE key = 'L01'")
    await execute("UPDATE step SET awaited = '{}' WHERE key = 'L01'")
    assert await keys(engine) == OF_THE_PROJECT | departments | {"department:water"}
    await execute("UPDATE project SET housekeeper = 'p-other'")
    assert "keeper:p-other" in await keys(engine)


async def test_a_chain_has_the_keys_of_those_whom_its_definition_asks(
    engine: AsyncEngine, execute: Execute
) -> None:
    body = """{"steps": [{"id": "L01", "consulted": ["heritage", "gas"]}, {"id": "L02"}]}"""
    await execute(
        "INSERT INTO definition VALUES (:hash, 'd', '1', CAST(:body AS jsonb), now())",
        hash="sha256-of-the-definition",
        body=body,
    )
    await planted(engine)
    assert {"department:heritage", "department:gas"} <= await keys(engine)


@pytest.mark.parametrize(
    ("reach", "seen"),
    [
        (Reach(keys=frozenset({"park:gonghe"})), True),
        (Reach(keys=frozenset({"department:fire", "park:elsewhere"})), True),
        (Reach(keys=frozenset({f"project:{PROJECT}"})), True),
        (Reach(keys=frozenset({"park:elsewhere", "enterprise:other"})), False),
        (NOTHING, False),
    ],
)
async def test_lists_show_what_is_within_reach_and_no_more(
    engine: AsyncEngine, reach: Reach, seen: bool
) -> None:
    await planted(engine)
    reads, projects, lists = Reads(engine), Projects(engine), HotLists(engine.url)
    await lists.open()
    try:
        with looking_with(reach):
            assert bool((await reads.chains()).items) is seen
            assert bool((await reads.projects()).items) is seen
            assert bool((await reads.inbox("planning")).items) is seen
            assert bool((await lists.chains(names="{}")).items) is seen
            assert bool((await lists.inbox("planning", names="{}")).items) is seen
            assert (await reads.chain(CHAIN) is not None) is seen
            assert (await projects.get(PROJECT) is not None) is seen
            assert bool(await projects.names([CHAIN])) is seen
            assert (await ProjectList(engine).count()) == int(seen)
            assert bool((await ProjectList(engine).choices()).districts) is seen
            assert await ProjectKeys(engine).one_within("park:gonghe") is seen
        assert (await reads.chains()).items
    finally:
        await lists.close()


@pytest.mark.parametrize(
    ("reach", "departments", "lengths"),
    [
        (EVERYTHING, {"planning": {"red": 1}, "fire": {"red": 1}}, 1),
        (Reach(keys=frozenset({"department:fire"})), {"fire": {"red": 1}}, 0),
        (NOTHING, {}, 0),
    ],
)
async def test_totals_beside_the_board_count_what_is_within_reach(
    engine: AsyncEngine,
    execute: Execute,
    reach: Reach,
    departments: dict[str, dict[str, int]],
    lengths: int,
) -> None:
    other = "2603-440784-04-01-558124"
    for code in (PROJECT, other):
        await Projects(engine).create(project(code, created_by="p-clerk"))
    recorder = Recorder(engine, find_definition)
    decided = History().open("L01").escalate("L01").decide("L01").open("L02").escalate("L02")
    await recorder.record(decided.batch())
    another = History(f"land-to-construction.{other}", other).open("L03").escalate("L03")
    await recorder.record(another.batch())
    await execute(
        "DELETE FROM project_key WHERE key = 'department:fire' AND project_code = :code",
        code=PROJECT,
    )
    board, kpis = BoardFigures(engine), Kpis(engine)
    with looking_with(reach):
        assert await kpis.lights() == departments
        latest = await board.latest()
        assert (latest.department if latest else None) == min(departments, default=None)
        assert len(await board.ended(T0)) == lengths
    with looking_with(Reach(keys=frozenset({"department:planning"}))):
        assert await kpis.lights("planning") == {"planning": {"red": 1}}
        assert len(await board.ended(T0, "planning")) == 1
