"""The list of projects: every filter keeps what it says, every order is whole page by page."""

import asyncio
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.batch import RecordBatch
from groundwork.domain.model import Light
from groundwork.domain.reach import Reach
from groundwork.store.errors import BadCursor
from groundwork.store.paging import Row
from groundwork.store.project_list import ProjectFilter, ProjectList, ProjectSort
from groundwork.store.projects import NewProject, Projects
from groundwork.store.reach import looking_with
from groundwork.store.recorder import Recorder
from tests.domain.small import small_definition
from tests.domain.worlds import Play
from tests.store.conftest import Execute

NAMES = ("水口卫浴_一期", "水口卫浴二期", "址山100%铝材", "共和\\印刷", "雅瑶Foam")


def code(number: int) -> str:
    return f"2603-440784-04-01-{number:06}"


async def add(engine: AsyncEngine, number: int, name: str, **changes: Any) -> str:
    project = NewProject(
        **{
            "code": code(number),
            "name": name,
            "enterprise": f"鹤山企业{number}",
            "uscc": "91440784MA0000015C",
            "district": "440784",
            "housekeeper": "hk-1",
            "created_by": "hk-1",
            **changes,
        }
    )
    await Projects(engine).create(project)
    return project.code


async def record(engine: AsyncEngine, play: Play) -> None:
    batch = RecordBatch(chain_id=play.chain.id, recorded_at=play.now, events=tuple(play.events))
    await Recorder(engine, lambda _: small_definition()).record(batch)


async def listed(
    projects: ProjectList, which: ProjectFilter, sort: ProjectSort = ProjectSort.NEWEST
) -> list[Row]:
    """All rows, two at a time."""
    rows: list[Row] = []
    cursor = None
    while True:
        page = await projects.page(which, sort=sort, cursor=cursor, limit=2)
        rows += page.items
        cursor = page.next
        if cursor is None:
            return rows


async def names(projects: ProjectList, **filters: Any) -> list[str]:
    rows = await listed(projects, ProjectFilter(**filters), ProjectSort.NAME)
    return sorted(row["name"] for row in rows)


@pytest.fixture
async def projects(engine: AsyncEngine) -> ProjectList:
    """Five projects without chains."""
    for number, name in enumerate(NAMES, start=1):
        await add(engine, number, name)
    return ProjectList(engine)


class TestSearch:
    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("卫浴", {0, 1}),
            ("卫浴 二期", {1}),
            ("铝材 水口", set()),
            ("foam", {4}),
            ("%", {2}),
            ("_", {0}),
            ("\\", {3}),
            ("/", set()),
            ("000003", {2}),
            ("企业5", {4}),
            ("   ", {0, 1, 2, 3, 4}),
        ],
    )
    async def test_finds_parts_of_words(
        self, projects: ProjectList, search: str, found: set[int]
    ) -> None:
        assert await names(projects, search=search) == sorted(NAMES[one] for one in found)

    async def test_takes_wildcards_for_plain_characters(
        self, projects: ProjectList, engine: AsyncEngine
    ) -> None:
        texts = st.text("%_\\/'中a", min_size=1, max_size=6)
        tried: list[tuple[str, str]] = []

        @settings(max_examples=40, suppress_health_check=list(HealthCheck))
        @given(texts, texts)
        def gather(name: str, search: str) -> None:
            tried.append((name, search))

        gather()
        for number, (name, _) in enumerate(tried, start=100):
            await add(engine, number, name, enterprise="x")
        mine = {name for name, _ in tried} | set(NAMES)
        for _, search in tried:
            expected = {name for name in mine if search in name}
            assert set(await names(projects, search=search)) == expected


@pytest.fixture
async def cases(projects: ProjectList, engine: AsyncEngine) -> ProjectList:
    """Of the five one is not launched, one handed in, one late, and one has two chains."""
    handed_in = Play(chain_id="small.2", project_code=code(2)).receive("A01")
    late = Play(chain_id="small.3", project_code=code(3)).receive("A01").accept("A01")
    late.wait("2026-03-31 10:00")
    gone = Play(chain_id="small.4", project_code=code(4), housekeeper="hk-2")
    first = Play(chain_id="small.5a", project_code=code(5), start="2026-03-03 09:00")
    second = Play(chain_id="small.5b", project_code=code(5), start="2026-03-02 09:00")
    for play in (handed_in, late, gone, first, second):
        await record(engine, play)
    return projects


