"""The list of projects, saved views and last visits, as one who reads them sees them."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.pages.drafts import DRAFTS
from groundwork.api.project_list_shapes import ProjectRowShape
from groundwork.api.reader_shapes import SavedViewShape, SeenShape
from groundwork.api.shapes import Listed
from groundwork.api.sheets import MEDIA_TYPE
from groundwork.api.view_queries import QUERIES, ListKind
from groundwork.api.visits import Visits
from groundwork.store.errors import StoreUnavailable
from groundwork.store.last_seen import LastSeen
from groundwork.store.saved_views import MOST_VIEWS, SavedViews
from tests.api.house import PARK, PREFIX, House, fresh_key
from tests.api.recorded import launched_for, recorded
from tests.domain.worlds import Play, rules_in_catalogue


async def rows(house: House, who: str = "housekeeper", **query: Any) -> list[ProjectRowShape]:
    answer = await house.get(who, "/projects", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return Listed[ProjectRowShape].model_validate_json(answer.content).items


async def case(house: House, engine: AsyncEngine, name: str) -> Play:
    """A project of that name whose first step was handed in and is late."""
    project = (await house.project(name=name))["code"]
    rules = rules_in_catalogue("land-to-construction", "1.1.0")
    play = await launched_for(project, engine, rules)
    play.at("2026-03-02 10:00").receive("L01").accept("L01").wait("2026-03-12 10:00")
    await recorded(engine, play)
    return play


class TestTheList:
    async def test_tells_of_each_project_how_it_stands(
        self, house: House, engine: AsyncEngine
    ) -> None:
        play = await case(house, engine, "甲厂")
        (row,) = await rows(house, search="甲厂", light="red", sort="risk")
        chain = row.chain
        assert chain is not None
        assert (chain.id, chain.name) == (play.chain.id, "Land to construction")
        assert chain.next_due_department is not None
        assert chain.next_due_department.id == PARK
        assert chain.working_days_left is not None
        assert chain.working_days_left < 0
        assert chain.outlook is not None
        assert chain.outlook.blocking is not None
        assert chain.outlook.blocking.step == "L01"
        assert chain.outlook.blocking.department.id == PARK
        assert chain.outlook.behind > 0
        assert chain.outlook.finish > chain.outlook.promised

    async def test_agrees_with_the_forecast(self, house: House, engine: AsyncEngine) -> None:
        play = await case(house, engine, "乙厂")
        for _ in range(2):  # reckoned, then remembered
            (row,) = await rows(house, search="乙厂")
            assert row.chain is not None
            assert row.chain.outlook is not None
            forecast = (await house.get("housekeeper", f"/chains/{play.chain.id}/forecast")).json()
            assert row.chain.outlook.finish.isoformat() == forecast["finish"]
            assert row.chain.outlook.provisional == forecast["provisional"]
            left = forecast["remaining_working_days"]
            assert row.chain.outlook.remaining_working_days == left
            assert forecast["critical_path"][0] == "L01"

    async def test_what_was_remembered_gives_way_to_what_happened(
        self, house: House, engine: AsyncEngine
    ) -> None:
        play = await case(house, engine, "丙厂")
        (before,) = await rows(house, search="丙厂")
        play.decide("L01")
        await recorded(engine, play)
        (after,) = await rows(house, search="丙厂")
        assert before.chain is not None
        assert after.chain is not None
        assert before.chain.outlook != after.chain.outlook

    async def test_holds_projects_without_a_chain(self, house: House) -> None:
        code = (await house.project(name="未启动的厂"))["code"]
        (row,) = await rows(house, search="未启动的厂", state="not_launched")
        assert (row.code, row.chain) == (code, None)
        assert await rows(house, search="未启动的厂", light="red") == []

    async def test_speaks_chinese(self, house: House, engine: AsyncEngine) -> None:
        await case(house, engine, "丁厂")
        answer = await house.get(
            "housekeeper", "/projects?search=丁厂", headers={"Accept-Language": "zh"}
        )
        (item,) = answer.json()["items"]
        assert item["chain"]["outlook"]["blocking"]["name"] == "签约与专班组建"

    @pytest.mark.parametrize("query", ["sort=x", "light=x", "state=x", "finished=x", "limit=0"])
    async def test_refuses_filters_that_there_are_not(self, house: House, query: str) -> None:
        answer = await house.get("housekeeper", f"/projects?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")

    async def test_is_exported_whole(self, house: House, engine: AsyncEngine) -> None:
        await case(house, engine, "=戊厂")
        await house.project(name="己厂")
        by_name = await house.get("housekeeper", "/projects.xlsx?search=厂")
        by_accept = await house.get(
            "housekeeper", "/projects?search=厂", headers={"Accept": MEDIA_TYPE}
        )
        for answer in (by_name, by_accept):
            assert answer.headers["content-type"] == MEDIA_TYPE
            book = ZipFile(BytesIO(answer.content))
            texts = book.read("xl/sharedStrings.xml").decode()
            assert "=戊厂" in texts
            assert "己厂" in texts
            assert "not launched" in texts
            assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()

    async def test_refuses_to_export_too_much(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("groundwork.api.project_lists.MOST_ROWS", 1)
        for _ in range(2):
            await house.project(name="庚厂")
        answer = await house.get("housekeeper", "/projects.xlsx?search=庚厂")
        assert (answer.status_code, answer.json()["code"]) == (422, "list_too_long")


class TestLastVisits:
    async def test_count_what_is_new_to_each_reader(
        self, house: House, engine: AsyncEngine
    ) -> None:
        play = await case(house, engine, "辛厂")
        chain_id = play.chain.id

        async def changes(who: str = "housekeeper") -> int | None:
            (row,) = await rows(house, who, search="辛厂")
            assert row.chain is not None
            return row.chain.changes

        assert await changes() is None
        noted = await house.post("housekeeper", f"/chains/{chain_id}/seen", {})
        assert noted.status_code == 204
        assert await changes() == 0
        before = play.chain.seq
        play.decide("L01")
        await recorded(engine, play)
        new = play.chain.seq - before
        assert await changes() == new
        assert await changes("project_manager") is None
        answer = await house.get("housekeeper", f"/chains/{chain_id}/seen")
        seen = SeenShape.model_validate_json(answer.content)
        assert (seen.seen, seen.seq, seen.changes) == (before, play.chain.seq, new)

    async def test_are_written_a_moment_later_and_never_fall(
        self, house: House, engine: AsyncEngine
    ) -> None:
        chain_id = (await case(house, engine, "壬厂")).chain.id
        person, store = house.people["housekeeper"], LastSeen(engine)
        visits = Visits(store)
        visits.note(person, chain_id, 3)
        visits.note(person, chain_id, 2)
        visits.note("nobody", chain_id, 2)
        visits.note(person, "no-chain", 2)
        assert await store.seen(person, [chain_id]) == {}
        assert await visits.seen(person, [chain_id]) == {chain_id: 3}
        await visits.write()
        assert await store.seen(person, [chain_id, "no-chain"]) == {chain_id: 3}
        visits.note(person, chain_id, 1)
        visits.note("nobody", chain_id, 10**6)
        await visits.write()
        assert await store.seen(person, [chain_id]) == {chain_id: 3}
        visits.note(person, chain_id, 10**6)
        await visits.write()
        last = (await store.seen(person, [chain_id]))[chain_id]
        assert last == await house.resources.reads.projected_seq(chain_id)

    async def test_wait_while_the_database_is_away(
        self, house: House, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chain_id = (await case(house, engine, "癸厂")).chain.id
        store = LastSeen(engine)
        visits, note = Visits(store), store.note

        async def away(_: object) -> None:
            raise StoreUnavailable("away")

        monkeypatch.setattr(store, "note", away)
        async with visits.rounds():
            visits.note(house.people["housekeeper"], chain_id, 2)
            await visits.write()
            monkeypatch.setattr(store, "note", note)
        assert await store.seen(house.people["housekeeper"], [chain_id]) == {chain_id: 2}

    async def test_of_a_chain_that_is_not_there(self, house: House) -> None:
        for answer in (
            await house.get("housekeeper", "/chains/x/seen"),
            await house.post("housekeeper", "/chains/x/seen", {"seq": 1}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "chain_not_found")


async def add(house: House, name: str, query: str, of_list: str = "projects") -> Any:
    body = {"list": of_list, "name": name, "query": query}
    return await house.post("housekeeper", "/views", body)


async def kept(house: House, of_list: str) -> list[SavedViewShape]:
    answer = await house.get("housekeeper", f"/views?list={of_list}")
    return Listed[SavedViewShape].model_validate_json(answer.content).items


class TestSavedViews:
    async def test_are_kept_as_the_lists_own_query(self, house: House) -> None:
        answer = await add(house, "红灯", "?sort=risk&light=red&search=%E5%8D%AB%E6%B5%B4&state=")
        assert answer.status_code == 201, answer.text
        view = SavedViewShape.model_validate_json(answer.content)
        assert view.query == "light=red&search=%E5%8D%AB%E6%B5%B4&sort=risk"
        assert (await house.get("housekeeper", f"/projects?{view.query}")).status_code == 200
        assert view in await kept(house, "projects")

    async def test_are_made_once_per_key(self, house: House) -> None:
        body, key = {"list": "inbox", "name": "once", "query": "mine=true"}, fresh_key()
        answers = [await house.post("housekeeper", "/views", body, key=key) for _ in range(2)]
        assert answers[0].json() == answers[1].json()

    async def test_are_ones_own(self, house: House) -> None:
        view = (await add(house, "mine", "", "escalations")).json()["id"]
        others = (await house.get("project_manager", "/views")).json()["items"]
        assert view not in {one["id"] for one in others}
        for method in ("PATCH", "DELETE"):
            answer = await house.ask("project_manager", method, f"/views/{view}", json={})
            assert (answer.status_code, answer.json()["code"]) == (404, "view_not_found")

    async def test_are_renamed_changed_ordered_and_forgotten(self, house: House) -> None:
        first, second, third = [
            (await add(house, name, "overdue=true", "commitments")).json()["id"] for name in "abc"
        ]
        changed = await house.ask(
            "housekeeper", "PATCH", f"/views/{first}", json={"name": "z", "query": "open=false"}
        )
        assert (changed.json()["name"], changed.json()["query"]) == ("z", "open=false")
        taken = await house.ask("housekeeper", "PATCH", f"/views/{first}", json={"name": "b"})
        assert (taken.status_code, taken.json()["code"]) == (409, "view_exists")
        wrong = await house.ask("housekeeper", "PATCH", f"/views/{first}", json={"query": "x=1"})
        assert wrong.status_code == 422
        body = {"list": "commitments", "views": [third, "gone", first, third]}
        ordered = await house.post("housekeeper", "/views/order", body)
        assert [one["id"] for one in ordered.json()["items"]] == [third, first, second]
        assert [one.id for one in await kept(house, "commitments")] == [third, first, second]
        assert (await house.ask("housekeeper", "DELETE", f"/views/{third}")).status_code == 204
        assert (await house.ask("housekeeper", "DELETE", f"/views/{third}")).status_code == 404
        assert [one.id for one in await kept(house, "commitments")] == [first, second]

    async def test_are_not_the_launches_that_lie_beside_them(self, house: House) -> None:
        views = SavedViews(house.resources.database)
        draft = (await views.add(house.people["housekeeper"], DRAFTS, "草稿", "project=x"))["id"]
        for method in ("PATCH", "DELETE"):
            answer = await house.ask(
                "housekeeper", method, f"/views/{draft}", json={"query": "open=false"}
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "view_not_found")
        assert await views.get(house.people["housekeeper"], draft) is not None

    async def test_of_one_list_have_names_of_their_own_and_a_limit(self, house: House) -> None:
        for number in range(MOST_VIEWS):
            assert (await add(house, f"{number}", "", "deficiencies")).status_code == 201
        answer = await add(house, "0", "", "deficiencies")
        assert (answer.status_code, answer.json()["code"]) == (409, "view_exists")
        answer = await add(house, "one more", "", "deficiencies")
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_views")

    @pytest.mark.parametrize(
        ("of_list", "query"),
        [
            ("projects", "colour=red"),
            ("projects", "light=purple"),
            ("projects", "light=red&light=green"),
            ("projects", "cursor=abc"),
            ("projects", "search=%FF"),
            ("projects", "search=%00"),
            ("projects", "&".join(f"a{number}=1" for number in range(50))),
            ("escalations", "level=nine"),
            ("commitments", "due_from=tomorrow"),
            ("inbox", "chain=x"),
        ],
    )
    async def test_that_a_list_does_not_know_are_refused(
        self, house: House, of_list: str, query: str
    ) -> None:
        answer = await add(house, "wrong", query, of_list)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert answer.json()["errors"][0]["pointer"].startswith("#/query")

    @pytest.mark.parametrize(
        ("kind", "address"),
        [
            (ListKind.PROJECTS, "/projects"),
            (ListKind.INBOX, "/departments/{department_id}/inbox"),
            (ListKind.ESCALATIONS, "/escalations"),
            (ListKind.COMMITMENTS, "/commitments"),
            (ListKind.DEFICIENCIES, "/deficiencies"),
        ],
    )
    def test_know_every_filter_of_the_list(
        self, house: House, kind: ListKind, address: str
    ) -> None:
        operation = house.app.openapi()["paths"][PREFIX + address]["get"]
        filters = {one["name"] for one in operation["parameters"] if one.get("in") == "query"} - {
            "cursor",
            "limit",
        }
        known = set(QUERIES[kind].model_fields)
        assert known - {"department"} == filters - {"department"}
        assert filters <= known
