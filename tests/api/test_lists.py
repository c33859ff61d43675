"""The lists that people look at all day: whole, in order, page by page, under every filter."""

from typing import Any

import orjson
import pytest

from groundwork.api import shapes
from groundwork.store.reads import ChainFilter
from tests.api.house import PARK, House


async def every(house: House, path: str, **query: Any) -> list[dict[str, Any]]:
    """All items of a list, one page after the other."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = {"limit": 2, **query} | ({"cursor": cursor} if cursor else {})
        answer = (await house.get("housekeeper", path, params=page)).json()
        items += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            return items


@pytest.fixture
async def chains(busy_house: House) -> list[str]:
    """Five chains: in three the first step waits for acceptance, one of the others is withdrawn."""
    house = busy_house
    chains = [await house.launch() for _ in range(5)]
    for chain in chains[:3]:
        await house.act("housekeeper", chain, "receive", step="L01")
    await house.act("housekeeper", chains[4], "withdraw_chain", reason="项目取消")
    return chains


@pytest.mark.usefixtures("chains")
class TestTheListOfChains:
    async def test_holds_every_chain_once_most_urgent_first(
        self, busy_house: House, chains: list[str]
    ) -> None:
        items = await every(busy_house, "/chains")
        assert len({item["id"] for item in items}) == len(items)
        assert {item["id"] for item in items} >= set(chains)
        days = [item["next_due_on"] or "9999-12-31" for item in items]
        assert days == sorted(days)

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"state": "running"},
            {"state": "withdrawn"},
            {"light": "green", "state": "running"},
            {"definition": "land-to-construction"},
            {"definition": "none"},
            {"district": "440784", "department": PARK},
            {"department": "water"},
        ],
    )
    async def test_agrees_with_the_record_under_a_filter(
        self, busy_house: House, query: dict[str, str]
    ) -> None:
        items = await every(busy_house, "/chains", **query)
        page = await busy_house.resources.reads.chains(ChainFilter(**query), limit=1000)
        for row in page.items:
            del row["act_by"], row["unit_name"]
        shown = [
            shapes.ChainHead.model_validate(item).model_dump(exclude={"name", "next_due_step_name"})
            for item in items
        ]
        assert shown == page.items

    async def test_names_chain_and_step_in_the_callers_language(
        self, busy_house: House, chains: list[str]
    ) -> None:
        for language, names in (
            ("zh", ("拿地即动工", "签约与专班组建")),
            ("en", ("Land to construction", "Agreement and steward team")),
        ):
            response = await busy_house.get(
                "housekeeper",
                "/chains",
                params={"project": chains[0].partition(".")[2]},
                headers={"Accept-Language": language},
            )
            (item,) = response.json()["items"]
            assert (item["name"], item["next_due_step_name"]) == names


@pytest.mark.usefixtures("chains")
class TestAnInbox:
    @pytest.mark.parametrize(
        "query", [{}, {"waiting_on": "department"}, {"light": "todo"}, {"light": "red"}]
    )
    async def test_agrees_with_the_record_under_a_filter(
        self, busy_house: House, query: dict[str, str]
    ) -> None:
        path = f"/departments/{PARK}/inbox"
        items = await every(busy_house, path, **query)
        page = await busy_house.resources.reads.inbox(PARK, **query, limit=1000)
        hidden = {"open", "decided_at", "result", "act_by", "awaited", "reply_on", "visit_on"}
        expected = [{k: v for k, v in row.items() if k not in hidden} for row in page.items]
        shown = [
            shapes.InboxStep.model_validate(item).model_dump(exclude={"name", "act_by"})
            for item in items
        ]
        assert shown == expected

    async def test_ends_with_steps_that_no_limit_presses(self, busy_house: House) -> None:
        days = [item["act_by"] for item in await every(busy_house, f"/departments/{PARK}/inbox")]
        pressed = [day for day in days if day is not None]
        assert pressed
        assert days == sorted(pressed) + [None] * (len(days) - len(pressed))


async def test_names_that_need_escaping_stay_whole(house: House) -> None:
    project = await house.project(name='引号"与\\与换行符之外', enterprise="{}[],:'")
    response = await house.get("housekeeper", "/projects", params={"limit": 1})
    assert orjson.loads(response.content)["items"][0]["name"] == project["name"]