@pytest.mark.usefixtures("cases")
class TestFilters:
    async def test_a_project_shows_its_current_chain(self, cases: ProjectList) -> None:
        rows = {row["name"]: row["chain"] for row in await listed(cases, ProjectFilter())}
        assert rows[NAMES[0]] is None
        assert rows[NAMES[4]]["id"] == "small.5a"
        assert rows[NAMES[2]]["light"] == "red"

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({"light": "red"}, {2}),
            ({"state": "not_launched"}, {0}),
            ({"state": "running"}, {1, 2, 3, 4}),
            ({"finished": False}, {0, 1, 2, 3, 4}),
            ({"finished": True}, set()),
            ({"definition": "none"}, set()),
            ({"district": "440703"}, set()),
            ({"housekeeper": "hk-1"}, {0, 1, 2, 3, 4}),
            ({"overdue": date(2026, 3, 31)}, {1, 2}),
            ({"overdue": date(2026, 3, 2)}, set()),
            ({"open_commitments": True}, set()),
            ({"open_deficiencies": False}, {0, 1, 2, 3, 4}),
            ({"waiting_on": "applicant"}, {3, 4}),
            ({"waiting_on": "department"}, {1, 2}),
            ({"light": "red", "search": "卫浴"}, set()),
        ],
    )
    async def test_keep_what_they_say(
        self, cases: ProjectList, filters: dict[str, Any], found: set[int]
    ) -> None:
        assert await names(cases, **filters) == sorted(NAMES[one] for one in found)
        assert await cases.count(ProjectFilter(**filters)) == len(found)

    async def test_a_department_holds_what_waits_on_it(
        self, cases: ProjectList, execute: Execute
    ) -> None:
        ((department,),) = await execute(
            "SELECT department FROM step WHERE chain_id = 'small.2' AND key = 'A01'"
        )
        held = await names(cases, department=department, waiting_on="department")
        assert held == sorted([NAMES[1], NAMES[2]])
        assert NAMES[3] in await names(cases, department=department)
        assert await names(cases, department="nobody") == []

    async def test_an_ended_chain_gives_way_to_a_running_one(
        self, cases: ProjectList, execute: Execute
    ) -> None:
        await execute("UPDATE chain SET state = 'completed' WHERE id = 'small.5a'")
        rows = {row["name"]: row["chain"] for row in await listed(cases, ProjectFilter())}
        assert rows[NAMES[4]]["id"] == "small.5b"
        await execute("UPDATE chain SET state = 'completed' WHERE id = 'small.5b'")
        assert await names(cases, finished=True) == [NAMES[4]]
        rows = {row["name"]: row["chain"] for row in await listed(cases, ProjectFilter())}
        assert rows[NAMES[4]]["id"] == "small.5a"

    async def test_kinds_are_counted_together(self, cases: ProjectList) -> None:
        kinds = [ProjectFilter(light="red"), ProjectFilter(), ProjectFilter(search="卫浴")]
        assert await cases.counts(kinds) == [1, len(NAMES), 2]

    async def test_what_there_is_to_choose_from_is_each_told_once(
        self, cases: ProjectList, engine: AsyncEngine
    ) -> None:
        await add(engine, 6, "n", district="440703", housekeeper="hk-9")
        everything = await cases.choices()
        assert everything == (["440703", "440784"], ["hk-1", "hk-9"])
        park = Reach(everything=False, keys=frozenset({"park:440703"}))
        with looking_with(park):
            assert await cases.choices() == (["440703"], ["hk-9"])


async def test_two_who_write_chains_of_a_project_at_once_agree_on_the_current_one(
    cases: ProjectList, engine: AsyncEngine, execute: Execute
) -> None:
    async def run(statement: str) -> None:
        async with engine.begin() as connection:
            await connection.execute(text(statement))

    async with engine.begin() as first:
        await first.execute(text("UPDATE chain SET state = 'completed' WHERE id = 'small.5a'"))
        ended = asyncio.create_task(
            run("UPDATE chain SET state = 'withdrawn' WHERE id = 'small.5b'")
        )
        while not await execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert not ended.done(), "neither sees what the other does"
            await asyncio.sleep(0.01)
    await ended
    rows = {row["name"]: row["chain"] for row in await listed(cases, ProjectFilter())}
    assert rows[NAMES[4]]["id"] == "small.5a"
    assert await names(cases, finished=True) == [NAMES[4]]


class TestOrder:
    @pytest.mark.parametrize("sort", list(ProjectSort))
    async def test_every_order_is_whole_page_by_page(
        self, cases: ProjectList, sort: ProjectSort
    ) -> None:
        rows = await listed(cases, ProjectFilter(), sort)
        whole = (await cases.page(sort=sort, limit=100)).items
        assert [row["code"] for row in rows] == [row["code"] for row in whole]
        assert len({row["code"] for row in rows}) == len(NAMES)

    async def test_risk_puts_the_late_one_first_and_the_unlaunched_last(
        self, cases: ProjectList
    ) -> None:
        rows = await listed(cases, ProjectFilter(), ProjectSort.RISK)
        assert rows[0]["name"] == NAMES[2]
        assert rows[-1]["name"] == NAMES[0]

    async def test_due_goes_by_the_next_day(self, cases: ProjectList) -> None:
        rows = await listed(cases, ProjectFilter(), ProjectSort.DUE)
        days = [row["chain"]["next_due_on"] if row["chain"] else None for row in rows]
        assert all(one <= other for one, other in pairwise(day or date.max for day in days))

    async def test_a_cursor_of_another_order_is_refused(self, cases: ProjectList) -> None:
        page = await cases.page(sort=ProjectSort.NAME, limit=1)
        with pytest.raises(BadCursor):
            await cases.page(sort=ProjectSort.RISK, cursor=page.next)

    async def test_every_light_has_its_rank(self, cases: ProjectList, execute: Execute) -> None:
        ranks: dict[int, str] = {}
        for light in Light:
            await execute("UPDATE chain SET light = :light WHERE id = 'small.2'", light=light.value)
            ((rank,),) = await execute("SELECT risk FROM current_chain WHERE chain_id = 'small.2'")
            ranks[rank] = light.value
        worst_first = [ranks[rank] for rank in sorted(ranks)]
        assert worst_first == ["red", "yellow", "paused", "green", "todo", "done"]
        assert (await listed(cases, ProjectFilter(), ProjectSort.RISK))[-1]["name"] == NAMES[0]
